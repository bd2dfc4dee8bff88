"""Devices, villages and successions at the centre: the rows of who belongs to it, and the scopes that follow from them.

What a laptop has by its kind is passed in (`MakeGrants`). Whatever changes here gives the scopes that differ a new
version and their devices a new certificate (`rescope`). The caller opens the transaction.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sync.certificates import MAX_SCOPES, Certificate, issue_certificate
from sync.certificates import Scope as CertifiedScope
from sync.keys import Keys
from sync.log import RECORDS
from sync.scopes import Grant, Scope, Succession, Successions, decode_scope, encode_scope
from sync.storage import Connection, Row

VILLAGE: Final = "village"
COMMUNE: Final = "commune"
EITHER: Final = "either"
"""Of a code: it lets in the laptop of a village as well as that of the commune."""
SHEETS: Final = "sheets"
"""The lane of answer sheets."""
DAY_MS: Final = 24 * 60 * 60 * 1000
VALID_MS: Final = 2 * 365 * DAY_MS
"""How long a certificate is valid from its issue; it is renewed when half of that is over."""
_VERSION_BYTES: Final = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was enrolled: its public keys, what kind of laptop it is and the unit that it works for.

    Instants are in milliseconds of the centre's clock; `revoked_at` is None while the device counts.
    """

    id: str
    name: str
    kind: str
    unit: str
    signing: bytes
    encryption: bytes
    enrolled_at: int
    revoked_at: int | None = None


def read_device(row: Row) -> Device:
    """Read a row of `device`."""
    return Device(
        row["device"],
        row["name"],
        row["kind"],
        row["unit"],
        bytes(row["signing"]),
        bytes(row["encryption"]),
        row["enrolled_at"],
        row["revoked_at"],
    )


def put_device(connection: Connection, device: Device) -> None:
    """Enrol a device, or enrol it anew: then it counts again if it was revoked."""
    connection.execute(
        "INSERT INTO device (device, name, kind, unit, signing, encryption, enrolled_at, version, issued, expires_at)"
        " VALUES (:device, :name, :kind, :unit, :signing, :encryption, :enrolled_at, '', 0, 0)"
        " ON CONFLICT (device) DO UPDATE SET name = excluded.name, kind = excluded.kind, unit = excluded.unit,"
        " encryption = excluded.encryption, enrolled_at = excluded.enrolled_at, revoked_at = NULL, revocation = NULL,"
        " expires_at = 0, taken_back_at = NULL",
        {
            "device": device.id,
            "name": device.name,
            "kind": device.kind,
            "unit": device.unit,
            "signing": device.signing,
            "encryption": device.encryption,
            "enrolled_at": device.enrolled_at,
        },
    )


def note_return(connection: Connection, device: str, issued: int, now_ms: int) -> None:
    """Note that a device was taken back which had a certificate of this number; later ones have higher numbers."""
    connection.execute(
        "UPDATE device SET taken_back_at = :now, issued = CASE WHEN issued > :issued THEN issued ELSE :issued END"
        " WHERE device = :device",
        {"now": now_ms, "issued": issued, "device": device},
    )


def number_after(issued: int, now_ms: int) -> int:
    """Give the number of a new certificate or revocation: higher than the last one of the device.

    It follows the clock, so that a centre that lost the last numbers with a backup does not give them again.
    """
    return max(issued + 1, now_ms // 1000)


def find_device(connection: Connection, device: str) -> Device | None:
    """Find an enrolled device, revoked ones too."""
    row = connection.row("SELECT * FROM device WHERE device = :device", {"device": device})
    return read_device(row) if row else None


def put_village(connection: Connection, unit: str, commune: str, name: str) -> None:
    """Note that a village belongs to a commune."""
    connection.execute(
        "INSERT INTO member_village (unit, commune, name) VALUES (:unit, :commune, :name)"
        " ON CONFLICT (unit) DO UPDATE SET commune = excluded.commune, name = excluded.name",
        {"unit": unit, "commune": commune, "name": name},
    )


def ensure_village(connection: Connection, unit: str, commune: str, name: str) -> None:
    """Put a village into a commune unless it belongs to one already."""
    if connection.value("SELECT 1 FROM member_village WHERE unit = :unit", {"unit": unit}) is None:
        put_village(connection, unit, commune, name)


def put_succession(connection: Connection, old: str, new: str, since: str) -> bool:
    """Note that a unit takes over what belonged to another; tell whether that was new."""
    known = connection.value(
        "SELECT since FROM succession WHERE old = :old AND new = :new", {"old": old, "new": new}
    )
    if known is not None and known <= since:
        return False
    connection.execute(
        "INSERT INTO succession (old, new, since) VALUES (:old, :new, :since)"
        " ON CONFLICT (old, new) DO UPDATE SET since = excluded.since",
        {"old": old, "new": new, "since": since},
    )
    return True


def move_village(connection: Connection, old: str, new: str) -> bool:
    """Count the laptops of a village among those of another one in its commune; tell whether there were any."""
    values = {"old": old, "new": new, "kind": VILLAGE}
    moving = connection.value("SELECT count(*) FROM device WHERE unit = :old AND kind = :kind", values)
    known = connection.row("SELECT commune, name FROM member_village WHERE unit = :old", {"old": old})
    if known is not None:
        ensure_village(connection, new, known["commune"], known["name"])
    connection.execute("UPDATE device SET unit = :new WHERE unit = :old AND kind = :kind", values)
    return bool(moving)


def list_successions(connection: Connection) -> Successions:
    """List which unit took over from which."""
    rows = connection.rows("SELECT old, new, since FROM succession ORDER BY old, new")
    return Successions(tuple(Succession(row["old"], row["new"], row["since"]) for row in rows))


def is_unit_known(connection: Connection, unit: str) -> bool:
    """Tell whether a unit belongs to anybody here: a village, a commune, a device's, or one that was taken over."""
    return bool(
        connection.value(
            "SELECT EXISTS (SELECT 1 FROM member_village WHERE unit = :unit OR commune = :unit)"
            " OR EXISTS (SELECT 1 FROM device WHERE unit = :unit)"
            " OR EXISTS (SELECT 1 FROM succession WHERE old = :unit OR new = :unit)",
            {"unit": unit},
        )
    )


def list_units(connection: Connection) -> frozenset[str]:
    """List every unit that belongs to anybody here, as `is_unit_known` tells it of one."""
    rows = connection.rows(
        "SELECT unit FROM member_village UNION SELECT commune FROM member_village UNION SELECT unit FROM device"
        " UNION SELECT old FROM succession UNION SELECT new FROM succession"
    )
    return frozenset(row["unit"] for row in rows)


class Post(NamedTuple):
    """What decides about a device's grants: its kind and unit, its commune, and all villages of that commune."""

    kind: str
    unit: str
    commune: str
    villages: tuple[str, ...]


MakeGrants = Callable[[Post], Iterable[Grant]]
"""Says what a device may have, before successions widen it."""


def make_grants(post: Post) -> list[Grant]:
    """Give a laptop of a village all of its village, one of a commune the records of its villages and of itself."""
    if post.kind == VILLAGE:
        return [Grant(post.unit, (), True, (RECORDS, SHEETS))]
    return [Grant(unit, (), True, (RECORDS,)) for unit in (post.unit, *post.villages)]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs certificates, when, where the names of scopes come from, and what devices may have."""

    keys: Keys
    now_ms: int
    random_bytes: Callable[[int], bytes]
    make_grants: MakeGrants

    def make_name(self) -> str:
        """Make a name that was never given."""
        return base64.b32encode(self.random_bytes(_VERSION_BYTES)).decode().lower()

    @property
    def day(self) -> str:
        """Today, where the villages are (UTC+7)."""
        return day_of(self.now_ms)


def day_of(moment_ms: int) -> str:
    """Give the day of an instant where the villages are (UTC+7), as YYYY-MM-DD."""
    return datetime.fromtimestamp(moment_ms / 1000 + 7 * 3600, UTC).date().isoformat()


def rescope(connection: Connection, issuer: Issuer) -> list[str]:
    """Work out every scope again; name the devices whose scope is another now. Renews certificates that grow old."""
    successions = list_successions(connection)
    communes = {
        row["unit"]: row["commune"] for row in connection.rows("SELECT unit, commune FROM member_village ORDER BY unit")
    }
    changed = []
    for device in list(connection.rows("SELECT * FROM device ORDER BY device")):
        grants = successions.widen(issuer.make_grants(_find_post(device, communes)), issuer.day)
        known = find_past_scope(connection, device["device"], device["version"])
        scope = known if known and known.grants == grants else Scope(issuer.make_name(), grants)
        if scope is not known:
            _put_scope(connection, device["device"], scope, issuer.now_ms)
            changed.append(device["device"])
        if scope is not known or (device["revoked_at"] is None and is_old(device["expires_at"], issuer.now_ms)):
            _certify(connection, device, scope, issuer)
    connection.execute(
        "UPDATE registry SET change = :change, day = :day WHERE id = 1",
        {"change": issuer.make_name(), "day": issuer.day},
    )
    return changed


def _find_post(device: Row, communes: dict[str, str]) -> Post:
    commune = communes.get(device["unit"], "") if device["kind"] == VILLAGE else device["unit"]
    villages = tuple(unit for unit, parent in communes.items() if parent == commune)
    return Post(device["kind"], device["unit"], commune, villages)


def is_old(expires_ms: int, now_ms: int) -> bool:
    """Tell whether half of a certificate's time is over."""
    return now_ms > expires_ms - VALID_MS // 2


def find_past_scope(connection: Connection, device: str, version: str) -> Scope | None:
    """Give a scope that a device has or once had, by its version."""
    found = connection.value(
        "SELECT scope FROM past_scope WHERE device = :device AND version = :version",
        {"device": device, "version": version},
    )
    return decode_scope(found) if found else None


def _put_scope(connection: Connection, device: str, scope: Scope, now_ms: int) -> None:
    values = {"device": device, "version": scope.version, "scope": encode_scope(scope), "given_at": now_ms}
    connection.execute(
        "INSERT INTO past_scope (device, version, scope, given_at) VALUES (:device, :version, :scope, :given_at)",
        values,
    )
    connection.execute(
        "UPDATE device SET version = :version WHERE device = :device",
        {"device": device, "version": scope.version},
    )


def _certify(connection: Connection, device: Row, scope: Scope, issuer: Issuer) -> None:
    """Sign a new certificate with the next number; a device that is revoked gets none."""
    if device["revoked_at"] is not None:
        return
    own_first = sorted(scope.grants, key=lambda grant: grant.unit != device["unit"])
    certificate = Certificate(
        device=device["device"],
        signing=bytes(device["signing"]),
        encryption=bytes(device["encryption"]),
        scopes=tuple(
            CertifiedScope(grant.unit, grant.kinds, grant.write, grant.lanes) for grant in own_first[:MAX_SCOPES]
        ),
        issued=number_after(device["issued"], issuer.now_ms),
        expires_ms=issuer.now_ms + VALID_MS,
        key=issuer.keys.public_signing,
    )
    values = {
        "device": device["device"],
        "issued": certificate.issued,
        "expires_at": certificate.expires_ms,
        "data": issue_certificate(certificate, issuer.keys),
    }
    connection.execute(
        "UPDATE device SET certificate = :data, issued = :issued, expires_at = :expires_at WHERE device = :device",
        values,
    )
