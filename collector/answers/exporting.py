"""Takes single answer sheets out of the village's laptop: as CSV, XLSX or NDJSON, with what every column means.

Only sheets that left the urn, by their random ids, so in no order that says anything. They never leave in any other
way than by this act of the village team, which is noted in the journal of exports. Rows are read one at a time.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from collector.answers.columns import OTHER, SHEET_COLUMNS, Column, list_columns, list_dictionary
from collector.answers.errors import AnswersStayInVillage
from collector.exchange.lines import encode_line
from collector.exchange.tables import Table
from collector.folder import DataFolder
from collector.query import get_record, list_records
from collector.questionnaires.form import Form
from sync.storage import Connection, Row

SHAPES: Final = ("csv", "xlsx", "ndjson")
_LONGEST_NAME: Final = 25
Passing = Callable[[Iterable[Row]], Iterable[Row]]
"""What sees every sheet go by, such as a progress bar."""


def require_village(folder: DataFolder) -> None:
    """Refuse on any laptop but that of a village.

    :raises AnswersStayInVillage: if this folder is that of a commune or the centre.
    """
    if folder.read_settings().get("role", "village") != "village":
        raise AnswersStayInVillage()


def count_answers(connection: Connection, round_id: str | None = None) -> int:
    """Count the sheets that can be taken out, of one round or of all."""
    sql = "SELECT count(*) FROM answer_sheet WHERE removed = 0 AND (:round IS NULL OR round = :round)"
    return int(connection.value(sql, {"round": round_id}))


def list_tables(
    connection: Connection, say: Callable[[str], str], round_id: str | None = None, passing: Passing = iter
) -> Iterator[Table]:
    """Give two tables for every questionnaire that has sheets: the answers, and the dictionary of their columns."""
    for number, questionnaire in enumerate(list_asked(connection, round_id), start=1):
        form = Form.parse(questionnaire["xform"])
        columns = list_columns(form)
        name = _name(questionnaire, number)
        names = (*SHEET_COLUMNS, *(column.name for column in columns), OTHER)
        sheets = passing(_list_sheets(connection, questionnaire["id"], round_id))
        yield Table(name, names, (_make_row(sheet, columns) for sheet in sheets))
        described, rows = list_dictionary(questionnaire, say)
        yield Table(f"dict {name}", described, rows)


def _name(questionnaire: Row, number: int) -> str:
    """Name a table so that files and sheets of workbooks can bear it, different for each questionnaire."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{questionnaire['form_id']} {questionnaire['version']}").strip("-.")
    return f"{number} {plain[: _LONGEST_NAME - len(str(number)) - 1]}"


def list_asked(connection: Connection, round_id: str | None) -> list[Row]:
    """List the questionnaires of a round, or of all rounds, by title and version."""
    if round_id is not None:
        round_row = get_record(connection, "round", round_id)
        return [get_record(connection, "questionnaire", round_row["questionnaire"])]
    sql = "SELECT DISTINCT questionnaire FROM answer_sheet WHERE removed = 0"
    asked = {row["questionnaire"] for row in connection.rows(sql)}
    return [row for row in list_records(connection, "questionnaire", order="title, version, id") if row["id"] in asked]


def _list_sheets(connection: Connection, questionnaire: str, round_id: str | None) -> Iterator[Row]:
    yield from connection.rows(
        "SELECT s.*, u.name AS village_name FROM answer_sheet s LEFT JOIN unit u ON u.id = s.village"
        " WHERE s.questionnaire = :questionnaire AND (:round IS NULL OR s.round = :round) AND s.removed = 0"
        " ORDER BY s.id",
        {"questionnaire": questionnaire, "round": round_id},
    )


def _make_row(sheet: Row, columns: list[Column]) -> dict[str, Any]:
    answers: dict[str, str] = json.loads(sheet["answers"] or "{}")
    row: dict[str, Any] = {name: sheet[field] for name, field in SHEET_COLUMNS.items()}
    for column in columns:
        row[column.name] = answers.pop(column.path, None)
    row[OTHER] = json.dumps(answers, ensure_ascii=False, sort_keys=True) if answers else None
    return row


def write_lines(connection: Connection, round_id: str | None = None, passing: Passing = iter) -> Iterator[bytes]:
    """Give one line of JSON per sheet: its own columns, and all answers by path under `answers`."""
    for questionnaire in list_asked(connection, round_id):
        for sheet in passing(_list_sheets(connection, questionnaire["id"], round_id)):
            line = {name: sheet[field] for name, field in SHEET_COLUMNS.items() if sheet[field] is not None}
            line |= {"form_id": questionnaire["form_id"], "version": questionnaire["version"]}
            yield encode_line({**line, "answers": json.loads(sheet["answers"] or "{}")})


def write_dictionary(connection: Connection, say: Callable[[str], str], round_id: str | None = None) -> Iterator[bytes]:
    """Give one line of JSON per column of every questionnaire that has sheets."""
    for questionnaire in list_asked(connection, round_id):
        for row in list_dictionary(questionnaire, say)[1]:
            filled = {name: value for name, value in row.items() if value is not None}
            yield encode_line({"form_id": questionnaire["form_id"], "version": questionnaire["version"], **filled})
