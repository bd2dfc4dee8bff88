"""The current records as tables: a cache of the log that can be thrown away and made again.

Every kind has one table derived from its declaration, the same on every engine. Besides the fields it says whether the
record was removed, how many fields are in conflict, which fields break the kind's rule, and what came in fields that
this version does not know. A village that is another one (`units/aliases.py`) is named by that one. The search index is
made from these tables and follows every change.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from collector import index
from collector.attachments import forgetting
from collector.kinds import TEXT_LIMIT, Field, Kind, Type, is_date, is_instant
from collector.units import aliases
from collector.units.aliases import NONE, Aliases
from sync.log import list_states, read_states
from sync.merge import RecordState
from sync.revisions import REMOVED, Value
from sync.storage import SQLITE, Connection

_EXTRA: Final = {
    "removed": "INTEGER NOT NULL",
    "conflicts": "INTEGER NOT NULL",
    "broken": "TEXT",
    "unknown": "TEXT",
    "first_stamp": "INTEGER NOT NULL",
    "last_stamp": "INTEGER NOT NULL",
    "last_author": "TEXT",
    "revision_count": "INTEGER NOT NULL",
}
_RARE: Final = (("removed", "removed = 1"), ("conflicts", "conflicts > 0"), ("broken", "broken IS NOT NULL"))
"""What few records are, and somebody asks for: an index over them alone costs nothing."""
_SEARCH: Final = "(search)"
"""The row of `cache` that says from which declarations the search index was made."""
_NUMBERS: Final = (Type.INTEGER, Type.BOOLEAN)
_WORDS: Final = (Type.TEXT, Type.LONG_TEXT)
_TIMES: Final = {Type.DATE: is_date, Type.INSTANT: is_instant}
_CODE_LIMIT: Final = 100
"""No date, choice, reference or hash is longer; with that, every index entry fits into a page of any engine."""
_BATCH: Final = 500


def column_type(declared: Field) -> str:
    """Give the column type of a field."""
    return "INTEGER" if declared.type in _NUMBERS else "TEXT"


def _statements(kind: Kind) -> list[str]:
    fields = [f'"{each.name}" {column_type(each)}' for each in kind.fields]
    extra = [f'"{name}" {words}' for name, words in _EXTRA.items()]
    columns = ", ".join(['"id" TEXT PRIMARY KEY', '"unit" TEXT NOT NULL', *fields, *extra])
    rare = [f'CREATE INDEX "{kind.name}__{name}" ON "{kind.name}" (last_stamp) WHERE {when}' for name, when in _RARE]
    indexes = [
        f'CREATE INDEX "{kind.name}_{"_".join(names)}" ON "{kind.name}" ({", ".join(map(_sorted, names))})'
        for names in kind.indexes
    ]
    return [f'CREATE TABLE "{kind.name}" ({columns}) {{strict}}', *indexes, *rare]


def _quote(name: str) -> str:
    return f'"{name}"'


def _sorted(name: str) -> str:
    return _quote(name) if name in ("id", "unit") else f"{_quote(name)} {{nulls_first}}"


def signature(kind: Kind) -> str:
    """Give a short text that changes whenever the table of a kind must be made again."""
    return hashlib.sha256("\n".join(_statements(kind)).encode()).hexdigest()[:16]


def prepare(connection: Connection, kinds: Mapping[str, Kind]) -> list[str]:
    """Make the tables of new or changed kinds and fill them from the log; name those kinds."""
    known = {row["kind"]: row["signature"] for row in connection.rows("SELECT kind, signature FROM cache")}
    changed = [kind for kind in kinds.values() if known.get(kind.name) != signature(kind)]
    _make_again(connection, kinds, changed)
    if aliases.KIND in {kind.name for kind in changed} and aliases.read_aliases(connection):
        changed = list(kinds.values())  # what villages are called may be known only now
        _make_again(connection, kinds, changed)
    if changed or known.get(_SEARCH) != index.signature(connection, kinds):
        _index(connection, kinds)
    return [kind.name for kind in changed]


def rebuild(connection: Connection, kinds: Mapping[str, Kind]) -> int:
    """Throw every table of the cache away and make it again from the log; return the number of records."""
    total = _make_again(connection, kinds, kinds.values())
    _index(connection, kinds)
    return total


def _make_again(connection: Connection, kinds: Mapping[str, Kind], changed: Iterable[Kind]) -> int:
    total = 0
    for kind in sorted(changed, key=lambda kind: kind.name != aliases.KIND):
        _empty(connection, kind)
        total += _fill(connection, kind, NONE if kind.name == aliases.KIND else _known_aliases(connection, kinds))
        if kind.name == aliases.KIND:
            _name_villages(connection, aliases.compute_aliases(connection))
    return total


def _known_aliases(connection: Connection, kinds: Mapping[str, Kind]) -> Aliases:
    return aliases.read_aliases(connection) if aliases.KIND in kinds else NONE


def _name_villages(connection: Connection, names: Mapping[str, str]) -> None:
    for unit, name in names.items():
        connection.execute(f'UPDATE "{aliases.KIND}" SET unit = :name WHERE id = :unit', {"unit": unit, "name": name})


def _index(connection: Connection, kinds: Mapping[str, Kind]) -> None:
    wanted = index.signature(connection, kinds)
    known = connection.value("SELECT signature FROM cache WHERE kind = :kind", {"kind": _SEARCH})
    index.rebuild(connection, kinds, anew=known != wanted)
    _remember(connection, _SEARCH, wanted)


def _remember(connection: Connection, name: str, signature: str) -> None:
    named = {"kind": name, "signature": signature}
    connection.execute("DELETE FROM cache WHERE kind = :kind", named)
    connection.execute("INSERT INTO cache (kind, signature) VALUES (:kind, :signature)", named)


def _empty(connection: Connection, kind: Kind) -> None:
    """Take every row out; make the table again if it is missing or another one is declared.

    A server's readers must not meet a table that is newer than what they see, so there only rows go where that will do.
    """
    wanted, named = signature(kind), {"kind": kind.name}
    known = connection.value("SELECT signature FROM cache WHERE kind = :kind", named)
    if connection.engine != SQLITE and known == wanted:
        connection.execute(f'DELETE FROM "{kind.name}"')
        return
    connection.execute(f'DROP TABLE IF EXISTS "{kind.name}"')
    for statement in _statements(kind):
        connection.define(statement)
    _remember(connection, kind.name, wanted)


def _fill(connection: Connection, kind: Kind, known: Aliases) -> int:
    total = 0
    rows = (make_row(kind, state, known) for state in list_states(connection, kind.name))
    while batch := list(islice(rows, _BATCH)):
        _put(connection, kind, batch)
        total += len(batch)
    return total


def write(connection: Connection, kinds: Mapping[str, Kind], state: RecordState) -> None:
    """Put the state of a record into its table and into the search index."""
    if state.kind == aliases.KIND:
        refresh(connection, kinds, [state.record])
    else:
        _write(connection, kinds, [state], _known_aliases(connection, kinds))


def _write(connection: Connection, kinds: Mapping[str, Kind], states: Iterable[RecordState], known: Aliases) -> None:
    rows = _put_states(connection, kinds, states, known)
    index.put(connection, [(kinds[name], row) for name, found in rows.items() for row in found])


def _put_states(
    connection: Connection, kinds: Mapping[str, Kind], states: Iterable[RecordState], known: Aliases
) -> dict[str, list[dict[str, Any]]]:
    """Put states into their tables; give the rows by kind."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for state in states:
        if (kind := kinds.get(state.kind)) is not None:
            rows.setdefault(kind.name, []).append(make_row(kind, state, known))
    for name, found in rows.items():
        if name == forgetting.KIND:
            forgetting.note_lost(connection, found)
        _put(connection, kinds[name], found)
    return rows


def refresh(connection: Connection, kinds: Mapping[str, Kind], records: Iterable[str]) -> None:
    """Bring the tables and the index up to date with the log for these records, after revisions came or went.

    When a village became another one, or is no longer, everything that names it follows. Kinds of a later version have
    no table here; their revisions stay in the log until this version is replaced.
    """
    wanted = sorted(set(records))
    states = read_states(connection, wanted)
    before = _known_aliases(connection, kinds)
    gone = [record for record in wanted if record not in states] + _list_mixed(connection, wanted)
    if gone:
        _take_out(connection, kinds, gone)
    villages = [state for state in states.values() if state.kind == aliases.KIND and aliases.KIND in kinds]
    followers: list[str] = []
    if villages or not before.keys().isdisjoint(gone):
        followers = sorted(_settle_villages(connection, kinds, villages, before) - states.keys())
    known = _known_aliases(connection, kinds)
    _write(connection, kinds, (states[record] for record in wanted if record in states), known)
    for start in range(0, len(followers), _BATCH):
        followed = read_states(connection, followers[start : start + _BATCH]).values()
        rows = _put_states(connection, kinds, followed, known)
        index.move(connection, {row["id"]: row["unit"] for found in rows.values() for row in found})


def _settle_villages(
    connection: Connection, kinds: Mapping[str, Kind], villages: Iterable[RecordState], before: Aliases
) -> set[str]:
    """Work out again which villages are others, and list the records that name one of those that changed."""
    _put_states(connection, kinds, villages, before)
    after = aliases.compute_aliases(connection)
    moved = {unit: after.get(unit, unit) for unit in {**before, **after} if before.get(unit) != after.get(unit)}
    followers = _list_naming(connection, kinds, {before.get(unit, unit) for unit in moved})
    _name_villages(connection, moved)
    return followers


def _list_naming(connection: Connection, kinds: Mapping[str, Kind], units: Iterable[str]) -> set[str]:
    """List the records whose row lies in one of these villages or refers to it."""
    found: set[str] = set()
    for unit in units:
        for kind in kinds.values():
            columns = ["unit", *(each.name for each in kind.fields if each.refers_to == aliases.KIND)]
            where = " OR ".join(f"{_quote(name)} = :unit" for name in columns)
            rows = connection.rows(f'SELECT id FROM "{kind.name}" WHERE {where}', {"unit": unit})
            found.update(row["id"] for row in rows)
    return found


def _list_mixed(connection: Connection, records: list[str]) -> list[str]:
    """List the records to which some program gave several kinds: a row may stand in another table than it should."""
    found: list[str] = []
    for start in range(0, len(records), _BATCH):
        named = {f"r{place}": record for place, record in enumerate(records[start : start + _BATCH])}
        names = ", ".join(f":{name}" for name in named)
        several = "GROUP BY record HAVING min(kind) <> max(kind)"
        rows = connection.rows(f"SELECT record FROM revision WHERE record IN ({names}) {several}", named)
        found.extend(row["record"] for row in rows)
    return found


def _take_out(connection: Connection, kinds: Mapping[str, Kind], records: list[str]) -> None:
    for kind in kinds.values():
        connection.execute_many(f'DELETE FROM "{kind.name}" WHERE id = :id', [{"id": record} for record in records])
    index.take_out(connection, records)


def _put(connection: Connection, kind: Kind, rows: list[dict[str, Any]]) -> None:
    columns = ["id", "unit", *kind.field_names, *_EXTRA]
    names = ", ".join(_quote(name) for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    changes = ", ".join(f"{_quote(name)} = excluded.{_quote(name)}" for name in columns if name != "id")
    connection.execute_many(
        f'INSERT INTO "{kind.name}" ({names}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {changes}', rows
    )


def make_row(kind: Kind, state: RecordState, known: Aliases = NONE) -> dict[str, Any]:
    """Derive the row of the cache table from the state of a record; `known` says which villages are others.

    A record that lacks what it must have, as only a faulty program writes it, stands among the removed ones: every page
    may rely on what is required.
    """
    is_village = kind.name == aliases.KIND
    unit = state.record if is_village else state.unit
    row: dict[str, Any] = {"id": state.record, "unit": known.get(unit, unit)}
    broken: set[str] = set()
    for declared in kind.fields:
        value = state.values.get(declared.name)
        if value is not None and not _fits(kind, declared, value):
            broken.add(declared.name)
            value = None
        if declared.refers_to == aliases.KIND and not is_village:
            value = known.get(str(value), value)
        row[declared.name] = int(value) if isinstance(value, bool) else value
    missing = {declared.name for declared in kind.fields if declared.required and row[declared.name] is None}
    broken.update(missing, (error.field for error in kind.rule(row)))
    declared_names = {REMOVED, *kind.field_names}
    unknown = {name: value for name, value in state.values.items() if name not in declared_names}
    return row | {
        "removed": int(state.removed or bool(missing)),
        "conflicts": len(state.unsettled),
        "broken": ",".join(sorted(broken)) or None,
        "unknown": json.dumps(unknown, ensure_ascii=False, sort_keys=True) if unknown else None,
        "first_stamp": state.first_stamp,
        "last_stamp": state.last.stamp,
        "last_author": (state.last.author or "").replace("\0", "") or None,
        "revision_count": state.revisions,
    }


def _fits(kind: Kind, declared: Field, value: Value) -> bool:
    if declared.type is Type.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    if declared.type is Type.BOOLEAN:
        return isinstance(value, bool)
    if not isinstance(value, str) or "\0" in value or not value.strip():
        return False
    if declared.type in _TIMES:
        return _TIMES[declared.type](value)
    if declared.type not in _WORDS:
        return len(value) <= _CODE_LIMIT
    return len(value) <= TEXT_LIMIT or not any(declared.name in names for names in kind.indexes)


def differences(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Compare every table with the log and the search index with the tables; name what differs, as `kind/id`."""
    known = aliases.compute_aliases(connection) if aliases.KIND in kinds else NONE
    for kind in kinds.values():
        held = {row["id"]: row for row in connection.rows(f'SELECT * FROM "{kind.name}"')}
        for state in list_states(connection, kind.name):
            if held.pop(state.record, None) != make_row(kind, state, known):
                yield f"{kind.name}/{state.record}"
        yield from (f"{kind.name}/{record}" for record in held)
    yield from index.differences(connection, kinds)
