"""A database that leaves room for others: after everything that is written, whoever waits to save comes first.

An exchange writes page after page. Without a pause it takes the lock again before anybody who waits for it looks the
next time, and somebody who records a meeting would wait for all of it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from sync.storage import Connection, Migration, Storage

SHORTEST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 0.25
"""Longer than anybody who waits for the lock sleeps before trying again."""


class GentleStorage:
    """Another storage, with a pause after each writing transaction as long as that was."""

    def __init__(self, storage: Storage, sleep: Callable[[float], object] = time.sleep) -> None:
        self._storage = storage
        self._sleep = sleep

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a consistent view that writes nothing."""
        return self._storage.reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one writing transaction, and pause after it."""
        with self._storage.writing() as connection:
            began = time.monotonic()
            yield connection
        self._sleep(min(max(time.monotonic() - began, SHORTEST_PAUSE), LONGEST_PAUSE))

    def merging(self) -> AbstractContextManager[Connection]:
        """Open a writing transaction for receiving, and pause after it."""
        return self.writing()

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Apply the migrations not yet applied; name them."""
        return self._storage.migrate(namespace, migrations)

    def close(self) -> None:
        """Close every connection of this process."""
        self._storage.close()
