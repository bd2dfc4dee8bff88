"""Tails of the hypergeometric distribution: sums of positive terms, decided in whole numbers where it is close.

N people, M of them would say yes, n are asked, X of those say yes. Shares are floats good to a relative 1e-12; whether
a tail exceeds a level is exact: when the float is within a billionth of the level, integers decide.
"""

import math
from fractions import Fraction
from typing import Final

_CLOSE: Final = 1e-9
_NEGLIGIBLE: Final = 1e-305
"""Relative to the largest term; what is smaller counts as 0."""


def upper_tail(population: int, yes: int, asked: int, x: int) -> float:
    """Give P(X >= x) when `yes` of `population` would say yes and `asked` are asked."""
    low, high = max(0, asked + yes - population), min(asked, yes)
    if x <= low:
        return 1.0
    if x > high:
        return 0.0
    mode = min(max((asked + 1) * (yes + 1) // (population + 2), low), high)
    # All terms relative to the mode's, which needs no factorial; the tail is divided by the sum of all.
    above = _terms_up(population, yes, asked, mode, high)
    below = _terms_down(population, yes, asked, mode, low)
    total = math.fsum((1.0, *above, *below))
    if x > mode:
        return math.fsum(above[x - mode - 1 :]) / total
    return math.fsum((1.0, *above, *below[: mode - x])) / total


def lower_tail(population: int, yes: int, asked: int, x: int) -> float:
    """Give P(X <= x)."""
    return upper_tail(population, population - yes, asked, asked - x)


def list_masses(population: int, yes: int, asked: int) -> tuple[int, list[float]]:
    """Give the smallest x that is possible and P(X = x) from there on; what is negligible is left out at both ends."""
    low, high = max(0, asked + yes - population), min(asked, yes)
    mode = min(max((asked + 1) * (yes + 1) // (population + 2), low), high)
    above = _terms_up(population, yes, asked, mode, high)
    below = _terms_down(population, yes, asked, mode, low)
    total = math.fsum((1.0, *above, *below))
    return mode - len(below), [term / total for term in (*reversed(below), 1.0, *above)]


def _terms_up(population: int, yes: int, asked: int, start: int, high: int) -> list[float]:
    terms, term, rest = [], 1.0, population - yes - asked
    for k in range(start, high):
        term *= (yes - k) * (asked - k) / ((k + 1) * (rest + k + 1))
        if term < _NEGLIGIBLE:
            break
        terms.append(term)
    return terms


def _terms_down(population: int, yes: int, asked: int, start: int, low: int) -> list[float]:
    terms, term, rest = [], 1.0, population - yes - asked
    for k in range(start, low, -1):
        term *= k * (rest + k) / ((yes - k + 1) * (asked - k + 1))
        if term < _NEGLIGIBLE:
            break
        terms.append(term)
    return terms


def exact_upper_tail(population: int, yes: int, asked: int, x: int) -> Fraction:
    """Give P(X >= x) as a fraction of whole numbers."""
    low, high = max(0, asked + yes - population), min(asked, yes)
    if x <= low:
        return Fraction(1)
    if x > high:
        return Fraction(0)
    term = math.comb(yes, x) * math.comb(population - yes, asked - x)
    total, rest = term, population - yes - asked
    for k in range(x, high):
        term = term * ((yes - k) * (asked - k)) // ((k + 1) * (rest + k + 1))
        total += term
    return Fraction(total, math.comb(population, asked))


def is_upper_at_most(population: int, yes: int, asked: int, x: int, level: Fraction) -> bool:
    """Tell exactly whether P(X >= x) <= `level`."""
    tail, limit = upper_tail(population, yes, asked, x), float(level)
    if abs(tail - limit) > _CLOSE * limit:
        return tail < limit
    return exact_upper_tail(population, yes, asked, x) <= level


def is_lower_at_most(population: int, yes: int, asked: int, x: int, level: Fraction) -> bool:
    """Tell exactly whether P(X <= x) <= `level`."""
    return is_upper_at_most(population, population - yes, asked, asked - x, level)
