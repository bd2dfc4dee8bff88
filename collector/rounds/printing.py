"""Printing for a round: the list of households to visit, and blank answer sheets, as PDF or as pages of the browser."""

from flask import make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.widgets import NumberInput

from collector.accounts.access import TEAM, WRITERS, allow
from collector.documents import PdfUnavailable, render_html, render_pdf
from collector.meetings.printing import offer_page, send_pdf
from collector.query import count_records, get_record
from collector.rounds.blueprint import blueprint
from collector.rounds.errors import RoundNotPrintable, TooManyForms
from collector.rounds.lists import make_blank_sheets, make_visit_list
from collector.rounds.papers import MOST_SHEETS, count_printed, next_number
from collector.web import reading, recording
from collector.wording import FIELD_SENTENCES, say, tell

STATIC = "print"


class SheetsForm(FlaskForm):  # type: ignore[misc]
    """How many blank sheets are printed."""

    count = StringField(lazy_gettext("How many sheets"), widget=NumberInput())

    def read(self) -> int | None:
        """Give the number, or None after putting a sentence at what is none."""
        typed = str(self.count.data or "").strip()
        if not self.validate():
            return None
        if not (typed.isdecimal() and len(typed) <= 6):
            self.count.errors = [say(FIELD_SENTENCES["not_a_number"], field=self.count.label.text)]
            return None
        if not 1 <= int(typed) <= MOST_SHEETS:
            self.count.errors = [tell(TooManyForms(most=MOST_SHEETS))]
            return None
        return int(typed)


@blueprint.get("/rounds/<round_id>/list.pdf")
@allow(TEAM)
def show_list(round_id: str) -> Response:
    """Show the list of households to visit as PDF; without the engine, lead to the page that the browser prints."""
    paper = make_visit_list(reading(), get_record(reading(), "round", round_id))
    try:
        return send_pdf(render_pdf("visits", paper, draft=False), "danh-sach-ho")
    except PdfUnavailable:
        return offer_page(url_for("rounds.show_list_page", round_id=round_id))


@blueprint.get("/rounds/<round_id>/list.html")
@allow(TEAM)
def show_list_page(round_id: str) -> str:
    """Show the list of households to visit as a page that the browser prints."""
    paper = make_visit_list(reading(), get_record(reading(), "round", round_id))
    return render_html("visits", paper, draft=False, static_url=url_for("static", filename=STATIC))


@blueprint.route("/rounds/<round_id>/sheets", methods=["GET", "POST"])
@allow(WRITERS)
def print_forms(round_id: str) -> str | Response | tuple[str, int]:
    """Print blank sheets with the next numbers; where no PDF can be made, as a page that the browser prints."""
    row = get_record(reading(), "round", round_id)
    if row["state"] != "open":
        raise RoundNotPrintable(round=round_id)
    printed, asked = count_printed(reading(), round_id), count_records(reading(), "drawn_household", round=round_id)
    form = SheetsForm(data={"count": str(min(max(asked - printed, 10), MOST_SHEETS))})
    count = form.read() if request.method == "POST" else None
    if count is None:
        page = render_template(
            "rounds/sheets.html",
            round=row,
            form=form,
            printed=printed,
            first=next_number(reading(), round_id),
            most=MOST_SHEETS,
        )
        return (page, 422) if form.errors else page
    with recording() as recorder:
        paper = make_blank_sheets(recorder, round_id, count)
    try:
        return send_pdf(render_pdf("blank_sheets", paper, draft=False), "phieu-giay")
    except PdfUnavailable:
        static = url_for("static", filename=STATIC)
        return make_response(render_html("blank_sheets", paper, draft=False, static_url=static))
