"""Who exchanges by stick: a folder with its keys, the centre that it belongs to, and the laptops that it knows.

Pure of files on sticks and of words. A laptop opens what is sealed for it and was written by a laptop of which it holds
a certificate; what its author had no right to write is set aside, as the centre would do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.bundle import ReaderKeys, Recipients
from sync.certificates import Certificate
from sync.evicting import LaptopAdmission
from sync.heads import find_branch
from sync.judging import Origin
from sync.keys import Keys, recipient_id
from sync.log import RECORDS, Log
from sync.packing import BundlePacker
from sync.receiving import Outcome, Receiver
from sync.revisions import Body
from sync.scopes import Grant, Scope
from sync.segments import Segment, Tip
from sync.stocking import Reader
from sync.storage import Connection, Storage
from sync.visibility import Places

if TYPE_CHECKING:
    from sync.enrolment import Membership
    from sync.headers import Header

Changed = Callable[[Connection, set[str]], None]
BY_CENTRE: Final = Origin(by_centre=True)


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre that a folder belongs to: its id, its encryption key, and the key that is kept off line."""

    id: str
    encryption: bytes
    escrow: bytes


class StickAdmission(LaptopAdmission):
    """What a laptop lets in from sticks: what it keeps of what the certificates of the authors let them write."""

    def __init__(self, certificates: dict[str, Certificate]) -> None:
        super().__init__()
        self._scopes = {device: read_scope(certificate) for device, certificate in certificates.items()}
        self._units = {grant.unit for scope in self._scopes.values() for grant in scope.grants}

    def refuse_body(self, places: Places, device: str, body: Body, lane: str) -> str | None:
        """Refuse what the author may not write: in its unit, or in all units where the record lies already.

        The record of a unit is nobody else's, also before anything of it arrived.
        """
        scope = self._scopes.get(device)
        if scope is None:
            return None
        if not scope.writes(body.unit, body.kind):
            return "no_right"
        if body.record in self._units and not scope.writes(body.record, body.kind):
            return "no_right_to_record"
        lies = places.find(body.record)
        if lies and not any(scope.writes(unit, kind) for unit, kind in lies):
            return "no_right_to_record"
        return None


def read_scope(certificate: Certificate) -> Scope:
    """Give the scope that a certificate names."""
    grants = tuple(
        Grant(each.unit, each.kinds, each.write, each.lanes if isinstance(each.lanes, tuple) else (RECORDS,))
        for each in certificate.scopes
    )
    return Scope(str(certificate.issued), grants)


class TakenAtCentre(NamedTuple):
    """What became of a bundle at the centre itself: new and refused revisions, whether it waits, whether it forked."""

    new: int
    refused: int
    waits: bool
    is_forked: bool


@dataclass
class Party:
    """A folder that writes and reads sticks.

    `certificates` are those of the laptops that it knows, by device; `recipients` says for whom a segment is sealed
    that goes to the centre. `own_papers` are statements that it writes on every stick, by label. `take_at_centre` is
    there at the centre alone, and so is `remember`, which takes what it signed once and may have forgotten.
    `former_servers` are centres whose keys are lost, of which the reserve key (`reserve`) opens bundles. `files` is the
    folder of attachments; without one no contents are written or read.
    """

    storage: Storage
    log: Log
    keys: Keys
    centre: Centre
    role: str
    certificates: dict[str, Certificate]
    recipients: Callable[[Segment], Recipients]
    on_change: Changed
    own_papers: tuple[tuple[str, bytes], ...] = ()
    commune: str = ""
    former_servers: frozenset[str] = frozenset()
    reserve: tuple[bytes, ...] = field(default=(), repr=False)
    files: Path | None = None
    take_at_centre: "Callable[[bytes, Header], TakenAtCentre] | None" = None
    remember: Callable[[list[bytes]], int] = lambda papers: 0
    take_membership: "Callable[[bytes, Membership], bool]" = lambda data, membership: False
    _receiver: Receiver | None = field(default=None, repr=False)

    @property
    def is_centre(self) -> bool:
        """Whether this is the centre itself."""
        return self.keys.id == self.centre.id

    @property
    def servers(self) -> frozenset[str]:
        """The servers whose word counts: one."""
        return frozenset({self.centre.id})

    @property
    def own_recipient(self) -> str:
        """The id under which a header names this folder as a reader."""
        return recipient_id(self.keys.public_encryption)

    @property
    def piece_keys(self) -> ReaderKeys:
        """What opens pieces of contents that are sealed for this folder."""
        return ReaderKeys((self.keys.encryption, *self.reserve), self.servers | self.former_servers)

    def list_readers(self) -> list[Reader]:
        """List the other laptops that may read something."""
        return [
            Reader(device, certificate.encryption, read_scope(certificate))
            for device, certificate in sorted(self.certificates.items())
            if device not in (self.keys.id, self.centre.id)
        ]

    def packer(self, readers: Iterable[Reader] | None = None) -> BundlePacker:
        """Make what seals and opens bundles: for the centre and whoever may read, or for these readers."""
        find = self.recipients
        if readers is not None:
            named = tuple(reader.encryption for reader in readers)
            sealed_for = Recipients(self.centre.encryption, self.centre.escrow, named)

            def find(segment: Segment) -> Recipients:
                return sealed_for

        reader = ReaderKeys((self.keys.encryption,), self.servers, self.servers)
        return BundlePacker(self.keys, self.centre.id, find, reader, is_held=self._holds)

    def _holds(self, device: str, epoch: str, tip: Tip) -> bool:
        with self.storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    @property
    def receiver(self) -> Receiver:
        """What takes segments in."""
        if self._receiver is None:
            self._receiver = Receiver(self.log, self.keys.id, StickAdmission(self.certificates))
        return self._receiver

    def learn(self, certificate: Certificate) -> None:
        """Know one more laptop, or what it may now."""
        self.certificates[certificate.device] = certificate
        self._receiver = None

    def forget(self, device: str) -> None:
        """Know a laptop no longer: it was revoked."""
        self.certificates.pop(device, None)
        self._receiver = None

    def receive(self, segment: Segment, signer: str) -> Outcome:
        """Take in a segment that was opened; all or nothing. What only the centre may say counts from it alone."""
        origin = BY_CENTRE if signer == self.centre.id else Origin()
        with self.storage.writing() as connection:
            outcome = self.receiver.receive(connection, segment, origin)
            self.on_change(connection, outcome.changed)
        return outcome
