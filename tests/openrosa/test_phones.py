"""Phones: keys that are shown once and kept as hashes, pages of the team, and what a revoked key can do."""

import base64
import json
import re
import zlib
from datetime import date

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.errors import FolderDamaged
from collector.folder import DataFolder
from collector.openrosa.errors import PhoneNotFound
from collector.openrosa.phones import Phones, clean_name
from collector.openrosa.settings_code import make_settings, write_settings

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def test_a_key_is_long_random_and_kept_as_a_hash_only(folder: DataFolder) -> None:
    phones = Phones(folder)
    first, second = phones.add("Điện thoại 1", MONDAY), phones.add("Điện thoại 2", MONDAY)
    assert first
    assert second
    assert first != second
    assert re.fullmatch(r"[a-z2-7]{32}", first), "32 letters of base32 are 160 bits"
    kept = (folder.secrets / "phones.json").read_text(encoding="utf-8")
    assert first not in kept
    assert first.upper() not in kept
    assert (folder.secrets / "phones.json").stat().st_mode & 0o077 == 0


def test_the_day_of_the_last_contact_is_noted_once_a_day(folder: DataFolder) -> None:
    phones = Phones(folder)
    key = phones.add("Điện thoại 1", MONDAY)
    assert key
    assert phones.list_phones()[0].seen_on == ""
    assert phones.greet(key, MONDAY)
    written = (folder.secrets / "phones.json").stat().st_mtime_ns
    assert phones.greet(key, MONDAY)
    assert (folder.secrets / "phones.json").stat().st_mtime_ns == written
    assert phones.greet(key, TUESDAY)
    assert phones.list_phones()[0].seen_on == "2026-03-10"


def test_a_revoked_key_opens_nothing_and_others_go_on(folder: DataFolder) -> None:
    phones = Phones(folder)
    lost, kept = phones.add("Mất", MONDAY), phones.add("Còn", MONDAY)
    assert lost
    assert kept
    phone = phones.find(lost)
    assert phone
    phones.revoke(phone.id, TUESDAY)
    assert phones.revoke(phone.id, date(2026, 3, 11)).revoked_on == "2026-03-10"
    assert phones.find(lost) is None
    assert phones.greet(lost, TUESDAY) is None
    assert phones.greet(kept, TUESDAY)
    assert [each.name for each in phones.list_phones()] == ["Còn", "Mất"]
    with pytest.raises(PhoneNotFound):
        phones.revoke("nobody", TUESDAY)


@pytest.mark.parametrize("key", ["", "a" * 31, "a" * 33, "A" * 32, "1" * 32, "../" * 11, "ạ" * 32])
def test_what_is_no_key_is_not_looked_up(folder: DataFolder, key: str) -> None:
    assert Phones(folder).find(key) is None


def test_the_same_page_sent_twice_adds_one_phone(folder: DataFolder) -> None:
    phones = Phones(folder)
    assert phones.add("Một", MONDAY, "id-1")
    assert phones.add("Một", MONDAY, "id-1") is None
    assert len(phones.list_phones()) == 1


def test_a_damaged_list_is_said_so(folder: DataFolder) -> None:
    (folder.secrets / "phones.json").write_text('[{"name": 1}]')
    with pytest.raises(FolderDamaged):
        Phones(folder).list_phones()


@pytest.mark.parametrize(("typed", "name"), [("  Máy \n A\u202e ", "Máy A"), ("\0", ""), ("x" * 80, "x" * 60)])
def test_names_are_one_line_of_visible_letters(typed: str, name: str) -> None:
    assert clean_name(typed) == name


def test_collect_can_read_the_settings() -> None:
    text = write_settings(make_settings("http://192.168.1.5:8350/openrosa/abc", "Thôn A Rớt", "vi"))
    settings = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    assert set(settings) == {"general", "admin", "project"}
    assert settings["general"]["server_url"] == "http://192.168.1.5:8350/openrosa/abc"
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["general"]["delete_send"] is True, "sent sheets do not stay on the phone"
    assert settings["project"]["name"] == "Thôn A Rớt"


def add_phone(client: FlaskClient, name: str = "Máy của tổ 2") -> str:
    page = client.post("/phones/new", data={"name": name})
    assert page.status_code == 200
    found = re.search(r"http://[^/]+/openrosa/([a-z2-7]{32})", page.text)
    assert found
    return found[1]


def test_the_key_is_shown_on_one_page_and_never_again(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client)
    key = add_phone(client)
    page = client.get("/phones").text
    assert "Máy của tổ 2" in page
    assert key not in page
    assert app.test_client().get(f"/openrosa/{key}/formList").status_code == 200


def test_a_phone_needs_a_name(client: FlaskClient, village: Village) -> None:
    log_in(client)
    for name in ("", "   ", "x" * 61):
        assert client.post("/phones/new", data={"name": name}).status_code == 422
    assert Phones(services_of(client.application).folder).list_phones() == []


def test_locking_out_asks_first_and_then_the_key_is_dead(client: FlaskClient, village: Village) -> None:
    log_in(client)
    key = add_phone(client)
    phone = Phones(services_of(client.application).folder).list_phones()[0]
    assert client.get(f"/phones/{phone.id}/revoke").status_code == 200
    assert client.get(f"/openrosa/{key}/formList").status_code == 200
    assert client.post(f"/phones/{phone.id}/revoke").status_code == 303
    assert client.get(f"/openrosa/{key}/formList").status_code == 403
    assert client.get("/phones/nobody/revoke").status_code == 404


def test_members_see_the_phones_and_cannot_change_them(client: FlaskClient, village: Village) -> None:
    add_phone(log_in(client, "head"))
    log_in(client, "member")
    page = client.get("/phones")
    assert page.status_code == 200
    assert "/revoke" not in page.text
    assert client.get("/phones/new").status_code == 403
