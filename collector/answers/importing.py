"""Takes over answers that were written down elsewhere: one line per sheet, columns as the dictionary names them.

Every line is asked question by question, as if somebody typed it, and goes into the urn. A line that bears the id of a
sheet is taken over once, however often the file comes. Runs inside a transaction that the edge opened.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from collector.answers.columns import OTHER, SHEET_COLUMNS, list_columns
from collector.answers.errors import AnswersRefused
from collector.answers.interviewing import get_questionnaire, list_villages, make_sheet_values, open_interview
from collector.answers.sheets import Sheet
from collector.answers.urn import put_sheet, require_open
from collector.clock import today
from collector.exchange.reading import Refusal
from collector.folding import fold
from collector.questionnaires.answers import Problem
from collector.questionnaires.form import Control, Form
from collector.recorder import Recorder
from collector.units.tables import decode
from sync.revisions import Value
from sync.storage import Row

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_REFUSALS: Final = 1_000
_DELIMITERS: Final = ",;\t"
_FORMULA_MARKS: Final = ("'=", "'+", "'-", "'@", "'\t", "'\r")


@dataclass(slots=True)
class AnswersResult:
    """What taking answers over did; `unchanged` were taken over before."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Target:
    """The round into which sheets go, and the path of every column of its questionnaire."""

    round: Row
    questionnaire: Row
    villages: Mapping[str, str]
    paths: Mapping[str, str]


def import_answers(recorder: Recorder, round_id: str, data: bytes) -> AnswersResult:
    """Put every line of a CSV file into the urn of an open round; wrong lines are refused with what is wrong.

    :raises RoundNotOpen: if the round is not open.
    :raises AnswersRefused: if the file is too large, or its first line does not name the columns.
    :raises TableUnreadable: if it is no text.
    """
    if len(data) > MAX_BYTES:
        raise AnswersRefused(reason=f"> {MAX_BYTES // 1024 // 1024} MB")
    target = _find_target(recorder, round_id)
    result = AnswersResult()
    for line, row in _read_rows(decode(data), target):
        _import_line(recorder, target, line, row, result)
        if len(result.refusals) >= MAX_REFUSALS:
            break
    return result


def _find_target(recorder: Recorder, round_id: str) -> _Target:
    connection = recorder.connection
    round_row = require_open(connection, round_id)
    questionnaire = get_questionnaire(connection, round_row)
    villages = {fold(each["name"]): each["id"] for each in list_villages(connection, round_row)}
    columns = list_columns(Form.parse(questionnaire["xform"]))
    return _Target(round_row, questionnaire, villages, {column.name: column.path for column in columns})


def _read_rows(text: str, target: _Target) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the filled lines as values by column, with their numbers."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count))
    try:
        names = [name.strip() for name in next(reader, [])]
        _refuse_columns(names, target)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, dict(zip(names, map(_plain, row), strict=False))
    except csv.Error as error:
        raise AnswersRefused(reason=str(error)) from error


def _plain(cell: str) -> str:
    """Take off the mark that an export put before what a spreadsheet would take for a formula."""
    return cell[1:] if cell.startswith(_FORMULA_MARKS) else cell


def _refuse_columns(names: list[str], target: _Target) -> None:
    known = {*SHEET_COLUMNS, OTHER, *target.paths}
    unknown = [name for name in names if name not in known]
    twice = [name for name in names if names.count(name) > 1]
    if unknown or twice:
        raise AnswersRefused(reason=", ".join(dict.fromkeys(unknown or twice))[:300])
    if not set(names) & set(target.paths):
        raise AnswersRefused(reason=", ".join(list(target.paths)[:10]))


def _import_line(recorder: Recorder, target: _Target, line: int, row: Mapping[str, str], result: AnswersResult) -> None:
    village, day = _find_village(target, row), _find_day(row)
    if not village or day is None:
        name = "day" if village else "village"
        result.refusals.append(Refusal(line, f"no_such_{name}", name, {"field": name, "value": row.get(name, "")[:60]}))
        return
    values = _ask(target, line, row, village, day, result)
    if values is not None:
        sheet_id = row.get("sheet_id", "").strip()
        is_new = put_sheet(recorder, Sheet(values, instance_id=f"import {sheet_id}" if sheet_id else None))
        setattr(result, "added" if is_new else "unchanged", (result.added if is_new else result.unchanged) + 1)


def _find_village(target: _Target, row: Mapping[str, str]) -> str:
    named = row.get("village", "").strip()
    if not named and len(target.villages) == 1:
        return next(iter(target.villages.values()))
    return target.villages.get(fold(named), "")


def _find_day(row: Mapping[str, str]) -> date | None:
    text = row.get("day", "").strip()
    try:
        found = date.fromisoformat(text) if text else today()
    except ValueError:
        return None
    return found if found <= today() else None


def _ask(
    target: _Target, line: int, row: Mapping[str, str], village: str, day: date, result: AnswersResult
) -> dict[str, Value] | None:
    interview = open_interview(target.round, target.questionnaire, day=day)
    names = {path: name for name, path in target.paths.items()}
    wrong: list[tuple[str, Problem]] = []
    for question in interview.form.questions:
        raw = row.get(names.get(question.path, ""), "")
        if question.control is Control.NOTE or not interview.is_asked(question):
            continue
        problem = interview.answer(question.path, raw)
        if problem is not None and problem.code != "required":
            wrong.append((names[question.path], problem))
    for name, problem in wrong:
        result.refusals.append(Refusal(line, "answer_not_taken", name, {"field": name, "problem": problem}))
    if wrong:
        return None
    return make_sheet_values(
        target.round, target.questionnaire, interview, village=village, day=day, source=_find_source(row)
    )


def _find_source(row: Mapping[str, str]) -> str:
    source = row.get("source", "").strip()
    return source if source in ("screen", "paper", "openrosa") else "paper"
