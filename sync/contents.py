"""What is said on sticks of contents of attachments: what a device holds, and what of that the centre holds too.

Both are signed statements that name contents by their tokens (`pieces.make_token`). Everybody leaves the first kind on
a stick: it is what the next writer goes by, and what the centre answers with a receipt. A lie costs bytes, or leaves
out what the liar asked to be left out; that the centre has something is believed from the centre alone.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sync.errors import StatementRefused
from sync.keys import KEY_BYTES, Keys, device_id
from sync.names import Amount, Name, Number
from sync.parking import Paper, keep_paper, list_papers, remove_paper
from sync.pieces import TOKEN_BYTES
from sync.statements import FORMAT_VERSION, read_statement, sign_statement
from sync.storage import Connection

HELD: Final = "contents"
RECEIVED: Final = "contents-receipt"
MAX_TOKENS: Final = 15_000
"""Of one statement; more come in parts."""
MAX_PARTS: Final = 32
MAX_STRANGERS: Final = 200
"""How many statements are carried of devices that are not known here: anybody can make up devices."""
_Tokens = Annotated[bytes, Meta(max_length=MAX_TOKENS * TOKEN_BYTES)]
_Part = Annotated[int, Meta(ge=0, lt=MAX_PARTS)]


class HeldContents(msgspec.Struct, frozen=True, kw_only=True):
    """Which contents a device holds; `at_ms` is its own clock and only tells apart what it said itself."""

    server: Name
    tokens: _Tokens
    part: _Part
    at_ms: Amount
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    purpose: str = HELD
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION

    @property
    def signer(self) -> str:
        """The id of who says it."""
        return device_id(self.key)


class ReceivedContents(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the contents that a device said it holds the centre holds too, in this life of it."""

    server: Name
    device: Name
    incarnation: Name
    tokens: _Tokens
    part: _Part
    at_ms: Amount
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    purpose: str = RECEIVED
    version: Number = FORMAT_VERSION
    reader: Number = FORMAT_VERSION


def join_tokens(tokens: Iterable[str]) -> bytes:
    """Write tokens one after the other, sorted."""
    return b"".join(base64.b32decode(token.upper()) for token in sorted(set(tokens)))


def split_tokens(data: bytes) -> set[str]:
    """Read what `join_tokens` wrote."""
    whole = len(data) - len(data) % TOKEN_BYTES
    pieces = (data[start : start + TOKEN_BYTES] for start in range(0, whole, TOKEN_BYTES))
    return {base64.b32encode(piece).decode().lower() for piece in pieces}


def make_held(tokens: Iterable[str], *, server: str, at_ms: int, keys: Keys) -> Iterator[bytes]:
    """Sign which contents are held here, in as many statements as it needs; none is needed to say: nothing."""
    joined, size = join_tokens(tokens), MAX_TOKENS * TOKEN_BYTES
    for part, start in enumerate(range(0, max(len(joined), 1), size)):
        if part < MAX_PARTS:
            said = joined[start : start + size]
            key = keys.public_signing
            yield sign_statement(HeldContents(server=server, tokens=said, part=part, at_ms=at_ms, key=key), keys)


def read_held(data: bytes, servers: frozenset[str]) -> HeldContents:
    """Read which contents a device of one of these servers says it holds.

    :raises StatementRefused: if it is no such statement, or of another server's device.
    """
    said = read_statement(data, HeldContents, HELD)
    if said.server not in servers:
        raise StatementRefused(reason="server", server=said.server)
    return said


def make_received(
    device: str, tokens: Iterable[str], *, incarnation: str, at_ms: int, keys: Keys, part: int = 0
) -> Iterator[bytes]:
    """Sign, as the centre in this life, which of the contents of a device it holds, in parts from `part` on."""
    joined, size = join_tokens(tokens), MAX_TOKENS * TOKEN_BYTES
    for number, start in enumerate(range(0, len(joined), size), part):
        if number < MAX_PARTS:
            receipt = ReceivedContents(
                server=keys.id,
                device=device,
                incarnation=incarnation,
                tokens=joined[start : start + size],
                part=number,
                at_ms=at_ms,
                key=keys.public_signing,
            )
            yield sign_statement(receipt, keys)


def read_received(data: bytes, servers: frozenset[str]) -> ReceivedContents:
    """Read the receipt of one of these servers.

    :raises StatementRefused: if it is none, or none of them signed it.
    """
    said = read_statement(data, ReceivedContents, RECEIVED)
    if device_id(said.key) not in servers or said.server not in servers:
        raise StatementRefused(reason="server", server=said.server)
    return said


def note_held(connection: Connection, said: HeldContents) -> bool:
    """Remember what a device says it holds; tell whether it is not older than what is known."""
    named = {"device": said.signer, "at": said.at_ms}
    known = connection.value("SELECT max(at_ms) FROM told_contents WHERE device = :device", named)
    if known is not None and known > said.at_ms:
        return False
    connection.execute("DELETE FROM told_contents WHERE device = :device AND at_ms < :at", named)
    connection.execute(
        "INSERT INTO told_contents (device, part, at_ms, tokens) VALUES (:device, :part, :at, :tokens)"
        " ON CONFLICT (device, part) DO UPDATE SET at_ms = excluded.at_ms, tokens = excluded.tokens",
        {**named, "part": said.part, "tokens": said.tokens},
    )
    return True


def find_held(connection: Connection, device: str) -> set[str] | None:
    """Give the tokens that a device said it holds; None if it never said anything."""
    rows = list(connection.rows("SELECT tokens FROM told_contents WHERE device = :device", {"device": device}))
    return set().union(*(split_tokens(bytes(row["tokens"])) for row in rows)) if rows else None


def list_telling(connection: Connection) -> set[str]:
    """Name the devices that said what they hold."""
    return {row["device"] for row in connection.rows("SELECT DISTINCT device FROM told_contents")}


def carry_held(connection: Connection, said: HeldContents, data: bytes, *, is_known: bool) -> bool:
    """Keep a statement to pass it on in the place of older ones of the same device; tell whether it was new."""
    carried = _list(connection, HELD)
    mine = [(paper, _read_carried(paper)) for paper in carried if paper.subject == said.signer]
    if any(known.at_ms > said.at_ms for _paper, known in mine):
        return False
    if not is_known and not mine and len({paper.subject for paper in carried}) >= MAX_STRANGERS:
        return False
    for paper, known in mine:
        if known.at_ms < said.at_ms:
            remove_paper(connection, paper)
    return keep_paper(connection, Paper(HELD, said.signer, data))


def carry_received(connection: Connection, said: ReceivedContents, data: bytes) -> bool:
    """Keep a receipt to take it back in the place of an older one of the same part; tell whether it was new."""
    for paper, known in list_received(connection, said.device):
        if known.part == said.part:
            if known.at_ms >= said.at_ms:
                return False
            remove_paper(connection, paper)
    return keep_paper(connection, Paper(RECEIVED, said.device, data))


def list_held(connection: Connection) -> list[tuple[Paper, HeldContents]]:
    """List the statements that are carried."""
    return [(paper, _read_carried(paper)) for paper in _list(connection, HELD)]


def _read_carried(paper: Paper) -> HeldContents:
    return read_statement(paper.data, HeldContents, HELD)


def list_received(connection: Connection, device: str = "") -> list[tuple[Paper, ReceivedContents]]:
    """List the receipts that are carried, all or those for one device."""
    papers = (paper for paper in _list(connection, RECEIVED) if device in ("", paper.subject))
    return [(paper, read_statement(paper.data, ReceivedContents, RECEIVED)) for paper in papers]


def _list(connection: Connection, purpose: str) -> list[Paper]:
    return [paper for paper in list_papers(connection) if paper.purpose == purpose]
