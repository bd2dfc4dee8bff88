"""The page of results speaks as a village head does, and shows nobody more than they may see."""

import re

import pytest
from answer_scenes import answer, make_round
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector import cache
from collector.answers.papers import add_disagreement
from collector.answers.sheets import hash_withdrawal_code, make_withdrawal_code
from collector.query import get_record, list_records
from collector.registry import KINDS
from collector.results.suppressing import INSIDE, OUTSIDE
from sync.log import verify_chains

from .result_scenes import QUESTIONNAIRE, add_drawn, close, make_closed, seen


@pytest.fixture
def head(app: Flask, village: Village) -> FlaskClient:
    """The head of the village, reading English."""
    client = log_in(app.test_client(), "head")
    with client.session_transaction() as session:
        session["language"] = "en"
    return client


def read(client: FlaskClient, round_id: str) -> str:
    page = client.get(f"/rounds/{round_id}/results")
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())


def test_a_round_without_sheets_says_so(app: Flask, village: Village, head: FlaskClient) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    assert "There are no answer sheets, so there is no conclusion yet." in read(head, made)


def test_sheets_that_are_not_mixed_yet_are_not_denied(app: Flask, village: Village, head: FlaskClient) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=3)
    text = read(head, made)
    assert "No sheet is mixed with others yet, so there is no conclusion yet." in text
    assert "There are no answer sheets" not in text


def test_one_sheet_is_too_few(app: Flask, village: Village, head: FlaskClient) -> None:
    text = read(head, make_closed(app, village, {"count": 1}))
    assert "There is only 1 sheet, too few to compute. Please ask more." in text
    assert "Question by question" not in text
    assert "There are only 4 sheets" in read(head, make_closed(app, village, {"count": 4}))


def test_a_drawn_sample_is_said_of_a_hundred_with_what_could_settle_it(
    app: Flask, village: Village, head: FlaskClient
) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_drawn(app, village, made, {None: 40})
    answer(app, village, made, count=38)
    answer(app, village, made, count=2, know="no")
    close(app, village, made)
    know = seen(app, made, INSIDE).total.cell("know")
    text = read(head, made)
    assert (know.low, know.high) == (61 / 68, 66 / 68)
    assert "Of 100 households, an estimated 89.7 to 97 answered yes." in text, "61 of 68 must not read as 90"
    assert "There is not enough evidence to say that 90% is met." in text
    assert f"Asking at least {know.further} more could settle it." in text
    assert "The evidence is enough: met." in text
    assert "hypergeometric" in text


def test_people_chosen_otherwise_are_only_counted(app: Flask, village: Village, head: FlaskClient) -> None:
    made = make_closed(app, village, {"count": 30}, {"count": 10, "know": "no"}, chosen="other", chosen_how="Tình cờ")
    text = read(head, made)
    assert "Of 40 households that were asked, 30 answered yes." in text
    assert "The households were not drawn by lot, so only counts are given." in text
    assert "<svg class=\"interval-plot\"" not in head.get(f"/rounds/{made}/results").text


def test_percentages_near_the_target_keep_a_decimal(app: Flask, village: Village, head: FlaskClient) -> None:
    text = read(head, make_closed(app, village, {"count": 61}, {"count": 7, "know": "no"}))
    assert "89.7%" in text, "61 of 68 must not read as 90"
    assert "All 68 households were asked: 61 answered yes." in text


def test_an_open_round_is_provisional_and_has_no_groups(app: Flask, village: Village, head: FlaskClient) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=40, sex="female")
    text = read(head, made)
    assert "This counts the 20 sheets that were mixed so far" in text
    assert "By sex" not in text
    assert "Report" not in text
    assert head.get(f"/rounds/{made}/report.json").status_code == 409


def test_groups_and_villages_stand_in_tables_with_small_ones_hidden(
    app: Flask, village: Village, head: FlaskClient
) -> None:
    women = {"count": 40, "sex": "female", "ethnic_group": "co_tu"}
    made = make_closed(app, village, women, {"count": 4, "sex": "male", "know": "no", "ethnic_group": "Kinh"})
    text = read(head, made)
    assert "By sex" in text
    assert "Cơ Tu" in text
    assert "Hidden: too few people" in text


def test_others_than_the_village_team_see_what_leaves_the_village(app: Flask, village: Village) -> None:
    women = {"count": 40, "sex": "female", "know": "no"}
    made = make_closed(app, village, women, {"count": 8, "sex": "male"})
    services_of(app).accounts.add("officer", "Cán bộ xã", "officer", "mat khau dai lam")
    inside, outside = seen(app, made, INSIDE), seen(app, made, OUTSIDE)
    assert not any(cell.suppressed for group in inside.by("sex") for cell in group.cells)
    assert all(cell.suppressed for group in outside.by("sex") for cell in group.cells)
    shown = read(log_in(app.test_client(), "officer"), made)
    assert "<td>83%" not in shown
    figures = log_in(app.test_client(), "officer").get(f"/rounds/{made}/results").text
    assert figures.count("Ẩn vì quá ít người") + figures.count("Hidden: too few people") >= 10


def test_change_since_the_round_before_is_said_or_why_not(app: Flask, village: Village, head: FlaskClient) -> None:
    programme = "01900000-0000-7000-8000-0000000000bb"
    with services_of(app).database.recording() as recorder:
        recorder.add("programme", village.unit, {"name": "Đường vào bản"}, record=programme)
    make_closed(app, village, {"count": 68, "know": "no"}, programme=programme)
    second = make_closed(app, village, {"count": 68}, programme=programme)
    text = read(head, second)
    assert "Since the round before" in text
    assert "Rose by 100 points" in text
    third = make_closed(app, village, {"count": 68}, programme=programme, dimensions="know,discuss")
    assert "Not comparable with the round before: something else was asked about." in read(head, third)


def test_how_often_two_entries_of_a_paper_differed_is_said(app: Flask, village: Village, head: FlaskClient) -> None:
    made = make_closed(app, village, {"count": 40})
    assert "entered twice" not in read(head, made)
    with services_of(app).database.recording() as recorder:
        add_disagreement(recorder, made, 80, 4)
    assert "Paper sheets entered twice 4 of 80 answers differed (5%)." in read(head, made)


def test_closing_records_what_may_leave_the_village_and_nothing_else(app: Flask, village: Village) -> None:
    women = {"count": 50, "sex": "female"}
    made = make_closed(app, village, women, {"count": 9, "sex": "male", "know": "no"})
    outside = seen(app, made, OUTSIDE)
    assert outside.total.cell("know").yes == 50
    assert {cell.suppressed for group in outside.groups for cell in group.cells} == {True}
    with services_of(app).database.reading() as connection:
        rows = list(connection.rows("SELECT * FROM result WHERE round = :round", {"round": made}))
        figures = ("asked", "sheets", "yes", "answered_no", "share", "low", "verdict", "population")
        hidden = [row for row in rows if row["suppressed"]]
        assert hidden
        assert all(row[name] is None for row in hidden for name in figures)
        assert get_record(connection, "round", made)["state"] == "closed"


def test_a_withdrawn_sheet_leaves_the_result_and_no_older_result_stays_in_the_log(
    app: Flask, village: Village, head: FlaskClient
) -> None:
    code = make_withdrawal_code()
    mine = {"count": 1, "withdrawal_hash": hash_withdrawal_code(code), "know": "no"}
    made = make_closed(app, village, {"count": 40}, {"count": 5, "know": "no"}, mine)
    assert seen(app, made, OUTSIDE).total.cell("know").answered_no == 6
    head.post("/withdraw", data={"code": code})
    result = seen(app, made, OUTSIDE)
    assert (result.sheets, result.total.cell("know").answered_no) == (45, 5)
    with services_of(app).database.reading() as connection:
        held = connection.rows("SELECT body FROM revision WHERE kind = 'result' AND body IS NOT NULL")
        bodies = [bytes(row["body"]) for row in held]
        verify_chains(connection)
        assert list(cache.differences(connection, KINDS)) == []
    assert not [body for body in bodies if b'"sheets":46' in body], "the difference would be one person's answers"
    assert [body for body in bodies if b'"sheets":45' in body]


def test_the_result_stays_when_the_sheets_are_erased_at_the_end_of_their_time(
    app: Flask, village: Village, head: FlaskClient
) -> None:
    made = make_closed(app, village, {"count": 50}, {"count": 10, "know": "no"})
    with services_of(app).database.recording() as recorder:
        for row in list_records(recorder.connection, "answer_sheet"):
            recorder.erase("answer_sheet", row["id"])
    result = seen(app, made, INSIDE)
    assert (result.sheets, result.total.cell("know").yes) == (60, 50)
    assert "certainly 50 to 58" in read(head, made)
    assert head.get(f"/rounds/{made}/report.json").json["rounds"][0]["sheets"] == 60
