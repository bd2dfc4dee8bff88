"""Nothing that is shown, and no difference of what is shown, is about too few people."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.results.model import Cell, Group, RoundResult
from collector.results.suppressing import INSIDE, OUTSIDE, Rule, suppress

DIMENSIONS = ("know", "discuss", "do", "inspect")
Counts = list[tuple[int, ...]]
"""Per group: how many sheets, then how many yes in each row."""


def make_result(grouping: str, groups: Counts) -> RoundResult:
    """Make a final result whose groups have these counts."""
    made = []
    for place, (sheets, *yes) in enumerate(groups):
        cells = [make_cell(name, sheets, count) for name, count in zip((*DIMENSIONS, "all"), yes, strict=True)]
        made.append(Group(grouping=grouping, value=str(place), population=sheets, cells=tuple(cells)))
    sums = [sum(column) for column in zip(*groups, strict=True)]
    total = [make_cell(name, sums[0], count) for name, count in zip((*DIMENSIONS, "all"), sums[1:], strict=True)]
    facts: dict[str, Any] = {"counted": "households", "chosen": "everyone", "target_percent": 90}
    return RoundResult(
        round=facts,
        dimensions=DIMENSIONS,
        total=Group(grouping="all", cells=tuple(total)),
        groups=tuple(made),
        every_dimension="not_met",
        sheets=sums[0],
        asked=sums[0],
        is_final=True,
    )


def make_cell(name: str, sheets: int, yes: int) -> Cell:
    share = yes / sheets if sheets else None
    no = sheets - yes
    return Cell(dimension=name, sheets=sheets, asked=sheets, yes=yes, answered_no=no, share=share, verdict="not_met")


def is_too_few(rule: Rule, people: int, yes: int) -> bool:
    """Say what the rules of privacy say, in words of their own."""
    if people < (10 if rule is OUTSIDE else 5):
        return True
    sides = {yes, people - yes}
    return rule is OUTSIDE and people < 30 and bool(sides & {1, 2})


def row(*people: tuple[int, int]) -> Counts:
    return [(sheets, *(yes,) * 5) for sheets, yes in people]


def hidden_in(result: RoundResult, dimension: str = "know") -> list[bool]:
    return [group.cell(dimension).suppressed for group in result.groups]


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        (row((40, 20), (40, 20)), [False, False]),
        (row((40, 20), (9, 4)), [True, True]),
        (row((40, 20), (9, 4), (20, 10)), [False, True, True]),
        (row((40, 20), (20, 1)), [True, True]),
        (row((40, 20), (30, 1)), [False, False]),
        (row((40, 20), (1, 1), (2, 0), (12, 6)), [False, True, True, True]),
        (row((40, 20), (1, 1), (20, 20)), [True, True, True]),
        (row((40, 20), (20, 20), (20, 0)), [False, False, False]),
    ],
)
def test_small_cells_are_hidden_with_the_next_smallest(people: Counts, hidden: list[bool]) -> None:
    assert hidden_in(suppress(make_result("sex", people), OUTSIDE)) == hidden


def test_inside_five_are_enough_and_sides_do_not_matter() -> None:
    people = row((40, 20), (5, 1), (9, 8), (20, 2))
    assert hidden_in(suppress(make_result("sex", people), INSIDE)) == [False] * 4
    assert hidden_in(suppress(make_result("sex", row((40, 20), (4, 2))), INSIDE)) == [True, True]


def test_hidden_cells_have_no_figures_left() -> None:
    result = suppress(make_result("ethnic_group", row((40, 20), (1, 1))), OUTSIDE)
    assert result.groups[1].cells[0] == Cell(dimension="know", suppressed=True)
    assert result.groups[1].population is None


def test_nobody_and_everybody_of_a_small_group_are_bounds_without_figures() -> None:
    result = suppress(make_result("sex", row((40, 20), (20, 20), (25, 0))), OUTSIDE)
    everybody, nobody = result.groups[1].cell("know"), result.groups[2].cell("know")
    assert (everybody.edge, everybody.share, everybody.yes) == ("at_least_95", None, None)
    assert (nobody.edge, nobody.share, nobody.low) == ("at_most_5", None, None)


def test_a_hidden_total_takes_its_groups_and_the_verdict_over_all_along() -> None:
    counts = [(12, 11, 6, 6, 6, 5), (12, 12, 6, 6, 6, 5)]
    result = suppress(make_result("sex", counts), OUTSIDE)
    assert result.total.cell("know").suppressed
    assert not result.total.cell("discuss").suppressed
    assert hidden_in(result) == [True, True]
    assert result.every_dimension == ""
    assert result.total.cell("know").verdict == ""


def test_a_round_of_a_few_sheets_shows_nothing_at_all() -> None:
    outside = suppress(make_result("sex", row((5, 3), (4, 2))), OUTSIDE)
    assert outside.suppressed
    assert (outside.sheets, outside.asked, outside.groups, outside.every_dimension) == (None, None, (), "")
    assert all(cell == Cell(dimension=cell.dimension, suppressed=True) for cell in outside.total.cells)
    assert suppress(make_result("sex", row((2, 1), (2, 1))), INSIDE).sheets == 4, "the team knows how many it asked"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rule=st.sampled_from([INSIDE, OUTSIDE]),
    groups=st.lists(
        st.integers(0, 45).flatmap(lambda n: st.tuples(st.just(n), *(st.integers(0, n) for _ in range(5)))),
        min_size=1,
        max_size=6,
    ),
)
def test_nothing_about_too_few_people_is_shown_or_can_be_subtracted(rule: Rule, groups: Counts) -> None:
    shown = suppress(make_result("ethnic_group", groups), rule)
    for place, dimension in enumerate((*DIMENSIONS, "all"), start=1):
        total = shown.total.cell(dimension)
        cells = [group.cell(dimension) for group in shown.groups]
        for cell, counts in zip(cells, groups, strict=False):
            if not cell.suppressed:
                assert not is_too_few(rule, counts[0], counts[place])
        hidden = [counts for cell, counts in zip(cells, groups, strict=False) if cell.suppressed]
        if total.suppressed or not cells:
            assert len(hidden) == len(cells)
        elif hidden and len(hidden) < len(cells):
            people, yes = sum(each[0] for each in hidden), sum(each[place] for each in hidden)
            assert len(hidden) > 1
            assert not is_too_few(rule, people, yes)
            assert 0 < yes < people, "all alike would tell how each of them answered"
