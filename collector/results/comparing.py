"""Compares the result of a round with that of the round before about the same programme.

Rounds are compared as fresh samples, since no sheet can be tied to a household. They are comparable only with the same
questionnaire, dimensions, unit and way of choosing people.
"""

import math
from dataclasses import dataclass
from typing import Final

from collector.participation.design import Chosen
from collector.participation.rounds import RoundFacts, list_differences
from collector.results import store
from collector.results.model import Cell, RoundResult
from collector.results.recording import get_result
from collector.results.suppressing import Rule
from sync.storage import Connection, Row

NOT_DRAWN: Final = "not_drawn"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one dimension's share. `low` and `high` are its 90 % interval, both `diff` for a plain fact."""

    dimension: str
    diff: float
    low: float
    high: float

    @property
    def direction(self) -> str:
        """Whether it rose, fell, or neither is shown."""
        if self.low > 0:
            return "rose"
        return "fell" if self.high < 0 else "not_shown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the shares since an earlier round, or why the two cannot be compared."""

    earlier: Row
    differences: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether the rounds may be compared at all."""
        return not self.differences


def compare_with_previous(connection: Connection, result: RoundResult, rule: Rule) -> Comparison | None:
    """Compare a round with the one before it; None if there is none, or figures are missing."""
    earlier = store.find_previous_round(connection, result.round)
    if earlier is None or not result.is_final:
        return None
    differences = list_differences(_facts_of(earlier), _facts_of(result.round))
    if not differences and result.round["chosen"] == "other":
        differences = (NOT_DRAWN,)
    if differences:
        return Comparison(earlier, differences, ())
    before = get_result(connection, earlier["id"], rule)
    pairs = zip(before.total.cells, result.total.cells, strict=False)
    changes = [change for pair in pairs if (change := compare_cells(*pair)) is not None]
    return Comparison(earlier, (), tuple(changes))


def _facts_of(row: Row) -> RoundFacts:
    dimensions = store.list_dimensions(row)
    return RoundFacts(str(row["questionnaire"]), dimensions, str(row["counted"]), Chosen(row["chosen"]))


def compare_cells(before: Cell, after: Cell) -> Change | None:
    """Give the change between two cells: MOVER from both intervals, else from what is certain; None if hidden."""
    if before.share is None or after.share is None:
        return None
    diff = after.share - before.share
    first, second = _ends_of(before), _ends_of(after)
    if first is None or second is None:
        return None
    if None in (before.low, after.low):
        return Change(after.dimension, diff, second[0] - first[1], second[1] - first[0])
    below = math.hypot(after.share - second[0], first[1] - before.share)
    above = math.hypot(second[1] - after.share, before.share - first[0])
    return Change(after.dimension, diff, max(diff - below, -1.0), min(diff + above, 1.0))


def _ends_of(cell: Cell) -> tuple[float, float] | None:
    ends = (cell.low, cell.high) if cell.low is not None else (cell.certain_low, cell.certain_high)
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])
