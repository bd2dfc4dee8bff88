"""Writes a backup: one file, encrypted with age to the recovery phrase, of everything a data folder needs.

    age( zstd( tar( manifest.json, collector.sqlite, settings.json, exports.ndjson, membership.json,
                   secrets/…, attachments/…/… ) ) )

A database on a server is written into such a file, too, so that every archive opens anywhere. Streamed, so that memory
stays flat. The file gets its name only after it was synced and read back.
"""

import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from collector import read_version
from collector.accounts.recovery import recipient
from collector.backups.errors import BackupDiffers, BackupNotWritten, RecoveryPhraseMissing
from collector.checks import hash_file
from collector.clock import now, utc_text
from collector.database import Database
from collector.errors import FolderError
from collector.exchange.journal import JOURNAL
from collector.folder import DATABASE, DataFolder, sync_directory
from collector.membership import FILE as MEMBERSHIP
from collector.storages import is_on_server
from sync.errors import StorageFull, StorageReadOnly

if TYPE_CHECKING:
    import tarfile

FORMAT: Final = 1
NAME_FORMAT: Final = "collector-%Y%m%d-%H%M%S.age"
MANIFEST: Final = "manifest.json"
SETTINGS: Final = "settings.json"
_COPY: Final = ".backup-copy.sqlite"
_LEVEL: Final = 3
_UNFINISHED_SECONDS: Final = 3600
_one_at_a_time = threading.Lock()


def write_archive(folder: DataFolder, database: Database, target: Path | None = None) -> Path:
    """Back the folder up into `target` (else its own `backups/`); return the path of the new archive.

    A centre notes how far it is backed up, which it tells the laptops.

    :raises RecoveryPhraseMissing: if there is nobody to encrypt it to.
    :raises BackupNotWritten: if the disk is full or cannot be written; older archives stay.
    :raises BackupDiffers: if it could not be read back.
    """
    known = recipient(folder)
    if known is None:
        raise RecoveryPhraseMissing()
    target = target or folder.backups
    copy = folder.root / _COPY
    with _one_at_a_time:
        try:
            _remove_copy(copy)
            _remove_unfinished(target)
            reached = _find_position(folder, database, target)
            database.copy_into(copy)
            path = _free_name(target)
            put_file(path, lambda sink: _encrypt(lambda out: _pack(folder, copy, out), sink, known))
        except (OSError, StorageFull, StorageReadOnly, FolderError) as error:
            problem = getattr(error, "strerror", None) or getattr(error, "code", "")
            raise BackupNotWritten(path=str(target), problem=problem) from error
        finally:
            _remove_copy(copy)
    _note_safe(database, reached)
    return path


def _find_position(folder: DataFolder, database: Database, target: Path) -> int | None:
    """Say how far a centre's backup reaches that lies elsewhere than the database; None for every other one."""
    if folder.read_settings().get("role") != "central":
        return None
    if target.resolve().is_relative_to(folder.root) and not is_on_server(folder.place):
        return None
    from sync.safekeeping import find_position

    with database.reading() as connection:
        return find_position(connection)


def _note_safe(database: Database, reached: int | None) -> None:
    """Have laptops learn what is in the centre's backup now."""
    if reached is None:
        return
    from sync.safekeeping import note_backup

    with database.storage.writing() as connection:
        note_backup(connection, reached)


def _remove_copy(copy: Path) -> None:
    for path in (copy, *(copy.with_name(f"{copy.name}-{end}") for end in ("journal", "wal", "shm"))):
        path.unlink(missing_ok=True)


def _remove_unfinished(target: Path) -> None:
    """Remove what a power cut left of an archive; one that another process is writing now stays."""
    for path in target.glob(".collector-*.age.part"):
        if time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
            path.unlink(missing_ok=True)


def _free_name(target: Path) -> Path:
    moment: datetime = now()
    while (path := target / moment.strftime(NAME_FORMAT)).exists():
        moment += timedelta(seconds=1)
    return path


def put_file(path: Path, write: Callable[["HashingFile"], None]) -> None:
    """Make a file under a temporary name, sync it, read it back, and only then give it its name.

    :raises BackupDiffers: if it could not be read back as it was written.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as raw:
            sink = HashingFile(raw)
            write(sink)
            raw.flush()
            os.fsync(raw.fileno())
            _forget_cached(raw)
        if hash_file(temporary) != sink.hexdigest():
            raise BackupDiffers(path=str(path))
        temporary.replace(path)
        sync_directory(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _forget_cached(raw: BinaryIO) -> None:
    """Have the next reading come from the disk and not from memory, where the system can."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class HashingFile:
    """A file being written, the hash of what was written, and the error that stopped it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._digest = hashlib.sha256()
        self.problem: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of the bytes."""
        try:
            self._raw.write(data)
        except OSError as error:
            self.problem = error
            raise
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._raw.flush()

    def hexdigest(self) -> str:
        """Give the SHA-256 of everything written."""
        return self._digest.hexdigest()


def _encrypt(produce: Callable[[BinaryIO], None], sink: HashingFile, known: Any) -> None:
    """Encrypt what `produce` writes; it runs in a thread of its own on the other side of a pipe."""
    import pyrage

    read_end, write_end = os.pipe()
    problems: list[Exception] = []

    def feed() -> None:
        try:
            with os.fdopen(write_end, "wb") as out:
                produce(out)
        except Exception as error:
            problems.append(error)

    feeder = threading.Thread(target=feed, name="backup", daemon=True)
    feeder.start()
    try:
        with os.fdopen(read_end, "rb") as source:
            pyrage.encrypt_io(source, sink, [known])
    except Exception as error:
        problems.insert(0, sink.problem or error)
    feeder.join()
    if problems:
        raise problems[0]


def _pack(folder: DataFolder, copy: Path, out: BinaryIO) -> None:
    import tarfile

    import zstandard

    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    with (
        compressor.stream_writer(out, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        manifest = json.dumps(_manifest(folder), ensure_ascii=False).encode()
        _add(tar, MANIFEST, len(manifest), io.BytesIO(manifest))
        for name, path in _list_files(folder, copy):
            with path.open("rb") as file:
                _add(tar, name, os.fstat(file.fileno()).st_size, file)


def _manifest(folder: DataFolder) -> dict[str, Any]:
    settings = folder.read_settings()
    return {
        "format": FORMAT,
        "version": read_version(),
        "made_at": utc_text(now()),
        "unit": settings.get("unit"),
        "village_name": settings.get("village_name"),
        "demo": bool(settings.get("demo")),
    }


def _list_files(folder: DataFolder, copy: Path) -> Iterator[tuple[str, Path]]:
    yield DATABASE, copy
    yield SETTINGS, folder.root / SETTINGS
    for name in (JOURNAL, MEMBERSHIP):
        if (folder.root / name).is_file():
            yield name, folder.root / name
    for path in sorted(folder.secrets.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            yield f"secrets/{path.name}", path
    for path in sorted(folder.attachments.glob("[0-9a-f][0-9a-f]/*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"attachments/{path.parent.name}/{path.name}", path


def _add(tar: "tarfile.TarFile", name: str, size: int, file: Any) -> None:
    entry = tar.tarinfo(name)
    entry.size = size
    entry.mode = 0o600
    tar.addfile(entry, file)
