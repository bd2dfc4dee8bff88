"""The files of a data folder as the exchange of attachments sees them: whole ones, and parts of those that are coming.

A part lies under the name of whoever sends it, so that nobody spoils what another is sending. It becomes a file only
when its bytes have the hash that names it; until then nothing of the application sees it. Nothing is written where
the disk would have too little room left for what is recorded.
"""

import errno
import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from collector.attachments.files import MAX_FILE_BYTES, PARTS, Files, FileTooLarge
from collector.attachments.store import FREE_BYTES_KEPT, DiskNearlyFull
from collector.errors import FolderNotWritable
from sync.errors import AttachmentUnknown, StorageFull

CARRIED: Final = "carried"
"""Where, among the parts, sealed pieces lie that are carried for others."""
KEPT_SECONDS: Final = 60 * 24 * 3600
"""How long a part waits for the rest; whoever begins another one clears older ones of the same sender away."""
MAX_PARTS: Final = 32
"""So many parts of one sender wait for the rest, the latest; who sends one thing after the other has one."""
_SENDER: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PIECE: Final = 1024 * 1024
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_appending = threading.Lock()


class FolderShelf:
    """The contents of one data folder; `sender` is the device whose parts these are."""

    def __init__(self, root: Path, sender: str = "centre", *, keep_free_bytes: int = FREE_BYTES_KEPT) -> None:
        if not _SENDER.fullmatch(sender):
            raise AttachmentUnknown(sender=sender[:100])
        self._files = Files(root)
        self._parts = root / PARTS / sender
        self._keep_free_bytes = keep_free_bytes

    def size(self, name: str) -> int | None:
        """Give the size of a complete content, None if it is not here."""
        return self._files.size(name)

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

        :raises FileTooLarge: if it would be longer than anybody takes; what came of it is thrown away.
        :raises DiskNearlyFull: if too little room would stay for what is recorded.
        :raises FolderNotWritable: if the bytes cannot be written; what was there before stays.
        """
        part = self._part(name)
        with _appending:
            known = self.part_size(name)
            if offset != known:
                return known
            if known + len(data) > MAX_FILE_BYTES:
                part.unlink(missing_ok=True)
                raise FileTooLarge(limit_bytes=MAX_FILE_BYTES, size_bytes=known + len(data))
            if not known:
                self._remove_parts(time.time() - KEPT_SECONDS)
            self._check_room(len(data))
            self._write(part, known, data)
        return known + len(data)

    def _check_room(self, size: int) -> None:
        free = self._files.free_bytes()
        if free - size < self._keep_free_bytes:
            needed = (self._keep_free_bytes + size) // 1024**2 + 1
            raise DiskNearlyFull(free_mb=free // 1024**2, needed_mb=needed)

    def _write(self, part: Path, known: int, data: bytes) -> None:
        try:
            part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("ab") as file:
                file.write(data)
        except OSError as error:
            if part.exists():
                os.truncate(part, known)
            raise FolderNotWritable(path=str(part), problem=error.strerror or "") from error

    def take_part(self, name: str) -> bytes:
        """Give the bytes of an incomplete content and keep it no longer; nothing if there is none."""
        part = self._part(name)
        with _appending:
            data = part.read_bytes() if part.is_file() else b""
            part.unlink(missing_ok=True)
        return data

    def finish(self, name: str) -> bool:
        """Keep an incomplete content as complete if its hash is its name, else throw it away; tell which.

        :raises FolderNotWritable: if the disk cannot keep it; the part stays.
        """
        part = self._part(name)
        taken = part.with_name(f"{name}.{secrets.token_hex(8)}")
        try:
            part.replace(taken)  # from here on nobody adds to it
        except FileNotFoundError:
            return self.size(name) is not None
        try:
            is_right = _hash(taken) == name
            if is_right:
                self._files.adopt(taken, name)
        except OSError as error:
            taken.replace(part)
            raise FolderNotWritable(path=str(part), problem=error.strerror or "") from error
        taken.unlink(missing_ok=True)
        return is_right

    def _remove_parts(self, before: float) -> None:
        """Remove parts to which nothing was added since a moment, in seconds since 1970, and make room for one more."""
        found = []
        for path in self._parts.glob("*"):
            with suppress(FileNotFoundError):  # whole by now
                found.append((path.stat().st_mtime, path))
        for place, (moment, path) in enumerate(sorted(found, reverse=True), 1):
            if moment < before or place >= MAX_PARTS:
                path.unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        return self._parts / self._files.place(name).name


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
        os.fsync(file.fileno())
    return digest.hexdigest()


@contextmanager
def tell_full_disk() -> Iterator[None]:
    """Tell a device that the disk has no room as it is told of records, instead of in words for this computer.

    :raises StorageFull: if what is done inside finds too little room.
    """
    try:
        yield
    except DiskNearlyFull as error:
        raise StorageFull() from error
    except FolderNotWritable as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_SPACE:
            raise StorageFull() from error
        raise


class ServedShelf:
    """The centre's shelf as one device may use it: `RemoteShelf` on the other side of the line.

    `choose` gives those of some names that records name which the device may see (`naming.list_readable`). Other names
    are as good as unknown, whether they are held or not.
    """

    def __init__(self, shelf: FolderShelf, choose: Callable[[Iterable[str]], set[str]]) -> None:
        self._shelf = shelf
        self._choose = choose

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Give, per known name, the size if it is complete here, and the length of what is incomplete."""
        known = self._choose(names)
        return {name: (self._shelf.size(name), self._shelf.part_size(name)) for name in names if name in known}

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content.

        :raises AttachmentUnknown: if no record that the device may see names it.
        """
        self._check(name)
        return self._shelf.read(name, offset, length)

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; give how long it is now, 0 if it was complete and not what its name says.

        :raises AttachmentUnknown: if no record that the device may see names it.
        :raises StorageFull: if the disk has no room for it, as where records find none.
        """
        self._check(name)
        if (complete := self._shelf.size(name)) is not None:
            return complete
        with tell_full_disk():
            length = self._shelf.append(name, offset, data)
            if is_last and length == offset + len(data) and not self._shelf.finish(name):
                return 0
        return length

    def _check(self, name: str) -> None:
        if name not in self._choose([name]):
            raise AttachmentUnknown(name=name[:64])
