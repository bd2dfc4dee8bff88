"""Opens the database of a data folder: the log, the cache of current records, drafts and search.

Which engine it is does not matter above; `collector/storages.py` knows that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector import cache, readable
from collector.recorder import Recorder
from collector.registry import KINDS
from collector.storages import open_storage
from sync.clock import HybridClock
from sync.log import Log
from sync.storage import SQLITE, Connection, KeptStorage, Migration

NAMESPACE: Final = "collector"
DERIVED: Final = frozenset({"cache", "search_entry", *KINDS})
"""The tables that are derived from the log; without the rows of `cache` all of them are made again."""

MIGRATIONS: Final = (
    Migration(
        1,
        "cache, drafts",
        """
-- Which kinds have a table of current records, and from which declaration it was made. One more row, named
-- "(search)", stands for the search index; `collector/index.py` makes its tables.
CREATE TABLE cache (kind TEXT PRIMARY KEY, signature TEXT NOT NULL) {strict};

-- Keystrokes that are not saved yet: one row per field of a form that somebody is typing in. Wiped on save; never
-- a revision. `saved_at` is UTC ISO 8601.
CREATE TABLE draft (
    author TEXT NOT NULL,
    form TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (author, form, field)
) {strict};
""",
    ),
    Migration(
        2,
        "urn",
        """
-- Answer sheets that have not become revisions yet. No rowid and random ids, so the file does not tell in what order
-- they came; `sheet` holds the values of the record as JSON, the day and not the minute among them. What ties a sheet
-- to a paper (`paper_number`) or to a sending phone (`instance_hash`, SHA-256) is needed for corrections and second
-- entry and ends with the row. `waits` is 1 while the sheet may not leave, because its second entry is awaited.
CREATE TABLE urn (
    id TEXT PRIMARY KEY,
    round TEXT NOT NULL,
    sheet TEXT NOT NULL,
    paper_number INTEGER,
    instance_hash TEXT UNIQUE,
    withdrawal_hash TEXT,
    waits INTEGER NOT NULL DEFAULT 0,
    UNIQUE (round, paper_number)
) {unordered};
CREATE INDEX urn_round ON urn (round);
CREATE INDEX urn_withdrawal ON urn (withdrawal_hash);

-- What a phone has sent already (SHA-256 of the instance id), so that sending again adds nothing. It does not say
-- which sheet came of it.
CREATE TABLE received_instance (
    instance_hash TEXT PRIMARY KEY,
    round TEXT NOT NULL
) {unordered};

-- Numbers of the paper sheets that were entered, so that none is entered twice as another sheet. They stay when the
-- sheets leave the urn, and then no longer say which sheet was which.
CREATE TABLE entered_paper (
    round TEXT NOT NULL,
    paper_number INTEGER NOT NULL,
    PRIMARY KEY (round, paper_number)
) {unordered};

-- Which drawn households were asked, ticked together afterwards. It becomes part of the records only when the round
-- closes, in shuffled order: until then nothing says when a household was asked.
CREATE TABLE asked_household (
    drawn TEXT PRIMARY KEY,
    round TEXT NOT NULL
) {unordered};

-- Sheets that somebody has not finished on a screen. `content` is encrypted with a key that only the browser holds
-- on which the sheet was begun.
CREATE TABLE open_sheet (
    id TEXT PRIMARY KEY,
    round TEXT NOT NULL,
    content BLOB NOT NULL,
    day TEXT NOT NULL
) {unordered};
""",
    ),
    Migration(
        3,
        "entry disagreement",
        """
-- How far the second entries of a round's paper sheets differed from the first, added up: `differing` of `fields`
-- in `sheets`. It names no sheet.
CREATE TABLE entry_disagreement (
    round TEXT PRIMARY KEY,
    sheets INTEGER NOT NULL,
    fields INTEGER NOT NULL,
    differing INTEGER NOT NULL
) {unordered};
""",
    ),
    Migration(
        5,
        "paper codes",
        """
-- Numbers of the blank paper sheets that were printed, so that none is printed twice. `withdrawal_hash` is that of the
-- code on the sheet's slip; it becomes NULL when the sheet leaves the urn or the round closes, so that no number leads
-- to an answer sheet.
CREATE TABLE paper_code (
    round TEXT NOT NULL,
    number INTEGER NOT NULL,
    withdrawal_hash TEXT,
    PRIMARY KEY (round, number)
) {unordered};
CREATE INDEX paper_code_hash ON paper_code (withdrawal_hash);
""",
    ),
    Migration(
        7,
        "exchange",
        """
-- How exchanges with the centre ended: the newest that went through (`done`), the newest that did not (`failed`), and
-- the newest receipt that came by another way (`heard`). `author` is who asked for it; NULL: it began by itself.
-- `report` is JSON.
CREATE TABLE exchange (
    outcome TEXT PRIMARY KEY CHECK (outcome IN ('done', 'failed', 'heard')),
    at TEXT NOT NULL,
    author TEXT,
    report TEXT NOT NULL
) {strict};

-- Contents of attachments that the centre is known to have, and in which of its lives.
CREATE TABLE shelved (
    sha256 TEXT PRIMARY KEY,
    incarnation TEXT NOT NULL
) {unordered};
""",
    ),
    Migration(
        8,
        "lost content",
        """
-- Contents of attachments that a record named before it was erased; they are deleted if no other record names them.
CREATE TABLE lost_content (sha256 TEXT PRIMARY KEY) {unordered};
""",
    ),
)


@dataclass(frozen=True, slots=True)
class Database:
    """The open database of one data folder."""

    storage: KeptStorage
    log: Log

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a consistent view that writes nothing."""
        with self.storage.reading() as connection:
            yield connection

    @contextmanager
    def recording(self, author: str | None = None, source: str | None = None) -> Iterator[Recorder]:
        """Open the one writing transaction; everything that is recorded in it is saved together or not at all."""
        with self.storage.writing() as connection:
            yield Recorder(connection, self.log, author=author, source=source)

    def copy_into(self, target: Path) -> None:
        """Write a consistent copy into a new SQLite file; what is derived is made again where it is opened."""
        self.storage.copy_into(target, DERIVED)


def open_database(place: Path | str) -> Database:
    """Open (or make) the database, bring it to this version and fill changed parts of the cache.

    Several processes may do so at once: each waits until the one before it is done, and finds nothing left to do.

    :raises StorageAddressInvalid: if `place` is no address of a database.
    :raises StorageDamaged: if the file is no database.
    :raises StorageReadOnly: if it cannot be written.
    :raises StorageUnreachable: if the server does not answer.
    """
    storage = open_storage(place)
    try:
        log = Log(storage, HybridClock())
        storage.migrate(NAMESPACE, MIGRATIONS)
        with storage.writing() as connection:
            cache.prepare(connection, KINDS)
            if connection.engine == SQLITE:
                readable.prepare(connection, KINDS)
    except BaseException:
        storage.close()
        raise
    return Database(storage, log)
