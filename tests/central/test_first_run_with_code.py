"""The first run with a code: a further computer of a village has nothing typed again, a new one joins at its end."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from factories import CHEAP, LA_DEE, PASSWORD, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from sync_scenes import serving

from central.laptops import RealLaptop
from central.scenes import running_in
from collector import create_app
from collector.accounts.store import Accounts
from collector.central.office import Wish
from collector.folder import DataFolder
from collector.membership import read_membership
from collector.query import find_record, list_records
from collector.replication.background import ensure_exchanger
from collector.setup.progress import read_progress
from sync.devices import COMMUNE

COMMUNE_ANSWER = {"commune": f"{LA_DEE} 2025-07-01"}


@pytest.fixture
def address(centre_app: Flask) -> Iterator[str]:
    """Where the centre is served."""
    with serving(centre_app) as url:
        yield url


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Flask]:
    """A computer on which nothing was set up."""
    folder = DataFolder(tmp_path / "fresh")
    folder.prepare()
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    yield app
    ensure_exchanger(app).stop()
    services_of(app).database.storage.close()


@pytest.fixture
def browser(fresh: Flask) -> FlaskClient:
    """Whoever does the first run, in English."""
    client = fresh.test_client()
    client.post("/setup/language", data={"language": "en"})
    return client


def type_code(browser: FlaskClient, centre_app: Flask, address: str, village: str = "", kind: str = "village") -> str:
    """Get a code for a village at the centre and type it; give the page that follows."""
    issued = running_in(centre_app).office.issue(Wish(LA_DEE, village, kind))
    answer = browser.post("/setup/code", data={"code": issued.words, "address": address}, follow_redirects=True)
    return unescape(answer.text)


def write_phrase(browser: FlaskClient) -> str:
    """Go through the last steps; give the page that follows."""
    words = re.findall(r"<li><strong>([^<]+)</strong></li>", browser.get("/setup/phrase").text)
    browser.post("/setup/phrase")
    asked = [int(number) for number in re.findall(r"Word (\d+)", browser.get("/setup/check").text)[:2]]
    sent = {name: words[place - 1] for name, place in zip(("first", "second"), sorted(set(asked)), strict=True)}
    return unescape(browser.post("/setup/check", data=sent, follow_redirects=True).text)


def folder_of(app: Flask) -> DataFolder:
    return services_of(app).folder


def names_of(app: Flask, kind: str) -> list[str]:
    with services_of(app).database.reading() as connection:
        return sorted(row["name"] for row in list_records(connection, kind))


def test_a_further_computer_takes_the_village_over_from_the_centre(
    centre_app: Flask, address: str, fresh: Flask, browser: FlaskClient, tmp_path: Path
) -> None:
    first = RealLaptop(tmp_path / "first")
    first.join_centre(running_in(centre_app), address)
    first.add_programme("Đường vào bản")
    first.exchange()
    assert "/setup/code" in browser.get("/setup/commune").text
    type_code(browser, centre_app, address, "Thôn A Rớt")
    assert ensure_exchanger(fresh).wait()
    assert "The village has arrived." in browser.get("/setup/arrival").text
    browser.post("/setup/arrival", data={"action": "next"})
    page = unescape(browser.get("/setup/team").text)
    assert "Alăng Thị Bhơ" in page
    refused = browser.post("/setup/team", data={"action": "next"})
    assert refused.status_code == 422
    team = read_progress(folder_of(fresh))["team"]
    place = next(place for place, each in enumerate(team) if each["role"] == "secretary")
    given = {"action": "add", "row": str(place), "name": "Somebody else", "password": PASSWORD,
             "password_again": PASSWORD}  # fmt: skip
    assert browser.post("/setup/team", data=given).status_code in {302, 303}
    browser.post("/setup/team", data={"action": "next"})
    assert "This computer is set up for the village" in write_phrase(browser)
    settings = folder_of(fresh).read_settings()
    assert (settings["unit"], settings["village_name"]) == (first.unit, "Thôn A Rớt")
    assert names_of(fresh, "programme") == ["Đường vào bản"]
    assert names_of(fresh, "unit") == ["Thôn A Rớt"]
    accounts = services_of(fresh).accounts.list_accounts()
    assert [each.name for each in accounts] == ["Zơrâm Văn Nhíp"]
    with services_of(fresh).database.reading() as connection:
        assert find_record(connection, "person", accounts[0].id) is not None
        assert len(list_records(connection, "person")) == 3, "nobody of the team was recorded twice"
        assert connection.value("SELECT count(*) FROM revision WHERE device = :own", {"own": _own(fresh)}) == 0
    assert log_in(browser).get("/").status_code == 200


def _own(app: Flask) -> str:
    membership = read_membership(folder_of(app))
    assert membership is not None
    return membership.device


def test_nothing_arrived_yet_says_what_to_do_and_goes_on_later(
    centre_app: Flask, address: str, fresh: Flask, browser: FlaskClient, tmp_path: Path
) -> None:
    first = RealLaptop(tmp_path / "first")
    first.join_centre(running_in(centre_app), address)
    type_code(browser, centre_app, address, "Thôn A Rớt")
    assert ensure_exchanger(fresh).wait()
    page = unescape(browser.get("/setup/arrival").text)
    assert "Its other computer has to send first." in page
    browser.post("/setup/arrival", data={"action": "next"})
    assert "arrived" not in read_progress(folder_of(fresh))
    first.exchange()
    browser.post("/setup/arrival", data={"action": "again"})
    assert ensure_exchanger(fresh).wait()
    assert "The village has arrived." in browser.get("/setup/arrival").text


def test_a_code_for_a_new_village_waits_for_the_end(
    centre_app: Flask, address: str, fresh: Flask, browser: FlaskClient
) -> None:
    page = type_code(browser, centre_app, address)
    assert "The code is good and for a new village." in page
    assert read_membership(folder_of(fresh)) is None
    browser.post("/setup/commune", data=COMMUNE_ANSWER)
    browser.post("/setup/village", data={"name": "Thôn Mới"})
    browser.post("/setup/register", data={"as_of": "2026-01-01", "households": "40"})
    browser.post("/setup/groups", data={"action": "next"})
    head = {"name": "Alăng Thị Bhơ", "role": "head", "password": PASSWORD, "password_again": PASSWORD}
    browser.post("/setup/team", data={"action": "add", **head})
    browser.post("/setup/team", data={"action": "add", "name": "Zơrâm Văn Nhíp", "role": "secretary"})
    browser.post("/setup/team", data={"action": "next"})
    assert "does not belong" not in write_phrase(browser)
    membership = read_membership(folder_of(fresh))
    assert membership is not None
    assert membership.unit == folder_of(fresh).read_settings()["unit"]
    assert membership.unit_name == "Thôn Mới"


def test_a_code_for_a_commune_leads_to_the_computer_of_a_commune(
    centre_app: Flask, address: str, fresh: Flask, browser: FlaskClient
) -> None:
    assert "for the computer of the commune" in type_code(browser, centre_app, address, kind=COMMUNE)
    answer = browser.post("/setup/commune", data=COMMUNE_ANSWER)
    assert answer.headers["Location"].endswith("/setup/team")
    officer = {"name": "Bling Thị Pơi", "role": "officer", "password": PASSWORD, "password_again": PASSWORD}
    browser.post("/setup/team", data={"action": "add", **officer})
    browser.post("/setup/team", data={"action": "next"})
    write_phrase(browser)
    assert folder_of(fresh).read_settings()["role"] == "commune"
    assert read_membership(folder_of(fresh)) is not None


def test_a_kept_code_that_fails_at_the_end_is_said_and_loses_nothing(
    centre_app: Flask, address: str, fresh: Flask, browser: FlaskClient
) -> None:
    type_code(browser, centre_app, address, kind=COMMUNE)
    for code in running_in(centre_app).office.enrolling.list_codes():
        running_in(centre_app).office.enrolling.remove_code(code["id"])
    browser.post("/setup/commune", data=COMMUNE_ANSWER)
    officer = {"name": "Bling Thị Pơi", "role": "officer", "password": PASSWORD, "password_again": PASSWORD}
    browser.post("/setup/team", data={"action": "add", **officer})
    browser.post("/setup/team", data={"action": "next"})
    assert "does not belong to the centre yet" in write_phrase(browser)
    assert folder_of(fresh).read_settings()["set_up"]
    assert read_membership(folder_of(fresh)) is None


@pytest.mark.parametrize(
    ("code", "where", "said"),
    [
        ("mot hai ba", "http://127.0.0.1:9", "The eight words of the code"),
        ("vom hien kiu go ruoi hut soan nhut", "http://127.0.0.1:9", "The centre cannot be reached"),
        ("vom hien kiu go ruoi hut soan nhut", "", "address"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_and_stays_typed(
    fresh: Flask, browser: FlaskClient, code: str, where: str, said: str
) -> None:
    answer = browser.post("/setup/code", data={"code": code, "address": where})
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert code in answer.text
    assert "joined" not in read_progress(folder_of(fresh))
