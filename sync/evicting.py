"""A laptop's scope: what it keeps of what arrives, and what goes when the scope shrinks.

What the centre is not known to hold never goes: a record with such revisions stays until they were received.
"""

from typing import NamedTuple

from sync.judging import Admission
from sync.revisions import Body
from sync.scopes import Scope, decode_scope, encode_scope
from sync.storage import Connection
from sync.visibility import Places, find_places


def read_scope(connection: Connection) -> Scope | None:
    """Give this folder's scope as the centre last gave it; None before that."""
    text = connection.value("SELECT scope FROM own_scope WHERE id = 1")
    return None if text is None else decode_scope(text)


def put_scope(connection: Connection, scope: Scope) -> None:
    """Take over a scope from the centre; what lies outside is due to go."""
    connection.execute("DELETE FROM own_scope")
    connection.execute(
        "INSERT INTO own_scope (id, scope, is_due, checked) VALUES (1, :scope, 1, 0)", {"scope": encode_scope(scope)}
    )


class LaptopAdmission(Admission):
    """What a laptop lets in: what lies in its scope; everything as long as it has none."""

    def __init__(self) -> None:
        self._known = ("", Scope(""))

    def keeps(self, places: Places, body: Body, lane: str) -> bool:
        """Tell whether the body, or anything known of its record, lies in scope."""
        text = places.connection.value("SELECT scope FROM own_scope WHERE id = 1")
        if text is None:
            return True
        if text != self._known[0]:
            self._known = (text, decode_scope(text))
        scope = self._known[1]
        if scope.reads(body.unit, body.kind, lane):
            return True
        return scope.reads_any(places.find(body.record), lane)


def look_again(connection: Connection) -> None:
    """Have the whole log looked at again: bodies came that were known only by their hash."""
    connection.execute("UPDATE own_scope SET is_due = 1")


def may_evict(connection: Connection) -> bool:
    """Tell whether something was not looked at yet."""
    return bool(
        connection.value(
            "SELECT 1 FROM own_scope"
            " WHERE is_due = 1 OR checked < (SELECT coalesce(max(position), 0) FROM revision)"
        )
    )


class Leaving(NamedTuple):
    """What seems to lie outside: records, and the epochs, as (device, root), in which they stand.

    The centre is asked about both before anything goes: whether it has them, and whether they may not be seen after
    all, because of revisions that were erased or never came here.
    """

    records: set[str]
    epochs: set[tuple[str, str]]


def list_leaving(connection: Connection) -> Leaving:
    """List what seems to lie outside of the scope and was not decided yet."""
    row = connection.row("SELECT scope, is_due, checked FROM own_scope WHERE id = 1")
    if row is None:
        return Leaving(set(), set())
    outside = _list_outside(connection, decode_scope(row["scope"]), 0 if row["is_due"] else row["checked"])
    found: set[tuple[str, str]] = set()
    for record in sorted(outside):
        rows = connection.rows(
            "SELECT DISTINCT device, root FROM revision JOIN epoch USING (device, epoch)"
            " WHERE record = :record AND body IS NOT NULL",
            {"record": record},
        )
        found.update((each["device"], each["root"]) for each in rows)
    return Leaving(outside, found)


def evict(connection: Connection, records: set[str]) -> set[str]:
    """Let go of those of these records that the centre has; name those whose cache is to be brought up to date.

    What was looked at once is looked at again only when the scope changed, when something could not go yet, or when
    `look_again` says so.
    """
    gone = {record for record in records if not _is_only_here(connection, record)}
    for record in sorted(gone):
        connection.execute(
            "UPDATE revision SET body = NULL, absent = 'outside', record = '', kind = '', unit = '', stamp = 0"
            " WHERE record = :record AND body IS NOT NULL",
            {"record": record},
        )
    waits = gone != records or connection.value("SELECT 1 FROM held LIMIT 1") is not None
    checked = connection.value("SELECT max(position) FROM revision") or 0
    connection.execute(
        "UPDATE own_scope SET is_due = :is_due, checked = :checked WHERE is_due <> :is_due OR checked <> :checked",
        {"is_due": int(waits), "checked": checked},
    )
    return gone


def _list_outside(connection: Connection, scope: Scope, start: int) -> set[str]:
    # Joined with the epochs, engines read whole epochs instead of what is new.
    epochs = {
        (row["device"], row["epoch"]): row["lane"] for row in connection.rows("SELECT device, epoch, lane FROM epoch")
    }
    rows = connection.rows(
        "SELECT DISTINCT record, device, epoch FROM revision WHERE position > :start AND body IS NOT NULL",
        {"start": start},
    )
    lanes = {row["record"]: epochs[row["device"], row["epoch"]] for row in rows}
    places = find_places(connection, lanes, only_bodies=True)
    return {record for record, lane in lanes.items() if not scope.reads_any(places[record], lane)}


def _is_only_here(connection: Connection, record: str) -> bool:
    return bool(
        connection.value(
            "SELECT 1 FROM revision JOIN epoch USING (device, epoch) WHERE record = :record AND body IS NOT NULL"
            " AND sequence > received LIMIT 1",
            {"record": record},
        )
    )
