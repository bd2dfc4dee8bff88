"""The pages that a resident sees: consent, one question after another, the withdrawal code. One address for all.

What was answered goes into the unfinished sheet and never into an address, a title, a message or a later page; going
back shows a question as if nobody had answered it. Every step is a POST that leads back to the same address.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from collector.accounts.access import ANYONE, allow
from collector.accounts.handed_over import OPEN_ENDPOINTS
from collector.accounts.sessions import answer_lost_token
from collector.answers import handover
from collector.answers.blueprint import blueprint
from collector.answers.consent import make_paragraphs, make_version
from collector.answers.errors import OpenSheetUnreadable, QuestionnaireNotForScreen, RoundNotOpen
from collector.answers.handover import Handover, find_handover, find_ticket, update_handover
from collector.answers.interviewing import get_questionnaire, make_sheet_values, open_interview
from collector.answers.open_sheets import (
    OpenSheet,
    Ticket,
    add_open_sheet,
    find_open_sheet,
    make_ticket,
    remove_open_sheet,
    update_open_sheet,
)
from collector.answers.problems import say_problem
from collector.answers.screens import list_languages, show_screen
from collector.answers.sheets import Sheet, hash_withdrawal_code
from collector.answers.urn import is_received, put_sheet, require_open
from collector.clock import today
from collector.pages import LANGUAGES
from collector.questionnaires.dimensions import read_meaning
from collector.questionnaires.form import Control, language_tag
from collector.questionnaires.interview import Interview
from collector.questionnaires.views import send_medium
from collector.recorder import Recorder
from collector.web import empty_journal_after, reading, recording
from collector.wording import write_day
from sync.storage import Row

END: Final = "(end)"
"""Stands for the question after the last."""
ASIDE: Final = frozenset({"dont_know", "refused"})
"""What choices mean that stand apart, below the others."""
Answer = Response | tuple[str, int]


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
        return _page("locked", held)
    try:
        round_row = require_open(reading(), held.round)
        questionnaire = get_questionnaire(reading(), round_row)
    except (RoundNotOpen, QuestionnaireNotForScreen):
        return _page("over", held)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        return _again() if act is None else act(held, round_row, questionnaire)
    return _show(held, round_row, questionnaire)


def _again() -> Response:
    return redirect(url_for("answers.ask"), 303)


def _page(name: str, held: Handover, status: int = 200, **values: Any) -> Answer:
    idle = {"idle_seconds": handover.IDLE_SECONDS, "language": held.language}
    return render_template(f"answers/{name}.html", **idle | values), status


def _show(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    update_handover(held)
    if held.stage in (handover.ASKING, handover.STOPPING):
        return _show_question(held, round_row, questionnaire)
    if held.stage == handover.DONE:
        return _show_code(held)
    if held.stage == handover.RETURNED:
        return _page("returned", held)
    languages = list_languages(reading(), questionnaire)
    if len(languages) > 1 and not held.language:
        return _page("languages", held, languages=languages)
    return _page(
        "consent",
        held,
        paragraphs=make_paragraphs(round_row, write_day(round_row["keep_until"])),
        other_languages=len(languages) > 1,
    )


# Steps before the first question


def _choose_language(held: Handover, _: Row, questionnaire: Row) -> Answer:
    wanted = request.form.get("language", "")
    if held.stage == handover.START and (wanted == "" or wanted in dict(list_languages(reading(), questionnaire))):
        update_handover(held, language=wanted)
        if wanted:
            handover.speak(wanted if wanted in LANGUAGES else "vi")
    return _again()


def _consent(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    if held.stage != handover.START:
        return _again()
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
    response = _again()
    handover.give_ticket(response, ticket)
    return response


def _decline(held: Handover, _: Row, __: Row) -> Answer:
    if held.stage == handover.START:
        update_handover(held, stage=handover.RETURNED, declined=held.declined + 1)
    return _again()


# Questions


def _show_question(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    try:
        sheet = find_open_sheet(reading(), find_ticket())
    except OpenSheetUnreadable:
        sheet = None
    if sheet is None:
        return _without_sheet(held)
    if held.stage == handover.STOPPING:
        return _page("stop", held)
    interview = _interview(sheet, round_row, questionnaire, find_ticket())
    if sheet.at == END or not _is_asked(interview, sheet.at):
        return _page("finish", held, count=len(interview.asked()))
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
    screen = show_screen(reading(), questionnaire, interview, path, held.language or "vi")
    place, total = interview.progress(path)
    return _page(
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


def _interview(sheet: OpenSheet, round_row: Row, questionnaire: Row, ticket: Ticket | None) -> Interview:
    seed = ticket.sheet if ticket else ""
    return open_interview(
        round_row, questionnaire, sheet.answers, day=today(), seed=seed, language=sheet.language or "vi"
    )


def _is_asked(interview: Interview, path: str) -> bool:
    return path in interview.asked()


def _answer(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    """Take the answer to the question that is being asked; one to any other was sent twice and changes nothing."""

    def take(sheet: OpenSheet, interview: Interview) -> Answer | None:
        path = sheet.at
        if request.form.get("question") != path or not _is_asked(interview, path):
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
        return _again()
    update_handover(held, stage=handover.ASKING)
    with recording() as recorder:
        try:
            sheet = find_open_sheet(recorder.connection, ticket)
        except OpenSheetUnreadable:
            sheet = None
        if sheet is None:
            return _again()
        interview = _interview(sheet, round_row, questionnaire, ticket)
        refused = change(sheet, interview)
        if refused is None:
            sheet.answers = interview.values()
            update_open_sheet(recorder.connection, ticket, sheet)
    return _again() if refused is None else refused


# Stopping and finishing


def _stop(held: Handover, _: Row, __: Row) -> Answer:
    if held.stage == handover.ASKING:
        update_handover(held, stage=handover.STOPPING)
    return _again()


def _go_on(held: Handover, _: Row, __: Row) -> Answer:
    if held.stage == handover.STOPPING:
        update_handover(held, stage=handover.ASKING)
    return _again()


def _discard(held: Handover, _: Row, __: Row) -> Answer:
    ticket = find_ticket()
    if held.stage != handover.STOPPING:
        return _again()
    if ticket is not None:
        with recording() as recorder:
            remove_open_sheet(recorder.connection, ticket)
    update_handover(held, stage=handover.RETURNED, declined=held.declined + 1)
    response = _again()
    handover.drop_ticket(response)
    return response


def _send(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    """Put the finished sheet into the urn; pressed twice it is put there once."""
    ticket = find_ticket()
    if held.stage != handover.ASKING or ticket is None:
        return _again()
    with recording() as recorder:
        sheet = find_open_sheet(recorder.connection, ticket)
        if sheet is None:
            done = is_received(recorder.connection, hash_withdrawal_code(ticket.withdrawal_code))
        else:
            done = _finish(recorder, ticket, sheet, round_row, questionnaire)
    if done:
        update_handover(held, stage=handover.DONE)
    return empty_journal_after(_again())


def _finish(
    recorder: Recorder, ticket: Ticket, sheet: OpenSheet, round_row: Row, questionnaire: Row
) -> bool:
    interview = _interview(sheet, round_row, questionnaire, ticket)
    wrong = next(iter(interview.problems()), None)
    if wrong is not None or (sheet.at != END and _is_asked(interview, sheet.at)):
        sheet.at = sheet.at if wrong is None else wrong.path
        update_open_sheet(recorder.connection, ticket, sheet)
        return False
    values = make_sheet_values(
        round_row, questionnaire, interview, village=sheet.village, day=today(), source="screen"
    ) | {
        "consent_version": sheet.consent_version,
        "withdrawal_hash": hash_withdrawal_code(ticket.withdrawal_code),
    }
    put_sheet(recorder, Sheet(values))
    remove_open_sheet(recorder.connection, ticket)
    return True


def _without_sheet(held: Handover) -> Answer:
    """Answer a browser whose sheet is not there: it was sent and only the reply was lost, or it is gone."""
    ticket = find_ticket()
    if ticket is not None and is_received(reading(), hash_withdrawal_code(ticket.withdrawal_code)):
        update_handover(held, stage=handover.DONE)
        return _show_code(held)
    return _page("gone", held)


def _show_code(held: Handover) -> Answer:
    ticket = find_ticket()
    if ticket is None:
        return _page("returned", held)
    return _page("done", held, code=ticket.withdrawal_code)


def _return(held: Handover, _: Row, __: Row) -> Answer:
    """Put the code away, so that it does not stand on the screen that is given back."""
    if held.stage != handover.DONE:
        return _again()
    update_handover(held, stage=handover.RETURNED)
    response = _again()
    handover.drop_ticket(response)
    return response


def _next_person(held: Handover, _: Row, __: Row) -> Answer:
    """Begin afresh for the next resident: nothing of the one before stays in the browser."""
    if held.stage not in (handover.RETURNED, handover.ASKING) or (held.stage == handover.ASKING and _has_sheet()):
        return _again()
    handover.speak("")
    handover.forget_token()
    update_handover(held, stage=handover.START, language="")
    response = _again()
    handover.drop_ticket(response)
    return response


def _has_sheet() -> bool:
    try:
        return find_open_sheet(reading(), find_ticket()) is not None
    except OpenSheetUnreadable:
        return False


_ACTS: Final[Mapping[str, Callable[[Handover, Row, Row], Answer]]] = {
    "language": _choose_language,
    "consent": _consent,
    "decline": _decline,
    "answer": _answer,
    "back": _go_back,
    "stop": _stop,
    "go_on": _go_on,
    "discard": _discard,
    "send": _send,
    "return": _return,
    "next_person": _next_person,
}


@blueprint.get("/ask/media/<name>")
@allow(ANYONE)
def play(name: str) -> Response:
    """Give a picture or a recording of the questionnaire that is being asked, and no other file."""
    held = find_handover()
    if held is None or held.locked:
        abort(404)
    return send_medium(require_open(reading(), held.round)["questionnaire"], name)
