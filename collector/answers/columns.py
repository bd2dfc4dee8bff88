"""The columns of answers as a table, and what each of them means: one table per questionnaire, versions never mix.

Columns of the sheet itself come first (`sheet_id`, `day`, `dimension_know` …), then one per question, named by its
path without the root: `know`, `family/adults`. Whatever a sheet holds beyond that, repeated groups among it, stands
as JSON in the last column.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from collector.answers.records import ANSWER_SHEET
from collector.clock import ZONE
from collector.questionnaires.dimensions import list_values
from collector.questionnaires.form import Control, Form, Question, language_tag
from collector.questionnaires.interview import Interview
from collector.rounds.records import DIMENSIONS
from sync.storage import Row

TRAITS: Final = ("sex", "ethnic_group", "adults")
SHEET_COLUMNS: Final = {
    "sheet_id": "id",
    "round_id": "round",
    "village": "village_name",
    "day": "day",
    "source": "source",
    "consent_version": "consent_version",
    **{f"dimension_{name}": name for name in DIMENSIONS},
    **{f"trait_{name}": name for name in TRAITS},
}
"""The columns of a sheet itself, and the field of its record."""
OTHER: Final = "other_answers"
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=ZONE)
_FIELDS: Final = {"sheet_id": "", "round_id": "round", "village": "village"}


@dataclass(frozen=True, slots=True)
class Column:
    """One question or worked-out value: the name of its column and its path in the answers."""

    name: str
    path: str


def list_columns(form: Form) -> list[Column]:
    """List the columns of a form's questions and worked-out values, in the order of the form."""
    paths = [each.path for each in form.questions if each.control is not Control.NOTE]
    paths += [path for path, bind in form.binds.items() if bind.calculate is not None and path not in paths]
    found, taken = [], {*SHEET_COLUMNS, OTHER}
    for path in paths:
        short = path.strip("/").partition("/")[2] or path
        name = path if short in taken else short
        taken.add(name)
        found.append(Column(name, path))
    return found


def list_dictionary(questionnaire: Row, say: Any) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Explain every column: give the names of the dictionary's own columns, and its rows.

    `say` translates words of the program; words of the questionnaire stand in all of its languages.
    """
    form = Form.parse(questionnaire["xform"])
    languages = form.languages or ("",)
    tags = {name: language_tag(name) or name or "text" for name in languages}
    columns = ("column", "path", "type", "measures", *(f"label_{tag}" for tag in tags.values()),
               *(f"choices_{tag}" for tag in tags.values()))  # fmt: skip
    interviews = {tag: Interview(form, now=_EPOCH, language=name) for name, tag in tags.items()}
    measured = {questionnaire[name]: name for name in (*DIMENSIONS, *TRAITS) if questionnaire[name]}
    rows = [_describe_sheet_column(name, tags, say) for name in SHEET_COLUMNS]
    for column in list_columns(form):
        rows.append(_describe(form, column, interviews) | {"measures": measured.get(column.path)})
    rows.append({"column": OTHER, "type": "json"})
    return columns, rows


def _describe_sheet_column(name: str, tags: Mapping[str, str], say: Any) -> dict[str, Any]:
    named = _FIELDS.get(name, SHEET_COLUMNS[name])
    if not named:
        return {"column": name, "type": "uuid"}
    field = ANSWER_SHEET.field(named)
    choices = "; ".join(f"{each.code} = {say(each.words)}" for each in field.choices)
    words = dict.fromkeys((f"label_{tag}" for tag in tags.values()), say(field.words))
    return {"column": name, "type": field.type.value, **words,
            **dict.fromkeys((f"choices_{tag}" for tag in tags.values()), choices or None)}  # fmt: skip


def _describe(form: Form, column: Column, interviews: Mapping[str, Interview]) -> dict[str, Any]:
    question = next((each for each in form.questions if each.path == column.path), None)
    row: dict[str, Any] = {"column": column.name, "path": column.path}
    if question is None:
        return row | {"type": "calculate"}
    row["type"] = question.control.value
    for tag, interview in interviews.items():
        row[f"label_{tag}"] = interview.describe(question.path).label
        row[f"choices_{tag}"] = _write_choices(form, question, interview)
    return row


def _write_choices(form: Form, question: Question, interview: Interview) -> str | None:
    words = {option.value: option.label for option in interview.describe(question.path).options}
    values = list_values(form, question) or list(words)
    return "; ".join(f"{value} = {words.get(value, value)}" for value in dict.fromkeys(values)) or None

