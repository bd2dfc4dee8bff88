"""What a questionnaire asks, as it stands on a blank paper sheet: in Vietnamese, with the digits that enter it later.

Digits mean the same as on the entry page: 1 yes, 2 no, 3 does not remember, 4 does not want to answer; other choices
are numbered in their order. What depends on an earlier answer is printed with that condition in words, where it is a
simple one. What paper cannot hold (pictures, places, files) is left out.
"""

import re
from datetime import datetime
from typing import Final, Literal

from collector.answers.interviewing import list_questions
from collector.clock import ZONE
from collector.documents.content import PaperChoice, PaperQuestion
from collector.questionnaires.dimensions import read_meaning
from collector.questionnaires.form import Control, Form, Question
from collector.questionnaires.interview import Interview
from collector.questionnaires.scope import Scope, World
from collector.questionnaires.speaking import Option, Speaker
from collector.rounds.records import DIMENSIONS, split_dimensions
from sync.storage import Row

LANGUAGE: Final = "vi"
_EQUALS: Final = re.compile(r"\s*(?P<path>/[\w./-]+)\s*=\s*(?P<quote>['\"])(?P<value>[\w.-]+)(?P=quote)\s*")
_DIGITS: Final = {"yes": "1", "no": "2", "dont_know": "3", "refused": "4"}
_MOST_DIGITS: Final = 9
_MOMENT: Final = datetime(2026, 1, 1, tzinfo=ZONE)
"""Sheets are printed before anybody is asked, so no question can hang on the present moment."""


def list_paper_questions(round_row: Row, questionnaire: Row) -> tuple[PaperQuestion, ...]:
    """List what a round asks, in the order of the questionnaire; other dimensions are left out."""
    asked = split_dimensions(round_row["dimensions"]) or DIMENSIONS
    hidden = {questionnaire[each] for each in DIMENSIONS if each not in asked and questionnaire[each]}
    writer = _Writer(Form.parse(questionnaire["xform"]), hidden)
    return tuple(writer.write(question) for question in writer.questions)


class _Writer:
    """Writes the questions of one form in Vietnamese, as if nothing had been answered yet."""

    def __init__(self, form: Form, hidden: set[str]) -> None:
        listed = list_questions(Interview(form, now=_MOMENT, language=LANGUAGE, hidden=hidden))
        self.questions = [each for each in listed if each.path not in hidden]
        self._numbers = {each.path: place for place, each in enumerate(self.questions, start=1)}
        self._by_path = {each.path: each for each in self.questions}
        self._speaker = Speaker(form, LANGUAGE)
        document = form.template.copy()
        world = World(document, form.instances, _MOMENT)
        self._scope = Scope(world, document, document)
        world.find_text = lambda name: self._speaker.say_id(name, self._scope)

    def write(self, question: Question) -> PaperQuestion:
        options = list(self._speaker.options(question, self._scope))
        return PaperQuestion(
            number=self._numbers[question.path],
            text=self._speaker.say(question.label, self._scope).text,
            hint=self._speaker.say(question.hint, self._scope).text,
            form=_form(question, options),
            condition=self._condition(question),
            choices=_number(options, digits=question.control is Control.ONE),
        )

    def _condition(self, question: Question) -> str:
        relevant = question.bind.relevant
        found = _EQUALS.fullmatch(relevant.source) if relevant is not None else None
        above = self._by_path.get(found["path"]) if found else None
        if found is None or above is None:
            return ""
        words = self._speaker.say_choice(found["value"], above.path, self._scope)
        return f"chỉ khi câu {self._numbers[above.path]} là “{words or found['value']}”"


def _form(question: Question, options: list[Option]) -> Literal["answer", "choices", "boxes", "line"]:
    if question.control is Control.SEVERAL:
        return "boxes"
    if not options:
        return "line"
    meanings = [read_meaning(option.value) for option in options]
    return "answer" if meanings == list(_DIGITS) else "choices"


def _number(options: list[Option], *, digits: bool) -> tuple[PaperChoice, ...]:
    meanings = [read_meaning(option.value) for option in options]
    by_meaning = all(meanings) and len(set(meanings)) == len(meanings) and {"yes", "no"} <= set(meanings)
    named = [_DIGITS[meaning] if by_meaning else str(place) for place, meaning in enumerate(meanings, start=1)]
    shown = digits and len(options) <= _MOST_DIGITS
    return tuple(
        PaperChoice(digit=digit if shown else "", words=option.label)
        for digit, option in zip(named, options, strict=True)
    )
