"""Reads the sheets of an uploaded XLSForm, to be able to say later where in it something stands.

Nothing of a workbook is trusted: its size, what it unzips to, its rows, columns and cells are capped before anything is
parsed; parts with a DTD, formulas without a value and other formats are refused.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collector.questionnaires.errors import WorkbookRefused

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_UNZIPPED: Final = 25 * 1024 * 1024
MAX_PARTS: Final = 500
MAX_ROWS: Final = 10_000
MAX_QUESTION_ROWS: Final = 3_000
MAX_COLUMNS: Final = 150
MAX_CELL: Final = 20_000
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_HEAD: Final = 4_096
_DTD: Final = tuple(text.encode(encoding) for text in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le"))
READ: Final = ("survey", "choices", "settings")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet shows it, and its filled cells by the head of their column."""

    number: int
    cells: Mapping[str, str]

    def get(self, *heads: str) -> str:
        """Give the first filled cell under one of these heads."""
        return next((self.cells[head] for head in heads if self.cells.get(head)), "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the workbook; the column is empty if it is the row as a whole."""

    sheet: str
    row: int
    column: str = ""


@dataclass(frozen=True)
class Sheets:
    """The sheets of an XLSForm that matter here, by their names in small letters."""

    rows: Mapping[str, Sequence[SheetRow]] = field(default_factory=dict)

    def setting(self, name: str) -> str:
        """Give a value of the sheet `settings`."""
        rows = self.rows.get("settings", ())
        return rows[0].get(name) if rows else ""

    def list_questions(self) -> Iterator[tuple[str, SheetRow]]:
        """Give every named row of the sheet `survey` with its path in the form, without the topmost element."""
        groups: list[str] = []
        for row in self.rows.get("survey", ()):
            kind = row.get("type").lower().replace("_", " ").split()
            if kind[:1] == ["end"]:
                del groups[-1:]
            name = row.get("name")
            if name and kind:
                yield "/".join([*groups, name]), row
            if kind[:1] == ["begin"]:
                groups.append(name)

    def find_place(self, path: str, text: str = "") -> Place | None:
        """Find where the question of a path stands, and the column in which a text occurs."""
        path = path.lstrip("/").partition("/")[2]
        for each, row in self.list_questions():
            if each == path or (path.endswith("_other") and f"{each}_other" == path):
                column = next((head for head, cell in row.cells.items() if text and text in cell), "")
                return Place("survey", row.number, column)
        return None

    def list_dimensions(self, root: str) -> dict[str, str]:
        """Give the paths of the questions by what the column `dimension` says; `root` is the topmost element."""
        named = ((row.get("dimension", "dimensions").lower(), path) for path, row in self.list_questions())
        return {dimension: f"/{root}/{path}" for dimension, path in named if dimension}


def read_sheets(data: bytes) -> Sheets:
    """Read the sheets of a workbook.

    :raises WorkbookRefused: if it is no .xlsx file, over the caps, damaged, or holds a formula without a value.
    """
    _refuse_other_files(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        names = {name.strip().lower(): name for name in book.sheetnames}
        found = {plain: list(_read_sheet(plain, book[names[plain]])) for plain in READ if plain in names}
        if _has_formula(data):
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            for plain, rows in found.items():
                _refuse_formulas(plain, book[names[plain]], {row.number: row for row in rows})
        return Sheets(found)
    except WorkbookRefused:
        raise
    except Exception as error:  # a damaged workbook raises whatever its parser stumbles over
        raise WorkbookRefused(reason="damaged") from error


def _refuse_other_files(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise WorkbookRefused(reason="too_large", limit_mb=MAX_BYTES // 1024**2)
    if not data.startswith(_ZIP):
        raise WorkbookRefused(reason="old_excel" if data.startswith(_OLD_EXCEL) else "not_a_workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED:
                raise WorkbookRefused(reason="too_large", limit_mb=MAX_BYTES // 1024**2)
            if "xl/workbook.xml" not in archive.namelist():
                raise WorkbookRefused(reason="not_a_workbook")
            for part in parts:
                _refuse_dtd(archive, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise WorkbookRefused(reason="damaged") from error


def _refuse_dtd(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.filename.endswith((".xml", ".rels")):
        with archive.open(part) as file:
            head = file.read(_HEAD)
        if any(mark in head for mark in _DTD):
            raise WorkbookRefused(reason="damaged")


def _read_sheet(name: str, sheet: Any) -> Iterator[SheetRow]:
    sheet.reset_dimensions()
    heads: list[str] = []
    rows = sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True)
    most = MAX_QUESTION_ROWS if name == "survey" else MAX_ROWS
    for number, values in enumerate(rows, start=1):
        if number > most:
            raise WorkbookRefused(reason="too_many_rows", sheet=name, limit=most)
        texts = [_as_text(value) for value in values]
        if number == 1:
            heads = texts
            continue
        filled = {head: text for head, text in zip(heads, texts, strict=False) if head and text}
        if filled:
            yield SheetRow(number, filled)


def _has_formula(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in part or b"<f " in part for part in map(archive.read, sheets))


def _refuse_formulas(name: str, sheet: Any, rows: Mapping[int, SheetRow]) -> None:
    """Refuse a formula that has no value beside it: a program that writes files often leaves it out."""
    sheet.reset_dimensions()
    heads: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS), start=1):
        if number == 1:
            heads = [_as_text(cell.value) for cell in cells]
        for head, cell in zip(heads, cells, strict=False):
            known = rows.get(number)
            if cell.data_type == "f" and number > 1 and not (known and known.get(head)):
                raise WorkbookRefused(reason="formula", sheet=name, row=number, column=head)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:MAX_CELL].strip()
