"""Carrying for others: their bundles unopened to the centre, its receipts back to them.

A bundle stays here after it was delivered: a centre that was restored gets it again.
"""

import msgspec

from sync.errors import ConnectionLost, SyncError
from sync.lives import current_life
from sync.messages import Claim, Receipt, Transport
from sync.outbox import name_bundle
from sync.storage import Connection, Storage

_decoder = msgspec.msgpack.Decoder(Receipt)
_encoder = msgspec.msgpack.Encoder()


def carry(connection: Connection, device: str, epoch: str, first: int, last: int, data: bytes) -> str:
    """Keep a bundle of somebody else to be delivered; give its name."""
    name = name_bundle(data)
    connection.execute(
        "INSERT INTO carried (id, device, root, first, last, data) VALUES (:id, :device, :root, :first, :last, :data)"
        " ON CONFLICT DO NOTHING",
        {"id": name, "device": device, "root": epoch, "first": first, "last": last, "data": data},
    )
    return name


class Relay:
    """Delivers what was carried here."""

    def __init__(self, storage: Storage, transport: Transport) -> None:
        self._storage = storage
        self._transport = transport

    def deliver(self) -> int:
        """Hand over what the centre, in its present life, has not got from here; give how many bundles."""
        with self._storage.reading() as connection:
            life = current_life(connection)
            rows = list(
                connection.rows(
                    "SELECT id FROM carried WHERE delivered_to <> :life ORDER BY device, root, first", {"life": life}
                )
            )
        for row in rows:
            self._deliver(row["id"], life)
        return len(rows)

    def _deliver(self, name: str, life: str) -> None:
        with self._storage.reading() as connection:
            data = bytes(connection.value("SELECT data FROM carried WHERE id = :id", {"id": name}))
        offset = self._transport.find_offset(name)
        receipt = None
        try:
            receipt = self._transport.send(name, offset, data[offset:], Claim())
        except ConnectionLost:
            raise
        except SyncError as error:
            refusal = error.code
        else:
            refusal = ""
        with self._storage.writing() as connection:
            connection.execute(
                "UPDATE carried SET delivered_to = :life, refusal = :refusal WHERE id = :id",
                {"id": name, "life": life, "refusal": refusal},
            )
            if receipt is not None and receipt.tip is not None:
                keep_receipt(connection, receipt)


def keep_receipt(connection: Connection, receipt: Receipt) -> None:
    """Keep the newest receipt of an epoch, as proof and to be taken back to its author."""
    connection.execute(
        "INSERT INTO receipt (device, root, data) VALUES (:device, :root, :data)"
        " ON CONFLICT (device, root) DO UPDATE SET data = excluded.data",
        {"device": receipt.device, "root": receipt.epoch, "data": _encoder.encode(receipt)},
    )


def list_receipts(connection: Connection) -> list[Receipt]:
    """List the receipts that are kept here."""
    rows = connection.rows("SELECT data FROM receipt ORDER BY device, root")
    return [_decoder.decode(bytes(row["data"])) for row in rows]


def read_receipt(connection: Connection, device: str, epoch: str) -> bytes:
    """Give the centre's signed word about an epoch, empty if there is none."""
    found = connection.value(
        "SELECT data FROM receipt WHERE device = :device AND root = :root", {"device": device, "root": epoch}
    )
    return b"" if found is None else _decoder.decode(bytes(found)).signed
