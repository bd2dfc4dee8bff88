"""Drawing by lot: how many in each village, which households in which order, which adult of a household.

Pure and without a random source of its own: a draw is decided by its seed. It can be done again with any program
that knows SHA-256. Ranked by the hexadecimal SHA-256 of these four lines, joined by line feeds and without one at
the end, in ascending order:

    collector draw 1
    <seed of the round>
    <id of the village>
    <id of the household>

the first households of a village are drawn and the next ones are its reserves in that order. The number that chooses
an adult is 1 plus the remainder of the SHA-256 of `collector adult 1`, the seed, the village and the household (joined
in the same way), read as a whole number, divided by 27720. Of k adults, counted from the eldest, the one to ask is
number 1 + (number - 1) mod k: 27720 can be divided by every k up to 12, so that each adult has the same chance.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from collector.participation.samples import SMALLEST_SHARE_OF_A_VILLAGE, allocate_sample
from collector.rounds.errors import SampleTooLarge, SampleTooSmall

ADULT_NUMBERS: Final = 27_720
"""The smallest number that 1 to 12 divide."""
MOST_ADULTS: Final = 12
_ORDER: Final = "collector draw 1"
_ADULT: Final = "collector adult 1"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn household: its village, its place there from 1, whether it is a reserve, the adult's number."""

    village: str
    household: str
    place: int
    reserve: bool
    adult_draw: int


def draw_sample(
    seed: str, villages: Mapping[str, Sequence[str]], wanted: Mapping[str, int], reserves: Mapping[str, int]
) -> list[Drawn]:
    """Draw the wanted households and reserves of each village, in the order of villages and places.

    `villages` names the households of each village, in any order; a repeated one counts once.
    """
    drawn = []
    for village, households in villages.items():
        count, spare = wanted.get(village, 0), reserves.get(village, 0)
        order = order_households(seed, village, households)
        drawn += [
            Drawn(village, household, place, place > count, draw_adult(seed, village, household))
            for place, household in enumerate(order[: count + spare], start=1)
        ]
    return drawn


def order_households(seed: str, village: str, households: Sequence[str]) -> list[str]:
    """Put the households of a village into the order of the draw."""
    return sorted(set(households), key=lambda household: (_digest(_ORDER, seed, village, household), household))


def draw_adult(seed: str, village: str, household: str) -> int:
    """Give the number, from 1 to 27720, that chooses the adult of a household."""
    return int(_digest(_ADULT, seed, village, household), 16) % ADULT_NUMBERS + 1


def choose_adult(adult_draw: int, adults: int) -> int:
    """Tell which of so many adults, counted from the eldest, a number chooses."""
    return (adult_draw - 1) % adults + 1


def _digest(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def allocate(total: int, sizes: Mapping[str, int], least: int = SMALLEST_SHARE_OF_A_VILLAGE) -> dict[str, int]:
    """Spread a number of households over villages in proportion to their size, at least `least` in each.

    A village with fewer than `least` is taken whole.

    :raises SampleTooSmall: if there are not enough to have the least in every village.
    :raises SampleTooLarge: if there are not so many households.
    """
    needed, present = sum(min(least, size) for size in sizes.values()), sum(sizes.values())
    if total < needed:
        raise SampleTooSmall(asked=total, needed=needed)
    if total > present:
        raise SampleTooLarge(asked=total, present=present)
    return allocate_sample(total, sizes, least)


def spread(total: int, sizes: Mapping[str, int], room: Mapping[str, int]) -> dict[str, int]:
    """Spread reserves in proportion to `sizes`; a village gets no more than it has `room` for."""
    return {name: min(share, room[name]) for name, share in _share(total, sizes).items()}


def _share(total: int, sizes: Mapping[str, int]) -> dict[str, int]:
    whole = sum(sizes.values())
    if not whole:
        return dict.fromkeys(sizes, 0)
    exact = {name: Fraction(total * size, whole) for name, size in sizes.items()}
    shares = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares
