"""Pieces: contents of attachments as they travel on sticks, cut into bounded parts that are sealed one by one.

    magic, 8 bytes | length | header, JSON | length | age( line | part of the content | zeros ) | Ed25519 signature

A content is known to everybody by its hash, but never on the outside of a piece: who finds a stick must not be able to
try whether a file that he knows is on it. So a piece carries a token, made of the content's hash and of the id of the
record that names it, of which 74 bits are random; and the last piece is padded, so that the sum tells no exact length.
Nothing in it is compressed, so it never grows when it is opened. The line inside repeats the hash of the header. Pure.
"""

import base64
import hashlib
import math
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
import pyrage
from msgspec import Meta

from sync.attachments import MAX_BYTES
from sync.bundle import ReaderKeys, Recipients, decrypt
from sync.errors import (
    BundleDamaged,
    BundleForAnotherServer,
    BundleForged,
    BundleTooLarge,
    BundleTooNew,
    NotABundle,
    NotAPiece,
)
from sync.headers import MAX_RECIPIENTS, SignedHeader, join_frame, split_frame, split_header
from sync.keys import (
    KEY_BYTES,
    Keys,
    age_recipient,
    device_id,
    is_signed_by,
    recipient_id,
)
from sync.names import Amount, Hash, Name, Number
from sync.strict import Ambiguous, check_json

MAGIC: Final = b"\x89CLP\r\n\x1a\n"
FORMAT_VERSION: Final = 1
PIECE_BYTES: Final = 1024 * 1024
"""How much of a content goes into one piece: so much is in memory at once, and lost when one is damaged."""
MAX_PIECES: Final = math.ceil(MAX_BYTES / PIECE_BYTES)
MAX_SEALED_BYTES: Final = PIECE_BYTES + 64 * 1024
LEAST_BYTES: Final = 4 * 1024
"""Smaller parts are padded to this."""
TOKEN_BYTES: Final = 10
_MAX_LINE_BYTES: Final = 1024
_SIGNED: Final = b"collector piece\n"
_TOKEN: Final = b"collector content\n"


class PieceHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece says about itself to anybody: piece `place` of `count` of the content that `token` stands for.

    `server` is the centre whose devices this concerns, `key` the public key of who signed, `recipients` are the short
    ids of who can open it, `reader` is the oldest version of the format that can read it.
    """

    token: Name
    place: Number
    count: Annotated[int, Meta(ge=1, le=MAX_PIECES)]
    server: Name
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    recipients: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def signer(self) -> str:
        """The id of who signed."""
        return device_id(self.key)


class _Inside(msgspec.Struct, frozen=True):
    """What stands before the bytes: hash of the header, name (hash) and size of the whole content."""

    header: Hash
    content: Hash
    size: Annotated[int, Meta(ge=1, le=MAX_BYTES)]


class _Versions(msgspec.Struct):
    version: Number
    reader: Amount


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a content that is to be sealed: its place from 1 on, and for whom."""

    token: str
    name: str
    size: int
    place: int
    data: bytes


@dataclass(frozen=True, slots=True)
class OpenedPiece:
    """A piece that holds together: the bytes of the content `name` from `offset` on. That name is not proven by it."""

    header: PieceHeader
    name: str
    size: int
    data: bytes

    @property
    def offset(self) -> int:
        """Where the bytes begin in the content."""
        return (self.header.place - 1) * PIECE_BYTES


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PieceHeader)
_versions = msgspec.json.Decoder(_Versions)
_inside = msgspec.json.Decoder(_Inside)


def make_token(record: str, name: str) -> str:
    """Give what stands for a content on sticks: only who knows the record that names it can tell which one it is."""
    digest = hashlib.sha256(_TOKEN + record.encode() + b"\n" + name.encode()).digest()
    return base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()


def count_pieces(size: int) -> int:
    """Give in how many pieces a content of this size travels."""
    return max(1, math.ceil(size / PIECE_BYTES))


def is_piece(data: bytes) -> bool:
    """Tell whether these bytes begin as a piece does."""
    return data.startswith(MAGIC)


def pad(length: int) -> int:
    """Give the length to which so many bytes are padded: at most an eighth more, and few lengths in all (Padmé)."""
    if length <= LEAST_BYTES:
        return LEAST_BYTES
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return min((length + mask) & ~mask, PIECE_BYTES)


def seal_piece(part: Part, keys: Keys, server: str, recipients: Recipients) -> bytes:
    """Sign and encrypt a part of a content."""
    header = PieceHeader(
        token=part.token,
        place=part.place,
        count=count_pieces(part.size),
        server=server,
        key=keys.public_signing,
        recipients=tuple(recipient_id(each) for each in recipients.all),
    )
    data = _encoder.encode(header)
    inside = _Inside(hashlib.sha256(data).digest(), bytes.fromhex(part.name), part.size)
    line = _encoder.encode(inside) + b"\n"
    raw = b"".join((line, part.data, bytes(pad(len(part.data)) - len(part.data))))
    ciphertext = pyrage.encrypt(raw, [age_recipient(each) for each in recipients.all])
    ciphertext_hash = hashlib.sha256(ciphertext).digest()
    signature = keys.sign(_signed(data, ciphertext_hash))
    return join_frame(SignedHeader(data, ciphertext_hash, signature), ciphertext, MAGIC)


def _signed(header: bytes, ciphertext_hash: bytes) -> bytes:
    return _SIGNED + hashlib.sha256(header).digest() + ciphertext_hash


def read_piece_header(data: bytes) -> PieceHeader:
    """Read the header at the beginning of a piece, of which the rest may be missing. It may be forged.

    :raises BundleError: if there is none, or it is too new or damaged.
    """
    try:
        return _decode_header(split_header(data, MAGIC)[0])
    except NotABundle as error:
        raise NotAPiece() from error


def _decode_header(data: bytes) -> PieceHeader:
    try:
        check_json(data)
        versions = _versions.decode(data)
        if versions.reader > FORMAT_VERSION:
            raise BundleTooNew(version=versions.version, reader=versions.reader, known=FORMAT_VERSION)
        header = _decoder.decode(data)
    except (Ambiguous, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BundleDamaged(reason="header") from error
    if header.place > header.count:
        raise BundleDamaged(reason="place")
    return header


def verify_piece(data: bytes) -> PieceHeader:
    """Check everything of a piece that can be checked without opening it: its frame, its length, who signed it.

    :raises BundleError: one of its classes, whatever the bytes are.
    """
    try:
        frame = split_frame(data, MAX_SEALED_BYTES, MAGIC)
    except NotABundle as error:
        raise NotAPiece() from error
    header = _decode_header(frame.signed.data)
    if not is_signed_by(header.key, _signed(frame.signed.data, frame.signed.ciphertext_hash), frame.signed.signature):
        raise BundleDamaged(reason="signature")
    return header


def open_piece(data: bytes, keys: ReaderKeys) -> OpenedPiece:
    """Open a piece and check all of it but the content's hash, for which the other pieces are needed.

    :raises BundleError: one of its classes, whatever the bytes are.
    """
    header = verify_piece(data)
    if header.server not in keys.servers:
        raise BundleForAnotherServer(server=header.server)
    frame = split_frame(data, MAX_SEALED_BYTES, MAGIC)
    raw = decrypt(bytes(frame.ciphertext), header.recipients, keys)
    line, found, _rest = raw[:_MAX_LINE_BYTES].partition(b"\n")
    try:
        check_json(line)
        inside = _inside.decode(line)
    except (Ambiguous, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BundleDamaged(reason="preamble") from error
    if not found or inside.header != frame.signed.hash:
        raise BundleForged(reason="header", signer=header.signer, device=header.signer)
    return OpenedPiece(header, inside.content.hex(), inside.size, _cut(raw[len(line) + 1 :], header, inside.size))


def _cut(padded: bytes, header: PieceHeader, size: int) -> bytes:
    """Give the part without what pads it.

    :raises BundleTooLarge: if it is longer than a part can be.
    :raises BundleDamaged: if the part, the size of the content and the number of pieces do not fit together.
    """
    if len(padded) > PIECE_BYTES:
        raise BundleTooLarge(part="content", size_bytes=len(padded), limit_bytes=PIECE_BYTES)
    length = min(PIECE_BYTES, size - (header.place - 1) * PIECE_BYTES)
    if header.count != count_pieces(size) or len(padded) != pad(length) or any(padded[length:]):
        raise BundleDamaged(reason="length", size_bytes=len(padded))
    return padded[:length]
