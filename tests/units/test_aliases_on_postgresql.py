"""Aliases at a centre on PostgreSQL: the same tables as on SQLite, whatever comes first."""

from collections.abc import Iterator

import pytest
from postgres_server import Server, running_server
from units.test_aliases import VALUES, A, B, C

from collector import cache
from collector.clock import today
from collector.database import Database, open_database
from collector.device import ensure_epoch
from collector.exchange.lines import write_lines
from collector.folder import DataFolder
from collector.registry import KINDS
from collector.units.aliases import add_alias, read_aliases, remove_alias
from collector.villages import store


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that ends with this module."""
    with running_server() as running:
        yield running


@pytest.fixture
def database(server: Server, folder: DataFolder) -> Iterator[Database]:
    """An empty database on it."""
    url = server.make_database()
    opened = open_database(url)
    ensure_epoch(opened, folder)
    yield opened
    opened.storage.close()
    server.remove_database(url)


def differences(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(cache.differences(connection, KINDS))


def test_a_village_becomes_another_one_and_its_own_again(database: Database) -> None:
    with database.recording() as recorder:
        for unit in (A, B):
            recorder.add("unit", unit, VALUES, record=unit)
        recorder.add("programme", A, {"name": "Đường"})
        recorder.add("round_village", A, {"round": C, "village": A})
        add_alias(recorder, A, B)
    assert differences(database) == []
    with database.reading() as connection:
        assert read_aliases(connection) == {A: B}
        assert connection.value("SELECT village FROM round_village") == B
        assert {row["unit"] for row in connection.rows("SELECT unit FROM search_entry")} == {B}
        assert b"".join(write_lines(connection)).count(A.encode()) == 1, "only as the id of its own record"
    with database.recording() as recorder:
        remove_alias(recorder, A)
    assert differences(database) == []
    with database.reading() as connection:
        assert connection.value("SELECT unit FROM programme") == A


def test_the_overview_reads_the_same_there(database: Database) -> None:
    with database.recording() as recorder:
        for unit, name in ((A, "Thôn 10"), (B, "Thôn 2")):
            recorder.add("unit", unit, {**VALUES, "name": name}, record=unit)
        values = {"title": "Đợt 1", "state": "open", "counted": "households", "chosen": "everyone", "questionnaire": C}
        recorder.add("round", B, values)
    with database.reading() as connection:
        found = store.describe(connection, store.list_villages(connection), today())
        only = store.list_villages(connection, "thon 2")
    assert [(each.row["name"], each.open_rounds) for each in found] == [("Thôn 2", 1), ("Thôn 10", 0)]
    assert [row["id"] for row in only] == [B]
    assert all(each.changed_at is None or each.changed_at > 0 for each in found)
