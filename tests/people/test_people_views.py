"""Tests of the pages of the team: who may do what, and what they say."""

import pytest
from factories import PASSWORD, Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.query import find_record, list_records


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


def test_the_team_is_shown_with_who_can_log_in(client: FlaskClient, village: Village) -> None:
    page = log_in(client, "member").get("/team").text
    assert "Alăng Thị Bhơ" in page
    assert "Can log in" in page
    assert f"/team/{village.head}" not in page


@pytest.mark.parametrize("role", ["secretary", "member"])
def test_only_heads_change_the_team(client: FlaskClient, village: Village, role: str) -> None:
    log_in(client, role)
    for path in (
        "/team/new", f"/team/{village.head}", f"/team/{village.head}/remove", f"/team/{village.head}/account",
    ):  # fmt: skip
        assert client.get(path).status_code == 403
        assert client.post(path, data={"password": "mật khẩu của tôi"}).status_code == 403
    assert client.post(f"/team/{village.member}/account/close").status_code == 403


def test_somebody_is_added_and_then_given_an_account(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client, "head")
    answer = client.post("/team/new", data={"name": "Coor Nhơr", "role": "member", "phone": "0905 000 222"})
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "Coor Nhơr is on the team now." in page.text
    assert client.post(answer.location, data={"password": PASSWORD}).status_code == 303
    account = next(a for a in services_of(app).accounts.list_accounts() if a.name == "Coor Nhơr")
    assert (account.role, account.active) == ("member", True)


def test_a_short_password_is_said_at_the_field(client: FlaskClient, village: Village) -> None:
    answer = log_in(client, "head").post(f"/team/{village.member}/account", data={"password": "ngắn"})
    assert answer.status_code == 422
    assert answer.text.count("Please use at least 8 characters") == 2


def test_a_person_without_name_is_refused_with_a_sentence(client: FlaskClient, village: Village) -> None:
    answer = log_in(client, "head").post("/team/new", data={"name": " ", "role": "member"})
    assert answer.status_code == 422
    assert "“Full name” is not filled in yet. Please fill it in." in answer.text


def test_roles_of_other_laptops_are_not_offered(client: FlaskClient, village: Village) -> None:
    page = log_in(client, "head").get("/team/new").text
    assert 'value="secretary"' in page
    assert 'value="administrator"' not in page


def test_removing_asks_first_and_then_removes(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client, "head")
    assert "Remove Bling Thị Pơi from the team?" in client.get(f"/team/{village.member}/remove").text
    with services_of(app).database.reading() as connection:
        assert find_record(connection, "person", village.member) is not None
    client.post(f"/team/{village.member}/remove")
    with services_of(app).database.reading() as connection:
        assert find_record(connection, "person", village.member) is None


def test_the_last_head_is_told_what_to_do_first(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client, "head")
    sentence = "Please give another person the role of head first."
    for answer in (
        client.get(f"/team/{village.head}/remove"),
        client.post(f"/team/{village.head}/remove"),
        client.post(f"/team/{village.head}", data={"name": "Alăng Thị Bhơ", "role": "member"}),
        client.post(f"/team/{village.head}/account/close"),
    ):
        assert answer.status_code == 409
        assert sentence in answer.text
    with services_of(app).database.reading() as connection:
        assert [row["id"] for row in list_records(connection, "person", role="head")] == [village.head]


def test_the_own_password_is_changed_on_the_own_page(client: FlaskClient, village: Village) -> None:
    answer = log_in(client, "head").get(f"/team/{village.head}/account")
    assert answer.location == "/account"


def test_a_closed_account_is_logged_out_at_once(app: Flask, client: FlaskClient, village: Village) -> None:
    other = app.test_client()
    log_in(other, "member")
    assert other.get("/team").status_code == 200
    log_in(client, "head").post(f"/team/{village.member}/account/close")
    assert other.get("/team").status_code != 200
