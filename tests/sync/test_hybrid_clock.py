"""Stamps follow the wall clock and never run backwards."""

import threading
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.clock import COUNTER_BITS, MAX_DRIFT_MS, HybridClock, stamp_to_ms

moments = st.integers(0, 2**44)


@given(st.lists(moments, min_size=1, max_size=30))
def test_stamps_grow_whatever_the_wall_clock_does(walls: list[int]) -> None:
    position = iter(walls)
    clock = HybridClock(lambda: next(position))
    stamps = [clock.tick() for _ in walls]
    assert all(later > earlier for earlier, later in pairwise(stamps))
    assert all(stamp_to_ms(stamp) >= wall for stamp, wall in zip(stamps, walls, strict=True))


@given(moments, st.integers(0, 2**62))
def test_a_stamp_from_elsewhere_moves_the_clock_by_five_minutes_at_most(wall: int, remote: int) -> None:
    clock = HybridClock(lambda: wall)
    clock.observe(remote)
    stamp = clock.tick()
    assert stamp_to_ms(stamp) <= wall + MAX_DRIFT_MS
    if remote < (wall + MAX_DRIFT_MS) << COUNTER_BITS:
        assert stamp > remote


def test_threads_never_get_the_same_stamp() -> None:
    clock = HybridClock(lambda: 1)
    given_out: list[int] = []
    threads = [
        threading.Thread(target=lambda: given_out.extend([clock.tick() for _ in range(500)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given_out)) == 4_000
