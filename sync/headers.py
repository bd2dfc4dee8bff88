"""The header of a bundle: which revisions it carries, whose, for whom. Readable without any key.

    magic, 8 bytes | length, 4 bytes | header, JSON | length, 4 bytes | age ciphertext | Ed25519 signature, 64 bytes

The signature covers the header's exact bytes and the hash of the ciphertext. So header, hash and signature can be
kept without the rest (`SignedHeader`): together with the chain they prove for ever who wrote every revision up to
`last`. Fields that this version does not know stay in the bytes.
"""

import hashlib
import struct
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from sync.errors import BundleDamaged, BundleIncomplete, BundleTooLarge, BundleTooNew, NotABundle
from sync.keys import KEY_BYTES, SIGNATURE_BYTES, Keys, device_id, is_signed_by
from sync.names import HASH_BYTES, Amount, Hash, Name, Number
from sync.strict import Ambiguous, check_json

MAGIC: Final = b"\x89CLB\r\n\x1a\n"
"""Its odd bytes show at once when something treated the file as text."""
FORMAT_VERSION: Final = 1
MAX_HEADER_BYTES: Final = 16 * 1024
MAX_RECIPIENTS: Final = 64
_LENGTH: Final = struct.Struct(">I")
_SIGNED: Final = b"collector bundle\n"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says about itself.

    It carries the revisions `first` to `last` of one epoch of `device`; `before` and `after` are the epoch's chain
    there. `server` is the id of the server whose devices this concerns. `sealing` fills in the rest: `key` is the
    public key of who signed, the author's own unless somebody passes on what another wrote; `recipients` are the
    short ids of who can open it; `raw_bytes` is the length of what is inside; `reader` is the oldest version of the
    format that can read it.
    """

    device: Name
    epoch: Name
    lane: Name
    first: Number
    last: Number
    before: Hash
    after: Hash
    server: Name
    key: Annotated[bytes, Meta(max_length=KEY_BYTES)] = b""
    recipients: Annotated[tuple[Name, ...], Meta(max_length=MAX_RECIPIENTS)] = ()
    count: Amount = 0
    raw_bytes: Amount = 0
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def signer(self) -> str:
        """The id of who signed."""
        return device_id(self.key)

    @property
    def is_by_author(self) -> bool:
        """Whether the device itself signed, not somebody who passes it on."""
        return self.signer == self.device


class _Versions(msgspec.Struct):
    version: Number
    reader: Number


class SignedHeader(NamedTuple):
    """A header's exact bytes with what proves them: the hash of the ciphertext and the signature over both."""

    data: bytes
    ciphertext_hash: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Write it down to be kept or passed on."""
        return self.ciphertext_hash + self.signature + self.data

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedHeader":
        """Read what `to_bytes` wrote; `verify_header` says whether it is true."""
        end = HASH_BYTES + SIGNATURE_BYTES
        return cls(data[end:], data[:HASH_BYTES], data[HASH_BYTES:end])

    @property
    def hash(self) -> bytes:
        """The hash of the header's bytes, which is repeated inside the ciphertext."""
        return hashlib.sha256(self.data).digest()


class Frame(NamedTuple):
    """A bundle taken apart, nothing of it checked yet."""

    signed: SignedHeader
    ciphertext: memoryview


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Header)
_versions = msgspec.json.Decoder(_Versions)


def sign_header(header: Header, ciphertext: bytes, keys: Keys) -> SignedHeader:
    """Sign a header together with the ciphertext that belongs to it."""
    data = _encoder.encode(header)
    ciphertext_hash = hashlib.sha256(ciphertext).digest()
    return SignedHeader(data, ciphertext_hash, keys.sign(_signed(data, ciphertext_hash)))


def encode_header(header: Header) -> bytes:
    """Give the bytes of a header as they are signed."""
    return _encoder.encode(header)


def _signed(data: bytes, ciphertext_hash: bytes) -> bytes:
    return _SIGNED + hashlib.sha256(data).digest() + ciphertext_hash


def join_frame(signed: SignedHeader, ciphertext: bytes, magic: bytes = MAGIC) -> bytes:
    """Put a bundle together, or what is framed like one under another magic."""
    parts = (_LENGTH.pack(len(signed.data)), signed.data, _LENGTH.pack(len(ciphertext)), ciphertext)
    return b"".join((magic, *parts, signed.signature))


def split_frame(data: bytes, max_bytes: int, magic: bytes = MAGIC) -> Frame:
    """Take a bundle apart without believing anything it says.

    :raises NotABundle: if it does not begin as one.
    :raises BundleIncomplete: if it ends too early.
    :raises BundleTooLarge: if it is, or says it is, longer than `max_bytes`.
    :raises BundleDamaged: if something follows its end.
    """
    header, rest = split_header(data, magic)
    if len(rest) < _LENGTH.size:
        raise BundleIncomplete(size_bytes=len(data))
    (length,) = _LENGTH.unpack_from(rest)
    whole = len(data) - len(rest) + _LENGTH.size + length + SIGNATURE_BYTES
    if max(whole, len(data)) > max_bytes:
        raise BundleTooLarge(size_bytes=max(whole, len(data)), limit_bytes=max_bytes)
    if len(data) < whole:
        raise BundleIncomplete(size_bytes=len(data), expected_bytes=whole)
    if len(data) > whole:
        raise BundleDamaged(reason="length", size_bytes=len(data), expected_bytes=whole)
    ciphertext = rest[_LENGTH.size : _LENGTH.size + length]
    signature = bytes(rest[_LENGTH.size + length :])
    return Frame(SignedHeader(header, hashlib.sha256(ciphertext).digest(), signature), ciphertext)


def split_header(data: bytes, magic: bytes = MAGIC) -> tuple[bytes, memoryview]:
    """Give the exact bytes of a header, and what follows it, of which the end may be missing.

    :raises BundleError: if there is no header.
    """
    start = len(magic) + _LENGTH.size
    if not data.startswith(magic[: len(data)]) or not data:
        raise NotABundle()
    if len(data) < start:
        raise BundleIncomplete(size_bytes=len(data))
    (length,) = _LENGTH.unpack_from(data, len(magic))
    if length > MAX_HEADER_BYTES:
        raise BundleTooLarge(part="header", size_bytes=length, limit_bytes=MAX_HEADER_BYTES)
    if len(data) < start + length:
        raise BundleIncomplete(size_bytes=len(data))
    view = memoryview(data)
    return bytes(view[start : start + length]), view[start + length :]


def read_header(data: bytes) -> Header:
    """Read the header at the beginning of a bundle, of which the rest may be missing. It may be forged.

    :raises BundleError: if there is none, or it is too new or damaged.
    """
    return decode_header(split_header(data)[0])


def decode_header(data: bytes) -> Header:
    """Read a header from its exact bytes. It may be forged.

    :raises BundleTooNew: if a newer version of this program is needed.
    :raises BundleDamaged: if it is no header.
    """
    try:
        check_json(data)
        versions = _versions.decode(data)
        if versions.reader > FORMAT_VERSION:
            raise BundleTooNew(version=versions.version, reader=versions.reader, known=FORMAT_VERSION)
        header = _decoder.decode(data)
    except (Ambiguous, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BundleDamaged(reason="header") from error
    if len(header.key) != KEY_BYTES or header.count != header.last - header.first + 1 or not header.recipients:
        raise BundleDamaged(reason="header")
    return header


def verify_header(signed: SignedHeader) -> Header:
    """Check a header and who signed it; needs nothing but what it holds.

    That the signer's id is `header.signer` is then certain; whether that signer may speak is for its certificate.

    :raises BundleDamaged: if the signature does not fit.
    :raises BundleError: if it is no header that this version reads.
    """
    header = decode_header(signed.data)
    if not is_signed_by(header.key, _signed(signed.data, signed.ciphertext_hash), signed.signature):
        raise BundleDamaged(reason="signature")
    return header
