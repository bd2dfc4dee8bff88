"""`kg_deff1`: the interval of a share from its design-based variance.

Korn and Graubard's interval (Clopper-Pearson with the effective sample size), with the finite population correction
kept and the design effect not below that of a simple random sample of the same size. It is this project's own
combination; `docs/method.md` says why and how it was tested.
"""

import math
from dataclasses import dataclass
from typing import Final

from collector.participation.special import beta_quantile, t_quantile

Interval = tuple[float, float]
_LARGEST_SIZE: Final = 1e8
"""More than all people of the country; a variance of nearly nothing would ask for more than floats can say."""


def clopper_pearson(x: float, n: float, tail: float) -> Interval:
    """Give the interval for x of n, neither need be whole, with `tail` left out at each end."""
    return beta_quantile(x, n - x + 1, tail), beta_quantile(x + 1, n - x, 1 - tail)


def effective_size(p: float, variance: float) -> float | None:
    """Give p (1 - p) / V, the simple random sample as good as this one; None at 0, 1 or without variance."""
    return p * (1 - p) / variance if variance > 0 and 0 < p < 1 else None


def most_effective_size(n: int, population: float | None) -> float:
    """Give n (N - 1) / (N - n): no design is taken to be better than a simple random sample of its size."""
    if population is None:
        return float(n)
    return n * (population - 1) / (population - n) if population > n else math.inf


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many answers, with how many degrees of freedom, out of how many people (None: unknown)."""

    n: int
    df: int
    population: float | None


def kg_deff1(p: float, variance: float, tail: float, sizes: Sizes, *, is_limited: bool = True) -> Interval:
    """Give the interval with `tail` left out at each end; `p` of exactly 0 or 1 counts as n answers alike.

    Not limited, it is Korn and Graubard's own: a stratified design may then be better than a simple random sample.
    """
    n_eff = float(sizes.n)
    if 0 < p < 1:
        found = effective_size(p, variance)
        ratio = t_quantile(1 - tail, max(sizes.n - 1, 1)) / t_quantile(1 - tail, max(sizes.df, 1))
        limit = most_effective_size(sizes.n, sizes.population)
        n_eff = limit if found is None else found * ratio**2
        n_eff = min(n_eff, limit) if is_limited else n_eff
        n_eff = min(n_eff, _LARGEST_SIZE)
    low, high = clopper_pearson(n_eff * p, n_eff, tail)
    return min(low, p), max(high, p)
