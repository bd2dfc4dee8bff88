"""What a laptop says on a stick that it holds, so that whoever reads it answers with what is missing and no more.

A signed statement names, per epoch, places up to which it is held: its end, and others ever further apart before it,
so that a reader who holds less, or another branch, still finds the last one in common. It decides nothing but what is
written for its author: a lie costs bytes, or leaves out what the liar asked to be left out. The statement of the latest
clock counts; one that is too long for a file comes in parts with the same time.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from sync.errors import StatementRefused
from sync.heads import Branch, is_on, list_branches, sample
from sync.keys import KEY_BYTES, Keys, device_id
from sync.names import Amount, Hash, Name, Number
from sync.segments import Tip
from sync.statements import FORMAT_VERSION, read_statement, sign_statement
from sync.storage import Connection

PURPOSE: Final = "holdings"
MAX_EPOCHS: Final = 150
MAX_PLACES: Final = 64


class HeldPlace(NamedTuple):
    """A number of an epoch, and the chain after it."""

    sequence: Number
    chain: Hash


class HeldEpoch(NamedTuple):
    """An epoch by its root name, or one of its branches, and places of it that are held."""

    device: Name
    epoch: Name
    places: Annotated[tuple[HeldPlace, ...], Meta(max_length=MAX_PLACES)]


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says it holds; `at_ms` is its own clock and only tells apart what it said itself."""

    server: Name
    epochs: Annotated[tuple[HeldEpoch, ...], Meta(max_length=MAX_EPOCHS)]
    at_ms: Amount
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    purpose: str = PURPOSE
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def signer(self) -> str:
        """The id of who says it."""
        return device_id(self.key)


def list_held_epochs(connection: Connection) -> list[HeldEpoch]:
    """List everything that is held here, branches too."""
    found = []
    for branch in list_branches(connection):
        places = tuple(HeldPlace(*tip) for tip in sample(connection, branch)[:MAX_PLACES])
        found.append(HeldEpoch(branch.device, branch.root, places))
    return found


def make_holdings(epochs: Sequence[HeldEpoch], *, server: str, at_ms: int, keys: Keys) -> Iterator[bytes]:
    """Sign what is held here, in as many statements as it needs."""
    for start in range(0, max(len(epochs), 1), MAX_EPOCHS):
        part = tuple(epochs[start : start + MAX_EPOCHS])
        yield sign_statement(Holdings(server=server, epochs=part, at_ms=at_ms, key=keys.public_signing), keys)


def read_holdings(data: bytes, servers: frozenset[str]) -> Holdings:
    """Read what a device of one of these servers says it holds.

    :raises StatementRefused: if it is no such statement, or of another server's device.
    """
    said = read_statement(data, Holdings, PURPOSE)
    if said.server not in servers:
        raise StatementRefused(reason="server", server=said.server)
    return said


def note_holdings(connection: Connection, said: Holdings) -> bool:
    """Remember what a device says it holds; tell whether it is not older than what is known."""
    named = {"device": said.signer, "at": said.at_ms}
    known = connection.value("SELECT max(at_ms) FROM told WHERE device = :device", named)
    if known is not None and known > said.at_ms:
        return False
    connection.execute("DELETE FROM told WHERE device = :device AND at_ms < :at", named)
    rows = [
        {**named, "author": held.device, "root": held.epoch, "sequence": place.sequence, "chain": place.chain}
        for held in said.epochs
        for place in held.places
    ]
    connection.execute_many(
        "INSERT INTO told (device, author, root, sequence, chain, at_ms)"
        " VALUES (:device, :author, :root, :sequence, :chain, :at) ON CONFLICT DO NOTHING",
        rows,
    )
    return True


def find_told(connection: Connection, device: str, branch: Branch) -> int:
    """Give up to which number of a branch a device said that it holds it; 0 if it said nothing of it."""
    rows = connection.rows(
        "SELECT sequence, chain FROM told WHERE device = :device AND author = :author AND root = :root"
        " ORDER BY sequence DESC",
        {"device": device, "author": branch.device, "root": branch.root},
    )
    places = (Tip(row["sequence"], bytes(row["chain"])) for row in list(rows))
    return next((tip.sequence for tip in places if is_on(connection, branch, tip)), 0)


def has_told(connection: Connection, device: str, author: str, root: str, last: int) -> bool:
    """Tell whether a device said that it holds an epoch, which may be unknown here, up to a number."""
    return bool(
        connection.value(
            "SELECT 1 FROM told WHERE device = :device AND author = :author AND root = :root AND sequence >= :last",
            {"device": device, "author": author, "root": root, "last": last},
        )
    )


def has_spoken(connection: Connection, device: str) -> bool:
    """Tell whether a device ever said what it holds."""
    return connection.value("SELECT 1 FROM told WHERE device = :device LIMIT 1", {"device": device}) is not None
