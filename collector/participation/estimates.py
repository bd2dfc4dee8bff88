"""Estimates of a share from a survey: the linearised variance, degrees of freedom, intervals and the certain range.

Verdicts on them stand in `judging`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from collector.participation.answers import Treatment, Variable
from collector.participation.exact import ExactVerdict
from collector.participation.intervals import Interval, Sizes, effective_size, kg_deff1
from collector.participation.moments import linearise, tally
from collector.participation.special import t_quantile
from collector.participation.survey import Survey, Where

TAIL_90: Final = 0.05
TAIL_95: Final = 0.025


@dataclass(frozen=True)
class Estimate:
    """A share `p` with its variance. `n` sheets count, for about `population` people; `yes` is their plain sum.

    `certain` is the share that is certain without statistics, from those who said yes to them and all not asked, or
    None if sheets and register are in different units. `is_complete`: everybody was asked, so the interval is [p, p].
    """

    p: float
    variance: float
    df: int
    n: int
    yes: float
    population: float | None
    is_complete: bool = False
    is_mean: bool = False
    certain: Interval | None = None

    @property
    def se(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)

    @property
    def n_eff(self) -> float | None:
        """p (1 - p) / V, before any limit; None where it has no meaning (0 %, 100 %, full counts, means)."""
        return None if self.is_mean else effective_size(self.p, self.variance)

    @cached_property
    def ci90(self) -> Interval:
        """The 90 % interval, whose ends are the one-sided 95 % bounds of the verdict."""
        return self.interval(TAIL_90)

    @cached_property
    def ci95(self) -> Interval:
        """The 95 % interval."""
        return self.interval(TAIL_95)

    @property
    def shown90(self) -> Interval:
        """The 90 % interval clipped to what is certain; what people see."""
        if self.certain is None:
            return self.ci90
        low, high = max(self.ci90[0], self.certain[0]), min(self.ci90[1], self.certain[1])
        return min(low, self.p), max(high, self.p)

    def interval(self, tail: float, *, is_limited: bool = True) -> Interval:
        """Give the interval that leaves out `tail` at each end; it holds `p` and stays inside [0, 1].

        Verdicts use the limited one; the interval of a change is recovered from the other (see `kg_deff1`).
        """
        if self.is_complete:
            return self.p, self.p
        if self.is_mean and self.variance > 0:
            half = t_quantile(1 - tail, max(self.df, 1)) * self.se
            return max(self.p - half, 0.0), min(self.p + half, 1.0)
        sizes = Sizes(self.n, self.df, self.population)
        return kg_deff1(self.p, self.variance, tail, sizes, is_limited=is_limited)


def estimate_share(
    survey: Survey, variable: Variable, treatment: Treatment = Treatment.STRICT, where: Where | None = None
) -> Estimate | None:
    """Estimate one variable, in the domain of those picked by `where`; None if nobody is in the domain.

    Rows outside the domain stay in the design and count as zero.
    """
    scores = survey.score(variable, treatment, where)
    found = tally(survey, scores) if survey.is_plain else linearise(survey, scores)
    if found is None:
        return None
    is_whole = where is None and not variable.is_mean and found.n == survey.asked
    return Estimate(
        p=found.p,
        variance=found.variance,
        df=survey.degrees_of_freedom(found.clusters),
        n=found.n,
        yes=found.yes,
        population=_population(survey, found.n, found.mass),
        is_complete=_is_complete(survey, found.clusters),
        is_mean=variable.is_mean,
        certain=_certain(survey, round(found.yes)) if is_whole and survey.is_countable else None,
    )


def exact_verdict(survey: Survey, variable: Variable, treatment: Treatment = Treatment.STRICT) -> ExactVerdict | None:
    """Give the exact verdict on one village with equal chances for all; None for any other design."""
    if not survey.is_simple or survey.population is None:
        return None
    yes = sum(count for count, score in zip(survey.counts, survey.score(variable, treatment), strict=True) if score)
    return ExactVerdict(survey.population, survey.asked, yes, survey.design.target)


def _population(survey: Survey, n: int, mass: float) -> float | None:
    # Weights that say how many people a sheet stands for add up to about the population; relative ones do not.
    total = survey.population
    if total is None:
        return mass if mass > n * (1 + 1e-9) else None
    share = total * n / survey.asked
    return mass if mass >= share / 2 else max(float(n), share)


def _is_complete(survey: Survey, clusters: Sequence[int]) -> bool:
    present = (stratum for stratum, each in zip(survey.strata, clusters, strict=True) if each)
    return not survey.samples_villages and all(stratum.is_complete for stratum in present)


def _certain(survey: Survey, yes: int) -> Interval | None:
    population = survey.population or survey.asked
    return yes / population, (yes + population - survey.asked) / population
