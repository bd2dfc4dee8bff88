"""Receipts of the protocol core as signed statements, and back: what goes over HTTP is what is carried on sticks."""

from sync import receipts
from sync.errors import StatementRefused
from sync.keys import Keys
from sync.messages import Receipt
from sync.receipts import Accepted, Place
from sync.revisions import start_chain
from sync.segments import Tip


def sign_receipt(receipt: Receipt, keys: Keys, at_ms: int) -> bytes:
    """Sign what the centre did with a bundle, as the centre with these keys at this time of its clock."""
    return receipts.make_receipt(
        (_accept(receipt),), server=keys.id, incarnation=receipt.incarnation, at_ms=at_ms, keys=keys
    )


def _accept(receipt: Receipt) -> Accepted:
    tip = receipt.tip or Tip(0, start_chain(receipt.device, receipt.epoch))
    return Accepted(
        device=receipt.device,
        epoch=receipt.epoch,
        sequence=tip.sequence,
        chain=tip.chain,
        backed_up=receipt.backed_up,
        quarantined=_places(receipt.refused),
        lacking=_places(receipt.lacking),
        forked=receipt.forked,
    )


def _places(tips: tuple[Tip, ...]) -> tuple[Place, ...]:
    return tuple(Place(*tip) for tip in tips)


def _tips(places: tuple[Place, ...]) -> tuple[Tip, ...]:
    return tuple(Tip(*place) for place in places)


def read_receipts(data: bytes, servers: frozenset[str]) -> list[Receipt]:
    """Read a signed statement as receipts, one per epoch.

    :raises StatementRefused: if it is none, or none of these servers signed it.
    """
    said = receipts.read_receipt(data, servers)
    return [
        Receipt(
            said.incarnation,
            each.device,
            each.epoch,
            Tip(each.sequence, each.chain) if each.sequence else None,
            _tips(each.quarantined),
            _tips(each.lacking),
            each.forked,
            data,
            each.backed_up,
        )
        for each in said.accepted
    ]


def read_one_receipt(data: bytes, servers: frozenset[str]) -> Receipt:
    """Read a signed statement about a single epoch, as the centre gives it for a bundle.

    :raises StatementRefused: if it is none, or none of these servers signed it.
    """
    found = read_receipts(data, servers)
    if len(found) != 1:
        raise StatementRefused(reason="count", count=len(found))
    return found[0]
