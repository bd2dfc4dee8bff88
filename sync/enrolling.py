"""Enrolment at the centre: codes are given out, requests are looked at, and answered with a membership.

A request comes over the network with a one-time code, or as a file that a person approves. Either way the laptop must
not claim a unit that belongs to somebody else: then only a code or a person that names this village lets it in.
"""

from dataclasses import dataclass
from uuid import UUID

from sync import codes, devices
from sync.codes import Terms
from sync.devices import COMMUNE, EITHER, VILLAGE, Device
from sync.enrolment import NO_UNIT, EnrolRequest, Membership, is_proven, read_request, sign_membership
from sync.errors import DeviceUnknown, EnrolmentRefused
from sync.names import make_printable
from sync.registry import Place, StoredRegistry
from sync.storage import Connection, Row

KINDS = (VILLAGE, COMMUNE)


@dataclass(frozen=True, slots=True)
class CentreFacts:
    """What laptops are told of the centre: the public key of the escrow, its address and its name.

    `unit` is the centre's own unit, which no laptop may claim.
    """

    escrow: bytes
    url: str = ""
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Where a person lets a laptop in: the unit of its commune, and a known village ("": its own, as a new one)."""

    kind: str
    commune: str
    unit: str = ""


class Enrolling:
    """Gives codes and answers requests for one centre."""

    def __init__(self, registry: StoredRegistry, facts: CentreFacts) -> None:
        self.registry = registry
        self.facts = facts
        self._keys = registry.keys

    def issue_code(self, words: str, terms: Terms) -> bytes:
        """Let a laptop enrol with these words; give the name of the code."""
        with self.registry.storage.writing() as connection:
            return codes.add_code(connection, words, terms, self._keys, self.registry.clock())

    def list_codes(self) -> list[Row]:
        """List the codes that can still be used."""
        with self.registry.storage.reading() as connection:
            return codes.list_codes(connection, self.registry.clock())

    def remove_code(self, name: bytes) -> bool:
        """Let a code count no more; tell whether it did."""
        with self.registry.storage.writing() as connection:
            return codes.remove_code(connection, name)

    def answer(self, data: bytes, address: str) -> bytes:
        """Answer a request that came with a code, from a network address; the same again where it was used already.

        :raises EnrolmentRefused: if the request or its code is not good; `reason` says why.
        :raises TooManyEnrolments: if too many wrong codes came.
        """
        request, proof = read_request(data)
        now = self.registry.clock()
        with self.registry.storage.reading() as connection:
            codes.refuse_many_tries(connection, address, self._keys, now)
            code = codes.find_code(connection, request.code) if proof else None
        root = codes.unwrap_root(code, self._keys) if code else b""
        if code is None or not is_proven(data, root):
            with self.registry.storage.writing() as connection:
                codes.note_wrong_try(connection, address, self._keys, now)
            raise EnrolmentRefused(reason="code")
        membership = self._admit_by_code(request, code)
        self.registry.note(sign_membership(membership, self._keys))
        return sign_membership(membership, self._keys, data, root)

    def _admit_by_code(self, request: EnrolRequest, code: Row) -> Membership:
        now = self.registry.clock()
        with self.registry.storage.writing() as connection:
            if codes.was_used_by(connection, code, request.device):
                self._refuse_revoked(connection, request.device)
            if not codes.use_code(connection, code, request.device, now):
                raise EnrolmentRefused(reason="expired" if now >= code["expires_at"] else "used")
            return self._admit(connection, request, Admitted(code["kind"], code["commune"], code["unit"]))

    def _refuse_revoked(self, connection: Connection, device: str) -> None:
        known = devices.find_device(connection, device)
        if known is not None and known.revoked_at is not None:
            raise EnrolmentRefused(reason="revoked")

    def approve(self, data: bytes, admitted: Admitted) -> bytes:
        """Answer a request from a file because a person approves it; the answer is a signed statement alone.

        :raises EnrolmentRefused: if the request is not good; `reason` says why.
        """
        request, _ = read_request(data)
        with self.registry.storage.writing() as connection:
            membership = self._admit(connection, request, admitted)
        signed = sign_membership(membership, self._keys)
        self.registry.note(signed)
        return signed

    def _admit(self, connection: Connection, request: EnrolRequest, admitted: Admitted) -> Membership:
        unit = self._choose_unit(connection, request, admitted)
        now = self.registry.clock()
        name, unit_name = make_printable(request.name), make_printable(request.unit_name)
        device = Device(request.device, name, request.role, unit, request.key, request.encryption, now)
        own = unit if request.unit == NO_UNIT else request.unit
        self.registry.enrol_in(connection, device, Place(admitted.commune, own, unit_name))
        return self._make_membership(connection, request.device)

    def renew(self, device: str) -> bytes:
        """Sign anew what a laptop that belongs here keeps of its centre, so that it can be carried to it once more.

        :raises DeviceUnknown: if it does not belong here, or was revoked.
        """
        with self.registry.storage.reading() as connection:
            return sign_membership(self._make_membership(connection, device), self._keys)

    def _make_membership(self, connection: Connection, device: str) -> Membership:
        row = connection.row(
            "SELECT device.name AS name, unit, certificate FROM device"
            " WHERE device = :device AND revoked_at IS NULL",
            {"device": device},
        )
        if row is None:
            raise DeviceUnknown(device=device)
        unit = row["unit"]
        village = connection.row("SELECT commune, name FROM member_village WHERE unit = :unit", {"unit": unit})
        return Membership(
            device=device,
            encryption=self._keys.public_encryption,
            escrow=self.facts.escrow,
            certificate=bytes(row["certificate"]),
            unit=unit,
            unit_name=village["name"] if village else row["name"],
            commune=village["commune"] if village else unit,
            url=self.facts.url,
            centre_name=self.facts.name,
            issued_ms=self.registry.clock(),
            code=codes.find_use(connection, device),
            key=self._keys.public_signing,
        )

    def _choose_unit(self, connection: Connection, request: EnrolRequest, admitted: Admitted) -> str:
        """Say for which unit the laptop works from now on. Invented villages and the units of others are refused."""
        if request.demo:
            raise EnrolmentRefused(reason="demo")
        if request.device == self._keys.id:
            raise EnrolmentRefused(reason="centre")
        if request.role not in ((VILLAGE, COMMUNE) if admitted.kind == EITHER else (admitted.kind,)):
            raise EnrolmentRefused(reason="role", role=request.role, expected=admitted.kind)
        if request.role == COMMUNE:
            if request.unit != admitted.commune:
                raise EnrolmentRefused(reason="other_commune")
            return admitted.commune
        known = devices.find_device(connection, request.device)
        belongs = admitted.unit or (known.unit if known else "")
        if request.unit == NO_UNIT:
            if not belongs:
                raise EnrolmentRefused(reason="new_village")
            return belongs
        day = self.registry.issuer().day
        if belongs and request.unit in devices.list_successions(connection).origins(belongs, day):
            return belongs
        if self._is_claimed(connection, request):
            raise EnrolmentRefused(reason="unit_taken", unit=request.unit)
        return admitted.unit or request.unit

    def _is_claimed(self, connection: Connection, request: EnrolRequest) -> bool:
        """Tell whether a laptop's unit is none that it may bring along: not random, or already somebody else's."""
        if request.unit == self.facts.unit or not is_random(request.unit):
            return True
        others = connection.value(
            "SELECT 1 FROM revision WHERE record = :unit AND device <> :device",
            {"unit": request.unit, "device": request.device},
        )
        return others is not None or devices.is_unit_known(connection, request.unit)


def is_random(unit: str) -> bool:
    """Tell whether a unit's id was made at random, as those of villages are, and not from the code of an authority."""
    try:
        return UUID(unit).version == 7 and str(UUID(unit)) == unit  # one spelling, or two villages could look like one
    except ValueError:
        return False
