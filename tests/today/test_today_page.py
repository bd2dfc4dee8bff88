"""The first page says what is on, what comes next and what is due."""

import re
from datetime import date, timedelta

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.clock import today
from collector.today.store import Code, Due, find_next_meeting, list_due, list_in_session

NOON = "05:00:00Z"


@pytest.fixture
def reader(village: Village, client: FlaskClient) -> FlaskClient:
    """A browser of the secretary, who reads English."""
    log_in(client)
    with client.session_transaction() as session:
        session["language"] = "en"
    return client


def add(app: Flask, team: Village, kind: str, /, **values: object) -> str:
    with services_of(app).database.recording(author=team.head) as recorder:
        return recorder.add(kind, team.unit, values)


def add_meeting(app: Flask, village: Village, days: int, **changes: object) -> str:
    day = today() + timedelta(days=days)
    values = {"meeting_type": "community", "title": f"Họp {days}", "starts_at": f"{day}T{NOON}", "place": "Gươl"}
    return add(app, village, "meeting", **values | changes)


def due(app: Flask, day: date | None = None) -> list[Due]:
    with services_of(app).database.reading() as connection:
        unit = str(connection.value("SELECT id FROM unit"))
        return list_due(connection, unit, day or today())


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_empty_village_is_told_what_to_do_first(reader: FlaskClient) -> None:
    page = reader.get("/").text
    assert "No meeting yet. Create one." in page
    assert 'href="/meetings/new"' in page
    assert "Nothing is due today." in page
    assert "No backup yet" in page


def test_the_next_meeting_can_be_started(app: Flask, village: Village, reader: FlaskClient) -> None:
    add_meeting(app, village, 5)
    soon = add_meeting(app, village, 0, title="Họp hôm nay")
    add_meeting(app, village, -5)
    page = reader.get("/").text
    assert "Họp hôm nay" in page
    assert f'action="/meetings/{soon}/start"' in page
    assert page.count("Start meeting") == 1


def test_a_meeting_in_session_comes_first(app: Flask, village: Village, reader: FlaskClient) -> None:
    meeting = add_meeting(app, village, 0, state="in_session")
    add_meeting(app, village, 1)
    page = reader.get("/").text
    assert f'href="/meetings/{meeting}/live"' in page
    assert page.index("Return to the meeting") < page.index("Prepare the meeting")
    assert "Start meeting" not in page


@pytest.mark.parametrize(("state", "listed"), [("planned", False), ("in_session", True), ("ended", False)])
def test_only_what_is_going_on_is_in_session(app: Flask, village: Village, state: str, listed: bool) -> None:
    add_meeting(app, village, 0, state=state)
    with services_of(app).database.reading() as connection:
        assert bool(list_in_session(connection, village.unit)) == listed
        assert (find_next_meeting(connection, village.unit, today()) is not None) == (state == "planned")


def test_what_is_late_comes_first(app: Flask, village: Village) -> None:
    meeting = add_meeting(app, village, -30, state="finalised")
    ended = add_meeting(app, village, 0, state="ended")
    old = add_meeting(app, village, -3, state="ended")
    forgotten = add_meeting(app, village, -4)
    assert meeting not in {each.record for each in due(app)}
    assert [(each.code, each.record, each.late) for each in due(app)] == [
        (Code.FINISH_MINUTES, old, True),
        (Code.NOT_STARTED, forgotten, False),
        (Code.FINISH_MINUTES, ended, False),
    ]


def test_a_decision_is_due_at_the_commune_after_five_working_days(app: Flask, village: Village) -> None:
    monday = date(2026, 3, 2)
    values = {"meeting_type": "community", "title": "Họp", "place": "Gươl", "state": "planned"}
    meeting = add(app, village, "meeting", **values, starts_at=f"{monday}T{NOON}")
    numbers = {"number": 1, "year": 2026, "series": "NQ-CĐDC", "number_text": "01/2026/NQ-CĐDC"}
    with services_of(app).database.recording() as recorder:
        recorder.update("meeting", meeting, {"state": "finalised"})
    add(app, village, "snapshot", meeting=meeting, **numbers, finalised_at=f"{monday}T{NOON}", paper_sha256="ab" * 32)
    (found,) = due(app, monday + timedelta(days=3))
    assert (found.code, found.title, found.day) == (Code.SEND_DECISION, "01/2026/NQ-CĐDC", date(2026, 3, 9))
    assert not found.late
    assert due(app, date(2026, 3, 10))[0].late
    assert due(app, date(2026, 3, 20)) == []


def test_overdue_opinions_and_missing_disclosures_are_due(app: Flask, village: Village, reader: FlaskClient) -> None:
    meeting = add_meeting(app, village, -40, state="in_session")
    day = (today() - timedelta(days=3)).isoformat()
    opinion = add(app, village, "opinion", meeting=meeting, number=1, text="Cầu treo hỏng", deadline=day)
    programme = add(app, village, "programme", name="Nước sạch cụm 2")
    found = {each.code: each for each in due(app)}
    assert found[Code.OVERDUE_OPINION].record == opinion
    assert found[Code.MISSING_DISCLOSURE].record == programme
    words = words_of(reader.get("/").text)
    assert "No reply yet: Cầu treo hỏng" in words
    assert "Nước sạch cụm 2" in words


def test_a_member_sees_the_page_without_what_only_keepers_do(village: Village, reader: FlaskClient) -> None:
    log_in(reader, "member")
    page = reader.get("/").text
    assert "What is due" in page
    assert "Make or restore a backup" not in page


def test_nobody_sees_it_without_logging_in(village: Village, client: FlaskClient) -> None:
    assert client.get("/").status_code in (302, 303, 401)


def add_round(app: Flask, village: Village, **changes: object) -> str:
    values = {"title": "Đường vào bản", "questionnaire": village.unit, "counted": "households", "chosen": "everyone",
              "state": "open", "starts_on": today().isoformat()}  # fmt: skip
    return add(app, village, "round", **values | changes)


def test_an_open_round_says_how_many_households_are_left(
    app: Flask, village: Village, reader: FlaskClient
) -> None:
    survey = add_round(app, village, ends_on=(today() + timedelta(days=9)).isoformat())
    assert [(each.code, each.number, each.late) for each in due(app)] == [(Code.ASK_ROUND, 0, False)]
    household = add(app, village, "household", number=1, head_name="Bríu Thị Ngăm")
    add(app, village, "drawn_household", round=survey, village=village.unit, household=household, place=1)
    page = words_of(reader.get("/").text)
    assert "People are being asked: Đường vào bản 1 household left" in page


def test_a_round_past_its_end_is_late_until_it_is_closed(app: Flask, village: Village, reader: FlaskClient) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    survey = add_round(app, village, starts_on=None, ends_on=yesterday)
    assert [(each.code, each.late) for each in due(app)] == [(Code.CLOSE_ROUND, True)]
    assert f'href="/rounds/{survey}"' in reader.get("/").text
    with services_of(app).database.recording() as recorder:
        recorder.update("round", survey, {"state": "closed"})
    assert due(app) == []


def test_a_round_that_should_have_begun_is_told_and_a_later_one_is_not(app: Flask, village: Village) -> None:
    add_round(app, village, state="planned")
    add_round(app, village, state="planned", starts_on=(today() + timedelta(days=1)).isoformat())
    assert [each.code for each in due(app)] == [Code.BEGIN_ROUND]


@pytest.mark.parametrize(("days", "told"), [(0, True), (30, True), (31, False), (-1, False)])
def test_the_erasing_of_sheets_is_told_thirty_days_before(
    app: Flask, village: Village, reader: FlaskClient, days: int, told: bool
) -> None:
    last = today() + timedelta(days=days)
    survey = add_round(app, village, state="closed", keep_until=last.isoformat())
    assert due(app) == []
    values = {"round": survey, "village": village.unit, "questionnaire": village.unit, "day": "2026-03-09",
              "source": "screen"}  # fmt: skip
    add(app, village, "answer_sheet", **values)
    assert [each.code for each in due(app)] == ([Code.ERASE_SHEETS] if told else [])
    if told:
        assert f"after {last.strftime('%d/%m/%Y')}" in words_of(reader.get("/").text)
