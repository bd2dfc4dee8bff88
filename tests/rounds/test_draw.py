"""The draw: decided by its seed, the same everywhere, fair, and spread over villages in proportion."""

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.participation.samples import SMALLEST_SHARE_OF_A_VILLAGE
from collector.rounds.draw import (
    ADULT_NUMBERS,
    MOST_ADULTS,
    Drawn,
    allocate,
    choose_adult,
    draw_adult,
    draw_sample,
    order_households,
    spread,
)
from collector.rounds.errors import SampleTooLarge, SampleTooSmall

VILLAGE = "01900000-0000-7000-8000-00000000000a"
HOUSEHOLDS = [f"01900000-0000-7000-8000-{number:012d}" for number in range(1, 13)]
CHI_SQUARE_11_AT_1_PER_MILLE = 31.26
"""The value that chi-square with 11 degrees of freedom passes once in a thousand times."""

names = st.text("abcdef", min_size=1, max_size=3)
sizes_of_villages = st.dictionaries(names, st.integers(1, 400), min_size=1, max_size=12)


def test_the_draw_is_what_an_auditor_computes_by_hand() -> None:
    def digest(household: str) -> str:
        return hashlib.sha256(f"collector draw 1\nseed\n{VILLAGE}\n{household}".encode()).hexdigest()

    assert order_households("seed", VILLAGE, HOUSEHOLDS) == sorted(HOUSEHOLDS, key=digest)
    by_hand = hashlib.sha256(f"collector adult 1\nseed\n{VILLAGE}\n{HOUSEHOLDS[0]}".encode()).digest()
    assert draw_adult("seed", VILLAGE, HOUSEHOLDS[0]) == int.from_bytes(by_hand, "big") % ADULT_NUMBERS + 1


KNOWN = [(9, 1, False, 5030), (8, 2, False, 1580), (5, 3, False, 1173), (2, 4, True, 27177)]
"""Must never change: draws of earlier versions are computed again from their seeds."""


def test_a_known_seed_gives_the_known_draw() -> None:
    drawn = draw_sample("0f" * 16, {VILLAGE: HOUSEHOLDS}, {VILLAGE: 3}, {VILLAGE: 1})
    assert [(int(each.household[-4:]), each.place, each.reserve, each.adult_draw) for each in drawn] == KNOWN


@given(st.permutations(HOUSEHOLDS), st.text(max_size=8))
def test_the_order_of_the_list_does_not_matter(shuffled: list[str], seed: str) -> None:
    assert order_households(seed, VILLAGE, shuffled) == order_households(seed, VILLAGE, HOUSEHOLDS)


def test_another_seed_and_another_village_give_other_draws() -> None:
    first = order_households("a", VILLAGE, HOUSEHOLDS)
    assert first != order_households("b", VILLAGE, HOUSEHOLDS)
    assert first != order_households("a", VILLAGE[:-1] + "b", HOUSEHOLDS)


def test_every_household_is_drawn_equally_often() -> None:
    draws, wanted = 3_000, 4
    hits = Counter(
        each.household
        for seed in range(draws)
        for each in draw_sample(f"seed {seed}", {VILLAGE: HOUSEHOLDS}, {VILLAGE: wanted}, {})
    )
    expected = draws * wanted / len(HOUSEHOLDS)
    # Drawn without putting back, the counts vary less than chi-square by (N - n) / (N - 1).
    shrunk = sum((hits[each] - expected) ** 2 / expected for each in HOUSEHOLDS)
    chi_square = shrunk * (len(HOUSEHOLDS) - 1) / (len(HOUSEHOLDS) - wanted)
    assert chi_square < CHI_SQUARE_11_AT_1_PER_MILLE


@pytest.mark.parametrize("adults", range(2, MOST_ADULTS + 1))
def test_every_adult_of_a_household_has_the_same_chance(adults: int) -> None:
    chosen = Counter(choose_adult(number, adults) for number in range(1, ADULT_NUMBERS + 1))
    assert set(chosen.values()) == {ADULT_NUMBERS // adults}
    assert set(chosen) == set(range(1, adults + 1))


def test_reserves_follow_those_drawn_and_nobody_is_drawn_twice() -> None:
    drawn = draw_sample("s", {VILLAGE: HOUSEHOLDS * 2}, {VILLAGE: 5}, {VILLAGE: 3})
    assert [each.place for each in drawn] == list(range(1, 9))
    assert [each.reserve for each in drawn] == [False] * 5 + [True] * 3
    assert len({each.household for each in drawn}) == 8
    assert draw_sample("s", {VILLAGE: HOUSEHOLDS}, {VILLAGE: 5}, {VILLAGE: 0}) == [
        Drawn(each.village, each.household, each.place, False, each.adult_draw) for each in drawn[:5]
    ]


@given(sizes_of_villages, st.data())
def test_an_allocation_adds_up_and_fits_every_village(sizes: dict[str, int], data: st.DataObject) -> None:
    needed = sum(min(SMALLEST_SHARE_OF_A_VILLAGE, size) for size in sizes.values())
    total = data.draw(st.integers(needed, sum(sizes.values())))
    found = allocate(total, sizes)
    assert list(found) == list(sizes)
    assert sum(found.values()) == total
    for name, size in sizes.items():
        assert min(SMALLEST_SHARE_OF_A_VILLAGE, size) <= found[name] <= size
        exact = total * size / sum(sizes.values())
        assert found[name] <= max(exact + 1, SMALLEST_SHARE_OF_A_VILLAGE)


@given(sizes_of_villages, st.data())
def test_a_larger_village_never_gets_fewer(sizes: dict[str, int], data: st.DataObject) -> None:
    needed = sum(min(SMALLEST_SHARE_OF_A_VILLAGE, size) for size in sizes.values())
    found = allocate(data.draw(st.integers(needed, sum(sizes.values()))), sizes)
    by_size = sorted(sizes, key=lambda name: (sizes[name], found[name]))
    for smaller, larger in pairwise(by_size):
        assert sizes[smaller] == sizes[larger] or found[smaller] <= found[larger]


def test_an_allocation_is_proportional() -> None:
    assert allocate(60, {"a": 100, "b": 200, "c": 300}) == {"a": 10, "b": 20, "c": 30}
    assert allocate(20, {"a": 3, "b": 10, "c": 500}) == {"a": 3, "b": 5, "c": 12}


def test_too_few_and_too_many_are_refused() -> None:
    with pytest.raises(SampleTooSmall) as few:
        allocate(9, {"a": 40, "b": 40})
    assert few.value.context == {"asked": 9, "needed": 10}
    with pytest.raises(SampleTooLarge) as many:
        allocate(81, {"a": 40, "b": 40})
    assert many.value.context == {"asked": 81, "present": 80}


@given(sizes_of_villages, st.integers(0, 200))
def test_reserves_never_exceed_the_room(sizes: dict[str, int], total: int) -> None:
    room = {name: size // 3 for name, size in sizes.items()}
    found = spread(total, sizes, room)
    assert all(found[name] <= room[name] for name in sizes)
    assert sum(found.values()) <= total
