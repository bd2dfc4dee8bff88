"""Looks what lies on a stick before anything is read: only beginnings of files, none of which is believed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from collector.clock import ZONE
from sync.sticks import StickFile, list_files


@dataclass(slots=True)
class Pile:
    """The files of a stick that name one laptop: how many, with how many revisions, and when the newest was written."""

    files: int = 0
    revisions: int = 0
    newest: datetime | None = None

    def add(self, found: StickFile) -> None:
        """Add a file."""
        self.files += 1
        self.revisions += found.header.count if found.header is not None else 0
        written = _written_at(found.path)
        if written is not None and (self.newest is None or written > self.newest):
            self.newest = written


@dataclass(slots=True)
class Looked:
    """What lies there: piles by laptop, papers, pieces of photos, and what its beginning shows to be of no use."""

    laptops: dict[str, Pile] = field(default_factory=dict)
    papers: Pile = field(default_factory=Pile)
    pieces: Pile = field(default_factory=Pile)
    useless: list[StickFile] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files there are in all."""
        piles = (self.papers, self.pieces, *self.laptops.values())
        return len(self.useless) + sum(pile.files for pile in piles)


def look_at(place: Path) -> Looked:
    """Look what lies on a stick or in a folder.

    :raises StickGone: if it is not there.
    """
    return sort_files(list_files(place))


def sort_files(files: Iterable[StickFile]) -> Looked:
    """Sort files by whose they say they are."""
    looked = Looked()
    for found in files:
        if found.header is not None:
            looked.laptops.setdefault(found.header.device, Pile()).add(found)
        elif found.problem is None:
            (looked.pieces if found.is_piece else looked.papers).add(found)
        else:
            looked.useless.append(found)
    return looked


def _written_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone(ZONE)
    except (OSError, ValueError, OverflowError):
        return None
