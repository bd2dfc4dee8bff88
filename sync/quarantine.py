"""Bodies that are kept but not applied, for a person to look at: unreadable, not allowed, from a revoked device.

Their number in the chain counts as taken, so that what follows them is not held up.
"""

from contextlib import suppress
from typing import NamedTuple

from sync.erasing import erase_named, restore_named
from sync.errors import BodyRefused, RecordUnknown
from sync.revisions import Body, Reference, Revision, decode_body, make_mark
from sync.segments import WIPED_BYTES
from sync.storage import Connection, Row

_NAMED = "device = :device AND epoch = :epoch AND sequence = :sequence"


def put_aside(connection: Connection, reference: Reference, body: bytes, reason: str) -> None:
    """Keep the bytes of a body that is not applied."""
    connection.execute(
        "INSERT INTO quarantine (device, epoch, sequence, reason, body)"
        " VALUES (:device, :epoch, :sequence, :reason, :body)"
        " ON CONFLICT (device, epoch, sequence) DO UPDATE SET reason = excluded.reason, body = excluded.body",
        {**reference._asdict(), "reason": reason, "body": body},
    )


def forget(connection: Connection, reference: Reference) -> None:
    """Drop the kept bytes of a body that is applied now."""
    connection.execute(f"DELETE FROM quarantine WHERE {_NAMED}", reference._asdict())


class Aside(NamedTuple):
    """What setting a revision aside means: whose cache changes, and which bodies that it erased are wanted again."""

    record: str
    wanted: tuple[Reference, ...]


def set_aside(connection: Connection, reference: Reference, reason: str) -> Aside | None:
    """Take a revision that the centre refused out of the records here too; None if it was not among them.

    What it had erased may come again, what it had brought into scope is looked at again.
    """
    row = connection.row(
        f"SELECT record, body, body_hash, absent FROM revision WHERE {_NAMED}", reference._asdict()
    )
    if row is None or row["absent"] in ("quarantined", "erased"):
        return None
    connection.execute(
        f"UPDATE revision SET body = NULL, absent = 'quarantined' WHERE {_NAMED}", reference._asdict()
    )
    if row["body"] is None:
        return None
    put_aside(connection, reference, bytes(row["body"]), reason)
    connection.execute("UPDATE own_scope SET is_due = 1")
    body = decode_body(bytes(row["body"]))
    wanted = restore_named(connection, Revision(reference, body, 0, make_mark(bytes(row["body_hash"]))))
    return Aside(str(row["record"]), tuple(wanted))


def measure_refused(connection: Connection, device: str, reason: str, *, of_all: bool) -> int:
    """Give about how many bytes are kept of a device that may not write, for a reason; or `of_all` such devices."""
    named = {"device": device, "reason": reason, "all": int(of_all), "each": WIPED_BYTES}
    return int(
        connection.value(
            "SELECT (SELECT coalesce(sum(length(body)), 0) FROM quarantine"
            "  WHERE reason = :reason AND (:all = 1 OR device = :device))"
            " + (SELECT coalesce(sum(length(content)), 0) FROM held"
            "  WHERE refused = :reason AND (:all = 1 OR device = :device))"
            " + (SELECT count(*) FROM revision WHERE device = :device AND absent = 'outside') * :each",
            named,
        )
    )


def list_quarantined(connection: Connection) -> list[Row]:
    """List what is kept aside: device, epoch, sequence, reason, body."""
    return list(
        connection.rows(
            "SELECT device, epoch, sequence, reason, body FROM quarantine ORDER BY device, epoch, sequence"
        )
    )


def list_set_aside(connection: Connection, device: str, reason: str) -> list[tuple[Reference, Body, str]]:
    """List what can be read of what is kept aside of a device for a reason, with its lane, in the order it came."""
    rows = connection.rows(
        "SELECT quarantine.device AS device, quarantine.epoch AS epoch, quarantine.sequence AS sequence,"
        " quarantine.body AS body, lane FROM quarantine JOIN epoch USING (device, epoch)"
        " JOIN revision USING (device, epoch, sequence)"
        " WHERE quarantine.device = :device AND quarantine.reason = :reason ORDER BY revision.position",
        {"device": device, "reason": reason},
    )
    found = []
    for row in list(rows):
        with suppress(BodyRefused):
            reference = Reference(row["device"], row["epoch"], row["sequence"])
            found.append((reference, decode_body(bytes(row["body"])), str(row["lane"])))
    return found


def release_quarantined(connection: Connection, reference: Reference) -> Revision:
    """Apply a body after all, because a person said so; the caller brings its record's cache up to date.

    :raises RecordUnknown: if nothing is kept under this name.
    :raises BodyRefused: if this version cannot read it.
    """
    found = connection.row(
        f"SELECT quarantine.body, body_hash FROM quarantine JOIN revision USING (device, epoch, sequence)"
        f" WHERE {_NAMED}",
        reference._asdict(),
    )
    if found is None:
        raise RecordUnknown(**reference._asdict())
    data = bytes(found["body"])
    body = decode_body(data)
    connection.execute(
        "UPDATE revision SET record = :record, kind = :kind, unit = :unit, stamp = :stamp, body = :body, absent = NULL"
        f" WHERE {_NAMED}",
        {
            **reference._asdict(),
            "record": body.record,
            "kind": body.kind,
            "unit": body.unit,
            "stamp": body.stamp,
            "body": data,
        },
    )
    forget(connection, reference)
    released = Revision(reference, body, 0, make_mark(bytes(found["body_hash"])))
    erase_named(connection, released)
    return released
