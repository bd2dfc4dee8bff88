"""The all-yes rule over several villages, and the guard on unequal sampling fractions.

If one person short of the target would say yes, what is the largest chance that everybody asked says yes? The missing
yes may be spread over the villages in any way; the largest chance over all ways is the p-value.
"""

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from collector.participation.exact import count_needed
from collector.participation.verdicts import ALPHA, TARGET

LARGEST_FACTOR: Final = Fraction(3, 2)
"""Sampling fractions may lie within this factor of each other."""


def all_yes_p(populations: Sequence[int], asked: Sequence[int], target: Fraction = TARGET) -> float:
    """Give max prod C(M_h, n_h) / C(N_h, n_h) over all M with sum M_h = M0 - 1."""
    return _largest_chance(populations, asked, target, 0.0)


def is_all_yes_proof(
    populations: Sequence[int], asked: Sequence[int], target: Fraction = TARGET, level: Fraction = ALPHA
) -> bool:
    """Tell whether all yes from so many would show "met"; stops as soon as that is sure, however many live there."""
    return _largest_chance(populations, asked, target, float(level)) <= level


def _largest_chance(populations: Sequence[int], asked: Sequence[int], target: Fraction, enough: float) -> float:
    # The logarithm of C(M, n) is concave in M, so taking the missing yes one by one from the village where it costs
    # least is the best way; the chance only falls on the way.
    population = sum(populations)
    missing = population - count_needed(population, target) + 1
    chance, queue = 1.0, [(-_kept(n, m), m, n) for m, n in zip(populations, asked, strict=True) if m]
    heapq.heapify(queue)
    for _ in range(missing):
        kept, m, n = queue[0]
        chance *= -kept
        if chance <= enough:
            break
        if m > 1:
            heapq.heapreplace(queue, (-_kept(n, m - 1), m - 1, n))
        else:
            heapq.heappop(queue)
    return chance


def _kept(asked: int, population: int) -> float:
    return max(population - asked, 0) / population


def fractions_are_alike(populations: Sequence[int], asked: Sequence[int]) -> bool:
    """Tell whether the largest share asked of a village is at most 1.5 times the smallest."""
    shares = [Fraction(n, population) for population, n in zip(populations, asked, strict=True)]
    return max(shares) <= LARGEST_FACTOR * min(shares)
