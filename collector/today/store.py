"""What is due: read from the records of all features, told in one shape, most pressing first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from collector.clock import ZONE, local_time, utc_text
from collector.meetings.ballots import sending_deadline
from collector.meetings.papers import RESOLUTION_SERIES
from collector.opinions.store import Filters, list_overdue
from collector.programmes.store import list_programmes
from collector.rounds.retention import NOTICE
from collector.rounds.ticking import count_ticks
from collector.signed import find_minutes
from sync.storage import Connection, Row

SHOWN: Final = 5
"""So many of one sort are shown here; the rest stands on the page of its feature."""
_LOOK_BACK: Final = timedelta(days=60)
_DECISIONS_SINCE: Final = timedelta(days=30)
_REMINDED_AFTER: Final = timedelta(days=7)


class Code(StrEnum):
    """What there is to do."""

    NOT_STARTED = "not_started"
    FINISH_MINUTES = "finish_minutes"
    SEND_DECISION = "send_decision"
    OVERDUE_OPINION = "overdue_opinion"
    MISSING_DISCLOSURE = "missing_disclosure"
    BEGIN_ROUND = "begin_round"
    ASK_ROUND = "ask_round"
    CLOSE_ROUND = "close_round"
    ERASE_SHEETS = "erase_sheets"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do: what, with which record, by (or since) which day; `late` if that day passed."""

    code: Code
    record: str
    title: str
    day: date | None = None
    late: bool = False
    number: int = 0


def list_in_session(connection: Connection, unit: str) -> list[Row]:
    """List the meetings that are going on in a village, the last started first."""
    return _list_meetings(connection, unit, "state = 'in_session'", "starts_at DESC")


def find_next_meeting(connection: Connection, unit: str, today: date) -> Row | None:
    """Give the next planned meeting of today or a later day, or None."""
    condition = "(state IS NULL OR state = 'planned') AND starts_at >= :since"
    rows = _list_meetings(connection, unit, condition, "starts_at", since=_begin_of(today))
    return rows[0] if rows else None


def has_meetings(connection: Connection, unit: str) -> bool:
    """Tell whether any meeting was ever planned in a village."""
    sql = "SELECT 1 FROM meeting WHERE unit = :unit AND removed = 0 LIMIT 1"
    return connection.value(sql, {"unit": unit}) is not None


def list_due(connection: Connection, unit: str, today: date) -> list[Due]:
    """List what is due in a village on a day: late things first, then by day; at most `SHOWN` of each sort."""
    found = [
        *_list_decisions(connection, unit, today),
        *_list_unfinished(connection, unit, today),
        *_list_not_started(connection, unit, today),
        *_list_overdue(connection, unit, today),
        *_list_undisclosed(connection, unit, today),
        *_list_rounds(connection, unit, today),
        *_list_erasing(connection, unit, today),
    ]
    return sorted(found, key=lambda due: (not due.late, due.day or date.max))


def _list_decisions(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    rows = connection.rows(
        "SELECT m.id, m.starts_at, s.id AS minutes, s.number_text FROM meeting m"
        " JOIN snapshot s ON s.meeting = m.id AND s.removed = 0"
        " WHERE m.unit = :unit AND m.state IN ('ended', 'finalised') AND m.removed = 0 AND s.series = :series"
        " AND m.starts_at >= :since ORDER BY m.starts_at LIMIT :shown",
        {"unit": unit, "series": RESOLUTION_SERIES, "since": _begin_of(today - _DECISIONS_SINCE), "shown": SHOWN},
    )
    for row in list(rows):
        signed = find_minutes(connection, row["id"])
        if signed and signed["id"] != row["minutes"]:
            continue
        last = sending_deadline(connection, local_time(row["starts_at"]).date()).day
        if today <= last + _REMINDED_AFTER:
            yield Due(Code.SEND_DECISION, row["id"], row["number_text"], last, last < today)


def _list_unfinished(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    condition = (
        "state = 'ended' AND NOT EXISTS (SELECT 1 FROM snapshot s WHERE s.meeting = meeting.id AND s.removed = 0)"
    )
    for row in _list_meetings(connection, unit, condition, "starts_at"):
        day = local_time(row["starts_at"]).date()
        yield Due(Code.FINISH_MINUTES, row["id"], row["title"] or "", day, day < today - timedelta(days=1))


def _list_not_started(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    condition = "(state IS NULL OR state = 'planned') AND starts_at >= :since AND starts_at < :until"
    limits = {"since": _begin_of(today - _LOOK_BACK), "until": _begin_of(today)}
    for row in _list_meetings(connection, unit, condition, "starts_at", **limits):
        yield Due(Code.NOT_STARTED, row["id"], row["title"] or "", local_time(row["starts_at"]).date())


def _list_overdue(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    for row in list_overdue(connection, today, Filters(unit=unit), limit=SHOWN).rows:
        day = date.fromisoformat(row["due"]) if row["due"] else None
        yield Due(Code.OVERDUE_OPINION, row["id"], row["text"] or "", day, late=True)


def _list_undisclosed(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    lacking = [programme for programme in list_programmes(connection, today, units=(unit,))[0] if programme.gaps]
    for programme in lacking[:SHOWN]:
        row = programme.row
        yield Due(Code.MISSING_DISCLOSURE, row["id"], row["name"] or "", number=len(programme.gaps))


def _list_rounds(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    rows = connection.rows(
        "SELECT * FROM round WHERE unit = :unit AND removed = 0"
        " AND (state = 'open' OR (state = 'planned' AND starts_on <= :today))"
        " ORDER BY ends_on IS NULL, ends_on, id LIMIT :shown",
        {"unit": unit, "today": today.isoformat(), "shown": SHOWN},
    )
    for row in list(rows):
        title, first, last = row["title"] or "", read_day(row["starts_on"]), read_day(row["ends_on"])
        if row["state"] == "planned":
            yield Due(Code.BEGIN_ROUND, row["id"], title, first)
        elif last is not None and last < today:
            yield Due(Code.CLOSE_ROUND, row["id"], title, last, late=True)
        else:
            yield Due(Code.ASK_ROUND, row["id"], title, last, number=count_ticks(connection, row["id"]).left)


def _list_erasing(connection: Connection, unit: str, today: date) -> Iterator[Due]:
    rows = connection.rows(
        "SELECT id, title, keep_until FROM round r WHERE unit = :unit AND removed = 0"
        " AND keep_until BETWEEN :today AND :last"
        " AND (EXISTS (SELECT 1 FROM answer_sheet s WHERE s.round = r.id AND s.removed = 0)"
        " OR EXISTS (SELECT 1 FROM urn u WHERE u.round = r.id)) ORDER BY keep_until, id LIMIT :shown",
        {"unit": unit, "today": today.isoformat(), "last": (today + NOTICE).isoformat(), "shown": SHOWN},
    )
    for row in list(rows):
        yield Due(Code.ERASE_SHEETS, row["id"], row["title"] or "", read_day(row["keep_until"]))


def read_day(text: str | None) -> date | None:
    """Read a stored day, or None where there is none."""
    return date.fromisoformat(text) if text else None


def _list_meetings(connection: Connection, unit: str, condition: str, order: str, **named: str) -> list[Row]:
    sql = (
        f"SELECT * FROM meeting WHERE unit = :unit AND removed = 0 AND {condition}"
        f" ORDER BY {order} NULLS FIRST, id LIMIT {SHOWN}"
    )
    return list(connection.rows(sql, {"unit": unit, **named}))


def _begin_of(day: date) -> str:
    return utc_text(datetime.combine(day, time(), ZONE))
