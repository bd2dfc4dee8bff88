"""One-time codes at the centre: kept so that their words cannot be found from them, used once, ended by a date.

What is kept of a code is its name and, wrapped with the centre's own key, the secret that follows from its words. So a
copy of the database alone enrols nobody. Wrong codes are counted per address, and in all, over stretches of ten
minutes. The caller opens the transaction.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from sync.enrolment import derive_root, make_code_keys
from sync.errors import TooManyEnrolments
from sync.keys import Keys
from sync.storage import Connection, Row

STRETCH_MS: Final = 10 * 60 * 1000
TRIES_PER_ADDRESS: Final = 10
TRIES_IN_ALL: Final = 200
_EVERYBODY: Final = "*"


@dataclass(frozen=True, slots=True)
class Terms:
    """For what a code is given: a laptop of a village or a commune (`kind`), which commune, which known village (""
    for a new one), a name for the list, by whom, until when and for how many laptops."""

    kind: str
    commune: str
    unit: str
    label: str
    issued_by: str
    expires_at: int
    uses: int = 1


def add_code(connection: Connection, words: str, terms: Terms, keys: Keys, now_ms: int) -> bytes:
    """Keep a code; give its name. `words` are in small letters, with single spaces."""
    root = derive_root(words)
    name = make_code_keys(root).id
    connection.execute(
        "INSERT INTO enrolment_code"
        " (id, wrapped, kind, commune, unit, label, issued_by, issued_at, expires_at, uses_left) VALUES"
        " (:id, :wrapped, :kind, :commune, :unit, :label, :issued_by, :now, :expires_at, :uses)",
        {
            "id": name,
            "wrapped": _wrap(root, name, keys),
            "kind": terms.kind,
            "commune": terms.commune,
            "unit": terms.unit,
            "label": terms.label,
            "issued_by": terms.issued_by,
            "now": now_ms,
            "expires_at": terms.expires_at,
            "uses": terms.uses,
        },
    )
    return name


def _wrap(root: bytes, name: bytes, keys: Keys) -> bytes:
    """Mix the secret with bytes that only the centre can compute; doing it again gives the secret back."""
    pad = hmac.digest(keys.encryption, b"collector enrolment code\n" + name, "sha256")
    return bytes(left ^ right for left, right in zip(root, pad, strict=True))


def find_code(connection: Connection, name: bytes) -> Row | None:
    """Find a code by its name, whether it still counts or not."""
    return connection.row("SELECT * FROM enrolment_code WHERE id = :id", {"id": name})


def unwrap_root(code: Row, keys: Keys) -> bytes:
    """Give the secret of a code that was found."""
    return _wrap(bytes(code["wrapped"]), bytes(code["id"]), keys)


def list_codes(connection: Connection, now_ms: int) -> list[Row]:
    """List the codes that can still be used, the newest first."""
    return list(
        connection.rows(
            "SELECT * FROM enrolment_code WHERE uses_left > 0 AND expires_at > :now ORDER BY issued_at DESC, id",
            {"now": now_ms},
        )
    )


def remove_code(connection: Connection, name: bytes) -> bool:
    """Let a code count no more; tell whether it did."""
    return bool(
        connection.execute("UPDATE enrolment_code SET uses_left = 0 WHERE id = :id AND uses_left > 0", {"id": name})
    )


def use_code(connection: Connection, code: Row, device: str, now_ms: int) -> bool:
    """Use a code for a device; tell whether it could be: one that used it before may do so again until it ends."""
    if now_ms >= code["expires_at"]:
        return False
    if was_used_by(connection, code, device):
        return True
    if not _take_one(connection, code):
        return False
    _add_use(connection, code, device, now_ms)
    return True


def _take_one(connection: Connection, code: Row) -> bool:
    """Let a code count for one laptop less; tell whether it still counted."""
    sql = "UPDATE enrolment_code SET uses_left = uses_left - 1 WHERE id = :id AND uses_left > 0"
    return bool(connection.execute(sql, {"id": code["id"]}))


def _add_use(connection: Connection, code: Row, device: str, used_at: int) -> None:
    connection.execute(
        "INSERT INTO enrolment_use (code, device, used_at) VALUES (:code, :device, :used_at)",
        {"code": code["id"], "device": device, "used_at": used_at},
    )


def note_use(connection: Connection, name: bytes, device: str, used_at: int) -> None:
    """Note that a code was used, as who used it shows: it counts for one laptop less."""
    code = find_code(connection, name)
    if code is None or was_used_by(connection, code, device):
        return
    _take_one(connection, code)
    _add_use(connection, code, device, used_at)


def find_use(connection: Connection, device: str) -> bytes:
    """Give the name of the code that a device used last, b"" if it used none."""
    found = connection.value(
        "SELECT code FROM enrolment_use WHERE device = :device ORDER BY used_at DESC, code LIMIT 1", {"device": device}
    )
    return bytes(found) if found is not None else b""


def was_used_by(connection: Connection, code: Row, device: str) -> bool:
    """Tell whether this device enrolled with this code before."""
    used = {"code": code["id"], "device": device}
    return connection.value("SELECT 1 FROM enrolment_use WHERE code = :code AND device = :device", used) is not None


def refuse_many_tries(connection: Connection, address: str, keys: Keys, now_ms: int) -> None:
    """Refuse to look at a code while too many wrong ones came from this address.

    :raises TooManyEnrolments: if so.
    """
    _refuse_more(connection, _hide(address, keys), TRIES_PER_ADDRESS, now_ms)


def _refuse_more(connection: Connection, who: str, limit: int, now_ms: int) -> None:
    stretch = now_ms // STRETCH_MS
    tries = connection.value(
        "SELECT tries FROM enrolment_try WHERE address = :address AND stretch = :stretch",
        {"address": who, "stretch": stretch},
    )
    if tries is not None and tries >= limit:
        raise TooManyEnrolments(seconds=((stretch + 1) * STRETCH_MS - now_ms) // 1000 + 1)


def note_wrong_try(connection: Connection, address: str, keys: Keys, now_ms: int) -> None:
    """Count a wrong code; earlier stretches of time are forgotten.

    Whoever has the right one is not kept out by strangers who guess from everywhere.

    :raises TooManyEnrolments: if too many came from everywhere; they are not counted on.
    """
    _refuse_more(connection, _EVERYBODY, TRIES_IN_ALL, now_ms)
    stretch = now_ms // STRETCH_MS
    connection.execute("DELETE FROM enrolment_try WHERE stretch < :stretch", {"stretch": stretch})
    connection.execute_many(
        "INSERT INTO enrolment_try (address, stretch, tries) VALUES (:address, :stretch, 1)"
        " ON CONFLICT (address, stretch) DO UPDATE SET tries = enrolment_try.tries + 1",
        [{"address": who, "stretch": stretch} for who in (_hide(address, keys), _EVERYBODY)],
    )


def _hide(address: str, keys: Keys) -> str:
    """Stand for a network address by a keyed hash."""
    return hmac.digest(keys.encryption, b"collector address\n" + address.encode(), "sha256").hex()[:32]
