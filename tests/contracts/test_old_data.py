"""Data of every earlier release opens in this version and shows the same; see `freezing.py`."""

from pathlib import Path

import pytest
from contracts.freezing import DATA, load
from factories import CHEAP, PASSWORD, log_in

from collector import cache, create_app
from collector.accounts.store import Accounts
from collector.checks import find_chain_problem, rebuild_cache
from collector.database import Database, open_database
from collector.device import ensure_epoch
from collector.exchange.lines import write_lines
from collector.folder import DataFolder
from collector.index import make_query
from collector.query import list_records
from collector.registry import KINDS
from collector.search.store import list_found

RELEASES = sorted(path.stem for path in DATA.glob("*.sql"))


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """The name of frozen data."""
    return str(request.param)


@pytest.fixture
def old_folder(release: str, tmp_path: Path) -> DataFolder:
    """A folder with that database and nothing else."""
    folder = DataFolder(tmp_path / "old")
    load(release, folder)
    return folder


def export(database: Database) -> bytes:
    with database.reading() as connection:
        return b"".join(write_lines(connection, village_only=True))


def test_there_is_data_of_the_first_release() -> None:
    assert "first-release" in RELEASES


def test_old_data_opens_rebuilds_and_shows_the_same(release: str, old_folder: DataFolder) -> None:
    expected = (DATA / f"{release}.ndjson").read_bytes()
    frozen = (DATA / f"{release}.sql").read_text(encoding="utf-8").count('INSERT INTO "revision"')
    for _ in range(2):
        database = open_database(old_folder.place)
        try:
            assert export(database) == expected
            with database.reading() as connection:
                revisions, broken = find_chain_problem(connection)
                assert (broken, list(cache.differences(connection, KINDS))) == ("", [])
                assert revisions == frozen
            assert rebuild_cache(database)["equal"]
            assert export(database) == expected
        finally:
            database.storage.close()


def test_old_data_is_written_on(old_folder: DataFolder) -> None:
    database = open_database(old_folder.place)
    try:
        # The keys of the laptop are gone, as after a restored backup: it writes an epoch of its own.
        with database.storage.writing() as connection:
            connection.execute("DELETE FROM lane_writer")
        ensure_epoch(database, old_folder)
        with database.recording() as recorder:
            programme = list_records(recorder.connection, "programme")[0]
            recorder.update("programme", programme["id"], {"name": "Nước tự chảy A Rớt"})
        with database.reading() as connection:
            assert list(cache.differences(connection, KINDS)) == []
            assert find_chain_problem(connection)[1] == ""
    finally:
        database.storage.close()


def test_pages_of_old_data_are_shown(old_folder: DataFolder) -> None:
    database = open_database(old_folder.place)
    with database.reading() as connection:
        unit = list_records(connection, "unit")[0]
        head = list_records(connection, "person", role="head")[0]
        (snapshot,) = list_records(connection, "snapshot")
        assert list_found(connection, make_query("ong nuoc")).rows
    database.storage.close()
    old_folder.write_settings(role="village", unit=unit["id"], village_name=unit["name"], set_up=True)
    app = create_app(old_folder)
    app.config.update(TESTING=True)
    app.extensions["collector"].accounts = Accounts(old_folder, CHEAP)
    app.extensions["collector"].accounts.add(head["id"], head["name"], "head", PASSWORD)
    client = log_in(app.test_client(), "head")
    page = client.get(f"/meetings/{snapshot['meeting']}").text
    assert snapshot["number_text"] in page
    for where in ("/", "/meetings", "/opinions", "/programmes", "/households", "/team", "/village", "/history/removed"):
        assert client.get(where).status_code == 200, where
    app.extensions["collector"].database.storage.close()
