"""The page of results: what a round shows, in sentences, pictures and tables, and its files to take away."""

from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template
from flask_babel import get_locale

from collector.accounts.access import TEAM, allow
from collector.answers.papers import disagreement
from collector.exchange.journal import note_export
from collector.query import get_record
from collector.results import report, speaking, store
from collector.results.comparing import Comparison, compare_with_previous
from collector.results.errors import WORDS, RoundNotClosed, UnknownReport
from collector.results.model import Cell, RoundResult
from collector.results.recording import get_result
from collector.results.speaking import Speaker
from collector.results.suppressing import INSIDE, OUTSIDE, Rule
from collector.web import current_role, reading, services
from collector.wording import add_errors, say
from collector.words import N_
from sync.storage import Connection

blueprint = Blueprint("results", __name__)
add_errors(WORDS)

ENTERED_TWICE: Final = N_("%(differing)s of %(fields)s answers differed (%(share)s%%).")
VILLAGE_TEAM: Final = frozenset({"head", "secretary", "member"})
"""Who sees a round as its village does; everybody else gets what leaves the village."""


def make_speaker() -> Speaker:
    """Make the speaker of this request."""
    return Speaker(say, str(get_locale()))


def choose_rule() -> Rule:
    """Give the rule under which whoever asks may see results."""
    is_village = services().folder.read_settings().get("role", "village") == "village"
    return INSIDE if is_village and current_role() in VILLAGE_TEAM else OUTSIDE


@blueprint.get("/rounds/<round_id>/results")
@allow(TEAM)
def show_results(round_id: str) -> str:
    """Show what a round says about the target."""
    connection, rule, speaker = reading(), choose_rule(), make_speaker()
    result = get_result(connection, round_id, rule)
    comparison = compare_with_previous(connection, result, rule)
    return render_template(
        "results/show.html",
        result=result,
        programme=store.find_programme_name(connection, result.round),
        problem=speaking.say_problem(speaker, result),
        findings=[make_finding(speaker, result, cell) for cell in result.total.cells],
        overall={
            "words": speaking.say_verdict(speaker, result.every_dimension),
            "tone": speaking.VERDICT_TONES.get(result.every_dimension, "plain"),
        },
        groupings=make_groupings(speaker, result),
        comparison=make_comparison(speaker, comparison),
        method=speaking.say_method(speaker, result),
        rate=speaking.say_rate(speaker, result),
        entered_twice=make_entered_twice(connection, speaker, result),
        formats=report.FORMATS if result.is_final else (),
    )


def make_finding(speaker: Speaker, result: RoundResult, cell: Cell) -> dict[str, Any]:
    """Say what one dimension shows, with what its picture and its row in the table need."""
    is_certain = speaking.is_only_certain(result, cell)
    return {
        "cell": cell,
        "name": speaking.say_dimension(speaker, cell.dimension, len(result.dimensions)),
        "sentences": speaking.say_cell(speaker, result, cell),
        "verdict": speaking.say_verdict(speaker, cell.verdict),
        "tone": speaking.VERDICT_TONES.get(cell.verdict, "plain"),
        "figure": speaking.say_figure(speaker, result, cell),
        "answered": speaker.percent(cell.answered_share, result.target),
        "is_certain": is_certain,
        "low": cell.certain_low if is_certain else cell.low,
        "high": cell.certain_high if is_certain else cell.high,
    }


def make_groupings(speaker: Speaker, result: RoundResult) -> list[dict[str, Any]]:
    """List the tables by group: their rows are groups, their columns dimensions."""
    found = []
    for grouping in ("sex", "ethnic_group", "village"):
        rows = [
            {
                "name": speaking.say_group(speaker, group),
                "sheets": next((cell.sheets for cell in group.cells if cell.sheets is not None), None),
                "figures": [speaking.say_figure(speaker, result, cell) for cell in group.cells],
            }
            for group in result.by(grouping)
        ]
        if rows:
            found.append({"grouping": grouping, "rows": rows})
    return found


def make_comparison(speaker: Speaker, comparison: Comparison | None) -> dict[str, Any] | None:
    """Say what changed since the round before."""
    if comparison is None:
        return None
    count = len(comparison.changes) - 1
    return {
        "earlier": comparison.earlier,
        "problem": "" if comparison.is_comparable else speaking.say_differences(speaker, comparison),
        "changes": [
            (speaking.say_dimension(speaker, each.dimension, count), speaking.say_change(speaker, each))
            for each in comparison.changes
        ],
    }


def make_entered_twice(connection: Connection, speaker: Speaker, result: RoundResult) -> str:
    """Say how often the two entries of paper sheets differed; nothing if none was entered twice."""
    fields, differing = disagreement(connection, result.round["id"])
    if not fields:
        return ""
    share = speaker.percent(differing / fields, result.target)
    return say(ENTERED_TWICE, differing=speaker.number(differing), fields=speaker.number(fields), share=share)


@blueprint.get("/rounds/<round_id>/report.<shape>")
@allow(TEAM)
def show_report(round_id: str, shape: str) -> Response:
    """Give the report of a closed round, as it may leave the village, as a file."""
    if shape not in report.FORMATS:
        raise UnknownReport(shape=shape)
    connection = reading()
    row = get_record(connection, "round", round_id)
    if row["state"] != "closed":
        raise RoundNotClosed(round=round_id)
    data = report.make_report(connection, [row], shape, make_speaker())
    note_export(services().folder, "report", shape, round=round_id)
    response = make_response(data)
    response.headers["Content-Type"] = report.TYPES[shape]
    how = "inline" if shape == "pdf" else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="report.{shape}"'
    return response
