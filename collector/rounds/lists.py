"""What is printed for a round: the list of households to visit, and blank answer sheets. Always Vietnamese.

Neither holds an answer; the list holds no number of a sheet and the sheets no household.
"""

from collector.clock import today
from collector.documents.content import BlankSheet, BlankSheets, VisitList, VisitRow
from collector.meetings.papers import issuer
from collector.query import get_record
from collector.recorder import Recorder
from collector.rounds.draw import MOST_ADULTS, choose_adult
from collector.rounds.drawing import list_drawn
from collector.rounds.papers import add_papers
from collector.rounds.sheet_questions import list_paper_questions
from collector.rounds.store import list_askers
from sync.storage import Connection, Row


def make_visit_list(connection: Connection, round_row: Row) -> VisitList:
    """Make the list of the households of a round that are to be visited, as somebody walks."""
    drawn = [each for each in list_drawn(connection, round_row["id"]) if each["outcome"] != "ineligible"]
    unit = get_record(connection, "unit", round_row["unit"])
    return VisitList(
        issuer=issuer(unit),
        subject=round_row["title"],
        issued_on=today().isoformat(),
        rows=tuple(_make_row(each) for each in drawn),
        is_demo=bool(unit["demo"]),
        first_on=round_row["starts_on"],
        last_on=round_row["ends_on"],
        asker_names=tuple(each["name"] for each in list_askers(connection, round_row["id"])),
        is_of_several_villages=len({each["village"] for each in drawn}) > 1,
    )


def _make_row(each: Row) -> VisitRow:
    number = each["adult_draw"]
    return VisitRow(
        household_number=str(each["number"] or ""),
        head_name=each["head_name"] or "",
        cluster=each["cluster"] or "",
        village_name=each["village_name"] or "",
        adult_places=tuple(choose_adult(number, adults) for adults in range(2, MOST_ADULTS + 1)) if number else (),
    )


def make_blank_sheets(recorder: Recorder, round_id: str, count: int) -> BlankSheets:
    """Make blank sheets with new numbers and codes, in the random order of printing.

    The codes stand on this paper alone: who loses it prints new sheets.

    :raises RoundNotPrintable: if the round is not open.
    :raises TooManyForms: if there are none or too many at once.
    """
    connection = recorder.connection
    round_row = get_record(connection, "round", round_id)
    sheets = add_papers(recorder, round_id, count)
    unit = get_record(connection, "unit", round_row["unit"])
    questionnaire = get_record(connection, "questionnaire", round_row["questionnaire"])
    return BlankSheets(
        issuer=issuer(unit),
        round_id=round_id,
        subject=round_row["title"],
        issued_on=today().isoformat(),
        questions=list_paper_questions(round_row, questionnaire),
        sheets=tuple(BlankSheet(number=number, withdrawal_code=code) for number, code in sheets),
        counts_adults=round_row["counted"] == "adults",
        is_demo=bool(unit["demo"]),
        keep_until_on=round_row["keep_until"],
    )
