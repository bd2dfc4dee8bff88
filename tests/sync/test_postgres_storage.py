"""The storage contract on a real PostgreSQL server, and what only PostgreSQL has."""

import os
import pwd
import random
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from postgres_server import Server, running_server
from storage_contract import TABLE, Pull, StorageContract, add, in_thread, words_in

import sync.postgres
from sync.errors import StorageBusy, StorageFull, StorageReadOnly, StorageUnreachable
from sync.postgres import PostgresConnection, PostgresStorage
from sync.postgres_connection import LOCK
from sync.storage import Migration


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that ends with this module."""
    with running_server() as running:
        yield running


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """An empty database."""
    made = server.make_database()
    yield made
    server.remove_database(made)


@pytest.fixture
def storage(url: str) -> Iterator[PostgresStorage]:
    """A database with one table."""
    made = PostgresStorage(url)
    made.migrate("test", [TABLE])
    yield made
    made.close()


class TestPostgresStorage(StorageContract):
    """The contract on PostgreSQL."""


def test_what_was_committed_is_on_the_disk(storage: PostgresStorage) -> None:
    with storage.reading() as connection:
        names = ("synchronous_commit", "fsync", "full_page_writes", "transaction_isolation", "transaction_read_only")
        assert [connection.value(f"SHOW {name}") for name in names] == ["on", "on", "on", "repeatable read", "on"]
    with storage.writing() as connection:
        assert connection.value("SHOW synchronous_commit") == "on"


def test_without_the_lock_a_cursor_misses_rows(storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lock is for: a number that was given earlier may be committed later."""
    monkeypatch.setattr(PostgresConnection, "lock", lambda self: None)
    pull = Pull(storage)
    with storage.merging() as connection:
        earlier = connection.value("INSERT INTO note (words) VALUES ('earlier') RETURNING id")
        in_thread(lambda: add(storage, "later"))
        in_thread(pull.once)
    pull.once()
    assert len(pull.seen) == 1
    assert earlier not in pull.seen


def test_several_merge_at_once_until_their_first_numbered_row(storage: PostgresStorage) -> None:
    storage.migrate("pairs", [Migration(1, "p", "CREATE TABLE pair (id TEXT PRIMARY KEY, value TEXT);")])
    meeting = threading.Barrier(2, timeout=60)

    def merge(name: str) -> None:
        with storage.merging() as connection:
            connection.execute("INSERT INTO pair (id) VALUES (:id)", {"id": name})
            meeting.wait()
            connection.execute("INSERT INTO note (words) VALUES (:words)", {"words": name})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(merge, "ab"))
    assert sorted(words_in(storage)) == ["a", "b"]


def test_who_merged_the_same_row_is_asked_to_try_again(storage: PostgresStorage) -> None:
    storage.migrate("pairs", [Migration(1, "p", "CREATE TABLE pair (id TEXT PRIMARY KEY, value TEXT);")])
    with pytest.raises(StorageBusy), storage.merging() as connection:
        connection.value("SELECT count(*) FROM pair")

        def other() -> None:
            with storage.merging() as inner:
                inner.execute("INSERT INTO pair (id) VALUES ('a')")

        in_thread(other)
        connection.execute("INSERT INTO pair (id) VALUES ('a')")


def test_somebody_who_keeps_the_lock_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.postgres, "BUSY_TIMEOUT_SECONDS", 2.0)
    storage = PostgresStorage(url)
    storage.migrate("test", [TABLE])
    with psycopg.connect(url) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        for opening in (storage.writing, storage.merging):
            with pytest.raises(StorageBusy), opening() as connection:
                connection.execute("INSERT INTO note (words) VALUES ('x')")
        assert words_in(storage) == []
    add(storage, "y")
    storage.close()


def test_more_threads_than_connections_wait_and_are_then_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.postgres, "BUSY_TIMEOUT_SECONDS", 2.0)
    storage = PostgresStorage(url, pool_size=1)
    storage.migrate("test", [TABLE])

    def other() -> None:
        with pytest.raises(StorageBusy):
            words_in(storage)

    with storage.reading():
        in_thread(other)
    assert words_in(storage) == []
    storage.close()


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.postgres, "BUSY_TIMEOUT_SECONDS", 1.0)
    storage = PostgresStorage("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(StorageUnreachable), storage.reading():
        pytest.fail("opened")
    storage.close()


def test_a_connection_that_was_cut_is_named_and_the_next_one_works(storage: PostgresStorage, url: str) -> None:
    with pytest.raises(StorageUnreachable), storage.writing() as connection:
        connection.execute("INSERT INTO note (words) VALUES ('x')")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.execute("INSERT INTO note (words) VALUES ('y')")
    assert words_in(storage) == []


def test_a_disk_that_is_full_is_named_and_undone(storage: PostgresStorage, server: Server, small_disk: Path) -> None:
    for folder in (small_disk, *list(small_disk.parents)[:4]):
        folder.chmod(0o755)
    place = small_disk / "tables"
    place.mkdir()
    user = pwd.getpwnam("postgres")
    os.chown(place, user.pw_uid, user.pw_gid)
    with psycopg.connect(storage.url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")  # type: ignore[arg-type]
        connection.execute("CREATE TABLE big (raw BYTEA) TABLESPACE small")
    with pytest.raises(StorageFull), storage.writing() as writing:
        writing.execute("INSERT INTO note (words) VALUES ('x')")
        for _ in range(40):
            writing.execute("INSERT INTO big (raw) VALUES (:raw)", {"raw": os.urandom(100_000)})
    assert words_in(storage) == []
    with psycopg.connect(storage.url, autocommit=True) as connection:
        connection.execute("DROP TABLE big")
        connection.execute("DROP TABLESPACE small")


def test_a_server_that_only_reads_is_named(storage: PostgresStorage, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "CREATE ROLE reader LOGIN PASSWORD 'x'; GRANT SELECT ON note, migration TO reader"
        )
    try:
        reader = PostgresStorage(f"postgresql://reader:x@{url.rpartition('@')[2]}")
        with pytest.raises(StorageReadOnly), reader.writing() as connection:
            connection.execute("INSERT INTO note (words) VALUES ('x')")
        reader.close()
    finally:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_many_rows_are_not_held_in_memory(storage: PostgresStorage) -> None:
    with storage.writing() as connection:
        connection.execute("INSERT INTO note (words) SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
        tracemalloc.start()
        count = sum(1 for _ in connection.rows("SELECT words FROM note"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000


FORKING = """
import os, sys
from sync.postgres import PostgresStorage

storage = PostgresStorage(sys.argv[1])
sql = "INSERT INTO note (words) VALUES (:words) RETURNING id"

def write(words):
    with storage.merging() as connection:
        return connection.value(sql, {"words": words})

write("before")
child = os.fork()
if not child:
    for number in range(5):
        write(f"child {number}")
    os._exit(0)
status = os.waitpid(child, 0)[1]
write("after")
storage.close()
sys.exit(status)
"""


def test_a_process_that_forks_and_its_child_have_connections_of_their_own(storage: PostgresStorage) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, storage.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert words_in(storage) == ["before", *[f"child {number}" for number in range(5)], "after"]


def read_again(storage: PostgresStorage) -> list[int]:
    """Read as soon as the server can be reached again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with storage.reading() as connection:
                return [row["id"] for row in connection.rows("SELECT id FROM note")]
        except StorageUnreachable:
            assert time.monotonic() < deadline


def test_what_was_acknowledged_is_there_after_the_server_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.postgres, "BUSY_TIMEOUT_SECONDS", 20.0)
    monkeypatch.setattr(sync.postgres, "RECONNECT_SECONDS", 0.5)
    moments = random.Random(5)
    with running_server() as server:
        storage = PostgresStorage(server.make_database())
        storage.migrate("test", [TABLE])
        acknowledged: list[int] = []
        enough = 0

        def write() -> None:
            with suppress(StorageUnreachable, StorageBusy):
                while True:
                    acknowledged.append(add(storage, "x" * 1_000))

        for _ in range(2):
            with ThreadPoolExecutor(2) as pool:
                writing = [pool.submit(write) for _ in range(2)]
                enough = len(acknowledged) + moments.randint(20, 60)
                while len(acknowledged) < enough and not all(each.done() for each in writing):
                    time.sleep(0.001)
                server.kill()
                for each in writing:
                    each.result(timeout=60)
            server.start()
            held = read_again(storage)
            assert len(held) == len(set(held))
            assert set(acknowledged) <= set(held)
            assert enough <= len(acknowledged) >= len(held) - 2 * 2
        storage.close()


def test_a_server_ends_with_its_tests() -> None:
    with running_server() as running:
        process = running.process
        assert process.poll() is None
    assert process.poll() is not None
    assert not running.folder.exists()
