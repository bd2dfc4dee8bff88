"""The villages that are held here, and what an overview says of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from collector.folding import fold
from collector.opinions.lists import Count, count_overdue
from collector.opinions.sources import Filters
from collector.query import count_records, in_units
from collector.registry import KINDS
from sync.storage import Connection, Row

PAGE: Final = 50
_CODE_DIGITS: Final = 3
_HELD: Final = ("in_session", "ended", "finalised")
_TELLING: Final = ("meeting", "opinion", "follow_up", "programme", "disclosure", "round", "register", "person")
"""Kinds whose newest change tells when something of a village arrived last; longer lists are not read through."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of a village. `changed_at` is the stamp of its newest change, `seen_at` its last contact in ms."""

    row: Row
    last_meeting: str | None
    overdue: Count
    open_rounds: int
    unsettled: int
    changed_at: int | None
    seen_at: int | None
    pending: int | None
    """Records and sheets that its laptops had not sent yet at that contact."""


def list_villages(connection: Connection, words: str = "") -> list[Row]:
    """List the villages by commune and name, each once; `words` narrow the list by name or commune."""
    rows = connection.rows("SELECT * FROM unit WHERE removed = 0 AND unit = id")
    wanted = fold(words).split()
    found = [row for row in rows if all(_is_named(row, word) for word in wanted)]
    return sorted(found, key=lambda row: (fold(row["commune_name"] or ""), *_order_of(row["name"] or ""), row["id"]))


def _order_of(name: str) -> tuple[str, int, str]:
    """Sort names that differ in their number by the number: Thôn 2 before Thôn 10."""
    words, number, rest = re.fullmatch(r"(\D*)(\d{0,9})(.*)", fold(name), re.DOTALL).groups()  # type: ignore[union-attr]
    return words, int(number or 0), rest


def _is_named(row: Row, word: str) -> bool:
    """Tell whether a word begins one of the village's or the commune's name, or its code (from three digits on)."""
    names = f" {fold(row['name'] or '')} {fold(row['commune_name'] or '')}"
    return f" {word}" in names or (len(word) >= _CODE_DIGITS and (row["commune_code"] or "").startswith(word))


def find_only_village(connection: Connection) -> Row | None:
    """Give the village if there is exactly one, else None."""
    rows = list(connection.rows("SELECT * FROM unit WHERE removed = 0 AND unit = id LIMIT 2"))
    return rows[0] if len(rows) == 1 else None


def list_village_names(connection: Connection) -> dict[str, str]:
    """Give the names of all villages by their ids."""
    return {row["id"]: row["name"] for row in connection.rows("SELECT id, name FROM unit WHERE removed = 0")}


def describe(connection: Connection, villages: Sequence[Row], today: date) -> list[Overview]:
    """Say of each of these villages what an overview shows."""
    units = [row["id"] for row in villages]
    unsettled, changed, contacts = (
        _count_unsettled(connection, units), _find_changes(connection, units), _find_contacts(connection, units)
    )  # fmt: skip
    return [
        Overview(
            row=row,
            last_meeting=_find_last_meeting(connection, row["id"]),
            overdue=count_overdue(connection, today, Filters(unit=row["id"])),
            open_rounds=count_records(connection, "round", unit=row["id"], state="open"),
            unsettled=unsettled.get(row["id"], 0),
            changed_at=changed.get(row["id"]),
            seen_at=contacts.get(row["id"], (None, None))[0],
            pending=contacts.get(row["id"], (None, None))[1],
        )
        for row in villages
    ]


def _find_last_meeting(connection: Connection, unit: str) -> str | None:
    states = ", ".join(f"'{state}'" for state in _HELD)
    found = connection.value(
        f"SELECT starts_at FROM meeting WHERE unit = :unit AND removed = 0 AND state IN ({states})"
        " ORDER BY starts_at DESC LIMIT 1",
        {"unit": unit},
    )
    return str(found) if found else None


def _count_unsettled(connection: Connection, units: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    where, named = in_units(units)
    for kind in KINDS.values():
        sql = f'SELECT unit, count(*) AS number FROM "{kind.name}" WHERE conflicts > 0{where} GROUP BY unit'
        for row in connection.rows(sql, named) if units else ():
            found[row["unit"]] = found.get(row["unit"], 0) + int(row["number"])
    return found


def _find_changes(connection: Connection, units: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    where, named = in_units(units)
    for kind in _TELLING if units else ():
        sql = f'SELECT unit, max(last_stamp) AS stamp FROM "{kind}" WHERE 1 = 1{where} GROUP BY unit'
        for row in connection.rows(sql, named):
            found[row["unit"]] = max(found.get(row["unit"], 0), int(row["stamp"]))
    return found


def _find_contacts(connection: Connection, units: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Give when a laptop of each village last spoke to this centre, and how much all of them had still to send."""
    if not units:
        return {}
    where, named = in_units(units)
    rows = connection.rows(
        "SELECT unit, max(seen_at) AS seen_at, sum(pending_records + pending_sheets) AS pending FROM device"
        f" JOIN contact ON contact.device = device.device WHERE revoked_at IS NULL{where} GROUP BY unit",
        named,
    )
    return {row["unit"]: (int(row["seen_at"]), int(row["pending"])) for row in rows}
