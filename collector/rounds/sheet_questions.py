"""What a questionnaire asks, as it stands on a blank paper sheet: in Vietnamese, numbered as on the entry page.

What depends on an earlier answer is printed with that condition in words, where it is a simple one. What paper cannot
hold (pictures, places, files) is left out.
"""

import re
from datetime import date
from typing import Final, Literal

from collector.answers.grid import Key, number_keys
from collector.answers.interviewing import list_questions, open_interview
from collector.documents.content import PaperChoice, PaperQuestion
from collector.questionnaires.form import Control, Question
from collector.questionnaires.interview import Interview, Screen
from sync.storage import Row

LANGUAGE: Final = "vi"
_EQUALS: Final = re.compile(r"\s*(?P<path>/[\w./-]+)\s*=\s*(?P<quote>['\"])(?P<value>[\w.-]+)(?P=quote)\s*")
_FOUR_ANSWERS: Final = ("yes", "no", "dont_know", "refused")
_MOST_DIGITS: Final = 9
_DAY: Final = date(2026, 1, 1)
"""Sheets are printed before anybody is asked, so no question can hang on the present day."""


def list_paper_questions(round_row: Row, questionnaire: Row) -> tuple[PaperQuestion, ...]:
    """List what a round asks, in the order of the questionnaire; other dimensions are left out."""
    interview = open_interview(round_row, questionnaire, day=_DAY, language=LANGUAGE)
    questions = list_questions(interview)
    numbers = {each.path: place for place, each in enumerate(questions, start=1)}
    return tuple(_write(interview, each, numbers) for each in questions)


def _write(interview: Interview, question: Question, numbers: dict[str, int]) -> PaperQuestion:
    screen = interview.describe(question.path)
    keys = number_keys(screen.options)
    has_digits = question.control is Control.ONE and len(keys) <= _MOST_DIGITS
    return PaperQuestion(
        number=numbers[question.path],
        text=screen.label,
        hint=screen.hint,
        form=_form(question, keys),
        condition=_say_condition(interview, question, numbers),
        choices=tuple(PaperChoice(digit=key.digit if has_digits else "", words=key.words) for key in keys),
    )


def _form(question: Question, keys: tuple[Key, ...]) -> Literal["answer", "choices", "boxes", "line"]:
    if question.control is Control.SEVERAL:
        return "boxes"
    if not keys:
        return "line"
    return "answer" if tuple(key.value for key in keys) == _FOUR_ANSWERS else "choices"


def _say_condition(interview: Interview, question: Question, numbers: dict[str, int]) -> str:
    relevant = question.bind.relevant
    found = _EQUALS.fullmatch(relevant.source) if relevant is not None else None
    if found is None or found["path"] not in numbers:
        return ""
    above: Screen = interview.describe(found["path"])
    words = next((each.label for each in above.options if each.value == found["value"]), found["value"])
    return f"chỉ khi câu {numbers[found['path']]} là “{words}”"
