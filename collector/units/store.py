"""Villages, their dated registers, their households and the days off that deadlines skip."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from collector.errors import RecordInvalid
from collector.folding import fold
from collector.identity import shared_id
from collector.kinds import FieldError
from collector.law.working_days import SuggestedHoliday, suggested_holidays
from collector.query import find_record, list_records
from collector.recorder import Recorder
from collector.units.ethnic_groups import LIST_CENSUS, find_group
from collector.units.household_lists import COLUMNS, HouseholdRow, Plan, plan_households
from sync.log import read_revisions
from sync.storage import Connection, Row

_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_GROUP_FIELDS: Final = ("ethnic_group", "code_list", "code", "households", "women", "men")


def list_households(connection: Connection, unit: str) -> list[Row]:
    """List the households of a village by their number."""
    return list_records(connection, "household", order="number, first_stamp, id", unit=unit)


def list_clusters(connection: Connection, unit: str) -> list[str]:
    """List the groups of houses that households of a village were put in, by name."""
    found = connection.rows(
        "SELECT DISTINCT cluster FROM household WHERE unit = :unit AND removed = 0 AND cluster IS NOT NULL",
        {"unit": unit},
    )
    return sorted((row["cluster"] for row in found), key=fold)


def suggest_number(connection: Connection, unit: str) -> int:
    """Give the number after the last one in the list of households."""
    sql = "SELECT max(number) FROM household WHERE unit = :unit AND removed = 0"
    return int(connection.value(sql, {"unit": unit}) or 0) + 1


def add_household(recorder: Recorder, unit: str, values: Mapping[str, object]) -> str:
    """Record a household and return its id.

    :raises RecordInvalid: if a value breaks the declaration, or another household has the number.
    """
    _refuse_taken_number(recorder.connection, unit, values.get("number"))
    return recorder.add("household", unit, values)


def update_household(recorder: Recorder, household: Row, changes: Mapping[str, object]) -> bool:
    """Change a household; return whether anything differed.

    :raises RecordInvalid: if a value breaks the declaration, or another household has the number.
    """
    _refuse_taken_number(recorder.connection, household["unit"], changes.get("number"), household["id"])
    return recorder.update("household", household["id"], changes)


def _refuse_taken_number(connection: Connection, unit: str, number: object, household: str = "") -> None:
    taken = connection.value(
        "SELECT 1 FROM household WHERE unit = :unit AND number = :number AND removed = 0 AND id <> :household",
        {"unit": unit, "number": number, "household": household},
    )
    if taken:
        raise RecordInvalid("household", [FieldError("number", "already_used", {})])


def plan_import(connection: Connection, unit: str, rows: Iterable[HouseholdRow]) -> Plan:
    """Say what `import_households` would do with these rows."""
    return plan_households(rows, list_households(connection, unit))


def import_households(recorder: Recorder, unit: str, rows: Iterable[HouseholdRow]) -> Plan:
    """Take over a list of households, matched by number; wrong rows are left out, nothing is removed.

    Returns what was done, row by row. `read_households(read_table(data))` gives the rows of a file.
    """
    plan = plan_import(recorder.connection, unit, rows)
    for planned in plan.rows:
        if planned.outcome == "added":
            recorder.add("household", unit, planned.row.values)
        elif planned.outcome == "changed":
            recorder.update("household", planned.household, planned.row.values)
    return plan


def export_households(connection: Connection, unit: str, headings: Sequence[str], sexes: Mapping[str, str]) -> bytes:
    """Write the households as CSV for spreadsheets: byte order mark, and no cell that would run as a formula.

    `headings` are the words for the columns, in the order of `COLUMNS`; `sexes` the words for the codes.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(headings)
    for household in list_households(connection, unit):
        cells = {**household, "head_sex": sexes.get(household["head_sex"] or "", "")}
        writer.writerow([escape_cell(cells[name]) for name in COLUMNS])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def escape_cell(value: Any) -> str:
    """Write a value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def list_registers(connection: Connection, unit: str) -> list[Row]:
    """List the registers of a village, the newest first."""
    return list_records(connection, "register", order="as_of DESC, first_stamp DESC, id", unit=unit)


def current_register(connection: Connection, unit: str, on: date | None = None) -> Row | None:
    """Give the newest register, or the newest that is not dated after the day `on`; None if there is none."""
    return connection.row(
        "SELECT * FROM register WHERE unit = :unit AND removed = 0 AND as_of <= :day"
        " ORDER BY as_of DESC, first_stamp DESC, id LIMIT 1",
        {"unit": unit, "day": on.isoformat() if on else "9999-12-31"},
    )


def list_register_groups(connection: Connection, register: str) -> list[Row]:
    """List the ethnic groups of a register, in the order in which they were recorded."""
    return list_records(connection, "register_group", register=register)


def add_register(
    recorder: Recorder,
    unit: str,
    values: Mapping[str, object],
    groups: Iterable[Mapping[str, object]] = (),
    record: str | None = None,
) -> str:
    """Record a register with its ethnic groups and return its id. Older registers stay.

    An id that is held already is the same register sent again.
    """
    if record is not None and find_record(recorder.connection, "register", record) is not None:
        return record
    register = recorder.add("register", unit, values, record)
    for group in groups:
        recorder.add("register_group", unit, {"register": register, **with_code(group)})
    return register


def update_register(
    recorder: Recorder, register: Row, changes: Mapping[str, object], groups: Iterable[Mapping[str, object]]
) -> None:
    """Correct a register; its ethnic groups become the given ones, matched by name."""
    recorder.update("register", register["id"], changes)
    held = {row["ethnic_group"]: row for row in list_register_groups(recorder.connection, register["id"])}
    for group in groups:
        row = held.pop(group["ethnic_group"], None)
        if row is None:
            recorder.add("register_group", register["unit"], {"register": register["id"], **with_code(group)})
        else:
            coded = with_code(group)
            recorder.update("register_group", row["id"], {name: coded.get(name) for name in _GROUP_FIELDS})
    for row in held.values():
        recorder.remove("register_group", row["id"])


def with_code(group: Mapping[str, object]) -> dict[str, object]:
    """Give the values of a register's group with the code of the census list, where the name is an official one."""
    known = find_group(str(group.get("ethnic_group") or ""))
    code = known.find_code(LIST_CENSUS) if known else None
    return {"code_list": LIST_CENSUS if code else None, "code": code, **group}


def count_difference(connection: Connection, unit: str) -> tuple[int, int] | None:
    """Give the number of listed households and the register's, if both are known and differ."""
    register = current_register(connection, unit)
    listed = len(list_households(connection, unit))
    if register is None or not listed or listed == register["households"]:
        return None
    return listed, int(register["households"])


def list_codes(connection: Connection) -> dict[str, str]:
    """Give the code of every village: that of its commune, the day from which that is valid, its number there."""
    return {row["id"]: make_code(row) for row in connection.rows("SELECT * FROM unit WHERE removed = 0")}


def make_code(village: Mapping[str, Any]) -> str:
    """Write the code of a village as one text, parted by slashes."""
    parts = (village["commune_code"], village["commune_valid_from"], village["local_number"])
    return "/".join(part or "" for part in parts).rstrip("/")


def holidays(connection: Connection, unit: str = "") -> set[date]:
    """Give the days off that were entered, in one village or in any: they are the same in the whole country."""
    within = {"unit": unit} if unit else {}
    return {date.fromisoformat(row["day"]) for row in list_records(connection, "holiday", **within)}


def list_holidays(connection: Connection, year: int, unit: str) -> list[Row]:
    """List the days off that were entered in a village for a year, by date."""
    return list(
        connection.rows(
            "SELECT * FROM holiday WHERE unit = :unit AND removed = 0 AND day BETWEEN :first AND :last"
            " ORDER BY day, id",
            {"unit": unit, "first": f"{year:04d}-01-01", "last": f"{year:04d}-12-31"},
        )
    )


def years_with_holidays(connection: Connection, unit: str = "") -> set[int]:
    """Give the years for which somebody entered days off; only in these are holidays counted."""
    return {day.year for day in holidays(connection, unit)}


def missing_suggestions(connection: Connection, year: int, unit: str) -> list[SuggestedHoliday]:
    """List the suggested days off of a year that are not entered yet in a village."""
    known = {row["day"] for row in list_holidays(connection, year, unit)}
    return [each for each in suggested_holidays(year) if each.day.isoformat() not in known]


def add_suggested_holidays(recorder: Recorder, unit: str, year: int) -> int:
    """Enter all suggested days off of a year that are not entered yet; return how many."""
    found = missing_suggestions(recorder.connection, year, unit)
    secret = _read_secret(recorder.connection, unit)
    for each in found:
        record = shared_id("holiday", unit, each.day.isoformat(), secret)
        recorder.put("holiday", unit, {"day": each.day, "name": each.name_vi}, record)
    return len(found)


def _read_secret(connection: Connection, unit: str) -> str:
    """Give what all laptops of a village know and no other village does: the salt of the first record of it.

    Units and days can be foreseen. Who records first under an id has it, so an id must be none that others work out.
    """
    known = read_revisions(connection, unit)
    return min(known, key=lambda each: (each.body.stamp, each.root)).body.salt if known else ""
