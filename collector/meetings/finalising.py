"""Finalising: what is printed is fixed for ever, with its hash, its number, its PDF and the revisions behind it.

The papers are made and rendered before the transaction; inside it they are made again and must be the same bytes,
so that nothing that arrived in between can be signed unseen and the database is not locked while pages are drawn.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from uuid6 import uuid7

from collector.attachments.files import Files
from collector.clock import now, utc_text
from collector.documents import PdfUnavailable, render_pdf
from collector.documents.content import Paper, read_paper
from collector.drafts.store import wipe_drafts_under
from collector.errors import CollectorError
from collector.meetings import later_papers, papers
from collector.meetings.late import list_revisions
from collector.meetings.store import (
    MeetingNotReady,
    find_snapshot,
    get_meeting,
    is_held,
    is_recorded,
    list_double_numbers,
    next_position,
)
from collector.meetings.votes import QuestionResult
from collector.query import get_record, list_records
from collector.recorder import Recorder
from collector.signed import signed_minutes_id
from sync.storage import Connection, Row

ATTEMPTS: Final = 3
BOARD_AND_WITNESSES: Final = 5
"""At least three on the counting board and two witnesses (Decree 59/2023)."""


class MinutesChanged(CollectorError):
    """Something of the meeting changed while its minutes were finalised."""

    code = "minutes_changed"
    status = 409


@dataclass(frozen=True, slots=True)
class Printed:
    """One document of a meeting: its name, its paper, and its PDF when the engine is there."""

    document: str
    name: str
    paper: Paper
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing before minutes can be finalised; `blocking` says whether it must be mended."""

    code: str
    blocking: bool


Recording = Callable[[], AbstractContextManager[Recorder]]
Reading = Callable[[], AbstractContextManager[Connection]]


def list_gaps(connection: Connection, meeting: Row) -> list[Gap]:
    """List what is missing before the minutes of a meeting can be finalised, what blocks first."""
    source = papers.MeetingSource(connection, meeting)
    blocking = {
        "no_secretary": not meeting["secretary"],
        "no_chair": not meeting["chair"],
        "not_ended": not meeting["ended_at"],
        "nothing_recorded": not is_recorded(connection, meeting["id"]),
        "no_register": source.total is None,
        "not_counted": any(not each.is_counted for each in source.results),
        "too_many": is_over_register(source),
    }
    gaps = [Gap(code, True) for code, missing in blocking.items() if missing]
    signers = ("village_head", "front_head", "representative_1", "representative_2")
    if source.is_deciding and not all(meeting[name] for name in signers):
        gaps.append(Gap("no_signers", False))
    is_secret = any(each.question["voting"] == "secret_ballot" for each in source.results)
    if is_secret and len(source.board) < BOARD_AND_WITNESSES:
        gaps.append(Gap("no_board", False))
    if list_double_numbers(connection, meeting["id"]):
        gaps.append(Gap("double_numbers", False))
    if source.counts.represented == 0:
        gaps.append(Gap("no_attendance", False))
    return gaps


def is_over_register(source: papers.MeetingSource) -> bool:
    """Whether more households are represented, or in favour of anything, than the register has."""
    total = source.total
    if total is None:
        return False
    votes_for = [option.yes for result in source.results for option in result.options]
    return source.counts.represented > total or any(yes > total for yes in votes_for)


def make_papers(connection: Connection, meeting: Row, number: int | None) -> list[Printed]:
    """Make every paper that is finalised with a meeting: minutes or resolution, attendance, tallies."""
    source = papers.MeetingSource(connection, meeting)
    made = [Printed(source.document, source.document, papers.meeting_paper(source, number))]
    if source.rows:
        made.append(Printed("attendance", "attendance", papers.attendance_sheet(source, blank=False)))
    made.extend(
        Printed("tally", f"tally-{place}", papers.tally_paper(source, result))
        for place, result in enumerate(source.results, start=1)
        if result.is_counted and has_tally(source, result)
    )
    return made


def has_tally(source: papers.MeetingSource, result: QuestionResult) -> bool:
    """Whether the count has a paper of its own (form 02): ballots, or hands counted by a board."""
    return result.question["voting"] == "secret_ballot" or bool(source.board)


def next_number(connection: Connection, unit: str, year: int, series: str) -> int:
    """Give the next number of a series in a year; numbers start again on 1 January."""
    highest = connection.value(
        "SELECT max(number) FROM snapshot WHERE unit = :unit AND year = :year AND series = :series",
        {"unit": unit, "year": year, "series": series},
    )
    return int(highest or 0) + 1


def finalise_meeting(reading: Reading, recording: Recording, files: Files, meeting_id: str) -> str:
    """Fix the minutes of a meeting and return the id of the snapshot.

    :raises MeetingNotReady: if something blocking is missing, or they are finalised already.
    :raises MinutesChanged: if the meeting keeps changing meanwhile.
    """
    snapshot_id = str(uuid7())
    for _ in range(ATTEMPTS):
        with reading() as connection:
            meeting = _ready_meeting(connection, meeting_id)
            number, _, _ = _number_of(connection, meeting)
            made = make_papers(connection, meeting, number)
        printed = [_render(each, snapshot_id) for each in made]
        stored = {each.name: _store_files(files, each) for each in printed}
        with recording() as recorder:
            meeting = _ready_meeting(recorder.connection, meeting_id)
            number, year, series = _number_of(recorder.connection, meeting)
            again = make_papers(recorder.connection, meeting, number)
            if [each.paper.to_json() for each in again] != [each.paper.to_json() for each in made]:
                continue
            _record_snapshot(recorder, meeting, snapshot_id, printed, (number, year, series))
            wipe_drafts_under(recorder.connection, f"meeting:{meeting_id}")
            for each in printed:
                _record_files(recorder, meeting["unit"], "snapshot", snapshot_id, each, stored[each.name])
            return snapshot_id
    raise MinutesChanged(meeting=meeting_id)


def _ready_meeting(connection: Connection, meeting_id: str) -> Row:
    meeting = get_meeting(connection, meeting_id)
    blocking = [gap.code for gap in list_gaps(connection, meeting) if gap.blocking]
    if blocking or find_snapshot(connection, meeting_id) is not None:
        raise MeetingNotReady(meeting=meeting_id, missing=blocking or ["finalised"])
    return meeting


def _number_of(connection: Connection, meeting: Row) -> tuple[int, int, str]:
    source = papers.MeetingSource(connection, meeting)
    year = source.day.year
    return next_number(connection, meeting["unit"], year, source.series), year, source.series


def _render(made: Printed, snapshot_id: str) -> Printed:
    try:
        pdf = render_pdf(made.document, made.paper, draft=False, snapshot_id=snapshot_id)
    except PdfUnavailable:
        return made
    return Printed(made.document, made.name, made.paper, pdf)


def _store_files(files: Files, printed: Printed) -> dict[str, str]:
    stored = {"paper": files.add(printed.paper.to_json())}
    if printed.pdf is not None:
        stored["pdf"] = files.add(printed.pdf)
    return stored


def _record_snapshot(
    recorder: Recorder, meeting: Row, snapshot_id: str, printed: list[Printed], number: tuple[int, int, str]
) -> None:
    # The meeting is closed first, so that the list of revisions holds that one too.
    recorder.update("meeting", meeting["id"], {"state": "finalised"})
    values: dict[str, Any] = {
        "meeting": meeting["id"],
        "number": number[0],
        "year": number[1],
        "series": number[2],
        "number_text": f"{number[0]:02d}/{number[2]}",
        "finalised_at": utc_text(now()),
        "paper_sha256": printed[0].paper.sha256,
        "revisions": "\n".join(list_revisions(recorder.connection, meeting["id"])),
    }
    recorder.add("snapshot", meeting["unit"], values, record=snapshot_id)
    signed = {"meeting": meeting["id"], "snapshot": snapshot_id}
    recorder.add("signed_minutes", meeting["unit"], signed, record=signed_minutes_id(meeting["id"]))


def _record_files(
    recorder: Recorder, unit: str, owner_kind: str, owner: str, printed: Printed, stored: dict[str, str]
) -> None:
    shapes = {
        "paper": ("application/json", f"{printed.name}.json", len(printed.paper.to_json())),
        "pdf": ("application/pdf", f"{printed.name}.pdf", len(printed.pdf or b"")),
    }
    for role, sha256 in stored.items():
        media_type, name, size = shapes[role]
        values = {
            "owner_kind": owner_kind,
            "owner": owner,
            "role": role,
            "document": printed.name,
            "sha256": sha256,
            "size_bytes": size,
            "media_type": media_type,
            "name": name,
        }
        recorder.add("attachment", unit, values)


def amend_minutes(
    reading: Reading,
    recording: Recording,
    files: Files,
    meeting_id: str,
    typed: Mapping[str, Any],
    record: str | None = None,
) -> str:
    """Add an amendment with its reason to finalised minutes and print it; return its id.

    The same `record` sent again adds nothing. The number is looked at again when the amendment is recorded, so that
    two amendments made at once never carry the same one.

    :raises MeetingNotReady: if the minutes are not finalised.
    :raises MinutesChanged: if others keep amending them meanwhile.
    """
    amendment_id = record or str(uuid7())
    for _ in range(ATTEMPTS):
        with reading() as connection:
            if is_held(connection, amendment_id):
                return amendment_id
            meeting = get_meeting(connection, meeting_id)
            snapshot = find_snapshot(connection, meeting_id)
            if snapshot is None:
                raise MeetingNotReady(meeting=meeting_id, missing=["not_finalised"])
            values = {
                "meeting": meeting_id,
                "snapshot": snapshot["id"],
                "number": next_position(connection, "amendment", "meeting", meeting_id, "number"),
                "reason": typed["reason"],
                "text": typed["text"],
                "made_on": typed["made_on"],
            }
            paper = later_papers.amendment_paper(papers.MeetingSource(connection, meeting), values, snapshot)
        printed = _render(Printed("amendment", "amendment", paper), amendment_id)
        stored = _store_files(files, printed)
        with recording() as recorder:
            if is_held(recorder.connection, amendment_id):
                return amendment_id
            if next_position(recorder.connection, "amendment", "meeting", meeting_id, "number") != values["number"]:
                continue
            recorder.add("amendment", meeting["unit"], values, record=amendment_id)
            _record_files(recorder, meeting["unit"], "amendment", amendment_id, printed, stored)
            return amendment_id
    raise MinutesChanged(meeting=meeting_id)


def read_finalised(connection: Connection, files: Files, owner: str, name: str, role: str = "pdf") -> bytes | None:
    """Give the stored bytes of a finalised document, or None where it was never rendered or has not come here yet."""
    for row in list_records(connection, "attachment", owner=owner, role=role, document=name):
        if files.size(row["sha256"] or "") is not None:
            return files.read(row["sha256"])
    return None


def is_awaited(connection: Connection, files: Files, owner: str, name: str) -> bool:
    """Tell whether a finalised document has not come to this computer yet, neither as data nor as PDF."""
    rows = [
        row
        for role in ("paper", "pdf")
        for row in list_records(connection, "attachment", owner=owner, role=role, document=name)
    ]
    return bool(rows) and all(files.size(row["sha256"] or "") is None for row in rows)


def list_amendments(connection: Connection, meeting_id: str) -> list[Row]:
    """List the amendments of a meeting's minutes by number."""
    return list_records(connection, "amendment", order="number, id", meeting=meeting_id)


def list_double_amendments(amendments: Iterable[Row]) -> list[int]:
    """Give the numbers that several amendments of a meeting carry: two laptops made them without knowing of it."""
    counts = Counter(row["number"] for row in amendments)
    return sorted(number for number, count in counts.items() if count > 1)


def minutes_pdf(connection: Connection, files: Files, meeting_id: str) -> bytes:
    """Give the PDF of the minutes: the signed one when they are finalised and have come here, else a draft.

    :raises PdfUnavailable: if a draft cannot be drawn on this computer.
    """
    meeting = get_record(connection, "meeting", meeting_id)
    source = papers.MeetingSource(connection, meeting)
    snapshot = find_snapshot(connection, meeting_id)
    if snapshot is not None and not is_awaited(connection, files, snapshot["id"], source.document):
        stored = read_finalised(connection, files, snapshot["id"], source.document)
        if stored is not None:
            return stored
        signed = read_finalised(connection, files, snapshot["id"], source.document, role="paper")
        paper = read_paper(signed) if signed else papers.meeting_paper(source, snapshot["number"])
        return render_pdf(source.document, paper, draft=False, snapshot_id=snapshot["id"])
    return render_pdf(source.document, papers.meeting_paper(source), draft=True)


def has_signed_minutes(connection: Connection, files: Files, meeting_id: str) -> bool:
    """Tell whether the minutes of a meeting are finalised and have come to this computer."""
    snapshot = find_snapshot(connection, meeting_id)
    document = papers.MeetingSource(connection, get_record(connection, "meeting", meeting_id)).document
    return snapshot is not None and not is_awaited(connection, files, snapshot["id"], document)
