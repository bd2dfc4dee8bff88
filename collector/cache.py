"""The current records as tables: a cache of the log that can be thrown away and made again.

Every kind has one STRICT table derived from its declaration. Besides the fields it says whether the record was
removed, how many fields are in conflict, which fields break the kind's rule, and what came in fields that this
version does not know. The search index is made from these tables and follows every change.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from collector import index
from collector.kinds import Field, Kind, Type
from sync.log import list_states, read_states
from sync.merge import RecordState
from sync.revisions import REMOVED, Value
from sync.storage import Connection

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


def column_type(declared: Field) -> str:
    """Give the column type of a field."""
    return "INTEGER" if declared.type in _NUMBERS else "TEXT"


def _statements(kind: Kind) -> list[str]:
    fields = [f'"{each.name}" {column_type(each)}' for each in kind.fields]
    extra = [f'"{name}" {words}' for name, words in _EXTRA.items()]
    columns = ", ".join(['"id" TEXT PRIMARY KEY', '"unit" TEXT NOT NULL', *fields, *extra])
    rare = [f'CREATE INDEX "{kind.name}__{name}" ON "{kind.name}" (last_stamp) WHERE {when}' for name, when in _RARE]
    indexes = [
        f'CREATE INDEX "{kind.name}_{"_".join(names)}" ON "{kind.name}" ({", ".join(_quote(n) for n in names)})'
        for names in kind.indexes
    ]
    return [f'CREATE TABLE "{kind.name}" ({columns}) STRICT', *indexes, *rare]


def _quote(name: str) -> str:
    return f'"{name}"'


def signature(kind: Kind) -> str:
    """Give a short text that changes whenever the table of a kind must be made again."""
    return hashlib.sha256("\n".join(_statements(kind)).encode()).hexdigest()[:16]


def prepare(connection: Connection, kinds: Mapping[str, Kind]) -> list[str]:
    """Make the tables of new or changed kinds and fill them from the log; name those kinds."""
    known = {row["kind"]: row["signature"] for row in connection.rows("SELECT kind, signature FROM cache")}
    changed = [kind for kind in kinds.values() if known.get(kind.name) != signature(kind)]
    for kind in changed:
        _make(connection, kind)
        _fill(connection, kind)
    if changed or known.get(_SEARCH) != index.signature(kinds):
        _index(connection, kinds)
    return [kind.name for kind in changed]


def rebuild(connection: Connection, kinds: Mapping[str, Kind]) -> int:
    """Throw every table of the cache away and make it again from the log; return the number of records."""
    total = 0
    for kind in kinds.values():
        _make(connection, kind)
        total += _fill(connection, kind)
    _index(connection, kinds)
    return total


def _index(connection: Connection, kinds: Mapping[str, Kind]) -> None:
    index.rebuild(connection, kinds)
    _remember(connection, _SEARCH, index.signature(kinds))


def _remember(connection: Connection, name: str, signature: str) -> None:
    named = {"kind": name, "signature": signature}
    connection.execute("DELETE FROM cache WHERE kind = :kind", named)
    connection.execute("INSERT INTO cache (kind, signature) VALUES (:kind, :signature)", named)


def _make(connection: Connection, kind: Kind) -> None:
    connection.execute(f'DROP TABLE IF EXISTS "{kind.name}"')
    for statement in _statements(kind):
        connection.execute(statement)
    _remember(connection, kind.name, signature(kind))


def _fill(connection: Connection, kind: Kind) -> int:
    total = 0
    for state in list_states(connection, kind.name):
        _put(connection, kind, make_row(kind, state))
        total += 1
    return total


def write(connection: Connection, kind: Kind, state: RecordState) -> None:
    """Put the state of a record into its table and into the search index."""
    row = make_row(kind, state)
    _put(connection, kind, row)
    index.put(connection, kind, row)


def refresh(connection: Connection, kinds: Mapping[str, Kind], records: Iterable[str]) -> None:
    """Bring the tables and the index up to date with the log for these records, after revisions came or went.

    Kinds of a later version have no table here; their revisions stay in the log until this version is replaced.
    """
    wanted = sorted(set(records))
    states = read_states(connection, wanted)
    for record in wanted:
        state = states.get(record)
        if state is None:
            _take_out(connection, kinds, record)
        elif (kind := kinds.get(state.kind)) is not None:
            write(connection, kind, state)


def _take_out(connection: Connection, kinds: Mapping[str, Kind], record: str) -> None:
    for kind in kinds.values():
        connection.execute(f'DELETE FROM "{kind.name}" WHERE id = :id', {"id": record})
    index.take_out(connection, record)


def _put(connection: Connection, kind: Kind, row: Mapping[str, Any]) -> None:
    names = ", ".join(_quote(name) for name in row)
    values = ", ".join(f":{name}" for name in row)
    changes = ", ".join(f"{_quote(name)} = excluded.{_quote(name)}" for name in row if name != "id")
    connection.execute(
        f'INSERT INTO "{kind.name}" ({names}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {changes}', row
    )


def make_row(kind: Kind, state: RecordState) -> dict[str, Any]:
    """Derive the row of the cache table from the state of a record."""
    row: dict[str, Any] = {"id": state.record, "unit": state.unit}
    broken: set[str] = set()
    for declared in kind.fields:
        value = state.values.get(declared.name)
        if value is not None and not _fits(declared, value):
            broken.add(declared.name)
            value = None
        row[declared.name] = int(value) if isinstance(value, bool) else value
    broken.update(error.field for error in kind.rule(row))
    unknown = {
        name: value
        for name, value in state.values.items()
        if name != REMOVED and name not in kind.field_names
    }
    return row | {
        "removed": int(state.removed),
        "conflicts": len(state.conflicts),
        "broken": ",".join(sorted(broken)) or None,
        "unknown": json.dumps(unknown, ensure_ascii=False, sort_keys=True) if unknown else None,
        "first_stamp": state.first_stamp,
        "last_stamp": state.last.stamp,
        "last_author": state.last.author,
        "revision_count": state.revisions,
    }


def _fits(declared: Field, value: Value) -> bool:
    if declared.type is Type.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    if declared.type is Type.BOOLEAN:
        return isinstance(value, bool)
    return isinstance(value, str)


def differences(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Compare every table with the log and the search index with the tables; name what differs, as `kind/id`."""
    for kind in kinds.values():
        held = {row["id"]: row for row in connection.rows(f'SELECT * FROM "{kind.name}"')}
        for state in list_states(connection, kind.name):
            if held.pop(state.record, None) != make_row(kind, state):
                yield f"{kind.name}/{state.record}"
        yield from (f"{kind.name}/{record}" for record in held)
    yield from index.differences(connection, kinds)
