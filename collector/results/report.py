"""The report of closed rounds as it may leave the village: JSON, CSV with a byte order mark, XLSX, PDF.

Everything here comes from what was recorded when a round was closed, so no report says more than another. What was
suppressed is absent.
"""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from collector.exchange.tables import Table, write_cell, write_workbook
from collector.results import speaking, store
from collector.results.comparing import compare_with_previous
from collector.results.model import COUNTS, SHARES, Cell, Group, RoundResult
from collector.results.recording import SHARE_PLACES, get_result
from collector.results.records import ALL
from collector.results.speaking import Speaker
from collector.results.suppressing import OUTSIDE
from sync.storage import Connection, Row

FORMATS: Final = ("pdf", "csv", "xlsx", "json")
TYPES: Final = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
ROUND_FIELDS: Final = ("title", "counted", "chosen", "target_percent", "starts_on", "ends_on", "closed_at")
_CODES: Final = ("edge", "verdict", "basis", "reason")
COLUMNS: Final = (
    "round", "round_title", "programme", "counted", "chosen", "target_percent", "closed_at", "grouping", "group",
    "group_words", "dimension", "dimension_words", "suppressed", "population", *COUNTS, *SHARES, *_CODES,
    "depends_on_unanswered", "sentence",
)  # fmt: skip


def make_report(connection: Connection, rounds: Sequence[Row], shape: str, speaker: Speaker, period: str = "") -> bytes:
    """Make the report of closed rounds in one of `FORMATS`.

    :raises PdfUnavailable: if a PDF is wanted and cannot be made here.
    """
    if shape == "pdf":
        from collector.documents import render_pdf
        from collector.results.papers import make_paper

        return render_pdf("results", make_paper(connection, rounds, period), draft=False)
    if shape == "json":
        described = [describe_round(connection, row, speaker) for row in rounds]
        content = {"period": period, "rounds": described} if period else {"rounds": described}
        return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    table = Table("results", COLUMNS, list(_list_lines(connection, rounds, speaker)))
    return _write_csv(table) if shape == "csv" else _write_xlsx(table)


def _write_csv(table: Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([write_cell(row.get(name)) for name in table.columns] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _write_xlsx(table: Table) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_workbook([table], Path(folder) / "report.xlsx").read_bytes()


def _list_lines(connection: Connection, rounds: Sequence[Row], speaker: Speaker) -> Iterator[dict[str, Any]]:
    for row in rounds:
        result = get_result(connection, row["id"], OUTSIDE)
        shared = {name: row[name] for name in ("counted", "chosen", "target_percent", "closed_at")}
        shared |= {"round": row["id"], "round_title": row["title"]}
        shared["programme"] = store.find_programme_name(connection, row)
        yield shared | _describe_whole(result, speaker)
        for group in result.all_groups():
            for cell in group.cells:
                line = shared | {"grouping": group.grouping, "group": group.value, "population": group.population}
                line["group_words"] = "" if group.grouping == ALL else speaking.say_group(speaker, group)
                line |= describe_cell(cell)
                line["dimension_words"] = speaking.say_dimension(speaker, cell.dimension)
                is_total = group.grouping == ALL
                line["sentence"] = " ".join(speaking.say_cell(speaker, result, cell)) if is_total else ""
                yield line


def _describe_whole(result: RoundResult, speaker: Speaker) -> dict[str, Any]:
    return {
        "grouping": ALL,
        "dimension": "every_dimension",
        "dimension_words": speaking.say_dimension(speaker, "every_dimension"),
        "suppressed": result.suppressed,
        "population": result.population,
        "asked": result.asked,
        "sheets": result.sheets,
        "verdict": result.every_dimension,
        "reason": result.problem,
        "sentence": speaking.say_problem(speaker, result) or speaking.say_verdict(speaker, result.every_dimension),
    }


def describe_cell(cell: Cell) -> dict[str, Any]:
    """Give the figures of a cell by name; those that are not known or were taken out are left out."""
    found: dict[str, Any] = {"dimension": cell.dimension, "suppressed": cell.suppressed}
    found |= {name: getattr(cell, name) for name in (*COUNTS, *_CODES)}
    found |= {name: _round(getattr(cell, name)) for name in SHARES}
    if cell.verdict:
        found["depends_on_unanswered"] = cell.depends_on_unanswered
    return {name: value for name, value in found.items() if value not in (None, "")}


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, SHARE_PLACES)


def describe_round(connection: Connection, row: Row, speaker: Speaker) -> dict[str, Any]:
    """Give the report of a round as plain values, for JSON."""
    result = get_result(connection, row["id"], OUTSIDE)
    comparison = compare_with_previous(connection, result, OUTSIDE)
    found: dict[str, Any] = {"id": row["id"], "programme": store.find_programme_name(connection, row)}
    found |= {name: row[name] for name in ROUND_FIELDS}
    found |= {"every_dimension": result.every_dimension, "problem": result.problem}
    for name in ("population", "asked", "sheets", "households_refused", "households_not_met", "suppressed"):
        found[name] = getattr(result, name)
    found["groups"] = [_describe_group(group, result, speaker) for group in result.all_groups()]
    if comparison is not None:
        found["change"] = {
            "earlier_round": comparison.earlier["id"],
            "not_comparable": list(comparison.differences),
            "dimensions": [
                {"dimension": each.dimension, "diff": _round(each.diff)}
                | {"low": _round(each.low), "high": _round(each.high)}
                for each in comparison.changes
            ],
        }
    found["method"] = speaking.say_method(speaker, result)
    return {name: value for name, value in found.items() if value not in (None, "")}


def _describe_group(group: Group, result: RoundResult, speaker: Speaker) -> dict[str, Any]:
    found: dict[str, Any] = {"grouping": group.grouping, "group": group.value, "village": group.village}
    found["population"] = group.population
    cells = [describe_cell(cell) for cell in group.cells]
    if group.grouping == ALL:
        for described, cell in zip(cells, group.cells, strict=True):
            described["sentence"] = " ".join(speaking.say_cell(speaker, result, cell))
    return {name: value for name, value in found.items() if value not in (None, "")} | {"cells": cells}
