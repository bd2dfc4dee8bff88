"""The storage contract on PostgreSQL, with psycopg 3. The only module that knows it.

`writing` lets one transaction write at a time, as SQLite does. `merging` lets several read and compute at once; the
lock is taken by itself just before the first row of a table with a `{serial}`. Either way such rows become visible in
the order of their numbers, so a reader that asks for more than the last number it saw misses none: a sequence gives
numbers in the order of asking, but transactions end in any order. What was committed is on the disk.
"""

import itertools
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Loader
from psycopg.rows import dict_row
from psycopg.types.bool import BoolDumper
from psycopg_pool import ConnectionPool, PoolTimeout

from sync.dialect import WORDS, Statement, translate, translate_schema
from sync.errors import (
    StorageBusy,
    StorageDamaged,
    StorageFull,
    StorageReadOnly,
    StorageUnreachable,
    SyncError,
)
from sync.storage import Migration, Parameters, Row

BUSY_TIMEOUT_SECONDS: Final = 20.0
RECONNECT_SECONDS: Final = 3.0
"""How long one attempt to connect is repeated; the pauses in between grow, so a new attempt is soon better."""
POOL_SIZE: Final = 10
FETCH_ROWS: Final = 500
_LOCK: Final = 0x636C6C6374
"""The number of the advisory lock, the same in every process; it spells the name of the program."""
_OPTIONS: Final = (
    "-c synchronous_commit=on -c timezone=UTC -c client_encoding=UTF8 -c standard_conforming_strings=on"
    " -c idle_in_transaction_session_timeout=600000"
)
_SERIAL_TABLES: Final = (
    "SELECT DISTINCT table_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND is_identity = 'YES'"
)
_BUSY: Final = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,
    errors.TooManyConnections,
)
_NAMES: Final[tuple[tuple[type[SyncError], tuple[type[psycopg.Error], ...]], ...]] = (
    (StorageBusy, _BUSY),
    (StorageFull, (errors.DiskFull,)),
    (StorageReadOnly, (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)),
    (StorageDamaged, (errors.DataCorrupted, errors.IndexCorrupted)),
)


class _Whole(Loader):
    """Sums of whole numbers come as whole numbers, as from SQLite."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


class _Truth(Loader):
    """Truth values come as 0 and 1, as from SQLite."""

    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


class _TruthDumper(BoolDumper):
    """Truth values go as 0 and 1, as to SQLite."""

    oid = psycopg.postgres.types["int2"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"

    def quote(self, obj: bool) -> bytes:
        return self.dump(obj)


Raw = psycopg.Connection[dict[str, Any]]


class PostgresConnection:
    """Statements on one connection inside a transaction that somebody else ends."""

    def __init__(self, raw: Raw, serial_tables: frozenset[str], *, locked: bool) -> None:
        self.raw = raw
        self._serial_tables = serial_tables
        self._locked = locked
        self._numbers = itertools.count()
        self._finished: list[str] = []

    def execute(self, sql: str, parameters: Parameters = {}) -> int:  # noqa: B006 - never changed
        """Run a statement; return the number of rows it touched."""
        with self._run(self._prepare(sql), parameters) as cursor:
            return cursor.rowcount

    def execute_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Run a statement once per set of parameters."""
        if parameters:
            with self.raw.cursor() as cursor:
                cursor.executemany(self._prepare(sql).sql, parameters)

    def rows(self, sql: str, parameters: Parameters = {}) -> Iterator[Row]:  # noqa: B006 - never changed
        """Run a query; give its rows one at a time, of which few are in memory."""
        statement = self._prepare(sql)
        if not statement.is_query:
            with self._run(statement, parameters) as cursor:
                yield from cursor.fetchall()
            return
        name = f"rows_{next(self._numbers)}"
        found = self._open_cursor(name, statement, parameters)
        try:
            yield from found
            while len(found) == FETCH_ROWS:
                with self.raw.cursor() as cursor:
                    found = cursor.execute(f"FETCH {FETCH_ROWS} FROM {name}").fetchall()
                yield from found
        finally:
            self._finished.append(name)

    def _open_cursor(self, name: str, statement: Statement, parameters: Parameters) -> list[Row]:
        # One message opens the cursor, fetches the first rows and closes cursors that were read to their end.
        closing = "".join(f"CLOSE {each}; " for each in self._finished)
        self._finished.clear()
        sql = f"{closing}DECLARE {name} NO SCROLL CURSOR FOR {statement.sql}; FETCH {FETCH_ROWS} FROM {name}"
        with psycopg.ClientCursor(self.raw) as cursor:
            cursor.execute(sql, parameters)
            while cursor.nextset():
                pass
            return cursor.fetchall()

    def row(self, sql: str, parameters: Parameters = {}) -> Row | None:  # noqa: B006 - never changed
        """Run a query; give its first row, or None."""
        with self._run(self._prepare(sql), parameters) as cursor:
            return cursor.fetchone()

    def value(self, sql: str, parameters: Parameters = {}) -> Any:  # noqa: B006 - never changed
        """Run a query; give the first column of its first row, or None."""
        found = self.row(sql, parameters)
        return None if found is None else next(iter(found.values()))

    def _run(self, statement: Statement, parameters: Parameters) -> "psycopg.Cursor[Row]":
        cursor = psycopg.ClientCursor(self.raw) if statement.is_untyped else self.raw.cursor()
        return cursor.execute(statement.sql, parameters)

    def _prepare(self, sql: str) -> Statement:
        statement = translate(sql)
        if not self._locked and statement.inserts_into in self._serial_tables:
            self.lock()
        return statement

    def lock(self) -> None:
        """Wait until no other transaction writes rows that have a number, and keep others from it until this ends."""
        self.raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        self._locked = True


class PostgresStorage:
    """One database on a PostgreSQL server, used by the threads of one process and, at the same time, by others."""

    def __init__(self, url: str, pool_size: int = POOL_SIZE) -> None:
        self.url = url
        self._pool_size = pool_size
        self._pool: ConnectionPool[Raw] | None = None
        self._process = 0
        self._local = threading.local()
        self._guard = threading.Lock()
        self._serial_tables: frozenset[str] = frozenset()
        self._open = 0

    @contextmanager
    def reading(self) -> Iterator[PostgresConnection]:
        """Open a consistent view that writes nothing; inside another block, give that block's view."""
        current: PostgresConnection | None = getattr(self._local, "current", None)
        if current is not None:
            with self._errors_named():
                yield current
            return
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        """Open the one writing transaction: durable when the block ends, undone when it raises."""
        with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") as connection:
            connection.lock()
            yield connection

    @contextmanager
    def merging(self) -> Iterator[PostgresConnection]:
        """Open a writing transaction beside others, which waits for them just before its first numbered row.

        What was read before that row was written may be out of date after it.

        :raises StorageBusy: if another one wrote the same row; the whole block may be tried again.
        """
        if not self._serial_tables:
            self._find_serial_tables()
        try:
            with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") as connection:
                yield connection
        except errors.UniqueViolation as error:
            raise StorageBusy(reason="same_row") from error

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Apply the migrations not yet applied; name them."""
        with self.writing() as connection:
            connection.raw.execute(
                "CREATE TABLE IF NOT EXISTS migration (namespace TEXT NOT NULL, number BIGINT NOT NULL,"
                " name TEXT NOT NULL, PRIMARY KEY (namespace, number))"
            )
        applied = [each.number for each in migrations if self._apply(namespace, each)]
        self._find_serial_tables()
        return applied

    def _find_serial_tables(self) -> None:
        with self.reading() as connection:
            self._serial_tables = frozenset(row["table_name"] for row in connection.raw.execute(_SERIAL_TABLES))

    def _apply(self, namespace: str, migration: Migration) -> bool:
        with self.writing() as connection:
            known = {"namespace": namespace, "number": migration.number}
            if connection.value("SELECT 1 FROM migration WHERE namespace = :namespace AND number = :number", known):
                return False
            for statement in translate_schema(migration.sql.format(**WORDS)):
                connection.raw.execute(statement)
            connection.execute(
                "INSERT INTO migration (namespace, number, name) VALUES (:namespace, :number, :name)",
                {**known, "name": migration.name},
            )
        return True

    def close(self) -> None:
        """Close every connection of this process."""
        with self._guard:
            if self._pool is not None and self._process == os.getpid():
                self._pool.close()
            self._pool = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresConnection]:
        if getattr(self._local, "current", None) is not None:
            raise RuntimeError("a transaction is open already")
        with self._errors_named(), self._open_pool().connection() as raw:
            connection = PostgresConnection(raw, self._serial_tables, locked=False)
            self._count(1)
            self._local.current = connection
            try:
                raw.execute(begin)
                yield connection
                raw.execute("COMMIT")
            except BaseException:
                self._undo(raw)
                raise
            finally:
                self._local.current = None
                self._count(-1)

    def _count(self, change: int) -> None:
        with self._guard:
            self._open += change

    def _undo(self, raw: Raw) -> None:
        if not raw.closed and raw.info.transaction_status != pq.TransactionStatus.IDLE:
            raw.execute("ROLLBACK")

    def _open_pool(self) -> "ConnectionPool[Raw]":
        """Give the pool of this process; one that came through a fork belongs to the parent."""
        with self._guard:
            if self._pool is None or self._process != os.getpid():
                self._process = os.getpid()
                self._pool = ConnectionPool(
                    self.url,
                    kwargs={
                        "autocommit": True,
                        "row_factory": dict_row,
                        "options": f"{_OPTIONS} -c lock_timeout={int(BUSY_TIMEOUT_SECONDS * 1_000)}",
                        "connect_timeout": int(BUSY_TIMEOUT_SECONDS),
                        "application_name": "collector",
                    },
                    min_size=0,
                    max_size=self._pool_size,
                    timeout=BUSY_TIMEOUT_SECONDS,
                    reconnect_timeout=RECONNECT_SECONDS,
                    configure=_configure,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            all_taken = self._open >= self._pool_size
            raise (StorageBusy if all_taken else StorageUnreachable)(reason="PoolTimeout") from error
        except psycopg.Error as error:
            named = name_error(error)
            if named is error:
                raise
            raise named from error


def _configure(raw: Raw) -> None:
    raw.adapters.register_loader("numeric", _Whole)
    raw.adapters.register_loader("bool", _Truth)
    raw.adapters.register_dumper(bool, _TruthDumper)


def name_error(error: psycopg.Error) -> SyncError | psycopg.Error:
    """Turn PostgreSQL's error into ours where a person can do something about it; others stay as they are."""
    for kind, causes in _NAMES:
        if isinstance(error, causes):
            return kind(reason=type(error).__name__)
    if isinstance(error, psycopg.OperationalError):
        return StorageUnreachable(reason=type(error).__name__)
    return error
