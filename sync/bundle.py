"""Bundles: signed, encrypted batches of revisions of one epoch, the same bytes over HTTP and on a stick.

Inside the ciphertext stand, compressed, lines: the first repeats the hash of the header (age does not say who
encrypted), holds signed headers passed on as proofs, and notes of the sender; then one line per revision, its body's
exact bytes, or its hash as a JSON string where the body was wiped or is none of the reader's business. Bytes that could
not stand in a line, as only a faulty program writes them, come as a list of one text in base 64.

Opening trusts nothing: sizes, signature, limits, decryption, inflation with an end, lines, chain, in this order. What
a body says is checked by `decode_body` when it is stored, so that one bad body does not hold back the others.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

import msgspec
import pyrage
import zstandard
from msgspec import Meta

from sync.errors import (
    BundleDamaged,
    BundleForAnotherServer,
    BundleForged,
    BundleForOthers,
    BundleTooLarge,
)
from sync.headers import (
    Header,
    SignedHeader,
    encode_header,
    join_frame,
    sign_header,
    split_frame,
    verify_header,
)
from sync.keys import Keys, age_identity, age_recipient, public_encryption, recipient_id
from sync.names import HASH_BYTES, Hash, Number
from sync.revisions import MAX_BODY_BYTES, extend_chain, hash_body, start_chain
from sync.segments import MAX_PROOFS
from sync.strict import Ambiguous, check_json

MAX_REVISIONS: Final = 500
BATCH_BYTES: Final = 512 * 1024
"""Up to how many bytes of bodies go into one bundle. One body alone always fits."""
LEVEL: Final = 6
"""Of zstd; a sender's choice, not part of the format. Decision 8 has the figures."""
_MAX_AGE_HEADER_BYTES: Final = 16 * 1024
_MAX_WINDOW_BYTES: Final = 2 * 1024 * 1024


_Text = Annotated[str, Meta(max_length=200)]


class WipedBody(NamedTuple):
    """Stands for a body that was erased, or is not for the reader: its hash."""

    hash: bytes


Carried = bytes | WipedBody
"""What a bundle carries per revision: the body's exact bytes, or only its hash."""


class ErasedPlace(NamedTuple):
    """Where a revision lay whose body was erased."""

    sequence: Number
    record: _Text
    kind: _Text
    unit: _Text


class Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sender says about revisions of a bundle.

    `refused` are the numbers of those that it has quarantined, `lacking` of those of which it has only the hash;
    `erased` says what the erased ones belonged to.
    """

    refused: Annotated[tuple[Number, ...], Meta(max_length=MAX_REVISIONS)] = ()
    lacking: Annotated[tuple[Number, ...], Meta(max_length=MAX_REVISIONS)] = ()
    erased: Annotated[tuple[ErasedPlace, ...], Meta(max_length=MAX_REVISIONS)] = ()


NOTHING: Final = Notes()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a bundle is encrypted to, as raw X25519 public keys: always the server and the offline escrow."""

    server: bytes
    escrow: bytes
    readers: tuple[bytes, ...] = ()

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key once."""
        return tuple(dict.fromkeys((self.server, self.escrow, *self.readers)))


@dataclass(frozen=True, slots=True)
class ReaderKeys:
    """What a reader opens bundles with: its raw X25519 private keys, and the servers that it belongs to.

    Only the servers in `trusted` may pass on what somebody else wrote without a proof of it.
    """

    identities: tuple[bytes, ...]
    servers: frozenset[str]
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a reader takes at once."""

    sealed_bytes: int = 2 * 1024 * 1024
    raw_bytes: int = 1024 * 1024
    revisions: int = MAX_REVISIONS


CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that holds together: `bodies` are those of the numbers `first` to `last` of its header.

    `proven_to` is the last number whose author's own signature is held (0: none); it covers all before it. `notes`
    are the word of the signer alone.
    """

    header: Header
    signed: SignedHeader
    bodies: tuple[Carried, ...]
    proofs: tuple[SignedHeader, ...]
    proven_to: int
    notes: Notes


class _Preamble(msgspec.Struct, omit_defaults=True):
    header: Hash
    proofs: Annotated[tuple[bytes, ...], Meta(max_length=MAX_PROOFS)] = ()
    notes: Notes = NOTHING


_encoder = msgspec.json.Encoder()
_preamble = msgspec.json.Decoder(_Preamble)
_hash = msgspec.json.Decoder(Hash)
_odd = msgspec.json.Decoder(tuple[Annotated[bytes, Meta(max_length=MAX_BODY_BYTES)]])


def split_batches(bodies: Sequence[Carried]) -> Iterator[Sequence[Carried]]:
    """Cut what is to be sent into pieces of the size of a bundle."""
    start = size = 0
    for place, carried in enumerate(bodies):
        length = len(_line(carried))
        if place > start and (place - start >= MAX_REVISIONS or size + length > BATCH_BYTES):
            yield bodies[start:place]
            start, size = place, 0
        size += length
    if start < len(bodies):
        yield bodies[start:]


def seal(
    header: Header,
    bodies: Sequence[Carried],
    keys: Keys,
    recipients: Recipients,
    proofs: Sequence[SignedHeader] = (),
    notes: Notes = NOTHING,
) -> bytes:
    """Make a bundle; what the header leaves open is filled in from the rest.

    `proofs` are signed headers of the same epoch that were kept; needed to pass on what another device wrote.

    :raises BundleDamaged: if the bodies are not those that the header names.
    :raises BundleTooLarge: if they are too many or too large.
    """
    lines = [_line(carried) for carried in bodies]
    passed_on = tuple(proof.to_bytes() for proof in proofs)
    preamble = _Preamble(bytes(HASH_BYTES), passed_on, notes)
    filled = msgspec.structs.replace(
        header,
        key=keys.public_signing,
        recipients=tuple(recipient_id(each) for each in recipients.all),
        count=len(lines),
        raw_bytes=len(_encoder.encode(preamble)) + 1 + sum(map(len, lines)),
    )
    _check_caps(filled, CAPS)
    _check_chain(filled, bodies)
    preamble.header = hashlib.sha256(encode_header(filled)).digest()
    raw = b"".join((_encoder.encode(preamble), b"\n", *lines))
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(raw)
    ciphertext = pyrage.encrypt(packed, [age_recipient(each) for each in recipients.all])
    return join_frame(sign_header(filled, ciphertext, keys), ciphertext)


def _line(carried: Carried) -> bytes:
    if isinstance(carried, WipedBody):
        return _encoder.encode(carried.hash) + b"\n"
    if len(carried) > MAX_BODY_BYTES:
        raise BundleTooLarge(part="body", size_bytes=len(carried), limit_bytes=MAX_BODY_BYTES)
    if b"\n" in carried or not carried.startswith(b"{"):
        return _encoder.encode((carried,)) + b"\n"
    return carried + b"\n"


def open_bundle(
    data: bytes, keys: ReaderKeys, caps: Caps = CAPS, is_held: Callable[[Header], bool] = lambda header: False
) -> Opened:
    """Open a bundle and check everything but the content of the bodies.

    Whether the signer is enrolled, and whether `before` is the chain held here, is for the caller. `is_held` says
    whether the reader has the chain `after` at `last` already, so that a bundle can only bring bodies whose hashes
    are known: such a one needs no proof of its author.

    :raises BundleError: one of its classes, whatever the bytes are.
    """
    frame = split_frame(data, caps.sealed_bytes)
    header = verify_header(frame.signed)
    if header.server not in keys.servers:
        raise BundleForAnotherServer(server=header.server)
    _check_caps(header, caps)
    lines = _read_lines(_inflate(decrypt(bytes(frame.ciphertext), header.recipients, keys), header), header)
    preamble = _read_preamble(lines[0])
    if preamble.header != frame.signed.hash:
        raise BundleForged(reason="header", signer=header.signer)
    bodies = tuple(_read_carried(line) for line in lines[1:])
    chains = _check_chain(header, bodies)
    proofs = tuple(SignedHeader.from_bytes(each) for each in preamble.proofs)
    proven_to = header.last if header.is_by_author else _check_proofs(header, proofs, chains)
    if proven_to < header.last and header.signer not in keys.trusted and not is_held(header):
        raise BundleForged(reason="signer", signer=header.signer, device=header.device)
    return Opened(header, frame.signed, bodies, proofs, proven_to, preamble.notes)


def _check_caps(header: Header, caps: Caps) -> None:
    if header.count > caps.revisions:
        raise BundleTooLarge(part="revisions", count=header.count, limit=caps.revisions)
    if header.raw_bytes > caps.raw_bytes:
        raise BundleTooLarge(part="content", size_bytes=header.raw_bytes, limit_bytes=caps.raw_bytes)


def decrypt(ciphertext: bytes, recipients: Sequence[str], keys: ReaderKeys) -> bytes:
    """Decrypt what is sealed to `recipients`, as its header names them.

    :raises BundleForOthers: if no key of the reader is among them.
    :raises BundleDamaged: if it cannot be decrypted.
    """
    # age reads the stanzas of all recipients before it looks for ours, and each costs it a multiplication.
    if b"\n--- " not in ciphertext[:_MAX_AGE_HEADER_BYTES]:
        raise BundleDamaged(reason="encryption")
    mine = [each for each in keys.identities if recipient_id(public_encryption(each)) in recipients]
    if not mine:
        raise BundleForOthers(recipients=recipients)
    try:
        packed: bytes = pyrage.decrypt(ciphertext, [age_identity(each) for each in mine])
    except pyrage.DecryptError as error:
        raise BundleDamaged(reason="encryption") from error
    return packed


def _inflate(packed: bytes, header: Header) -> bytes:
    limit = header.raw_bytes
    # `decompress` believes the size that a frame declares, so read a stream: at most one byte more than announced.
    inflater = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    try:
        declared = zstandard.frame_content_size(packed)
        if declared not in (-1, limit):
            raise BundleDamaged(reason="size", declared=declared, size_bytes=limit)
        with inflater.stream_reader(io.BytesIO(packed), read_across_frames=True) as stream:
            raw = _read(stream, limit + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise BundleDamaged(reason="compression") from error
    if len(raw) != limit:
        raise BundleDamaged(reason="size", size_bytes=limit)
    return raw


def _read(stream: zstandard.ZstdDecompressionReader, limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0 and (part := stream.read(min(limit, 64 * 1024))):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def _read_lines(raw: bytes, header: Header) -> list[bytes]:
    lines = raw.split(b"\n", header.count + 2)
    if len(lines) != header.count + 2 or lines.pop():
        raise BundleDamaged(reason="count", count=header.count)
    return lines


def _read_preamble(line: bytes) -> _Preamble:
    try:
        check_json(line)
        return _preamble.decode(line)
    except (Ambiguous, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BundleDamaged(reason="preamble") from error


def _read_carried(line: bytes) -> Carried:
    if line.startswith(b"{") and len(line) <= MAX_BODY_BYTES:
        return line
    try:
        return _odd.decode(line)[0] if line.startswith(b"[") else WipedBody(_hash.decode(line))
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BundleDamaged(reason="body") from error


def _check_chain(header: Header, bodies: Sequence[Carried]) -> dict[int, bytes]:
    """Follow the chain over the bodies; give it after each number."""
    if header.first == 1 and header.before != start_chain(header.device, header.epoch):
        raise BundleDamaged(reason="chain", sequence=1)
    if header.last - header.first + 1 != len(bodies):
        raise BundleDamaged(reason="count", count=len(bodies))
    chain, chains = header.before, {}
    for sequence, carried in enumerate(bodies, header.first):
        chain = extend_chain(chain, carried.hash if isinstance(carried, WipedBody) else hash_body(carried))
        chains[sequence] = chain
    if chain != header.after:
        raise BundleDamaged(reason="chain", sequence=header.last)
    return chains


def _check_proofs(header: Header, proofs: Sequence[SignedHeader], chains: dict[int, bytes]) -> int:
    # A chain holds all that came before, so the author's signature at one number proves every lower one too.
    proven = 0
    for proof in proofs:
        found = verify_header(proof)
        same = (found.device, found.epoch, found.lane) == (header.device, header.epoch, header.lane)
        if not same or not found.is_by_author or chains.get(found.last) != found.after:
            raise BundleForged(reason="proof", signer=header.signer, device=header.device)
        proven = max(proven, found.last)
    return proven
