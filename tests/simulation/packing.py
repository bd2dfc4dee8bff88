"""Bundles as plain bytes: the same seams as the real ones, without signatures and encryption, which would cost time."""

import itertools

import msgspec

from sync.errors import BodyRefused, SyncError
from sync.messages import Sealed
from sync.segments import Proof, Segment, Tip, decode_items, encode_items


class ForOthers(SyncError):
    """Not encrypted to this reader."""

    code = "bundle_for_others"


class TooNew(SyncError):
    """Written by a newer version."""

    code = "bundle_too_new"


class _Plain(msgspec.Struct):
    nonce: int
    signer: str
    readers: tuple[str, ...]
    reader: int
    device: str
    epoch: str
    lane: str
    first: int
    before: bytes
    items: bytes
    proofs: tuple[Proof, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Plain)
_nonces = itertools.count()


class PlainPacker:
    """Packs for the readers of a lane, as one device of one version."""

    def __init__(self, device: str, version: int, readers: dict[str, tuple[str, ...]]) -> None:
        self.device = device
        self.version = version
        self.readers = readers

    def seal(self, segment: Segment) -> Sealed:
        """Pack a segment; every time it comes out different."""
        plain = _Plain(
            next(_nonces),
            self.device,
            self.readers[segment.lane],
            self.version,
            segment.device,
            segment.epoch,
            segment.lane,
            segment.first,
            segment.before,
            encode_items(segment.items),
            segment.proofs,
        )
        proof = None
        if segment.device == self.device:
            proof = Proof(Tip(segment.last, segment.chains()[-1]), f"signed by {self.device}".encode())
        return Sealed(_encoder.encode(plain), proof)

    def open(self, data: bytes) -> Segment:
        """Unpack what is for this reader and not too new for it."""
        try:
            plain = _decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise BodyRefused(reason="damaged") from error
        if plain.reader > self.version:
            raise TooNew()
        if self.device not in plain.readers:
            raise ForOthers()
        return _segment(plain)


def peek(data: bytes) -> Segment:
    """Read a bundle as if it were not sealed; only the judges of the simulation may."""
    return _segment(_decoder.decode(data))


def _segment(plain: _Plain) -> Segment:
    return Segment(
        plain.device,
        plain.epoch,
        plain.lane,
        plain.first,
        plain.before,
        decode_items(plain.items),
        proofs=plain.proofs,
    )
