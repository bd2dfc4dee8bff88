"""The data folder: where everything of one laptop lies, who may use it, and what is kept outside the database.

    collector.sqlite   the database: log, cache, drafts
    attachments/       files, named by their SHA-256
    secrets/           keys, accounts and the session secret; never in the database, readable by the owner only
    backups/           rotating encrypted copies
    settings.json      role of this laptop and its own village
    sync.answer        what came of the last page of a centre; at a centre, answers/ keeps what it still gives

A centre may keep its database elsewhere: its address stands in the settings, or in `COLLECTOR_DATABASE`.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import platformdirs
from filelock import FileLock, Timeout

from collector.errors import CollectorError, FolderDamaged, FolderInUse, FolderNotWritable

DATABASE: Final = "collector.sqlite"
DATABASE_VARIABLE: Final = "COLLECTOR_DATABASE"
ROLES: Final = ("village", "commune", "central")


def default_folder() -> Path:
    """Give the data folder used when none is named: `COLLECTOR_DATA`, else the platform's user data folder."""
    named = os.environ.get("COLLECTOR_DATA")
    return Path(named) if named else Path(platformdirs.user_data_dir("collector", appauthor=False))


class DataFolder:
    """Paths inside one data folder, its settings and its lock."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.database = self.root / DATABASE
        self.attachments = self.root / "attachments"
        self.secrets = self.root / "secrets"
        self.backups = self.root / "backups"
        self._settings = self.root / "settings.json"
        self._lock = FileLock(self.root / "serve.lock")

    @property
    def place(self) -> Path | str:
        """Where the database is: an address from `COLLECTOR_DATABASE`, else from the settings, else our own file."""
        return os.environ.get(DATABASE_VARIABLE) or self.read_settings().get("database") or self.database

    def prepare(self) -> None:
        """Make the folder and its parts where they are missing, closed to other users of the computer.

        :raises FolderNotWritable: if that is not possible, or an existing folder cannot be written.
        """
        try:
            for part in (self.root, self.attachments, self.secrets, self.backups):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(NotImplementedError):
                self.secrets.chmod(0o700)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise FolderNotWritable(path=str(self.root), problem=error.strerror or "") from error

    def lock(self) -> None:
        """Take the lock that only one `serve` per folder can hold; it ends with the process.

        :raises FolderInUse: if another process holds it.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise FolderInUse(path=str(self.root)) from error
        except OSError as error:
            raise FolderNotWritable(path=str(self.root), problem=error.strerror or "") from error

    def unlock(self) -> None:
        """Give the lock back."""
        self._lock.release()

    @contextmanager
    def holding(self, name: str, taken: CollectorError) -> Iterator[None]:
        """Hold another lock of the folder; it ends with the process, however that ends.

        :raises CollectorError: namely `taken`, if another process or thread holds it.
        :raises FolderNotWritable: if the folder cannot be written.
        """
        lock = FileLock(self.root / name)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise taken from error
        except OSError as error:
            raise FolderNotWritable(path=str(self.root), problem=error.strerror or "") from error
        try:
            yield
        finally:
            lock.release()

    def read_settings(self) -> dict[str, Any]:
        """Read the settings; an empty folder has none.

        :raises FolderDamaged: if they are there and cannot be read.
        """
        found = read_json(self._settings, {})
        if not isinstance(found, dict):
            raise FolderDamaged(path=str(self._settings))
        return found

    def write_settings(self, **changes: Any) -> None:
        """Change settings; the file is replaced as a whole or not at all."""
        write_atomically(
            self._settings, json.dumps(self.read_settings() | changes, ensure_ascii=False, indent=1).encode()
        )

    def secret(self, name: str, size_bytes: int = 32) -> bytes:
        """Give a secret of this folder, made at random when it is first asked for."""
        path = self.secrets / name
        if not path.exists():
            write_atomically(path, secrets.token_bytes(size_bytes), private=True)
        return path.read_bytes()


def read_json(path: Path, missing: Any) -> Any:
    """Read a small file of this folder, or give `missing` where there is none.

    :raises FolderDamaged: if it is no JSON; the file stays as it is.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return missing
    except (ValueError, RecursionError) as error:
        raise FolderDamaged(path=str(path)) from error


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace a file by new content so that a power cut leaves the old or the new one, never half.

    :raises FolderNotWritable: if the bytes cannot be written; the old file stays.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise FolderNotWritable(path=str(path), problem=error.strerror or "") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600 if private else 0o644)
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FolderNotWritable(path=str(path), problem=error.strerror or "") from error


def sync_directory(path: Path) -> None:
    """Make a rename in this directory durable, where the platform can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
