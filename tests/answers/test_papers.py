"""Paper sheets are entered once each, some of them twice, and what stands in one is never shown again."""

from typing import Any

import pytest
from answer_scenes import make_survey, rows_of
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.answers.papers import disagreement, list_awaiting, needs_second_entry
from collector.answers.urn import count_waiting, find_paper
from collector.rounds.closing import close_round


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """An open round with the questionnaire for a household's representative."""
    return make_survey(app, village)


@pytest.fixture
def writer(app: Flask, village: Village) -> FlaskClient:
    """Somebody of the team who enters sheets."""
    return log_in(app.test_client(), "member")


def fields(app: Flask, survey: str, **known: str) -> dict[str, str]:
    """Fill the cells of a sheet: everything yes, or the first choice, unless told otherwise."""
    from collector.answers.grid import make_cells
    from collector.answers.interviewing import open_interview
    from collector.clock import today

    row = next(each for each in rows_of(app, "round") if each["id"] == survey)
    questionnaire = next(each for each in rows_of(app, "questionnaire") if each["id"] == row["questionnaire"])
    with app.test_request_context():
        cells = make_cells(open_interview(row, questionnaire, day=today()))
    filled = {}
    for cell in cells:
        name = cell.path.rpartition("/")[2]
        filled[cell.name] = known.get(name, cell.keys[0].value if cell.keys else "3")
    return filled


def enter(app: Flask, writer: FlaskClient, survey: str, number: Any, **known: str) -> Any:
    return writer.post(f"/rounds/{survey}/papers", data={"number": str(number), **fields(app, survey, **known)})


def paper(app: Flask, survey: str, number: int) -> Any:
    with services_of(app).database.reading() as connection:
        return find_paper(connection, survey, number)


def sheets(app: Flask, survey: str) -> int:
    with services_of(app).database.reading() as connection:
        return count_waiting(connection, survey)


def twice(survey: str, percent: int, *, wanted: bool) -> int:
    row = {"id": survey, "double_entry_percent": percent}
    return next(number for number in range(1, 500) if needs_second_entry(row, number) is wanted)


def test_a_sheet_is_entered_and_the_next_number_is_suggested(app: Flask, writer: FlaskClient, survey: str) -> None:
    answer = enter(app, writer, survey, 14, know="no", sex="female")
    assert answer.status_code == 303
    row = paper(app, survey, 14)
    assert row["values"]["know"] == "no"
    assert row["values"]["discuss"] == "yes"
    assert row["values"]["sex"] == "female"
    assert row["values"]["source"] == "paper"
    page = writer.get(answer.location).text
    assert 'name="number" class="short" value="15"' in page
    assert "Đã lưu phiếu 14." in page
    assert "checked" not in page


def test_a_number_is_entered_once_and_nothing_typed_is_lost(app: Flask, writer: FlaskClient, survey: str) -> None:
    enter(app, writer, survey, 14)
    answer = enter(app, writer, survey, 14, know="refused")
    assert answer.status_code == 422
    assert "Phiếu 14 đã nhập. Hãy xem lại số phiếu." in answer.text
    assert 'value="refused" data-digit="4" checked' in answer.text
    assert sheets(app, survey) == 1


@pytest.mark.parametrize("number", ["", "x", "0", "1.5", "-3", "9999999", "١٤", "14 15"])
def test_what_is_no_number_is_refused_with_a_sentence(
    app: Flask, writer: FlaskClient, survey: str, number: str
) -> None:
    answer = enter(app, writer, survey, number)
    assert answer.status_code == 422
    assert 'id="number-error"' in answer.text
    assert sheets(app, survey) == 0


def test_a_cell_that_nobody_filled_is_asked_for_and_an_empty_one_is_blank(
    app: Flask, writer: FlaskClient, survey: str
) -> None:
    answer = enter(app, writer, survey, 1, know="")
    assert answer.status_code == 422
    assert "0 nếu để trống" in answer.text
    enter(app, writer, survey, 1, know="(blank)", discuss="dont_know", do="refused")
    values = paper(app, survey, 1)["values"]
    assert [values[name] for name in ("know", "discuss", "do", "inspect")] == ["blank", "dont_know", "refused", "yes"]


def test_a_value_that_nobody_offered_is_refused(app: Flask, writer: FlaskClient, survey: str) -> None:
    answer = enter(app, writer, survey, 1, know="perhaps")
    assert answer.status_code == 422
    assert sheets(app, survey) == 0


def test_what_is_not_asked_with_the_other_answers_is_left_out(app: Flask, writer: FlaskClient, survey: str) -> None:
    enter(app, writer, survey, 1, ethnic_consent="no")
    assert "ethnic_group" not in paper(app, survey, 1)["values"]
    enter(app, writer, survey, 2, ethnic_consent="yes")
    assert paper(app, survey, 2)["values"]["ethnic_group"]


def test_a_draft_of_a_sheet_comes_back(app: Flask, writer: FlaskClient, survey: str) -> None:
    typed = fields(app, survey, know="refused") | {"number": "7"}
    writer.post("/drafts", json={"form": f"papers:{survey}", "fields": {"q0": "refused", "number": "7"}})
    page = writer.get(f"/rounds/{survey}/papers").text
    assert 'value="refused" data-digit="4" checked' in page
    assert 'value="7"' in page
    writer.post(f"/rounds/{survey}/papers", data=typed)
    page = writer.get(f"/rounds/{survey}/papers").text
    assert "checked" not in page
    assert 'value="8"' in page


def test_a_sheet_in_the_urn_is_corrected_by_typing_it_again(app: Flask, writer: FlaskClient, survey: str) -> None:
    enter(app, writer, survey, 14, know="no")
    where = f"/rounds/{survey}/papers/14"
    assert "checked" not in writer.get(where).text, "what was entered is not shown"
    assert writer.post(where, data=fields(app, survey, know="dont_know")).status_code == 303
    assert paper(app, survey, 14)["values"]["know"] == "dont_know"
    assert sheets(app, survey) == 1
    assert writer.get(f"/rounds/{survey}/papers/15").status_code == 404


def test_a_sheet_that_left_the_urn_says_so(app: Flask, writer: FlaskClient, survey: str) -> None:
    enter(app, writer, survey, 14)
    with services_of(app).database.recording() as recorder:
        recorder.connection.execute("DELETE FROM urn")
    answer = writer.get(f"/rounds/{survey}/papers/14")
    assert answer.status_code == 409
    assert "đã trộn" in answer.text
    assert writer.post(f"/rounds/{survey}/papers/14", data=fields(app, survey)).status_code == 409
    assert "đã nhập" in enter(app, writer, survey, 14).text


def test_the_share_of_second_entries_follows_from_the_number_alone() -> None:
    for percent in (0, 10, 50, 100):
        row = {"id": "round", "double_entry_percent": percent}
        chosen = [number for number in range(1, 2001) if needs_second_entry(row, number)]
        assert abs(len(chosen) / 20 - percent) < 3
        assert chosen == [number for number in range(1, 2001) if needs_second_entry(row, number)]
    assert not needs_second_entry({"id": "round", "double_entry_percent": None}, 1)


@pytest.fixture
def doubled(app: Flask, village: Village) -> str:
    """A round in which every paper sheet is entered twice."""
    return make_survey(app, village, double_entry_percent=100)


def counts(app: Flask, survey: str) -> tuple[list[int], tuple[int, int]]:
    with services_of(app).database.reading() as connection:
        return list_awaiting(connection, survey), disagreement(connection, survey)


def test_equal_second_entries_release_the_sheet(app: Flask, writer: FlaskClient, doubled: str) -> None:
    page = writer.get(enter(app, writer, doubled, 3, know="no").location).text
    assert "nhập hai lần" in page
    assert counts(app, doubled) == ([3], (0, 0))
    again = f"/rounds/{doubled}/papers/3/again"
    assert "lần đăng nhập này" in writer.get(again).text, "the same session entered it before"
    assert "lần đăng nhập này" not in log_in(app.test_client(), "head").get(again).text
    assert writer.post(again, data=fields(app, doubled, know="no")).status_code == 303
    assert counts(app, doubled) == ([], (8, 0))
    assert not paper(app, doubled, 3)["waits"]
    assert writer.get(again).status_code == 303


def test_differences_are_shown_alone_and_settled_one_by_one(app: Flask, writer: FlaskClient, doubled: str) -> None:
    enter(app, writer, doubled, 3, know="no", do="dont_know")
    again = f"/rounds/{doubled}/papers/3/again"
    second = fields(app, doubled, know="yes", do="refused")
    page = writer.post(again, data=second).text
    assert "khác nhau ở 2 câu" in page
    assert page.count('type="radio"') == 4
    assert "Không nhớ rõ" in page
    assert "bàn, góp ý kiến" not in page, "what agrees is not shown"
    refused = writer.post(again, data=second | {"act": "settle", "d1": "first"})
    assert refused.status_code == 422
    assert counts(app, doubled) == ([3], (0, 0))
    assert writer.post(again, data=second | {"act": "settle", "d1": "first", "d3": "second"}).status_code == 303
    values = paper(app, doubled, 3)["values"]
    assert [values[name] for name in ("know", "discuss", "do")] == ["no", "yes", "refused"]
    assert counts(app, doubled) == ([], (8, 2))
    assert "2 trên 8" in writer.get(f"/rounds/{doubled}/papers").text


def test_what_follows_from_a_difference_is_worked_out_again(app: Flask, writer: FlaskClient, doubled: str) -> None:
    enter(app, writer, doubled, 3, ethnic_consent="no")
    again = f"/rounds/{doubled}/papers/3/again"
    second = fields(app, doubled, ethnic_consent="yes")
    page = writer.post(again, data=second).text
    assert "Không hỏi" in page
    chosen = {"act": "settle", "d7": "first", "d8": "second"}
    assert writer.post(again, data=second | chosen).status_code == 303
    assert "ethnic_group" not in paper(app, doubled, 3)["values"]


def test_a_waiting_sheet_leads_to_its_second_entry(app: Flask, writer: FlaskClient, doubled: str) -> None:
    enter(app, writer, doubled, 3)
    answer = enter(app, writer, doubled, 3)
    assert answer.status_code == 422
    assert f"/rounds/{doubled}/papers/3/again" in answer.text


def test_one_number_may_be_entered_twice_and_another_not(app: Flask, writer: FlaskClient, village: Village) -> None:
    survey = make_survey(app, village, double_entry_percent=30)
    for wanted in (True, False):
        number = twice(survey, 30, wanted=wanted)
        enter(app, writer, survey, number)
        assert paper(app, survey, number)["waits"] is wanted


def test_a_closed_round_takes_no_paper(app: Flask, writer: FlaskClient, survey: str) -> None:
    with services_of(app).database.recording() as recorder:
        close_round(recorder, survey)
    assert writer.get(f"/rounds/{survey}/papers").status_code == 200
    assert enter(app, writer, survey, 1).status_code == 409


def test_a_long_list_of_choices_is_a_list_to_open(app: Flask, village: Village, writer: FlaskClient) -> None:
    survey = make_survey(app, village, "policy", dimensions="know,do")
    page = writer.get(f"/rounds/{survey}/papers").text
    assert "data-digit" in page
    assert enter(app, writer, survey, 1).status_code == 303
