"""Remembers results that were computed, for as long as nothing that they were computed from changes.

A key holds everything a result depends on. For the sheets that is the ends of the chains of their epochs, which are
hashes of everything before them: what is remembered fits no other data, not even after a transaction was undone.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")
REMEMBERED: Final = 64
"""So many results are remembered, those asked for last."""


class Memory(Generic[Value]):
    """Values by their key, the oldest forgotten first; several threads may ask."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._held: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Give the value of a key, made now or remembered."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._size:
                self._held.popitem(last=False)
        return made
