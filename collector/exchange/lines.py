"""The canonical line of a record: what `collector export records --format ndjson` prints and `import` reads.

One JSON object per record with sorted keys: `kind`, `id`, `unit`, then the fields under their names, as they are
shown. Fields without a value are left out; booleans are true or false. A field with several live values shows the
one that wins and has all of them, the winner first, under `conflicts`. A village that is another one is named by that
one. A removed record has no line, unless an edit that the removal did not know of is in conflict with it: then
`removed` is true. So a line is a function of the set of revisions, and two replicas that hold the same ones print the
same bytes.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from collector.kinds import Scope
from collector.registry import KINDS
from collector.units.aliases import KIND as VILLAGE
from collector.units.aliases import NONE, Aliases, read_aliases
from sync.log import list_states
from sync.merge import RecordState
from sync.revisions import REMOVED, Value
from sync.storage import Connection

RESERVED: Final = ("kind", "id", "unit", "removed", "conflicts")


def list_kinds(connection: Connection, *, village_only: bool = False) -> list[str]:
    """List the kinds of which anything is held, by name, those among them that this version does not know.

    Kinds that never leave the village are left out unless `village_only` asks for them.
    """
    rows = connection.rows("SELECT DISTINCT kind FROM revision WHERE kind <> '' ORDER BY kind")
    found = [row["kind"] for row in rows]
    return [name for name in found if village_only or name not in KINDS or KINDS[name].scope is not Scope.VILLAGE]


def list_shown_states(connection: Connection, kind: str) -> Iterator[RecordState]:
    """Give the states of the records of a kind that have a line, by id."""
    for state in list_states(connection, kind):
        if not state.removed or REMOVED in state.conflicts:
            yield state


def make_line(state: RecordState, known: Aliases = NONE) -> dict[str, Any]:
    """Give a record as the object of its line; `known` says which villages are others."""
    line: dict[str, Any] = {
        name: _name_value(state.kind, name, value, known)
        for name, value in state.values.items()
        if value is not None and name not in RESERVED
    }
    unit = state.record if state.kind == VILLAGE else state.unit
    line |= {"kind": state.kind, "id": state.record, "unit": known.get(unit, unit)}
    if state.removed:
        line["removed"] = True
    conflicts = {name: _different_values(state, name, known) for name in state.conflicts}
    if conflicts:
        line["conflicts"] = conflicts
    return line


def _name_value(kind: str, name: str, value: Value, known: Aliases) -> Value:
    """Give a value as it is shown: one that refers to a village names the canonical one."""
    if not known or kind not in KINDS or kind == VILLAGE or name not in KINDS[kind].field_names:
        return value
    return known.get(str(value), value) if KINDS[kind].field(name).refers_to == VILLAGE else value


def _different_values(state: RecordState, name: str, known: Aliases) -> list[Any]:
    values = [_name_value(state.kind, name, sibling.value, known) for sibling in state.siblings[name]]
    if name == REMOVED and state.contested_removal:
        values.append(False)
    kept: list[Any] = []
    for value in values:
        if not any(type(value) is type(other) and value == other for other in kept):
            kept.append(value)
    return kept


def encode_line(line: dict[str, Any]) -> bytes:
    """Write a line with sorted keys and its line break."""
    return json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def write_lines(connection: Connection, *, village_only: bool = False) -> Iterator[bytes]:
    """Give the canonical lines of all records, sorted by kind and id."""
    known = read_aliases(connection)
    for kind in list_kinds(connection, village_only=village_only):
        for state in list_shown_states(connection, kind):
            yield encode_line(make_line(state, known))
