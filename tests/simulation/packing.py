"""Bundles as plain bytes: the same seams as the real ones, without signatures and encryption, which would cost time."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import msgspec

from sync.errors import BodyRefused, BundleError, BundleForged, BundleTooNew
from sync.messages import Sealed
from sync.segments import Erased, Proof, Segment, Tip, decode_items, encode_items


class ForOthers(BundleError):
    """Not encrypted to this reader."""

    code = "bundle_for_others"


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
    refused: tuple[int, ...]
    lacking: tuple[int, ...]
    erased: tuple[Erased, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Plain)
_nonces = itertools.count()


class PlainPacker:
    """Packs for the readers of a lane, as one device of one version. `is_held` as with real bundles."""

    trusted = "centre"

    def __init__(
        self,
        device: str,
        version: int,
        readers: dict[str, tuple[str, ...]],
        is_held: Callable[[str, str, Tip], bool],
    ) -> None:
        self.device = device
        self.version = version
        self.readers = readers
        self._is_held = is_held

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
            segment.refused,
            segment.lacking,
            segment.erased,
        )
        proof = None
        if segment.device == self.device:
            tip = Tip(segment.last, segment.chains()[-1])
            proof = Proof(tip, _sign(segment.device, segment.epoch, tip))
        return Sealed(_encoder.encode(plain), proof)

    def open(self, data: bytes) -> Segment:
        """Unpack what is for this reader and not too new for it. Notes on bodies count from the centre alone."""
        try:
            plain = _decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise BodyRefused(reason="damaged") from error
        if plain.reader > self.version:
            raise BundleTooNew()
        if self.device not in plain.readers:
            raise ForOthers()
        segment = _segment(plain)
        if plain.signer != self.trusted:
            segment = replace(segment, refused=(), lacking=(), erased=())
        if not self.is_proven(plain.signer, segment):
            raise BundleForged(signer=plain.signer, device=segment.device)
        if plain.signer == segment.device:
            tip = Tip(segment.last, segment.chains()[-1])
            return replace(segment, proofs=(Proof(tip, _sign(segment.device, segment.epoch, tip)),))
        return segment

    def is_proven(self, signer: str, segment: Segment) -> bool:
        """Tell whether the author wrote this, by the rules of real bundles."""
        if signer in (segment.device, self.trusted):
            return True
        chains = segment.chains()
        tip = Tip(segment.last, chains[-1])
        proven = [
            proof.tip.sequence
            for proof in segment.proofs
            if proof.signed == _sign(segment.device, segment.epoch, proof.tip)
            and segment.first <= proof.tip.sequence <= segment.last
            and chains[proof.tip.sequence - segment.first + 1] == proof.tip.chain
        ]
        return max(proven, default=0) == segment.last or self._is_held(segment.device, segment.epoch, tip)


def _sign(device: str, epoch: str, tip: Tip) -> bytes:
    return f"{device} signed {epoch} {tip.sequence} {tip.chain.hex()}".encode()


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
        plain.refused,
        plain.proofs,
        plain.lacking,
        plain.erased,
    )
