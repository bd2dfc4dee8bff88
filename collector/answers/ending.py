"""How a resident's turn ends: stopping, handing the sheet in, the withdrawal code, the next person.

Part of the pages of `asking`; each step leads back to their one address.
"""

from collector.answers import handover
from collector.answers.errors import OpenSheetUnreadable
from collector.answers.handover import Handover, find_ticket, update_handover
from collector.answers.interviewing import make_sheet_values
from collector.answers.open_sheets import OpenSheet, Ticket, find_open_sheet, remove_open_sheet, update_open_sheet
from collector.answers.sheets import Sheet, hash_withdrawal_code
from collector.answers.stage import END, Answer, continue_interview, is_asked, lead_back, show_page
from collector.answers.urn import is_received, put_sheet
from collector.clock import today
from collector.recorder import Recorder
from collector.web import reading, recording, tidy_after
from sync.storage import Row


def stop(held: Handover, _: Row, __: Row) -> Answer:
    """Ask whether the resident really wants to stop."""
    if held.stage == handover.ASKING:
        update_handover(held, stage=handover.STOPPING)
    return lead_back()


def go_on(held: Handover, _: Row, __: Row) -> Answer:
    """Go back to the question."""
    if held.stage == handover.STOPPING:
        update_handover(held, stage=handover.ASKING)
    return lead_back()


def discard(held: Handover, _: Row, __: Row) -> Answer:
    """Erase what was answered."""
    ticket = find_ticket()
    if held.stage != handover.STOPPING:
        return lead_back()
    if ticket is not None:
        with recording() as recorder:
            remove_open_sheet(recorder.connection, ticket)
    update_handover(held, stage=handover.RETURNED, declined=held.declined + 1)
    response = lead_back()
    handover.drop_ticket(response)
    return response


def send(held: Handover, round_row: Row, questionnaire: Row) -> Answer:
    """Put the finished sheet into the urn; pressed twice it is put there once."""
    ticket = find_ticket()
    if held.stage != handover.ASKING or ticket is None:
        return lead_back()
    with recording() as recorder:
        sheet = find_open_sheet(recorder.connection, ticket)
        if sheet is None:
            done = is_received(recorder.connection, hash_withdrawal_code(ticket.withdrawal_code))
        else:
            done = _finish(recorder, ticket, sheet, round_row, questionnaire)
    if done:
        update_handover(held, stage=handover.DONE)
    return tidy_after(lead_back())


def _finish(
    recorder: Recorder, ticket: Ticket, sheet: OpenSheet, round_row: Row, questionnaire: Row
) -> bool:
    interview = continue_interview(sheet, round_row, questionnaire, ticket)
    wrong = next(iter(interview.problems()), None)
    if wrong is not None or (sheet.at != END and is_asked(interview, sheet.at)):
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


def show_without_sheet(held: Handover) -> Answer:
    """Answer a browser whose sheet is not there: it was sent and only the reply was lost, or it is gone."""
    ticket = find_ticket()
    if ticket is not None and is_received(reading(), hash_withdrawal_code(ticket.withdrawal_code)):
        update_handover(held, stage=handover.DONE)
        return show_code(held)
    return show_page("gone", held)


def show_code(held: Handover) -> Answer:
    """Show the withdrawal code until it is put away."""
    ticket = find_ticket()
    if ticket is None:
        return show_page("returned", held)
    return show_page("done", held, code=ticket.withdrawal_code)


def put_code_away(held: Handover, _: Row, __: Row) -> Answer:
    """Put the code away, so that it does not stand on the screen that is given back."""
    if held.stage != handover.DONE:
        return lead_back()
    update_handover(held, stage=handover.RETURNED)
    response = lead_back()
    handover.drop_ticket(response)
    return response


def begin_next(held: Handover, _: Row, __: Row) -> Answer:
    """Begin afresh for the next resident: nothing of the one before stays in the browser."""
    if held.stage not in (handover.RETURNED, handover.ASKING) or (held.stage == handover.ASKING and _has_sheet()):
        return lead_back()
    handover.speak("")
    handover.forget_token()
    update_handover(held, stage=handover.START, language="")
    response = lead_back()
    handover.drop_ticket(response)
    return response


def _has_sheet() -> bool:
    try:
        return find_open_sheet(reading(), find_ticket()) is not None
    except OpenSheetUnreadable:
        return False
