"""Attachments in memory, and the way to those of the centre."""

import hashlib


class MemoryShelf:
    """Contents in memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.parts: dict[str, bytes] = {}

    def add(self, data: bytes) -> str:
        """Keep a content; give its name."""
        name = hashlib.sha256(data).hexdigest()
        self.contents[name] = data
        return name

    def size(self, name: str) -> int | None:
        """Give the size of a complete content, None if it is not here."""
        return len(self.contents[name]) if name in self.contents else None

    def part_size(self, name: str) -> int:
        """Give how many bytes of an incomplete content are here."""
        return len(self.parts.get(name, b""))

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part of a complete content."""
        return self.contents[name][offset : offset + length]

    def append(self, name: str, offset: int, data: bytes) -> int:
        """Add to an incomplete content if it ends at `offset`; give how long it is now."""
        known = self.parts.get(name, b"")
        if offset == len(known):
            self.parts[name] = known + data
        return len(self.parts.get(name, b""))

    def finish(self, name: str) -> bool:
        """Keep an incomplete content as complete if its hash is its name, else throw it away; tell which."""
        data = self.parts.pop(name, b"")
        if hashlib.sha256(data).hexdigest() != name:
            return False
        self.contents[name] = data
        return True
