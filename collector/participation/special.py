"""The incomplete beta function, its inverse, and the t quantile, in double precision.

Nothing here knows of surveys. Checked against scipy and R to a relative 1e-12 over the range that surveys use.
"""

import math
from functools import lru_cache
from typing import Final

_TINY: Final = 1e-300
_LARGE: Final = 10.0
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_STEPS: Final = 400


def log_beta(a: float, b: float) -> float:
    """Give ln B(a, b) without the cancellation that three `lgamma` of large numbers would bring."""
    small, large = min(a, b), max(a, b)
    if large < _LARGE:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    if small < _LARGE:
        # ln Γ(large) - ln Γ(large + small) by the Stirling series.
        shift = _stirling_rest(large) - _stirling_rest(large + small)
        change = (large - 0.5) * -math.log1p(small / large) - small * math.log(large + small) + small
        return math.lgamma(small) + shift + change
    rest = _stirling_rest(small) + _stirling_rest(large) - _stirling_rest(a + b)
    share = small / large
    main = (small - 0.5) * math.log(share / (1 + share)) - large * math.log1p(share)
    return rest + main + 0.5 * (math.log(2 * math.pi) - math.log(large))


def _stirling_rest(x: float) -> float:
    power, total = 1 / x, 0.0
    for factor in _STIRLING:
        total += factor * power
        power /= x * x
    return total


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Give the regularised incomplete beta function I_x(a, b), the share of Beta(a, b) up to `x`."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b))
    if x < (a + 1) / (a + b + 2):
        return min(front * _fraction(a, b, x) / a, 1.0)
    return max(1 - front * _fraction(b, a, 1 - x) / b, 0.0)


def _fraction(a: float, b: float, x: float) -> float:
    # Lentz's method for the continued fraction; it needs about sqrt(max(a, b)) steps.
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value, step = d, 0
    while True:
        step += 1
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        d = 1 / _nonzero(1 + even * d)
        c = _nonzero(1 + even / c)
        value *= d * c
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        d = 1 / _nonzero(1 + odd * d)
        c = _nonzero(1 + odd / c)
        change = d * c
        value *= change
        if abs(change - 1) < 1e-16 or step > 100_000:
            return value


def _nonzero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def beta_quantile(a: float, b: float, q: float) -> float:
    """Give the `x` with I_x(a, b) = `q`; Newton's steps, kept inside a bracket that shrinks by halves.

    A or b of zero stand for the point masses at 0 and 1.
    """
    if q <= 0 or a <= 0:
        return 0.0
    if q >= 1 or b <= 0:
        return 1.0
    low, high, x, norm = 0.0, 1.0, a / (a + b), log_beta(a, b)
    for _ in range(_STEPS):
        error = incomplete_beta(a, b, x) - q
        low, high = (low, x) if error > 0 else (x, high)
        density = math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - norm)
        nearer = x - error / density if density > 0 else low
        if not low < nearer < high:
            nearer = (low + high) / 2
        if abs(nearer - x) <= 2e-16 * x or not 0 < nearer < 1:
            return nearer
        x = nearer
    return x


@lru_cache(maxsize=4096)
def t_quantile(q: float, df: float) -> float:
    """Give the quantile of Student's t for 1/2 < `q` < 1."""
    share = beta_quantile(0.5, df / 2, 2 * q - 1)
    return math.sqrt(df * share / (1 - share))
