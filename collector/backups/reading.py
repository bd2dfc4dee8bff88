"""Reads a backup as if somebody hostile had written it: streamed, capped, and only what an archive can hold.

The archive is decrypted in a thread on the other side of a pipe; what comes out is trusted only when the decryption
ended well, because age authenticates an archive as a whole only at its end.
"""

import os
import re
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyrage
import zstandard

from collector.attachments.files import MAX_FILE_BYTES
from collector.backups.archive import MANIFEST, SETTINGS, HashingFile
from collector.backups.errors import ArchiveTooLarge, ArchiveUnreadable, PhraseDoesNotFit
from collector.exchange.journal import JOURNAL
from collector.folder import DATABASE
from collector.membership import FILE as MEMBERSHIP

MAX_SMALL_BYTES: Final = 4 * 1024 * 1024
MAX_MEMBERS: Final = 500_000
_BLOCK: Final = tarfile.BLOCKSIZE
_PIECE: Final = 256 * 1024
_WINDOW_BYTES: Final = 32 * 1024 * 1024
_ATTACHMENT: Final = re.compile(r"attachments/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_SECRET: Final = re.compile(r"secrets/[A-Za-z0-9_-][A-Za-z0-9._-]{0,80}")


class _Refused(Exception):
    """Something that no archive of this program holds."""


def unpack(archive: Path, identity: Any, root: Path, free_bytes: int) -> None:
    """Unpack an archive into the empty folder `root`, at most `free_bytes` of it.

    :raises ArchiveUnreadable: if it is damaged, cut off or hostile; what was unpacked so far is worthless.
    :raises ArchiveTooLarge: if it holds more than that.
    :raises PhraseDoesNotFit: if it was encrypted to another phrase.
    """
    read_end, write_end = os.pipe()
    problems: list[Exception] = []

    def feed() -> None:
        try:
            with os.fdopen(write_end, "wb") as out, archive.open("rb") as source:
                pyrage.decrypt_io(source, out, [identity])
        except Exception as error:
            problems.append(error)

    feeder = threading.Thread(target=feed, name="restore", daemon=True)
    feeder.start()
    failed: Exception | None = None
    try:
        with os.fdopen(read_end, "rb") as pipe:
            _Unpacker(root, free_bytes).run(pipe)
    except (_Refused, zstandard.ZstdError, tarfile.TarError, ArchiveTooLarge) as error:
        failed = error
    feeder.join()
    _name_problem(archive, problems, failed)


def _name_problem(archive: Path, problems: list[Exception], failed: Exception | None) -> None:
    if isinstance(failed, ArchiveTooLarge):
        raise ArchiveTooLarge(path=str(archive)) from failed
    for problem in problems:
        if "No matching keys" in str(problem):
            raise PhraseDoesNotFit(path=str(archive)) from problem
        if isinstance(problem, FileNotFoundError | PermissionError | IsADirectoryError):
            raise problem
    reason = failed or (problems[0] if problems else None)
    if reason is not None:
        raise ArchiveUnreadable(path=str(archive), reason=str(reason)[:200]) from reason


class _Unpacker:
    """Takes one member after the other out of the stream and writes it under its checked name."""

    def __init__(self, root: Path, free_bytes: int) -> None:
        self._root = root
        self._left = free_bytes
        self._seen: set[str] = set()

    def run(self, pipe: BinaryIO) -> None:
        """Unpack everything and read the stream to its end."""
        decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES)
        with decompressor.stream_reader(pipe, closefd=False) as stream:
            while (entry := self._next_entry(stream)) is not None:
                self._take(entry, stream)
            if stream.read(tarfile.RECORDSIZE).strip(b"\0") or stream.read(1):
                raise _Refused("bytes after the end")
        if pipe.read(1):
            raise _Refused("bytes after the end")
        missing = {MANIFEST, DATABASE, SETTINGS} - self._seen
        if missing:
            raise _Refused(f"missing: {sorted(missing)}")

    def _next_entry(self, stream: Any) -> tarfile.TarInfo | None:
        head = _read_exactly(stream, _BLOCK)
        if not head.strip(b"\0"):
            return None
        entry = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
        if entry.type != tarfile.REGTYPE or entry.name in self._seen or len(self._seen) >= MAX_MEMBERS:
            raise _Refused("not a plain file, or twice the same")
        self._seen.add(entry.name)
        return entry

    def _take(self, entry: tarfile.TarInfo, stream: Any) -> None:
        limit = _limit_of(entry.name)
        if not 0 <= entry.size <= limit:
            raise _Refused("a file is too large")
        self._left -= entry.size
        if self._left < 0:
            raise ArchiveTooLarge()
        path = self._root / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            path.chmod(0o600 if entry.name.startswith("secrets/") else 0o644)
            sink = HashingFile(file)
            _copy(stream, entry.size, sink.write)
            file.flush()
            os.fsync(file.fileno())
        _read_exactly(stream, -entry.size % _BLOCK)
        named = _ATTACHMENT.fullmatch(entry.name)
        if named and named[2] != sink.hexdigest():
            raise _Refused("an attachment is not what its name says")


def _limit_of(name: str) -> int:
    if name in (MANIFEST, SETTINGS, MEMBERSHIP) or _SECRET.fullmatch(name):
        return MAX_SMALL_BYTES
    if name == JOURNAL or _ATTACHMENT.fullmatch(name):
        return MAX_FILE_BYTES
    if name == DATABASE:
        return 2**62
    raise _Refused("a name that no archive holds")


def _read_exactly(stream: Any, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = stream.read(size - len(found))
        if not piece:
            raise _Refused("cut off")
        found += piece
    return found


def _copy(stream: Any, size: int, take: Callable[[bytes], object]) -> None:
    while size:
        piece = stream.read(min(size, _PIECE))
        if not piece:
            raise _Refused("cut off")
        take(piece)
        size -= len(piece)
