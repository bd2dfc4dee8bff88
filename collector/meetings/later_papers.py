"""Papers that are made after a meeting: the summary of opinions with what became of them, and amendments.

Vietnamese like all papers; no speaker is named in a summary.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from collector.documents.content import AmendmentPaper, OpinionSummary, Person, SummaryRow
from collector.documents.parts import OpinionState
from collector.meetings.papers import SUMMARY_SERIES, TOPICS_VI, MeetingSource, issuer, person, recipients
from collector.meetings.store import meeting_day
from collector.query import list_records
from sync.storage import Connection, Row


def opinion_summary(
    connection: Connection,
    unit: Mapping[str, Any],
    opinions: list[Row],
    today: date,
    *,
    subject: str | None = None,
    period: tuple[str | None, str | None] = (None, None),
    signer: Person | None = None,
) -> OpinionSummary:
    """Make a summary of opinions with what became of each; no speaker is named in it."""
    return OpinionSummary(
        issuer=issuer(unit),
        issued_on=today.isoformat(),
        rows=tuple(_summary_row(connection, row, today, place) for place, row in enumerate(opinions, start=1)),
        number_suffix=SUMMARY_SERIES,
        is_demo=bool(unit["demo"]),
        meeting_subject=subject,
        period_from_on=period[0],
        period_to_on=period[1],
        signer=signer,
        recipients=(f"UBND {issuer(unit).commune_name}", "Lưu: hồ sơ thôn"),
    )


def _summary_row(connection: Connection, row: Row, today: date, place: int) -> SummaryRow:
    found = list_records(connection, "follow_up", opinion=row["id"])
    follow: Mapping[str, Any] = found[0] if found else {}
    meeting = connection.row("SELECT starts_at FROM meeting WHERE id = :id", {"id": row["meeting"]})
    due = follow.get("deadline") or row["deadline"]
    state: OpinionState = follow.get("state") or "new"
    return SummaryRow(
        number=place,
        text=row["text"],
        state=state,
        meeting_on=meeting_day(meeting).isoformat() if meeting else None,
        topic=TOPICS_VI.get(row["topic"]) if row["topic"] else None,
        agency=follow.get("agency") or row["agency"],
        due_on=due,
        is_overdue=bool(due and due < today.isoformat() and state not in ("replied", "told")),
        reply=follow.get("reply") or row["answer"],
        replied_on=follow.get("replied_on"),
        told_on=follow.get("told_on"),
    )


def amendment_paper(source: MeetingSource, amendment: Mapping[str, Any], snapshot: Mapping[str, Any]) -> AmendmentPaper:
    """Make the amendment to finalised minutes; it names the minutes by number and hash."""
    meeting = source.meeting
    title = "nghị quyết" if source.is_deciding else "biên bản"
    signers = (person(meeting["secretary"], "Thư ký"), person(meeting["chair"], "Chủ trì"))
    return AmendmentPaper(
        issuer=issuer(source.unit),
        issued_on=amendment["made_on"],
        number_suffix="BS-" + str(snapshot["series"]),
        amended_title=f"{title} số {snapshot['number_text']} về việc {meeting['title']}",
        amended_sha256=snapshot["paper_sha256"],
        reason=amendment["reason"],
        text=amendment["text"],
        signers=tuple(filter(None, signers)),
        amended_on=source.day.isoformat(),
        amended_snapshot_id=snapshot["id"],
        is_demo=bool(source.unit["demo"]),
        number=amendment["number"],
        recipients=recipients(source),
    )

