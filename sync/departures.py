"""What was written to a stick and when. It was not received by anybody yet: only a receipt says that.

A record whose last number lies above what the centre received, and not above what is noted here, is on its way.
"""

from typing import NamedTuple

from sync.storage import Connection


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
