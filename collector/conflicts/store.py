"""Which records wait for somebody: those of which values differ, and those that break a rule of their kind.

Lists are read in pages by (stamp, id) through the partial indexes of the cache, so that they cost the same whether ten
records differ or fifty thousand.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from collector.conflicts.choices import Held
from collector.errors import RecordNotFound
from collector.kinds import FieldError, Kind
from collector.query import find_record
from collector.recorder import find_lock
from collector.registry import KINDS
from collector.signed import find_signed_state
from sync.clock import wall_clock_ms
from sync.log import read_revisions
from sync.merge import merge
from sync.storage import Connection, Row

PAGE: Final = 30
COUNT_LIMIT: Final = 1_000
"""Nobody needs to know how many more differ."""
NEWEST: Final = 2**63 - 1
DIFFERING: Final = "conflicts > 0"
BROKEN: Final = "broken IS NOT NULL AND removed = 0"


class Before(NamedTuple):
    """Behind which record a page begins: the stamp and id of the last one shown."""

    stamp: int
    record: str


class Place(NamedTuple):
    """Whose records are asked for: of one village (`unit`), and not of another unit (`but`); "" asks nothing."""

    unit: str = ""
    but: str = ""

    @property
    def condition(self) -> str:
        """What is asked of the column `unit`, to be added to other conditions."""
        return (" AND unit = :unit" if self.unit else "") + (" AND unit <> :but" if self.but else "")


EVERYWHERE: Final = Place()


def list_rows(
    connection: Connection,
    kinds: Iterable[Kind],
    condition: str,
    before: Before | None = None,
    place: Place = EVERYWHERE,
) -> list[Row]:
    """List records that differ (`DIFFERING`) or break a rule (`BROKEN`), last changed first, each with its `kind`.

    At most `PAGE` + 1.
    """
    where = f"{condition} AND last_stamp <= :stamp AND (last_stamp < :stamp OR id < :record){place.condition}"
    parts = [
        f"SELECT * FROM (SELECT '{kind.name}' AS kind, id, last_stamp FROM \"{kind.name}\" WHERE {where}"
        f" ORDER BY last_stamp DESC, id DESC LIMIT {PAGE + 1}) AS part_{kind.name}"
        for kind in kinds
    ]
    if not parts:
        return []
    first = before or Before(NEWEST, "~")
    found = connection.rows(
        f"{' UNION ALL '.join(parts)} ORDER BY last_stamp DESC, id DESC LIMIT {PAGE + 1}",
        {"stamp": first.stamp, "record": first.record, **place._asdict()},
    )
    return [{**_row(connection, each["kind"], each["id"]), "kind": each["kind"]} for each in list(found)]


def _row(connection: Connection, kind: str, record: str) -> Row:
    return connection.row(f'SELECT * FROM "{kind}" WHERE id = :id', {"id": record}) or {}


def count_rows(connection: Connection, kinds: Iterable[Kind], condition: str, place: Place = EVERYWHERE) -> int:
    """Count the records that differ or break a rule, not beyond `COUNT_LIMIT` of a kind."""
    condition = f"{condition}{place.condition}"
    counts = [
        f'(SELECT count(*) FROM (SELECT 1 AS one FROM "{kind.name}" WHERE {condition} LIMIT {COUNT_LIMIT}) AS counted)'
        for kind in kinds
    ]
    return int(connection.value(f"SELECT {' + '.join(counts)}", place._asdict())) if counts else 0


def list_parts(connection: Connection, kinds: Iterable[Kind], kind: str, record: str) -> list[Row]:
    """List what differs of a record and of everything that belongs to it, each with its `kind`."""
    visible = {each.name: each for each in kinds}
    found: list[Row] = []
    waiting = [(kind, ":record")] if kind in visible else []
    while waiting:
        name, ids = waiting.pop()
        rows = connection.rows(f'SELECT * FROM "{name}" WHERE id IN ({ids}) AND {DIFFERING}', {"record": record})
        found += [{**row, "kind": name} for row in rows]
        for child in visible.values():
            if child.belongs_to and child.field(child.belongs_to).refers_to == name:
                waiting.append((child.name, f'SELECT id FROM "{child.name}" WHERE "{child.belongs_to}" IN ({ids})'))
    return sorted(found, key=lambda row: (-row["last_stamp"], row["id"]))


def list_double_households(connection: Connection, unit: str = "") -> list[Row]:
    """List households whose number in their village another one has too, by village and number; at most `PAGE`."""
    where = "removed = 0 AND number IS NOT NULL" + (" AND unit = :unit" if unit else "")
    return list(
        connection.rows(
            "SELECT h.* FROM household h JOIN (SELECT unit, number FROM household"
            f" WHERE {where} GROUP BY unit, number HAVING count(*) > 1 ORDER BY unit, number LIMIT {PAGE}) twice"
            " ON twice.unit = h.unit AND twice.number = h.number"
            f" WHERE h.removed = 0 ORDER BY h.unit, h.number, h.id LIMIT {PAGE}",
            {"unit": unit},
        )
    )


def get_held(connection: Connection, kind: Kind, record: str) -> Held:
    """Give a record with all that is known of it.

    :raises RecordNotFound: if there is no such record of this kind.
    """
    known = read_revisions(connection, record)
    if not known or known[0].body.kind != kind.name:
        raise RecordNotFound(kind=kind.name, record=record)
    state = merge(known)
    meeting = find_lock(connection, kind, state.values, record)
    signed = find_signed_state(connection, meeting, known) if meeting else None
    return Held(kind, {each.reference: each for each in known}, state, signed, wall_clock_ms())


def list_errors(kind: Kind, row: Mapping[str, Any]) -> list[FieldError]:
    """Say what is wrong with a record that breaks its kind's declaration or rule."""
    values = {name: row[name] for name in kind.field_names if row[name] is not None}
    _cleaned, errors = kind.clean(values, complete=False)
    found = [*errors, *kind.rule(row)]
    named = {error.field for error in found}
    unreadable = [name for name in (row["broken"] or "").split(",") if name and name not in named]
    return found + [FieldError(name, "not_readable", {}) for name in unreadable]


def find_top(connection: Connection, kind: Kind, row: Mapping[str, Any]) -> tuple[Kind, Mapping[str, Any]]:
    """Give the record at the top that a record belongs to (a meeting, a programme, a round), or itself."""
    while kind.belongs_to:
        above = kind.field(kind.belongs_to).refers_to
        parent = _row(connection, above, row[kind.belongs_to] or "")
        if not parent:
            break
        kind, row = KINDS[above], parent
    return kind, row


def find_unit_name(connection: Connection, unit: str) -> str:
    """Give the name of a village, '' if it is not held."""
    found = find_record(connection, "unit", unit)
    return str(found["name"] or "") if found else ""
