"""Segments as bundles and back: what the protocol core asks of whoever holds the keys."""

from collections.abc import Callable

from sync.bundle import (
    CAPS,
    NOTHING,
    Caps,
    Carried,
    ErasedPlace,
    Notes,
    Opened,
    ReaderKeys,
    Recipients,
    WipedBody,
    open_bundle,
    seal,
)
from sync.headers import Header, SignedHeader, decode_header, split_frame
from sync.keys import Keys
from sync.messages import Sealed
from sync.segments import Erased, Proof, Segment, Tip


class BundlePacker:
    """Seals segments as one device or server, and opens what is for it.

    `find_recipients` says for whom a segment is sealed; `server` is the id of the server whose devices this concerns.
    `is_held` says whether the log here holds an epoch with this chain: bodies of hashes that are known need no proof.
    """

    def __init__(
        self,
        keys: Keys,
        server: str,
        find_recipients: Callable[[Segment], Recipients],
        reader: ReaderKeys,
        caps: Caps = CAPS,
        is_held: Callable[[str, str, Tip], bool] = lambda device, epoch, tip: False,
    ) -> None:
        self._keys = keys
        self._server = server
        self._find_recipients = find_recipients
        self._reader = reader
        self._caps = caps
        self._is_held = is_held

    def seal(self, segment: Segment) -> Sealed:
        """Sign and encrypt a segment; give the signed header too where it proves what this device wrote."""
        chain = segment.chains()[-1]
        header = Header(
            device=segment.device,
            epoch=segment.epoch,
            lane=segment.lane,
            first=segment.first,
            last=segment.last,
            before=segment.before,
            after=chain,
            server=self._server,
        )
        bodies: list[Carried] = [item if isinstance(item, bytes) else WipedBody(item.hash) for item in segment.items]
        proofs = [SignedHeader.from_bytes(proof.signed) for proof in segment.proofs]
        recipients = self._find_recipients(segment)
        erased = tuple(ErasedPlace(*place) for place in segment.erased)
        notes = Notes(segment.refused, segment.lacking, erased)
        data = seal(header, bodies, self._keys, recipients, proofs, notes)
        if segment.device != self._keys.id:
            return Sealed(data, None)
        signed = split_frame(data, len(data)).signed
        return Sealed(data, Proof(Tip(segment.last, chain), signed.to_bytes()))

    def open(self, data: bytes) -> Segment:
        """Check and decrypt a bundle. What it says of refused, lacking and erased bodies counts from a server only.

        :raises BundleError: if it is damaged, forged, too new, of another server, or not for this reader.
        """
        opened = open_bundle(data, self._reader, self._caps, self._has)
        header = opened.header
        notes = opened.notes if header.signer in self._reader.trusted else NOTHING
        return Segment(
            header.device,
            header.epoch,
            header.lane,
            header.first,
            header.before,
            opened.bodies,
            refused=notes.refused,
            proofs=_find_proofs(opened),
            lacking=notes.lacking,
            erased=tuple(Erased(*place) for place in notes.erased),
        )

    def _has(self, header: Header) -> bool:
        return self._is_held(header.device, header.epoch, Tip(header.last, header.after))


def _find_proofs(opened: Opened) -> tuple[Proof, ...]:
    """Give what proves who wrote it: the author's own signature on this bundle, or those that came with it."""
    signed = (opened.signed,) if opened.header.is_by_author else opened.proofs
    proofs = []
    for each in signed:
        header = decode_header(each.data)
        proofs.append(Proof(Tip(header.last, header.after), each.to_bytes()))
    return tuple(proofs)
