"""The pages on which paper sheets are entered: by keyboard, some of them twice.

Everything works as an ordinary form; a module makes digits enter and advance. What stands in a sheet is never shown
again: to correct one that is still in the urn it is typed once more, by whoever holds the paper.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import WRITERS, allow
from collector.answers import papers
from collector.answers.blueprint import blueprint
from collector.answers.comparing import choose, compare
from collector.answers.errors import PaperNumberTaken
from collector.answers.grid import make_cells, read_fields
from collector.answers.interviewing import get_questionnaire, list_villages, make_sheet_values, open_interview
from collector.answers.sheets import Sheet
from collector.answers.urn import find_paper, is_number_taken, put_sheet, require_open
from collector.clock import today
from collector.drafts.store import find_draft
from collector.drafts.views import forget_draft
from collector.pages import go
from collector.query import get_record
from collector.questionnaires.interview import Interview
from collector.rounds.papers import find_paper_code
from collector.web import current_author, reading, recording, tidy_after
from sync.storage import Row

Answer = Response | tuple[str, int]
_ENTERED: Final = "papers_entered"
_MOST_REMEMBERED: Final = 100


@blueprint.route("/rounds/<round_id>/papers", methods=["GET", "POST"])
@allow(WRITERS)
def enter_paper(round_id: str) -> Answer:
    """Enter a paper sheet: its number, then the answers."""
    round_row = get_record(reading(), "round", round_id)
    if round_row["state"] != "open":
        return _show_closed(round_row)
    questionnaire = get_questionnaire(reading(), round_row)
    interview = open_interview(round_row, questionnaire, day=today())
    if request.method == "GET":
        return _show_empty(round_row, interview)
    number, problem = _read_number(round_row)
    village = _read_village(round_row)
    problems = read_fields(interview, request.form)
    if problem or not village or problems or number is None:
        return _show_entry(round_row, interview, request.form, problems, number_problem=problem, no_village=not village)
    waits = papers.needs_second_entry(round_row, number)
    values = make_sheet_values(round_row, questionnaire, interview, village=village, day=today(), source="paper")
    try:
        with recording() as recorder:
            code = {"withdrawal_hash": find_paper_code(recorder.connection, round_id, number)}
            put_sheet(recorder, Sheet(values | code, paper_number=number, waits=waits))
            forget_draft(recorder, _draft_key(round_id))
    except PaperNumberTaken:  # somebody else entered it in this very moment
        return _show_entry(round_row, interview, request.form, {}, number_problem=_say_taken(round_row, number))
    return tidy_after(_go_on(round_row, number, village, waits=waits))


def _go_on(round_row: Row, number: int, village: str, *, waits: bool) -> Response:
    if waits:
        session[_ENTERED] = [*session.get(_ENTERED, []), _remembered(round_row, number)][-_MOST_REMEMBERED:]
        message = _("Sheet %(number)s is saved. It belongs to those that are entered twice.", number=number)
    else:
        message = _("Sheet %(number)s is saved.", number=number)
    return go("answers.enter_paper", message, round_id=round_row["id"], after=number, village=village)


def _remembered(round_row: Row, number: int) -> str:
    return f"{round_row['id'][-6:]}:{number}"


def _draft_key(round_id: str) -> str:
    return f"papers:{round_id}"


def _read_number(round_row: Row) -> tuple[int | None, str]:
    text = request.form.get("number", "").strip()
    if not text:
        return None, _("The number of the sheet is not filled in yet. Please type it from the paper.")
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or not 1 <= int(text) <= papers.MAX_NUMBER:
        return None, _("This is no number of a sheet. Please type digits only, for example 14.")
    taken = is_number_taken(reading(), round_row["id"], int(text))
    return int(text), _say_taken(round_row, int(text)) if taken else ""


def _say_taken(round_row: Row, number: int) -> str:
    row = find_paper(reading(), round_row["id"], number)
    if row is not None and row["waits"]:
        return str(_("Sheet %(number)s is entered and waits for its second entry. Please look at the number of the"
                     " sheet.", number=number))
    return str(_("Sheet %(number)s is entered already. Please look at the number of the sheet.", number=number))


def _read_village(round_row: Row) -> str:
    villages = [each["id"] for each in list_villages(reading(), round_row)]
    wanted = villages[0] if len(villages) == 1 else request.values.get("village", "")
    return wanted if wanted in villages else ""


def _show_closed(round_row: Row) -> Answer:
    return render_template("answers/papers_closed.html", round=round_row), 409 if request.method == "POST" else 200


def _show_empty(round_row: Row, interview: Interview) -> Answer:
    draft = find_draft(reading(), current_author() or "", _draft_key(round_row["id"]))
    if draft is not None and any(draft.fields.values()):
        read_fields(interview, draft.fields)
        return _show_entry(round_row, interview, draft.fields, {}, status=200, restored=True)
    after = request.args.get("after", "")
    is_number = after.isascii() and after.isdecimal() and len(after) <= 6
    number = int(after) + 1 if is_number else papers.next_number(reading(), round_row["id"])
    while is_number_taken(reading(), round_row["id"], number):
        number += 1
    typed = {"number": str(number), "village": request.args.get("village", "")}
    return _show_entry(round_row, interview, typed, {}, status=200)


def _show_entry(
    round_row: Row,
    interview: Interview,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    number_problem: str = "",
    no_village: bool = False,
    status: int = 422,
    restored: bool = False,
) -> Answer:
    round_id, number = round_row["id"], typed.get("number", "")
    again = number_problem and number.isdecimal() and find_paper(reading(), round_id, int(number))
    fields, differing = papers.disagreement(reading(), round_id)
    return render_template(
        "answers/papers.html",
        round=round_row,
        cells=make_cells(interview, typed, problems),
        draft=_draft_key(round_id),
        restored=restored,
        number=number,
        number_problem=number_problem,
        taken=again or None,
        villages=list_villages(reading(), round_row),
        village=typed.get("village", ""),
        village_problem=_("No village is chosen yet. Please choose one.") if no_village else "",
        awaiting=papers.list_awaiting(reading(), round_id),
        entered=papers.count_papers(reading(), round_id),
        fields=fields,
        differing=differing,
    ), status


# Once more: to correct, or as the second entry


@blueprint.route("/rounds/<round_id>/papers/<int:number>", methods=["GET", "POST"])
@allow(WRITERS)
def correct_paper(round_id: str, number: int) -> Answer:
    """Type a sheet once more that is still in the urn, in the place of what was entered."""
    round_row, row = _open_paper(round_id, number)
    interview = _blank_interview(round_row, row)
    if request.method == "GET":
        return _show_once_more("correct", round_row, number, interview)
    problems = read_fields(interview, request.form)
    if problems:
        return _show_once_more("correct", round_row, number, interview, request.form, problems)
    with recording() as recorder:
        papers.replace_paper(recorder, number, _new_values(round_row, row, interview))
    message = _("Sheet %(number)s was entered anew; what stood there before is gone.", number=number)
    return tidy_after(go("answers.enter_paper", message, round_id=round_id))


@blueprint.route("/rounds/<round_id>/papers/<int:number>/again", methods=["GET", "POST"])
@allow(WRITERS)
def enter_again(round_id: str, number: int) -> Answer:
    """Enter a sheet for the second time and settle where the two entries differ."""
    round_row, row = _open_paper(round_id, number)
    if not row["waits"]:
        message = _("Sheet %(number)s does not wait for a second entry.", number=number)
        return go("answers.enter_paper", message, round_id=round_id)
    interview = _blank_interview(round_row, row)
    if request.method == "GET":
        return _show_once_more("again", round_row, number, interview)
    problems = read_fields(interview, request.form)
    if problems:
        return _show_once_more("again", round_row, number, interview, request.form, problems)
    return _settle(round_row, row, number, interview)


def _settle(round_row: Row, row: Row, number: int, second: Interview) -> Answer:
    differences, fields = compare(_blank_interview(round_row, row, papers.read_answers(row)), second)
    merged, open_ones = choose(second, differences, request.form)
    if open_ones:
        problem = _("Not every difference is settled yet. Please look at the paper and choose.")
        return render_template(
            "answers/compare.html",
            round=round_row,
            number=number,
            differences=differences,
            typed=[each for each in request.form.items(multi=True) if each[0].startswith("q")],
            problem=problem if request.form.get("act") == "settle" else "",
        ), 422 if request.form.get("act") == "settle" else 200
    with recording() as recorder:
        settled = _blank_interview(round_row, row, merged)
        papers.replace_paper(recorder, number, _new_values(round_row, row, settled), settled=True)
        papers.add_disagreement(recorder, round_row["id"], fields, len(differences))
    message = _("Sheet %(number)s was entered twice, and both agree now.", number=number)
    return tidy_after(go("answers.enter_paper", message, round_id=round_row["id"]))


def _open_paper(round_id: str, number: int) -> tuple[Row, Row]:
    round_row = require_open(reading(), round_id)
    return round_row, papers.get_paper(reading(), round_id, number)


def _blank_interview(round_row: Row, row: Row, answers: Mapping[str, str] | None = None) -> Interview:
    questionnaire = get_record(reading(), "questionnaire", row["values"]["questionnaire"])
    return open_interview(round_row, questionnaire, answers, day=today())


def _new_values(round_row: Row, row: Row, interview: Interview) -> dict[str, Any]:
    """Derive the values of a sheet that was typed once more; village, day and withdrawal code stay as they were."""
    before = row["values"]
    values = make_sheet_values(
        round_row,
        get_record(reading(), "questionnaire", before["questionnaire"]),
        interview,
        village=before["village"],
        day=date.fromisoformat(before["day"]),
        source="paper",
    )
    return values | {name: before[name] for name in ("withdrawal_hash", "consent_version") if before.get(name)}


def _show_once_more(
    mode: str,
    round_row: Row,
    number: int,
    interview: Interview,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Answer:
    same = mode == "again" and _remembered(round_row, number) in session.get(_ENTERED, [])
    return render_template(
        "answers/paper_again.html",
        round=round_row,
        number=number,
        mode=mode,
        same_session=same,
        cells=make_cells(interview, typed, problems),
    ), 422 if problems else 200
