"""Turns an uploaded XLSForm into a questionnaire: pyxform makes the form, its complaints become places and reasons.

pyxform is loaded when the first workbook comes. What it takes and a page cannot ask is no error: it is told in
`Converted.obstacles`, with its place in the workbook.
"""

import hashlib
import re
import time
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final

from collector.folding import fold
from collector.questionnaires.dimensions import map_questions
from collector.questionnaires.errors import EvaluationFailed, FormRefused, WorkbookRefused
from collector.questionnaires.form import Control, Form, Obstacle, Question
from collector.questionnaires.interview import Interview
from collector.questionnaires.variants import make_variant
from collector.questionnaires.workbooks import Place, Sheets, read_sheets

MAX_XFORM_BYTES: Final = 390_000
TRIAL_SECONDS: Final = 3.0
"""So long a form is tried out; a longer one is tried in part."""
ANSWER_SECONDS: Final = 1.0
"""So long one answer may take."""
_ROW: Final = re.compile(r"\[row : (\d+)\]")
_SHEET: Final = re.compile(r"On the '(\w+)' sheet, the '([^']*)' value")
_COMPLAINTS: Final = (
    ("name_unknown", re.compile(r"Could not find the name '(?P<value>[^']*)'")),
    ("reference_twice", re.compile(r"The name '(?P<value>[^']*)' appears more than once")),
    ("reference_syntax", re.compile(r"Reference variables must start with")),
    ("name_reserved", re.compile(r"The name '(?P<value>meta)' is reserved")),
    ("name_twice", re.compile(r"'name' value '(?P<value>[^']*)' is invalid.*(?:must be unique|must unique)")),
    ("name_missing", re.compile(r"Question or group with no name")),
    ("name_letters", re.compile(r"Names must begin with a letter")),
    ("label_missing", re.compile(r"survey element named '(?P<value>[^']*)' has no label")),
    ("type_unknown", re.compile(r"Unknown question type '(?P<value>[^']*)'")),
    ("list_missing", re.compile(r"List name not in choices sheet: (?P<value>.*)")),
    ("no_choices", re.compile(r"There should be a choices sheet")),
    ("choice_twice", re.compile(r"Choice names must be unique")),
    ("choice_without_name", re.compile(r"Choices must have a name")),
    ("choice_with_space", re.compile(r"Choice names with spaces cannot be added.*See \[(?P<value>[^\]]*)\]")),
    ("group_open", re.compile(r"Unmatched 'begin_\w+'.*for the name '(?P<value>[^']*)'")),
    ("group_closed", re.compile(r"Unmatched 'end_(?P<value>\w+)'")),
    ("calculation_missing", re.compile(r"Missing calculation")),
    ("columns_missing", re.compile(r"for sheet: '(?P<sheet>\w+)'.*headers were not found: (?P<value>[^.]*)")),
    ("columns_twice", re.compile(r"for sheet: '(?P<sheet>\w+)'.*same column were found: (?P<value>[^.]*)")),
    ("no_survey", re.compile(r"You must have a sheet named 'survey'")),
)
"""What pyxform says, by our own code for it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A workbook that became a form, and what the workbook says beside it."""

    form: Form
    xform: str
    sheets: Sheets
    mapping: dict[str, str]
    obstacles: tuple[tuple[Obstacle, Place | None], ...]


def convert_workbook(data: bytes, name: str, now: datetime) -> Converted:
    """Make a questionnaire of an XLSForm. `name` is that of the file: it stands in for a missing form_id.

    :raises WorkbookRefused: if it is no XLSForm, or wrong.
    :raises FormRefused: if it is encrypted, sent elsewhere, or too large.
    """
    sheets = read_sheets(data)
    if "survey" not in sheets.rows:
        raise WorkbookRefused(reason="no_survey")
    xform = _convert(data, sheets)
    form_id = sheets.setting("form_id") or sheets.setting("id_string") or _name_of(name)
    version = sheets.setting("version") or f"sha-{hashlib.sha256(data).hexdigest()[:8]}"
    named = make_variant(xform, form_id=form_id, version=version, title=sheets.setting("form_title") or form_id)
    xform = unicodedata.normalize("NFC", named.replace("\r", "")).strip()  # as records keep it
    if len(xform.encode()) > MAX_XFORM_BYTES:
        raise FormRefused(reason="too_large", limit_kb=MAX_XFORM_BYTES // 1000)
    form = Form.parse(xform)
    obstacles = [*form.obstacles, *try_out(form, now)]
    places = [(each, _place_of(sheets, each)) for each in obstacles]
    dimensions = sheets.list_dimensions(form.template.children[0].name)
    return Converted(form, xform, sheets, map_questions(form, dimensions), tuple(places))


def _name_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(PurePath(name.replace("\\", "/")).stem)).strip("_")[:60] or "form"


def _convert(data: bytes, sheets: Sheets) -> str:
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(convert(data, file_type=".xlsx", form_name="data", warnings=[]).xform)
    except PyXFormError as error:
        raise _explain(str(error), sheets) from error
    except Exception as error:  # what a strange workbook makes the library stumble over
        raise WorkbookRefused(reason="converter", detail=f"{type(error).__name__}: {error}"[:300]) from error


def _explain(message: str, sheets: Sheets) -> WorkbookRefused:
    row, sheet = _ROW.search(message), _SHEET.search(message)
    for reason, pattern in _COMPLAINTS:
        found = pattern.search(message)
        if found:
            named = found.groupdict()
            place = Place(
                named.get("sheet") or (sheet[1] if sheet else "survey"),
                int(row[1]) if row else _find_row(sheets, reason, named.get("value", "")),
                sheet[2] if sheet else "",
            )
            value = named.get("value", "").strip()
            return WorkbookRefused(
                reason=reason, sheet=place.sheet, row=place.row, column=place.column, value=value, detail=message[:300]
            )
    return WorkbookRefused(reason="converter", detail=message[:300], row=int(row[1]) if row else 0, sheet="survey")


def _find_row(sheets: Sheets, reason: str, value: str) -> int:
    """Find the row of a complaint that names a value only; 0 if it is not found."""
    column = {"type_unknown": "type", "label_missing": "name"}.get(reason, "")
    for row in sheets.rows.get("survey", ()):
        if column and row.get(column).split()[:1] == value.split()[:1]:
            return row.number
    return 0


def _place_of(sheets: Sheets, obstacle: Obstacle) -> Place | None:
    text = str(obstacle.context.get("function") or obstacle.context.get("expression") or "")
    return sheets.find_place(obstacle.path.partition(":")[0], text) if obstacle.path else None


def try_out(form: Form, now: datetime) -> Iterator[Obstacle]:
    """Ask the form once with made-up answers and tell where its logic fails or takes too long."""
    ends = time.monotonic() + TRIAL_SECONDS
    path: str | None = None
    try:
        interview = Interview(form, now=now, seed="trial")
        path = interview.first()
        while path is not None and time.monotonic() < ends:
            began = time.monotonic()
            question = form.get_question(path)
            screen = interview.show(path)
            offered = [option.value for option in screen.options]
            interview.answer(path, offered[:1] if offered else _invent(question, now))
            if time.monotonic() - began > ANSWER_SECONDS:
                yield Obstacle(path, "endless")
                return
            path = interview.next(path)
    except EvaluationFailed as failed:
        yield Obstacle(path or "", "evaluation", failed.context)


def _invent(question: Question, now: datetime) -> str:
    days = {Control.DATE: now.date().isoformat(), Control.TIME: "10:00", Control.MOMENT: now.isoformat()}
    return days.get(question.control, "1")
