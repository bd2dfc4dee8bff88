"""Carrying for others: their bundles unopened to the centre, its receipts back to them.

A bundle stays here after it was delivered: a centre that was restored gets it again.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from sync.errors import BodyRefused, BundleError, BundleTooNew, SegmentRefused, UploadRefused
from sync.heads import Ask, Standing, is_applied, note_standing
from sync.lives import current_life
from sync.messages import Claim, Receipt, Transport
from sync.outbox import name_bundle
from sync.segments import Tip
from sync.storage import Connection, Storage

_decoder = msgspec.msgpack.Decoder(Receipt)
_encoder = msgspec.msgpack.Encoder()
_FORGET: Final = (
    "UPDATE carried SET delivered_to = '' WHERE device = :device AND root = :root AND last = :last AND chain = :chain"
)


class Delivery(NamedTuple):
    """A bundle that was delivered: what it holds of an epoch, and how many of these bodies the centre lacked after."""

    first: int
    tip: Tip
    lacking: int


Delivered = dict[tuple[str, str], list[Delivery]]
"""What was delivered, by device and epoch, in order."""


def send_whole(transport: Transport, name: str, data: bytes, offset: int, claim: Claim) -> Receipt:
    """Send a bundle from `offset` on, or all of it if what the centre kept of it turns out to be of no use."""
    try:
        return transport.send(name, offset, data[offset:], claim)
    except UploadRefused:
        if not offset:
            raise
    return transport.send(name, 0, data, claim)


def carry(
    connection: Connection, device: str, epoch: str, first: int, tip: Tip, data: bytes, *, signer: str = ""
) -> str:
    """Keep a bundle of somebody else to be delivered, which holds an epoch from `first` to `tip`; give its name.

    `signer` is who signed it, "" where the centre does not vouch for that.
    """
    name = name_bundle(data)
    connection.execute(
        "INSERT INTO carried (id, device, root, first, last, chain, data, signer)"
        " VALUES (:id, :device, :root, :first, :last, :chain, :data, :signer) ON CONFLICT DO NOTHING",
        {
            "id": name,
            "device": device,
            "root": epoch,
            "first": first,
            "last": tip.sequence,
            "chain": tip.chain,
            "data": data,
            "signer": signer,
        },
    )
    return name


def sum_carried(connection: Connection, signer: str) -> int:
    """Give how many bytes are carried that this laptop signed; with "" those for which nobody vouches."""
    sql = "SELECT coalesce(sum(length(data)), 0) FROM carried WHERE signer = :signer"
    return int(connection.value(sql, {"signer": signer}))


def forget_delivered(connection: Connection, signer: str) -> None:
    """Carry no longer what a centre got already of what this laptop signed."""
    connection.execute("DELETE FROM carried WHERE signer = :signer AND delivered_to <> ''", {"signer": signer})


class Carried(NamedTuple):
    """A bundle that is carried: its name, what it says of itself, the life of the centre that got it ("": none yet),
    and why it could not take it."""

    id: str
    device: str
    epoch: str
    first: int
    last: int
    size_bytes: int
    delivered_to: str
    refusal: str


def list_carried(connection: Connection) -> list[Carried]:
    """List what is carried here, also what was delivered."""
    rows = connection.rows(
        "SELECT id, device, root, first, last, length(data) AS size_bytes, delivered_to, refusal FROM carried"
        " ORDER BY device, root, first, id"
    )
    return [Carried(*row.values()) for row in rows]


def is_carried(connection: Connection, name: str) -> bool:
    """Tell whether a bundle is carried."""
    return connection.value("SELECT 1 FROM carried WHERE id = :id", {"id": name}) is not None


def read_carried(connection: Connection, name: str) -> bytes:
    """Give the bytes of a carried bundle, b"" if it is not carried."""
    return bytes(connection.value("SELECT data FROM carried WHERE id = :id", {"id": name}) or b"")


class Relay:
    """Delivers what was carried here."""

    def __init__(self, storage: Storage, transport: Transport) -> None:
        self._storage = storage
        self._transport = transport

    def deliver(self) -> int:
        """Hand over what the centre, in its present life, has not got from here; give how many bundles.

        :raises SyncError: if the centre cannot take anything now; what was not handed over is tried again next time.
        """
        with self._storage.reading() as connection:
            life = current_life(connection)
            delivered = _list_delivered(connection, life)
        self._look_after(life, delivered)
        with self._storage.reading() as connection:
            rows = list(
                connection.rows(
                    "SELECT id FROM carried WHERE delivered_to <> :life ORDER BY device, root, first", {"life": life}
                )
            )
        for place, row in enumerate(rows):
            # They go in order, so only the first can have been cut off; asking for each would cost a round trip each.
            self._deliver(row["id"], life, may_go_on=place == 0)
        return len(rows)

    def _look_after(self, life: str, delivered: Delivered) -> None:
        """Ask whether the centre still has what was delivered; what it has not is to be delivered again.

        A centre may come back from a backup without knowing it, and who wrote this may never come again. It may have
        heard meanwhile, by somebody else, of a body without getting it. The end of each epoch is asked about first,
        and the whole of those alone that seem not to be there.
        """
        ends = {key: each[-1:] for key, each in delivered.items()}
        doubtful = {
            standing.key: delivered[standing.key]
            for standing in self._ask_about(ends, life)
            if _is_doubtful(standing, delivered[standing.key])
        }
        lost = {standing: _list_lost(standing, doubtful[standing.key]) for standing in self._ask_about(doubtful, life)}
        self._have_delivered_again({standing: bundles for standing, bundles in lost.items() if bundles})

    def _ask_about(self, asked: Delivered, life: str) -> Iterable[Standing]:
        """Ask the centre what it has of bundles; give nothing if it answers in another life.

        What it refuses of them by now is learnt on the way.
        """
        if not asked:
            return ()
        answer = self._transport.ask([Ask(*key, tuple(each.tip for each in found)) for key, found in asked.items()])
        if answer.incarnation != life:
            return ()
        self._learn_refusals(answer.standings)
        return [standing for standing in answer.standings if standing.key in asked]

    def _have_delivered_again(self, lost: dict[Standing, list[Delivery]]) -> None:
        named = [
            {"device": standing.device, "root": standing.epoch, "last": tip.sequence, "chain": tip.chain}
            for standing, bundles in lost.items()
            for _first, tip, _lacking in bundles
        ]
        if named:
            with self._storage.writing() as connection:
                connection.execute_many(_FORGET, named)
                for standing in lost:
                    note_standing(connection, standing)

    def _learn_refusals(self, standings: Iterable[Standing]) -> None:
        """Have pushing ask about what the centre refuses by now and what counts here still."""
        with self._storage.reading() as connection:
            refused = [
                standing
                for standing in standings
                if any(is_applied(connection, standing.device, standing.epoch, tip) for tip in standing.refused)
            ]
        if refused:
            with self._storage.writing() as connection:
                for standing in refused:
                    note_standing(connection, standing)

    def _deliver(self, name: str, life: str, *, may_go_on: bool) -> None:
        with self._storage.reading() as connection:
            row = connection.row("SELECT first, last, data FROM carried WHERE id = :id", {"id": name})
        assert row is not None
        data = bytes(row["data"])
        offset = self._transport.find_offset(name) if may_go_on else 0
        receipt, refusal, is_delivered = None, "", True
        try:
            receipt = send_whole(self._transport, name, data, offset, Claim())
        except (BundleError, BodyRefused, SegmentRefused, UploadRefused) as error:
            # Nothing that is tried again will help, unless the centre is only too old: it takes it after its upgrade.
            refusal, is_delivered = error.code, not isinstance(error, BundleTooNew)
        with self._storage.writing() as connection:
            connection.execute(
                "UPDATE carried SET delivered_to = :life, refusal = :refusal, lacking = :lacking WHERE id = :id",
                {
                    "id": name,
                    "life": life if is_delivered else "",
                    "refusal": refusal,
                    "lacking": _count_lacking(receipt.lacking, row["first"], row["last"]) if receipt else 0,
                },
            )
            if receipt is not None and receipt.tip is not None:
                keep_receipt(connection, receipt)


def _list_delivered(connection: Connection, life: str) -> Delivered:
    """Give what a centre took in a life, by device and epoch, in order."""
    rows = connection.rows(
        "SELECT device, root, first, last, chain, lacking FROM carried WHERE delivered_to = :life AND refusal = ''"
        " AND chain IS NOT NULL ORDER BY device, root, last, chain",
        {"life": life},
    )
    found: Delivered = {}
    for row in rows:
        delivery = Delivery(row["first"], Tip(row["last"], bytes(row["chain"])), row["lacking"])
        found.setdefault((row["device"], row["root"]), []).append(delivery)
    return found


def _is_doubtful(standing: Standing, bundles: Sequence[Delivery]) -> bool:
    """Tell whether the centre may have lost some of an epoch's bundles, of which it was asked about the last alone."""
    return bundles[-1].tip not in standing.known or any(_lacks_more(standing, each) for each in bundles)


def _list_lost(standing: Standing, bundles: Sequence[Delivery]) -> list[Delivery]:
    """List the bundles that the centre neither has nor holds back, or of which it lacks more than it did."""
    there = {*standing.known, *standing.waiting}
    return [each for each in bundles if each.tip not in there or _lacks_more(standing, each)]


def _lacks_more(standing: Standing, bundle: Delivery) -> bool:
    """Tell whether the centre lacks more bodies of a bundle than when it took it."""
    return _count_lacking(standing.lacking, bundle.first, bundle.tip.sequence) > bundle.lacking


def _count_lacking(lacking: Iterable[Tip], first: int, last: int) -> int:
    return sum(first <= tip.sequence <= last for tip in lacking)


def keep_receipt(connection: Connection, receipt: Receipt) -> None:
    """Keep the receipt of an epoch that says most, as proof and to be taken back to its author."""
    known = _find_receipt(connection, receipt.device, receipt.epoch)
    if known is not None and known.incarnation == receipt.incarnation and _end(known) > _end(receipt):
        return
    connection.execute(
        "INSERT INTO receipt (device, root, data) VALUES (:device, :root, :data)"
        " ON CONFLICT (device, root) DO UPDATE SET data = excluded.data",
        {"device": receipt.device, "root": receipt.epoch, "data": _encoder.encode(receipt)},
    )


def says_same(connection: Connection, receipt: Receipt) -> bool:
    """Tell whether the receipt that is kept of this epoch says the same."""
    known = _find_receipt(connection, receipt.device, receipt.epoch)
    return known is not None and msgspec.structs.replace(known, signed=receipt.signed) == receipt


def _end(receipt: Receipt) -> int:
    return receipt.tip.sequence if receipt.tip is not None else 0


def _find_receipt(connection: Connection, device: str, epoch: str) -> Receipt | None:
    found = connection.value(
        "SELECT data FROM receipt WHERE device = :device AND root = :root", {"device": device, "root": epoch}
    )
    return None if found is None else _decoder.decode(bytes(found))


def list_receipts(connection: Connection) -> list[Receipt]:
    """List the receipts that are kept here."""
    rows = connection.rows("SELECT data FROM receipt ORDER BY device, root")
    return [_decoder.decode(bytes(row["data"])) for row in rows]


def read_signed_receipt(connection: Connection, device: str, epoch: str) -> bytes:
    """Give the centre's signed word about an epoch, empty if there is none."""
    found = _find_receipt(connection, device, epoch)
    return b"" if found is None else found.signed
