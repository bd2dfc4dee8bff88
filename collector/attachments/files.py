"""Files by content: stored under the SHA-256 of their bytes, so that a name can neither clash nor lie."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

from collector.errors import CollectorError
from collector.folder import sync_directory, write_atomically

MAX_FILE_BYTES: Final = 25 * 1024 * 1024
PARTS: Final = "parts"
"""The folder of those that are still coming, one folder in it per sender (`shelf.py`)."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_name(name: str) -> bool:
    """Tell whether this can name a content: a SHA-256 in small hexadecimal letters and nothing that leads away."""
    return _SHA256.fullmatch(name) is not None


class FileMissing(CollectorError):
    """The record of a file is here, its bytes are not (yet)."""

    code = "file_missing"
    status = 404


class FileTooLarge(CollectorError):
    """A file has more bytes than are taken."""

    code = "file_too_large"
    status = 413


class Files:
    """The files of one data folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, data: bytes) -> str:
        """Store bytes durably; return their SHA-256 in hexadecimal. The same bytes are stored once.

        :raises FileTooLarge: if they exceed `MAX_FILE_BYTES`.
        """
        if len(data) > MAX_FILE_BYTES:
            raise FileTooLarge(limit_bytes=MAX_FILE_BYTES, size_bytes=len(data))
        name = hashlib.sha256(data).hexdigest()
        path = self.place(name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            sync_directory(self._root)
            write_atomically(path, data)
        return name

    def path(self, sha256: str) -> Path:
        """Give the path of a stored file.

        :raises FileMissing: if it is not here.
        """
        path = self.find_path(sha256)
        if path is None:
            raise FileMissing(sha256=sha256)
        return path

    def find_path(self, sha256: str) -> Path | None:
        """Give the path of a stored file, None if it is not here; a name that is no hash is never here."""
        path = self.place(sha256) if is_name(sha256) else None
        return path if path is not None and path.is_file() else None

    def size(self, sha256: str) -> int | None:
        """Give the size of a stored file, None if it is not here."""
        path = self.find_path(sha256)
        return None if path is None else path.stat().st_size

    def list_names(self) -> set[str]:
        """Name all that is stored, folder by folder: where many are asked for, far quicker than one after the other."""
        return {
            entry.name
            for place in self._root.glob("[0-9a-f][0-9a-f]/")
            for entry in os.scandir(place)
            if is_name(entry.name) and entry.name[:2] == place.name and entry.is_file()
        }

    def adopt(self, path: Path, sha256: str) -> None:
        """Take in a file of the same disk whose bytes have this hash; they are on the disk already."""
        target = self.place(sha256)
        target.parent.mkdir(exist_ok=True)
        sync_directory(self._root)
        path.chmod(0o644)
        path.replace(target)
        sync_directory(target.parent)

    def read(self, sha256: str) -> bytes:
        """Give the bytes of a stored file.

        :raises FileMissing: if it is not here.
        """
        return self.path(sha256).read_bytes()

    def delete(self, sha256: str) -> bool:
        """Delete a file and what there is of it that was still coming; tell whether anything was here."""
        found = [path for path in (self.place(sha256), *self._root.glob(f"{PARTS}/*/{sha256}")) if path.is_file()]
        for path in found:
            path.unlink(missing_ok=True)
            sync_directory(path.parent)
        return bool(found)

    def free_bytes(self) -> int:
        """Give how many bytes are free on the disk of the files."""
        return shutil.disk_usage(self._root).free

    def place(self, sha256: str) -> Path:
        """Give the path that a file of this hash has when it is here.

        :raises FileMissing: if this is no hash.
        """
        if not is_name(sha256):
            raise FileMissing(sha256=sha256[:64])
        return self._root / sha256[:2] / sha256
