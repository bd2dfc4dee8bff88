"""Tests of the team: order, accounts that follow the person, and the last head who stays."""

import pytest
from factories import PASSWORD, Village, services_of
from flask import Flask

from collector.accounts.store import PasswordTooShort
from collector.people import store
from collector.query import find_record, get_record


def test_the_head_stands_first_and_names_sort_without_accents(app: Flask, village: Village) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        for name in ("Zơrâm Bảy", "Ating Tư", "Ăling Ba"):
            store.add_person(recorder, village.unit, {"name": name, "role": "member"})
    with database.reading() as connection:
        people = store.list_people(connection, village.unit)
    assert people[0]["id"] == village.head
    assert [row["name"] for row in people if row["role"] == "member"] == [
        "Ăling Ba", "Ating Tư", "Bling Thị Pơi", "Zơrâm Bảy",
    ]  # fmt: skip


def test_people_of_another_unit_are_not_listed(app: Flask, village: Village) -> None:
    with services_of(app).database.reading() as connection:
        assert store.list_people(connection, "00000000-0000-4000-8000-000000000000") == []


def test_an_account_follows_name_and_role_of_the_person(app: Flask, village: Village) -> None:
    found = services_of(app)
    with found.database.recording() as recorder:
        changes = {"name": "Zơrâm Mới", "role": "member"}
        assert store.update_person(recorder, found.accounts, village.secretary, changes)
    account = found.accounts.find(village.secretary)
    assert account is not None
    assert (account.name, account.role) == ("Zơrâm Mới", "member")


@pytest.mark.parametrize("role", ["secretary", "member", "officer", "administrator"])
def test_the_last_head_cannot_be_given_another_role(app: Flask, village: Village, role: str) -> None:
    found = services_of(app)
    with pytest.raises(store.LastHead), found.database.recording() as recorder:
        store.update_person(recorder, found.accounts, village.head, {"role": role})
    with found.database.reading() as connection:
        assert get_record(connection, "person", village.head)["role"] == "head"


def test_the_last_head_cannot_be_removed_nor_closed(app: Flask, village: Village) -> None:
    found = services_of(app)
    with pytest.raises(store.LastHead), found.database.recording() as recorder:
        store.remove_person(recorder, found.accounts, village.head)
    with pytest.raises(store.LastHead):
        store.close_account(found.accounts, village.head)
    account = found.accounts.find(village.head)
    assert account is not None and account.active


def test_a_closed_second_head_does_not_count(app: Flask, village: Village) -> None:
    found = services_of(app)
    with found.database.recording() as recorder:
        store.update_person(recorder, found.accounts, village.secretary, {"role": "head"})
    store.close_account(found.accounts, village.secretary)
    with pytest.raises(store.LastHead):
        store.close_account(found.accounts, village.head)


def test_a_head_can_go_once_there_is_another(app: Flask, village: Village) -> None:
    found = services_of(app)
    with found.database.recording() as recorder:
        store.update_person(recorder, found.accounts, village.secretary, {"role": "head"})
        store.remove_person(recorder, found.accounts, village.head)
    with found.database.reading() as connection:
        assert find_record(connection, "person", village.head) is None
    account = found.accounts.find(village.head)
    assert account is not None and not account.active


def test_the_last_head_may_change_name_and_telephone(app: Flask, village: Village) -> None:
    found = services_of(app)
    with found.database.recording() as recorder:
        changes = {"name": "Alăng Thị Bhơơ", "role": "head", "phone": "0905 000 111"}
        assert store.update_person(recorder, found.accounts, village.head, changes)


def test_a_new_password_opens_a_closed_account_and_ends_sessions(app: Flask, village: Village) -> None:
    found = services_of(app)
    before = found.accounts.find(village.member)
    store.close_account(found.accounts, village.member)
    assert found.accounts.verify(village.member, PASSWORD) is None
    with found.database.reading() as connection:
        person = get_record(connection, "person", village.member)
    after = store.give_account(found.accounts, person, "lúa mới tháng mười")
    assert found.accounts.verify(village.member, "lúa mới tháng mười") is not None
    assert before is not None and before.generation != after.generation


def test_a_short_password_gives_no_account(app: Flask, village: Village) -> None:
    found = services_of(app)
    with found.database.recording() as recorder:
        person = store.add_person(recorder, village.unit, {"name": "Coor Nhơr", "role": "member"})
    with found.database.reading() as connection:
        row = get_record(connection, "person", person)
    with pytest.raises(PasswordTooShort):
        store.give_account(found.accounts, row, "ngắn")
    assert found.accounts.find(person) is None
