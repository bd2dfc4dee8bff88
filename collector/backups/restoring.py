"""Turns a backup into a data folder: unpacked beside its place, checked, given a new epoch, then moved there.

Until that last move nothing is changed, so whatever is wrong with an archive harms nothing. A database on a server is
filled in one transaction just before, and only if it is empty: where a backup came from is never written over.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from collector import cache, readable
from collector.accounts.recovery import identity_of
from collector.backups.archive import FORMAT, MANIFEST
from collector.backups.errors import ArchiveTooNew, ArchiveUnreadable, DatabaseNotEmpty, FolderNotEmpty
from collector.backups.reading import unpack
from collector.clock import now, utc_text
from collector.database import DERIVED, open_database
from collector.device import ensure_device
from collector.errors import FolderNotWritable
from collector.folder import DATABASE, DataFolder, sync_directory
from collector.registry import KINDS
from sync.copying import copy_tables
from sync.errors import SyncError
from sync.log import verify_chains
from sync.sqlite import SqliteStorage

RESTORED: Final = "restored"
_SPARE_BYTES: Final = 50 * 1024 * 1024


def refuse_used_folder(folder: DataFolder) -> None:
    """Refuse to restore over anything.

    :raises FolderNotEmpty: if the folder exists and holds something.
    """
    root = folder.root
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FolderNotEmpty(path=str(root))


def restore_archive(archive: Path, phrase: str, folder: DataFolder, place: str | None = None) -> dict[str, Any]:
    """Restore an archive into a new or empty folder and return its manifest; the laptop writes a new epoch from now on.

    The database becomes a file of the folder, or is put into the empty one at the address `place`.

    :raises FolderNotEmpty: if the folder holds something.
    :raises PhraseDoesNotFit: if the phrase is not that of the archive.
    :raises ArchiveUnreadable: if the archive is damaged, cut off or hostile.
    :raises ArchiveTooNew: if a later version wrote it.
    :raises ArchiveTooLarge: if it does not fit on the disk.
    :raises DatabaseNotEmpty: if something was recorded at `place`.
    """
    refuse_used_folder(folder)
    identity = identity_of(phrase)
    target = folder.root
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.restoring."))
    except OSError as error:
        raise FolderNotWritable(path=str(target.parent), problem=error.strerror or "") from error
    try:
        free = shutil.disk_usage(beside).free - _SPARE_BYTES
        unpack(archive, identity, beside, free)
        manifest = _read_manifest(archive, beside)
        _refuse_damaged(archive, beside)
        _open_new_epoch(DataFolder(beside))
        if place:
            _carry(beside / DATABASE, place)
            DataFolder(beside).write_settings(database=place)
        _move(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def _read_manifest(archive: Path, root: Path) -> dict[str, Any]:
    path = root / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        settings = json.loads((root / "settings.json").read_text(encoding="utf-8"))
        shaped = isinstance(found, dict) and isinstance(settings, dict) and isinstance(found.get("format"), int)
    except (ValueError, RecursionError) as error:
        raise ArchiveUnreadable(path=str(archive), reason=MANIFEST) from error
    if not shaped:
        raise ArchiveUnreadable(path=str(archive), reason=MANIFEST)
    if found["format"] > FORMAT:
        raise ArchiveTooNew(path=str(archive), format=found["format"])
    path.unlink()
    return {name: found.get(name) for name in ("made_at", "version", "unit", "village_name", "demo")}


def _refuse_damaged(archive: Path, root: Path) -> None:
    """Read the whole database before anything else does; it may hold tables and indexes but no code.

    Views for readers of the file are dropped unread and made anew when it is opened.
    """
    storage = SqliteStorage(DataFolder(root).database)
    try:
        problems = storage.integrity_errors()
        if problems:
            raise ArchiveUnreadable(path=str(archive), reason=problems[0])
        with storage.writing() as connection:
            views = [row["name"] for row in connection.rows("SELECT name FROM sqlite_master WHERE type = 'view'")]
            readable.forget(connection, [name for name in views if name.startswith(readable.PREFIX)])
            if connection.value("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')"):
                raise ArchiveUnreadable(path=str(archive), reason="triggers")
            verify_chains(connection)
    except SyncError as error:
        raise ArchiveUnreadable(path=str(archive), reason=error.code) from error
    finally:
        storage.close()


def _open_new_epoch(folder: DataFolder) -> None:
    folder.prepare()
    database = open_database(folder.database)
    try:
        device = ensure_device(folder)
        with database.storage.writing() as connection:
            database.log.open_epoch(connection, device, RESTORED)
    finally:
        database.storage.close()
    folder.write_settings(restored_at=utc_text(now()), database=None)  # what was restored lies in the folder


def _carry(file: Path, place: str) -> None:
    """Carry the whole database to an address, where it is whole or not there at all."""
    source, target = open_database(file), open_database(place)
    try:
        with source.reading() as old, target.storage.writing() as new:
            if new.value("SELECT 1 FROM revision LIMIT 1") is not None:
                raise DatabaseNotEmpty(path=target.storage.place)
            copy_tables(old, new, DERIVED)
            cache.rebuild(new, KINDS)
    finally:
        source.storage.close()
        target.storage.close()
    file.unlink()


def _move(beside: Path, target: Path) -> None:
    beside.chmod(0o755)
    if target.exists():
        target.rmdir()
    beside.replace(target)
    sync_directory(target.parent)
