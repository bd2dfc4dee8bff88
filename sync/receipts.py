"""Receipts: what a receiver holds durably, signed by it. Made after the commit, never before.

A receipt says per epoch up to which number everything is held, so a later one takes the place of an earlier one and a
lost one costs nothing.
"""

from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from sync.errors import StatementRefused
from sync.keys import Keys, device_id
from sync.names import Amount, Hash, Name, Number
from sync.statements import FORMAT_VERSION, read_statement, sign_statement

PURPOSE: Final = "receipt"
MAX_EPOCHS: Final = 1_000
MAX_PLACES: Final = 1_000


class Place(NamedTuple):
    """A revision by its number and the chain after it, which tells apart what two disks wrote under one number."""

    sequence: Number
    chain: Hash


class Accepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Up to where an epoch is held, and its chain there; 0 and the start of the chain where nothing is.

    `backed_up` is the last number that a backup of the receiver holds too. `quarantined` are revisions that are kept
    but not applied, of those in `lacking` there is only the hash. `forked` tells the author that two disks write this
    epoch, and to go on under another name.
    """

    device: Name
    epoch: Name
    sequence: Amount
    chain: Hash
    backed_up: Amount = 0
    quarantined: Annotated[tuple[Place, ...], Meta(max_length=MAX_PLACES)] = ()
    lacking: Annotated[tuple[Place, ...], Meta(max_length=MAX_PLACES)] = ()
    forked: bool = False


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The signed answer of a receiver; `at_ms` is its wall clock, so that the other learns how far off its own is."""

    accepted: Annotated[tuple[Accepted, ...], Meta(max_length=MAX_EPOCHS)]
    server: Name
    incarnation: Name
    at_ms: Amount
    key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    purpose: str = PURPOSE
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def signer(self) -> str:
        """The id of who signed."""
        return device_id(self.key)

    def find(self, device: str, epoch: str) -> Accepted | None:
        """Give what is said about an epoch, or None."""
        return next((each for each in self.accepted if (each.device, each.epoch) == (device, epoch)), None)


def make_receipt(
    accepted: tuple[Accepted, ...], *, server: str, incarnation: str, at_ms: int, keys: Keys
) -> bytes:
    """Sign a receipt."""
    key = keys.public_signing
    return sign_statement(
        Receipt(accepted=accepted, server=server, incarnation=incarnation, at_ms=at_ms, key=key), keys
    )


def read_receipt(data: bytes, servers: frozenset[str]) -> Receipt:
    """Read a receipt of one of these servers.

    :raises StatementRefused: if it is not one, or none of them signed it.
    """
    receipt = read_statement(data, Receipt, PURPOSE)
    if receipt.signer not in servers or receipt.server != receipt.signer:
        raise StatementRefused(reason="server", server=receipt.server)
    return receipt
