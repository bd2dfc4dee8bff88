"""A backup holds everything, opens with the phrase alone, and a failed one harms nothing."""

import os
import random
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from commands.runs import copy_demo, export_records, read_json, run_command

from collector.accounts.store import Accounts
from collector.attachments.files import Files
from collector.backups.archive import HashingFile, put_file, write_archive
from collector.backups.errors import (
    ArchiveUnreadable,
    BackupDiffers,
    BackupNotWritten,
    PhraseDoesNotFit,
    RecoveryPhraseMissing,
)
from collector.backups.restoring import restore_archive
from collector.database import Database, open_database
from collector.demo.village import PASSWORD, demo_phrase
from collector.exchange.journal import JOURNAL
from collector.folder import DataFolder
from collector.membership import FILE as MEMBERSHIP
from collector.phrase import make_phrase

OTHER_PHRASE = make_phrase(lambda size: b"\x55" * size)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "data")


@pytest.fixture
def database(folder: DataFolder) -> Iterator[Database]:
    opened = open_database(folder.place)
    yield opened
    opened.storage.close()


def epochs(folder: DataFolder) -> list[tuple[str, str, int]]:
    database = open_database(folder.place)
    with database.reading() as connection:
        sql = "SELECT epoch, reason, head_sequence FROM epoch WHERE lane = 'records' ORDER BY reason"
        rows = list(connection.rows(sql))
        writer = connection.value("SELECT epoch FROM lane_writer WHERE lane = 'records'")
    database.storage.close()
    assert writer == rows[-1]["epoch"]
    return [(row["reason"], row["epoch"], row["head_sequence"]) for row in rows]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_restored_folder_has_the_same_records_accounts_and_files(
    folder: DataFolder, database: Database, tmp_path: Path
) -> None:
    photo = os.urandom(300_000)
    name = Files(folder.attachments).add(photo)
    export_records(folder.root)
    noted = (folder.root / JOURNAL).read_bytes()
    (folder.root / MEMBERSHIP).write_text('{"statement": "", "url": ""}')
    archive = write_archive(folder, database)
    restored = DataFolder(tmp_path / "new" / "place")
    manifest = restore_archive(archive, demo_phrase(), restored)
    assert manifest["village_name"] == folder.read_settings()["village_name"]
    assert export_records(restored.root, "--village-only") == export_records(folder.root, "--village-only")
    assert Files(restored.attachments).read(name) == photo
    assert (restored.root / JOURNAL).read_bytes().startswith(noted)
    assert (restored.root / MEMBERSHIP).read_bytes() == (folder.root / MEMBERSHIP).read_bytes()
    [head] = [account for account in Accounts(restored).list_accounts() if account.role == "head"]
    assert Accounts(restored).verify(head.id, PASSWORD)
    assert read_json("check", "--data", restored.root)["sound"]
    assert restored.secrets.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in restored.secrets.iterdir())


def test_restored_laptop_writes_a_new_epoch_of_the_same_device(
    folder: DataFolder, database: Database, tmp_path: Path
) -> None:
    restored = DataFolder(tmp_path / "new")
    restore_archive(write_archive(folder, database), demo_phrase(), restored)
    [before] = epochs(folder)
    old, new = epochs(restored)
    assert old == before
    assert (new[0], new[2]) == ("restored", 0)
    assert (restored.secrets / "device-ed25519.key").read_bytes() == (
        folder.secrets / "device-ed25519.key"
    ).read_bytes()


def test_commands_back_up_and_restore(folder: DataFolder, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    made = read_json("backup", stick, "--data", folder.root)
    restored = read_json("restore", made["file"], "--data", tmp_path / "new", COLLECTOR_PHRASE=demo_phrase())
    assert restored["demo"] is True
    assert export_records(tmp_path / "new") == export_records(folder.root)
    asked = run_command("restore", made["file"], "--data", tmp_path / "newer", stdin=f"{demo_phrase()}\n")
    assert asked.exit_code == 0
    assert leftovers(stick) == []


def test_archive_holds_nothing_readable(folder: DataFolder, database: Database) -> None:
    data = write_archive(folder, database).read_bytes()
    assert data.startswith(b"age-encryption.org/v1")
    assert b"SQLite" not in data
    assert "A Râng".encode() not in data


def test_unencrypted_copy_never_stays(folder: DataFolder, database: Database) -> None:
    (folder.root / ".backup-copy.sqlite").write_bytes(b"left by a power cut")
    write_archive(folder, database)
    assert leftovers(folder.root) == []
    assert leftovers(folder.backups) == []


def test_what_a_power_cut_left_of_an_archive_is_removed_later(folder: DataFolder, database: Database) -> None:
    old, new = (folder.backups / f".collector-2026010{day}-000000.age.part" for day in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    write_archive(folder, database)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("phrase", [OTHER_PHRASE, "mot hai ba", ""])
def test_wrong_phrase_opens_nothing_and_changes_nothing(
    folder: DataFolder, database: Database, tmp_path: Path, phrase: str
) -> None:
    archive = write_archive(folder, database)
    target = tmp_path / "new"
    with pytest.raises(PhraseDoesNotFit):
        restore_archive(archive, phrase, DataFolder(target))
    refused = run_command("restore", archive, "--data", target, COLLECTOR_PHRASE=phrase)
    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.stderr
    assert not target.exists()
    assert leftovers(tmp_path) == []


def test_archive_cut_anywhere_is_refused(folder: DataFolder, database: Database, tmp_path: Path) -> None:
    data = write_archive(folder, database).read_bytes()
    chance = random.Random(7)
    cuts = [0, 10, 200, len(data) - 1, *(chance.randrange(len(data)) for _ in range(12))]
    for cut in cuts:
        broken = tmp_path / "cut.age"
        broken.write_bytes(data[:cut])
        with pytest.raises(ArchiveUnreadable):
            restore_archive(broken, demo_phrase(), DataFolder(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    assert leftovers(tmp_path) == []


def test_one_changed_byte_anywhere_is_refused(folder: DataFolder, database: Database, tmp_path: Path) -> None:
    data = write_archive(folder, database).read_bytes()
    chance = random.Random(8)
    for _ in range(12):
        place = chance.randrange(len(data))
        broken = tmp_path / "changed.age"
        broken.write_bytes(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])
        with pytest.raises((ArchiveUnreadable, PhraseDoesNotFit)):
            restore_archive(broken, demo_phrase(), DataFolder(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_used_folder_is_never_restored_over(folder: DataFolder, database: Database) -> None:
    archive = write_archive(folder, database)
    before = export_records(folder.root)
    refused = run_command("restore", archive, "--data", folder.root, COLLECTOR_PHRASE=demo_phrase())
    assert refused.exit_code == 1
    assert "new or empty folder" in refused.stderr
    assert export_records(folder.root) == before


def test_empty_folder_may_be_restored_into(folder: DataFolder, database: Database, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    restore_archive(write_archive(folder, database), demo_phrase(), DataFolder(tmp_path / "empty"))
    assert (tmp_path / "empty" / "collector.sqlite").exists()


def test_folder_without_a_phrase_is_not_backed_up(folder: DataFolder, database: Database) -> None:
    (folder.secrets / "recovery.recipient").unlink()
    with pytest.raises(RecoveryPhraseMissing):
        write_archive(folder, database)
    assert run_command("backup", folder.backups, "--data", folder.root).exit_code == 1


def test_full_disk_refuses_the_backup_and_keeps_older_ones(
    folder: DataFolder, database: Database, small_disk: Path
) -> None:
    older = write_archive(folder, database, small_disk)
    kept = older.read_bytes()
    Files(folder.attachments).add(os.urandom(900_000))
    refused = run_command("backup", small_disk, "--data", folder.root)
    assert refused.exit_code == 1
    assert "could not be written" in refused.stderr
    assert "Older backups are still there" in refused.stderr
    assert [path.name for path in small_disk.iterdir()] == [older.name]
    assert older.read_bytes() == kept


def test_full_data_disk_refuses_the_backup_and_keeps_the_database(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=2m", str(small_disk)], check=True)
    folder = copy_demo(small_disk / "data")
    before = export_records(folder.root)
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_bsize - 300_000))
    refused = run_command("backup", folder.backups, "--data", folder.root)
    assert refused.exit_code == 1
    assert "could not be written" in refused.stderr
    assert leftovers(folder.root) == []
    (small_disk / "filler").unlink()
    assert export_records(folder.root) == before


def test_stick_that_cannot_be_written_is_refused(folder: DataFolder, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused = run_command("backup", small_disk, "--data", folder.root)
    assert refused.exit_code == 1
    assert "Read-only file system" in refused.stderr


def test_missing_target_folder_is_refused(folder: DataFolder, database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten):
        write_archive(folder, database, tmp_path / "nowhere")


def test_memory_stays_flat_however_large_the_files_are(folder: DataFolder, database: Database, tmp_path: Path) -> None:
    files = Files(folder.attachments)
    for _ in range(6):
        files.add(os.urandom(8_000_000))
    tracemalloc.start()
    archive = write_archive(folder, database)
    restore_archive(archive, demo_phrase(), DataFolder(tmp_path / "new"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert archive.stat().st_size > 48_000_000
    assert peak < 12_000_000


def test_two_backups_in_one_second_get_two_names(folder: DataFolder, database: Database) -> None:
    made = {write_archive(folder, database).name for _ in range(3)}
    assert len(made) == 3


def test_stick_that_keeps_other_bytes_than_were_written_is_found_out(tmp_path: Path) -> None:
    def write(sink: HashingFile) -> None:
        sink.write(b"what was written")
        with (tmp_path / ".file.age.part").open("ab") as behind:
            behind.write(b"what the stick made of it")

    with pytest.raises(BackupDiffers):
        put_file(tmp_path / "file.age", write)
    assert list(tmp_path.iterdir()) == []


def test_recipient_alone_encrypts_and_cannot_open(folder: DataFolder, database: Database) -> None:
    archive = write_archive(folder, database)
    stranger = pyrage.x25519.Identity.generate()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(archive.read_bytes(), [stranger])
