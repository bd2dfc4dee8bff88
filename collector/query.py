"""Reads of current records that every feature needs. SQL that only one feature needs stands in its store."""

import re
from collections.abc import Sequence
from typing import Any, Final

from collector.errors import RecordNotFound
from sync.storage import Connection, Row

_COLUMN: Final = re.compile(r"(?<!IS )\b([a-z_]\w*)( DESC)?(?=,|$| LIMIT)")


def find_record(connection: Connection, kind: str, record: str) -> Row | None:
    """Give the row of a record that was not removed, or None."""
    return connection.row(f'SELECT * FROM "{kind}" WHERE id = :id AND removed = 0', {"id": record})


def get_record(connection: Connection, kind: str, record: str) -> Row:
    """Give the row of a record.

    :raises RecordNotFound: if it is not held or was removed.
    """
    row = find_record(connection, kind, record)
    if row is None:
        raise RecordNotFound(kind=kind, record=record)
    return row


def list_records(connection: Connection, kind: str, order: str = "first_stamp, id", **equal: Any) -> list[Row]:
    """List the rows of a kind that were not removed, where the given columns have the given values.

    What has no value in a column of `order` comes first, or last where that is descending.
    """
    where = "".join(f' AND "{name}" = :{name}' for name in equal)
    return list(connection.rows(f'SELECT * FROM "{kind}" WHERE removed = 0{where} ORDER BY {_say_nulls(order)}', equal))


def _say_nulls(order: str) -> str:
    return _COLUMN.sub(lambda found: f"{found[0]} NULLS {'LAST' if found[2] else 'FIRST'}", order)


def in_units(units: Sequence[str], column: str = "unit") -> tuple[str, dict[str, str]]:
    """Give the condition (with AND before it) that a row lies in one of these units, and its parameters; none: any."""
    named = {f"unit_{place}": unit for place, unit in enumerate(units)}
    return (f" AND {column} IN ({', '.join(f':{name}' for name in named)})" if named else ""), named


def list_in_units(connection: Connection, kind: str, units: Sequence[str], order: str = "first_stamp, id") -> list[Row]:
    """List the rows of a kind that were not removed and lie in one of these units (none: in any)."""
    where, named = in_units(units)
    return list(connection.rows(f'SELECT * FROM "{kind}" WHERE removed = 0{where} ORDER BY {_say_nulls(order)}', named))


def count_records(connection: Connection, kind: str, **equal: Any) -> int:
    """Count the records of a kind that were not removed, where the given columns have the given values."""
    where = "".join(f' AND "{name}" = :{name}' for name in equal)
    found = connection.value(f'SELECT count(*) FROM "{kind}" WHERE removed = 0{where}', equal)
    return int(found)
