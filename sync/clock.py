"""A hybrid logical clock: stamps that follow the wall clock but never run backwards.

A stamp orders history on the screen and breaks ties between siblings. It is never a cursor and never a right,
so a wrong wall clock is harmless. After Kulkarni et al., "Logical Physical Clocks" (2014).
"""

import threading
import time
from collections.abc import Callable

COUNTER_BITS = 16
MAX_DRIFT_MS = 5 * 60 * 1000
"""How far a stamp that arrives from elsewhere may pull the local clock ahead, in milliseconds."""


def wall_clock_ms() -> int:
    """Return the machine's wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def stamp_to_ms(stamp: int) -> int:
    """Return the wall-clock part of a stamp in milliseconds since 1970-01-01 UTC."""
    return stamp >> COUNTER_BITS


class HybridClock:
    """Gives stamps: milliseconds in the high bits, a counter in the low sixteen."""

    def __init__(self, now_ms: Callable[[], int] = wall_clock_ms, last: int = 0) -> None:
        self._now_ms = now_ms
        self._last = last
        self._lock = threading.Lock()

    def tick(self) -> int:
        """Give the next stamp, greater than every stamp given or observed before."""
        with self._lock:
            self._last = max(self._now_ms() << COUNTER_BITS, self._last + 1)
            return self._last

    def observe(self, stamp: int) -> None:
        """Move past a stamp that was read or received, but never beyond local time + 5 minutes."""
        with self._lock:
            limit = (self._now_ms() + MAX_DRIFT_MS) << COUNTER_BITS
            self._last = max(self._last, min(stamp, limit))
