"""Where records lie: a record is visible when any of its revisions is in scope, so all of them travel together."""

from collections.abc import Iterable

from sync.scopes import Scope
from sync.storage import Connection

_CHUNK = 200


def find_places(
    connection: Connection, records: Iterable[str], *, only_bodies: bool = False
) -> dict[str, set[tuple[str, str]]]:
    """Give, per record, the (unit, kind) of its revisions; what was quarantined or never seen does not count.

    Erased ones count where they lay, unless only those are asked for whose body is here.
    """
    counted = "body IS NOT NULL" if only_bodies else "(absent IS NULL OR absent = 'erased')"
    wanted = sorted(set(records) - {""})
    found: dict[str, set[tuple[str, str]]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        names = ", ".join(f":r{place}" for place in range(len(part)))
        rows = connection.rows(
            f"SELECT DISTINCT record, unit, kind FROM revision WHERE record IN ({names})"
            f" AND {counted}",
            {f"r{place}": record for place, record in enumerate(part)},
        )
        for row in rows:
            found.setdefault(row["record"], set()).add((row["unit"], row["kind"]))
    return found


def find_visible(connection: Connection, records: Iterable[str], scope: Scope, lane: str) -> set[str]:
    """Name those of these records that a scope lets be read: any of its revisions lies in it."""
    places = find_places(connection, records)
    return {record for record, where in places.items() if scope.reads_any(where, lane)}


class Places:
    """Where the records of bodies lie that arrive together: looked up for all of them when one is first asked for."""

    def __init__(self, connection: Connection, records: Iterable[str]) -> None:
        self.connection = connection
        self._records = records
        self._found: dict[str, set[tuple[str, str]]] | None = None

    def find(self, record: str) -> set[tuple[str, str]]:
        """Give the (unit, kind) of a record's revisions that are here already."""
        if self._found is None:
            self._found = find_places(self.connection, self._records)
        return self._found.get(record, set())
