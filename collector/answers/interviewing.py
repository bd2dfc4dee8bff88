"""Between a round and its questionnaire: an interview of what this round asks, and the values of the finished sheet.

Interviews see the day and not the time of day, so that no calculation of a form can put a minute into a sheet.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from collector.answers.errors import QuestionnaireNotForScreen
from collector.answers.sheets import make_values
from collector.clock import ZONE
from collector.query import get_record, list_records
from collector.questionnaires.form import ON_WEB, Control, Form, Question
from collector.questionnaires.interview import Interview
from collector.rounds.records import DIMENSIONS, split_dimensions
from sync.revisions import Value
from sync.storage import Connection, Row

_LAST_MINUTE: Final = time(23, 59)


def get_questionnaire(connection: Connection, round_row: Row) -> Row:
    """Give the questionnaire of a round if pages can ask it.

    :raises RecordNotFound: if it is not held.
    :raises QuestionnaireNotForScreen: if it holds something that pages cannot show.
    """
    row = get_record(connection, "questionnaire", round_row["questionnaire"])
    if not row["web"]:
        raise QuestionnaireNotForScreen(reason=" ".join((row["refusal"] or "").split()))
    return row


def open_interview(
    round_row: Row,
    questionnaire: Row,
    answers: Mapping[str, str] | None = None,
    *,
    day: date,
    seed: str = "",
    language: str = "vi",
) -> Interview:
    """Continue an interview from its answers; dimensions that the round does not ask about are left out."""
    asked = split_dimensions(round_row["dimensions"]) or DIMENSIONS
    hidden = {questionnaire[each] for each in DIMENSIONS if each not in asked and questionnaire[each]}
    return Interview(
        Form.parse(questionnaire["xform"]),
        answers,
        now=datetime.combine(day, _LAST_MINUTE, ZONE),
        seed=seed,
        language=language,
        hidden=hidden,
    )


def list_questions(interview: Interview) -> list[Question]:
    """List what this round asks to answer, in order: no notes, but also questions that are not asked now."""
    asked = (each for each in interview.form.questions if not interview.is_hidden(each))
    return [each for each in asked if each.control in ON_WEB and each.control is not Control.NOTE]


def list_answers(interview: Interview) -> dict[str, str]:
    """Give the answers by path; a question that was asked and left empty is there with an empty text."""
    blank = {each.path: "" for each in list_questions(interview) if interview.is_asked(each)}
    return blank | interview.answers()


def make_sheet_values(
    round_row: Row, questionnaire: Row, interview: Interview, *, village: str, day: date, source: str
) -> dict[str, Value]:
    """Derive the values of the sheet of a finished interview."""
    return make_values(
        round_row, questionnaire, list_answers(interview), village=village, day=day, source=source
    )


def list_villages(connection: Connection, round_row: Row) -> list[Row]:
    """List the villages of a round as `id` and `name`, in the order of their names."""
    rows = [
        get_record(connection, "unit", each["village"])
        for each in list_records(connection, "round_village", round=round_row["id"])
    ]
    return sorted(rows, key=lambda row: (row["name"], row["id"]))
