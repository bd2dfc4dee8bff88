"""The storage contract on SQLite, with sqlite-utils.

Every thread has its own connection in WAL mode with synchronous=FULL: what a transaction wrote is on the disk when
its block ends. Deleted rows are overwritten with zeros. The only module that knows sqlite3.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sync.errors import StorageBusy, StorageDamaged, StorageFull, StorageReadOnly, SyncError
from sync.storage import SQLITE, Migration, Parameters, Row

if TYPE_CHECKING:
    import sqlite_utils

BUSY_TIMEOUT_SECONDS = 20.0
_WORDS = {
    "strict": "STRICT",
    "unordered": "STRICT, WITHOUT ROWID",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "bytes": "BLOB",
    "postgresql": "-- ",
    "nulls_first": "",
}


class SqliteConnection:
    """Statements on one sqlite3 connection inside a transaction that somebody else ends."""

    engine = SQLITE

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def execute(self, sql: str, parameters: Parameters = {}) -> int:  # noqa: B006 - never changed
        """Run a statement; return the number of rows it touched."""
        return self.raw.execute(sql, cast("dict[str, Any]", parameters)).rowcount

    def execute_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Run a statement once per set of parameters."""
        self.raw.executemany(sql, cast("Sequence[dict[str, Any]]", parameters))

    def rows(self, sql: str, parameters: Parameters = {}) -> Iterator[Row]:  # noqa: B006 - never changed
        """Run a query; give its rows one at a time."""
        cursor = self.raw.execute(sql, cast("dict[str, Any]", parameters))
        names = [column[0] for column in cursor.description or ()]
        for found in cursor:
            yield dict(zip(names, found, strict=True))

    def row(self, sql: str, parameters: Parameters = {}) -> Row | None:  # noqa: B006 - never changed
        """Run a query; give its first row, or None."""
        cursor = self.raw.execute(sql, cast("dict[str, Any]", parameters))
        found = cursor.fetchone()
        if found is None:
            return None
        return dict(zip((column[0] for column in cursor.description), found, strict=True))

    def value(self, sql: str, parameters: Parameters = {}) -> Any:  # noqa: B006 - never changed
        """Run a query; give the first column of its first row, or None."""
        found = self.raw.execute(sql, cast("dict[str, Any]", parameters)).fetchone()
        return None if found is None else found[0]

    def define(self, sql: str) -> None:
        """Change the schema, in the words of migrations."""
        for statement in split_statements(sql.format(**_WORDS)):
            self.raw.execute(statement)


class SqliteStorage:
    """One SQLite file, used by the threads of one process and, at the same time, by other processes."""

    engine = SQLITE

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.place = str(path)
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[SqliteConnection]:
        """Open a consistent view that writes nothing; inside a writing block, give that block's view."""
        with self._errors_named():
            raw = self._connection()
            if raw.in_transaction:
                yield SqliteConnection(raw)
                return
            raw.execute("BEGIN")
            try:
                yield SqliteConnection(raw)
            finally:
                raw.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[SqliteConnection]:
        """Open the one writing transaction: durable when the block ends, undone when it raises."""
        with self._errors_named():
            raw = self._connection()
            raw.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteConnection(raw)
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise

    def merging(self) -> AbstractContextManager[SqliteConnection]:
        """Open the one writing transaction: SQLite has no other."""
        return self.writing()

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Apply the migrations not yet applied; name them."""
        with self.writing() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migration (namespace TEXT NOT NULL, number INTEGER NOT NULL,"
                " name TEXT NOT NULL, PRIMARY KEY (namespace, number)) STRICT"
            )
        return [each.number for each in migrations if self._apply(namespace, each)]

    def _apply(self, namespace: str, migration: Migration) -> bool:
        with self.writing() as connection:
            known = {"namespace": namespace, "number": migration.number}
            if connection.value(
                "SELECT 1 FROM migration WHERE namespace = :namespace AND number = :number", known
            ):
                return False
            connection.define(migration.sql)
            connection.execute(
                "INSERT INTO migration (namespace, number, name) VALUES (:namespace, :number, :name)",
                {**known, "name": migration.name},
            )
            broken = list(connection.rows("PRAGMA foreign_key_check"))
            if broken:
                raise StorageDamaged(reason="foreign_keys", migration=migration.name, rows=len(broken))
        return True

    def utils(self) -> "sqlite_utils.Database":
        """Give this thread's connection as a sqlite-utils database, for schema, export and full-text search."""
        import sqlite_utils

        return sqlite_utils.Database(self._connection())

    def empty_journal(self) -> None:
        """Move what the write-ahead log holds into the file and cut the log: it tells in what order rows came.

        While somebody else reads, the log stays as long as it is and is written over later.
        """
        with self._errors_named():
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def rewrite(self) -> bool:
        """Write the file anew, and cut the log; tell whether nobody's reading kept that from happening."""
        with self._errors_named():
            raw = self._connection()
            raw.execute("VACUUM")
            return not raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def copy_into(self, target: Path, leave_out: frozenset[str] = frozenset()) -> None:
        """Write a compact, consistent copy of the whole database into a new file."""
        with self._errors_named():
            self._connection().execute("VACUUM INTO :target", {"target": str(target)})

    def end_wal(self) -> None:
        """Put everything into the one file, so that it can be taken elsewhere alone."""
        with self._errors_named():
            self._connection().execute("PRAGMA journal_mode = DELETE").fetchall()

    def integrity_errors(self) -> list[str]:
        """Read every page and index; list what is wrong, in SQLite's words. Empty when sound."""
        try:
            with self.reading() as connection:
                found = [str(next(iter(row.values()))) for row in connection.rows("PRAGMA integrity_check(20)")]
        except StorageDamaged as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def get_interrupter(self) -> Callable[[], None]:
        """Give what stops, from any other thread, the statement that this thread is running then."""
        return self._connection().interrupt

    def close(self) -> None:
        """Close every connection of this process."""
        with self._guard:
            for raw in self._opened:
                raw.close()
            self._opened.clear()
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        raw = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._open()
            self._local.raw = raw
            with self._guard:
                self._opened.append(raw)
        return cast("sqlite3.Connection", raw)

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                self._begin_wal(raw)
            raw.execute("PRAGMA synchronous = FULL")
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute("PRAGMA trusted_schema = OFF")
            raw.execute("PRAGMA secure_delete = ON")
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    def _begin_wal(self, raw: sqlite3.Connection) -> None:
        import sqlite_utils

        sqlite_utils.Database(raw).enable_wal()

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise name_error(error, self.path) from error


def name_error(error: sqlite3.Error, path: Path) -> SyncError | sqlite3.Error:
    """Turn SQLite's error into ours where a person can do something about it; others stay as they are."""
    primary = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageBusy(path=str(path))
    if primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StorageFull(path=str(path))
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StorageReadOnly(path=str(path))
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageDamaged(path=str(path))
    return error


def split_statements(sql: str) -> list[str]:
    """Split a migration into its statements; semicolons inside triggers are respected."""
    statements: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        statements.append(pending.strip())
    return statements
