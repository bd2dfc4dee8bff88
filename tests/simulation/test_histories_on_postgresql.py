"""The same histories with every machine's log on PostgreSQL."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import pytest
from postgres_server import Server, running_server

from simulation.running import run
from simulation.storages import CACHE
from sync.errors import StorageFull
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.postgres import PostgresConnection, PostgresStorage
from sync.storage import Migration

_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_CONTENT: Final = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that does not wait for the disk: nothing is cut off here."""
    with running_server(fsync="off") as running:
        yield running


class PostgresDisk(PostgresStorage):
    """A storage whose commits fail when it is told so, copied as a database."""

    fails: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self, disks: "PostgresDisks", name: str) -> None:
        super().__init__(disks.server.url(name), pool_size=2)
        self._disks = disks

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        """Open the writing transaction; when the disk is full, all of it is undone."""
        with super().writing() as connection:
            yield connection
            if self.fails():
                raise StorageFull(path="simulated")

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Migrate while there is room: on disks in memory it takes no transaction either."""
        fails, self.fails = self.fails, lambda: False
        try:
            return super().migrate(namespace, migrations)
        finally:
            self.fails = fails

    def image(self) -> bytes:
        """Copy the database; give the name of the copy."""
        self.close()
        return self._disks.copy(self.url.rpartition("/")[2]).encode()

    def count_changes(self) -> int:
        """Give a number that differs when anything in the database does."""
        with self.reading() as connection:
            names = [row["tablename"] for row in connection.rows(_TABLES)]
            return hash(tuple(connection.value(_CONTENT.format(name=name)) for name in names))


class PostgresDisks:
    """Makes databases, and removes them in the end."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._names = (f"disk_{number}" for number in itertools.count(1))
        self.made: list[str] = []

    def copy(self, template: str) -> str:
        """Make a database like another one."""
        self.made.append(next(self._names))
        self._run(f"CREATE DATABASE {self.made[-1]} TEMPLATE {template}")
        return self.made[-1]

    def make(self, image: bytes | None = None) -> PostgresDisk:
        """Make a disk, empty or with a copy of another."""
        made = PostgresDisk(self, self.copy(image.decode() if image else "template1"))
        made.migrate(NAMESPACE, MIGRATIONS)
        made.migrate("simulation", [CACHE])
        return made

    def remove(self) -> None:
        """Remove all."""
        for name in self.made:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[arg-type]


def told_of(server: Server, seed: int) -> list[Any]:
    disks = PostgresDisks(server)
    try:
        return run(seed, disks).told  # type: ignore[arg-type]
    finally:
        disks.remove()


@pytest.mark.parametrize("seed", range(2))
def test_the_same_histories_hold_on_postgresql(server: Server, seed: int) -> None:
    assert told_of(server, seed) == run(seed).told


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 60))
def test_many_more_of_the_same_histories_hold_on_postgresql(server: Server, seed: int) -> None:
    assert told_of(server, seed) == run(seed).told
