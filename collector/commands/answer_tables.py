"""Reads the tables of `collector estimate`: answers, sizes of cells, margins. What cannot be read is refused by row.

Rows are numbered as a spreadsheet shows them: the names of the columns stand in row 1.
"""

import csv
import math
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import click

from collector.commands.language import _
from collector.commands.output import Refused
from collector.participation.answers import Answer
from collector.participation.design import PostStratification, Raking
from collector.words import N_

ANSWERS: Final = {
    "1": Answer.YES,
    "yes": Answer.YES,
    "0": Answer.NO,
    "no": Answer.NO,
    "8": Answer.DONT_KNOW,
    "dont_know": Answer.DONT_KNOW,
    "9": Answer.REFUSED,
    "refused": Answer.REFUSED,
    "": Answer.BLANK,
    "blank": Answer.BLANK,
    "na": Answer.BLANK,
    "not_asked": Answer.NOT_ASKED,
}
"""How answers may be written; capitals, spaces and apostrophes do not matter."""

_LARGE: Final = 5_000_000
_LARGEST_COUNT: Final = 10**12
_SMALLEST_WEIGHT: Final = 1e-9
_BAD_VALUE = N_("Row %(row)s, column %(column)s: %(problem)s “%(value)s”")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its number and its cells by the names of the columns."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str, advice: str) -> str:
        """Give a cell that must be filled.

        :raises Refused: if it is empty.
        """
        return self.cells[column] or self.refuse(column, N_("empty"), advice)

    def answer(self, column: str) -> Answer:
        """Give a cell as an answer.

        :raises Refused: if it is none.
        """
        value = self.cells[column].casefold().replace("'", "").replace("’", "").replace(" ", "_")
        found = ANSWERS.get(value.removesuffix(".0"))
        if found is None:
            advice = N_("Please write 1 (yes), 0 (no), 8 (don't know), 9 (refused), or leave it empty.")
            self.refuse(column, N_("not an answer:"), advice)
        return found

    def number_above_zero(self, column: str) -> float:
        """Give a cell as a number above zero that can be reckoned with; a comma may stand before the decimals.

        :raises Refused: if it is none.
        """
        value = _number(self.cells[column])
        if value is None or not _SMALLEST_WEIGHT <= value <= _LARGEST_COUNT:
            self.refuse(column, N_("not a number above zero:"), N_("Please write digits, for example 3.5."))
        return value

    def count(self, column: str) -> int:
        """Give a cell as a whole number of at least one.

        :raises Refused: if it is none.
        """
        value = _number(self.cells[column])
        if value is None or value < 1 or value != int(value) or value > _LARGEST_COUNT:
            self.refuse(column, N_("not a whole number:"), N_("Please write how many there are, for example 120."))
        return int(value)

    def refuse(self, column: str, problem: str, advice: str) -> NoReturn:
        """Refuse the table because of this cell."""
        value = self.cells[column][:60]
        raise Refused(_(_BAD_VALUE, row=self.number, column=column, problem=_(problem), value=value), _(advice))


def read_lines(source: str, columns: Sequence[str]) -> Iterator[Line]:
    """Read the rows of a CSV file (`-`: standard input) that has these columns; empty rows are passed over.

    Commas, semicolons or tabs part the cells; a byte order mark and either kind of line end may be there.

    :raises Refused: if a column is missing or named twice, a row is too short or too long, or there is none.
    """
    yield from _read_lines(source, _read_text(source), columns)


def _read_text(source: str) -> str:
    with click.open_file(source, "rb") as file:
        return _decode(file.read())


def _read_lines(source: str, text: str, columns: Sequence[str]) -> Iterator[Line]:
    reader = _read_table(text)
    try:
        names = _read_names(source, reader, columns)
        yield from _with_progress(_read_rows(reader, names, columns), text)
    except csv.Error as error:
        raise Refused(
            _("This is not a table that can be read: %(file)s", file=source),
            _("Please save it as CSV (UTF-8). Reading stopped at line %(line)s.", line=reader.line_num),
        ) from error


def _read_table(text: str) -> Any:
    # Strict: else a quotation mark that is never closed would swallow all rows below it without a word.
    return csv.reader(_split_lines(text), delimiter=_find_delimiter(text), strict=True)


def _decode(data: bytes) -> str:
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
        return text if "\n" in text else text.replace("\r", "\n")
    except UnicodeDecodeError:
        from collector.units.tables import decode  # knows the older encodings

        return decode(data)


def _split_lines(text: str) -> Iterator[str]:
    # One after the other: a list of them, or a text buffer, would take several times the file.
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start : end + 1]
        start = end + 1
    if start < len(text):
        yield text[start:]


def _find_delimiter(text: str) -> str:
    heading = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=heading.count)


def _with_progress(lines: Iterator[Line], text: str) -> Iterator[Line]:
    if len(text) < _LARGE:
        yield from lines
        return
    with click.progressbar(lines, length=text.count("\n"), file=sys.stderr, update_min_steps=1000) as shown:
        yield from shown


def _read_names(source: str, reader: Iterator[list[str]], columns: Sequence[str]) -> list[str]:
    names = [name.strip() for name in next((cells for cells in reader if any(cells)), [])]
    missing = [column for column in dict.fromkeys(columns) if column not in names]
    if missing:
        raise Refused(
            _("%(file)s has no column named: %(missing)s", file=source, missing=", ".join(missing)),
            _("Its columns are: %(names)s", names=", ".join(filter(None, names))),
        )
    doubled = [column for column in dict.fromkeys(columns) if names.count(column) > 1]
    if doubled:
        raise Refused(
            _("%(file)s names a column twice: %(names)s", file=source, names=", ".join(doubled)),
            _("Please rename one of them."),
        )
    return names


def _read_rows(reader: Iterable[list[str]], names: list[str], columns: Sequence[str]) -> Iterator[Line]:
    places = {column: names.index(column) for column in columns}
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            raise Refused(
                _(
                    "Row %(row)s has %(found)s cells and not %(expected)s.",
                    row=number,
                    found=len(cells),
                    expected=len(names),
                ),
                _("Please look for a missing or additional separator or quotation mark."),
            )
        yield Line(number, {column: cells[place].strip() for column, place in places.items()})


def read_cells(source: str) -> PostStratification:
    """Read CELLS.csv: the columns to match and `count`.

    :raises Refused: if it cannot be used.
    """
    text = _read_text(source)
    columns = tuple(name for name in _columns_of(text) if name != "count")
    if not columns:
        raise Refused(_("%(file)s has no column to match, only count.", file=source), _("Please add one, like gender."))
    counts: dict[tuple[str, ...], float] = {}
    for line in _read_lines(source, text, [*columns, "count"]):
        cell = tuple(line.cells[column] for column in columns)
        if cell in counts:
            line.refuse(columns[0], N_("the same cell stands here twice:"), N_("Please keep one of the rows."))
        counts[cell] = _size(line)
    return PostStratification(columns, counts)


def read_margins(source: str) -> Raking:
    """Read MARGINS.csv: `column,value,count`.

    :raises Refused: if it cannot be used.
    """
    margins: dict[str, dict[str, float]] = {}
    for line in read_lines(source, ["column", "value", "count"]):
        column = line.text("column", N_("Please name the column that this value belongs to."))
        sizes = margins.setdefault(column, {})
        if line.cells["value"] in sizes:
            line.refuse("value", N_("the same value stands here twice:"), N_("Please keep one of the rows."))
        sizes[line.cells["value"]] = _size(line)
    if not margins:
        raise Refused(_("%(file)s has no rows.", file=source), _("Please fill in column, value and count."))
    return Raking(margins)


def _columns_of(text: str) -> list[str]:
    try:
        names: list[str] = next((cells for cells in _read_table(text) if any(cells)), [])
    except csv.Error:
        names = []  # reading the rows says what is wrong
    return [name.strip() for name in names if name.strip()]


def _size(line: Line) -> float:
    value = _number(line.cells["count"])
    if value is None or value < 0:
        line.refuse("count", N_("not a number of people:"), N_("Please write how many there are, for example 120."))
    return value


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None
