"""Temporary."""
from dataclasses import dataclass
@dataclass(frozen=True)
class Entry:
    code: str
    words: str
ITEMS = tuple(Entry(str(n), f"Item {n}") for n in range(1, 15))
FORMS = tuple(Entry(str(n), f"Form {n}") for n in range(1, 11))
