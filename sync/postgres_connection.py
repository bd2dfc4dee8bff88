"""One connection to a PostgreSQL server: statements in the words above the storage, values as SQLite gives them.

Only the storage beside it uses this; when a transaction begins and ends is decided there.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.types.bool import BoolDumper

from sync.dialect import WORDS, ManyRows, Statement, find_many_rows, translate, translate_schema
from sync.errors import (
    StorageBusy,
    StorageDamaged,
    StorageFull,
    StorageReadOnly,
    StorageUnreachable,
    StorageValueRefused,
    SyncError,
)
from sync.storage import POSTGRESQL, Parameters, Row

FETCH_ROWS: Final = 500
INSERT_ROWS: Final = 100
LOCK: Final = 0x636C6C6374
"""The number of the advisory lock, the same in every process; it spells the name of the program."""


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
    (StorageValueRefused, (psycopg.DataError,)),
)


def name_error(error: psycopg.Error) -> SyncError | psycopg.Error:
    """Turn PostgreSQL's error into ours where a person can do something about it; others stay as they are."""
    for kind, causes in _NAMES:
        if isinstance(error, causes):
            return kind(reason=type(error).__name__)
    if isinstance(error, psycopg.OperationalError):
        return unreachable(error)
    return error


def unreachable(error: psycopg.Error) -> StorageUnreachable:
    """Say that the server does not answer, and what was told instead."""
    detail = str(error).partition("\n")[0] or type(error).__name__
    return StorageUnreachable(reason=type(error).__name__, detail=detail)


@contextmanager
def errors_named() -> Iterator[None]:
    """Turn errors of the block into ours where a person can do something about them."""
    try:
        yield
    except psycopg.Error as error:
        named = name_error(error)
        if named is error:
            raise
        raise named from error


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

    engine = POSTGRESQL

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
        """Run a statement once per set of parameters; rows that are only added go many at a time."""
        if not parameters:
            return
        statement = self._prepare(sql)
        many = find_many_rows(sql)
        if many is not None and many.may_join(parameters):
            self._insert(many, parameters)
        else:
            with errors_named(), self.raw.cursor() as cursor:
                cursor.executemany(statement.sql, parameters)

    def _insert(self, many: ManyRows, parameters: Sequence[Parameters]) -> None:
        with errors_named(), psycopg.RawCursor(self.raw) as cursor:
            for start in range(0, len(parameters), INSERT_ROWS):
                rows = parameters[start : start + INSERT_ROWS]
                values = [row[name] for row in rows for name in many.names]
                cursor.execute(many.write(len(rows)), values, prepare=len(rows) == INSERT_ROWS)

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
                with errors_named(), self.raw.cursor() as cursor:
                    found = cursor.execute(f"FETCH {FETCH_ROWS} FROM {name}").fetchall()
                yield from found
        finally:
            self._finished.append(name)

    def _open_cursor(self, name: str, statement: Statement, parameters: Parameters) -> list[Row]:
        # One message opens the cursor, fetches the first rows and closes cursors that were read to their end.
        closing = "".join(f"CLOSE {each}; " for each in self._finished)
        self._finished.clear()
        sql = f"{closing}DECLARE {name} NO SCROLL CURSOR FOR {statement.sql}; FETCH {FETCH_ROWS} FROM {name}"
        with errors_named(), psycopg.ClientCursor(self.raw) as cursor:
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

    def define(self, sql: str) -> None:
        """Change the schema, in the words of migrations."""
        for statement in translate_schema(sql.format(**WORDS)):
            self.raw.execute(statement)

    def _run(self, statement: Statement, parameters: Parameters) -> "psycopg.Cursor[Row]":
        cursor = psycopg.ClientCursor(self.raw) if statement.is_untyped else self.raw.cursor()
        with errors_named():
            return cursor.execute(statement.sql, parameters)

    def _prepare(self, sql: str) -> Statement:
        statement = translate(sql)
        if not self._locked and statement.inserts_into in self._serial_tables:
            self.lock()
        return statement

    def lock(self) -> None:
        """Wait until no other transaction writes rows that have a number, and keep others from it until this ends."""
        self.raw.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        self._locked = True


def configure(raw: Raw) -> None:
    """Have values go and come as with SQLite."""
    raw.adapters.register_loader("numeric", _Whole)
    raw.adapters.register_loader("bool", _Truth)
    raw.adapters.register_dumper(bool, _TruthDumper)
