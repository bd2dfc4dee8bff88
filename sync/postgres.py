"""The storage contract on PostgreSQL, with psycopg 3. Only this module and `postgres_connection` know it.

`writing` lets one transaction write at a time, as SQLite does. `merging` lets several read and compute at once; the
lock is taken by itself just before the first row of a table with a `{serial}`. Either way such rows become visible in
the order of their numbers, so a reader that asks for more than the last number it saw misses none: a sequence gives
numbers in the order of asking, but transactions end in any order. What was committed is on the disk.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import errors, pq
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from sync.errors import StorageAddressInvalid, StorageBusy
from sync.postgres_connection import PostgresConnection, Raw, configure, errors_named, unreachable
from sync.storage import POSTGRESQL, Migration

BUSY_TIMEOUT_SECONDS: Final = 20.0
RECONNECT_SECONDS: Final = 3.0
"""How long one attempt to connect is repeated; the pauses in between grow, so a new attempt is soon better."""
POOL_SIZE: Final = 10
PROBE_SECONDS: Final = 5
_OPTIONS: Final = (
    "-c synchronous_commit=on -c timezone=UTC -c client_encoding=UTF8 -c standard_conforming_strings=on"
    " -c idle_in_transaction_session_timeout=600000 -c cursor_tuple_fraction=1.0 -c jit=off"
)
"""Cursors are read to their end here, so plans that are quick to begin and slow to end are not wanted."""
_SERIAL_TABLES: Final = (
    "SELECT DISTINCT table_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND is_identity = 'YES'"
)


class PostgresStorage:
    """One database on a PostgreSQL server, used by the threads of one process and, at the same time, by others."""

    engine = POSTGRESQL

    def __init__(self, url: str, pool_size: int = POOL_SIZE) -> None:
        self.url = url
        self.place = hide_password(url)
        self._pool_size = pool_size
        self._pool: ConnectionPool[Raw] | None = None
        self._process = 0
        self._local = threading.local()
        self._guard = threading.Lock()
        self._serial_tables: frozenset[str] = frozenset()
        self._open = 0
        self._running: dict[int, Raw] = {}
        self._migrated: dict[str, Sequence[Migration]] = {}

    def probe(self) -> None:
        """Connect once, without the patience that is right later on.

        :raises StorageUnreachable: if the server does not answer, or does not let us in; `detail` says why.
        """
        try:
            psycopg.connect(self.url, connect_timeout=PROBE_SECONDS).close()
        except psycopg.Error as error:
            raise unreachable(error) from error

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
        self._migrated[namespace] = migrations
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
            connection.define(migration.sql)
            connection.execute(
                "INSERT INTO migration (namespace, number, name) VALUES (:namespace, :number, :name)",
                {**known, "name": migration.name},
            )
        return True

    def integrity_errors(self) -> list[str]:
        """Name what the server's own checksums found; only whoever runs the server can look closer."""
        sql = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
        with self.reading() as connection:
            found = connection.value(sql) or 0
        return [f"{found} blocks differ from their checksums"] if found else []

    def empty_journal(self) -> None:
        """Nothing to do: the journal is the server's, and those who run it decide how long it stays."""

    def rewrite(self) -> bool:
        """Nothing to do: no file is ours, and the server clears away what was deleted when it comes round to it."""
        return True

    def copy_into(self, target: Path, leave_out: frozenset[str] = frozenset()) -> None:
        """Write a consistent copy of every table of the migrations into a new SQLite file."""
        from sync.copying import copy_tables
        from sync.sqlite import SqliteStorage

        copy = SqliteStorage(target)
        try:
            for namespace, migrations in self._migrated.items():
                copy.migrate(namespace, migrations)
            with self.reading() as source, copy.writing() as sink:
                copy_tables(source, sink, leave_out)
            copy.end_wal()
        finally:
            copy.close()

    def get_interrupter(self) -> Callable[[], None]:
        """Give what stops, from any other thread, the statement that this thread is running then."""
        thread = threading.get_ident()

        def interrupt() -> None:
            raw = self._running.get(thread)
            if raw is not None:
                raw.cancel_safe(timeout=1.0)

        return interrupt

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
            self._running[threading.get_ident()] = raw
            try:
                raw.execute(begin)
                yield connection
                raw.execute("COMMIT")
            except BaseException:
                self._undo(raw)
                raise
            finally:
                self._local.current = None
                self._running.pop(threading.get_ident(), None)
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
                    configure=configure,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        with errors_named():
            try:
                yield
            except PoolTimeout as error:
                if self._open >= self._pool_size:
                    raise StorageBusy(reason="PoolTimeout") from error
                raise


def hide_password(url: str) -> str:
    """Give the address of a database without the password, to show it.

    :raises StorageAddressInvalid: if it is no address.
    """
    try:
        known = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        raise StorageAddressInvalid(detail=str(error).partition("\n")[0]) from error
    host = known.get("host") or ""
    port = f":{known['port']}" if known.get("port") else ""
    return f"postgresql://{host}{port}/{known.get('dbname') or ''}"
