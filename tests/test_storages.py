"""Where a database may be, and what is said when it is not there."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collector import cache
from collector.checks import open_checked
from collector.damage import DatabaseDamaged, refuse_unreadable_database
from collector.database import open_database
from collector.demo.village import NotADemo, make_demo
from collector.device import ensure_epoch
from collector.folder import DATABASE_VARIABLE, DataFolder
from collector.index import make_query, match, select_entries
from collector.query import list_records
from collector.registry import KINDS
from collector.storages import open_storage
from sync.errors import StorageAddressInvalid, StorageEngineMissing, StorageUnreachable
from sync.log import store
from sync.revisions import Body, Reference, Value, encode_body, start_chain

if TYPE_CHECKING:
    from postgres_server import Server

UNIT = "0192a0b0-0000-7000-8000-00000000000a"


def test_the_address_of_a_file_is_that_file(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/a.sqlite").storage.close()
    assert (tmp_path / "a.sqlite").exists()


@pytest.mark.parametrize("address", ["mysql://an:secret@h/x", "sqlite:///", "sqlite://x", "postgresql:/x", "http://"])
def test_what_is_no_address_is_refused_without_telling_the_password(address: str) -> None:
    with pytest.raises(StorageAddressInvalid) as caught:
        open_storage(address)
    assert "secret" not in str(caught.value)


def test_a_malformed_address_of_a_server_is_refused() -> None:
    with pytest.raises(StorageAddressInvalid):
        open_storage("postgresql://an:secret@h/x?unknown=1")


def test_a_server_that_does_not_answer_is_said_at_once() -> None:
    with pytest.raises(StorageUnreachable) as caught:
        open_database("postgresql://an:secret@127.0.0.1:1/x")
    assert "refused" in caught.value.context["detail"]
    assert "secret" not in str(caught.value)


def test_a_wrong_password_and_a_missing_database_are_told(database_server: "Server") -> None:
    address = database_server.url("nothing")
    with pytest.raises(StorageUnreachable, match="nothing"):
        open_storage(address)
    with pytest.raises(StorageUnreachable, match="password"):
        open_storage(address.replace("tester:", "tester:not"))


def test_without_its_library_a_server_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sync.postgres", None)
    with pytest.raises(StorageEngineMissing):
        open_storage("postgresql://127.0.0.1/x")


def test_the_settings_or_the_environment_say_where_the_database_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    assert folder.place == folder.database
    folder.write_settings(database=f"sqlite:///{tmp_path}/b.sqlite")
    open_checked(folder).storage.close()
    assert (tmp_path / "b.sqlite").exists()
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path}/c.sqlite")
    open_checked(folder).storage.close()
    assert (tmp_path / "c.sqlite").exists()
    assert not folder.database.exists()


def test_nothing_is_invented_in_a_database_that_is_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path}/real.sqlite")
    with pytest.raises(NotADemo):
        make_demo(DataFolder(tmp_path / "demo"))
    assert not list(tmp_path.iterdir())


def test_an_empty_database_is_not_taken_for_the_one_of_before(
    tmp_path: Path, database_server: "Server"
) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    address = database_server.make_prepared_database()
    folder.write_settings(database=address, set_up=True)
    refuse_unreadable_database(folder)
    with pytest.raises(DatabaseDamaged) as caught:
        open_checked(folder)
    assert caught.value.context["path"].startswith("127.0.0.1:")
    database_server.remove_database(address)


def test_what_has_no_value_is_sorted_alike_on_both_engines(database_server: "Server", tmp_path: Path) -> None:
    address = database_server.make_prepared_database()
    folder, found = DataFolder(tmp_path / "data"), []
    folder.prepare()
    for place in (address, tmp_path / "a.sqlite"):
        database = open_database(place)
        ensure_epoch(database, folder)
        with database.recording() as recorder:
            for number in (2, 10, 1, 3):
                recorder.add("household", UNIT, {"number": number, "head_name": f"Hộ {number}"}, record=f"h{number}")
        with database.storage.writing() as connection:
            connection.execute("UPDATE household SET number = NULL WHERE id = 'h3'")
            orders = ("number, id", "number DESC, id", "number IS NULL, number, id", "number, id LIMIT 2", "head_name")
            listed = [list_records(connection, "household", order) for order in orders]
        found.append([[row["id"] for row in rows] for rows in listed])
        database.storage.close()
    assert found[0] == found[1]
    assert found[0][0] == ["h3", "h1", "h2", "h10"]
    assert found[0][1] == ["h10", "h2", "h1", "h3"]
    assert found[0][2] == ["h1", "h2", "h10", "h3"]
    database_server.remove_database(address)


def test_processes_that_start_at_once_do_not_collide(database_server: "Server") -> None:
    address, together = database_server.make_database(), threading.Barrier(4)

    def start(_: int) -> list[str]:
        together.wait()
        database = open_database(address)
        try:
            with database.storage.writing() as connection:
                return cache.prepare(connection, KINDS)
        finally:
            database.storage.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [[]] * 4
    database_server.remove_database(address)


def test_readers_see_everything_while_the_cache_is_made_again(database_server: "Server", tmp_path: Path) -> None:
    address = database_server.make_prepared_database()
    folder = DataFolder(tmp_path)
    folder.prepare()
    here, there = open_database(address), open_database(address)
    ensure_epoch(here, folder)
    with here.recording() as recorder:
        recorder.add("programme", UNIT, {"name": "Đường"})
    with there.reading() as reader:
        assert reader.value("SELECT 1") == 1
        with here.storage.writing() as connection:
            assert cache.rebuild(connection, KINDS) == 1
        for table in ("programme", "search_entry"):
            assert reader.value(f"SELECT count(*) FROM {table}") == 1
    for each in (here, there):
        each.storage.close()
    database_server.remove_database(address)


POISON: dict[str, Value] = {
    "text": "Xin làm cầu treo", "agency": "x" * 40_000, "meeting": UNIT, "programme": "y" * 5_000,
    "number": 2**63 - 1, "answer": " ".join(f"từ{number}" for number in range(40_000)), "later": "z\0" * 3_000,
    "speaker": "đ" * 3_000, "topic": "water\0", "answered_by": "Zơrâm\0",
}  # fmt: skip
"""What PostgreSQL takes in no text, no index entry or no search vector."""


@pytest.mark.parametrize("on_server", [True, False])
def test_no_value_from_elsewhere_stops_what_comes_with_it(
    on_server: bool, tmp_path: Path, database_server: "Server"
) -> None:
    database = open_database(database_server.make_prepared_database() if on_server else tmp_path / "a.sqlite")
    body = Body(record="r1", kind="opinion", unit=UNIT, stamp=5, salt="s", set=POISON, author="Zơrâm\0 Nhíp")
    chain = start_chain("far", "e")
    with database.storage.writing() as connection:
        connection.execute(
            "INSERT INTO epoch (device, epoch, root, own, reason, head_sequence, head_chain)"
            " VALUES ('far', 'e', 'e', 0, 'received', 0, :chain)",
            {"chain": chain},
        )
        store(connection, Reference("far", "e", 1), encode_body(body), chain)
        cache.refresh(connection, KINDS, {"r1"})
        assert list(cache.differences(connection, KINDS)) == []
        row = connection.row("SELECT * FROM opinion")
        assert row is not None
        assert row["broken"].split(",") == ["agency", "answered_by", "programme", "topic"]
        assert (row["number"], row["last_author"]) == (2**63 - 1, "Zơrâm Nhíp")
        query = match(connection, make_query("tu39 đđđ"))
        found = {"query": query, "low": 0, "high": 2**62, "limit": 5}
        assert len(list(connection.rows(select_entries(connection), found))) == 1
    database.storage.close()
