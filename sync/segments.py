"""A segment: a stretch of one epoch as it travels, each revision its exact bytes or only their hash.

What a bundle carries, what a centre hands out and what is held until its predecessors arrive are all segments. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

from sync.revisions import extend_chain, hash_body

MAX_REVISIONS: Final = 500
MAX_BYTES: Final = 512 * 1024


class HasHash(Protocol):
    """Whatever stands for a body that is not there."""

    @property
    def hash(self) -> bytes:
        """The SHA-256 of the body's bytes."""
        ...


class Wiped(NamedTuple):
    """Stands for a body that was erased or is not for the reader."""

    hash: bytes


Item = bytes | HasHash
"""A body's exact bytes, or its hash alone."""


class Tip(NamedTuple):
    """A place in an epoch: after which number, and the chain there."""

    sequence: int
    chain: bytes


def hash_item(item: Item) -> bytes:
    """Give the hash of the body that an item is or stands for."""
    return hash_body(item) if isinstance(item, bytes) else item.hash


class Proof(NamedTuple):
    """A header as the author signed it: that the epoch has this chain after this number."""

    tip: Tip
    signed: bytes


class Erased(NamedTuple):
    """Where a revision lay whose body was erased: so it still counts for who may see its record."""

    sequence: int
    record: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Segment:
    """The revisions `first` to `last` of an epoch, known by its root name; `before` is the chain before `first`.

    `refused` are numbers whose bodies the centre quarantined, of `lacking` it has only the hash;
    `erased` were erased there. `proofs` let a third party see who wrote it; whoever
    opens bundles has checked them.
    """

    device: str
    epoch: str
    lane: str
    first: int
    before: bytes
    items: tuple[Item, ...]
    refused: tuple[int, ...] = ()
    proofs: tuple[Proof, ...] = ()
    lacking: tuple[int, ...] = ()
    erased: tuple[Erased, ...] = ()

    @property
    def last(self) -> int:
        """The number of the last revision."""
        return self.first + len(self.items) - 1

    def chains(self) -> list[bytes]:
        """Give the chain before the first revision and after each."""
        chain = self.before
        found = [chain]
        for item in self.items:
            chain = extend_chain(chain, hash_item(item))
            found.append(chain)
        return found


class _Kept(msgspec.Struct, array_like=True):
    items: list[tuple[bool, bytes]]
    refused: tuple[int, ...]
    proofs: tuple[Proof, ...]
    lacking: tuple[int, ...]
    erased: tuple[Erased, ...]


_encoder = msgspec.msgpack.Encoder()
_items = msgspec.msgpack.Decoder(list[tuple[bool, bytes]])
_kept = msgspec.msgpack.Decoder(_Kept)


def encode_items(items: Sequence[Item]) -> bytes:
    """Write items down."""
    return _encoder.encode(_pairs(items))


def decode_items(data: bytes) -> tuple[Item, ...]:
    """Read what `encode_items` wrote."""
    return _read_pairs(_items.decode(data))


def _pairs(items: Sequence[Item]) -> list[tuple[bool, bytes]]:
    return [(True, item) if isinstance(item, bytes) else (False, item.hash) for item in items]


def _read_pairs(pairs: Sequence[tuple[bool, bytes]]) -> tuple[Item, ...]:
    return tuple(content if is_body else Wiped(content) for is_body, content in pairs)


def encode_content(segment: Segment) -> bytes:
    """Write down what a segment carries, to keep it until it can be stored."""
    kept = _Kept(_pairs(segment.items), segment.refused, segment.proofs, segment.lacking, segment.erased)
    return _encoder.encode(kept)


def decode_content(device: str, epoch: str, lane: str, first: int, before: bytes, data: bytes) -> Segment:
    """Read what `encode_content` wrote."""
    kept = _kept.decode(data)
    items = _read_pairs(kept.items)
    return Segment(device, epoch, lane, first, before, items, kept.refused, kept.proofs, kept.lacking, kept.erased)
