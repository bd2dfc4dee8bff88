"""What stands beside the records because of the exchange: differing values, what waits, what was refused. Reads."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from collector.registry import KINDS
from sync.errors import BodyRefused
from sync.revisions import Value, decode_body
from sync.storage import Connection

SHOWN: Final = 50
BY_CENTRE: Final = "centre"


class Waiting(NamedTuple):
    """What waits for something before it: whose, from which number on, and after which number something is missing."""

    device: str
    epoch: str
    first: int
    last: int
    held_upto: int


class Refused(NamedTuple):
    """A revision that is kept but not applied: what it was about, if it can be read, and what it set."""

    kind: str
    record: str
    values: Mapping[str, Value]


def list_conflicts(connection: Connection) -> set[tuple[str, str]]:
    """List the records of which values differ, as (kind, id)."""
    selections = (f"SELECT '{name}' AS kind, id FROM \"{name}\" WHERE conflicts > 0" for name in KINDS)
    return {(row["kind"], row["id"]) for row in connection.rows(" UNION ALL ".join(selections))}


def count_conflicts(connection: Connection) -> int:
    """Count the records of which values differ."""
    counts = " + ".join(f'(SELECT count(*) FROM "{name}" WHERE conflicts > 0)' for name in KINDS)
    return int(connection.value(f"SELECT {counts}"))


def count_waiting(connection: Connection) -> int:
    """Count the revisions that are held until something before them arrives."""
    return int(connection.value("SELECT coalesce(sum(last - first + 1), 0) FROM held"))


def list_waiting(connection: Connection) -> list[Waiting]:
    """List what waits, by device; where several stretches of one epoch wait, the first of them."""
    rows = connection.rows(
        "SELECT held.device, held.root, min(held.first) AS first, max(held.last) AS last,"
        " coalesce(max(epoch.head_sequence), 0) AS head FROM held LEFT JOIN epoch"
        " ON epoch.device = held.device AND epoch.epoch = held.root"
        f" GROUP BY held.device, held.root ORDER BY held.device, held.root LIMIT {SHOWN}"
    )
    return [Waiting(row["device"], row["root"], row["first"], row["last"], row["head"]) for row in rows]


def count_refused(connection: Connection) -> int:
    """Count what the centre did not apply, of what is here."""
    return int(connection.value("SELECT count(*) FROM quarantine WHERE reason = :reason", {"reason": BY_CENTRE}))


def list_refused(connection: Connection) -> list[Refused]:
    """List what the centre did not apply."""
    rows = connection.rows(
        f"SELECT body FROM quarantine WHERE reason = :reason ORDER BY device, epoch, sequence LIMIT {SHOWN}",
        {"reason": BY_CENTRE},
    )
    return [_read_refused(bytes(row["body"])) for row in rows]


def _read_refused(data: bytes) -> Refused:
    try:
        body = decode_body(data)
    except BodyRefused:
        return Refused("", "", {})
    return Refused(body.kind, body.record, body.set)
