"""Where records lie: a record is visible when any of its revisions is in scope, so all of them travel together."""

from collections.abc import Iterable

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
