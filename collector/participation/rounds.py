"""Change between two rounds: fresh samples, or a panel in which households answer twice.

The interval is MOVER (method of variance estimates recovery): each end is recovered from the intervals of the two
rounds, so it stays sensible near 0 % and 100 %. In a panel the correlation of the two estimates counts.
"""

import math
from dataclasses import dataclass, replace

from collector.participation.answers import Treatment, Variable
from collector.participation.design import Chosen
from collector.participation.estimates import (
    TAIL_90,
    TAIL_95,
    Estimate,
    estimate_share,
)
from collector.participation.intervals import Interval
from collector.participation.moments import list_residuals, sum_weights
from collector.participation.survey import Scores, Survey, Where


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What must be the same in two rounds before they may be compared."""

    wording: str
    dimensions: tuple[str, ...]
    unit: str
    chosen: Chosen


def list_differences(one: RoundFacts, other: RoundFacts) -> tuple[str, ...]:
    """Name what differs between two rounds: wording, dimensions, unit, chosen. Anything: they are not comparable."""
    names = ("wording", "dimensions", "unit", "chosen")
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))


@dataclass(frozen=True, slots=True)
class Change:
    """The change from the first round's share to the second's."""

    first: Estimate
    second: Estimate
    covariance: float
    df: int

    @property
    def diff(self) -> float:
        """The second share less the first."""
        return self.second.p - self.first.p

    @property
    def variance(self) -> float:
        """The variance of the difference."""
        return max(self.first.variance + self.second.variance - 2 * self.covariance, 0.0)

    @property
    def se(self) -> float:
        """The standard error of the difference."""
        return math.sqrt(self.variance)

    @property
    def is_fact(self) -> bool:
        """Whether both rounds were full counts: the change is a fact and has no interval."""
        return self.first.is_complete and self.second.is_complete

    @property
    def mover90(self) -> Interval | None:
        """The 90 % interval of the difference; None for a fact."""
        return self._mover(TAIL_90)

    @property
    def mover95(self) -> Interval | None:
        """The 95 % interval of the difference; None for a fact."""
        return self._mover(TAIL_95)

    @property
    def certain(self) -> Interval | None:
        """The range of the difference that is certain without statistics, if both rounds have one."""
        if self.first.certain is None or self.second.certain is None:
            return None
        return self.second.certain[0] - self.first.certain[1], self.second.certain[1] - self.first.certain[0]

    def _mover(self, tail: float) -> Interval | None:
        if self.is_fact:
            return None
        low_1, high_1 = self.first.interval(tail, is_limited=False)
        low_2, high_2 = self.second.interval(tail, is_limited=False)
        below = self._distance(self.second.p - low_2, high_1 - self.first.p)
        above = self._distance(high_2 - self.second.p, self.first.p - low_1)
        return max(self.diff - below, -1.0), min(self.diff + above, 1.0)

    def _distance(self, a: float, b: float) -> float:
        spread = self.first.se * self.second.se
        correlation = min(max(self.covariance / spread, -1.0), 1.0) if spread else 0.0
        return math.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))


def compare_fresh(first: Estimate, second: Estimate) -> Change:
    """Compare two rounds with samples drawn anew: village by round are the strata, so nothing is shared."""
    return Change(first, second, 0.0, first.df + second.df)


def compare_panel(
    survey: Survey, variable: Variable, rounds: tuple[Where, Where], treatment: Treatment = Treatment.STRICT
) -> Change | None:
    """Compare two rounds answered by the same households; None if a round has no answers.

    The survey holds both rounds' rows with the household as the cluster, so that its totals over both rounds vary
    together.
    """
    estimates = [estimate_share(survey, variable, treatment, where) for where in rounds]
    first, second = estimates
    if first is None or second is None:
        return None
    scores = [survey.score(variable, treatment, where) for where in rounds]
    parts = [
        list_residuals(survey, each, estimate.p, sum_weights(survey, each))
        for each, estimate in zip(scores, (first, second), strict=True)
    ]
    both = survey.variance([a + b for a, b in zip(*parts, strict=True)])
    apart = survey.variance([a - b for a, b in zip(*parts, strict=True)])
    done = [_is_full_count(survey, each) for each in scores]
    return Change(
        replace(first, is_complete=done[0]),
        replace(second, is_complete=done[1]),
        (both - apart) / 4,
        survey.degrees_of_freedom([stratum.asked for stratum in survey.strata]),
    )


def _is_full_count(survey: Survey, scores: Scores) -> bool:
    counted = survey.count_clusters(scores)
    whole = all(each == stratum.population for each, stratum in zip(counted, survey.strata, strict=True))
    return whole and not survey.samples_villages
