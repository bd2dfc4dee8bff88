"""Tests of the page of the village: its registers, days off, and who may change them."""

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.query import get_record, list_records


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


def test_the_village_shows_its_register_and_links(client: FlaskClient, village: Village) -> None:
    page = log_in(client, "member").get("/village").text
    for words in ("Thôn A Rớt", "Register of 01/01/2026", "68 households", "Cơ Tu: 60 households", "Holidays are not"):
        assert words in page
    for path in ("/team", "/backups", "/account"):
        assert f'href="{path}"' in page
    assert "/village/registers/new" not in page


def test_the_name_of_the_village_changes_everywhere(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client, "head")
    answer = client.post("/village/edit", data={"name": "Thôn Pà Rum", "local_number": "4", "number_suffix": "PR"})
    assert answer.status_code == 303
    assert services_of(app).folder.read_settings()["village_name"] == "Thôn Pà Rum"
    with services_of(app).database.reading() as connection:
        unit = get_record(connection, "unit", village.unit)
    assert (unit["name"], unit["local_number"], unit["number_suffix"]) == ("Thôn Pà Rum", "4", "PR")


def test_the_name_of_the_village_cannot_be_empty(client: FlaskClient, village: Village) -> None:
    answer = log_in(client, "head").post("/village/edit", data={"name": ""})
    assert answer.status_code == 422
    assert "“Name of the village” is not filled in yet." in answer.text


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("secretary", "/village/edit"),
        ("member", "/village/registers/new"),
        ("member", "/village/holidays/2026/new"),
    ],
)
def test_only_the_right_roles_change_the_village(client: FlaskClient, village: Village, role: str, path: str) -> None:
    log_in(client, role)
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403


def test_a_new_register_stands_first_and_the_old_one_stays(app: Flask, client: FlaskClient, village: Village) -> None:
    sent = {
        "as_of": "2026-07-01", "households": "70", "women": "1.100", "men": "",
        "group-0-ethnic_group": "Cơ Tu", "group-0-households": "61",
        "group-1-ethnic_group": "", "group-1-households": "",
    }  # fmt: skip
    page = log_in(client).post("/village/registers/new", data=sent, follow_redirects=True).text
    assert page.index("Register of 01/07/2026") < page.index("Older registers") < page.index("Register of 01/01/2026")
    with services_of(app).database.reading() as connection:
        newest = list_records(connection, "register", order="as_of DESC")[0]
        groups = list_records(connection, "register_group", register=newest["id"])
    assert newest["women"] == 1100
    assert [(row["ethnic_group"], row["households"]) for row in groups] == [("Cơ Tu", 61)]


def test_a_line_without_a_group_is_refused_and_nothing_is_saved(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    sent = {"as_of": "2026-07-01", "households": "70", "group-0-ethnic_group": "", "group-0-households": "61"}
    answer = log_in(client).post("/village/registers/new", data=sent)
    assert answer.status_code == 422
    assert "“Ethnic group” is not filled in yet." in answer.text
    with services_of(app).database.reading() as connection:
        assert len(list_records(connection, "register")) == 1


def test_a_register_is_corrected(app: Flask, client: FlaskClient, village: Village) -> None:
    path = f"/village/registers/{village.register}"
    page = log_in(client).get(path).text
    assert 'value="Cơ Tu"' in page
    sent = {"as_of": "2026-01-01", "households": "69", "group-0-ethnic_group": "Cơ Tu", "group-0-households": "61"}
    client.post(path, data=sent)
    with services_of(app).database.reading() as connection:
        assert get_record(connection, "register", village.register)["households"] == 69
        groups = list_records(connection, "register_group", register=village.register)
    assert [(row["ethnic_group"], row["households"]) for row in groups] == [("Cơ Tu", 61)]


def test_days_off_are_added_with_one_tap_then_edited_and_removed(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    log_in(client)
    assert "holidays are not counted" in client.get("/village/holidays/2026").text
    page = client.post("/village/holidays/2026/suggested", follow_redirects=True).text
    assert "holidays are not counted" not in page
    assert "02/09/2026" in page
    with services_of(app).database.reading() as connection:
        holiday = list_records(connection, "holiday", day="2026-09-02")[0]["id"]
    client.post(f"/village/holidays/day/{holiday}", data={"day": "2026-09-03", "name": "Nghỉ bù"})
    page = client.get("/village/holidays/2026").text
    assert "03/09/2026" in page and "Nghỉ bù" in page
    client.post(f"/village/holidays/day/{holiday}/remove")
    assert "03/09/2026" not in client.get("/village/holidays/2026").text


def test_a_day_off_is_added_by_hand(client: FlaskClient, village: Village) -> None:
    log_in(client)
    answer = client.post("/village/holidays/2026/new", data={"day": "2027-02-04", "name": "Tết"})
    assert answer.location == "/village/holidays/2027"
    answer = client.post("/village/holidays/2026/new", data={"day": "", "name": "Tết"})
    assert "“Day” is not filled in yet." in answer.text


def test_a_year_without_lunar_days_says_so(client: FlaskClient, village: Village) -> None:
    assert "The days of Tết" in log_in(client).get("/village/holidays/2090").text
    assert client.get("/village/holidays/1066").status_code == 404
