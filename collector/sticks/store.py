"""What the log tells about files from sticks: whether they bring anything, what they brought, what is kept. Storage."""

from collections.abc import Iterator
from typing import NamedTuple

from collector.sticks.report import MissingPart
from sync.headers import Header
from sync.heads import find_branch, list_branches
from sync.holding import list_missing
from sync.segments import Tip
from sync.storage import Connection


class Kept(NamedTuple):
    """What is kept of sticks: bundles for others (all, and not delivered yet), those that wait, and what is held."""

    carried: int
    undelivered: int
    parked: int
    held: int


def is_complete(connection: Connection, header: Header) -> bool:
    """Tell whether everything that a bundle can bring is here, so that it need not be opened."""
    epoch = find_branch(connection, header.device, header.epoch, Tip(header.last, header.after))
    return epoch is not None and not connection.value(
        "SELECT 1 FROM epoch JOIN revision USING (device, epoch) WHERE epoch.device = :device AND epoch.root = :root"
        " AND sequence BETWEEN :first AND :last AND absent = 'outside' LIMIT 1",
        {"device": header.device, "root": header.epoch, "first": header.first, "last": header.last},
    )


def count_set_aside(connection: Connection, device: str) -> int:
    """Count the revisions of a device that are kept but not applied."""
    return int(connection.value("SELECT count(*) FROM quarantine WHERE device = :device", {"device": device}) or 0)


def count_present(connection: Connection, header: Header) -> int:
    """Count how many of the revisions that a bundle names are here, on any branch, with what became of them."""
    return int(
        connection.value(
            "SELECT count(DISTINCT sequence) FROM epoch JOIN revision USING (device, epoch)"
            " WHERE epoch.device = :device AND epoch.root = :root AND sequence BETWEEN :first AND :last"
            " AND (absent IS NULL OR absent <> 'outside')",
            {"device": header.device, "root": header.epoch, "first": header.first, "last": header.last},
        )
        or 0
    )


def count_kept(connection: Connection) -> Kept:
    """Count what is kept of sticks."""
    counts = connection.row(
        "SELECT (SELECT count(*) FROM carried) AS carried,"
        " (SELECT count(*) FROM carried WHERE delivered_to = '' OR delivered_to <>"
        " coalesce((SELECT name FROM incarnation WHERE is_current = 1), '')) AS undelivered,"
        " (SELECT count(*) FROM parked) AS parked, (SELECT count(*) FROM held) AS held"
    )
    assert counts is not None
    return Kept(**{name: int(value) for name, value in counts.items()})


def find_unit_name(connection: Connection, unit: str) -> str:
    """Give the name of a village whose record is here, else ""."""
    return str(connection.value("SELECT name FROM unit WHERE id = :id", {"id": unit}) or "")


class Departures(NamedTuple):
    """What left on sticks and was not received yet: how many revisions, and when the newest was written (UTC)."""

    revisions: int
    at: str


def find_departures(connection: Connection) -> Departures:
    """Count what was written to sticks and waits for a receipt."""
    row = connection.row(
        "SELECT sum(CASE WHEN written.sequence > epoch.received THEN written.sequence - epoch.received ELSE 0 END)"
        " AS revisions, max(CASE WHEN written.sequence > epoch.received THEN written_at ELSE '' END) AS at"
        " FROM written JOIN epoch ON epoch.device = written.device AND epoch.epoch = written.epoch"
    )
    return Departures(int(row["revisions"] or 0), row["at"] or "") if row else Departures(0, "")


def list_enrolled(connection: Connection) -> list[tuple[str, bytes]]:
    """List, at the centre, the signed certificates of the devices that count: device and bytes."""
    rows = connection.rows(
        "SELECT device, certificate FROM device WHERE certificate IS NOT NULL AND revoked_at IS NULL ORDER BY device"
    )
    return [(row["device"], bytes(row["certificate"])) for row in rows]


def list_revocations(connection: Connection) -> list[tuple[str, bytes]]:
    """List, at the centre, the signed revocations of devices that count no more: device and bytes."""
    rows = connection.rows("SELECT device, revocation FROM device WHERE revocation IS NOT NULL ORDER BY device")
    return [(row["device"], bytes(row["revocation"])) for row in rows]


def list_missing_parts(connection: Connection) -> Iterator[MissingPart]:
    """Name what something waits for: which numbers of which laptop."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for missing in list_missing(connection):
        ends = [
            branch.tip.sequence
            for branch in list_branches(connection, missing.device, missing.epoch)
            if branch.tip.sequence <= missing.upto.sequence
        ]
        first, last = max(ends, default=0) + 1, missing.upto.sequence
        known = found.get((missing.device, missing.epoch), (first, last))
        found[missing.device, missing.epoch] = (min(first, known[0]), min(last, known[1]))
    for (device, _epoch), (first, last) in sorted(found.items()):
        yield MissingPart(device, min(first, last), last)
