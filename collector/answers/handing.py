"""The pages at both ends of a resident's turn: the team hands the browser over, and takes it back with a password."""

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts import sessions
from collector.accounts.access import ANYONE, WRITERS, allow, permits
from collector.accounts.forms import add_error, wait_sentence
from collector.accounts.security import TooManyTries, is_on_this_computer
from collector.answers import handover
from collector.answers.blueprint import blueprint
from collector.answers.handover import Handover, find_handover, find_ticket
from collector.answers.interviewing import get_questionnaire, list_villages
from collector.answers.open_sheets import (
    find_open_sheet,
    find_round_of,
    list_open_days,
    remove_open_day,
    remove_open_sheet,
)
from collector.answers.urn import count_sheets, require_open
from collector.clock import today
from collector.pages import go
from collector.query import get_record
from collector.web import reading, recording
from collector.wording import ngettext
from sync.storage import Row


@blueprint.route("/rounds/<round_id>/ask", methods=["GET", "POST"])
@allow(WRITERS)
def hand_over(round_id: str) -> Response | str | tuple[str, int]:
    """Explain how a resident is asked on this screen, and hand the browser over."""
    round_row = get_record(reading(), "round", round_id)
    if request.method == "POST":
        return _act(round_row)
    if round_row["state"] == "open":
        get_questionnaire(reading(), round_row)
    return _show(round_row)


def _show(round_row: Row, problem: str = "", status: int = 200) -> tuple[str, int]:
    ticket = find_ticket()
    unfinished = find_round_of(reading(), ticket)
    other = get_record(reading(), "round", unfinished) if unfinished not in (None, round_row["id"]) else None
    return render_template(
        "answers/hand_over.html",
        round=round_row,
        villages=list_villages(reading(), round_row),
        unfinished=unfinished == round_row["id"],
        other_round=other,
        days=list_open_days(reading(), round_row["id"]),
        sheets=count_sheets(reading(), round_row["id"]),
        idle_minutes=handover.IDLE_SECONDS // 60,
        problem=problem,
    ), status


def _act(round_row: Row) -> Response | tuple[str, int]:
    act = request.form.get("act", "")
    if act == "discard":
        return _discard_own(round_row)
    if act == "discard_day":
        return _discard_day(round_row)
    require_open(reading(), round_row["id"])
    get_questionnaire(reading(), round_row)
    unfinished = find_round_of(reading(), find_ticket()) == round_row["id"]
    villages = [each["id"] for each in list_villages(reading(), round_row)]
    village = villages[0] if len(villages) == 1 else request.form.get("village", "")
    if act == "go_on" and unfinished:
        sheet = find_open_sheet(reading(), find_ticket())
        handover.start_handover(round_row["id"], sheet.village if sheet else village, handover.ASKING)
    elif act == "start" and village in villages and not unfinished:
        handover.start_handover(round_row["id"], village, handover.START)
    else:
        return _show(round_row, _("No village is chosen yet. Please choose where you ask."), 422)
    return redirect(url_for("answers.ask"), 303)


def _discard_own(round_row: Row) -> Response:
    ticket = find_ticket()
    if ticket is not None:
        with recording() as recorder:
            remove_open_sheet(recorder.connection, ticket)
    response = go("answers.hand_over", _("The unfinished sheet was discarded unread."), round_id=round_row["id"])
    handover.drop_ticket(response)
    return response


def _discard_day(round_row: Row) -> Response:
    """Discard sheets that were begun before today: those of today may be on a screen right now."""
    day, count = request.form.get("day", ""), 0
    if day < today().isoformat():
        with recording() as recorder:
            count = remove_open_day(recorder.connection, round_row["id"], day)
    said = ngettext("%(num)s unfinished sheet was discarded unread.", "%(num)s unfinished sheets were discarded"
                    " unread.", count)
    return go("answers.hand_over", said, round_id=round_row["id"])


@blueprint.route("/ask/take-back", methods=["GET", "POST"])
@allow(ANYONE)
def take_back() -> Response | tuple[Any, ...]:
    """Take the browser back with the password of anybody on the team."""
    held = find_handover()
    if held is None:
        return redirect(url_for("today.show_today"), 303)
    form = sessions.make_log_in_form()
    if request.method == "GET":
        return _show_form(form, 200)
    try:
        account = sessions.check_log_in(form)
    except TooManyTries as refused:
        add_error(form.password, wait_sentence(refused.seconds))
        return *_show_form(form, 429), {"Retry-After": str(refused.seconds)}
    if account is None:
        return _show_form(form, 422)
    session.pop("language", None)
    sessions.start_session(account)
    _tell_declined(held)
    return _leave(held, account.role)


def _show_form(form: Any, status: int) -> tuple[str, int]:
    form.password.data = ""
    return render_template("answers/take_back.html", form=form, here=is_on_this_computer()), status


def _tell_declined(held: Handover) -> None:
    if held.declined:
        told = ngettext(
            "%(num)s person did not want to answer. Please record the household as “did not want to answer” on the page"
            " of asked households.",
            "%(num)s people did not want to answer. Please record the households as “did not want to answer” on the"
            " page of asked households.",
            held.declined,
        )
        flash(told, "warn")


def _leave(held: Handover, role: str) -> Response:
    response: Response
    if permits(WRITERS, role):
        response = redirect(url_for("answers.hand_over", round_id=held.round), 303)
    else:
        response = redirect(url_for("today.show_today"), 303)
    if held.stage in (handover.DONE, handover.RETURNED, handover.START):
        handover.drop_ticket(response)
    return response
