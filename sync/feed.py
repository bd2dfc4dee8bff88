"""The centre's feed: what it hands out, in an order that never skips, and cursors that can be verified.

An entry is a stretch of an epoch, so a bundle costs one row. The chain runs over all entries and what of them did not
count: a cursor that shows the chain at its position was given by this very feed, not by one that a restored backup grew
in its place. Whoever adds entries holds the one writing transaction (SQLite), or takes the lock of the feed first
(PostgreSQL), so that positions become visible in order.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from sync.branches import base_of
from sync.log import chain_at
from sync.names import Amount, Hash, Text
from sync.revisions import Reference
from sync.segments import MAX_REVISIONS
from sync.storage import Connection, Row

START: Final = hashlib.sha256(b"collector feed 1\n").digest()


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """How far a puller got: a place in the feed of one life of the centre, under one version of its scope.

    While `before_position` is ahead of `position`, the puller has everything up to it that the scope
    `before_version` let it have; `before_chain` is the chain there.
    """

    incarnation: Text
    version: Text
    position: Amount = 0
    chain: Hash = START
    before_version: Text | None = None
    before_position: Amount = 0
    before_chain: Hash | None = None

    @property
    def furthest(self) -> int:
        """The last position that the puller was ever given."""
        return max(self.position, self.before_position)


class Feed:
    """Adds to and reads the feed."""

    def is_behind(self, connection: Connection) -> bool:
        """Tell whether something was stored that the feed does not have yet."""
        return connection.value("SELECT 1 FROM epoch WHERE head_sequence > fed LIMIT 1") is not None

    def extend(self, connection: Connection, filled: Iterable[Reference] = ()) -> None:
        """Add everything that was stored since, in stretches that fit into a bundle, and bodies that came late."""
        rows = list(
            connection.rows(
                "SELECT device, epoch, fed, head_sequence FROM epoch WHERE head_sequence > fed"
                " ORDER BY device, epoch"
            )
        )
        for row in rows:
            begin = max(row["fed"] + 1, base_of(row["epoch"]))
            for first in range(begin, row["head_sequence"] + 1, MAX_REVISIONS):
                last = min(row["head_sequence"], first + MAX_REVISIONS - 1)
                self._add(connection, row["device"], row["epoch"], first, last)
            connection.execute(
                "UPDATE epoch SET fed = head_sequence WHERE device = :device AND epoch = :epoch",
                {"device": row["device"], "epoch": row["epoch"]},
            )
        for reference in filled:
            self._add(connection, reference.device, reference.epoch, reference.sequence, reference.sequence, 1)

    def _add(
        self, connection: Connection, device: str, epoch: str, first: int, last: int, again: int = 0
    ) -> None:
        before = self.head(connection)[1]
        tip = chain_at(connection, device, epoch, last) or b""
        missing = _describe_missing(connection, device, epoch, first, last)
        text = f"{device}/{epoch}/{first}/{last}{missing}\n".encode()
        connection.execute(
            "INSERT INTO feed (device, epoch, first, last, again, chain)"
            " VALUES (:device, :epoch, :first, :last, :again, :chain)",
            {
                "device": device,
                "epoch": epoch,
                "first": first,
                "last": last,
                "again": again,
                "chain": hashlib.sha256(before + text + tip).digest(),
            },
        )

    def head(self, connection: Connection) -> tuple[int, bytes]:
        """Give the last position and the chain there."""
        row = connection.row("SELECT position, chain FROM feed ORDER BY position DESC LIMIT 1")
        return (0, START) if row is None else (row["position"], bytes(row["chain"]))

    def verifies(self, connection: Connection, cursor: Cursor, incarnation: str) -> bool:
        """Tell whether this feed gave the cursor, in this life of the centre."""
        if cursor.incarnation != incarnation:
            return False
        had_before = cursor.before_version is None or self._led_to(
            connection, cursor.before_position, cursor.before_chain
        )
        return had_before and self._led_to(connection, cursor.position, cursor.chain)

    def _led_to(self, connection: Connection, position: int, chain: bytes | None) -> bool:
        if position == 0:
            return chain == START
        found = connection.value("SELECT chain FROM feed WHERE position = :position", {"position": position})
        return found is not None and bytes(found) == chain

    def read(self, connection: Connection, position: int, limit: int) -> list[Row]:
        """Give the entries after a position, at most `limit`."""
        return list(
            connection.rows(
                "SELECT position, device, epoch, first, last, again, chain FROM feed WHERE position > :position"
                " ORDER BY position LIMIT :limit",
                {"position": position, "limit": limit},
            )
        )


def _describe_missing(connection: Connection, device: str, epoch: str, first: int, last: int) -> str:
    """Say which bodies of a stretch are refused or were never here: a feed that grows again may judge otherwise."""
    rows = connection.rows(
        "SELECT sequence, absent FROM revision WHERE device = :device AND epoch = :epoch"
        " AND sequence BETWEEN :first AND :last AND absent IN ('quarantined', 'outside') ORDER BY sequence",
        {"device": device, "epoch": epoch, "first": first, "last": last},
    )
    return "".join(f"/{row['sequence']} {row['absent']}" for row in rows)
