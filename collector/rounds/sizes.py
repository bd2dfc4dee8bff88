"""How many to ask: the smallest numbers that can still decide, and the number for a good chance, before drawing.

Pure; the arithmetic stands in `collector/participation/samples.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from collector.participation.samples import (
    ASK_EVERYONE_BELOW,
    area_sample_for_chance,
    sample_for_chance,
    smallest_area_sample,
    smallest_sample,
)

SHORT: Final = (0, 1, 2, 3)
RESERVES_PER: Final = 5
"""One reserve is proposed for every so many drawn."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of households to choose from, out of `listed` in the lists and a `population` of the registers.

    `deciding` gives for 0, 1, 2, 3 answers that are not yes the smallest number that can still show that the target
    is met (None: no number can); `likely` the number for an 80 % chance if 95 % would say yes.
    """

    population: int
    listed: int
    deciding: tuple[tuple[int, int | None], ...]
    likely: int | None
    ask_everyone: bool

    @property
    def proposed(self) -> int:
        """The number that the form proposes."""
        return self.listed if self.ask_everyone or self.likely is None else min(self.likely, self.listed)

    @property
    def reserves(self) -> int:
        """The number of reserves that the form proposes."""
        return min(-(-self.proposed // RESERVES_PER), self.listed - self.proposed)


def plan_sizes(populations: Mapping[str, int], target_percent: int, listed: int) -> Sizes:
    """Work out the numbers for villages with so many households (or adults) each, `listed` households in all."""
    total, target = sum(populations.values()), Fraction(target_percent, 100)
    everyone = listed < ASK_EVERYONE_BELOW
    if len(populations) == 1:
        deciding = tuple((short, smallest_sample(total, short, target)) for short in SHORT)
        return Sizes(total, listed, deciding, sample_for_chance(total, target=target), everyone)
    least = smallest_area_sample(populations, target).size
    several = tuple((short, _at_least(smallest_sample(total, short, target), least)) for short in SHORT)
    return Sizes(total, listed, several, area_sample_for_chance(populations, target).size, everyone)


def _at_least(size: int | None, least: int) -> int | None:
    return None if size is None else max(size, least)
