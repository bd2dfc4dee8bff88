"""Planning a round: the smallest sample that can still decide, the sample for a good chance, and its allocation.

The drawing itself, with its seed and reserves, belongs to the round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from collector.participation.exact import ExactVerdict, count_needed
from collector.participation.hypergeometric import upper_tail
from collector.participation.spread import all_yes_p, fractions_are_alike
from collector.participation.verdicts import ALPHA, TARGET, Verdict

SMALLEST_SHARE_OF_A_VILLAGE: Final = 5
LIKELY_TRUTH: Final = Fraction(95, 100)
GOOD_CHANCE: Final = 0.8
ASK_EVERYONE_BELOW: Final = 100
"""Under about this many households, ask everyone."""


def smallest_sample(population: int, short: int = 0, target: Fraction = TARGET) -> int | None:
    """Give the smallest sample of one village that shows "met" when `short` answers are not yes; None if none can."""
    if not _shows_met(population, population, short, target):
        return None
    low, high = short, population
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _shows_met(population, middle, short, target) else (middle + 1, high)
    return low


def _shows_met(population: int, asked: int, short: int, target: Fraction) -> bool:
    return asked >= short and ExactVerdict(population, asked, asked - short, target).verdict is Verdict.MET


@lru_cache(maxsize=256)
def sample_for_chance(
    population: int, truth: Fraction = LIKELY_TRUTH, chance: float = GOOD_CHANCE, target: Fraction = TARGET
) -> int | None:
    """Give the smallest sample of one village that shows "met" with this chance if the truth is `truth`.

    The truth is rounded up to whole people. None if it does not make the target, so that nothing could show it.
    """
    yes = count_needed(population, truth)
    if yes < count_needed(population, target):
        return None
    short = 0
    while (asked := smallest_sample(population, short, target)) is not None:
        # More may be short only from the next step on; within a step a larger sample only lowers the chance.
        if upper_tail(population, yes, asked, asked - short) >= chance:
            return asked
        short += 1
    return population


def allocate_sample(
    size: int, populations: Mapping[str, int], least: int = SMALLEST_SHARE_OF_A_VILLAGE
) -> dict[str, int]:
    """Share a sample out in proportion to the villages, at least `least` each (or everybody of a smaller one).

    The least may make the sample larger than `size`.
    """
    total = sum(populations.values())
    floors = {name: min(least, population) for name, population in populations.items()}
    exact = {name: Fraction(size * population, total) for name, population in populations.items()}
    given = {name: min(max(int(exact[name]), floors[name]), population) for name, population in populations.items()}
    wanted = min(max(size, sum(floors.values())), total)
    while sum(given.values()) < wanted:
        open_to_more = [name for name in given if given[name] < populations[name]]
        given[max(open_to_more, key=lambda name: (exact[name] - given[name], name))] += 1
    while sum(given.values()) > wanted:
        open_to_less = [name for name in given if given[name] > floors[name]]
        given[min(open_to_less, key=lambda name: (exact[name] - given[name], name))] -= 1
    return given


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How many to ask in each village, and whether "met" could come of it.

    `all_yes_p` is the largest chance that everybody asked says yes although the target is missed by one person.
    """

    asked: dict[str, int]
    all_yes_p: float
    fractions_alike: bool

    @property
    def size(self) -> int:
        """How many are asked in all."""
        return sum(self.asked.values())

    @property
    def can_show_met(self) -> bool:
        """Whether any answers at all could show "met"."""
        return self.all_yes_p <= ALPHA

    @property
    def can_show_met_short_of_all(self) -> bool:
        """Whether "met" could be shown although somebody does not say yes; villages must be asked in like shares."""
        return self.can_show_met and (self.fractions_alike or len(self.asked) == 1)


def plan_sample(size: int, populations: Mapping[str, int], target: Fraction = TARGET) -> SamplePlan:
    """Allocate a sample over villages and say what it could show."""
    asked = allocate_sample(size, populations)
    lived, counts = [populations[name] for name in asked], list(asked.values())
    return SamplePlan(asked, all_yes_p(lived, counts, target), fractions_are_alike(lived, counts))


def smallest_area_sample(populations: Mapping[str, int], target: Fraction = TARGET) -> SamplePlan:
    """Give the smallest plan over several villages with which "met" could still be shown."""
    size = smallest_sample(sum(populations.values()), 0, target) or sum(populations.values())
    while not (plan := plan_sample(size, populations, target)).can_show_met:
        size += 1
    return plan


def area_sample_for_chance(populations: Mapping[str, int], target: Fraction = TARGET) -> SamplePlan:
    """Give the plan with about an 80 % chance of "met" if 95 % of the people of every village would say yes.

    Proportional allocation is about as good as a simple random sample of the whole area, so that sample's size is
    taken; it is never below the smallest that could show "met".
    """
    least = smallest_area_sample(populations, target).size
    wanted = sample_for_chance(sum(populations.values()), target=target) or sum(populations.values())
    return plan_sample(max(least, wanted), populations, target)
