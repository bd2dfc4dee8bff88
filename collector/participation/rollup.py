"""Villages added up to an area or more: always from the lowest level, weighted by who lives there.

Never a mean of percentages and never pooled raw answers. Villages without data stay in N: what they could change is
shown as a range with them at 0 and at 100 %. Two project areas may share people, so populations of areas are never
added up here.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from collector.participation.errors import NoAnswers
from collector.participation.estimates import Estimate
from collector.participation.intervals import Interval
from collector.participation.judging import Judgement
from collector.participation.verdicts import TARGET, Reason, Verdict

NOT_SURVEYED = "not_surveyed"


@dataclass(frozen=True, slots=True)
class Part:
    """A village: its population, and its estimate and verdict if it was surveyed."""

    name: str
    population: int
    estimate: Estimate | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the population an estimate stands for, and what the rest could make of it.

    `p_range` and `range90` are the share and its 90 % interval with everybody else at 0 and at 100 %.
    """

    covered: int
    population: int
    p_range: Interval
    range90: Interval

    @property
    def share(self) -> float:
        """The share of the population that lives in villages with data."""
        return self.covered / self.population

    @property
    def is_full(self) -> bool:
        """Whether every village has data."""
        return self.covered == self.population


@dataclass(frozen=True, slots=True)
class Rollup:
    """Villages added up: the share over those with data, its coverage, and how many villages got which verdict."""

    estimate: Estimate
    coverage: Coverage
    surveyed: int
    villages: int
    verdicts: dict[str, int]


def roll_up(parts: Sequence[Part]) -> Rollup:
    """Add up villages that were surveyed independently.

    :raises NoAnswers: if none was surveyed.
    """
    seen = [(part.population, part.estimate) for part in parts if part.estimate is not None]
    if not seen:
        raise NoAnswers
    estimate = _combine(seen)
    covered = sum(population for population, _ in seen)
    coverage = cover(estimate, covered, sum(part.population for part in parts))
    verdicts = Counter(str(part.verdict) for part in parts if part.estimate is not None and part.verdict)
    verdicts[NOT_SURVEYED] = len(parts) - len(seen)
    return Rollup(estimate, coverage, len(seen), len(parts), dict(verdicts))


def cover(estimate: Estimate, covered: int, population: int) -> Coverage:
    """Say what an estimate over `covered` of `population` people means for all of them."""
    share, (low, high) = covered / population, estimate.shown90
    p_range = (estimate.p * share, estimate.p * share + 1 - share)
    return Coverage(covered, population, p_range, (low * share, high * share + 1 - share))


def judge_covered(judgement: Judgement, coverage: Coverage, target: Fraction = TARGET) -> Judgement:
    """Judge an area of which some villages have no data: a verdict stands only if they cannot change it."""
    low, high = coverage.range90
    stands = {Verdict.MET: low >= target, Verdict.NOT_MET: high < target}
    if coverage.is_full or stands.get(judgement.verdict, True):
        return judgement
    reasons = (*judgement.reasons, Reason.NOT_COVERED)
    return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, judgement.basis, reasons)


def _combine(seen: Sequence[tuple[int, Estimate]]) -> Estimate:
    total = sum(population for population, _ in seen)
    shares = [(population / total, estimate) for population, estimate in seen]
    alike = {estimate.p for _, estimate in shares}
    certain = [estimate.certain for _, estimate in shares]
    return Estimate(
        p=alike.pop() if len(alike) == 1 else math.fsum(share * estimate.p for share, estimate in shares),
        variance=math.fsum(share**2 * estimate.variance for share, estimate in shares),
        df=sum(estimate.df for _, estimate in shares),
        n=sum(estimate.n for _, estimate in shares),
        yes=math.fsum(estimate.yes for _, estimate in shares),
        population=float(total),
        is_complete=all(estimate.is_complete for _, estimate in shares),
        is_mean=any(estimate.is_mean for _, estimate in shares),
        certain=_weighted([(share, each) for (share, _), each in zip(shares, certain, strict=True) if each], len(seen)),
    )


def _weighted(ranges: list[tuple[float, Interval]], expected: int) -> Interval | None:
    if len(ranges) < expected:
        return None
    return math.fsum(s * low for s, (low, _) in ranges), math.fsum(s * high for s, (_, high) in ranges)
