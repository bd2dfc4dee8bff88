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
    scores = list_scores(survey, variable, treatment, where)
    domain = [score is not None for score in scores]
    n = sum(row.count for row, inside in zip(survey.rows, domain, strict=True) if inside)
    if not n:
        return None
    yes = math.fsum(row.count * score for row, score in zip(survey.rows, scores, strict=True) if score)
    p, mass = weighted_mean(survey, scores)
    return Estimate(
        p=p,
        variance=survey.variance(linearise(survey, scores, p)),
        df=survey.degrees_of_freedom(domain),
        n=n,
        yes=yes,
        population=_population(survey, n, mass),
        is_complete=not survey.samples_villages and _is_complete(survey, domain),
        is_mean=variable.is_mean,
        certain=_certain(survey, scores) if where is None and all(domain) and not variable.is_mean else None,
    )


def exact_verdict(survey: Survey, variable: Variable, treatment: Treatment = Treatment.STRICT) -> ExactVerdict | None:
    """Give the exact verdict on one village with equal chances for all; None for any other design."""
    if not survey.is_simple or survey.population is None:
        return None
    scores = list_scores(survey, variable, treatment, None)
    yes = sum(row.count for row, score in zip(survey.rows, scores, strict=True) if score == 1)
    return ExactVerdict(survey.population, survey.asked, yes, survey.design.target)


def list_scores(
    survey: Survey, variable: Variable, treatment: Treatment, where: Where | None = None
) -> list[float | None]:
    """Give what each row counts as; None outside the domain."""
    return [variable.score(row.answers, treatment) if where is None or where(row) else None for row in survey.rows]


def weighted_mean(survey: Survey, scores: Sequence[float | None]) -> tuple[float, float]:
    """Give the weighted mean of the scores in the domain (exactly 0 or 1 if all are alike) and their weights' sum."""
    pairs = [
        (weight * row.count, score)
        for weight, row, score in zip(survey.weights, survey.rows, scores, strict=True)
        if score is not None
    ]
    mass = math.fsum(weight for weight, _ in pairs)
    if len({score for _, score in pairs}) == 1:
        return pairs[0][1], mass
    return math.fsum(weight * score for weight, score in pairs) / mass, mass


def linearise(survey: Survey, scores: Sequence[float | None], p: float) -> list[float]:
    """Give w (y - p) / sum(w) of each row, zero outside the domain, after projecting out what calibration knows."""
    _, mass = weighted_mean(survey, scores)
    residuals = [0.0 if score is None else score - p for score in scores]
    if survey.calibration:
        residuals = survey.calibration.project(residuals)
    return [weight * residual / mass for weight, residual in zip(survey.weights, residuals, strict=True)]


def _population(survey: Survey, n: int, mass: float) -> float | None:
    # Weights that say how many people a sheet stands for add up to about the population; relative ones do not.
    total = survey.population
    if total is None:
        return mass if mass > n * (1 + 1e-9) else None
    share = total * n / survey.asked
    return mass if mass >= share / 2 else max(float(n), share)


def _is_complete(survey: Survey, domain: Sequence[bool]) -> bool:
    return all(
        stratum.is_complete
        for stratum in survey.strata
        if any(domain[i] for cluster in stratum.clusters for i in cluster)
    )


def _certain(survey: Survey, scores: Sequence[float | None]) -> Interval | None:
    if not survey.is_countable or survey.population is None:
        return None
    yes = sum(row.count for row, score in zip(survey.rows, scores, strict=True) if score == 1)
    return yes / survey.population, (yes + survey.population - survey.asked) / survey.population
