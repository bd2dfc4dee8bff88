"""Which archives are kept, when the next is due, and how one is copied to a stick."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.backups.archive import NAME_FORMAT
from collector.backups.errors import ArchiveNotFound, BackupNotWritten
from collector.backups.rotation import (
    Archive,
    choose_kept,
    copy_archive,
    get_archive,
    is_due,
    list_archives,
    remove_old_archives,
)
from collector.clock import ZONE

NOW = datetime(2026, 3, 31, 20, 0, tzinfo=ZONE)


def archive_at(moment: datetime, folder: Path = Path("x")) -> Archive:
    return Archive(folder / moment.strftime(NAME_FORMAT), moment, 1)


def put_archives(folder: Path, moments: list[datetime]) -> None:
    for moment in moments:
        (folder / moment.strftime(NAME_FORMAT)).write_bytes(b"x")


def test_seven_days_and_four_weeks_are_kept() -> None:
    every_four_hours = [archive_at(NOW - timedelta(hours=4 * step)) for step in range(6 * 60)]
    kept = [archive for archive in every_four_hours if archive.path in choose_kept(every_four_hours)]
    days = {archive.made_at.date() for archive in kept}
    weeks = {archive.made_at.isocalendar()[:2] for archive in kept}
    assert {(NOW - timedelta(days=back)).date() for back in range(7)} <= days
    assert len(weeks) == 4
    assert len(kept) <= 3 + 7 + 4
    assert kept[0].made_at == NOW


def test_few_archives_are_all_kept(tmp_path: Path) -> None:
    put_archives(tmp_path, [NOW - timedelta(days=30 * step) for step in range(4)])
    newest = list_archives(tmp_path)[0].path
    assert remove_old_archives(tmp_path, newest) == []


def test_the_archive_just_made_stays_even_if_the_clock_ran_ahead_before(tmp_path: Path) -> None:
    future = [NOW + timedelta(days=300, hours=step) for step in range(40)]
    put_archives(tmp_path, [NOW, *future])
    made = tmp_path / NOW.strftime(NAME_FORMAT)
    remove_old_archives(tmp_path, made)
    assert made.exists()


def test_other_files_are_neither_listed_nor_removed(tmp_path: Path) -> None:
    put_archives(tmp_path, [NOW - timedelta(hours=step) for step in range(30)])
    for name in ("collector-notes.age", "collector-20261399-999999.age", "photo.jpg"):
        (tmp_path / name).write_bytes(b"mine")
    remove_old_archives(tmp_path, list_archives(tmp_path)[0].path)
    assert (tmp_path / "collector-notes.age").exists()
    assert (tmp_path / "photo.jpg").exists()


@pytest.mark.parametrize(("hours", "due"), [(0, False), (23, False), (25, True), (-2, True)])
def test_next_is_due_after_a_day_or_when_the_clock_went_back(hours: int, due: bool) -> None:
    assert is_due([archive_at(NOW - timedelta(hours=hours))], NOW) is due
    assert is_due([], NOW)


def test_copy_on_a_stick_has_the_same_bytes(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (tmp_path / NOW.strftime(NAME_FORMAT)).write_bytes(os.urandom(3_000_000))
    [archive] = list_archives(tmp_path)
    copy = copy_archive(archive, stick)
    assert copy.read_bytes() == archive.path.read_bytes()
    assert len(list(stick.iterdir())) == 1


def test_stick_that_is_full_keeps_its_older_copy(tmp_path: Path, small_disk: Path) -> None:
    put_archives(small_disk, [NOW - timedelta(days=1)])
    (tmp_path / NOW.strftime(NAME_FORMAT)).write_bytes(os.urandom(3_000_000))
    [archive] = list_archives(tmp_path)
    with pytest.raises(BackupNotWritten):
        copy_archive(archive, small_disk)
    assert [each.made_at for each in list_archives(small_disk)] == [NOW - timedelta(days=1)]


@pytest.mark.parametrize("name", ["../collector.sqlite", "collector-20260101-000000.age", "", "/etc/passwd"])
def test_only_archives_of_the_folder_can_be_named(name: str, tmp_path: Path) -> None:
    put_archives(tmp_path, [NOW])
    with pytest.raises(ArchiveNotFound):
        get_archive(tmp_path, name)
