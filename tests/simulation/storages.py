"""Storages that can fail at the commit, in memory or in a file, and can be copied like a disk."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sync.errors import StorageFull
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.sqlite import SqliteConnection, SqliteStorage
from sync.storage import Migration

CACHE = Migration(
    1,
    "cache",
    "CREATE TABLE cached (record TEXT PRIMARY KEY, line TEXT NOT NULL) {strict};",
)


class Disk(SqliteStorage):
    """A storage whose commits fail when it is told so."""

    fails: Callable[[], bool] = staticmethod(lambda: False)

    @contextmanager
    def writing(self) -> Iterator[SqliteConnection]:
        """Open the writing transaction; when the disk is full, all of it is undone."""
        with super().writing() as connection:
            yield connection
            if self.fails():
                raise StorageFull(path="simulated")

    def image(self) -> bytes:
        """Copy the whole disk."""
        return bytes(self._connection().serialize())

    def count_changes(self) -> int:
        """Count the rows that were ever written since it was opened."""
        return self._connection().total_changes


class MemoryDisk(Disk):
    """In memory, made from an image."""

    def __init__(self, image: bytes) -> None:
        super().__init__(":memory:")
        self._image = image

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        raw.deserialize(self._image)
        self._image = b""
        return raw

    @contextmanager
    def reading(self) -> Iterator[SqliteConnection]:
        """Open a view without a transaction, which nobody else could disturb; check that nothing is written."""
        raw = self._connection()
        written = raw.total_changes
        yield SqliteConnection(raw)
        assert raw.in_transaction or raw.total_changes == written, "a reading view was written in"

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Nothing to do: the image has every table."""
        return []


class FileDisk(Disk):
    """In a file, as in a data folder."""

    def image(self) -> bytes:
        """Copy the whole disk."""
        copy = self.path.with_suffix(".copy")
        copy.unlink(missing_ok=True)
        self.copy_into(copy)
        return copy.read_bytes()


class Disks(Protocol):
    """Makes disks."""

    def make(self, image: bytes | None = None) -> Disk:
        """Make a disk, empty or with a copy of another."""
        ...


def _empty_image() -> bytes:
    storage = SqliteStorage(":memory:")
    storage.migrate(NAMESPACE, MIGRATIONS)
    storage.migrate("simulation", [CACHE])
    image = bytes(storage._connection().serialize())
    storage.close()
    return image


class MemoryDisks:
    """Makes disks in memory."""

    empty: bytes = b""

    def make(self, image: bytes | None = None) -> Disk:
        """Make a disk, empty or with a copy of another."""
        if not MemoryDisks.empty:
            MemoryDisks.empty = _empty_image()
        return MemoryDisk(image or MemoryDisks.empty)


class FileDisks:
    """Makes disks in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def make(self, image: bytes | None = None) -> Disk:
        """Make a disk, empty or with a copy of another."""
        path = self._folder / f"{next(self._numbers)}.sqlite"
        if image is not None:
            path.write_bytes(image)
        made = FileDisk(path)
        made.migrate(NAMESPACE, MIGRATIONS)
        made.migrate("simulation", [CACHE])
        return made
