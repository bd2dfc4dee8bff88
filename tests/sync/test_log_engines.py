"""The log on both engines: the same history gives the same bytes, chains and states."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server

from sync.clock import HybridClock
from sync.copying import copy_tables, list_tables
from sync.log import Edit, Log, get_state, list_states, verify_chains
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.postgres import PostgresStorage
from sync.revisions import REMOVED
from sync.sqlite import SqliteStorage
from sync.storage import Storage

COLUMNS = "position, device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain"


def make_random_bytes() -> Callable[[int], bytes]:
    return random.Random(7).randbytes


def write_history(storage: Storage) -> None:
    """Write some hundred edits of few records, in two lanes, with removals and one wiped record."""
    moments = iter(range(1_790_000_000_000, 1_790_000_100_000))
    log = Log(storage, HybridClock(lambda: next(moments)), make_random_bytes())
    chance = random.Random(3)
    with storage.writing() as connection:
        log.open_epoch(connection, "an", "new")
    for number in range(200):
        record = f"r{chance.randrange(20):02d}"
        values: dict[str, Any] = {"title": f"Họp {number}", "count": chance.randrange(2**62), "open": True, "a": None}
        if number % 17 == 0:
            values = {REMOVED: True}
        lane = "sheets" if record < "r05" else "records"
        with storage.writing() as connection:
            log.append(connection, Edit(record, "meeting" if record < "r12" else "opinion", "u", values, lane=lane))
    with storage.writing() as connection:
        assert log.append(connection, Edit("r19", "opinion", "u", {}, erases=True)).removed


def dump(storage: Storage) -> tuple[list[Any], list[Any], int]:
    """Give everything that the log holds."""
    with storage.reading() as connection:
        rows = list(connection.rows(f"SELECT {COLUMNS} FROM revision ORDER BY position"))
        heads = list(connection.rows("SELECT * FROM epoch ORDER BY device, epoch"))
        return rows, heads, verify_chains(connection)


def test_the_log_works(storage: Storage) -> None:
    write_history(storage)
    rows, _heads, verified = dump(storage)
    assert len(rows) == verified > 150
    assert all(isinstance(row["body"], bytes | None) for row in rows)
    with storage.reading() as connection:
        states = list(list_states(connection))
        assert [state.record for state in states] == sorted({row["record"] for row in rows if row["body"]})
        assert [state.record for state in list_states(connection, "opinion")] == [f"r{n}" for n in range(12, 20)]
        assert all(get_state(connection, state.record) == state for state in states)


def test_both_engines_hold_the_same(server: Server, tmp_path: Path) -> None:
    here, there = SqliteStorage(tmp_path / "a.sqlite"), PostgresStorage(server.make_database())
    for each in (here, there):
        write_history(each)
    assert dump(here) == dump(there)
    for each in (here, there):
        each.close()


def test_a_log_that_was_migrated_is_left_alone(storage: Storage) -> None:
    write_history(storage)
    before = dump(storage)
    assert storage.migrate(NAMESPACE, MIGRATIONS) == []
    assert dump(storage) == before


def test_a_change_of_stored_bytes_is_found(storage: Storage) -> None:
    write_history(storage)
    with storage.writing() as connection:
        connection.execute("UPDATE revision SET body = :body WHERE position = 5", {"body": b"{}"})
    with pytest.raises(Exception, match="chain_broken"):
        dump(storage)


def test_a_copy_on_the_other_engine_is_the_same_and_is_written_on(server: Server, tmp_path: Path) -> None:
    here, there = SqliteStorage(tmp_path / "a.sqlite"), PostgresStorage(server.make_database())
    write_history(here)
    there.migrate(NAMESPACE, MIGRATIONS)
    with here.reading() as source, there.writing() as target:
        tables = list_tables(target)
        assert tables.index("epoch") < tables.index("lane_writer")
        assert copy_tables(source, target) > 150
    there.copy_into(tmp_path / "b.sqlite")
    assert [path.name for path in tmp_path.glob("b.*")] == ["b.sqlite"]
    back = SqliteStorage(tmp_path / "b.sqlite")
    assert dump(there) == dump(here) == dump(back)
    for each in (here, there, back):
        log = Log(each, HybridClock())
        with each.writing() as connection:
            log.append(connection, Edit("new", "meeting", "u", {"title": "Họp"}))
        assert dump(each)[2] == len(dump(each)[0])
        each.close()


def test_a_copy_replaces_what_was_in_the_target(server: Server, tmp_path: Path) -> None:
    here, there = SqliteStorage(tmp_path / "a.sqlite"), PostgresStorage(server.make_database())
    for each in (here, there):
        write_history(each)
    with there.writing() as connection:
        connection.execute("DELETE FROM revision WHERE position > 5")
    with here.reading() as source, there.writing() as target:
        copy_tables(source, target)
    assert dump(there) == dump(here)
    for each in (here, there):
        each.close()
