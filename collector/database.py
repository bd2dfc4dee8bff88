"""Opens the database of a data folder: the log, the cache of current records, drafts and search.

The only module of the application that says which engine is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector import cache
from collector.recorder import Recorder
from collector.registry import KINDS
from sync.clock import HybridClock
from sync.log import Log
from sync.sqlite import SqliteConnection, SqliteStorage
from sync.storage import Migration

NAMESPACE: Final = "collector"

MIGRATIONS: Final = (
    Migration(
        1,
        "cache, drafts",
        """
-- Which kinds have a table of current records, and from which declaration it was made. One more row, named
-- "(search)", stands for the search index; `collector/index.py` makes its tables.
CREATE TABLE cache (kind TEXT PRIMARY KEY, signature TEXT NOT NULL) STRICT;

-- Keystrokes that are not saved yet: one row per field of a form that somebody is typing in. Wiped on save; never
-- a revision. `saved_at` is UTC ISO 8601.
CREATE TABLE draft (
    author TEXT NOT NULL,
    form TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (author, form, field)
) STRICT;
""",
    ),
)


@dataclass(frozen=True, slots=True)
class Database:
    """The open database of one data folder."""

    storage: SqliteStorage
    log: Log

    @contextmanager
    def reading(self) -> Iterator[SqliteConnection]:
        """Open a consistent view that writes nothing."""
        with self.storage.reading() as connection:
            yield connection

    @contextmanager
    def recording(self, author: str | None = None, source: str | None = None) -> Iterator[Recorder]:
        """Open the one writing transaction; everything that is recorded in it is saved together or not at all."""
        with self.storage.writing() as connection:
            yield Recorder(connection, self.log, author=author, source=source)


def open_database(path: Path) -> Database:
    """Open (or make) the database file, bring it to this version and fill changed parts of the cache.

    :raises StorageDamaged: if the file is no database.
    :raises StorageReadOnly: if it cannot be written.
    """
    storage = SqliteStorage(path)
    log = Log(storage, HybridClock())
    storage.migrate(NAMESPACE, MIGRATIONS)
    with storage.writing() as connection:
        cache.prepare(connection, KINDS)
    return Database(storage, log)
