"""The pages that a resident sees: consent, one question after another, the withdrawal code. One address for all.

What was answered goes into the unfinished sheet and never into an address, a title, a message or a later page; going
back shows a question as if nobody had answered it. Every step is a POST that leads back to the same address.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import abort, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from collector.accounts.access import ANYONE, allow
from collector.accounts.handed_over import OPEN_ENDPOINTS
from collector.accounts.sessions import answer_lost_token
from collector.answers import ending, handover
from collector.answers.blueprint import blueprint
from collector.answers.consent import make_paragraphs, make_version
from collector.answers.errors import OpenSheetUnreadable, QuestionnaireNotForScreen, RoundNotOpen
from collector.answers.handover import Handover, find_handover, find_ticket, update_handover
from collector.answers.interviewing import get_questionnaire, open_interview
from collector.answers.open_sheets import (
    OpenSheet,
    add_open_sheet,
    find_open_sheet,
    make_ticket,
    update_open_sheet,
)
from collector.answers.problems import say_problem
from collector.answers.screens import list_languages, show_screen
from collector.answers.stage import END, Answer, continue_interview, is_asked, lead_back, show_page
from collector.answers.urn import require_open
from collector.clock import today
from collector.pages import LANGUAGES
from collector.questionnaires.dimensions import read_meaning
from collector.questionnaires.form import Control, language_tag
from collector.questionnaires.interview import Interview
from collector.questionnaires.views import send_medium
from collector.web import reading, recording, services
from collector.wording import write_day
from sync.storage import Row

ASIDE: Final = frozenset({"dont_know", "refused"})
"""What choices mean that stand apart, below the others."""


@blueprint.errorhandler(CSRFError)
def answer_token(error: CSRFError) -> Any:
    """Answer a form whose token is not valid: a resident's answer is not kept in a page, it is asked for again."""
    if request.endpoint in OPEN_ENDPOINTS:
        return redirect(url_for("answers.ask"), 303)
    return answer_lost_token(error)


@blueprint.route("/ask", methods=["GET", "POST"])
@allow(ANYONE)
def ask() -> Answer:
    """Show a resident what comes next, or take what was pressed."""
    held = find_handover()
    if held is None:
        return redirect(url_for("today.show_today"), 303)
    if held.locked:
        return show_page("locked", held)
    try:
        round_row = require_open(reading(), held.round)
        questionnaire = get_questionnaire(reading(), round_row)
    except (RoundNotOpen, QuestionnaireNotForScreen):
        return show_page("over", held)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        return lead_back() if act is None else act(held, round_row, questionnaire)
    return _show(held, round_row, questionnaire)


def _show(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    update_handover(held)
    if held.stage in (handover.ASKING, handover.STOPPING):
        return _show_question(held, round_row, questionnaire)
    if held.stage == handover.DONE:
        return ending.show_code(held)
    if held.stage == handover.RETURNED:
        return show_page("returned", held)
    languages = list_languages(reading(), services().files, questionnaire)
    if len(languages) > 1 and not held.language:
        return show_page("languages", held, languages=languages)
    return show_page(
        "consent",
        held,
        paragraphs=make_paragraphs(round_row, write_day(round_row["keep_until"])),
        other_languages=len(languages) > 1,
    )


# Steps before the first question


def _choose_language(held: Handover, _: Row, questionnaire: Row) -> Answer:
    wanted = request.form.get("language", "")
    known = dict(list_languages(reading(), services().files, questionnaire))
    if held.stage == handover.START and (wanted == "" or wanted in known):
        update_handover(held, language=wanted)
        if wanted:
            handover.speak(wanted if wanted in LANGUAGES else "vi")
    return lead_back()


def _consent(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    if held.stage != handover.START:
        return lead_back()
    ticket = make_ticket()
    interview = open_interview(round_row, questionnaire, day=today(), seed=ticket.sheet, language=held.language)
    sheet = OpenSheet(
        held.round, held.village, questionnaire["id"], held.language, make_version(held.language or "vi"),
        interview.first() or END, interview.values(),
    )  # fmt: skip
    with recording() as recorder:
        require_open(recorder.connection, held.round)
        add_open_sheet(recorder.connection, ticket, sheet, today())
    update_handover(held, stage=handover.ASKING)
    response = lead_back()
    handover.give_ticket(response, ticket)
    return response


def _decline(held: Handover, _: Row, __: Row) -> Answer:
    if held.stage == handover.START:
        update_handover(held, stage=handover.RETURNED, declined=held.declined + 1)
    return lead_back()


# Questions


def _show_question(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    try:
        sheet = find_open_sheet(reading(), find_ticket())
    except OpenSheetUnreadable:
        sheet = None
    if sheet is None:
        return ending.show_without_sheet(held)
    if held.stage == handover.STOPPING:
        return show_page("stop", held)
    interview = continue_interview(sheet, round_row, questionnaire, find_ticket())
    if sheet.at == END or not is_asked(interview, sheet.at):
        return show_page("finish", held, count=len(interview.asked()))
    return _show_screen(held, questionnaire, interview, sheet)


def _show_screen(
    held: Handover,
    questionnaire: Row,
    interview: Interview,
    sheet: OpenSheet,
    problem: str = "",
    typed: str = "",
) -> Answer:
    """Show a question; of its value only what the form itself proposes, before anybody answered."""
    path = sheet.at
    screen = show_screen(reading(), services().files, questionnaire, interview, path, held.language or "vi")
    place, total = interview.progress(path)
    return show_page(
        "question",
        held,
        422 if problem else 200,
        screen=screen,
        options=[each for each in screen.options if not is_aside(each.value)],
        aside=[each for each in screen.options if is_aside(each.value)],
        problem=problem,
        typed=typed or (screen.value if path not in sheet.answered else ""),
        proposed=(screen.values or (screen.value,)) if path not in sheet.answered and not problem else (),
        place=place,
        total=total,
        answered=path in sheet.answered and screen.control is not Control.NOTE,
        may_go_back=interview.previous(path) is not None,
        spoken=language_tag(interview.language) or held.language or "vi",
    )


def is_aside(value: str) -> bool:
    """Tell whether a choice means that somebody does not remember or does not want to answer; numbers never do."""
    return not value.isdecimal() and read_meaning(value) in ASIDE


def _answer(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    """Take the answer to the question that is being asked; one to any other was sent twice and changes nothing."""

    def take(sheet: OpenSheet, interview: Interview) -> Answer | None:
        path = sheet.at
        if request.form.get("question") != path or not is_asked(interview, path):
            return None
        raw = [] if "empty" in request.form else request.form.getlist("answer")
        is_kept = path in sheet.answered and not "".join(raw).strip() and "empty" not in request.form
        problem = interview.check(path, interview.value(path)) if is_kept else interview.answer(path, raw)
        if problem is not None:
            shows_text = interview.form.get_question(path).control not in (Control.ONE, Control.SEVERAL)
            typed = raw[0] if raw and shows_text else ""
            return _show_screen(held, questionnaire, interview, sheet, say_problem(problem), typed)
        sheet.answered = [*dict.fromkeys([*sheet.answered, path])]
        sheet.at = interview.next(path) or END
        return None

    return _change(held, round_row, questionnaire, take)


def _go_back(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    def step(sheet: OpenSheet, interview: Interview) -> None:
        if request.form.get("question") == sheet.at:
            asked = interview.asked()
            before = asked[-1:] if sheet.at == END else [interview.previous(sheet.at)]
            sheet.at = (before[0] if before else None) or sheet.at

    return _change(held, round_row, questionnaire, step)


def _change(
    held: Handover,
    round_row: Row,
    questionnaire: Row,
    change: Callable[[OpenSheet, Interview], Answer | None],
) -> Answer:
    """Read the unfinished sheet, change it and keep it, all in one transaction."""
    ticket = find_ticket()
    if held.stage not in (handover.ASKING, handover.STOPPING) or ticket is None:
        return lead_back()
    update_handover(held, stage=handover.ASKING)
    with recording() as recorder:
        try:
            sheet = find_open_sheet(recorder.connection, ticket)
        except OpenSheetUnreadable:
            sheet = None
        if sheet is None:
            return lead_back()
        interview = continue_interview(sheet, round_row, questionnaire, ticket)
        refused = change(sheet, interview)
        if refused is None:
            sheet.answers = interview.values()
            update_open_sheet(recorder.connection, ticket, sheet)
    return lead_back() if refused is None else refused


_ACTS: Final[Mapping[str, Callable[[Handover, Row, Row], Answer]]] = {
    "language": _choose_language,
    "consent": _consent,
    "decline": _decline,
    "answer": _answer,
    "back": _go_back,
    "stop": ending.stop,
    "go_on": ending.go_on,
    "discard": ending.discard,
    "send": ending.send,
    "return": ending.put_code_away,
    "next_person": ending.begin_next,
}


@blueprint.get("/ask/media/<name>")
@allow(ANYONE)
def play(name: str) -> Response:
    """Give a picture or a recording of the questionnaire that is being asked, and no other file."""
    held = find_handover()
    if held is None or held.locked:
        abort(404)
    return send_medium(require_open(reading(), held.round)["questionnaire"], name)
