"""From the lines of a table to households, and what taking them over would do to the list that is there.

Pure: nothing is read or written here. Every wrong line keeps its number and what is wrong, as field errors.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from collector.errors import CollectorError
from collector.folding import fold
from collector.kinds import FieldError
from collector.units.records import HOUSEHOLD
from collector.units.tables import Line
from sync.revisions import Value

COLUMNS: Final = ("number", "head_name", "head_sex", "cluster", "note")
HEADER_LINES: Final = 20
"""Among so many first lines the one with the names of the columns is looked for; titles stand above it."""

_HEADERS: Final[dict[str, frozenset[str]]] = {
    "number": frozenset(
        {"so", "stt", "tt", "so tt", "so thu tu", "so ho", "ma ho", "ho so", "so trong danh sach", "number", "no"}
        | {"household", "household number", "number in the list"}
    ),
    "head_name": frozenset(
        {"chu ho", "ho ten", "ho va ten", "ten", "ten chu ho", "ho ten chu ho", "ho va ten chu ho", "chu ho gia dinh"}
        | {"head", "head name", "name", "full name", "head of household", "head of the household", "household head"}
    ),
    "head_sex": frozenset(
        {"gioi tinh", "gioi", "gt", "phai", "nam nu", "gioi tinh chu ho", "sex", "gender", "head sex"}
        | {"sex of head", "sex of the head"}
    ),
    "cluster": frozenset(
        {"to", "cum", "nhom", "xom", "khu", "to dan cu", "cum dan cu", "nhom ho", "nhom nha", "cluster", "group"}
        | {"group of houses"}
    ),
    "note": frozenset({"ghi chu", "note", "notes"}),
}
_SEXES: Final = {
    **dict.fromkeys(("nu", "female", "f", "gai", "ba", "woman"), "female"),
    **dict.fromkeys(("nam", "male", "m", "trai", "ong", "man"), "male"),
}


class NoHouseholdColumns(CollectorError):
    """The table has no line that names a column of numbers and a column of heads of households."""

    code = "no_household_columns"
    status = 422


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line as a household: what was typed, the values to store, and what is wrong with them."""

    line: int
    typed: Mapping[str, str]
    values: Mapping[str, Value]
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What taking over one line does. `household` is the id of the one it changes, `before` its present values."""

    row: HouseholdRow
    outcome: Literal["added", "changed", "unchanged", "wrong"]
    household: str = ""
    before: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking over a table does, line by line; `absent` households are in the list but not in the table."""

    rows: tuple[PlannedRow, ...]
    absent: int = 0

    def count(self, outcome: str) -> int:
        """Count the lines with this outcome."""
        return sum(planned.outcome == outcome for planned in self.rows)


def read_households(lines: Sequence[Line]) -> list[HouseholdRow]:
    """Read every line below the names of the columns as a household; names are Vietnamese or English.

    Without such a line, a table that begins with a number is read as number, head, sex, group of houses.

    :raises NoHouseholdColumns: if neither is the case.
    """
    for place, line in enumerate(lines[:HEADER_LINES]):
        columns = _find_columns(line)
        if {"number", "head_name"} <= columns.keys():
            return [make_row(each.number, _pick(each, columns)) for each in lines[place + 1 :]]
    if lines and len(lines[0].cells) > 1 and lines[0].cells[0].isdecimal():
        columns = {name: place for place, name in enumerate(COLUMNS[:4])}
        return [make_row(each.number, _pick(each, columns)) for each in lines]
    raise NoHouseholdColumns()


def make_row(line: int, typed: Mapping[str, str]) -> HouseholdRow:
    """Clean what was typed for one household; cells that are empty leave what is there."""
    filled = {name: text for name, text in typed.items() if text.strip()}
    errors: list[FieldError] = []
    number = filled.get("number")
    if number is not None and not re.fullmatch(r"[0-9]+(\.0+)?", number):
        errors.append(FieldError("number", "not_a_number", {}))
    sex = filled.get("head_sex")
    if sex is not None and fold(sex) not in _SEXES:
        errors.append(FieldError("head_sex", "not_a_sex", {"value": sex[:40]}))
    wrong = {error.field for error in errors}
    usable: dict[str, object] = {name: text for name, text in filled.items() if name not in wrong}
    if "number" in usable:
        usable["number"] = str(usable["number"]).partition(".")[0]
    if "head_sex" in usable:
        usable["head_sex"] = _SEXES[fold(str(usable["head_sex"]))]
    values, found = HOUSEHOLD.clean(usable)
    errors.extend(error for error in found if error.field not in wrong)
    return HouseholdRow(line, typed, values, tuple(errors))


def plan_households(rows: Iterable[HouseholdRow], households: Iterable[Mapping[str, Any]]) -> Plan:
    """Say what taking over these rows does to these households; they are matched by their number."""
    known = {household["number"]: household for household in reversed(list(households))}
    first_lines: dict[Value, int] = {}
    planned = []
    for given in rows:
        number = given.values.get("number")
        row = given
        if number is not None and number in first_lines:
            context = {"number": number, "line": first_lines[number]}
            row = replace(given, errors=(*given.errors, FieldError("number", "repeated_number", context)))
        first_lines.setdefault(number, given.line)
        planned.append(_plan(row, known.get(number)))
    return Plan(tuple(planned), len(known.keys() - first_lines.keys()))


def _plan(row: HouseholdRow, household: Mapping[str, Any] | None) -> PlannedRow:
    if row.errors:
        return PlannedRow(row, "wrong", before=household)
    if household is None:
        return PlannedRow(row, "added")
    differs = any(household[name] != value for name, value in row.values.items())
    return PlannedRow(row, "changed" if differs else "unchanged", str(household["id"]), household)


def _find_columns(line: Line) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(line.cells):
        words = fold(cell)
        name = next((name for name, known in _HEADERS.items() if words in known), None)
        if name is not None:
            found.setdefault(name, place)
    return found


def _pick(line: Line, columns: Mapping[str, int]) -> dict[str, str]:
    return {name: line.cells[place] if place < len(line.cells) else "" for name, place in columns.items()}
