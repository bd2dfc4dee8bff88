"""Documents as HTML pages: which template prints which paper, and the page made from it.

The page links the style sheets of `static/print` and has no script and no inline style, so a browser under a strict
content security policy prints the same page. WeasyPrint is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

from .content import (
    AmendmentPaper,
    AttendanceSheet,
    BlankSheets,
    InvitationPaper,
    MeetingPaper,
    OpinionSummary,
    Paper,
    ResultsPaper,
    TallyPaper,
    VisitList,
)
from .environment import get_environment
from .errors import UnknownDocument, WrongPaper
from .qr import QrRecord, draw_qr, make_qr_text
from .wording import parse_day, parse_moment


@dataclass(frozen=True, slots=True)
class Document:
    """One printable document: the paper it takes and its Vietnamese name."""

    name: str
    paper_class: type[Paper]
    title: str


DOCUMENTS = {
    document.name: document
    for document in (
        Document("invitation", InvitationPaper, "Giấy mời"),
        Document("attendance", AttendanceSheet, "Danh sách đại diện hộ gia đình tham dự"),
        Document("minutes", MeetingPaper, "Biên bản"),
        Document("resolution", MeetingPaper, "Nghị quyết"),
        Document("tally", TallyPaper, "Biên bản kiểm phiếu"),
        Document("opinion_summary", OpinionSummary, "Tổng hợp ý kiến"),
        Document("results", ResultsPaper, "Kết quả khảo sát"),
        Document("amendment", AmendmentPaper, "Bản bổ sung"),
        Document("visits", VisitList, "Danh sách hộ cần hỏi"),
        Document("blank_sheets", BlankSheets, "Phiếu trả lời"),
    )
}


def find_document(document_name: str, paper: Paper) -> Document:
    """Return the document, checked to be made from this kind of paper.

    :raises UnknownDocument: if there is none of this name.
    :raises WrongPaper: if it is made from another kind of paper.
    """
    document = DOCUMENTS.get(document_name)
    if document is None:
        raise UnknownDocument(f"no document is called {document_name!r}")
    if not isinstance(paper, document.paper_class):
        raise WrongPaper(f"{document_name} is made from a {document.paper_class.__name__}")
    return document


def render_html(
    document_name: str,
    paper: Paper,
    *,
    draft: bool,
    snapshot_id: str | None = None,
    static_url: str = "/static/print",
) -> str:
    """Return the document as a whole HTML page for the browser's printer.

    What is printed is read back from the canonical bytes, so it is what the hash names. `static_url` is where
    `collector/static/print` is served. A draft, and a page without `snapshot_id`, carries
    no code.

    :raises UnknownDocument: if there is no document of this name.
    :raises WrongPaper: if it is made from another kind of paper.
    :raises InvalidPaper: if the paper holds a day or time that is none.
    :raises InvalidQrText: if `snapshot_id` is longer than 64 characters or not of letters, digits, ".", "_", "-".
    """
    document = find_document(document_name, paper)
    shown_id = None if draft else snapshot_id
    printed = type(paper).from_json(paper.to_json())
    template = get_environment().get_template(f"print/{document.name}.html")
    return template.render(
        paper=printed,
        draft=draft,
        page_title=_title_page(document, printed),
        created_at=get_created_at(printed),
        qr=QrRecord(shown_id, printed.sha256) if shown_id else None,
        qr_svg=draw_qr(make_qr_text(shown_id, printed.sha256)) if shown_id else None,
        static_url=static_url,
    )


def get_created_at(paper: Paper) -> str:
    """Return the moment that the paper itself states, ISO 8601 with its zone: a file never tells the clock.

    :raises InvalidPaper: if that is no day or time.
    """
    for name in ("ended_local", "issued_on", "started_local"):
        value = getattr(paper, name, None)
        if value and name == "issued_on":
            return f"{parse_day(value).isoformat()}T00:00:00+07:00"
        if value:
            return f"{parse_moment(value).isoformat(timespec='seconds')}+07:00"
    return "1970-01-01T00:00:00+07:00"


def _title_page(document: Document, paper: Paper) -> str:
    subject = getattr(paper, "subject", None) or getattr(paper, "amended_title", None)
    return f"{document.title}: {subject}" if subject else document.title
