"""The pages after asking: ticking the households all together, looking the round over, closing it."""

from typing import Any

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, WRITERS, allow
from collector.answers.urn import count_sheets, require_open
from collector.pages import go
from collector.query import get_record
from collector.rounds import closing
from collector.rounds.blueprint import blueprint
from collector.rounds.errors import TickedTwice
from collector.rounds.ticking import NOT_ASKED, TickCounts, count_ticks, list_tickable, save_ticks
from collector.web import reading, recording, services
from collector.wording import ngettext, tell, write_number
from sync.storage import Row

Notice = dict[str, Any]


@blueprint.route("/rounds/<round_id>/ticks", methods=["GET", "POST"])
@allow(WRITERS)
def tick_households(round_id: str) -> str | Response | tuple[str, int]:
    """Tick the households that were asked, and say why others were not. Nothing is kept while it is typed."""
    row = get_record(reading(), "round", round_id)
    households = list_tickable(reading(), round_id)
    asked = {each["id"] for each in households if each["ticked"]}
    others = {each["id"]: each["outcome"] for each in households if each["outcome"] in NOT_ASKED}
    problem = ""
    if request.method == "POST":
        asked = set(request.form.getlist("asked"))
        others = {each["id"]: request.form.get(f"other-{each['id']}", "") for each in households}
        try:
            with recording() as recorder:
                save_ticks(recorder, round_id, asked, others)
            return go("rounds.tick_households", _("The ticks are saved."), round_id=round_id)
        except TickedTwice as refused:
            problem = tell(refused)
    page = render_template(
        "rounds/ticks.html",
        round=row,
        households=households,
        asked=asked,
        others=others,
        not_asked=NOT_ASKED,
        many_villages=len({each["village"] for each in households}) > 1,
        compared=compare(row, count_ticks(reading(), round_id)),
        problem=problem,
    )
    return (page, 422) if problem else page


def compare(row: Row, counts: TickCounts) -> Notice:
    """Say whether there are as many sheets as ticked households: one of each, also where adults are counted."""
    asked = str(ngettext("%(num)s household is ticked", "%(num)s households are ticked", counts.asked))
    sheets = str(ngettext("there is %(num)s sheet", "there are %(num)s sheets", counts.sheets))
    said = str(_("%(asked)s, %(sheets)s.", asked=asked, sheets=sheets))
    if counts.asked == counts.sheets:
        return {"text": said, "tone": "ok"}
    missing = abs(counts.asked - counts.sheets)
    if counts.asked > counts.sheets:
        more = ngettext(
            "%(num)s sheet is missing: look for papers that were not entered, or for a wrong tick.",
            "%(num)s sheets are missing: look for papers that were not entered, or for wrong ticks.",
            missing,
        )
    else:
        more = ngettext(
            "%(num)s household is not ticked yet, or a sheet was entered twice.",
            "%(num)s households are not ticked yet, or sheets were entered twice.",
            missing,
        )
    return {"text": f"{said} {more}", "tone": "warn"}


@blueprint.route("/rounds/<round_id>/close", methods=["GET", "POST"])
@allow(KEEPERS)
def close_round(round_id: str) -> str | Response:
    """Look the round over; then close it: all sheets leave the urn, and the ticks become records."""
    require_open(reading(), round_id)
    if request.method == "POST":
        with recording() as recorder:
            closing.close_round(recorder, round_id)
        services().database.storage.empty_journal()
        return go("rounds.show_round", _("The round is closed."), round_id=round_id)
    row = get_record(reading(), "round", round_id)
    counts = count_ticks(reading(), round_id)
    counted = [(str(_("Sheets")), write_number(counts.sheets))]
    if row["chosen"] != "other":
        counted = [
            (str(_("Households to be asked")), write_number(counts.households - counts.ineligible)),
            (str(_("Ticked as asked")), write_number(counts.asked)),
            (str(_("Did not want to answer")), write_number(counts.refused)),
            (str(_("Not met after two visits")), write_number(counts.not_met)),
            *counted,
        ]
    return render_template("rounds/close.html", round=row, gaps=list_gaps(row, counts), counted=counted)


def list_gaps(row: Row, counts: TickCounts) -> list[Notice]:
    """List what is missing before a round is closed; nothing of it hinders closing."""
    gaps: list[Notice] = []
    ticks = {"href": url_for("rounds.tick_households", round_id=row["id"]), "label": _("Tick the households")}
    if row["chosen"] != "other" and counts.left:
        left = ngettext(
            "About %(num)s household nothing is said yet. It will count as not yes.",
            "About %(num)s households nothing is said yet. They will count as not yes.",
            counts.left,
        )
        if row["chosen"] == "everyone" and row["counted"] == "households":
            left = ngettext(
                "About %(num)s household nothing is said yet. It will count as not asked: a gap in the full count.",
                "About %(num)s households nothing is said yet. They will count as not asked: gaps in the full count.",
                counts.left,
            )
        gaps.append({"text": left, "tone": "warn", **ticks})
    compared = compare(row, counts)
    if row["chosen"] != "other" and compared["tone"] != "ok":
        gaps.append({**compared, **ticks})
    unfinished = closing.count_unfinished(reading(), row["id"])
    if unfinished.second_entries:
        words = ngettext(
            "%(num)s paper sheet waits for its second entry. It will count as entered once.",
            "%(num)s paper sheets wait for their second entry. They will count as entered once.",
            unfinished.second_entries,
        )
        endpoint = "answers.enter_paper"
        href = url_for(endpoint, round_id=row["id"]) if endpoint in current_app.view_functions else ""
        gaps.append({"text": words, "tone": "warn", "href": href, "label": _("Enter paper sheets")})
    if unfinished.open_sheets:
        words = ngettext(
            "%(num)s sheet on a screen is not finished. It will be erased.",
            "%(num)s sheets on a screen are not finished. They will be erased.",
            unfinished.open_sheets,
        )
        gaps.append({"text": words, "tone": "warn", "href": "", "label": ""})
    if not count_sheets(reading(), row["id"]):
        words = _("There is no sheet yet: there will be no result.")
        gaps.append({"text": words, "tone": "late", "href": "", "label": ""})
    return gaps
