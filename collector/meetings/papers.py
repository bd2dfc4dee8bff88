"""Turns what is recorded of a meeting into the papers that are printed.

A paper holds exactly what is printed: a speaker who stays unnamed, telephone numbers and notes of the team never get
here. Papers are always Vietnamese, whatever the language of the screen.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from collector.clock import local_time
from collector.documents.content import (
    AgendaItem,
    AttendanceRow,
    AttendanceSheet,
    CountingBoard,
    InvitationPaper,
    Issuer,
    MeetingPaper,
    OpinionEntry,
    Person,
    Representative,
    TallyPaper,
    Turnout,
)
from collector.law.working_days import Deadline
from collector.meetings.attendance import Counts, HouseholdRow, count_attendance, list_attendance
from collector.meetings.ballots import question_entry, sending_deadline
from collector.meetings.store import (
    find_programme_name,
    find_register,
    households_total,
    list_parts,
    meeting_day,
)
from collector.meetings.votes import QuestionResult, list_results
from collector.query import get_record
from sync.storage import Connection, Row

MINUTES_SERIES: Final = "BB-TDV"
RESOLUTION_SERIES: Final = "NQ-CĐDC"
INVITATION_SERIES: Final = "GM-TDV"
SUMMARY_SERIES: Final = "BC-TDV"
DECIDING: Final = ("community",)
TOPICS_VI: Final = {
    "land": "Đất đai, rừng",
    "infrastructure": "Đường, nước, điện",
    "livelihood": "Sản xuất, sinh kế",
    "policy": "Chính sách, hỗ trợ",
    "health_school": "Y tế, giáo dục",
    "environment": "Môi trường",
    "security": "An ninh, trật tự",
    "culture": "Văn hóa, phong tục",
    "government": "Hoạt động của chính quyền",
    "other": "Nội dung khác",
}


class MeetingSource:
    """Everything that the papers of one meeting are made from, read once."""

    def __init__(self, connection: Connection, meeting: Row) -> None:
        self.connection = connection
        self.meeting = meeting
        self.unit = get_record(connection, "unit", meeting["unit"])
        self.total = households_total(connection, meeting)
        self.rows: list[HouseholdRow] = list_attendance(connection, meeting)
        self.counts: Counts = count_attendance(self.rows, meeting, self.total)
        self.results: list[QuestionResult] = list_results(connection, meeting, self.counts.represented)
        self.opinions = list_parts(connection, "opinion", meeting["id"])
        self.board = list_parts(connection, "board_member", meeting["id"])

    @property
    def is_deciding(self) -> bool:
        """Whether the minutes are a resolution of a meeting that decides."""
        return self.meeting["meeting_type"] in DECIDING

    @property
    def document(self) -> str:
        """The name of the main document."""
        return "resolution" if self.is_deciding else "minutes"

    @property
    def series(self) -> str:
        """The letters after the number of the minutes."""
        return RESOLUTION_SERIES if self.is_deciding else (self.unit["number_suffix"] or MINUTES_SERIES)

    @property
    def sending(self) -> Deadline | None:
        """The day by which a decision must reach the commune; None where nothing was decided."""
        counted = any(each.is_counted and each.rule for each in self.results)
        return sending_deadline(self.connection, self.day) if counted else None

    @property
    def day(self) -> date:
        """The day of the meeting."""
        return meeting_day(self.meeting)


def issuer(unit: Mapping[str, Any]) -> Issuer:
    """Give the head of a paper: commune over village."""
    commune = str(unit["commune_name"])
    village = str(unit["name"])
    kind, _, place = commune.partition(" ")
    first = village.partition(" ")[0].casefold()
    return Issuer(
        commune_name=f"{kind.casefold()} {place}" if place else commune,
        village_name=village[0].lower() + village[1:] if first in ("thôn", "làng", "bản", "tổ") else f"thôn {village}",
        place_name=place or commune,
    )


def person(name: str | None, post: str | None = "") -> Person | None:
    """Give a named person, or None when there is no name."""
    return Person(name=name, post=post or "") if name else None


def local_text(instant: str | None) -> str | None:
    """Write a stored instant as papers take it: local time to the minute."""
    return local_time(instant).strftime("%Y-%m-%dT%H:%M") if instant else None


def turnout(source: MeetingSource) -> Turnout:
    """Give the counts of households and people at the meeting."""
    counts, meeting = source.counts, source.meeting
    register = find_register(source.connection, meeting["unit"], source.day)
    if meeting["register"]:
        register = get_record(source.connection, "register", meeting["register"])
    return Turnout(
        households_total=source.total or 0,
        register_on=register["as_of"] if register else None,
        households_represented=counts.represented,
        households_not_represented=counts.not_represented,
        women_representatives=counts.women if counts.people else None,
        men_representatives=counts.men if counts.people else None,
        people_present=counts.people or None,
    )


def meeting_paper(source: MeetingSource, number: int | None = None) -> MeetingPaper:
    """Make the minutes or the resolution of a meeting."""
    meeting = source.meeting
    programme = find_programme_name(source.connection, meeting["programme"])
    board = [row for row in source.board if row["role"] in ("leader", "member")]
    return MeetingPaper(
        issuer=issuer(source.unit),
        kind=meeting["meeting_type"],
        number_suffix=source.series,
        subject=meeting["title"],
        place=meeting["place"],
        started_local=local_text(meeting["starts_at"]) or "",
        turnout=turnout(source),
        is_demo=bool(source.unit["demo"]),
        number=number,
        issued_on=source.day.isoformat() if source.is_deciding else None,
        ended_local=local_text(meeting["ended_at"]),
        chair=person(meeting["chair"], meeting["chair_post"]),
        secretary=person(meeting["secretary"], meeting["secretary_post"]),
        village_head_name=meeting["village_head"],
        front_head_name=meeting["front_head"],
        household_signer_names=tuple(filter(None, (meeting["representative_1"], meeting["representative_2"]))),
        guests=guests(source, only_present=True),
        programmes=(programme,) if programme else (),
        attendance=(),
        agenda=tuple(
            AgendaItem(
                position=place, title=row["title"], presenter=row["presenter"] or None, notes=row["notes"] or ""
            )
            for place, row in enumerate(list_parts(source.connection, "agenda_item", meeting["id"]), start=1)
        ),
        opinions=opinion_entries(source),
        questions=tuple(
            question_entry(source.connection, result, source.counts, source.day, place)
            for place, result in enumerate(source.results, start=1)
            if result.is_counted
        ),
        counting_board=_board(board),
        witness_names=_witnesses(source),
        conclusion=meeting["conclusion"] or "",
        was_read_aloud=bool(meeting["read_aloud"]),
        recipients=recipients(source),
    )


def guests(source: MeetingSource, *, only_present: bool) -> tuple[Person, ...]:
    """List the invited guests; when presence was ticked for any, only those who came."""
    rows = list_parts(source.connection, "guest", source.meeting["id"])
    ticked = [row for row in rows if row["present"]]
    shown = ticked if only_present and ticked else rows
    return tuple(Person(name=row["name"], post=row["post"] or "") for row in shown)


def opinion_entries(source: MeetingSource) -> tuple[OpinionEntry, ...]:
    """List the opinions as they are printed; a withheld name is not among the values at all."""
    main = source.meeting["programme"]
    return tuple(
        OpinionEntry(
            number=row["number"],
            text=row["text"],
            speaker_name=None if row["anonymous"] else row["speaker"],
            topic=TOPICS_VI.get(row["topic"]) if row["topic"] else None,
            programme=find_programme_name(source.connection, row["programme"]) or None
            if row["programme"] != main
            else None,
            agency=row["agency"],
            answer=_answer(row),
            due_on=row["deadline"],
        )
        for row in source.opinions
    )


def _answer(row: Mapping[str, Any]) -> str | None:
    if row["answer"] and row["answered_by"]:
        return f"{row['answered_by']}: {row['answer']}"
    return row["answer"] or None


def _board(rows: list[Row]) -> CountingBoard | None:
    leaders = [row["name"] for row in rows if row["role"] == "leader"]
    members = tuple(row["name"] for row in rows if row["role"] == "member")
    return CountingBoard(leader_name=leaders[0] if leaders else "", member_names=members) if rows else None


def _witnesses(source: MeetingSource) -> tuple[str, ...]:
    return tuple(row["name"] for row in source.board if row["role"] == "witness")


def recipients(source: MeetingSource) -> tuple[str, ...]:
    """List who gets the minutes."""
    place = issuer(source.unit)
    first = f"UBND {place.commune_name}"
    return (f"{first} (báo cáo)", f"Ban công tác Mặt trận {place.village_name}", "Lưu: hồ sơ thôn")


def attendance_rows(source: MeetingSource, *, blank: bool) -> tuple[AttendanceRow, ...]:
    """List every household; a blank sheet names no representative."""
    return tuple(
        AttendanceRow(
            household_number=str(row.household["number"]),
            head_name=row.household["head_name"],
            is_present=row.is_present and not blank,
            representative=_representative(row.representatives[0]) if row.is_present and not blank else None,
            further=() if blank else tuple(filter(None, map(_representative, row.representatives[1:]))),
        )
        for row in source.rows
    )


def _representative(row: Mapping[str, Any]) -> Representative | None:
    return Representative(name=row["name"], sex=row["sex"]) if row["name"] else None


def attendance_sheet(source: MeetingSource, *, blank: bool) -> AttendanceSheet:
    """Make the attendance sheet, blank to sign or as it was ticked."""
    return AttendanceSheet(
        issuer=issuer(source.unit),
        subject=source.meeting["title"],
        place=source.meeting["place"],
        started_local=local_text(source.meeting["starts_at"]) or "",
        turnout=turnout(source),
        rows=attendance_rows(source, blank=blank),
        is_blank=blank,
        is_demo=bool(source.unit["demo"]),
        secretary_name=source.meeting["secretary"],
    )


def invitation_paper(source: MeetingSource) -> InvitationPaper:
    """Make the invitation, one to all households or to whoever is named."""
    meeting = source.meeting
    convener = person(
        meeting["convener"] or meeting["village_head"] or meeting["chair"], meeting["convener_post"] or "Trưởng thôn"
    )
    addressees = tuple(filter(None, (line.strip() for line in (meeting["addressee"] or "").split(";"))))
    return InvitationPaper(
        issuer=issuer(source.unit),
        number_suffix=INVITATION_SERIES,
        subject=meeting["title"],
        place=meeting["place"],
        starts_local=local_text(meeting["starts_at"]) or "",
        issued_on=meeting["invited_on"] or source.day.isoformat(),
        convener=convener or Person(name="", post="Trưởng thôn"),
        is_demo=bool(source.unit["demo"]),
        addressees=addressees,
        chair=person(meeting["chair"], meeting["chair_post"]),
        delegates=guests(source, only_present=False),
        agenda=tuple(row["title"] for row in list_parts(source.connection, "agenda_item", meeting["id"])),
        bring=tuple(line.strip() for line in (meeting["documents"] or "").splitlines() if line.strip()),
        contact=meeting["contact"] or "",
        recipients=("Như kính mời", "Lưu: hồ sơ thôn"),
    )


def tally_paper(source: MeetingSource, result: QuestionResult) -> TallyPaper:
    """Make the tally of one question (form 02)."""
    meeting = source.meeting
    board = _board([row for row in source.board if row["role"] in ("leader", "member")])
    place = [each.question["id"] for each in source.results].index(result.question["id"]) + 1
    return TallyPaper(
        issuer=issuer(source.unit),
        subject=meeting["title"],
        place=meeting["place"],
        started_local=local_text(meeting["starts_at"]) or "",
        turnout=turnout(source),
        question=question_entry(source.connection, result, source.counts, source.day, place),
        counting_board=board or CountingBoard(leader_name=""),
        is_demo=bool(source.unit["demo"]),
        ended_local=local_text(meeting["ended_at"]),
        witness_names=_witnesses(source),
    )
