"""A whole paper sheet as a grid of cells, each with the digits that enter its answers; and reading what was typed.

Pure of pages and storage. Digits mean the same on every sheet: 1 yes, 2 no, 3 does not remember, 4 does not want to
answer, 0 left empty; other choices are numbered in their order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collector.answers.interviewing import list_questions
from collector.answers.problems import say_problem
from collector.questionnaires.answers import Problem
from collector.questionnaires.dimensions import read_meaning
from collector.questionnaires.form import Control, Question
from collector.questionnaires.interview import Interview
from collector.questionnaires.speaking import Option

BLANK: Final = "(blank)"
"""What a cell sends when the question was left empty on the paper; nothing sent means that nobody typed anything."""
_DIGITS: Final = {"yes": "1", "no": "2", "dont_know": "3", "refused": "4"}
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Key:
    """One answer of a cell: the digit that enters it (empty where a list is opened), its value and its words."""

    digit: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One question on the paper. `typed` is what stands in it, `ticked` the chosen ones of several."""

    name: str
    path: str
    number: int
    label: str
    control: str
    keys: tuple[Key, ...]
    typed: str = ""
    ticked: frozenset[str] = frozenset()
    problem: str = ""
    asked: bool = True


def make_cells(
    interview: Interview, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> list[Cell]:
    """Make the cells of a sheet; `typed` is what stands in them by field name, `problems` sentences by path."""
    found = []
    for place, question in enumerate(list_questions(interview)):
        name, screen = f"q{place}", interview.describe(question.path)
        values = [option.value for option in screen.options]
        ticked = {values[rank] for rank in range(len(values)) if (typed or {}).get(f"{name}-{rank}")}
        found.append(
            Cell(
                name,
                question.path,
                place + 1,
                screen.label,
                _kind(question, len(values)),
                number_keys(screen.options),
                (typed or {}).get(name, ""),
                frozenset(ticked),
                (problems or {}).get(question.path, ""),
                interview.is_asked(question),
            )
        )
    return found


def _kind(question: Question, count: int) -> str:
    if question.control is Control.ONE:
        return "digits" if count <= _MOST_DIGITS else "list"
    return {Control.SEVERAL: "boxes", Control.ACKNOWLEDGE: "box"}.get(question.control, "text")


def number_keys(options: Iterable[Option]) -> tuple[Key, ...]:
    """Give every option its digit: by its meaning where all of them have one, else by its place in the list."""
    listed = list(options)
    meanings = [read_meaning(option.value) for option in listed]
    by_meaning = all(meanings) and len(set(meanings)) == len(meanings) and {"yes", "no"} <= set(meanings)
    return tuple(
        Key(_DIGITS[meaning] if by_meaning else str(place), option.value, option.label)
        for place, (option, meaning) in enumerate(zip(listed, meanings, strict=True), start=1)
    )


def read_fields(interview: Interview, fields: Mapping[str, str]) -> dict[str, str]:
    """Take the answers of a sheet in order; give a sentence for every question whose answer is not taken, by path.

    A paper may leave a question empty that a screen would ask for; but somebody has to say that it is empty. What was
    written at a question that is not asked with the other answers is left out, as on the screen.
    """
    problems = {}
    for place, question in enumerate(list_questions(interview)):
        if not interview.is_asked(question):
            continue
        raw = _read_cell(interview, question, f"q{place}", fields)
        problem = Problem(question.path, "not_entered") if raw is None else interview.answer(question.path, raw)
        if problem is not None and problem.code != "required":
            problems[question.path] = say_problem(problem)
    return problems


def _read_cell(interview: Interview, question: Question, name: str, fields: Mapping[str, str]) -> list[str] | None:
    """Give what was typed into a cell; None if a choice has to be made and was not."""
    if question.control is Control.SEVERAL:
        values = [option.value for option in interview.describe(question.path).options]
        return [value for rank, value in enumerate(values) if fields.get(f"{name}-{rank}")]
    typed = fields.get(name, "").strip()
    if question.control is Control.ONE and not typed:
        return None
    return [] if typed in ("", BLANK) else [typed]
