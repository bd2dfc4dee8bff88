"""What became of opinions: one follow-up per opinion, and whom to ask about it.

One follow-up per opinion: its id is derived from the opinion's id (UUID version 5), so that two laptops that follow
up the same opinion apart from each other write one record, whose fields merge, and never two that contradict. The
same goes for the contact of the speaker. The opinion itself is locked with its minutes; agency and deadline of the
follow-up take the place of its own once they are given.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from collector.clock import local_time
from collector.errors import RecordInvalid
from collector.kinds import FieldError
from collector.opinions.lists import (
    FOLLOWED,
    NAMED,
    PAGE,
    SELECT,
    Count,
    Page,
    count_by_state,
    list_agencies,
    list_opinions,
    list_overdue,
)
from collector.opinions.records import STATES
from collector.opinions.sources import COLUMNS, OPEN_STATES, OVERDUE, Filters
from collector.query import find_record, get_record, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row

__all__ = [
    "COLUMNS", "OVERDUE", "PAGE", "Count", "Filters", "Page", "count_by_state", "find_contact", "find_follow_up",
    "follow_up_id", "get_opinion", "is_overdue", "is_told_late", "list_agencies", "list_opinions",
    "list_opinions_of_meeting", "list_overdue", "save_contact", "save_follow_up",
]  # fmt: skip

TELL_WITHIN_DAYS: Final = 7
"""After so many days with a reply that people were not told of, the page says so."""
_NAMESPACE: Final = UUID("6f0b1f3e-5d0f-5c1b-9a63-0d8f4c0e7a21")
_ORDER: Final = tuple(state.code for state in STATES)
_REACHED: Final = (("told_on", "told"), ("replied_on", "replied"), ("reply", "replied"), ("forwarded_on", "forwarded"))


def follow_up_id(opinion: str) -> str:
    """Give the id of the one follow-up of an opinion."""
    return str(uuid5(_NAMESPACE, f"follow_up/{opinion}"))


def get_opinion(connection: Connection, opinion: str) -> Row:
    """Give an opinion with the names of its meeting and programme and where its follow-up stands.

    :raises RecordNotFound: if there is no such opinion.
    """
    get_record(connection, "opinion", opinion)
    state = (
        "CASE WHEN EXISTS (SELECT 1 FROM snapshot s WHERE s.meeting = m.id AND s.removed = 0)"
        " THEN 'finalised' ELSE m.state END"
    )
    sql = f"{SELECT}, {state} AS meeting_state FROM opinion o{FOLLOWED}{NAMED} WHERE o.id = :opinion"
    found = connection.row(sql, {"opinion": opinion})
    assert found is not None
    return found


def list_opinions_of_meeting(connection: Connection, meeting: str) -> list[Row]:
    """List all opinions of a meeting by number, each with where its follow-up stands."""
    sql = f"{SELECT} FROM opinion o{FOLLOWED}{NAMED} WHERE o.meeting = :meeting AND o.removed = 0"
    sql = f"{sql} ORDER BY o.number NULLS FIRST, o.id"
    rows = {row["id"]: row for row in connection.rows(sql, {"meeting": meeting})}
    return list(rows.values())


def find_follow_up(connection: Connection, opinion: str) -> Row | None:
    """Give the follow-up of an opinion, or None if nobody followed it up yet."""
    found = find_record(connection, "follow_up", follow_up_id(opinion))
    return found or next(iter(list_records(connection, "follow_up", opinion=opinion)), None)


def save_follow_up(recorder: Recorder, opinion: Row, values: Mapping[str, object]) -> str:
    """Record how far an opinion was followed up and return the id of the follow-up.

    The state is never behind the days that are given: with a day of the reply it is at least "replied".

    :raises RecordInvalid: if a value breaks the declaration, or a deadline is not after the day of the meeting.
    """
    meeting = find_record(recorder.connection, "meeting", opinion["meeting"])
    deadline = values.get("deadline")
    if deadline and meeting and str(deadline) <= local_time(meeting["starts_at"]).date().isoformat():
        raise RecordInvalid("follow_up", [FieldError("deadline", "before_meeting", {})])
    known = find_follow_up(recorder.connection, opinion["id"])
    complete = {"opinion": opinion["id"], **values, "state": reach_state(values, (known or {}).get("state"))}
    return _save(recorder, "follow_up", opinion, known, complete)


def reach_state(values: Mapping[str, object], known: str | None = None) -> str:
    """Give the state of a follow-up: as chosen, but not behind what its days say."""
    chosen = str(values.get("state") or known or _ORDER[0])
    reached = next((state for name, state in _REACHED if values.get(name)), _ORDER[0])
    if chosen not in _ORDER:
        return chosen
    return max(chosen, reached, key=_ORDER.index)


def is_overdue(opinion: Mapping[str, object], today: date) -> bool:
    """Tell whether the deadline of a listed opinion passed without a reply."""
    due = opinion["due"]
    is_open = opinion["state"] in OPEN_STATES and not opinion["replied_on"]
    return bool(due and is_open and str(due) < today.isoformat())


def is_told_late(opinion: Mapping[str, object], today: date) -> bool:
    """Tell whether a reply came over a week ago and the people were not told of it yet."""
    replied_on = opinion["replied_on"]
    if opinion["state"] != "replied" or not replied_on:
        return False
    return (today - date.fromisoformat(str(replied_on))).days > TELL_WITHIN_DAYS


def find_contact(connection: Connection, opinion: str) -> Row | None:
    """Give the private contact of whoever spoke, or None."""
    return next(iter(list_records(connection, "speaker_contact", opinion=opinion)), None)


def save_contact(recorder: Recorder, opinion: Row, values: Mapping[str, object]) -> str:
    """Record whom to ask about an opinion; the record never leaves the village. Return its id."""
    known = find_contact(recorder.connection, opinion["id"])
    return _save(recorder, "speaker_contact", opinion, known, {"opinion": opinion["id"], **values})


def _save(recorder: Recorder, kind: str, opinion: Row, known: Row | None, values: Mapping[str, object]) -> str:
    if known is not None:
        recorder.update(kind, known["id"], values)
        return str(known["id"])
    record = str(uuid5(_NAMESPACE, f"{kind}/{opinion['id']}"))
    sql = f"SELECT 1 FROM {kind} WHERE id = :record AND removed = 1"
    if recorder.connection.value(sql, {"record": record}):
        recorder.restore(kind, record)
        recorder.update(kind, record, values)
        return record
    return recorder.add(kind, opinion["unit"], values, record)
