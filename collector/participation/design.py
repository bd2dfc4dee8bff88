"""How respondents were chosen and out of how many: all that an estimate needs besides the answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from collector.participation.verdicts import TARGET


class Chosen(StrEnum):
    """How the respondents were chosen."""

    EVERYONE = "everyone"
    DRAWN = "drawn"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PostStratification:
    """Known sizes of cells, such as sex by ethnic group: `counts` by the values of `columns`.

    A cell with fewer than 5 respondents, or a factor outside 1/3..3, is merged with the smallest cell that differs in
    the last column only, else in the last two, and so on.
    """

    columns: tuple[str, ...]
    counts: Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Raking:
    """Known sizes of each column alone: `margins[column][value]` is a number of people."""

    margins: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Design:
    """The design of a survey.

    `populations` holds, per village, how many units (households, or adults if adults were drawn) the register has;
    empty: unknown, so no finite population correction and no exact verdict. `area_villages` is the number of villages
    in the area if only some of them were drawn.
    """

    populations: Mapping[str, int] = field(default_factory=dict)
    area_villages: int | None = None
    chosen: Chosen = Chosen.DRAWN
    target: Fraction = TARGET
    calibration: PostStratification | Raking | None = None
