"""Archives that anybody could have made, since the recipient is no secret: what no archive holds is refused."""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
import zstandard
from commands.runs import copy_demo

from collector.accounts.recovery import identity_of, recipient
from collector.attachments.files import MAX_FILE_BYTES
from collector.backups import reading
from collector.backups.errors import ArchiveTooLarge, ArchiveTooNew, ArchiveUnreadable
from collector.backups.reading import unpack
from collector.backups.restoring import restore_archive
from collector.database import Database, open_database
from collector.demo.village import demo_phrase
from collector.folder import DataFolder
from sync.sqlite import SqliteStorage

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "data")


@pytest.fixture
def database(folder: DataFolder) -> Iterator[Database]:
    opened = open_database(folder.place)
    yield opened
    opened.storage.close()


def member(name: str, data: bytes = b"", **changes: object) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    for key, value in changes.items():
        setattr(entry, key, value)
    return entry, data


@pytest.fixture
def good(folder: DataFolder, database: Database, tmp_path: Path) -> Members:
    copy = tmp_path / "copy.sqlite"
    database.storage.copy_into(copy)
    manifest = {"format": 1, "version": "0.1.0", "made_at": "2026-01-01T00:00:00Z", "unit": "u", "village_name": "X"}
    return [
        member("manifest.json", json.dumps(manifest).encode()),
        member("collector.sqlite", copy.read_bytes()),
        member("settings.json", (folder.root / "settings.json").read_bytes()),
    ]


@pytest.fixture
def attempt(folder: DataFolder, tmp_path: Path) -> Callable[[bytes], None]:
    """Encrypt a tar as anybody could and restore it; nothing may appear outside of the new folder."""

    def restore(tar: bytes) -> None:
        known = recipient(folder)
        assert known is not None
        archive = tmp_path / "hostile.age"
        archive.write_bytes(pyrage.encrypt(zstandard.compress(tar), [known]))
        before = set(tmp_path.rglob("*"))
        try:
            restore_archive(archive, demo_phrase(), DataFolder(tmp_path / "new"))
        finally:
            outside = {path for path in tmp_path.rglob("*") if tmp_path / "new" not in (path, *path.parents)}
            assert outside == before

    return restore


def make_tar(members: Members, form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for entry, data in members:
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def test_well_made_archive_of_the_same_shape_is_restored(
    good: Members, attempt: Callable[[bytes], None], tmp_path: Path
) -> None:
    attempt(make_tar(good))
    assert (tmp_path / "new" / "collector.sqlite").exists()


BAD = {
    "parent": member("../evil", b"x"),
    "parent inside": member("secrets/../../evil", b"x"),
    "absolute": member("/tmp/evil", b"x"),
    "windows": member("secrets\\evil", b"x"),
    "drive": member("C:evil", b"x"),
    "other name": member("start.bat", b"x"),
    "hidden secret": member("secrets/.ssh", b"x"),
    "folder": member("secrets/sub/evil", b"x"),
    "symbolic link": member("secrets/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": member("secrets/link", type=tarfile.LNKTYPE, linkname="collector.sqlite"),
    "device": member("secrets/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    "directory": member("secrets/dir", type=tarfile.DIRTYPE),
    "pipe": member("secrets/pipe", type=tarfile.FIFOTYPE),
    "twice": member("settings.json", b"{}"),
    "altered attachment": member(f"attachments/00/{'0' * 64}", b"not that hash"),
    "attachment in another folder": member(f"attachments/11/{'0' * 64}", b"x"),
    "large secret": member("secrets/large", b"x" * (reading.MAX_SMALL_BYTES + 1)),
}


@pytest.mark.parametrize("name", BAD)
def test_member_that_no_archive_holds_is_refused(
    name: str, good: Members, attempt: Callable[[bytes], None], tmp_path: Path
) -> None:
    for members in ([*good, BAD[name]], [BAD[name], *good]):
        with pytest.raises(ArchiveUnreadable):
            attempt(make_tar(members))
    assert not (tmp_path / "new").exists()


def test_long_names_and_extended_headers_are_refused(good: Members, attempt: Callable[[bytes], None]) -> None:
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with pytest.raises(ArchiveUnreadable):
            attempt(make_tar([*good, member("secrets/" + "x" * 300, b"x")], form))


def test_header_that_claims_a_giant_is_refused_without_reading_it(
    good: Members, attempt: Callable[[bytes], None]
) -> None:
    entry, _ = member(f"attachments/00/{'0' * 64}")
    entry.size = MAX_FILE_BYTES + 1
    tar = b"".join(data_of(each) for each in good) + entry.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(ArchiveUnreadable):
        attempt(tar)


def data_of(each: tuple[tarfile.TarInfo, bytes]) -> bytes:
    entry, data = each
    return entry.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * (-len(data) % 512)


def test_bomb_is_stopped_at_the_free_space(good: Members, folder: DataFolder, tmp_path: Path) -> None:
    bomb = [member("manifest.json", b"{}"), member("collector.sqlite", b"\0" * 300_000_000)]
    archive = tmp_path / "bomb.age"
    archive.write_bytes(pyrage.encrypt(zstandard.compress(make_tar(bomb)), [recipient(folder)]))
    assert archive.stat().st_size < 200_000
    (tmp_path / "into").mkdir()
    with pytest.raises(ArchiveTooLarge):
        unpack(archive, identity_of(demo_phrase()), tmp_path / "into", free_bytes=10_000_000)
    assert sum(path.stat().st_size for path in (tmp_path / "into").rglob("*") if path.is_file()) < 10_000_000


def test_bytes_after_the_end_are_refused(
    good: Members, attempt: Callable[[bytes], None], folder: DataFolder, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar(good) + b"more" * 10_000)
    archive = tmp_path / "two-frames.age"
    archive.write_bytes(pyrage.encrypt(zstandard.compress(make_tar(good)) + os.urandom(50), [recipient(folder)]))
    with pytest.raises(ArchiveUnreadable):
        restore_archive(archive, demo_phrase(), DataFolder(tmp_path / "new"))


def test_missing_parts_are_refused(good: Members, attempt: Callable[[bytes], None]) -> None:
    for left_out in range(3):
        with pytest.raises(ArchiveUnreadable):
            attempt(make_tar([each for place, each in enumerate(good) if place != left_out]))
    with pytest.raises(ArchiveUnreadable):
        attempt(b"")


@pytest.mark.parametrize("manifest", [b"[]", b"{", b'{"format": "1"}', b"[" * 100_000, b"\xff", b"{}"])
def test_manifest_of_another_shape_is_refused(manifest: bytes, good: Members, attempt: Callable[[bytes], None]) -> None:
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar([member("manifest.json", manifest), *good[1:]]))


def test_archive_of_a_later_version_is_refused_as_such(good: Members, attempt: Callable[[bytes], None]) -> None:
    with pytest.raises(ArchiveTooNew):
        attempt(make_tar([member("manifest.json", b'{"format": 2}'), *good[1:]]))


def test_database_with_damage_or_with_triggers_is_refused(
    good: Members, attempt: Callable[[bytes], None], tmp_path: Path
) -> None:
    data = good[1][1]
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar([good[0], member("collector.sqlite", os.urandom(50_000)), good[2]]))
    middle = len(data) // 2
    with pytest.raises(ArchiveUnreadable):
        attempt(
            make_tar(
                [
                    good[0],
                    member("collector.sqlite", data[:middle] + os.urandom(40_000) + data[middle + 40_000 :]),
                    good[2],
                ]
            )
        )
    path = tmp_path / "trigger.sqlite"
    path.write_bytes(data)
    storage = SqliteStorage(path)
    with storage.writing() as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON revision BEGIN DELETE FROM revision; END")
    storage.close()
    changed = path.read_bytes()
    path.unlink()
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar([good[0], member("collector.sqlite", changed), good[2]]))


def with_view(data: bytes, path: Path, name: str) -> bytes:
    """Give the database with a view that claims to be one of the program's, or with another one."""
    path.write_bytes(data)
    storage = SqliteStorage(path)
    with storage.writing() as connection:
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(f"CREATE VIEW {name} AS SELECT 'not the villages' AS village")
    storage.close()
    changed = path.read_bytes()
    path.unlink()
    return changed


def test_views_of_the_file_are_made_anew_and_others_refused(
    good: Members, attempt: Callable[[bytes], None], tmp_path: Path
) -> None:
    changed = with_view(good[1][1], tmp_path / "view.sqlite", "villages")
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar([good[0], member("collector.sqlite", changed), *good[2:]]))
    changed = with_view(good[1][1], tmp_path / "view.sqlite", "readable_villages")
    attempt(make_tar([good[0], member("collector.sqlite", changed), *good[2:]]))
    database = open_database(DataFolder(tmp_path / "new").place)
    with database.reading() as connection:
        assert connection.value("SELECT village FROM readable_villages") != "not the villages"
    database.storage.close()


def test_log_with_an_altered_revision_is_refused(
    good: Members, attempt: Callable[[bytes], None], tmp_path: Path
) -> None:
    path = tmp_path / "altered.sqlite"
    path.write_bytes(good[1][1])
    storage = SqliteStorage(path)
    with storage.writing() as connection:
        connection.execute("UPDATE revision SET body = X'7B7D' WHERE sequence = 2")
    storage.close()
    changed = path.read_bytes()
    path.unlink()
    with pytest.raises(ArchiveUnreadable):
        attempt(make_tar([good[0], member("collector.sqlite", changed), good[2]]))
