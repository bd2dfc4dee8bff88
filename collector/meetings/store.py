"""Meetings and the lists that belong to them: agenda, guests, counting board, opinions said in the room."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from collector.clock import local_time, now, utc_text
from collector.errors import CollectorError, RecordNotFound
from collector.query import count_records, find_record, get_record, list_records
from collector.recorder import Recorder
from collector.signed import find_minutes, has_minutes
from sync.storage import Connection, Row

PAGE_SIZE: Final = 30
SUMMARY_LIMIT: Final = 2_000
"""So many opinions fit into one printed summary."""
PARTS: Final = ("guest", "agenda_item", "attendance", "board_member", "question", "opinion")
"""Kinds whose records belong to a meeting directly."""


class RegisterMissing(CollectorError):
    """No household register is known on the day of the meeting, so nothing can be counted out of it."""

    code = "register_missing"
    status = 409


class MeetingNotReady(CollectorError):
    """The meeting is not in the state that this step needs."""

    code = "meeting_not_ready"
    status = 409


def get_meeting(connection: Connection, meeting_id: str) -> Row:
    """Give a meeting.

    :raises RecordNotFound: if it is not held or was removed.
    """
    return _show_finalised(connection, get_record(connection, "meeting", meeting_id))


def _show_finalised(connection: Connection, meeting: Row) -> Row:
    """A meeting with minutes is finalised, also when an edit that came later says that it only ended."""
    if meeting["state"] != "finalised" and has_minutes(connection, meeting["id"]):
        return {**meeting, "state": "finalised"}
    return meeting


def meeting_day(meeting: Mapping[str, Any]) -> date:
    """Give the day of a meeting in Việt Nam."""
    return local_time(meeting["starts_at"]).date()


def list_meetings(
    connection: Connection, *, unit: str = "", before: tuple[str, str] | None = None, state: str = ""
) -> list[Row]:
    """List meetings (of one village), the latest first, one page; `before` is (starts_at, id) of the last one shown."""
    where = (" AND unit = :unit" if unit else "") + (" AND state = :state" if state else "")
    if before:
        where += " AND (starts_at, id) < (:starts_at, :id)"
    rows = connection.rows(
        f"SELECT * FROM meeting WHERE removed = 0{where} ORDER BY starts_at DESC NULLS LAST, id DESC LIMIT {PAGE_SIZE}",
        {
            "unit": unit,
            "state": state,
            "starts_at": before[0] if before else "",
            "id": before[1] if before else "",
        },
    )
    return [_show_finalised(connection, row) for row in list(rows)]


def add_meeting(recorder: Recorder, unit: str, values: Mapping[str, object], record: str | None = None) -> str:
    """Record a planned meeting with the signers that the team knows; return its id."""
    known = known_posts(recorder.connection, unit)
    return recorder.add("meeting", unit, {**known, **values, "state": "planned"}, record=record)


def known_posts(connection: Connection, unit: str) -> dict[str, str]:
    """Propose chair, secretary and signers from the people of a village's team and their posts."""
    people = list_records(connection, "person", unit=unit)
    found: dict[str, str] = {}
    for person in people:
        post = (person["post"] or "").casefold()
        if post.startswith("trưởng thôn"):
            found.setdefault("village_head", person["name"])
        if "mặt trận" in post:
            found.setdefault("front_head", person["name"])
        if person["role"] == "secretary":
            found.setdefault("secretary", person["name"])
            found.setdefault("secretary_post", person["post"] or "Thư ký Tổ dân vận thôn")
        if person["role"] == "head":
            found.setdefault("chair", person["name"])
            found.setdefault("chair_post", person["post"] or "Tổ trưởng Tổ dân vận thôn")
    return found


def find_register(connection: Connection, unit: str, day: date) -> Row | None:
    """Give the newest register that was in force on a day, else the oldest later one, else None."""
    rows = list_records(connection, "register", order="as_of DESC, id", unit=unit)
    earlier = [row for row in rows if row["as_of"] <= day.isoformat()]
    return earlier[0] if earlier else (rows[-1] if rows else None)


def start_meeting(recorder: Recorder, meeting_id: str) -> None:
    """Open the meeting and freeze the register out of which everything is counted.

    :raises RegisterMissing: if the village has no register.
    """
    meeting = get_meeting(recorder.connection, meeting_id)
    register = find_register(recorder.connection, meeting["unit"], meeting_day(meeting))
    if register is None:
        raise RegisterMissing(meeting=meeting_id)
    changes: dict[str, object] = {"state": "in_session", "ended_at": None}
    if meeting["register"] is None:
        changes |= {"register": register["id"], "households_total": register["households"]}
    recorder.update("meeting", meeting_id, changes)


def end_meeting(recorder: Recorder, meeting_id: str) -> None:
    """Close the meeting now; where the clock says that it has not begun, its end is left to be entered.

    :raises MeetingNotReady: if it is not in session.
    """
    meeting = get_meeting(recorder.connection, meeting_id)
    if meeting["state"] != "in_session":
        raise MeetingNotReady(meeting=meeting_id, state=meeting["state"])
    changes: dict[str, object] = {"state": "ended"}
    moment = utc_text(now())
    if meeting["ended_at"] is None and moment > meeting["starts_at"]:
        changes["ended_at"] = moment
    recorder.update("meeting", meeting_id, changes)


def households_total(connection: Connection, meeting: Mapping[str, Any]) -> int | None:
    """Give H, the number of all households: as frozen for the meeting, else of the register in force."""
    if meeting["households_total"]:
        return int(meeting["households_total"])
    register = find_register(connection, meeting["unit"], meeting_day(meeting))
    return int(register["households"]) if register else None


def list_parts(connection: Connection, kind: str, meeting_id: str) -> list[Row]:
    """List what belongs to a meeting, in its order."""
    order = {"agenda_item": "position, id", "question": "position, id", "opinion": "number, id"}
    return list_records(connection, kind, order=order.get(kind, "first_stamp, id"), meeting=meeting_id)


def require_part(connection: Connection, kind: str, record: str, meeting_id: str) -> None:
    """Make sure that a record, removed or not, belongs to this meeting and not to another one.

    :raises RecordNotFound: if it does not.
    """
    if connection.value(f'SELECT meeting FROM "{kind}" WHERE id = :id', {"id": record}) != meeting_id:
        raise RecordNotFound(kind=kind, record=record)


def next_position(connection: Connection, kind: str, parent_field: str, parent: str, column: str = "position") -> int:
    """Give the next free place in a list; removed records keep theirs."""
    highest = connection.value(
        f'SELECT max("{column}") FROM "{kind}" WHERE "{parent_field}" = :parent', {"parent": parent}
    )
    return int(highest or 0) + 1


def add_opinion(
    recorder: Recorder, meeting: Mapping[str, Any], values: Mapping[str, object], record: str | None = None
) -> str:
    """Record what somebody said and return its id; the same id sent again adds nothing.

    The name of a speaker who does not want to be printed goes to a contact that never leaves the village.
    """
    if record is not None and is_held(recorder.connection, record):
        return record
    kept, name = split_speaker(values)
    if not kept.get("programme"):
        kept["programme"] = meeting["programme"]
    number = next_position(recorder.connection, "opinion", "meeting", meeting["id"], "number")
    named = {**kept, "meeting": meeting["id"], "number": number}
    opinion = recorder.add("opinion", meeting["unit"], named, record=record)
    if name:
        recorder.add("speaker_contact", meeting["unit"], {"opinion": opinion, "name": name})
    return opinion


def list_double_numbers(connection: Connection, meeting_id: str) -> list[int]:
    """Give the numbers that several opinions of a meeting carry, since two laptops recorded them."""
    rows = connection.rows(
        "SELECT number FROM opinion WHERE meeting = :meeting AND removed = 0"
        " GROUP BY number HAVING count(*) > 1 ORDER BY number",
        {"meeting": meeting_id},
    )
    return [row["number"] for row in rows]


def number_opinions_anew(recorder: Recorder, meeting_id: str) -> int:
    """Give every opinion whose number was given before a free one, alike on every laptop; say how many changed."""
    rows = list_records(recorder.connection, "opinion", order="first_stamp, id", meeting=meeting_id)
    free = next_position(recorder.connection, "opinion", "meeting", meeting_id, "number")
    taken: set[int] = set()
    changed = 0
    for row in rows:
        if row["number"] in taken:
            recorder.update("opinion", row["id"], {"number": free})
            free, changed = free + 1, changed + 1
        taken.add(row["number"])
    return changed


def is_held(connection: Connection, record: str) -> bool:
    """Tell whether any revision of this record is held."""
    return connection.value("SELECT 1 FROM revision WHERE record = :record", {"record": record}) is not None


def update_opinion(recorder: Recorder, opinion_id: str, values: Mapping[str, object]) -> None:
    """Change an opinion while its minutes are open; see `add_opinion` for the speaker."""
    kept, name = split_speaker(values)
    opinion = get_record(recorder.connection, "opinion", opinion_id)
    recorder.update("opinion", opinion_id, kept)
    if not name:
        return
    contacts = list_records(recorder.connection, "speaker_contact", opinion=opinion_id)
    if contacts:
        recorder.update("speaker_contact", contacts[0]["id"], {"name": name})
    else:
        recorder.add("speaker_contact", opinion["unit"], {"opinion": opinion_id, "name": name})


def split_speaker(values: Mapping[str, object]) -> tuple[dict[str, object], str]:
    """Part the name of a speaker who stays unnamed from what is stored of the opinion."""
    kept = dict(values)
    name = kept.get("speaker")
    if kept.get("anonymous") and name:
        kept["speaker"] = None
        return kept, str(name)
    return kept, ""


def list_opinions_between(connection: Connection, unit: str, since: str, until: str) -> list[Row]:
    """List the opinions of a village's meetings that began in [since, until) (UTC ISO 8601), in their order."""
    return list(
        connection.rows(
            "SELECT o.* FROM opinion o JOIN meeting m ON m.id = o.meeting AND m.removed = 0"
            " WHERE o.removed = 0 AND m.unit = :unit AND m.starts_at >= :since AND m.starts_at < :until"
            f" ORDER BY m.starts_at, m.id, o.number NULLS FIRST LIMIT {SUMMARY_LIMIT}",
            {"unit": unit, "since": since, "until": until},
        )
    )


def find_snapshot(connection: Connection, meeting_id: str) -> Row | None:
    """Give the finalised minutes of a meeting, or None; see `collector.signed` where there are several."""
    return find_minutes(connection, meeting_id)


def count_unsaved_drafts(connection: Connection, meeting_id: str) -> int:
    """Count forms of this meeting in which somebody typed words that are not saved yet."""
    found = connection.value(
        "SELECT count(DISTINCT author || form) FROM draft WHERE form LIKE :form",
        {"form": f"meeting:{meeting_id}:%"},
    )
    return int(found or 0)


def is_recorded(connection: Connection, meeting_id: str) -> bool:
    """Tell whether anything was recorded of what happened in the meeting."""
    notes = any(item["notes"] for item in list_parts(connection, "agenda_item", meeting_id))
    return notes or any(count_records(connection, kind, meeting=meeting_id) for kind in ("opinion", "question"))


def find_programme_name(connection: Connection, programme_id: str | None) -> str:
    """Give the name of a programme, or '' when there is none."""
    row = find_record(connection, "programme", programme_id) if programme_id else None
    return str(row["name"]) if row else ""
