"""Attachments: contents named by their SHA-256, in a channel of their own behind the records.

A missing one holds up nothing. Small ones go first; a cut is gone on from where it was; what does not have the hash
that names it is thrown away.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

PART_BYTES: Final = 64 * 1024
MAX_BYTES: Final = 25 * 1024 * 1024
"""What one content has at most; nobody fetches or takes more."""
NAMES: Final = 500
"""How many names are asked for at once."""
Moved = Callable[[int], None]
"""Called with the number of bytes that went over."""


class Source(Protocol):
    """Where complete contents are read."""

    def size(self, name: str) -> int | None:
        """Give the size of a complete content, None if it is not here."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
        ...


class Shelf(Source, Protocol):
    """Where contents are kept."""

    def part_size(self, name: str) -> int:
        """Give how many bytes of an incomplete content are here."""
        ...

    def append(self, name: str, offset: int, data: bytes) -> int:
        """Add to an incomplete content if it ends at `offset`; give how long it is now."""
        ...

    def finish(self, name: str) -> bool:
        """Keep an incomplete content as complete if its hash is its name, else throw it away; tell which."""
        ...


class RemoteShelf(Protocol):
    """The other side's shelf. Every call may raise `ConnectionLost`."""

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Give, per name, the size if it is complete there, and the length of what is incomplete.

        Names that the other side knows no record of are left out: it neither gives nor takes them.
        """
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
        ...

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; give how long it is there now. With the last one the other side verifies: 0 if it was wrong."""
        ...


def send_attachments(
    shelf: Source, remote: RemoteShelf, names: Iterable[str], on_bytes: Moved = lambda _: None
) -> list[str]:
    """Send the contents that the other side lacks; name those that it has now."""
    sizes = {name: size for name in names if (size := shelf.size(name)) is not None}
    there = dict(_describe(remote, sizes))
    has = [name for name, (complete, _) in there.items() if complete is not None]
    for size, name in sorted((sizes[name], name) for name, (complete, _) in there.items() if complete is None):
        if _send(shelf, remote, name, range(there[name][1], size), on_bytes):
            has.append(name)
    return has


def _describe(remote: RemoteShelf, names: Iterable[str]) -> Iterator[tuple[str, tuple[int | None, int]]]:
    wanted = sorted(names)
    for start in range(0, len(wanted), NAMES):
        some = wanted[start : start + NAMES]
        yield from ((name, found) for name, found in remote.describe(some).items() if name in some)


def _send(shelf: Source, remote: RemoteShelf, name: str, missing: range, on_bytes: Moved) -> bool:
    offset = max(0, min(missing.start, missing.stop))
    while True:
        data = shelf.read(name, offset, PART_BYTES)
        is_last = offset + len(data) >= missing.stop
        length = remote.append(name, offset, data, is_last=is_last)
        if length != offset + len(data):
            return False  # another sender was quicker, or it was wrong there: the next exchange begins anew
        on_bytes(len(data))
        offset = length
        if is_last:
            return True


def fetch_attachments(
    shelf: Shelf, remote: RemoteShelf, names: Iterable[str], on_bytes: Moved = lambda _: None
) -> list[str]:
    """Fetch the contents that are missing here and are there; name those that arrived whole."""
    there = dict(_describe(remote, (name for name in names if shelf.size(name) is None)))
    return [
        name
        for size, name in sorted((size, name) for name, (size, _) in there.items() if size is not None)
        if size <= MAX_BYTES and _fetch(shelf, remote, name, size, on_bytes)
    ]


def _fetch(shelf: Shelf, remote: RemoteShelf, name: str, size: int, on_bytes: Moved) -> bool:
    offset = shelf.part_size(name)
    while offset < size:
        data = remote.read(name, offset, min(PART_BYTES, size - offset))
        if not data or (length := shelf.append(name, offset, data)) <= offset:
            return False
        on_bytes(len(data))
        offset = length
    return shelf.finish(name)
