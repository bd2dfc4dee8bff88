"""What a laptop and the centre say to each other, whatever carries it, and the seams that are passed in."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from sync.feed import Cursor
from sync.giving import Gap, OwnTip
from sync.heads import Ask, Standing
from sync.names import Amount, Number
from sync.scopes import Scope
from sync.segments import MAX_REVISIONS, Proof, Segment, Tip
from sync.storage import Connection

MAX_ASKED: Final = 1_000
"""How many epochs, gaps or records are asked about at once."""
MAX_RECEIPT_BYTES: Final = 256 * 1024


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """What a sender says beside a bundle: up to which number the centre had this, in an earlier life.

    `receipt` is the centre's own signed word for it; without one, only a claim about another's revisions counts.
    """

    vouched: Amount = 0
    disputed: Annotated[tuple[Number, ...], Meta(max_length=MAX_REVISIONS)] = ()
    receipt: Annotated[bytes, Meta(max_length=MAX_RECEIPT_BYTES)] = b""


class Receipt(msgspec.Struct, frozen=True):
    """What the centre did with a bundle, said after the commit.

    It holds the epoch up to `tip` (None: the bundle waits for what precedes it); of `refused` the bodies are kept but
    not applied, of `lacking` it has only the hash; `forked` tells the author to go on under another name. `signed` is
    the same as a signed statement. `backed_up` is the last number that the centre's last backup holds.
    """

    incarnation: str
    device: str
    epoch: str
    tip: Tip | None = None
    refused: tuple[Tip, ...] = ()
    lacking: tuple[Tip, ...] = ()
    forked: bool = False
    signed: bytes = b""
    backed_up: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What the centre holds of the epochs that were asked for, in its present life.

    `receipts` are its signed word about those that it has whole already, for who brings them for others.
    """

    incarnation: str
    standings: tuple[Standing, ...]
    receipts: tuple[Receipt, ...] = ()


class PullRequest(msgspec.Struct, frozen=True, array_like=True):
    """What a puller asks: what follows its cursor (None: from the beginning), and the parts that it lacks.

    `room` says how many revisions the page is to have at most, as far as entries can be parted; 0: the usual.
    """

    cursor: Cursor | None = None
    own: Annotated[tuple[OwnTip, ...], Meta(max_length=MAX_ASKED)] = ()
    gaps: Annotated[tuple[Gap, ...], Meta(max_length=MAX_ASKED)] = ()
    room: Amount = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What the centre gives: `scope` when the puller's is not up to date; `cursor` goes with what was brought.

    `is_known` is false when the cursor was not given by this centre in its present life.
    """

    incarnation: str
    cursor: Cursor
    segments: Sequence[Segment] = ()
    scope: Scope | None = None
    has_more: bool = False
    is_known: bool = True


class Transport(Protocol):
    """The way to the centre. Every call may raise `ConnectionLost` at any moment, also after the centre did it."""

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        ...

    def find_offset(self, bundle: str) -> int:
        """Ask how many bytes of a bundle the centre has."""
        ...

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle from `offset` on; give the receipt."""
        ...

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask which of these records the device may see, as the centre knows them."""
        ...

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new."""
        ...


class Sealed(NamedTuple):
    """A segment as a bundle, and its header as it was signed."""

    data: bytes
    proof: Proof | None


class Packer(Protocol):
    """Turns segments into bundles and back; holds the keys."""

    def seal(self, segment: Segment) -> Sealed:
        """Sign and encrypt a segment."""
        ...

    def open(self, data: bytes) -> Segment:
        """Check and decrypt a bundle.

        :raises SyncError: if it is damaged, forged, too new, or not for this reader.
        """
        ...


class Registry(Protocol):
    """What the centre knows of devices, as its operators decided it."""

    def steady(self, connection: Connection) -> AbstractContextManager[None]:
        """Answer from the same state for the whole block, the transaction of `connection`."""
        ...

    def find_scope(self, device: str) -> Scope | None:
        """Give the scope of a device now, widened by successions; None if it is not enrolled."""
        ...

    def find_past_scope(self, device: str, version: str) -> Scope | None:
        """Give an earlier scope of a device by its version."""
        ...

    def is_revoked(self, device: str) -> bool:
        """Tell whether the device was revoked by now."""
        ...

    def find_last_counted(self, device: str, root: str) -> int | None:
        """Give up to which number an epoch counts of a device whose revocation this centre had forgotten; else None."""
        ...

    def is_unit(self, record: str) -> bool:
        """Tell whether the id of a record is that of a unit which belongs to anybody here."""
        ...
