"""Which minutes of a meeting count as signed, and what they say of a record.

Minutes name every revision that they print. Two laptops may finalise one meeting without knowing of each other: both
minutes are kept, and the record `signed_minutes`, which is the same on every laptop, says which of them were signed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collector.identity import shared_id
from sync.branches import root_of
from sync.errors import RecordUnknown
from sync.merge import RecordState, merge
from sync.revisions import ERASES, Reference, Revision
from sync.storage import Connection, Row


def signed_minutes_id(meeting: str) -> str:
    """Give the id of the record that says which minutes of a meeting were signed."""
    return shared_id("signed_minutes", meeting)


def has_minutes(connection: Connection, meeting: str) -> bool:
    """Tell whether minutes of a meeting were finalised on any laptop."""
    sql = "SELECT 1 FROM snapshot WHERE meeting = :meeting AND removed = 0 LIMIT 1"
    return connection.value(sql, {"meeting": meeting}) is not None


def list_minutes(connection: Connection, meeting: str) -> list[Row]:
    """List the finalised minutes of a meeting: those that count as signed, then those of other laptops.

    Until somebody decides, the winner of the two is shown, the same on every laptop.
    """
    sql = "SELECT * FROM snapshot WHERE meeting = :meeting AND removed = 0 ORDER BY finalised_at, id"
    rows = list(connection.rows(sql, {"meeting": meeting}))
    if len(rows) > 1:
        sql = "SELECT snapshot FROM signed_minutes WHERE meeting = :meeting AND removed = 0 ORDER BY id"
        chosen = connection.value(sql, {"meeting": meeting})
        rows.sort(key=lambda row: bool(row["id"] != chosen))
    return rows


def find_minutes(connection: Connection, meeting: str) -> Row | None:
    """Give the finalised minutes of a meeting that count as signed, or None."""
    return next(iter(list_minutes(connection, meeting)), None)


def name_revision(reference: Reference, mark: str) -> str:
    """Name a revision as minutes do: the same on every laptop, also after a fork."""
    return f"{reference._replace(epoch=root_of(reference.epoch))}/{mark}"


def read_names(minutes: Mapping[str, Any]) -> frozenset[str]:
    """Give the names of the revisions that minutes print."""
    return frozenset((minutes["revisions"] or "").split("\n"))


def is_printed(names: frozenset[str], reference: Reference, mark: str) -> bool:
    """Tell whether a revision is among these; early versions left out the mark."""
    return name_revision(reference, mark) in names or str(reference) in names


def find_signed_state(connection: Connection, meeting: str, known: Iterable[Revision]) -> RecordState | None:
    """Give a record as the signed minutes of its meeting have it, or None if they do not have it at all."""
    minutes = find_minutes(connection, meeting)
    return merge_printed(read_names(minutes), known) if minutes else None


def merge_printed(names: frozenset[str], known: Iterable[Revision]) -> RecordState | None:
    """Give a record as those of its revisions make it that minutes print, or None if there are none.

    A redaction stands for what it erased: it says anew what is kept of it.
    """
    places = frozenset("/".join(name.split("/")[:3]) for name in names)
    try:
        return merge(
            each
            for each in known
            if is_printed(names, each.reference, each.mark)
            or any(str(named.reference) in places for named in each.names(ERASES))
        )
    except RecordUnknown:
        return None
