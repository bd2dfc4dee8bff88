"""Slows down whoever guesses passwords: after a few wrong ones every further try has to wait longer.

Counts in memory only and for a bounded number of keys. Knows nothing of requests; the clock is given.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FREE_TRIES: Final = 5
FIRST_WAIT_SECONDS: Final = 5.0
QUIET_SECONDS: Final = 3600.0
"""After so long without a try beyond its last wait, a key starts afresh."""


@dataclass(frozen=True, slots=True)
class Key:
    """What tries are counted for, and the longest wait that it can ever cause."""

    name: str
    longest_seconds: float


@dataclass(slots=True)
class _Tries:
    count: int
    open_at: float


class Throttle:
    """Tries per key. A try counts as wrong until it is forgiven, so that tries at the same time cannot slip by."""

    def __init__(self, now: Callable[[], float] = time.monotonic, size: int = 2_000) -> None:
        self._now = now
        self._size = size
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._guard = threading.Lock()

    def attempt(self, *keys: Key) -> float:
        """Count a try, or give the seconds to wait before the next one may be made (then nothing is counted)."""
        with self._guard:
            now = self._now()
            wait = max((self._wait(key, now) for key in keys), default=0.0)
            if wait <= 0:
                for key in keys:
                    self._count(key, now)
            return max(wait, 0.0)

    def forgive(self, key: Key) -> None:
        """Forget all tries of a key: the password was right."""
        with self._guard:
            self._tries.pop(key.name, None)

    def take_back(self, key: Key) -> None:
        """Take back the last try of a key and keep the earlier ones."""
        with self._guard:
            known = self._tries.get(key.name)
            if known is not None:
                known.count -= 1
                known.open_at = self._now()

    def _wait(self, key: Key, now: float) -> float:
        known = self._tries.get(key.name)
        if known is None or now > known.open_at + QUIET_SECONDS:
            self._tries.pop(key.name, None)
            return 0.0
        return known.open_at - now

    def _count(self, key: Key, now: float) -> None:
        known = self._tries.setdefault(key.name, _Tries(0, now))
        known.count += 1
        beyond = known.count - FREE_TRIES
        wait = 0.0 if beyond < 0 else min(FIRST_WAIT_SECONDS * 2 ** min(beyond, 20), key.longest_seconds)
        known.open_at = now + wait
        self._tries.move_to_end(key.name)
        while len(self._tries) > self._size:
            self._tries.popitem(last=False)
