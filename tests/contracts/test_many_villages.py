"""Whole-app rules where many villages are read: every page opens, says which village, or says why it is not here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.scenes import address, get_rules
from contracts.test_routes import MISSING
from factories import log_in, services_of
from flask import Flask
from village_scenes import bring, make_official, make_other_village

from collector.accounts.access import ANYONE, decision_of
from collector.setup.store import KEEPER_OF
from collector.units.grants import FOR_COMMUNES
from collector.villages.views import ONLY_VILLAGE, ONLY_VILLAGE_PAGES, is_about_one
from sync.log import verify_chains

NOT_HELD = {"attachments.show_file", "meetings.show_pdf", "meetings.show_amendment", "questionnaires.show_medium"}
"""Their files travel apart from the records and have not come yet."""
ACCOUNTS = {"people.change_account", "people.close_account"}
"""Of somebody of a village's team, as in this scene: their accounts are on the village's computer."""
BELONGING = {"central", "joining", "replication", "sticks"}
"""Pages about belonging to a centre; this one belongs to none yet, or is one."""
HERE = {"villages.list_villages", "villages.choose_village"}


@pytest.fixture(params=["commune", "central"])
def official(
    request: pytest.FixtureRequest, app: Flask, scene: dict[str, str], tmp_path: Path
) -> Iterator[Flask]:
    """A commune's laptop, or the centre, that holds two villages; the first has one of everything."""
    other, second = make_other_village(tmp_path / "other", "Thôn Pà Rồng", "4")
    made = make_official(tmp_path / "official", request.param)
    for source in (app, other):
        bring(source, made)
    made.config["SOURCE"] = app
    made.config["SCENE"] = {**scene, "village_id": scene["village_id"], "other": second.unit}
    yield made
    for each in (other, made):
        services_of(each).database.storage.close()


def role_of(app: Flask) -> str:
    return KEEPER_OF[services_of(app).folder.read_settings()["role"]]


def is_of_villages(endpoint: str) -> bool:
    return endpoint.partition(".")[0] in ONLY_VILLAGE or endpoint in ONLY_VILLAGE_PAGES | ACCOUNTS


def test_every_page_opens_or_says_that_only_the_village_does_it(official: Flask) -> None:
    official.config["PROPAGATE_EXCEPTIONS"] = True
    scene, role = official.config["SCENE"], role_of(official)
    for rule in get_rules(official):
        if not rule.arguments <= scene.keys():
            continue  # pages of the centre alone, which have tests of their own
        client = log_in(official.test_client(), role)
        client.get(f"/?village={scene['village_id']}").close()
        with client.get(address(rule, scene)) as page:
            status, text = page.status_code, page.text if page.mimetype == "text/html" else ""
        allowed = decision_of(official.view_functions[rule.endpoint]) or frozenset()
        where = f"{rule.rule}: {status}"
        if allowed != ANYONE and role not in allowed:
            assert status == 403, where
        elif is_of_villages(rule.endpoint):
            assert status == 409, where
            assert "tổ dân vận" in text or "village team" in text, where
        elif rule.endpoint.startswith("phones."):
            assert status in (403, 429), where
        elif rule.endpoint.partition(".")[0] in BELONGING:
            assert status in (200, 302, 303, 409), where
        elif rule.endpoint in (MISSING | NOT_HELD) - HERE:
            assert status in (200, 303, 404), where
        elif rule.endpoint == "accounts.recover":
            assert status == (403 if role == "administrator" else 200), where
        else:
            assert status in (200, 302, 303), where
        if status == 200 and is_about_one(rule.endpoint) and text:
            assert "Thôn A Rớt" in text or "<nav" not in text, where


def test_every_change_survives_an_empty_form_and_what_is_refused_changes_nothing(official: Flask) -> None:
    scene, role = official.config["SCENE"], role_of(official)
    for rule in official.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not rule.arguments <= scene.keys() or rule.rule.startswith("/sync/"):
            continue
        client = log_in(official.test_client(), role)
        before = count_revisions(official)
        with client.post(f"{address(rule, scene)}?village={scene['village_id']}", data={"name": "\0"}) as answer:
            status = answer.status_code
        assert status in (200, 303, 400, 403, 404, 409, 422), f"{rule.rule}: {status}"
        if is_of_villages(rule.endpoint):
            assert status in (403, 404, 409), rule.rule
            assert count_revisions(official) == before, rule.rule


def count_revisions(app: Flask) -> int:
    with services_of(app).database.reading() as connection:
        return int(connection.value("SELECT count(*) FROM revision"))


def test_addresses_on_pages_of_a_village_all_name_it(official: Flask) -> None:
    scene = official.config["SCENE"]
    client = log_in(official.test_client(), role_of(official))
    for page in ("/meetings", "/opinions", "/programmes", "/rounds", "/households", "/village", "/village/team"):
        text = client.get(f"{page}?village={scene['other']}").text
        assert "Thôn Pà Rồng" in text
        links = re.findall(r'="(/(?:meetings|opinions|programmes|rounds|households|village(?!s))[^"]*)"', text)
        own = [link for link in links if not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", link.partition("?")[0])]
        assert own
        for link in own:
            assert f"village={scene['other']}" in link, f"{page}: {link}"


def test_a_village_shows_nothing_of_another(official: Flask) -> None:
    scene = official.config["SCENE"]
    client = log_in(official.test_client(), role_of(official))
    pages = ("/", "/meetings", "/opinions", "/programmes", "/rounds", "/households", "/village", "/questionnaires")
    ids = ("meeting_id", "signed_id", "opinion_id", "programme_id", "household_id", "round_id", "register_id")
    for page in pages:
        text = client.get(f"{page}?village={scene['other']}").text
        for name in ids:
            assert scene[name] not in text, f"{page}: {name}"
        assert "Đường vào bản" not in text, page


def list_differing(app: Flask) -> list[str]:
    with services_of(app).database.reading() as connection:
        found = [connection.rows(f'SELECT id FROM "{kind}" WHERE conflicts > 0') for kind in FOR_COMMUNES]
        return sorted(row["id"] for rows in found for row in list(rows))


def test_what_leaves_a_village_is_the_same_log(official: Flask) -> None:
    with services_of(official).database.reading() as connection:
        assert verify_chains(connection) > 0
        assert list_differing(official) == list_differing(official.config["SOURCE"])
        for kind in ("answer_sheet", "speaker_contact", "drawn_household"):
            assert connection.value(f'SELECT count(*) FROM "{kind}"') == 0
