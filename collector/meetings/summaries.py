"""The summary of all opinions of a period as a paper: for the report of a half year or a year."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import TEAM, allow
from collector.clock import ZONE, today, utc_text
from collector.documents import PdfUnavailable, render_html, render_pdf
from collector.documents.content import OpinionSummary
from collector.law.periods import half_year_period, reporting_period
from collector.meetings.blueprint import blueprint
from collector.meetings.later_papers import opinion_summary
from collector.meetings.papers import person
from collector.meetings.printing import offer_page, send_pdf
from collector.meetings.store import known_posts, list_opinions_between
from collector.villages.current import current_unit
from collector.web import reading

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a summary, both included."""

    first: date
    last: date

    @property
    def arguments(self) -> dict[str, Any]:
        """What an address says of it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def read_span() -> tuple[Span, str]:
    """Read the days from the address, else take the reporting year; give a sentence when they make no period."""
    year = reporting_period(today())
    try:
        span = Span(
            date.fromisoformat(request.args.get("from") or year.starts_on.isoformat()),
            date.fromisoformat(request.args.get("to") or year.ends_on.isoformat()),
        )
    except ValueError:
        return Span(year.starts_on, year.ends_on), _("The days are not right yet. Please choose both again.")
    if span.last < span.first:
        return span, _("The last day is before the first day. Please choose a later last day.")
    return span, ""


def make_summary(span: Span) -> OpinionSummary:
    """Make the summary of the opinions of all meetings in a span of days."""
    connection, unit = reading(), current_unit()
    opinions = list_opinions_between(connection, unit["id"], _begin_of(span.first), _begin_of(span.last + ONE_DAY))
    posts = known_posts(connection, unit["id"])
    return opinion_summary(
        connection,
        unit,
        opinions,
        today(),
        period=(span.first.isoformat(), span.last.isoformat()),
        signer=person(posts.get("chair"), posts.get("chair_post")),
    )


def _begin_of(day: date) -> str:
    return utc_text(datetime.combine(day, time(), ZONE))


@blueprint.get("/opinions/summary")
@allow(TEAM)
def summarise_opinions() -> str | tuple[str, int]:
    """Choose the days of a summary of opinions."""
    span, problem = read_span()
    half = half_year_period(today())
    page = render_template(
        "meetings/summary.html",
        span=span,
        problem=problem,
        half=Span(half.starts_on, half.ends_on),
        year=Span(reporting_period(today()).starts_on, reporting_period(today()).ends_on),
        count=0 if problem else len(make_summary(span).rows),
    )
    return (page, 422) if problem else page


@blueprint.get("/opinions/summary.pdf")
@allow(TEAM)
def show_summary() -> Response | tuple[str, int] | str:
    """Show the summary of a span of days as PDF."""
    span, problem = read_span()
    if problem:
        return summarise_opinions()
    try:
        return send_pdf(render_pdf("opinion_summary", make_summary(span), draft=False), "opinions")
    except PdfUnavailable:
        return offer_page(url_for("meetings.show_summary_page", **span.arguments))


@blueprint.get("/opinions/summary.html")
@allow(TEAM)
def show_summary_page() -> tuple[str, int] | str:
    """Show the summary of a span of days as a page that the browser prints."""
    span, problem = read_span()
    if problem:
        return summarise_opinions()
    static_url = url_for("static", filename="print")
    return render_html("opinion_summary", make_summary(span), draft=False, static_url=static_url)
