"""Attachments: contents named by their SHA-256, in a channel of their own behind the records.

A missing one holds up nothing. Small ones go first; a cut is gone on from where it was; what does not have the hash
that names it is thrown away.
"""

from collections.abc import Iterable
from typing import Final, Protocol

PART_BYTES: Final = 64 * 1024


class Shelf(Protocol):
    """Where contents are kept."""

    def size(self, name: str) -> int | None:
        """Give the size of a complete content, None if it is not here."""
        ...

    def part_size(self, name: str) -> int:
        """Give how many bytes of an incomplete content are here."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
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
        """Give, per name, the size if it is complete there, and the length of what is incomplete."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
        ...

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part; with the last one the other side verifies."""
        ...


def send_attachments(shelf: Shelf, remote: RemoteShelf, names: Iterable[str]) -> int:
    """Send the contents that the other side lacks; give how many."""
    sizes = {name: size for name in names if (size := shelf.size(name)) is not None}
    there = remote.describe(sorted(sizes))
    sent = 0
    for size, name in sorted((sizes[name], name) for name, (complete, _) in there.items() if complete is None):
        _send(shelf, remote, name, size, there[name][1])
        sent += 1
    return sent


def _send(shelf: Shelf, remote: RemoteShelf, name: str, size: int, offset: int) -> None:
    offset = min(offset, size)
    while True:
        data = shelf.read(name, offset, PART_BYTES)
        is_last = offset + len(data) >= size
        remote.append(name, offset, data, is_last=is_last)
        offset += len(data)
        if is_last:
            return


def fetch_attachments(shelf: Shelf, remote: RemoteShelf, names: Iterable[str]) -> list[str]:
    """Fetch the contents that are missing here and are there; name those that arrived whole."""
    missing = sorted(name for name in names if shelf.size(name) is None)
    there = remote.describe(missing)
    arrived = []
    for size, name in sorted((size, name) for name, (size, _) in there.items() if size is not None):
        if _fetch(shelf, remote, name, size):
            arrived.append(name)
    return arrived


def _fetch(shelf: Shelf, remote: RemoteShelf, name: str, size: int) -> bool:
    offset = shelf.part_size(name)
    while offset < size:
        data = remote.read(name, offset, PART_BYTES)
        if not data:
            return False
        offset = shelf.append(name, offset, data)
    return shelf.finish(name)
