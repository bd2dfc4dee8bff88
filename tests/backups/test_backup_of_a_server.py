"""A folder whose database is on a server: its backups open anywhere, and overwrite nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands.runs import copy_demo, export_records, read_json, run_command

from collector.backups.archive import write_archive
from collector.backups.errors import DatabaseNotEmpty
from collector.backups.restoring import restore_archive
from collector.database import open_database
from collector.demo.village import demo_phrase
from collector.folder import DATABASE, DATABASE_VARIABLE, DataFolder
from sync.feed import Feed
from sync.safekeeping import read_backup

if TYPE_CHECKING:
    from postgres_server import Server


def backed_up(folder: DataFolder) -> Path:
    database = open_database(folder.place)
    try:
        return write_archive(folder, database)
    finally:
        database.storage.close()


@pytest.fixture
def on_server(tmp_path: Path, database_server: "Server") -> DataFolder:
    """The invented village, restored onto a server."""
    demo, restored = copy_demo(tmp_path / "demo"), DataFolder(tmp_path / "server")
    restore_archive(backed_up(demo), demo_phrase(), restored, database_server.make_database())
    return restored


def test_a_village_moves_onto_a_server_and_back_without_a_difference(on_server: DataFolder, tmp_path: Path) -> None:
    demo, back = DataFolder(tmp_path / "demo"), DataFolder(tmp_path / "back")
    assert not on_server.database.exists()
    records = export_records(demo.root, "--village-only")
    assert export_records(on_server.root, "--village-only") == records
    (on_server.root / "membership.json").write_text("{}")
    made = read_json("backup", tmp_path, "--data", on_server.root)
    found = read_json("restore", made["file"], "--data", back.root, COLLECTOR_PHRASE=demo_phrase())
    assert found["demo"] is True
    assert back.place == back.root / DATABASE
    assert (back.root / "membership.json").read_text() == "{}"
    assert export_records(back.root, "--village-only") == records
    for folder in (on_server, back):
        assert read_json("check", "--data", folder.root)["sound"]
        assert read_json("check", "--rebuild", "--data", folder.root)["equal"]
    assert [path.name for path in on_server.root.iterdir() if path.name.startswith(".")] == []


def test_every_command_uses_the_database_on_the_server(
    on_server: DataFolder, database_server: "Server", tmp_path: Path
) -> None:
    lines = export_records(on_server.root).splitlines()
    changed = next(line for line in lines if b'"kind":"programme"' in line).replace(b'"name":"', b'"name":"Moi ')
    assert run_command("import", "records", "-", "--data", on_server.root, stdin=changed).exit_code == 0
    assert changed in export_records(on_server.root).splitlines()
    assert changed not in export_records(tmp_path / "demo").splitlines()
    other = database_server.make_prepared_database()
    refused = run_command("export", "records", "--data", on_server.root, **{DATABASE_VARIABLE: other})
    assert refused.exit_code == 1
    assert "tester:" not in refused.output


def test_nothing_is_restored_over_a_database_that_holds_something(on_server: DataFolder, tmp_path: Path) -> None:
    archive, records = backed_up(on_server), export_records(on_server.root)
    with pytest.raises(DatabaseNotEmpty):
        restore_archive(archive, demo_phrase(), DataFolder(tmp_path / "new"), str(on_server.place))
    assert not (tmp_path / "new").exists()
    assert export_records(on_server.root) == records
    asked = run_command(
        "restore", archive, "--data", tmp_path / "new", "--database", on_server.place, COLLECTOR_PHRASE=demo_phrase()
    )
    assert asked.exit_code == 1
    assert "something in this database" in asked.output


def test_a_centre_notes_how_far_it_is_backed_up(on_server: DataFolder) -> None:
    on_server.write_settings(role="central")
    database = open_database(on_server.place)
    with database.storage.writing() as connection:
        assert read_backup(connection) == 0
        Feed().extend(connection)
        position, _ = Feed().head(connection)
    write_archive(on_server, database)
    with database.reading() as connection:
        assert read_backup(connection) == position > 0
    database.storage.close()
