"""Reads a table out of whatever somebody chose or pasted: CSV in the encodings that happen here, or XLSX.

What comes in is not trusted: sizes, rows and the unzipped size of a workbook are capped before anything is parsed.
Knows nothing of households; gives lines of plain text.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from collector.errors import CollectorError

MAX_TABLE_BYTES: Final = 5 * 1024 * 1024
MAX_UNZIPPED_BYTES: Final = 20 * 1024 * 1024
MAX_PARTS: Final = 500
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 60
MAX_CELL_LENGTH: Final = 2_000

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_ESCAPED: Final = re.compile(r"'(?=[=+\-@\t])")
_DELIMITERS: Final = "\t;,"


class TableUnreadable(CollectorError):
    """What was chosen holds no table that can be read: a picture, a damaged workbook, rubbish."""

    code = "table_unreadable"
    status = 422


class TableOldExcel(CollectorError):
    """The file is of the old Excel format, which is not read."""

    code = "table_old_excel"
    status = 422


class TableTooLarge(CollectorError):
    """The table has more bytes or rows than a list of a village can have."""

    code = "table_too_large"
    status = 413


class TableEmpty(CollectorError):
    """Nothing was chosen, or the table has no filled cell."""

    code = "table_empty"
    status = 422


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number as the table's own program shows it (from 1), and its cells."""

    number: int
    cells: tuple[str, ...]


def read_table(data: bytes) -> list[Line]:
    """Read the lines of a CSV or XLSX file that have any filled cell.

    :raises TableEmpty: if there is none.
    :raises TableTooLarge: if the file, what it unzips to, or its number of rows is over the caps.
    :raises TableOldExcel: if it is an .xls file.
    :raises TableUnreadable: if it is neither text nor a workbook.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise TableTooLarge(rows=MAX_ROWS)
    if data.startswith(_OLD_EXCEL):
        raise TableOldExcel()
    if data.startswith(_ZIP):
        return _gather(_read_workbook(data))
    return read_text(decode(data))


def read_text(text: str) -> list[Line]:
    """Read the lines of pasted or decoded text; cells are parted by tabs, semicolons or commas.

    :raises TableEmpty: if no line has a filled cell.
    :raises TableTooLarge: if there are too many rows.
    :raises TableUnreadable: if the quotes never end or a cell is far too long.
    """
    text = text.removeprefix("\ufeff")
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text))
        return _gather(enumerate(lines, start=1))
    except csv.Error as error:
        raise TableUnreadable() from error


def decode(data: bytes) -> str:
    """Decode text: by its byte order mark, else UTF-8, UTF-16 without a mark, or Windows-1258; NFC is made.

    :raises TableUnreadable: if it is none of them.
    """
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NOT_TEXT.search(text):
            return unicodedata.normalize("NFC", text)
    raise TableUnreadable()


def _encodings(data: bytes) -> Iterator[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
        return
    yield "utf-8-sig"
    if data[1:2] == b"\x00":
        yield "utf-16-le"
    elif data[:1] == b"\x00":
        yield "utf-16-be"
    else:
        yield "cp1258"


def _find_delimiter(text: str) -> str:
    named = re.match(r"sep=([\t;,])\s", text)  # Excel's own way of saying it
    if named:
        return named[1]
    first = "\n".join(text.splitlines()[:20])  # a title may stand above the names of the columns
    return max(_DELIMITERS, key=first.count)


def _gather(numbered: Iterable[tuple[int, Iterable[Any]]]) -> list[Line]:
    found: list[Line] = []
    for number, row in numbered:
        cells = [_as_text(cell) for cell in islice(row, MAX_COLUMNS)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append(Line(number, tuple(cells)))
        if len(found) > MAX_ROWS or number > 10 * MAX_ROWS:
            raise TableTooLarge(rows=MAX_ROWS)
    if not found:
        raise TableEmpty()
    return found


def _as_text(cell: Any) -> str:
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.strftime("%d/%m/%Y")
    text = " ".join(unicodedata.normalize("NFC", str(cell)[:MAX_CELL_LENGTH]).split())
    return text[1:] if _ESCAPED.match(text) else text


def _read_workbook(data: bytes) -> Iterator[tuple[int, Iterable[Any]]]:
    _refuse_bomb(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MAX_ROWS * 10 + 1, max_col=MAX_COLUMNS, values_only=True)
        yield from enumerate(rows, start=1)
    except Exception as error:  # a damaged workbook raises whatever its parser stumbles over
        raise TableUnreadable() from error


def _refuse_bomb(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
                raise TableTooLarge(rows=MAX_ROWS)
    except zipfile.BadZipFile as error:
        raise TableUnreadable() from error
