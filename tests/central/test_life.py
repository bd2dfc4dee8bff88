"""The life of a centre: begun once, begun again after every restore, whichever way that was done; and its backups."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands.runs import read_json
from factories import services_of
from flask import Flask
from sync_scenes import serving

from central.laptops import RealLaptop
from central.scenes import administrator_of, open_centre, running_in, set_up_centre
from collector.backups.archive import write_archive
from collector.backups.restoring import restore_archive
from collector.central.watching import FILE, LOOK_SECONDS, Watch
from collector.folder import DataFolder
from collector.membership import move_centre, read_membership
from collector.phrase import make_phrase
from sync.lives import current_life
from sync.safekeeping import read_backup

PHRASE = make_phrase(lambda size: b"reserve reserve reserve"[:size])


def life_in(app: Flask) -> str:
    with services_of(app).database.reading() as connection:
        return current_life(connection)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """The folder of a centre."""
    return set_up_centre(tmp_path / "centre")


@pytest.fixture
def laptop(folder: DataFolder, tmp_path: Path) -> RealLaptop:
    """A laptop that joined and sent something."""
    made = RealLaptop(tmp_path / "village")
    with served(folder) as (app, url):
        made.join_centre(running_in(app), url)
        made.add_programme("Đường vào bản")
        assert made.exchange().is_done
    return made


class served:
    """Serves a centre for a while; gives its application and address."""

    def __init__(self, folder: DataFolder) -> None:
        self._opening = open_centre(folder)

    def __enter__(self) -> tuple[Flask, str]:
        app = self._opening.__enter__()
        self._serving = serving(app)
        return app, self._serving.__enter__()

    def __exit__(self, *error: object) -> None:
        self._serving.__exit__(None, None, None)
        self._opening.__exit__(None, None, None)


def copy_database(folder: DataFolder) -> Iterator[tuple[Path, Path]]:
    for ending in ("", "-wal", "-shm"):
        file = folder.database.with_name(folder.database.name + ending)
        yield file, file.with_name(f"kept{ending}")


def keep(folder: DataFolder) -> None:
    """Copy the database file aside, as other tools do."""
    for file, kept in copy_database(folder):
        if file.exists():
            shutil.copy(file, kept)


def bring_back(folder: DataFolder) -> None:
    """Put the copy back in place."""
    for file, kept in copy_database(folder):
        file.unlink(missing_ok=True)
        if kept.exists():
            shutil.copy(kept, file)


def test_a_life_begins_once_and_goes_on(folder: DataFolder) -> None:
    with open_centre(folder) as app:
        life = life_in(app)
        assert life
    with open_centre(folder) as app:
        assert life_in(app) == life
        assert not running_in(app).watch.look()


def test_a_database_that_went_back_begins_a_new_life(folder: DataFolder, laptop: RealLaptop) -> None:
    keep(folder)
    with served(folder) as (app, url):
        life = life_in(app)
        move_centre(laptop.folder, url)
        laptop.add_programme("Sau bản sao")
        assert laptop.exchange().is_done
    bring_back(folder)
    with served(folder) as (app, url):
        assert life_in(app) != life
        move_centre(laptop.folder, url)
        assert laptop.exchange().is_done
        with services_of(app).database.reading() as connection:
            names = {row["name"] for row in connection.rows("SELECT name FROM programme")}
        assert names == {"Sau bản sao", "Đường vào bản"}


def test_while_it_runs_a_centre_looks_now_and_then(folder: DataFolder, laptop: RealLaptop) -> None:
    moments = [0.0]
    with open_centre(folder) as app:
        watch = Watch(folder, running_in(app).centre, lambda: moments[0])
        assert not watch.is_due()
        moments[0] = LOOK_SECONDS
        assert watch.is_due() and not watch.is_due()
        life = life_in(app)
        with services_of(app).database.storage.writing() as connection:
            connection.execute("DELETE FROM feed")
        assert watch.look()
        assert life_in(app) != life
        assert not watch.look()


def test_a_restored_folder_begins_a_new_life_once(folder: DataFolder, laptop: RealLaptop, tmp_path: Path) -> None:
    with open_centre(folder) as app:
        life = life_in(app)
        archive = write_archive(folder, services_of(app).database, tmp_path)
    restored = DataFolder(tmp_path / "restored")
    restore_archive(archive, PHRASE, restored)
    with open_centre(restored) as app:
        second = life_in(app)
        assert second != life
    with open_centre(restored) as app:
        assert life_in(app) == second
        assert running_in(app).office.registry.find_scope(laptop.device) is not None


@pytest.mark.parametrize("content", ["", "[]", '{"position": -1, "chain": ""}', '{"position": 5, "chain": "%"}'])
def test_a_broken_note_is_as_good_as_none(folder: DataFolder, content: str) -> None:
    with open_centre(folder) as app:
        life = life_in(app)
    if content:
        (folder.root / FILE).write_text(content)
    else:
        (folder.root / FILE).unlink()
    with open_centre(folder) as app:
        assert life_in(app) == life


def test_a_person_can_say_that_it_begins_anew(folder: DataFolder) -> None:
    with open_centre(folder) as app:
        life = life_in(app)
    said = read_json("check", "--new-life", "--data", folder.root)["life"]
    with open_centre(folder) as app:
        assert life_in(app) == said != life


def test_laptops_learn_what_is_in_a_backup_that_lies_elsewhere(
    folder: DataFolder, laptop: RealLaptop, tmp_path: Path
) -> None:
    with open_centre(folder) as app:
        database = services_of(app).database
        write_archive(folder, database)
        with database.reading() as connection:
            assert read_backup(connection) == 0
        write_archive(folder, database, tmp_path)
        with database.reading() as connection:
            assert read_backup(connection) == connection.value("SELECT max(position) FROM feed") > 0


def test_a_backup_of_a_laptop_holds_its_membership(laptop: RealLaptop, tmp_path: Path) -> None:
    from collector.accounts.recovery import set_recovery_phrase

    set_recovery_phrase(laptop.folder, PHRASE)
    archive = write_archive(laptop.folder, laptop.database, tmp_path)
    restored = DataFolder(tmp_path / "again")
    restore_archive(archive, PHRASE, restored)
    assert read_membership(restored) == read_membership(laptop.folder) is not None


def test_looking_after_the_centre_on_a_new_day_hinders_no_page(
    folder: DataFolder, laptop: RealLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_centre(folder) as app:
        monkeypatch.setattr(running_in(app).watch, "is_due", lambda: True)
        for page in ("/meetings", "/villages", "/laptops"):
            with services_of(app).database.storage.writing() as connection:
                connection.execute("UPDATE registry SET day = '2000-01-01' WHERE id = 1", {})
            assert administrator_of(app).get(page).status_code in (200, 302, 303)
            with services_of(app).database.reading() as connection:
                assert connection.value("SELECT day FROM registry WHERE id = 1") > "2000-01-01"
