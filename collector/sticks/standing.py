"""How photos and scans stand with the centre, for pages: nothing here loads what seals or opens them."""

from pathlib import Path
from typing import NamedTuple

from collector.attachments.files import PARTS, Files
from collector.attachments.naming import list_named
from collector.attachments.shelf import CARRIED
from collector.replication.journal import list_unshelved
from sync.storage import Connection


class Standing(NamedTuple):
    """How many contents are only here as far as is known, how many the centre has, and how many are not here yet."""

    only_here: int
    received: int
    missing: int


def find_standing(connection: Connection, root: Path) -> Standing:
    """Count the contents that records name."""
    named = set(list_named(connection))
    here = named & Files(root).list_names()
    only_here = here & set(list_unshelved(connection))
    return Standing(len(only_here), len(here - only_here), len(named - here))


def count_carried(root: Path) -> int:
    """Count the sealed pieces of contents that are carried for others."""
    place = root / PARTS / CARRIED
    return sum(1 for _ in place.iterdir()) if place.is_dir() else 0
