"""Sheets that somebody has begun on a screen: kept answer by answer, unreadable without the key of that browser.

The key lives in a cookie of the browser on which the sheet was begun and nowhere else, so a power cut loses nothing and
the database file tells nothing. Contents are filled up to whole blocks: their length does not tell the answers either.
Storage functions; the edge opens the transaction.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from collector.answers.errors import OpenSheetUnreadable
from collector.answers.sheets import spell_code
from sync.storage import Connection, Row

BLOCK_BYTES: Final = 2048
KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the browser holds: which sheet is its own, and the key to it."""

    sheet: str
    key: bytes

    def write(self) -> str:
        """Write the ticket as the value of a cookie."""
        return f"{self.sheet}.{self.key.hex()}"

    @property
    def withdrawal_code(self) -> str:
        """The resident's code. It follows from the key, so it can be shown again when a reply was lost."""
        return spell_code(hmac.digest(self.key, b"collector withdrawal code", hashlib.sha256))


@dataclass(slots=True)
class OpenSheet:
    """What is known of a sheet that is not finished: answers by path, and the question that is being asked.

    `answered` are the paths at which somebody pressed “Next”: other values were set by the form itself.
    """

    round: str
    village: str
    questionnaire: str
    language: str
    consent_version: str
    at: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)


def make_ticket() -> Ticket:
    """Make the ticket of a new sheet."""
    return Ticket(str(uuid4()), secrets.token_bytes(KEY_BYTES))


def read_ticket(text: str | None) -> Ticket | None:
    """Read a ticket from the value of a cookie; None if it is none."""
    sheet, _, key = (text or "").partition(".")
    try:
        ticket = Ticket(str(UUID(sheet)), bytes.fromhex(key))
    except ValueError:
        return None
    return ticket if len(ticket.key) == KEY_BYTES else None


def add_open_sheet(connection: Connection, ticket: Ticket, sheet: OpenSheet, day: date) -> None:
    """Keep a sheet that was just begun."""
    connection.execute(
        "INSERT INTO open_sheet (id, round, content, day) VALUES (:id, :round, :content, :day)",
        {"id": ticket.sheet, "round": sheet.round, "content": _encrypt(ticket, sheet), "day": day.isoformat()},
    )


def update_open_sheet(connection: Connection, ticket: Ticket, sheet: OpenSheet) -> None:
    """Keep what is known of a sheet now."""
    connection.execute(
        "UPDATE open_sheet SET content = :content WHERE id = :id",
        {"id": ticket.sheet, "content": _encrypt(ticket, sheet)},
    )


def find_open_sheet(connection: Connection, ticket: Ticket | None) -> OpenSheet | None:
    """Give the unfinished sheet of a browser, or None if it is not there (any more).

    :raises OpenSheetUnreadable: if the key does not fit or the content was altered.
    """
    if ticket is None:
        return None
    row = connection.row("SELECT round, content FROM open_sheet WHERE id = :id", {"id": ticket.sheet})
    return None if row is None else _decrypt(ticket, row)


def find_round_of(connection: Connection, ticket: Ticket | None) -> str | None:
    """Give the round of the unfinished sheet of a browser without reading the sheet, or None."""
    if ticket is None:
        return None
    found = connection.value("SELECT round FROM open_sheet WHERE id = :id", {"id": ticket.sheet})
    return None if found is None else str(found)


def remove_open_sheet(connection: Connection, ticket: Ticket) -> bool:
    """Forget an unfinished sheet; tell whether it was there."""
    return connection.execute("DELETE FROM open_sheet WHERE id = :id", {"id": ticket.sheet}) == 1


def list_open_days(connection: Connection, round_id: str) -> list[Row]:
    """Count the unfinished sheets of a round by the `day` on which they were begun, the oldest first."""
    sql = "SELECT day, count(*) AS sheets FROM open_sheet WHERE round = :round GROUP BY day ORDER BY day"
    return list(connection.rows(sql, {"round": round_id}))


def remove_open_day(connection: Connection, round_id: str, day: str) -> int:
    """Forget, unread, the unfinished sheets of a round that were begun on a day; return how many."""
    sql = "DELETE FROM open_sheet WHERE round = :round AND day = :day"
    return connection.execute(sql, {"round": round_id, "day": day})


def _bound_to(ticket: Ticket, round_id: str) -> bytes:
    return f"collector open sheet {ticket.sheet} {round_id}".encode()


def _encrypt(ticket: Ticket, sheet: OpenSheet) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    text = json.dumps(asdict(sheet), ensure_ascii=False, separators=(",", ":")).encode()
    padded = text.ljust(-(-len(text) // BLOCK_BYTES) * BLOCK_BYTES)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + ChaCha20Poly1305(ticket.key).encrypt(nonce, padded, _bound_to(ticket, sheet.round))


def _decrypt(ticket: Ticket, row: Row) -> OpenSheet:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce, content = row["content"][:_NONCE_BYTES], row["content"][_NONCE_BYTES:]
    try:
        text = ChaCha20Poly1305(ticket.key).decrypt(nonce, content, _bound_to(ticket, row["round"]))
        return OpenSheet(**json.loads(text))
    except (InvalidTag, TypeError, ValueError) as error:  # another key, or a sheet of another version of the program
        raise OpenSheetUnreadable() from error
