"""Takes over a list of villages from a table: names, codes of their communes, numbers in the commune.

A village is matched by commune and number, else by commune and name; nothing is removed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from uuid6 import uuid7

from collector.errors import RecordInvalid
from collector.exchange.reading import Refusal
from collector.folding import fold
from collector.kinds import FieldError
from collector.query import list_records
from collector.recorder import Recorder
from collector.units.official import find_commune
from collector.units.tables import Line

COLUMNS: Final = {
    "name": {"name", "village", "ten", "ten thon", "thon"},
    "commune_code": {"commune_code", "commune code", "code", "ma xa", "ma"},
    "local_number": {"local_number", "local number", "number", "so", "stt"},
    "number_suffix": {"number_suffix", "letters", "ky hieu"},
}
_NEEDED: Final = ("name", "commune_code")


@dataclass(slots=True)
class VillagesResult:
    """What taking over a list of villages did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def import_villages(recorder: Recorder, lines: list[Line]) -> VillagesResult:
    """Write every line as a village; wrong ones are refused with what is wrong."""
    result = VillagesResult()
    known = list_records(recorder.connection, "unit")
    for number, typed in _read(lines, result):
        commune = find_commune(typed.get("commune_code", "").zfill(5))
        if commune is None:
            error = FieldError("commune_code", "unknown_commune", {})
            result.refusals.append(Refusal(number, error.code, error.field, {"field": error.field}, "unit"))
            continue
        values: dict[str, Any] = {
            **{name: text for name, text in typed.items() if text},
            "commune_code": commune.code,
            "commune_valid_from": commune.valid_from,
            "commune_name": commune.name,
            "province_name": commune.province,
        }
        try:
            _write(recorder, known, values, result)
        except RecordInvalid as refused:
            result.refusals += [
                Refusal(number, each.code, each.field, kind="unit", error=each) for each in refused.errors
            ]
    return result


def _read(lines: list[Line], result: VillagesResult) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {
        name: place
        for place, cell in enumerate(lines[0].cells)
        for name, words in COLUMNS.items()
        if fold(cell) in words or cell.strip() in words
    }
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        result.refusals.append(Refusal(lines[0].number, "missing_columns", context={"columns": ", ".join(missing)}))
        return
    for line in lines[1:]:
        yield line.number, {name: line.cells[at] if at < len(line.cells) else "" for name, at in columns.items()}


def _write(
    recorder: Recorder, known: list[dict[str, Any]], values: Mapping[str, Any], result: VillagesResult
) -> None:
    found = next((row for row in known if _same(row, values)), None)
    if found is None:
        record = str(uuid7())
        recorder.add("unit", record, values, record=record)
        known.append({"id": record, **{"local_number": None}, **values})
        result.added += 1
    elif recorder.update("unit", found["id"], values):
        result.changed += 1
    else:
        result.unchanged += 1


def _same(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    if row["commune_code"] != values["commune_code"]:
        return False
    number = values.get("local_number")
    if number and row["local_number"]:
        return bool(row["local_number"] == number)
    return fold(row["name"] or "") == fold(values["name"])
