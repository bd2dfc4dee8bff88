"""Sample sizes, allocation, rollups with coverage, rounds that may be compared, cells that may be shown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.participation.answers import Answer, Row
from collector.participation.design import Chosen, Design, PostStratification, Raking
from collector.participation.errors import CalibrationFailed, CellUnknown, NoAnswers
from collector.participation.estimates import Estimate, estimate_share
from collector.participation.judging import Judgement
from collector.participation.rollup import NOT_SURVEYED, Part, cover, judge_covered, roll_up
from collector.participation.rounds import RoundFacts, compare_fresh, compare_panel, list_differences
from collector.participation.samples import (
    allocate_sample,
    area_sample_for_chance,
    plan_sample,
    sample_for_chance,
    smallest_area_sample,
    smallest_sample,
)
from collector.participation.suppression import Audience, Cell, Showing, decide_cell, decide_cells, print_percent
from collector.participation.survey import Survey
from collector.participation.verdicts import Basis, Reason, Verdict
from tests.participation.cases import differences, in_village, make_survey


@pytest.mark.parametrize(
    ("population", "sizes", "likely"),
    [
        (60, (20, 31, 39, 46), 46),
        (120, (24, 37, 48, 58), 68),
        (300, (27, 42, 55, 68), 113),
        (1000, (28, 45, 59, 73), 148),
    ],
)
def test_sample_sizes_are_those_of_the_method(population: int, sizes: tuple[int, ...], likely: int) -> None:
    assert tuple(smallest_sample(population, short) for short in range(4)) == sizes
    assert sample_for_chance(population) == likely


def test_no_sample_shows_what_cannot_be() -> None:
    assert smallest_sample(30, 4) is None
    assert sample_for_chance(100, Fraction(80, 100)) is None
    assert sample_for_chance(1, Fraction(1)) == 1


def test_an_area_is_asked_in_proportion_and_at_least_five_of_each_village() -> None:
    assert allocate_sample(100, {"A": 300, "B": 100, "C": 20}) == {"A": 71, "B": 24, "C": 5}
    assert allocate_sample(10, {"A": 300, "B": 100, "C": 3}) == {"A": 5, "B": 5, "C": 3}
    assert allocate_sample(999, {"A": 30, "B": 10}) == {"A": 30, "B": 10}


def test_the_smallest_plan_can_show_met_and_one_fewer_cannot() -> None:
    villages = {"A": 100, "B": 120, "C": 140}
    plan = smallest_area_sample(villages)
    assert plan.can_show_met
    assert not plan_sample(plan.size - 1, villages).can_show_met
    likely = area_sample_for_chance(villages)
    assert likely.size > plan.size
    assert likely.can_show_met_short_of_all
    assert not plan_sample(100, {"A": 300, "B": 10}).can_show_met_short_of_all


def test_villages_added_up_give_the_estimate_of_the_area() -> None:
    survey = make_survey("c02_strat_fpc")
    [know, *_] = survey.variables
    parts = []
    for stratum in survey.strata:
        village = survey.village(stratum.name)
        alone, domain = estimate_share(village, know), estimate_share(survey, know, where=in_village(stratum.name))
        assert alone is not None
        assert domain is not None
        assert (
            differences([alone.p, alone.se, alone.df, *alone.ci90], [domain.p, domain.se, domain.df, *domain.ci90])
            == []
        )
        parts.append(Part(stratum.name, stratum.population or 0, alone, Verdict.MET))
    whole, rolled = estimate_share(survey, know), roll_up(parts)
    assert whole is not None
    found, wanted = rolled.estimate, whole
    assert (
        differences(
            [found.p, found.se, found.df, found.n, *found.ci90],
            [wanted.p, wanted.se, wanted.df, wanted.n, *wanted.ci90],
        )
        == []
    )
    assert found.certain == pytest.approx(wanted.certain)
    assert rolled.coverage.is_full
    assert rolled.coverage.range90 == pytest.approx(found.shown90)
    assert rolled.verdicts == {"met": 4, NOT_SURVEYED: 0}


def estimate_of(population: int, asked: int, yes: int) -> Estimate:
    rows = [Row("A", (answer,), count=n) for answer, n in ((Answer.YES, yes), (Answer.NO, asked - yes)) if n]
    survey = Survey(rows, ("know",), Design({"A": population}))
    found = estimate_share(survey, survey.variables[0])
    assert found is not None
    return found


def test_villages_without_data_stay_in_the_population() -> None:
    rolled = roll_up([Part("A", 100, estimate_of(100, 100, 98), Verdict.MET), Part("B", 100), Part("C", 50)])
    assert (rolled.surveyed, rolled.villages) == (1, 3)
    assert rolled.coverage.share == 0.4
    assert rolled.coverage.p_range == pytest.approx((0.392, 0.992))
    assert rolled.verdicts == {"met": 1, NOT_SURVEYED: 2}
    met = Judgement(Verdict.MET, Basis.FULL_COUNT)
    judged = judge_covered(met, rolled.coverage)
    assert (judged.verdict, judged.reasons) == (Verdict.NOT_ENOUGH_EVIDENCE, (Reason.NOT_COVERED,))
    assert judge_covered(met, cover(estimate_of(100, 100, 98), 100, 105)).verdict is Verdict.MET
    low = Judgement(Verdict.NOT_MET, Basis.FULL_COUNT)
    assert judge_covered(low, cover(estimate_of(100, 100, 80), 100, 105)).verdict is Verdict.NOT_MET
    with pytest.raises(NoAnswers):
        roll_up([Part("A", 10)])


def test_percentages_of_unequal_villages_are_never_averaged() -> None:
    rolled = roll_up([Part("A", 900, estimate_of(900, 30, 15)), Part("B", 100, estimate_of(100, 100, 100))])
    assert rolled.estimate.p == pytest.approx(0.55)


def test_rounds_that_differ_are_named() -> None:
    one = RoundFacts("v1", ("know", "do"), "household", Chosen.DRAWN)
    assert list_differences(one, one) == ()
    other = RoundFacts("v2", ("know",), "adult", Chosen.EVERYONE)
    assert list_differences(one, other) == ("wording", "dimensions", "unit", "chosen")


def test_two_full_counts_are_a_fact_and_gaps_leave_a_range() -> None:
    change = compare_fresh(estimate_of(100, 100, 70), estimate_of(100, 100, 90))
    assert change.is_fact
    assert change.mover95 is None
    assert change.diff == pytest.approx(0.2)
    assert compare_fresh(estimate_of(100, 90, 70), estimate_of(100, 95, 90)).certain == pytest.approx((0.1, 0.25))


def test_a_panel_without_a_second_round_is_no_panel() -> None:
    survey = make_survey("d06_panel")
    assert compare_panel(survey, survey.variables[0], (lambda _row: True, lambda _row: False)) is None


def cells_survey(counts: dict[tuple[str, str], int], known: PostStratification | Raking) -> Survey:
    rows = [
        Row("A", (answer,), groups={"sex": sex, "group": group}, count=n)
        for (sex, group), n in counts.items()
        for answer in (Answer.YES, Answer.NO)
    ]
    return Survey(rows, ("know",), Design({"A": 500}, calibration=known))


def test_calibrated_weights_add_up_to_what_is_known() -> None:
    counts = {("F", "x"): 5, ("F", "y"): 7, ("M", "x"): 6, ("M", "y"): 9}
    cells = {("F", "x"): 90.0, ("F", "y"): 140.0, ("M", "x"): 100.0, ("M", "y"): 170.0}
    survey = cells_survey(counts, PostStratification(("sex", "group"), cells))
    for cell, size in cells.items():
        assert weight_of(
            survey, lambda row, cell=cell: (row.groups["sex"], row.groups["group"]) == cell
        ) == pytest.approx(size)
    margins = {"sex": {"F": 260.0, "M": 240.0}, "group": {"x": 150.0, "y": 350.0}}
    raked = cells_survey(counts, Raking(margins))
    for column, sizes in margins.items():
        for value, size in sizes.items():
            found = weight_of(raked, lambda row, c=column, v=value: row.groups[c] == v)
            assert found == pytest.approx(size, rel=1e-10)


def weight_of(survey: Survey, where: object) -> float:
    return sum(w * n for w, n, row in zip(survey.weights, survey.counts, survey.rows, strict=True) if where(row))  # type: ignore[operator]


def test_small_cells_and_large_factors_are_merged_with_the_nearest() -> None:
    counts = {("F", "x"): 10, ("F", "y"): 2, ("F", "z"): 8, ("M", "x"): 10, ("M", "z"): 10}
    cells = dict.fromkeys([("F", "x"), ("F", "y"), ("F", "z"), ("M", "x"), ("M", "z")], 100.0)
    survey = cells_survey(counts, PostStratification(("sex", "group"), cells))
    assert survey.calibration is not None
    assert survey.calibration.merged == ((("F", "y"), ("F", "z")),)
    cells[("M", "x")], cells[("M", "z")] = 1000.0, 30.0
    survey = cells_survey(counts, PostStratification(("sex", "group"), cells))
    assert survey.calibration is not None
    assert (("M", "x"), ("M", "z")) in survey.calibration.merged


def test_unknown_cells_and_margins_that_contradict_are_refused() -> None:
    counts = {("F", "x"): 5, ("M", "y"): 5}
    with pytest.raises(CellUnknown):
        cells_survey(counts, PostStratification(("sex",), {("F",): 10.0}))
    with pytest.raises(CalibrationFailed):
        cells_survey(counts, Raking({"sex": {"F": 200.0, "M": 200.0}, "group": {"x": 150.0, "y": 250.0}}))


def test_small_cells_are_hidden_outside_and_very_small_ones_inside() -> None:
    assert decide_cell(Cell(9, 5), Audience.OUTSIDE) is Showing.HIDDEN
    assert decide_cell(Cell(9, 5), Audience.INSIDE) is Showing.SHOWN
    assert decide_cell(Cell(4, 2), Audience.INSIDE) is Showing.HIDDEN
    assert decide_cell(Cell(29, 27), Audience.OUTSIDE) is Showing.HIDDEN
    assert decide_cell(Cell(29, 1), Audience.OUTSIDE) is Showing.HIDDEN
    assert decide_cell(Cell(29, 27), Audience.INSIDE) is Showing.SHOWN
    assert decide_cell(Cell(30, 29), Audience.OUTSIDE) is Showing.SHOWN
    assert decide_cell(Cell(29, 29), Audience.OUTSIDE) is Showing.AT_LEAST_95
    assert decide_cell(Cell(29, 0), Audience.INSIDE) is Showing.AT_MOST_5
    assert decide_cell(Cell(29, 29), Audience.OUTSIDE, is_subgroup=False) is Showing.SHOWN


def test_a_hidden_cell_cannot_be_found_by_subtraction() -> None:
    shown = decide_cells([Cell(8, 5), Cell(40, 30), Cell(60, 50)], Audience.OUTSIDE)
    assert shown == [Showing.HIDDEN, Showing.HIDDEN, Showing.SHOWN]
    assert decide_cells([Cell(0, 0), Cell(40, 30), Cell(60, 50)], Audience.OUTSIDE)[1:] == [Showing.SHOWN] * 2
    assert decide_cells([Cell(8, 5), Cell(7, 5), Cell(60, 50)], Audience.OUTSIDE)[2] is Showing.SHOWN
    assert decide_cells([Cell(25, 25), Cell(60, 50)], Audience.OUTSIDE) == [Showing.AT_LEAST_95, Showing.HIDDEN]


@given(
    st.lists(st.integers(0, 80).flatmap(lambda n: st.integers(0, n).map(lambda yes: Cell(n, yes)))),
    st.sampled_from(Audience),
)
def test_never_exactly_one_cell_with_people_is_withheld(cells: list[Cell], audience: Audience) -> None:
    decided = decide_cells(cells, audience)
    hidden = [cell for cell, showing in zip(cells, decided, strict=True) if showing is Showing.HIDDEN and cell.asked]
    with_people = sum(cell.asked > 0 for cell in cells)
    exposed = audience is Audience.INSIDE or Showing.SHOWN in decided
    if len(hidden) == 1 and with_people > 1 and exposed:
        assert {Showing.AT_LEAST_95, Showing.AT_MOST_5} & set(decided)
    for cell, showing in zip(cells, decided, strict=True):
        if showing is Showing.SHOWN:
            assert cell.asked >= (5 if audience is Audience.INSIDE else 10)


@pytest.mark.parametrize(
    ("share", "printed"),
    [
        (0.8996, "89.9"),
        (0.9, "90.0"),
        (0.90049, "90.0"),
        (0.8949, "89.5"),
        (0.882, "88"),
        (0.912, "91"),
        (0.0, "0"),
        (1.0, "100"),
    ],
)
def test_percentages_never_round_over_the_target(share: float, printed: str) -> None:
    assert print_percent(share) == Decimal(printed)
    assert str(print_percent(share)) == printed


@given(st.floats(0, 1))
def test_a_printed_share_stands_on_its_side_of_the_target(share: float) -> None:
    printed = print_percent(share)
    assert (printed >= 90) == (share >= 0.9 - 1e-12)
    assert abs(printed - Decimal(share) * 100) <= 1
