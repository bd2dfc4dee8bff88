"""The guard for areas of which more than half was asked: could the few who were not asked still change "met"?

The interval is continuous and does not see how few are left; alone it called up to 20 % of failing areas "met" where
nearly everybody had been asked. So the share itself is tested: how large is the chance of an estimate at least as high
if the target is missed by one person, over the ways in which the missing yes may live?
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from collector.participation.hypergeometric import is_upper_at_most, list_masses
from collector.participation.verdicts import ALPHA

MANY_LEFT: Final = 500
"""With more people left than this, the interval is as good as exact."""
_WAYS: Final = 60
_VILLAGES: Final = 8


class Counted(NamedTuple):
    """A village of which `asked` of `population` people answered, `yes` of them yes."""

    population: int
    asked: int
    yes: int

    @property
    def left(self) -> int:
        """How many were not asked."""
        return self.population - self.asked


def rest_could_change(villages: Sequence[Counted], needed: int) -> bool:
    """Tell whether those not asked could change "met", which needs `needed` yes of all villages together.

    Complete villages are known. Of the others each is set against the rest of them taken as one: with two this is
    exact, with more it is close.
    """
    population, asked = sum(each.population for each in villages), sum(each.asked for each in villages)
    if 2 * asked <= population or population - asked > MANY_LEFT:
        return False
    incomplete = sorted((each for each in villages if each.left), key=lambda each: each.asked / each.population)
    would = needed - 1 - sum(each.yes for each in villages if not each.left)
    if would < 0 or not incomplete:
        return False
    if would >= sum(each.population for each in incomplete):
        return True
    whole = Counted(*(sum(column) for column in zip(*incomplete, strict=True)))
    if not is_upper_at_most(whole.population, would, whole.asked, whole.yes, ALPHA):
        return True
    pairs = list(_pairs(incomplete[:_VILLAGES], whole)) if len(incomplete) > 1 else []
    return any(_largest_tail(one, rest, would) > ALPHA for one, rest in pairs)


def _pairs(villages: Sequence[Counted], whole: Counted) -> Iterator[tuple[Counted, Counted]]:
    for each in villages:
        yield each, Counted(*(a - b for a, b in zip(whole, each, strict=True)))


def _largest_tail(one: Counted, rest: Counted, would: int) -> float:
    fewest, most = max(0, would - rest.population), min(one.population, would)
    step = max(1, (most - fewest) // _WAYS)
    return max(_tail(one, rest, lives, would - lives) for lives in (*range(fewest, most, step), most))


def _tail(one: Counted, rest: Counted, in_one: int, in_rest: int) -> float:
    """Give the chance of an estimate as high as seen if so many would say yes in one village and in the rest.

    Weights are multiplied by both numbers asked, so that whole numbers are compared.
    """
    a, b = one.population * rest.asked, rest.population * one.asked
    seen = a * one.yes + b * rest.yes
    first, masses = list_masses(one.population, in_one, one.left)
    low, others = list_masses(rest.population, in_rest, rest.left)
    up_to = list(accumulate(others))
    chance = 0.0
    for i, mass in enumerate(masses):
        # Yes among those left in the rest may be at most this many.
        most = (a * (in_one - first - i) + b * in_rest - seen) // b - low
        chance += mass * up_to[min(most, len(up_to) - 1)] if most >= 0 else 0.0
    return chance
