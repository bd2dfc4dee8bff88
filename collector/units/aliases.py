"""One village under one name: a village that two laptops created apart from each other counts as one.

A record of `unit` says with `same_as` that it is another. The log stays as it was written; the tables of current
records and whatever is printed name the canonical village. Nobody can take over a village by saying so: an alias counts
only if one device wrote revisions of the record both as of the village itself and as of the one that it is said to be,
and the centre lets in only what a device may write. So the map is a function of the set of revisions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from collector.errors import CollectorError, RecordNotFound
from sync.storage import Connection

if TYPE_CHECKING:
    from collector.recorder import Recorder

Aliases = Mapping[str, str]
"""From every village that is another one to the one that it is; the others are left out."""

NONE: Final[Aliases] = MappingProxyType({})
KIND: Final = "unit"
FIELD: Final = "same_as"


class AliasRefused(CollectorError):
    """One of two villages was invented for practice, so they cannot become one."""

    code = "alias_refused"
    status = 409


def add_alias(recorder: "Recorder", own: str, canonical: str) -> None:
    """Record that the village `own` is the village `canonical`, which need not be held here yet.

    :raises RecordNotFound: if no village `own` is held.
    :raises AliasRefused: if one of the two was invented for practice.
    """
    connection = recorder.connection
    villages = {row["id"]: row for row in _rows_of(connection, own, canonical)}
    if own not in villages:
        raise RecordNotFound(kind=KIND, record=own)
    if any(row["demo"] for row in villages.values()):
        raise AliasRefused(village=own)
    if own == canonical:
        return
    if not _has_written(connection, own):
        recorder.update(KIND, own, {FIELD: own}, unit=own)  # an alias of itself: only says who may speak for it
    recorder.update(KIND, own, {FIELD: canonical}, unit=canonical)


def remove_alias(recorder: "Recorder", own: str) -> None:
    """Record that the village `own` is a village of its own.

    :raises RecordNotFound: if no village `own` is held.
    """
    recorder.update(KIND, own, {FIELD: None}, unit=own)


def canonical(connection: Connection, unit: str) -> str:
    """Give the village that this one is: itself, unless an alias says otherwise."""
    found = connection.value(f"SELECT unit FROM {KIND} WHERE id = :id AND {FIELD} > ''", {"id": unit})
    return str(found or unit)


def read_aliases(connection: Connection) -> Aliases:
    """Give the aliases as the table of villages has them."""
    rows = connection.rows(f"SELECT id, unit FROM {KIND} WHERE {FIELD} > '' AND unit <> id")
    return {row["id"]: row["unit"] for row in rows}


def compute_aliases(connection: Connection) -> Aliases:
    """Give the aliases as the records of villages and their revisions make them, whatever stands in `unit`."""
    rows = connection.rows(
        f"SELECT id, {FIELD} FROM {KIND} AS said WHERE {FIELD} > '' AND removed = 0 AND (demo IS NULL OR demo = 0)"
        " AND EXISTS (SELECT 1 FROM revision AS here JOIN revision AS there"
        "  ON there.record = here.record AND there.device = here.device"
        f" WHERE here.record = said.id AND here.unit = said.id AND there.unit = said.{FIELD}"
        "  AND here.body IS NOT NULL AND there.body IS NOT NULL)"
    )
    return resolve({row["id"]: row[FIELD] for row in rows})


def resolve(said: Mapping[str, str]) -> Aliases:
    """Follow chains of aliases to their ends; villages that say it of each other in a circle become the smallest id."""
    return {unit: end for unit in said if (end := _find_end(said, unit)) != unit}


def _find_end(said: Mapping[str, str], unit: str) -> str:
    path: list[str] = []
    while unit in said and unit not in path:
        path.append(unit)
        unit = said[unit]
    return min(path[path.index(unit) :]) if unit in path else unit


def _rows_of(connection: Connection, *units: str) -> list[dict[str, Any]]:
    found = (connection.row(f"SELECT * FROM {KIND} WHERE id = :id AND removed = 0", {"id": unit}) for unit in units)
    return [row for row in found if row is not None]


def _has_written(connection: Connection, own: str) -> bool:
    """Tell whether this device wrote of the village as of itself."""
    sql = (
        "SELECT 1 FROM revision JOIN lane_writer ON lane_writer.device = revision.device"
        " WHERE lane = 'records' AND record = :own AND unit = :own AND body IS NOT NULL LIMIT 1"
    )
    return connection.value(sql, {"own": own}) is not None
