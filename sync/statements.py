"""Signed statements: small papers that a server or device signs, and anybody can check later without asking.

    magic, 8 bytes | JSON | Ed25519 signature, 64 bytes

The signature covers the purpose too, so that a receipt can never be taken for a certificate. The exact bytes are kept
and passed on; fields that this version does not know stay in them. The same bytes go over HTTP and on a stick.
"""

import json
from typing import Final, Protocol, TypeVar

import msgspec

from sync.errors import StatementRefused
from sync.keys import SIGNATURE_BYTES, Keys, is_signed_by
from sync.strict import Ambiguous, check_json

MAX_STATEMENT_BYTES: Final = 256 * 1024
FORMAT_VERSION: Final = 1
_MAGIC: Final = b"\x89CLS\r\n\x1a\n"


class _Statement(Protocol):
    @property
    def purpose(self) -> str: ...
    @property
    def key(self) -> bytes: ...


class _Kind(msgspec.Struct):
    purpose: str
    reader: int


Said = TypeVar("Said", bound=_Statement)
_encoder = msgspec.json.Encoder()
_kind = msgspec.json.Decoder(_Kind)
_plain = json.JSONDecoder()


def sign_statement(statement: _Statement, keys: Keys) -> bytes:
    """Sign a statement; its `key` has to be the public key of who signs.

    :raises StatementRefused: if it is somebody else's key.
    """
    if statement.key != keys.public_signing:
        raise StatementRefused(reason="key")
    data = _encoder.encode(statement)
    return _MAGIC + data + keys.sign(_signed(statement.purpose, data))


def _signed(purpose: str, data: bytes) -> bytes:
    return b"collector " + purpose.encode() + b"\n" + data


def is_statement(data: bytes) -> bool:
    """Tell whether these bytes begin as a statement does."""
    return data.startswith(_MAGIC)


def find_purpose(data: bytes) -> str:
    """Give what a statement says that it is for, "" if that cannot be read. Nothing of it is checked."""
    if not is_statement(data) or len(data) > MAX_STATEMENT_BYTES:
        return ""
    # A proof may follow the signature; the first value ends where its JSON does.
    try:
        text = data[len(_MAGIC) : -SIGNATURE_BYTES].decode(errors="surrogateescape")
        found, _end = _plain.raw_decode(text)
    except (ValueError, RecursionError):
        return ""
    purpose = found.get("purpose") if isinstance(found, dict) else None
    return purpose if isinstance(purpose, str) else ""


def read_statement(data: bytes, expected: type[Said], purpose: str) -> Said:
    """Read a statement and check that who it names signed it. Whether that one may say so is for the caller.

    :raises StatementRefused: if it is damaged, too new, of another purpose or not signed by whom it names.
    """
    if not is_statement(data) or not len(_MAGIC) + SIGNATURE_BYTES < len(data) <= MAX_STATEMENT_BYTES:
        raise StatementRefused(reason="no_statement")
    content, signature = data[len(_MAGIC) : -SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    try:
        check_json(content)
        kind = _kind.decode(content)
        if kind.reader > FORMAT_VERSION:
            raise StatementRefused(reason="too_new", reader=kind.reader)
        if kind.purpose != purpose:
            raise StatementRefused(reason="purpose", purpose=kind.purpose[:64])
        statement = msgspec.json.decode(content, type=expected)
    except (Ambiguous, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise StatementRefused(reason="malformed") from error
    if not is_signed_by(statement.key, _signed(purpose, content), signature):
        raise StatementRefused(reason="signature")
    return statement
