"""The files of a data folder as a shelf of contents, for the exchange with other machines.

What has arrived in part lies in `parts/` beside the files and is gone on from there. It becomes a file only when its
hash is the name it was announced under; nothing else of it is ever believed.
"""

import hashlib
import os
from pathlib import Path
from typing import Final

from collector.attachments.files import MAX_FILE_BYTES, Files, FileTooLarge
from collector.attachments.store import FREE_BYTES_KEPT, DiskNearlyFull
from collector.errors import FolderNotWritable
from collector.folder import sync_directory

PARTS: Final = "parts"
_PIECE: Final = 1024 * 1024


class FolderShelf:
    """Contents of one data folder; see `sync.attachments.Shelf`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = Files(root)

    def size(self, name: str) -> int | None:
        """Give the size of a complete content, None if it is not here."""
        path = self._files.find_path(name)
        return None if path is None else path.stat().st_size

    def part_size(self, name: str) -> int:
        """Give how many bytes of an incomplete content are here."""
        try:
            return self._part(name).stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content.

        :raises FileMissing: if it is not here.
        """
        with self._files.path(name).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def append(self, name: str, offset: int, data: bytes) -> int:
        """Add to an incomplete content if it ends at `offset`; give how long it is now.

        :raises DiskNearlyFull: if too little room would stay for what is recorded.
        :raises FileTooLarge: if it exceeds `MAX_FILE_BYTES`.
        :raises FolderNotWritable: if the bytes cannot be written.
        """
        if offset + len(data) > MAX_FILE_BYTES:
            raise FileTooLarge(limit_bytes=MAX_FILE_BYTES, size_bytes=offset + len(data))
        free = self._files.free_bytes()
        if free - len(data) < FREE_BYTES_KEPT:
            raise DiskNearlyFull(free_mb=free // 1024**2, needed_mb=(FREE_BYTES_KEPT + len(data)) // 1024**2 + 1)
        known = self.part_size(name)
        if known != offset:
            return known
        path = self._part(name)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise FolderNotWritable(path=str(path), problem=error.strerror or "") from error
        return self.part_size(name)

    def finish(self, name: str) -> bool:
        """Keep an incomplete content as complete if its hash is its name, else throw it away; tell which."""
        part = self._part(name)
        if not part.exists():
            return self.size(name) is not None
        if _hash(part) != name:
            part.unlink()
            return False
        target = self._files.place(name)
        try:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            target.parent.mkdir(exist_ok=True)
            part.replace(target)
            sync_directory(target.parent)
            sync_directory(self._root)
        except OSError as error:
            raise FolderNotWritable(path=str(target), problem=error.strerror or "") from error
        return True

    def _part(self, name: str) -> Path:
        return self._root / PARTS / self._files.place(name).name


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
