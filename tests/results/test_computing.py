"""Counted sheets become the right estimate: who is in the denominator, which rule judges, what is weighted."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from answer_scenes import answer, make_round, rows_of
from factories import Village, services_of
from flask import Flask

from collector.answers.urn import BATCH
from collector.participation.answers import Answer, Row
from collector.participation.design import Chosen, Design
from collector.participation.exact import ExactVerdict
from collector.participation.results import estimate_survey
from collector.participation.survey import Survey
from collector.results.computing import compute, count_asked
from collector.results.store import Households, VillageCounts

from .result_scenes import QUESTIONNAIRE, add_drawn, close, computed, make_closed


def test_a_drawn_sample_of_one_village_is_judged_exactly(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_drawn(app, village, made, {None: 40})
    answer(app, village, made, count=38)
    answer(app, village, made, count=2, know="no")
    close(app, village, made)
    result = computed(app, made)
    know, discuss = result.total.cell("know"), result.total.cell("discuss")
    exact = ExactVerdict(68, 40, 38, Fraction(9, 10))
    assert (know.asked, know.sheets, know.yes, know.answered_no) == (40, 40, 38, 2)
    assert (know.verdict, know.basis) == (exact.verdict.value, "exact") == ("not_enough_evidence", "exact")
    assert know.low == exact.ci90[0] / 68
    assert know.high == exact.ci90[1] / 68
    assert know.further == exact.further
    assert exact.further is not None
    assert discuss.verdict == "met"
    assert result.every_dimension == "not_enough_evidence"
    assert result.total.cell("all").yes == 38


def test_whoever_was_drawn_and_has_no_sheet_counts_as_not_yes(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_drawn(app, village, made, {"refused": 3, "not_met": 2, "ineligible": 4, None: 35})
    answer(app, village, made, count=35)
    close(app, village, made)
    result = computed(app, made)
    know = result.total.cell("know")
    assert (result.asked, result.sheets, know.asked, know.yes) == (40, 35, 40, 35)
    assert know.share == 35 / 40
    assert know.answered_share == 1.0
    assert know.depends_on_unanswered, "all five could have said yes"
    assert (result.households_refused, result.households_not_met) == (3, 2)


def test_reserves_count_only_when_they_were_used(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    add_drawn(app, village, made, {None: 20, "ineligible": 1})
    add_drawn(app, village, made, {None: 5}, reserve=True)
    add_drawn(app, village, made, {None: 1}, reserve=True, replaces="01900000-0000-7000-8000-000000000021")
    answer(app, village, made, count=19)
    close(app, village, made)
    assert computed(app, made).asked == 21


def test_a_full_count_with_gaps_is_judged_on_what_is_certain(app: Flask, village: Village) -> None:
    made = make_closed(app, village, {"count": 58}, {"count": 4, "know": "dont_know", "discuss": "refused"})
    result = computed(app, made)
    know = result.total.cell("know")
    assert (know.basis, know.verdict, know.low) == ("certain_range", "not_enough_evidence", None)
    assert (know.certain_low, know.certain_high) == (58 / 68, 64 / 68)
    assert know.further == min(62 - 58, 64 - 62 + 1)
    assert (know.dont_know, result.total.cell("discuss").refused) == (4, 4)
    assert result.total.cell("discuss").answered_share == 1.0
    assert know.answered_share == 58 / 62, "who does not remember did answer"


def test_a_complete_count_is_a_fact(app: Flask, village: Village) -> None:
    result = computed(app, make_closed(app, village, {"count": 62}, {"count": 6, "do": "no"}))
    assert {cell.basis for cell in result.total.cells} == {"full_count"}
    assert (result.total.cell("know").verdict, result.total.cell("do").verdict) == ("met", "met")
    assert result.total.cell("do").low == result.total.cell("do").share == 62 / 68
    assert result.every_dimension == "met"


def test_people_chosen_otherwise_give_counts_only(app: Flask, village: Village) -> None:
    made = make_closed(app, village, {"count": 30}, {"count": 10, "know": "no"}, chosen="other", chosen_how="Tình cờ")
    know = computed(app, made).total.cell("know")
    assert (know.low, know.high, know.basis) == (None, None, "certain_range")
    assert know.yes == 30


def test_adults_are_weighted_by_their_household_and_corrected_by_adults(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn", counted="adults")
    add_drawn(app, village, made, {None: 34, "refused": 2})
    answer(app, village, made, count=20, adults=2)
    answer(app, village, made, count=10, adults=4, know="no")
    answer(app, village, made, count=4)
    close(app, village, made)
    know = computed(app, made).total.cell("know")
    mean = (20 * 2 + 10 * 4) / 30
    weights = [(2, "yes", 20), (4, "no", 10), (mean, "yes", 4), (mean, "blank", 2)]
    rows = [Row(village.unit, (Answer(code),), None, 68 / 36 * adults, {}, count) for adults, code, count in weights]
    expected = estimate_survey(Survey(rows, ["know"], Design({village.unit: 198}, chosen=Chosen.DRAWN)))
    assert expected is not None
    line = expected.dimensions[0]
    assert know.share == pytest.approx(line.strict.p, rel=1e-12)
    assert (know.low, know.high) == pytest.approx(line.strict.shown90, rel=1e-12)
    assert know.share == pytest.approx((40 + 4 * mean) / (80 + 6 * mean))
    assert computed(app, made).population == 198


def test_groups_are_shares_of_their_own_sheets(app: Flask, village: Village) -> None:
    women = {"count": 30, "sex": "female", "ethnic_group": "Cơ Tu"}
    men = {"count": 20, "sex": "male", "ethnic_group": "Kinh", "know": "no"}
    result = computed(app, make_closed(app, village, women, men, {"count": 10}))
    shares = {group.value: group.cell("know").share for group in result.by("sex")}
    assert shares == {"female": 1.0, "male": 0.0, "": 1.0}
    assert {group.value: group.cell("know").sheets for group in result.by("ethnic_group")} == {
        "Cơ Tu": 30, "Kinh": 20, "": 10,
    }  # fmt: skip


def test_words_of_a_respondents_own_name_no_group(app: Flask, village: Village) -> None:
    groups = ({"ethnic_group": each} for each in ("co_tu", "Cơ Tu", "ta-oi", "nhà tôi ở cuối thôn", "other", "refused"))
    result = computed(app, make_closed(app, village, *groups, {"count": 10}))
    assert {group.value: group.cell("know").sheets for group in result.by("ethnic_group")} == {
        "Cơ Tu": 2, "Tà Ôi": 1, "other": 2, "": 11,
    }  # fmt: skip


def test_villages_are_strata_with_their_own_numbers(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    other = "01900000-0000-7000-8000-0000000000aa"
    with services_of(app).database.recording(author=village.head) as recorder:
        unit = {"name": "Thôn Pà Xua", "commune_code": "20704", "commune_name": "Xã La Dêê", "province_name": "Đà Nẵng"}
        recorder.add("unit", other, unit, record=other)
        recorder.add("round_village", village.unit, {"round": made, "village": other, "households": 120})
    answer(app, village, made, count=34)
    answer(app, replace(village, unit=other), made, count=60, discuss="no")
    close(app, village, made)
    result = computed(app, made)
    assert result.population == 188
    assert [(group.label, group.population) for group in result.by("village")] == [
        ("Thôn A Rớt", 68), ("Thôn Pà Xua", 120),
    ]  # fmt: skip
    assert result.total.cell("know").basis == "all_yes"
    discuss = result.total.cell("discuss")
    assert discuss.share == pytest.approx(68 / 188)
    assert discuss.verdict == "not_met"
    assert [group.cell("discuss").share for group in result.by("village")] == [1.0, 0.0]
    assert {group.cell("know").verdict for group in result.by("village")} == {""}, "villages are only described"


def test_an_open_round_counts_mixed_sheets_and_has_no_groups(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=2 * BATCH - 1, sex="female")
    assert computed(app, made).problem == "not_mixed"
    answer(app, village, made, sex="male")
    result = computed(app, made)
    assert (result.sheets, result.groups, result.is_final) == (BATCH, (), False)


@pytest.mark.parametrize(
    ("state", "chosen", "sheets", "mixed", "asked"),
    [
        ("closed", "drawn", 30, 1.0, 40),
        ("closed", "drawn", 45, 1.0, 45),
        ("closed", "everyone", 30, 1.0, 41),
        ("closed", "everyone", 66, 1.0, 68),
        ("open", "drawn", 20, 0.5, 23),
        ("open", "everyone", 20, 0.5, 23),
    ],
)
def test_the_denominator_of_the_strict_rule(state: str, chosen: str, sheets: int, mixed: float, asked: int) -> None:
    outcomes = Households(drawn=40, asked=35, refused=4, not_met=2, ineligible=1)
    counts = VillageCounts("v", "Thôn", households=68, adults=None, outcomes=outcomes)
    row: dict[str, Any] = {"state": state, "chosen": chosen, "counted": "households"}
    assert count_asked(counts, sheets, row, Fraction(mixed)) == asked


def test_one_adult_of_every_household_is_a_sample_in_which_nobody_is_left_out() -> None:
    counts = VillageCounts("v", "Thôn", 68, 198, Households(drawn=67, asked=50, refused=4, not_met=2, ineligible=1))
    row: dict[str, Any] = {"state": "closed", "chosen": "everyone", "counted": "adults"}
    assert count_asked(counts, 48, row, Fraction(1)) == 67, "eleven households without a tick are not yes"


def test_more_sheets_than_households_is_said_and_not_judged(app: Flask, village: Village) -> None:
    result = computed(app, make_closed(app, village, {"count": 70}))
    assert result.problem == "too_many_asked"
    assert result.total.cell("know").yes == 70
    assert result.total.cell("know").verdict == ""


def test_a_result_is_computed_once_and_again_when_anything_changed(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE, chosen="drawn")
    answer(app, village, made, count=2 * BATCH)
    first = computed(app, made)
    assert computed(app, made) is first
    answer(app, village, made, count=BATCH)
    assert computed(app, made).sheets == 2 * BATCH
    add_drawn(app, village, made, {"refused": 4, None: 60})
    assert computed(app, made).households_refused == 4
    with services_of(app).database.recording() as recorder:
        recorder.update("round", made, {"target_percent": 80})
    assert computed(app, made).target == 0.8
    close(app, village, made)
    assert computed(app, made).sheets == 3 * BATCH


def test_what_was_undone_is_not_remembered(app: Flask, village: Village) -> None:
    made = make_closed(app, village, {"count": 30}, {"count": 30, "know": "no"})
    sheet = rows_of(app, "answer_sheet", know="no")[0]["id"]

    class Undone(Exception):
        pass

    with pytest.raises(Undone), services_of(app).database.recording() as recorder:
        recorder.erase("answer_sheet", sheet)
        assert compute(recorder.connection, made).sheets == 59
        raise Undone
    assert computed(app, made).sheets == 60


@pytest.mark.in_file
def test_only_the_sheets_of_the_round_are_read(app: Flask, village: Village) -> None:
    made = make_closed(app, village, {"count": 20})
    with services_of(app).database.reading() as connection:
        sql = "SELECT village, count(*) FROM answer_sheet WHERE round = :round AND removed = 0 GROUP BY village"
        plan = [row["detail"] for row in connection.rows(f"EXPLAIN QUERY PLAN {sql}", {"round": made})]
    assert any("answer_sheet_round_village" in each for each in plan)
