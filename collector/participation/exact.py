"""One village, everybody or a simple random sample: the exact verdict, in whole numbers of people.

N people, target 9/10, M0 = ceil(9 N / 10) needed, n asked, x yes. Both hypergeometric tails are inverted, so the
interval is in counts of N. How the share is estimated over several villages stands in `intervals`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from collector.participation.hypergeometric import is_lower_at_most, is_upper_at_most, lower_tail, upper_tail
from collector.participation.verdicts import ALPHA, TARGET, Verdict

ALPHA_95: Final = Fraction(1, 40)
"""Each tail of the two-sided 95 % interval; each tail of the 90 % interval is `ALPHA`."""


def count_needed(population: int, target: Fraction = TARGET) -> int:
    """Give M0, the smallest number of people that makes the target: 9/10 of 85 is 77."""
    return -(-population * target.numerator // target.denominator)


@dataclass(frozen=True)
class ExactVerdict:
    """What n answers, x of them yes, prove about N people. Every figure is computed when it is asked for."""

    population: int
    asked: int
    yes: int
    target: Fraction = TARGET

    @property
    def needed(self) -> int:
        """M0, the number of people that makes the target."""
        return count_needed(self.population, self.target)

    @property
    def certain(self) -> tuple[int, int]:
        """What is certain without any statistics: those who said yes, and them with all who were not asked."""
        return self.yes, self.yes + self.population - self.asked

    @property
    def certain_verdict(self) -> Verdict:
        """The verdict on a full count with gaps: gaps are not random, so only what is certain counts."""
        low, high = self.certain
        if low >= self.needed:
            return Verdict.MET
        return Verdict.NOT_MET if high < self.needed else Verdict.NOT_ENOUGH_EVIDENCE

    @property
    def certain_further(self) -> int:
        """The fewest of those not asked whose answers could settle it by what is certain alone."""
        if self.certain_verdict is not Verdict.NOT_ENOUGH_EVIDENCE:
            return 0
        low, high = self.certain
        return min(self.needed - low, high - self.needed + 1)

    @cached_property
    def p_met(self) -> float:
        """P(X >= x) if one person short of the target would say yes; at most alpha: met."""
        return upper_tail(self.population, self.needed - 1, self.asked, self.yes)

    @cached_property
    def p_not_met(self) -> float:
        """P(X <= x) if just enough people would say yes; at most alpha: not met."""
        return lower_tail(self.population, self.needed, self.asked, self.yes)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict at 5 %."""
        if self._meets(self.asked, self.yes):
            return Verdict.MET
        return Verdict.NOT_MET if self.is_below(ALPHA) else Verdict.NOT_ENOUGH_EVIDENCE

    def is_below(self, level: Fraction) -> bool:
        """Tell whether the share is shown to be below the target at this level."""
        return is_lower_at_most(self.population, self.needed, self.asked, self.yes, level)

    @cached_property
    def ci90(self) -> tuple[int, int]:
        """The 90 % interval in people; its ends are the one-sided 95 % bounds of the verdict."""
        return self._interval(ALPHA)

    @cached_property
    def ci95(self) -> tuple[int, int]:
        """The 95 % interval in people."""
        return self._interval(ALPHA_95)

    @cached_property
    def further_to_met(self) -> int | None:
        """The fewest further interviews that could still show "met"; None if none could."""
        return self._fewest(lambda more: self._meets(self.asked + more, self.yes + more))

    @cached_property
    def further_to_not_met(self) -> int | None:
        """The fewest further interviews that could still show "not met"; None if none could."""
        return self._fewest(
            lambda more: is_lower_at_most(self.population, self.needed, self.asked + more, self.yes, ALPHA)
        )

    @property
    def further(self) -> int | None:
        """The fewest further interviews that could settle it either way; 0 if it is settled."""
        if self.verdict is not Verdict.NOT_ENOUGH_EVIDENCE:
            return 0
        return min((each for each in (self.further_to_met, self.further_to_not_met) if each is not None), default=None)

    def _meets(self, asked: int, yes: int) -> bool:
        return is_upper_at_most(self.population, self.needed - 1, asked, yes, ALPHA)

    def _interval(self, level: Fraction) -> tuple[int, int]:
        low, high = self.certain
        first = _first(low, high, lambda m: not is_upper_at_most(self.population, m, self.asked, self.yes, level))
        over = _first(first, high + 1, lambda m: is_lower_at_most(self.population, m, self.asked, self.yes, level))
        return first, over - 1

    def _fewest(self, settles: Callable[[int], bool]) -> int | None:
        # Another answer of the wanted kind never weakens the evidence, so halving finds the fewest.
        left = self.population - self.asked
        return _first(0, left, settles) if settles(left) else None


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Find the first number from `low` on for which a monotone condition holds; it is taken to hold at `high`."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
