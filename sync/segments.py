"""A segment: a stretch of one epoch as it travels, each revision its exact bytes or only their hash.

What a bundle carries, what a centre hands out and what is held until its predecessors arrive are all segments. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

import msgspec

from sync.names import Amount, Hash
from sync.revisions import extend_chain, hash_body

MAX_REVISIONS: Final = 500
MAX_BYTES: Final = 512 * 1024
MAX_PROOFS: Final = 64
WIPED_BYTES: Final = 47
"""What a hash takes up where it stands for a body."""


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

    sequence: Amount
    chain: Hash


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

    @property
    def size_bytes(self) -> int:
        """How many bytes its bodies have, and the hashes where there is none."""
        return sum(len(item) if isinstance(item, bytes) else WIPED_BYTES for item in self.items)

    def chains(self) -> list[bytes]:
        """Give the chain before the first revision and after each."""
        chain = self.before
        found = [chain]
        for item in self.items:
            chain = extend_chain(chain, hash_item(item))
            found.append(chain)
        return found


def split_segment(segment: Segment) -> Iterator[Segment]:
    """Cut a segment into pieces that fit into a bundle each; one that fits is given as it is."""
    chains = segment.chains()
    start = size = 0
    proven = {proof.tip.sequence for proof in segment.proofs}
    proofs = 0
    for at, item in enumerate(segment.items):
        length = len(item) if isinstance(item, bytes) else WIPED_BYTES
        is_proven = segment.first + at in proven
        is_full = size + length > MAX_BYTES or at - start >= MAX_REVISIONS or proofs + is_proven > MAX_PROOFS
        if at > start and is_full:
            yield _cut(segment, chains, start, at)
            start, size, proofs = at, 0, 0
        size += length
        proofs += is_proven
    yield _cut(segment, chains, start, len(segment.items))


def _cut(segment: Segment, chains: Sequence[bytes], start: int, end: int) -> Segment:
    first, last = segment.first + start, segment.first + end - 1
    return replace(
        segment,
        first=first,
        before=chains[start],
        items=segment.items[start:end],
        refused=tuple(each for each in segment.refused if first <= each <= last),
        proofs=tuple(each for each in segment.proofs if first <= each.tip.sequence <= last),
        lacking=tuple(each for each in segment.lacking if first <= each <= last),
        erased=tuple(each for each in segment.erased if first <= each.sequence <= last),
    )


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
