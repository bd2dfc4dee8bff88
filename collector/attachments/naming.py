"""Which contents records name, and which of them the centre may give to whom.

A content counts as named by the record's current value and, as long as values differ, by each of them, so that people
can look at both before they choose.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from collector.attachments.files import is_name
from sync.log import read_states
from sync.storage import Connection

_MANY: Final = 200
_FIELD: Final = "sha256"


def list_named(connection: Connection) -> dict[str, int]:
    """Give every content that a record names which was not removed, and how large the record says that it is."""
    rows = connection.rows("SELECT sha256, size_bytes FROM attachment WHERE removed = 0 AND sha256 IS NOT NULL")
    found = {row["sha256"]: row["size_bytes"] or 0 for row in rows if is_name(row["sha256"])}
    for _, name in _list_disputed(connection):
        found.setdefault(name, 0)
    return found


def is_disputed(connection: Connection, name: str) -> bool:
    """Tell whether a content is among values that differ."""
    return any(disputed == name for _record, disputed in _list_disputed(connection))


def _list_disputed(connection: Connection) -> Iterator[tuple[str, str]]:
    """Give (record, content) for values that differ from the one that is shown."""
    rows = connection.rows("SELECT id FROM attachment WHERE conflicts > 0")
    for record, state in read_states(connection, [row["id"] for row in rows]).items():
        for sibling in state.siblings.get(_FIELD, ()):
            if isinstance(sibling.value, str) and is_name(sibling.value):
                yield record, sibling.value


class Naming(NamedTuple):
    """A record that names a content."""

    record: str
    name: str


def list_naming(connection: Connection, units: Iterable[str] | None = None) -> list[Naming]:
    """List which record names which content, in all units or in these; what was removed or erased names nothing."""
    where, wanted = "removed = 0 AND sha256 IS NOT NULL", [] if units is None else sorted(set(units))
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted) if units is not None else 1, _MANY):
        named = {f"u{number}": unit for number, unit in enumerate(wanted[start : start + _MANY])}
        among = f" AND unit IN ({', '.join(f':{each}' for each in named)})" if named else ""
        rows = connection.rows(f"SELECT id, sha256 FROM attachment WHERE {where}{among}", named)
        found.update((row["id"], row["sha256"]) for row in rows if is_name(row["sha256"]))
    found.update(_list_disputed(connection))
    return sorted(Naming(*each) for each in found)


def find_naming(connection: Connection, names: Iterable[str]) -> list[Naming]:
    """List which records name one of these contents."""
    return sorted(Naming(*each) for each in _find_records(connection, {name for name in names if is_name(name)}))


def list_readable(
    connection: Connection, names: Iterable[str], find_visible: Callable[[Sequence[str]], Sequence[str]]
) -> set[str]:
    """Give those of these contents that a record names which a device may see, as `find_visible` tells of records."""
    naming = _find_records(connection, {name for name in names if is_name(name)})
    visible = set(find_visible(sorted({record for record, _ in naming}))) if naming else set()
    return {name for record, name in naming if record in visible}


def _find_records(connection: Connection, names: set[str]) -> set[tuple[str, str]]:
    wanted = sorted(names)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), _MANY):
        named = {f"n{number}": name for number, name in enumerate(wanted[start : start + _MANY])}
        listed = ", ".join(f":{each}" for each in named)
        rows = connection.rows(
            f"SELECT id, sha256 FROM attachment WHERE removed = 0 AND sha256 IN ({listed})", named
        )
        found.update((row["id"], row["sha256"]) for row in rows)
    if names:
        found.update(each for each in _list_disputed(connection) if each[1] in names)
    return found
