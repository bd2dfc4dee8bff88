"""The papers: for every document the exact content that is printed, hashed and embedded.

Frozen slotted records of the standard library only, filled from the store by another package. A paper holds
nothing that is withheld in print. `to_json()` gives its canonical bytes, `sha256` names them, `from_json()`
reads them back; `read_paper()` reads a paper of any kind. Conventions of days, times and words are those of
`parts`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from .canonical import decode_envelope, decode_record, encode_paper
from .errors import InvalidPaper
from .parts import (
    AgendaItem,
    AttendanceRow,
    BallotCount,
    BlankSheet,
    ClusterTally,
    Condition,
    CountingBoard,
    Issuer,
    OpinionEntry,
    OptionTally,
    PaperChoice,
    PaperQuestion,
    Person,
    QuestionEntry,
    Representative,
    Rule,
    Sending,
    SummaryRow,
    Turnout,
    VisitRow,
)
from .result_parts import ResultFact, ResultLine, ResultRow, ResultSection, ResultTable

__all__ = [
    "AgendaItem", "AmendmentPaper", "AttendanceRow", "AttendanceSheet", "BallotCount", "BlankSheet", "BlankSheets",
    "ClusterTally", "Condition", "CountingBoard", "InvitationPaper", "Issuer", "MeetingPaper", "OpinionEntry",
    "OpinionSummary", "OptionTally", "Paper", "PaperChoice", "PaperQuestion", "Person", "QuestionEntry",
    "Representative", "ResultFact", "ResultLine", "ResultRow", "ResultSection", "ResultTable", "ResultsPaper", "Rule",
    "Sending", "SummaryRow", "TallyPaper", "Turnout", "VisitList", "VisitRow", "read_paper",
]  # fmt: skip

MeetingKind = Literal["dialogue", "community", "conference", "other"]


class Paper:
    """What every paper can do; `PAPER` is its name in the canonical bytes."""

    __slots__ = ()
    PAPER: ClassVar[str] = ""

    def to_json(self) -> bytes:
        """Return the canonical bytes: sorted keys, UTF-8, NFC, no white space."""
        return encode_paper(self.PAPER, self)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the canonical bytes, 64 hex digits."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Return the paper that these canonical bytes state.

        :raises InvalidPaper: if they are damaged or state another kind of paper.
        """
        kind, content = decode_envelope(data)
        if kind != cls.PAPER:
            raise InvalidPaper(f"a paper of the kind {kind!r}, not {cls.PAPER!r}")
        return decode_record(cls, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPaper(Paper):
    """Everything that the minutes or the resolution of one meeting print.

    `number` is None while a draft ("Số: …/BB-TDV"); `number_suffix` follows the stroke. `subject` is a noun phrase
    that names the meeting: "hội nghị đối thoại về công trình nước sạch". `issued_on` is the day of the date line
    (resolutions). `household_signer_names`: the two household representatives who sign a resolution. `conclusion`:
    the chair's closing words. `recipients` stand under "Nơi nhận:". `attendance` prints as an annex when it is not
    empty.
    """

    PAPER: ClassVar[str] = "meeting"

    issuer: Issuer
    kind: MeetingKind
    number_suffix: str
    subject: str
    place: str
    started_local: str
    turnout: Turnout
    is_demo: bool = False
    number: int | None = None
    issued_on: str | None = None
    ended_local: str | None = None
    chair: Person | None = None
    secretary: Person | None = None
    village_head_name: str | None = None
    front_head_name: str | None = None
    household_signer_names: tuple[str, ...] = ()
    guests: tuple[Person, ...] = ()
    programmes: tuple[str, ...] = ()
    attendance: tuple[AttendanceRow, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    opinions: tuple[OpinionEntry, ...] = ()
    questions: tuple[QuestionEntry, ...] = ()
    counting_board: CountingBoard | None = None
    witness_names: tuple[str, ...] = ()
    conclusion: str = ""
    was_read_aloud: bool = False
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPaper(Paper):
    """Giấy mời (form 01). One copy is printed for each of `addressees`; with none, one to all households.

    `subject` is a noun phrase: "dự hội nghị đối thoại …" is printed from "hội nghị đối thoại …". `delegates`
    are those who attend besides the households. `bring` names papers that are sent along or to be brought.
    """

    PAPER: ClassVar[str] = "invitation"

    issuer: Issuer
    number_suffix: str
    subject: str
    place: str
    starts_local: str
    issued_on: str
    convener: Person
    is_demo: bool = False
    number: int | None = None
    addressees: tuple[str, ...] = ()
    chair: Person | None = None
    delegates: tuple[Person, ...] = ()
    agenda: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    contact: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceSheet(Paper):
    """Danh sách đại diện hộ gia đình tham dự: blank for signing, or filled from what was recorded."""

    PAPER: ClassVar[str] = "attendance"

    issuer: Issuer
    subject: str
    place: str
    started_local: str
    turnout: Turnout
    rows: tuple[AttendanceRow, ...]
    is_blank: bool = True
    is_demo: bool = False
    secretary_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyPaper(Paper):
    """Biên bản kiểm phiếu (form 02) of one question, signed by the board's leader and two witnesses."""

    PAPER: ClassVar[str] = "tally"

    issuer: Issuer
    subject: str
    place: str
    started_local: str
    turnout: Turnout
    question: QuestionEntry
    counting_board: CountingBoard
    is_demo: bool = False
    ended_local: str | None = None
    witness_names: tuple[str, ...] = ()
    copies_count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionSummary(Paper):
    """Tổng hợp ý kiến of one meeting (`meeting_subject`) or a period (`period_from_on` to `period_to_on`)."""

    PAPER: ClassVar[str] = "opinion_summary"

    issuer: Issuer
    issued_on: str
    rows: tuple[SummaryRow, ...]
    group_by: Literal["topic", "agency"] = "topic"
    number_suffix: str = "BC-TDV"
    is_demo: bool = False
    number: int | None = None
    meeting_subject: str | None = None
    period_from_on: str | None = None
    period_to_on: str | None = None
    signer: Person | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentPaper(Paper):
    """Bản bổ sung of finalised minutes, which it names by title, day and the SHA-256 of their paper.

    `amended_title` is for example "Biên bản số 01/BB-TDV". `signers` sign from left to right, those of the
    minutes.
    """

    PAPER: ClassVar[str] = "amendment"

    issuer: Issuer
    issued_on: str
    number_suffix: str
    amended_title: str
    amended_sha256: str
    reason: str
    text: str
    signers: tuple[Person, ...]
    amended_on: str | None = None
    amended_snapshot_id: str | None = None
    is_demo: bool = False
    number: int | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPaper(Paper):
    """Kết quả khảo sát of one round, or of all that were closed in a reporting period (`subject` says which)."""

    PAPER: ClassVar[str] = "results"

    issuer: Issuer
    issued_on: str
    sections: tuple[ResultSection, ...]
    subject: str = ""
    number_suffix: str = "BC-TDV"
    is_demo: bool = False
    number: int | None = None
    signer: Person | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitList(Paper):
    """Danh sách hộ cần hỏi of a survey round: households in the order of walking, with room for what came of it.

    It holds no answer and no number of a sheet. `first_on` and `last_on` are the days of the round, if they are known.
    """

    PAPER: ClassVar[str] = "visits"

    issuer: Issuer
    subject: str
    issued_on: str
    rows: tuple[VisitRow, ...]
    is_demo: bool = False
    first_on: str | None = None
    last_on: str | None = None
    asker_names: tuple[str, ...] = ()
    is_of_several_villages: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankSheets(Paper):
    """Blank answer sheets of a survey round, each on a page of its own in the order of `sheets`.

    `keep_until_on` is the day after which answers are erased.
    """

    PAPER: ClassVar[str] = "blank_sheets"

    issuer: Issuer
    round_id: str
    subject: str
    issued_on: str
    questions: tuple[PaperQuestion, ...]
    sheets: tuple[BlankSheet, ...]
    counts_adults: bool = False
    is_demo: bool = False
    keep_until_on: str | None = None


_KINDS: tuple[type[Paper], ...] = (
    MeetingPaper, InvitationPaper, AttendanceSheet, TallyPaper, OpinionSummary, AmendmentPaper, ResultsPaper, VisitList,
    BlankSheets,
)  # fmt: skip
_PAPERS: dict[str, type[Paper]] = {paper.PAPER: paper for paper in _KINDS}


def read_paper(data: bytes) -> Paper:
    """Return the paper of any kind that these canonical bytes state.

    :raises InvalidPaper: if they are damaged or of an unknown kind.
    """
    kind, _ = decode_envelope(data)
    if kind not in _PAPERS:
        raise InvalidPaper(f"an unknown kind of paper: {kind!r}")
    return _PAPERS[kind].from_json(data)
