"""Reads lines of records as if somebody hostile had written them: capped, strict JSON, nothing twice.

Every refusal keeps the number of its line. What a field may hold is asked later, of its kind.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import IO, Any, Final

from collector.kinds import FieldError
from collector.registry import KINDS
from collector.words import N_

MAX_LINE_BYTES: Final = 1024 * 1024
MAX_LINES: Final = 2_000_000
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

LINE_WORDS: Final = {
    "line_too_long": N_("The line is longer than 1 MB. Please split the record."),
    "too_many_lines": N_("The file has more than 2,000,000 lines. Please split it."),
    "not_utf8": N_("The line is not UTF-8 text. Please save the file as UTF-8."),
    "not_json": N_("The line is no JSON object: %(problem)s. Please write one record per line."),
    "repeated_key": N_("“%(field)s” stands twice in the line. Please keep one."),
    "not_finite": N_("The line holds %(value)s, which is no number. Please remove it."),
    "not_a_record": N_("The line has no “kind”. Please add one, for example \"kind\":\"household\"."),
    "unknown_kind": N_("The kind “%(kind)s” is not known here. See: collector export dictionary."),
    "not_an_id": N_("“%(field)s” is not an id. Leave it out for a new record, or copy it from an export."),
    "repeated_id": N_("This id stands in line %(first)s already. Please keep one of the lines."),
    "other_kind": N_("This id belongs to a record of the kind “%(kind)s”. Leave the id out for a new record."),
    "other_unit": N_("This record belongs to another village. Please leave “unit” out or correct it."),
    "not_a_value": N_("“%(field)s” does not hold a value of the right shape. Please give it as exports do."),
}
"""What is wrong with a line as a whole, by code."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was refused: its number from 1, what is wrong, and the field where that is known."""

    line: int
    code: str
    field: str = ""
    context: Mapping[str, Any] = with_default(default_factory=dict)
    kind: str = ""
    error: FieldError | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as a record to be written; an empty `record` asks for a new id, an empty `unit` for the own village."""

    line: int
    kind: str
    record: str
    unit: str
    values: dict[str, Any]
    removed: bool = False
    conflicts: int = 0


class _Refused(Exception):
    def __init__(self, code: str, name: str = "", **context: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = name
        self.context = context


def read_entries(source: IO[bytes]) -> Iterator[Entry | Refusal]:
    """Read every line that is not empty; give what it says, or why it is refused."""
    seen: dict[str, int] = {}
    for number, data in _read_lines(source):
        if number > MAX_LINES:
            yield Refusal(number, "too_many_lines")
            return
        try:
            entry = None if data is not None and not data.strip() else _read_entry(number, data)
            if entry is not None:
                _refuse_repeated(entry, seen)
                yield entry
        except _Refused as refused:
            yield Refusal(number, refused.code, refused.field, {"field": refused.field, **refused.context})


def _read_lines(source: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Number the lines; None stands for one that is too long and was skipped without being kept."""
    number = 0
    while line := source.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE_BYTES)
        yield number, None


def _read_entry(number: int, data: bytes | None) -> Entry:
    if data is None:
        raise _Refused("line_too_long")
    found = _decode(data)
    kind = found.pop("kind", None)
    if not isinstance(kind, str):
        raise _Refused("not_a_record", "kind")
    if kind not in KINDS:
        raise _Refused("unknown_kind", "kind", kind=kind[:60])
    record, unit = _take_id(found, "id"), _take_id(found, "unit")
    removed, conflicts = found.pop("removed", False), found.pop("conflicts", {})
    for name, value in found.items():
        if isinstance(value, list | dict):
            raise _Refused("not_a_value", name)
    if not isinstance(removed, bool) or not isinstance(conflicts, dict):
        raise _Refused("not_a_value", "conflicts" if isinstance(removed, bool) else "removed")
    return Entry(number, kind, record, unit, found, removed, len(conflicts))


def _decode(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _Refused("not_utf8") from None
    try:
        found = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)
    except RecursionError:
        raise _Refused("not_json", problem="…[[[[…") from None
    except json.JSONDecodeError as error:
        raise _Refused("not_json", problem=f"{error.msg}, {error.colno}") from None
    except ValueError:
        raise _Refused("not_json", problem="…0000…") from None
    if not isinstance(found, dict):
        raise _Refused("not_json", problem=type(found).__name__)
    return found


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Refused("repeated_key", name[:60])
        found[name] = value
    return found


def _refuse_constant(value: str) -> None:
    raise _Refused("not_finite", value=value)


def _take_id(found: dict[str, Any], name: str) -> str:
    value = found.pop(name, None)
    if value is None:
        return ""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise _Refused("not_an_id", name)
    return value


def _refuse_repeated(entry: Entry, seen: dict[str, int]) -> None:
    first = seen.setdefault(entry.record, entry.line) if entry.record else entry.line
    if first != entry.line:
        raise _Refused("repeated_id", "id", first=first)
