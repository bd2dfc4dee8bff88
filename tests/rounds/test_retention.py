"""Sheets end on the day that was promised; the result stays, and nothing is erased by a wrong clock."""

from datetime import date, timedelta

import pytest
from answer_scenes import answer, make_round, rows_of
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from round_scenes import QUESTIONNAIRE

from collector.backups.caretaker import Caretaker
from collector.clock import today
from collector.query import get_record
from collector.results.recording import get_result
from collector.results.suppressing import INSIDE
from collector.rounds.closing import close_round
from collector.rounds.retention import list_due_rounds
from sync.log import verify_chains

LAST_DAY = date(2027, 5, 4)


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """A closed round with 30 sheets that are kept until `LAST_DAY`."""
    made = make_round(app, village, QUESTIONNAIRE, keep_until=LAST_DAY.isoformat())
    answer(app, village, made, count=30, paper_number=None)
    with services_of(app).database.recording() as recorder:
        close_round(recorder, made)
    return made


def due(app: Flask, day: date) -> list[str]:
    with services_of(app).database.reading() as connection:
        return list_due_rounds(connection, day)


def keep_until(app: Flask, round_id: str, day: date) -> None:
    with services_of(app).database.recording() as recorder:
        recorder.update("round", round_id, {"keep_until": day.isoformat()})


def count_answers_in_log(app: Flask) -> int:
    """Count the revisions that still say what a sheet answered."""
    with services_of(app).database.reading() as connection:
        bodies = [row["body"] for row in connection.rows("SELECT body FROM revision WHERE body IS NOT NULL")]
    return sum(b"answer_sheet" in bytes(body) and b"inspect" in bytes(body) for body in bodies)


def test_a_round_is_due_on_the_day_after(app: Flask, survey: str) -> None:
    assert due(app, LAST_DAY) == []
    assert due(app, LAST_DAY + timedelta(days=1)) == [survey]


def test_the_caretaker_erases_the_sheets_and_the_result_stays(app: Flask, survey: str) -> None:
    services = services_of(app)
    with services.database.reading() as connection:
        before = get_result(connection, survey, INSIDE)
    assert count_answers_in_log(app) == 30
    keep_until(app, survey, today() - timedelta(days=1))
    Caretaker(services).erase_when_due()
    assert rows_of(app, "answer_sheet") == []
    assert due(app, date(2199, 1, 1)) == []
    with services.database.reading() as connection:
        after = get_result(connection, survey, INSIDE)
        verify_chains(connection)
    assert after.sheets == before.sheets == 30
    assert count_answers_in_log(app) == 0


def test_nothing_is_erased_before_the_day_or_while_the_date_looks_wrong(app: Flask, survey: str) -> None:
    services = services_of(app)
    keep_until(app, survey, today())
    Caretaker(services).erase_when_due()
    assert len(rows_of(app, "answer_sheet")) == 30
    keep_until(app, survey, today() - timedelta(days=1))
    services.warnings["wrong_date"] = "01/01/2099"
    Caretaker(services).erase_when_due()
    assert len(rows_of(app, "answer_sheet")) == 30


def test_a_round_that_nobody_closed_is_closed_before_its_sheets_end(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, keep_until=(today() - timedelta(days=1)).isoformat())
    answer(app, village, made, count=12)
    answer(app, village, made, paper_number=3)
    Caretaker(services_of(app)).erase_when_due()
    with services_of(app).database.reading() as connection:
        assert get_record(connection, "round", made)["state"] == "closed"
        for table in ("urn", "entered_paper", "paper_code", "received_instance"):
            assert connection.value(f"SELECT count(*) FROM {table}") == 0
    assert rows_of(app, "answer_sheet") == []
    assert rows_of(app, "result") != []


@pytest.mark.parametrize(("days", "sentence"), [(30, "are erased after"), (-1, "were erased after"), (31, "")])
def test_the_page_of_the_round_says_it_thirty_days_before(
    app: Flask, client: FlaskClient, survey: str, days: int, sentence: str
) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"
    keep_until(app, survey, today() + timedelta(days=days))
    if days < 0:
        Caretaker(services_of(app)).erase_when_due()
    page = log_in(client).get(f"/rounds/{survey}").text
    assert ("The single sheets of this round" in page) == bool(sentence)
    assert sentence in page
