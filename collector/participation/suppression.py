"""Which cells of a table may be shown to whom, and how a percentage is printed.

A hidden value must be absent from whatever leaves, not only invisible; deciding is here, leaving out is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from collector.participation.verdicts import TARGET

LEAST_OUTSIDE: Final = 10
LEAST_INSIDE: Final = 5
SMALL_GROUP: Final = 30
FEW_PEOPLE: Final = (1, 2)


class Audience(StrEnum):
    """Who looks: the village team, or anybody else."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Showing(StrEnum):
    """What becomes of a cell."""

    SHOWN = "shown"
    AT_MOST_5 = "at_most_5"
    """Nobody of a small group said yes: only "at most 5 %" is printed, no counts of yes and no interval."""
    AT_LEAST_95 = "at_least_95"
    """Everybody of a small group said yes: only "at least 95 %" is printed."""
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: how many were asked and how many of them said yes."""

    asked: int
    yes: int


def decide_cells(cells: Sequence[Cell], audience: Audience) -> list[Showing]:
    """Decide what becomes of each cell of a row whose total is shown as well.

    If a single cell could be found by subtracting the others from the total, the next smallest is hidden too.
    """
    decided = [decide_cell(cell, audience) for cell in cells]
    guarded = {Showing.HIDDEN} if audience is Audience.INSIDE else set(Showing) - {Showing.SHOWN}
    withheld = [i for i, cell in enumerate(cells) if decided[i] in guarded and cell.asked]
    others = [i for i, cell in enumerate(cells) if i not in withheld and cell.asked]
    if len(withheld) == 1 and others:
        decided[min(others, key=lambda i: (cells[i].asked, i))] = Showing.HIDDEN
    return decided


def decide_cell(cell: Cell, audience: Audience, *, is_subgroup: bool = True) -> Showing:
    """Decide what becomes of one cell alone; `is_subgroup` False for the total of a village or area."""
    if cell.asked < (LEAST_INSIDE if audience is Audience.INSIDE else LEAST_OUTSIDE):
        return Showing.HIDDEN
    no = cell.asked - cell.yes
    if cell.asked < SMALL_GROUP:
        if audience is Audience.OUTSIDE and (cell.yes in FEW_PEOPLE or no in FEW_PEOPLE):
            return Showing.HIDDEN
        if is_subgroup and 0 in (cell.yes, no):
            return Showing.AT_MOST_5 if cell.yes == 0 else Showing.AT_LEAST_95
    return Showing.SHOWN


def print_percent(share: float, target: Fraction = TARGET) -> Decimal:
    """Round a share to a percentage for print: one decimal within one point of the target, else none.

    Rounding never carries a share over the target: 89.96 % prints as 89.9, not as 90.0.
    """
    value, goal = Decimal(share) * 100, Decimal(target.numerator) * 100 / Decimal(target.denominator)
    if abs(value - goal) < Decimal("1e-10"):
        value = goal
    step = Decimal("0.1") if abs(value - goal) <= 1 else Decimal(1)
    rounded = value.quantize(step, ROUND_HALF_EVEN)
    if rounded >= goal > value:
        return value.quantize(step, ROUND_FLOOR)
    return value.quantize(step, ROUND_CEILING) if rounded < goal <= value else rounded
