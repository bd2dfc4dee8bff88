"""Takes out of a result what could tell what single people answered.

Outside the village team a cell is hidden if it stands for fewer than 10 people, or if only one or two of a group
under 30 are on either side; inside, if it stands for fewer than 5. Whoever knows a total and all other cells of its
row knows the hidden one as well, so the next smallest cells are hidden until what is hidden together could be shown.
Nobody or everybody of a group under 30 is given as a bound. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from collector.participation.suppression import (
    LEAST_INSIDE,
    LEAST_OUTSIDE,
    SMALL_GROUP,
    Audience,
    Showing,
    decide_cell,
)
from collector.participation.suppression import Cell as People
from collector.results.model import Cell, Group, RoundResult, replace_cells
from collector.results.records import ALL

GROUPINGS: Final = ("village", "sex", "ethnic_group")


@dataclass(frozen=True, slots=True)
class Rule:
    """For whom figures are, how few people may stand behind one, and how many must be on either side of hidden ones."""

    audience: Audience
    fewest: int
    mixed: int

    def hides(self, people: int, yes: int) -> bool:
        """Tell whether so many people, so many of them with a yes, are too few to be shown."""
        return decide_cell(People(people, yes), self.audience) is Showing.HIDDEN


INSIDE: Final = Rule(Audience.INSIDE, LEAST_INSIDE, mixed=1)
OUTSIDE: Final = Rule(Audience.OUTSIDE, LEAST_OUTSIDE, mixed=3)


def suppress(result: RoundResult, rule: Rule) -> RoundResult:
    """Give the result as it may be shown under a rule."""
    if result.sheets is None or not result.total.cells:
        return replace(result, groups=())
    if result.sheets < rule.fewest:
        return _hide_everything(result, rule)
    total = replace(result.total, cells=tuple(_guard(cell, rule) for cell in result.total.cells))
    shown = {cell.dimension for cell in total.cells if not cell.suppressed}
    groups = [group for each in GROUPINGS for group in _suppress_row(result, result.by(each), rule, shown)]
    is_judged = all(not cell.suppressed for cell in total.cells if cell.dimension != ALL)
    return replace(
        result,
        total=_soften(total, rule),
        groups=tuple(_soften(group, rule) for group in groups),
        every_dimension=result.every_dimension if is_judged else "",
    )


def _hide_everything(result: RoundResult, rule: Rule) -> RoundResult:
    total = replace(result.total, cells=tuple(cell.hide() for cell in result.total.cells))
    hidden = replace(result, total=total, groups=(), every_dimension="", suppressed=True)
    return hidden if rule is INSIDE else replace(hidden, sheets=None, asked=None)


def _guard(cell: Cell, rule: Rule) -> Cell:
    return cell.hide() if rule.hides(cell.sheets or 0, cell.yes or 0) else cell


def _suppress_row(
    result: RoundResult, groups: Sequence[Group], rule: Rule, shown: set[str]
) -> list[Group]:
    """Hide the small cells of one grouping in every dimension, and with them the next smallest.

    A group too small in one dimension has the same people in all of them. Where the total of a dimension is hidden,
    all of its groups are: added up they would be the total.
    """
    hidden = {dimension: _find_hidden(groups, dimension, rule, shown) for dimension in result.rows}
    found = []
    for place, group in enumerate(groups):
        cells = {cell.dimension: cell.hide() for cell in group.cells if place in hidden[cell.dimension]}
        is_gone = len(cells) == len(group.cells)
        found.append(replace(replace_cells(group, cells), population=None if is_gone else group.population))
    return found


def _find_hidden(groups: Sequence[Group], dimension: str, rule: Rule, shown: set[str]) -> set[int]:
    cells = [group.cell(dimension) for group in groups]
    if dimension not in shown:
        return set(range(len(cells)))
    sizes = [(cell.sheets or 0, cell.yes or 0) for cell in cells]
    hidden = {place for place, size in enumerate(sizes) if rule.hides(*size)}
    by_size = sorted(range(len(cells)), key=lambda place: (sizes[place], place))
    while hidden and len(hidden) < len(cells) and not _hold_together(hidden, sizes, rule):
        hidden.add(next(place for place in by_size if place not in hidden))
    return hidden


def _hold_together(hidden: set[int], sizes: Sequence[tuple[int, int]], rule: Rule) -> bool:
    """Tell whether the sum of hidden cells, which anybody can compute, gives none of them away.

    If all of them answered alike the sum would say how each did, however many they are.
    """
    people, yes = (sum(sizes[place][side] for place in hidden) for side in (0, 1))
    return len(hidden) > 1 and not rule.hides(people, yes) and min(yes, people - yes) >= rule.mixed


def _soften(group: Group, rule: Rule) -> Group:
    """Leave out what refines a cell, and say "at most 5 %" and "at least 95 %" for nobody and everybody of a few.

    Inside the village the total is no group of its own and stays as it is.
    """
    if group.grouping == ALL and rule is INSIDE:
        return group
    return replace(group, cells=tuple(_soften_cell(cell, group.grouping == ALL) for cell in group.cells))


def _soften_cell(cell: Cell, is_total: bool) -> Cell:
    if cell.suppressed or cell.sheets is None:
        return cell
    is_small = cell.sheets < SMALL_GROUP
    if is_small and cell.yes in (0, cell.sheets):
        edge = "at_most_5" if cell.yes == 0 else "at_least_95"
        bare = Cell(dimension=cell.dimension, sheets=cell.sheets, asked=cell.asked, edge=edge)
        return replace(bare, verdict=cell.verdict, basis=cell.basis)
    if is_small or not is_total:
        return replace(cell, answered_no=None, dont_know=None, refused=None, blank=None, answered_share=None)
    return cell
