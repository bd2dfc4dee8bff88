"""Records and the data dictionary as tables for spreadsheets: CSV with a byte order mark, or one XLSX workbook.

Streamed row by row. Text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from collector.exchange.lines import list_kinds, list_shown_states, make_line
from collector.folder import sync_directory
from collector.registry import KINDS
from collector.units.aliases import read_aliases
from collector.units.store import list_codes
from sync.storage import Connection

MAX_SHEET_ROWS: Final = 1_000_000
MAX_CELL_CHARACTERS: Final = 32_000
"""A little under what Excel takes; longer text is cut in a workbook, and says so."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its columns and its rows, each a mapping from column to value."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Mapping[str, Any]]


def list_tables(connection: Connection, *, village_only: bool = False) -> Iterator[Table]:
    """Give one table per kind; a field in conflict shows the value that wins and is named under `conflicts`."""
    for name in list_kinds(connection, village_only=village_only):
        fields = KINDS[name].field_names if name in KINDS else ()
        yield Table(name, ("id", "unit", "unit_code", *fields, "removed", "conflicts"), _rows(connection, name))


def _rows(connection: Connection, kind: str) -> Iterator[dict[str, Any]]:
    known, codes = read_aliases(connection), list_codes(connection)
    for state in list_shown_states(connection, kind):
        line = make_line(state, known)
        conflicts = ", ".join(sorted(line.get("conflicts", {}))) or None
        yield {**line, "unit_code": codes.get(line["unit"]), "conflicts": conflicts}


def write_cell(value: Any) -> Any:
    """Give a value as it stands in a cell: nothing, a number, or text that is no formula."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(tables: Iterable[Table], folder: Path) -> list[Path]:
    """Write one CSV file per table into a folder; return their paths. Each replaces an older one as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_csv_file(table, folder / f"{table.name}.csv") for table in tables]


def _write_csv_file(table: Table, path: Path) -> Path:
    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.columns)
            for row in table.rows:
                writer.writerow([write_cell(row.get(name)) for name in table.columns])
            file.flush()
            os.fsync(file.fileno())

    return _replace(path, write)


def write_workbook(tables: Iterable[Table], path: Path) -> Path:
    """Write all tables into one workbook, a sheet each (more where a sheet is full); return its path."""
    from openpyxl import Workbook

    def write(temporary: Path) -> None:
        book = Workbook(write_only=True)
        for table in tables:
            _write_sheets(book, table)
        book.save(temporary)

    return _replace(path, write)


def _write_sheets(book: Any, table: Table) -> None:
    sheet, held, number = None, 0, 0
    for row in table.rows:
        if sheet is None or held >= MAX_SHEET_ROWS:
            number += 1
            sheet, held = _open_sheet(book, table, number), 0
        sheet.append([_sheet_cell(row.get(name)) for name in table.columns])
        held += 1
    if sheet is None:
        _open_sheet(book, table, 1)


def _open_sheet(book: Any, table: Table, number: int) -> Any:
    sheet = book.create_sheet(table.name if number == 1 else f"{table.name} {number}")
    sheet.append(list(table.columns))
    return sheet


def _sheet_cell(value: Any) -> Any:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = write_cell(value)
    if not isinstance(cell, str):
        return cell
    cell = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return cell if len(cell) <= MAX_CELL_CHARACTERS else f"{cell[:MAX_CELL_CHARACTERS]} … [{len(cell)}]"


def _replace(path: Path, write: Any) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
        sync_directory(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
