"""What a revision is: its body, the exact bytes that are stored, and the chain over them.

Pure: no clock, no randomness, no database. Everything that gives a body its bytes or its hash is here, so that
every device computes the same chain for ever.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from sync.branches import home_of, root_of
from sync.errors import BodyRefused
from sync.strict import MAX_NUMBER, Ambiguous, check_json

Value = str | int | bool | None
"""What a field can hold; lists are records of their own."""

FORMAT_VERSION: Final = 1
SALT_BYTES: Final = 16
MAX_BODY_BYTES: Final = 512 * 1024
REMOVED: Final = "removed"
"""The field that says a record was removed."""
EVERYTHING: Final = "*"
"""In `replaces` of a removal: every live revision of the record that its author had seen."""
ERASES: Final = "!"
"""In `replaces` of a redaction: every revision of the record whose body is to be erased wherever it is held."""


class Reference(NamedTuple):
    """The name of a revision: who wrote it, in which epoch, as which number."""

    device: str
    epoch: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.device}/{self.epoch}/{self.sequence}"


class Named(NamedTuple):
    """A revision as it is named in a body: by its root epoch; `mark` tells apart what forked, "" where it is left out.

    `epoch` is the stored name only for a bare number, which stays on the branch of the revision that says it.
    """

    reference: Reference
    mark: str
    is_bare: bool


class Body(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The content of a revision: field changes to one record by one author.

    `set` holds the new values; `replaces` names, per field, the revisions whose value the author saw and
    overwrote, as `device/epoch/sequence/mark`, or as the bare number inside the same epoch; the mark is the beginning
    of its hash and was left out by early versions. `salt` makes the hash of a wiped body useless for guessing.
    `source` names a claimed author of imported records.
    """

    record: str
    kind: str
    unit: str
    stamp: int
    salt: str
    set: dict[str, Value]
    replaces: dict[str, list[str]] = {}
    author: str | None = None
    source: str | None = None
    version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Revision:
    """A body together with its name and its place in the local log (`position`, 0 before it is stored).

    `mark` is the beginning of its hash.
    """

    reference: Reference
    body: Body
    position: int = 0
    mark: str = ""

    @property
    def root(self) -> Reference:
        """Its name as it is known everywhere, also after a fork."""
        if "~" not in self.reference.epoch:
            return self.reference
        return self.reference._replace(epoch=root_of(self.reference.epoch))

    def replaced(self, field: str) -> list[Reference]:
        """Name the revisions whose value of `field` this one replaces."""
        return [named.reference for named in self.names(field)]

    def names(self, field: str) -> list[Named]:
        """Name the revisions whose value of `field` this one replaces, with their marks."""
        return [self._expand(text) for text in self.body.replaces.get(field, ())]

    def _expand(self, text: str) -> Named:
        if "/" not in text:
            sequence = int(text)
            here = self.reference
            return Named(Reference(here.device, home_of(here.epoch, sequence), sequence), "", True)
        device, epoch, number, *mark = text.split("/")
        return Named(Reference(device, epoch, int(number)), mark[0] if mark else "", False)


_NAME = re.compile(r"[^\x00-\x1f\x7f]{0,200}")
_REFERENCE = re.compile(r"[1-9][0-9]{0,17}|[\w.-]{1,64}/[\w.-]{1,64}/[1-9][0-9]{0,17}(?:/[\w-]{8})?")
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Body)


def shorten(reference: Reference, *, device: str, epoch: str, mark: str = "") -> str:
    """Write a reference as it stands in `replaces` of a revision of this device and epoch."""
    if reference.device == device and home_of(epoch, reference.sequence) == reference.epoch:
        return str(reference.sequence)
    known = f"{reference.device}/{root_of(reference.epoch)}/{reference.sequence}"
    return f"{known}/{mark}" if mark else known


def make_mark(body_hash: bytes) -> str:
    """Give the beginning of a body's hash that tells revisions of a forked epoch apart."""
    return base64.urlsafe_b64encode(body_hash[:6]).decode()


def encode_body(body: Body) -> bytes:
    """Give the exact bytes of a body, as they are stored, hashed and carried.

    :raises BodyRefused: if they exceed `MAX_BODY_BYTES`.
    """
    data = _encoder.encode(body)
    if len(data) > MAX_BODY_BYTES:
        raise BodyRefused(reason="too_large", record=body.record, size_bytes=len(data))
    return data


def decode_body(data: bytes) -> Body:
    """Read a body from its bytes.

    :raises BodyRefused: if the bytes are too many, not JSON, not of this shape, can be read in several ways, or name
        what can be no revision.
    """
    if len(data) > MAX_BODY_BYTES:
        raise BodyRefused(reason="too_large", size_bytes=len(data))
    try:
        body = _decoder.decode(data)
        if _encoder.encode(body) != data:
            check_json(data)
    except Ambiguous as error:
        raise BodyRefused(reason=error.reason) from error
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BodyRefused(reason="malformed") from error
    _check_body(body)
    return body


def _check_body(body: Body) -> None:
    # These become columns, and PostgreSQL has no NUL in text.
    if not all(_NAME.fullmatch(name) for name in (body.record, body.kind, body.unit)):
        raise BodyRefused(reason="name")
    if not 0 <= body.stamp <= MAX_NUMBER:
        raise BodyRefused(reason="stamp")
    if any(isinstance(value, int) and not ~MAX_NUMBER <= value <= MAX_NUMBER for value in body.set.values()):
        raise BodyRefused(reason="number")
    if not all(_REFERENCE.fullmatch(text) for named in body.replaces.values() for text in named):
        raise BodyRefused(reason="replaces")


def decode_stored(data: bytes) -> Body:
    """Read a body that was checked when it was stored."""
    return _decoder.decode(data)


def hash_body(data: bytes) -> bytes:
    """Give the SHA-256 of a body's exact bytes; it stands in for the body once that is wiped."""
    return hashlib.sha256(data).digest()


def start_chain(device: str, epoch: str) -> bytes:
    """Give the chain before the first revision of an epoch; it binds the chain to device and epoch."""
    return hashlib.sha256(f"collector chain {FORMAT_VERSION}\n{device}\n{epoch}\n".encode()).digest()


def extend_chain(chain: bytes, body_hash: bytes) -> bytes:
    """Give the chain after a revision whose body has this hash."""
    return hashlib.sha256(chain + body_hash).digest()
