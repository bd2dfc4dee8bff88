"""The registry of a centre: which devices belong to it, what each may see and change, and who was revoked.

It is asked for every body that is received, so it remembers what it read; every decision writes a new random word into
the row `registry`, and what is remembered under another word counts no more. So a revocation counts at once, whichever
process of the centre it was given to. Inside `steady` the word is looked at once, for one transaction.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sync import devices
from sync.certificates import (
    REVOCATION,
    Certificate,
    End,
    Revocation,
    read_certificate,
    read_revocation,
    revoke,
)
from sync.clock import wall_clock_ms
from sync.devices import Device, Issuer, MakeGrants
from sync.directory import MAX_TOLD
from sync.errors import DeviceUnknown
from sync.heads import list_branches
from sync.keys import Keys
from sync.parking import list_papers_of
from sync.scopes import Scope, decode_scope
from sync.storage import Connection, Row, Storage

NOTED_AGAIN_MS: Final = 60_000
"""After how long a contact is noted again although nothing else changed."""


class Contact(NamedTuple):
    """What a device tells of itself when it speaks to the centre: how far its clock is ahead, its version of the
    program, and how many records and answer sheets it has still to send."""

    clock_error_ms: int
    program: str
    pending_records: int
    pending_sheets: int


class Place(NamedTuple):
    """Where a laptop that enrols belongs: its commune, the name of its village, and the unit that it used until now,
    which becomes another name of the device's unit where it differs."""

    commune: str
    own_unit: str
    village_name: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read since a decision. `word` names that decision."""

    word: str
    units: frozenset[str] = frozenset()
    scopes: dict[str, Scope] = field(default_factory=dict)
    revoked: dict[str, bool] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    directories: dict[str, "_Directory"] = field(default_factory=dict)


class _Directory(NamedTuple):
    """What a device is to know of others; `version` names it."""

    version: str
    certificates: tuple[bytes, ...]
    revocations: tuple[bytes, ...]


class StoredRegistry:
    """The registry of the centre with these keys, in its database. Implements `messages.Registry`.

    `clock` gives the milliseconds of the centre's clock; `make_grants` says what laptops may have. Every decision is
    one transaction. `note` is given the signed word of who was let in or revoked, after the decision is on the disk.
    """

    def __init__(
        self,
        storage: Storage,
        keys: Keys,
        clock: Callable[[], int] = wall_clock_ms,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        make_grants: MakeGrants = devices.make_grants,
        note: Callable[[bytes], None] = lambda paper: None,
    ) -> None:
        self.storage = storage
        self.keys = keys
        self.clock = clock
        self.random_bytes = random_bytes
        self.make_grants = make_grants
        self.note = note
        self._latest = _Known("")
        self._local = threading.local()

    # What is asked while receiving

    @contextmanager
    def steady(self, connection: Connection) -> Iterator[None]:
        """Look once at what was decided, for the whole block: one transaction of this thread."""
        before = getattr(self._local, "steady", None)
        self._local.steady = self._look(connection)
        try:
            yield
        finally:
            self._local.steady = before

    @contextmanager
    def _looking(self) -> Iterator[tuple[_Known, Connection]]:
        steady: _Known | None = getattr(self._local, "steady", None)
        with self.storage.reading() as connection:
            yield steady or self._look(connection), connection

    def _look(self, connection: Connection) -> _Known:
        word = str(connection.value("SELECT change FROM registry WHERE id = 1"))
        if self._latest.word != word:
            self._latest = _Known(word, devices.list_units(connection))
        return self._latest

    def find_scope(self, device: str) -> Scope | None:
        """Give the scope of a device now, widened by successions; None if it is not enrolled."""
        steady: _Known | None = getattr(self._local, "steady", None)
        if steady is not None and device in steady.scopes:
            return steady.scopes[device]
        with self._looking() as (known, connection):
            if device not in known.scopes:
                found = connection.value(
                    "SELECT scope FROM device JOIN past_scope USING (device, version) WHERE device = :device",
                    {"device": device},
                )
                if found is None:
                    return None  # not remembered: anybody may ask for any name
                known.scopes[device] = decode_scope(found)
            return known.scopes[device]

    def find_past_scope(self, device: str, version: str) -> Scope | None:
        """Give an earlier scope of a device by its version."""
        with self.storage.reading() as connection:
            return devices.find_past_scope(connection, device, version)

    def is_revoked(self, device: str) -> bool:
        """Tell whether the device was revoked by now."""
        with self._looking() as (known, connection):
            if device not in known.revoked:
                row = connection.row("SELECT revoked_at FROM device WHERE device = :device", {"device": device})
                if row is None:
                    return False
                known.revoked[device] = row["revoked_at"] is not None
            return known.revoked[device]

    def is_unit(self, record: str) -> bool:
        """Tell whether the id of a record is that of a unit which belongs to anybody here."""
        with self._looking() as (known, _):
            return record in known.units

    # The directory

    def find_certificate(self, device: str) -> Certificate | None:
        """Give the newest certificate of a device, also of one that was revoked; None if it is not enrolled."""
        with self._looking() as (known, connection):
            if device not in known.certificates:
                found = connection.value(
                    "SELECT certificate FROM device WHERE device = :device", {"device": device}
                )
                if found is None:
                    return None
                known.certificates[device] = read_certificate(bytes(found), frozenset({self.keys.id}))
            return known.certificates[device]

    def list_certificates(self, device: str) -> list[bytes]:
        """List the certificates of the device itself and of all that count and may read what it may write."""
        return list(self._directory(device).certificates)

    def list_revocations(self, device: str) -> list[bytes]:
        """List the revocations of devices that would be in `list_certificates` if they still counted, and the latest.

        An older certificate of one of the former, as it lies on sticks, would let it in again; all of them are kept
        for this centre, should it forget them.
        """
        return list(self._directory(device).revocations)

    def directory_version(self, device: str) -> str:
        """Name the content of both lists: another whenever one of them is another."""
        return self._directory(device).version

    def _directory(self, device: str) -> _Directory:
        with self._looking() as (known, connection):
            if device not in known.directories:
                known.directories[device] = _make_directory(connection, device)
            return known.directories[device]

    # Decisions

    def issuer(self) -> Issuer:
        """Give what new certificates and names of scopes are made with, now."""
        return Issuer(self.keys, self.clock(), self.random_bytes, self.make_grants)

    def enrol(self, device: Device, place: Place) -> None:
        """Let a device belong here. The laptop of a village brings its village into the commune."""
        with self.storage.writing() as connection:
            self.enrol_in(connection, device, place)

    def enrol_in(self, connection: Connection, device: Device, place: Place) -> None:
        """Do what `enrol` does in a transaction of the caller."""
        devices.put_device(connection, device)
        if device.kind == devices.VILLAGE:
            devices.ensure_village(connection, device.unit, place.commune, place.village_name)
        if place.own_unit != device.unit:
            devices.put_succession(connection, place.own_unit, device.unit, self.issuer().day)
        devices.rescope(connection, self.issuer())

    def add_village(self, unit: str, commune: str, name: str) -> None:
        """Put a village into a commune, or into another one; the scopes of its laptops and the commune's follow."""
        with self.storage.writing() as connection:
            devices.put_village(connection, unit, commune, name)
            devices.rescope(connection, self.issuer())

    def succeed(self, old: str, new: str, since: str) -> None:
        """Let a unit take over another from a day on (YYYY-MM-DD): merged, split or recorded twice."""
        with self.storage.writing() as connection:
            self.succeed_in(connection, old, new, since)

    def succeed_in(self, connection: Connection, old: str, new: str, since: str) -> None:
        """Do what `succeed` does in a transaction of the caller."""
        if devices.put_succession(connection, old, new, since):
            devices.rescope(connection, self.issuer())

    def merge_in(self, connection: Connection, old: str, new: str) -> None:
        """Let two villages turn out to be one: what belonged to `old` belongs to `new`, its laptops too.

        They write in `new` from then on, so it is not enough that the laptops of `new` may have what was `old`'s.
        """
        is_new = devices.put_succession(connection, old, new, self.issuer().day)
        if devices.move_village(connection, old, new) or is_new:
            devices.rescope(connection, self.issuer())

    def revoke(self, device: str) -> None:
        """Let a device count no more from now on: what arrives later is quarantined, and it is given nothing.

        :raises DeviceUnknown: if it was never enrolled.
        """
        with self.storage.writing() as connection:
            row = connection.row("SELECT issued, revoked_at FROM device WHERE device = :id", {"id": device})
            if row is None:
                raise DeviceUnknown(device=device)
            if row["revoked_at"] is not None:
                return
            now = self.clock()
            ends = tuple(End(branch.root, *branch.tip) for branch in list_branches(connection, device))
            after = int(connection.value("SELECT coalesce(max(position), 0) FROM revision"))
            word = Revocation(device=device, after=after, issued=1, at_ms=now, ends=ends, key=self.keys.public_signing)
            signed = self.note_revoked(connection, word)
        self.note(signed)

    def note_revoked(self, connection: Connection, word: Revocation) -> bytes:
        """Let a device count no more since the moment of a revocation; give this as signed under the next number."""
        known = connection.value("SELECT issued FROM device WHERE device = :id", {"id": word.device})
        issued, at_ms = devices.number_after(int(known or 0), self.clock()), word.at_ms or self.clock()
        signed = revoke(
            word.device, after=word.after, issued=issued, keys=self.keys, at_ms=word.at_ms, ends=word.ends
        )
        connection.execute(
            "UPDATE device SET revoked_at = :at, issued = :issued, revocation = :word WHERE device = :id",
            {"id": word.device, "at": at_ms, "issued": issued, "word": signed},
        )
        devices.rescope(connection, self.issuer())
        return signed

    def find_last_counted(self, device: str, root: str) -> int | None:
        """Give up to which number an epoch counts of a device whose revocation this centre had forgotten; else None."""
        with self.storage.reading() as connection:
            papers = list_papers_of(connection, REVOCATION, device)
            since = connection.value("SELECT enrolled_at FROM device WHERE device = :device", {"device": device})
        words = [read_revocation(data, frozenset({self.keys.id})) for data in papers]
        words = [word for word in words if word.at_ms and word.at_ms >= (since or 0)]
        if not words:
            return None
        return max((end.sequence for word in words for end in word.ends if end.epoch == root), default=0)

    def keep_up(self) -> bool:
        """Once a day: let successions of today count and renew certificates; tell whether anything was to be done."""
        with self.storage.reading() as connection:
            if connection.value("SELECT day FROM registry WHERE id = 1") == self.issuer().day:
                return False
        with self.storage.writing() as connection:
            devices.rescope(connection, self.issuer())
        return True

    # Devices and what they tell

    def find_device(self, device: str) -> Device | None:
        """Find a device that was enrolled, also one that was revoked."""
        with self.storage.reading() as connection:
            return devices.find_device(connection, device)

    def list_devices(self) -> list[Row]:
        """List every device with what it last told: `id`, name, kind, unit, village_name, enrolled_at, seen_at …"""
        with self.storage.reading() as connection:
            return list(
                connection.rows(
                    "SELECT device.device AS id, device.name AS name, kind, device.unit AS unit, commune,"
                    " member_village.name AS village_name, enrolled_at, revoked_at, taken_back_at, expires_at,"
                    " seen_at, clock_error,"
                    " program, pending_records, pending_sheets FROM device"
                    " LEFT JOIN contact ON contact.device = device.device"
                    " LEFT JOIN member_village ON member_village.unit = device.unit"
                    " ORDER BY enrolled_at, device.device"
                )
            )

    def note_contact(self, device: str, contact: Contact) -> None:
        """Note that a device spoke to the centre, and what it told of itself."""
        told: dict[str, str | int] = {
            "program": contact.program[:100], "records": contact.pending_records, "sheets": contact.pending_sheets,
        }
        if self._is_noted(device, told):
            return
        with self.storage.writing() as connection:
            connection.execute(
                "INSERT INTO contact (device, seen_at, clock_error, program, pending_records, pending_sheets)"
                " VALUES (:device, :now, :clock_error, :program, :records, :sheets) ON CONFLICT (device) DO UPDATE SET"
                " seen_at = excluded.seen_at, clock_error = excluded.clock_error, program = excluded.program,"
                " pending_records = excluded.pending_records, pending_sheets = excluded.pending_sheets",
                {**told, "device": device, "now": self.clock(), "clock_error": contact.clock_error_ms},
            )

    def _is_noted(self, device: str, told: dict[str, str | int]) -> bool:
        """Tell whether the same was noted a moment ago, so that a laptop that asks often costs no writing."""
        with self.storage.reading() as connection:
            row = connection.row("SELECT * FROM contact WHERE device = :device", {"device": device})
        if row is None or self.clock() - row["seen_at"] >= NOTED_AGAIN_MS:
            return False
        known = {"program": row["program"], "records": row["pending_records"], "sheets": row["pending_sheets"]}
        return known == told


def _make_directory(connection: Connection, device: str) -> _Directory:
    """Gather the papers of all devices that read where this one writes: for them it has to seal, or had to."""
    rows = list(
        connection.rows(
            "SELECT device.device AS device, scope, certificate, revocation FROM device JOIN past_scope"
            " ON past_scope.device = device.device AND past_scope.version = device.version"
            " WHERE certificate IS NOT NULL ORDER BY device.device"
        )
    )
    grants = {row["device"]: decode_scope(row["scope"]).grants for row in rows}
    written = {grant.unit for grant in grants.get(device, ()) if grant.write}
    near = [row for row in rows if any(grant.unit in written for grant in grants[row["device"]])]
    certificates = tuple(bytes(row["certificate"]) for row in near if row["revocation"] is None)
    revoked = [bytes(row["revocation"]) for row in near if row["revocation"] is not None]
    revocations = tuple(dict.fromkeys((*revoked, *_list_latest_revocations(connection))))
    papers = b"".join(hashlib.sha256(each).digest() for each in (*certificates, *revocations))
    version = base64.b32encode(hashlib.sha256(papers).digest()[:5]).decode().lower()
    return _Directory(version, certificates, revocations)


def _list_latest_revocations(connection: Connection) -> list[bytes]:
    """List the latest revocations of all: everybody keeps them for a centre that forgot them."""
    rows = connection.rows(
        "SELECT revocation FROM device WHERE revocation IS NOT NULL ORDER BY revoked_at DESC, device LIMIT :limit",
        {"limit": MAX_TOLD},
    )
    return [bytes(row["revocation"]) for row in rows]
