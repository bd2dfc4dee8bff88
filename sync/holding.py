"""Segments that wait: they arrived before what they follow, by a stick out of order or a lost part."""

from typing import NamedTuple

import msgspec

from sync.judging import Origin
from sync.revisions import hash_body
from sync.segments import Segment, Tip, decode_content, encode_content
from sync.storage import Connection, Row

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Origin)


class Held(NamedTuple):
    """A waiting segment, and what was decided about its author when it arrived."""

    segment: Segment
    digest: bytes
    origin: Origin
    refused: str | None


class Missing(NamedTuple):
    """What a waiting segment waits for: the revisions of an epoch up to a place."""

    device: str
    epoch: str
    upto: Tip


class Holding:
    """Keeps segments until they can be stored."""

    def refuse(self, connection: Connection, device: str, reason: str) -> None:
        """Let nothing count that waits of a device, when its turn comes."""
        connection.execute(
            "UPDATE held SET refused = :reason WHERE device = :device AND refused IS NULL",
            {"device": device, "reason": reason},
        )

    def add(self, connection: Connection, segment: Segment, origin: Origin, refused: str | None) -> None:
        """Keep a segment; the same one again changes nothing."""
        content = encode_content(segment)
        connection.execute(
            "INSERT INTO held (device, root, first, digest, last, lane, chain_before, chain_after, content,"
            " origin, refused) VALUES (:device, :root, :first, :digest, :last, :lane, :before, :after,"
            " :content, :origin, :refused) ON CONFLICT DO NOTHING",
            {
                "device": segment.device,
                "root": segment.epoch,
                "first": segment.first,
                "digest": hash_body(segment.before + content),
                "last": segment.last,
                "lane": segment.lane,
                "before": segment.before,
                "after": segment.chains()[-1],
                "content": content,
                "origin": _encoder.encode(origin),
                "refused": refused,
            },
        )

    def list_held(self, connection: Connection, device: str, root: str) -> list[Held]:
        """List what waits in an epoch, in order."""
        rows = connection.rows(
            "SELECT * FROM held WHERE device = :device AND root = :root ORDER BY first, last, digest",
            {"device": device, "root": root},
        )
        return [_held(row) for row in rows]

    def remove(self, connection: Connection, held: Held) -> None:
        """Forget a segment that was stored."""
        connection.execute(
            "DELETE FROM held WHERE device = :device AND root = :root AND first = :first AND digest = :digest",
            {
                "device": held.segment.device,
                "root": held.segment.epoch,
                "first": held.segment.first,
                "digest": held.digest,
            },
        )


def _held(row: Row) -> Held:
    segment = decode_content(
        row["device"], row["root"], row["lane"], row["first"], bytes(row["chain_before"]), bytes(row["content"])
    )
    return Held(segment, bytes(row["digest"]), _decoder.decode(bytes(row["origin"])), row["refused"])


def list_waiting(connection: Connection) -> list[Held]:
    """List everything that waits."""
    rows = connection.rows("SELECT * FROM held ORDER BY device, root, first, last, digest")
    return [_held(row) for row in rows]


def list_missing(connection: Connection) -> list[Missing]:
    """List what is waited for."""
    rows = connection.rows(
        "SELECT DISTINCT device, root, first, chain_before FROM held ORDER BY device, root, first, chain_before"
    )
    return [
        Missing(row["device"], row["root"], Tip(row["first"] - 1, bytes(row["chain_before"]))) for row in rows
    ]
