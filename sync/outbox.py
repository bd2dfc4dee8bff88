"""The bundle that is on its way: kept as it was sealed, so that it can go on where the connection broke."""

import hashlib
from typing import NamedTuple

from sync.messages import Packer
from sync.offering import keep_proof
from sync.segments import Segment, encode_items
from sync.storage import Connection


class Parcel(NamedTuple):
    """A sealed bundle under its name, the hash of its bytes."""

    id: str
    data: bytes


class Outbox:
    """Holds at most one bundle."""

    def put(self, connection: Connection, segment: Segment, packer: Packer) -> tuple[Parcel, bool]:
        """Seal a segment; tell whether the very same was on its way already. Then it is not sealed again."""
        digest = _digest(segment)
        row = connection.row("SELECT id, data FROM outbox WHERE digest = :digest", {"digest": digest})
        if row is not None:
            return Parcel(row["id"], bytes(row["data"])), True
        sealed = packer.seal(segment)
        parcel = Parcel(name_bundle(sealed.data), sealed.data)
        self.remove(connection)
        connection.execute(
            "INSERT INTO outbox (id, digest, data) VALUES (:id, :digest, :data)",
            {**parcel._asdict(), "digest": digest},
        )
        if sealed.proof is not None:
            keep_proof(connection, segment.device, segment.epoch, sealed.proof)
        return parcel, False

    def remove(self, connection: Connection) -> None:
        """Forget the bundle: its receipt came."""
        connection.execute("DELETE FROM outbox")


def name_bundle(data: bytes) -> str:
    """Name a bundle by its bytes."""
    return hashlib.sha256(data).hexdigest()


def _digest(segment: Segment) -> bytes:
    text = f"{segment.device}/{segment.epoch}/{segment.first}\n".encode()
    return hashlib.sha256(text + segment.before + encode_items(segment.items)).digest()
