"""The storage contract on SQLite: all or nothing, and errors that a person can act on."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from storage_contract import TABLE, StorageContract, add, words_in

import sync.sqlite
from sync.errors import StorageBusy, StorageDamaged, StorageFull, StorageReadOnly
from sync.sqlite import SqliteStorage, split_statements
from sync.storage import Migration


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqliteStorage]:
    """A database with one table."""
    made = SqliteStorage(tmp_path / "a.sqlite")
    made.migrate("test", [TABLE])
    yield made
    made.close()


class TestSqliteStorage(StorageContract):
    """The contract on SQLite."""


def test_every_connection_waits_for_the_disk(storage: SqliteStorage) -> None:
    found: list[tuple[object, ...]] = []

    def look() -> None:
        with storage.reading() as connection:
            names = ("synchronous", "journal_mode", "foreign_keys", "trusted_schema")
            found.append(tuple(connection.value(f"PRAGMA {name}") for name in names))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    look()
    assert found == [(2, "wal", 1, 0)] * 2


def test_a_full_disk_is_named_and_undone(storage: SqliteStorage) -> None:
    add(storage, "before")
    with storage.writing() as connection:
        pages = connection.value("PRAGMA page_count")
    storage.utils().execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull), storage.writing() as connection:
        connection.execute("INSERT INTO note (words, raw) VALUES ('big', zeroblob(1000000))")
    assert words_in(storage) == ["before"]
    assert storage.integrity_errors() == []


@pytest.mark.parametrize("content", [b"rubbish" * 1_000, b"SQLite format 3\0" + b"\xff" * 8_000])
def test_rubbish_in_place_of_the_database_is_named_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    storage = SqliteStorage(path)
    with pytest.raises(StorageDamaged):
        storage.migrate("test", [TABLE])
    storage.close()
    assert path.read_bytes() == content


def test_a_damaged_page_is_found(storage: SqliteStorage) -> None:
    with storage.writing() as connection:
        connection.execute_many(
            "INSERT INTO note (words) VALUES (:words)", [{"words": f"lời {number} " * 20} for number in range(2_000)]
        )
    storage.utils().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    storage.close()
    data = bytearray(storage.path.read_bytes())
    data[8_192:12_288] = os.urandom(4_096)
    storage.path.write_bytes(data)
    assert storage.integrity_errors() != []


@pytest.mark.skipif(os.name == "nt", reason="permissions differ on Windows")
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "none" / "a.sqlite")
    with pytest.raises(StorageReadOnly), storage.writing():
        pass
    storage.close()


def test_a_read_only_database_is_named(storage: SqliteStorage) -> None:
    storage.utils().execute("PRAGMA query_only = 1")
    with pytest.raises(StorageReadOnly):
        add(storage, "x")


def test_somebody_who_keeps_the_lock_is_named(storage: SqliteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.sqlite, "BUSY_TIMEOUT_SECONDS", 0.05)
    other = SqliteStorage(storage.path)
    holder = sqlite3.connect(storage.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy):
        add(other, "x")
    holder.execute("ROLLBACK")
    holder.close()
    add(other, "y")
    other.close()
    assert words_in(storage) == ["y"]


def test_a_migration_that_fails_leaves_nothing_behind(storage: SqliteStorage) -> None:
    broken = Migration(2, "broken", "CREATE TABLE half (id INTEGER) STRICT;\nCREATE TABLE note (id INTEGER);")
    with pytest.raises(sqlite3.OperationalError):
        storage.migrate("test", [broken])
    with storage.reading() as connection:
        assert connection.value("SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0


def test_statements_are_split_outside_of_triggers() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n SELECT 1;\n SELECT 2;\nEND;"
    sql = f"CREATE TABLE a (b TEXT);\n-- a; comment\n{trigger}"
    assert len(split_statements(sql)) == 2


def test_a_copy_is_whole_and_opens(storage: SqliteStorage, tmp_path: Path) -> None:
    add(storage, "Họp")
    storage.copy_into(tmp_path / "copy.sqlite")
    copy = SqliteStorage(tmp_path / "copy.sqlite")
    assert words_in(copy) == ["Họp"]
    copy.close()
