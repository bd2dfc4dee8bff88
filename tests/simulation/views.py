"""What a folder shows: one canonical line per record, kept in a cache like the application's."""

import json
from collections.abc import Iterable

from sync.errors import RecordUnknown
from sync.log import get_state, list_states
from sync.merge import RecordState
from sync.revisions import REMOVED
from sync.storage import Connection


def make_line(state: RecordState) -> str:
    """Write what is shown of a record; "" if it was removed."""
    if state.removed and REMOVED not in state.conflicts:
        return ""
    values = {name: value for name, value in state.values.items() if value not in (None, False)}
    rivals = {
        name: [[sibling.value, sibling.author] for sibling in siblings]
        for name, siblings in state.conflicts.items()
    }
    shown = {"id": state.record, "kind": state.kind, "unit": state.unit, "values": values, "conflicts": rivals}
    return json.dumps(shown, sort_keys=True)


def refresh(connection: Connection, records: Iterable[str]) -> None:
    """Bring the cache of these records up to date."""
    for record in sorted(records):
        try:
            line = make_line(get_state(connection, record))
        except RecordUnknown:
            connection.execute("DELETE FROM cached WHERE record = :record", {"record": record})
            continue
        connection.execute(
            "INSERT INTO cached (record, line) VALUES (:record, :line)"
            " ON CONFLICT (record) DO UPDATE SET line = excluded.line",
            {"record": record, "line": line},
        )


def read_cache(connection: Connection) -> dict[str, str]:
    """Give what the cache says."""
    return {row["record"]: row["line"] for row in connection.rows("SELECT record, line FROM cached")}


def compute(connection: Connection) -> dict[str, str]:
    """Give what the log says."""
    return {state.record: make_line(state) for state in list_states(connection)}
