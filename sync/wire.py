"""What goes over HTTP between a device and the centre: addresses, messages, errors. Pure; `signing` proves them.

Messages are MessagePack arrays: what a later version adds stands at their ends, and is passed over by this one.
"""

import struct
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from sync.errors import CentreRefused, CentreTroubled, ConnectionLost, RequestRefused, SyncError, list_errors
from sync.feed import Cursor
from sync.heads import Ask, Standing
from sync.messages import MAX_ASKED, MAX_RECEIPT_BYTES, Claim, PullRequest
from sync.names import Amount, Text
from sync.scopes import Scope
from sync.strict import MAX_NUMBER

ROOT: Final = "/sync/v1/"
TALK: Final = "talk"
BUNDLES: Final = "bundles"
CONTENTS: Final = "contents"
SEALED: Final = "sealed"
HELD: Final = "held"
ANSWERS: Final = "answers"
ENROL: Final = "enrol"
PAPERS: Final = "papers"
DOCUMENT: Final = "openapi.json"
MESSAGE: Final = "application/msgpack"
BYTES: Final = "application/octet-stream"
PART_BYTES: Final = 64 * 1024
"""The most that is sent again after a cut."""
PIECE_BYTES: Final = 60 * 1024
"""The most that comes in one answer; with all its headers it is no longer than `PART_BYTES`."""
MAX_MESSAGE_BYTES: Final = 1024 * 1024
MAX_UPLOAD_BYTES: Final = 2 * 1024 * 1024 + MAX_RECEIPT_BYTES + 4096
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")


class About(msgspec.Struct, frozen=True, array_like=True):
    """What a device says of itself: its version of the program, what waits to be sent, its clock in seconds."""

    program: Text = ""
    pending_records: Amount = 0
    pending_sheets: Amount = 0
    clock_s: Amount = 0


class TalkRequest(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is asked in one go; each part may be left out.

    `settled` stands for the question about the device's own epochs if the centre is thought to have all of them: a
    digest of their ends. `pull.own` then stays empty and means them. `directory` is the version of the certificates
    that are known, `backup` the number of the centre's last backup that is known, `saved` asks what of these epochs
    is in it, `records` which of them may be seen.
    """

    about: About | None = None
    settled: Annotated[bytes, Meta(min_length=16, max_length=16)] | None = None
    pull: PullRequest | None = None
    directory: Text | None = None
    backup: Amount | None = None
    asks: Annotated[tuple[Ask, ...], Meta(max_length=MAX_ASKED)] = ()
    saved: Annotated[tuple[Ask, ...], Meta(max_length=MAX_ASKED)] = ()
    records: Annotated[tuple[Text, ...], Meta(max_length=MAX_ASKED)] = ()


ContentName = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Names = Annotated[tuple[ContentName, ...], Meta(max_length=MAX_ASKED)]
"""What is asked about contents."""
MAX_PAPERS: Final = 200
Papers = Annotated[tuple[bytes, ...], Meta(max_length=MAX_PAPERS)]
"""Statements that the centre signed and may have forgotten since."""
Described = dict[str, tuple[Amount | None, Amount]]
"""What is answered: per name the length of the whole content, and of what is there of an incomplete one."""


class PageSaid(msgspec.Struct, frozen=True, array_like=True):
    """A page whose segments are bundles, sealed for who pulls."""

    cursor: Cursor
    bundles: tuple[bytes, ...] = ()
    scope: Scope | None = None
    has_more: bool = False
    is_known: bool = True


class Directory(msgspec.Struct, frozen=True, array_like=True):
    """The certificates of the devices whose scopes overlap with the asking one's.

    `revocations` are the centre's word about those that belonged to them and were locked out, and the latest of all:
    everybody keeps those for the centre, should it come back from a backup that does not have them.
    """

    version: Text
    certificates: tuple[bytes, ...]
    revocations: tuple[bytes, ...] = ()


class TalkAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a `TalkRequest`.

    `incarnation` is left out if it is that of the cursor; `is_settled` answers `settled`; without a `page` there is
    nothing after the cursor, unless `refusal` says why nothing is given. `receipts` are the signed ones that were
    asked for.
    """

    incarnation: Text | None = None
    is_settled: bool | None = None
    page: PageSaid | None = None
    directory: Directory | None = None
    backup: Amount | None = None
    standings: tuple[Standing, ...] = ()
    saved: tuple[Amount, ...] = ()
    visible: tuple[Text, ...] = ()
    refusal: Text = ""
    receipts: tuple[bytes, ...] = ()


Message = TypeVar("Message")
_encoder = msgspec.msgpack.Encoder()


def encode(message: Any) -> bytes:
    """Write a message."""
    return _encoder.encode(message)


def decode(data: bytes, expected: type[Message]) -> Message:
    """Read a message.

    :raises RequestRefused: if it is not of this shape.
    """
    try:
        return msgspec.msgpack.decode(data, type=expected)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, OverflowError, ValueError) as error:
        raise RequestRefused(reason="message") from error


def join_upload(claim: Claim, data: bytes) -> bytes:
    """Put what is said of a bundle before its bytes."""
    said = encode(claim)
    return _LENGTH.pack(len(said)) + said + data


def split_upload(data: bytes) -> tuple[Claim, bytes] | None:
    """Take apart what `join_upload` made; None while the claim has not arrived whole.

    :raises RequestRefused: if it is no claim.
    """
    if len(data) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(data)
    if length > MAX_RECEIPT_BYTES + 4096:
        raise RequestRefused(reason="claim")
    start = _LENGTH.size + length
    return (decode(data[_LENGTH.size : start], Claim), data[start:]) if len(data) >= start else None


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """An error of the centre as it travels: its code, and what a message for people needs."""

    code: str
    context: dict[str, Any] = {}


def encode_error(error: SyncError) -> bytes:
    """Write down an error. What ails the centre itself is nobody else's business, so only its code is told."""
    plain = {} if error.status >= 500 else {name: _simplify(value) for name, value in error.context.items()}
    return encode(Refusal(error.code, plain))


def _simplify(value: Any) -> Any:
    is_whole = isinstance(value, int) and abs(value) <= MAX_NUMBER
    return value if value is None or is_whole or isinstance(value, str) else str(value)[:200]


def decode_error(status: int, content: bytes) -> SyncError:
    """Read what `encode_error` wrote, as the error of that code if this version knows it; `at` says whose it is."""
    try:
        refusal = decode(content, Refusal)
    except RequestRefused:
        return CentreRefused(status=status)
    if status >= 500:
        return CentreTroubled(refusal=refusal.code, http_status=status)
    known = list_errors().get(refusal.code)
    if known is None or issubclass(known, ConnectionLost):
        return CentreRefused(refusal=refusal.code, http_status=status)
    return known(**{**refusal.context, "at": "centre"})
