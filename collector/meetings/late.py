"""What is not in the signed minutes of a meeting: what came later, and what only the minutes of another laptop have.

Minutes name the revisions that they print. Whatever else is known of the meeting and of its parts arrived afterwards;
it is marked, and an amendment can take it up. What changes nothing of what was signed is not mentioned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from collector.meetings.store import PARTS
from collector.signed import find_minutes, is_printed, merge_printed, name_revision, read_names
from sync.log import read_revisions
from sync.merge import RecordState, merge
from sync.revisions import REMOVED, Reference, Value, make_mark
from sync.storage import Connection, Row

_RECORDS: Final = " UNION ALL ".join(
    [
        "SELECT :meeting",
        *(f"SELECT id FROM {kind} WHERE meeting = :meeting" for kind in PARTS),
        *(
            f"SELECT p.id FROM {kind} p JOIN question q ON q.id = p.question WHERE q.meeting = :meeting"
            for kind in ("option", "tally")
        ),
    ]
)
"""The ids of a meeting and of everything that belongs to it and can be printed, removed ones too."""


@dataclass(frozen=True, slots=True)
class Late:
    """A record that is not now as the signed minutes have it.

    `changes` are (field, signed value, value now); they are empty for a record that the minutes do not have at all.
    """

    kind: str
    record: str
    stamp: int
    is_new: bool
    is_removed: bool
    changes: tuple[tuple[str, Value, Value], ...]


def list_revisions(connection: Connection, meeting_id: str) -> list[str]:
    """Name every revision of a meeting and of its parts, sorted."""
    return sorted(name_revision(_reference(row), make_mark(row["body_hash"])) for row in _rows(connection, meeting_id))


def _rows(connection: Connection, meeting_id: str) -> Iterable[Row]:
    return connection.rows(
        "SELECT record, kind, stamp, device, epoch, sequence, body_hash FROM revision"
        f" WHERE record IN ({_RECORDS}) AND body IS NOT NULL",
        {"meeting": meeting_id},
    )


def _reference(row: Row) -> Reference:
    return Reference(row["device"], row["epoch"], row["sequence"])


def list_late(connection: Connection, minutes: Mapping[str, Any]) -> list[Late]:
    """List what of a meeting is not in these minutes of it, in the order in which it was written."""
    names = read_names(minutes)
    unprinted = {
        row["record"]
        for row in _rows(connection, minutes["meeting"])
        if not is_printed(names, _reference(row), make_mark(row["body_hash"]))
    }
    found = (_compare(connection, names, record) for record in sorted(unprinted))
    return sorted((late for late in found if late is not None), key=lambda late: (late.stamp, late.record))


def is_late(connection: Connection, meeting: str, record: str) -> bool:
    """Tell whether a record of a finalised meeting is not in its signed minutes, or not as they have it."""
    minutes = find_minutes(connection, meeting)
    return minutes is not None and any(late.record == record for late in list_late(connection, minutes))


def _compare(connection: Connection, names: frozenset[str], record: str) -> Late | None:
    known = read_revisions(connection, record)
    state, signed = merge(known), merge_printed(names, known)
    if signed is None or signed.removed:
        return None if state.removed else Late(state.kind, record, state.last.stamp, True, False, ())
    changes = tuple(_list_changes(signed, state))
    if not changes and not state.removed:
        return None
    return Late(state.kind, record, state.last.stamp, False, state.removed, changes)


def _list_changes(signed: RecordState, state: RecordState) -> Iterable[tuple[str, Value, Value]]:
    for name in sorted(set(signed.values) | set(state.values)):
        before, after = signed.values.get(name), state.values.get(name)
        if name != REMOVED and (type(before), before) != (type(after), after):
            yield name, before, after


class Marks(NamedTuple):
    """What the list of meetings says of finalised minutes."""

    has_late: bool
    has_double_number: bool


def list_marks(connection: Connection, meetings: Iterable[Mapping[str, Any]]) -> dict[str, Marks]:
    """Say of which meetings something is not in the signed minutes, and whose number was given twice."""
    found = {}
    for meeting in meetings:
        minutes = find_minutes(connection, meeting["id"]) if meeting["state"] == "finalised" else None
        if minutes is not None:
            is_double = bool(list_same_number(connection, minutes))
            found[meeting["id"]] = Marks(bool(list_late(connection, minutes)), is_double)
    return found


def list_same_number(connection: Connection, minutes: Mapping[str, Any]) -> list[Row]:
    """List other finalised minutes that carry the same printed number; they are flagged, never renumbered."""
    rows = connection.rows(
        "SELECT * FROM snapshot WHERE removed = 0 AND unit = :unit AND year = :year AND number = :number"
        " AND number_text = :number_text AND id <> :id ORDER BY finalised_at, id",
        {name: minutes[name] for name in ("unit", "year", "number", "number_text", "id")},
    )
    return list(rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """A record of a meeting as each of several minutes has it, None where they do not have it."""

    kind: str
    record: str
    states: tuple[RecordState | None, ...]


def compare_minutes(connection: Connection, versions: Sequence[Mapping[str, Any]]) -> list[Compared]:
    """List the records that several minutes of one meeting have differently, in the order in which they were made."""
    names = [read_names(each) for each in versions]
    differing: dict[str, None] = {}
    for row in _rows(connection, versions[0]["meeting"]):
        has = [is_printed(each, _reference(row), make_mark(row["body_hash"])) for each in names]
        if any(has) and not all(has):
            differing[row["record"]] = None
    found = []
    for record in differing:
        known = read_revisions(connection, record)
        states = tuple(_without_removed(merge_printed(each, known)) for each in names)
        if len({_content(state) for state in states}) > 1:
            found.append((merge(known).first_stamp, Compared(known[0].body.kind, record, states)))
    return [compared for _stamp, compared in sorted(found, key=lambda each: (each[0], each[1].record))]


def _without_removed(state: RecordState | None) -> RecordState | None:
    return None if state is None or state.removed else state


def _content(state: RecordState | None) -> frozenset[tuple[str, str, Value]]:
    if state is None:
        return frozenset()
    return frozenset(
        (name, type(value).__name__, value)
        for name, value in state.values.items()
        if value is not None and name != REMOVED
    )
