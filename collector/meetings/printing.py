"""The papers of a meeting as PDF, and as a page that the browser prints where no PDF can be made.

A finalised paper is given as its stored bytes; everything else is drawn afresh and marked as a draft.
"""

from typing import Final

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from collector.accounts.access import TEAM, allow
from collector.attachments.files import Files
from collector.clock import today
from collector.documents import PdfUnavailable, render_html, render_pdf
from collector.documents.content import Paper, read_paper
from collector.errors import CollectorError
from collector.meetings import finalising, later_papers, papers, store
from collector.meetings.blueprint import blueprint
from collector.meetings.papers import MeetingSource
from collector.query import get_record, list_records
from collector.web import reading, services
from sync.storage import Connection, Row

PLAIN: Final = ("invitation", "attendance-blank", "opinions")
"""Papers that are not part of the minutes: never drafts, never finalised."""


class PaperNotFound(CollectorError):
    """The meeting has no paper of this name."""

    code = "paper_not_found"
    status = 404


def make_paper(connection: Connection, meeting: Row, name: str) -> tuple[str, Paper]:
    """Make one paper of a meeting as it would be printed now; return the document's name and the paper.

    :raises PaperNotFound: if the meeting has no paper of this name.
    """
    source = MeetingSource(connection, meeting)
    snapshot = store.find_snapshot(connection, meeting["id"])
    number = snapshot["number"] if snapshot else None
    if name in ("minutes", "resolution"):
        return source.document, papers.meeting_paper(source, number)
    if name == "invitation":
        return "invitation", papers.invitation_paper(source)
    if name in ("attendance", "attendance-blank"):
        return "attendance", papers.attendance_sheet(source, blank=name == "attendance-blank")
    if name == "opinions":
        signer = papers.person(meeting["secretary"], "Thư ký")
        return "opinion_summary", later_papers.opinion_summary(
            connection, source.unit, source.opinions, today(), subject=meeting["title"], signer=signer
        )
    counted = {f"tally-{place}": each for place, each in enumerate(source.results, start=1) if each.is_counted}
    if name not in counted:
        raise PaperNotFound(name=name)
    return "tally", papers.tally_paper(source, counted[name])


def find_signed(connection: Connection, files: Files, snapshot: Row | None, name: str) -> tuple[str, Paper] | None:
    """Give a finalised paper as it was signed, with the name of its document; None where it was never finalised."""
    if snapshot is None or name in PLAIN:
        return None
    stored = finalising.read_finalised(connection, files, snapshot["id"], name, role="paper")
    return (name.partition("-")[0], read_paper(stored)) if stored else None


def make_pdf(connection: Connection, files: Files, meeting: Row, name: str) -> bytes:
    """Give a paper as PDF: the stored one when it was finalised, else drawn now.

    :raises PdfUnavailable: if it must be drawn and the engine is not there.
    """
    snapshot = store.find_snapshot(connection, meeting["id"])
    is_plain = name in PLAIN
    if snapshot is not None and not is_plain:
        stored = finalising.read_finalised(connection, files, snapshot["id"], name)
        if stored is not None:
            return stored
    signed = find_signed(connection, files, snapshot, name)
    document, paper = signed or make_paper(connection, meeting, name)
    is_final = signed is not None
    return render_pdf(
        document, paper, draft=not (is_final or is_plain), snapshot_id=snapshot["id"] if is_final and snapshot else None
    )


def send_pdf(data: bytes, name: str) -> Response:
    """Send a PDF to be shown in the browser."""
    response = make_response(data)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def main_page(connection: Connection, meeting: Row) -> str:
    """Give the address of the minutes as a page of the browser."""
    name = "resolution" if meeting["meeting_type"] in papers.DECIDING else "minutes"
    return url_for("meetings.show_page", meeting_id=meeting["id"], name=name)


@blueprint.get("/meetings/<meeting_id>/papers/<name>.pdf")
@allow(TEAM)
def show_pdf(meeting_id: str, name: str) -> Response:
    """Show a paper of the meeting as PDF; without the engine, say how to print instead."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    try:
        return send_pdf(make_pdf(connection, services().files, meeting, name), name)
    except PdfUnavailable:
        return offer_page(url_for("meetings.show_page", meeting_id=meeting_id, name=name))


def offer_page(href: str) -> Response:
    """Say that no PDF can be made here and lead to the page that the browser prints."""
    return make_response(render_template("meetings/no_pdf.html", href=href), 503)


@blueprint.get("/meetings/<meeting_id>/papers/<name>.html")
@allow(TEAM)
def show_page(meeting_id: str, name: str) -> str:
    """Show a paper as a page that the browser prints."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    snapshot = store.find_snapshot(connection, meeting_id)
    signed = find_signed(connection, services().files, snapshot, name)
    document, paper = signed or make_paper(connection, meeting, name)
    is_final = signed is not None
    return render_html(
        document,
        paper,
        draft=not is_final and name not in PLAIN,
        snapshot_id=snapshot["id"] if is_final and snapshot else None,
        static_url=url_for("static", filename="print"),
    )


@blueprint.get("/amendments/<amendment_id>.pdf")
@allow(TEAM)
def show_amendment(amendment_id: str) -> Response:
    """Show an amendment as PDF."""
    connection = reading()
    amendment = get_record(connection, "amendment", amendment_id)
    stored = finalising.read_finalised(connection, services().files, amendment_id, "amendment")
    if stored is not None:
        return send_pdf(stored, "amendment")
    try:
        paper = _amendment(connection, services().files, amendment)
        draft = finalising.is_awaited(connection, services().files, amendment_id, "amendment")
        return send_pdf(render_pdf("amendment", paper, draft=draft), "amendment")
    except PdfUnavailable:
        return offer_page(url_for("meetings.show_amendment_page", amendment_id=amendment_id))


@blueprint.get("/amendments/<amendment_id>.html")
@allow(TEAM)
def show_amendment_page(amendment_id: str) -> str:
    """Show an amendment as a page that the browser prints."""
    connection = reading()
    amendment = get_record(connection, "amendment", amendment_id)
    paper = _amendment(connection, services().files, amendment)
    static_url = url_for("static", filename="print")
    draft = finalising.is_awaited(connection, services().files, amendment_id, "amendment")
    return render_html(
        "amendment", paper, draft=draft, snapshot_id=None if draft else amendment_id, static_url=static_url
    )


def _amendment(connection: Connection, files: Files, amendment: Row) -> Paper:
    stored = finalising.read_finalised(connection, files, amendment["id"], "amendment", role="paper")
    if stored is not None:
        return read_paper(stored)
    meeting = store.get_meeting(connection, amendment["meeting"])
    snapshot = list_records(connection, "snapshot", id=amendment["snapshot"])[0]
    return later_papers.amendment_paper(MeetingSource(connection, meeting), amendment, snapshot)
