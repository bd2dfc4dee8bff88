"""What was written to a stick and when. It was not received by anybody yet: only a receipt says that.

A record whose last number lies above what the centre received, and not above what is noted here, is on its way.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sync.storage import Connection

_AT_ONCE: Final = 500


class Written(NamedTuple):
    """Up to which number an epoch, by its name here, was written to a stick, and when last (UTC, ISO 8601)."""

    sequence: int
    at: str


def note_written(connection: Connection, device: str, epoch: str, sequence: int, at: str) -> None:
    """Note that an epoch was written to a stick up to a number."""
    connection.execute(
        "INSERT INTO written (device, epoch, sequence, written_at) VALUES (:device, :epoch, :sequence, :at)"
        " ON CONFLICT (device, epoch) DO UPDATE SET written_at = excluded.written_at,"
        " sequence = CASE WHEN written.sequence > excluded.sequence THEN written.sequence ELSE excluded.sequence END",
        {"device": device, "epoch": epoch, "sequence": sequence, "at": at},
    )


def written_to_stick(connection: Connection) -> dict[tuple[str, str], Written]:
    """Give, per (device, epoch as it is stored here), up to where it was ever written to a stick and when last."""
    rows = connection.rows("SELECT device, epoch, sequence, written_at FROM written")
    return {(row["device"], row["epoch"]): Written(row["sequence"], row["written_at"]) for row in rows}


def find_departure(connection: Connection, records: Sequence[str]) -> str | None:
    """Give when everything of these records that the centre is not known to hold had been written to a stick.

    None if nothing is missing there, or a part of it was never written to one.
    """
    latest = ""
    for start in range(0, len(records), _AT_ONCE):
        named = {f"r{place}": record for place, record in enumerate(records[start : start + _AT_ONCE])}
        listed = ", ".join(f":{name}" for name in named)
        rows = connection.rows(
            "SELECT revision.device, revision.epoch, max(revision.sequence) AS last,"
            " written.sequence AS upto, written_at FROM revision"
            " JOIN epoch ON epoch.device = revision.device AND epoch.epoch = revision.epoch"
            " LEFT JOIN written ON written.device = revision.device AND written.epoch = revision.epoch"
            f" WHERE revision.record IN ({listed}) AND revision.sequence > received"
            " GROUP BY revision.device, revision.epoch, written.sequence, written_at",
            named,
        )
        for row in rows:
            if row["upto"] is None or row["last"] > row["upto"]:
                return None
            latest = max(latest, row["written_at"])
    return latest or None
