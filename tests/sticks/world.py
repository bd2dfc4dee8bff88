"""A small world for sticks: three villages with four laptops, their commune, the centre, all in one process.

Keys are invented, bundles are sealed for real. `Folder` holds what a data folder holds of the log; the cache is left
out, `changed` collects what would have been brought up to date.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bundle_scenes import make_test_keys
from simulation.registry import SimulatedRegistry

from collector.sticks.at_centre import make_taker
from collector.sticks.party import Centre as Pinned
from collector.sticks.party import Party
from collector.sticks.reading import list_sources, read_sources
from collector.sticks.report import ReadReport, WriteReport
from collector.sticks.writing import write_stick
from sync.bundle import ReaderKeys
from sync.centre import Centre, CentreAdmission
from sync.certificates import Certificate, issue_certificate, read_certificate
from sync.certificates import Scope as CertifiedScope
from sync.clock import HybridClock
from sync.directory import DirectoryRecipients, list_certificates, list_signed, put_certificates
from sync.errors import DeviceRefused
from sync.heads import Ask, find_branch
from sync.keys import Keys
from sync.log import RECORDS, Edit, Log, get_state, list_states, read_revisions
from sync.merge import merge
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.packing import BundlePacker
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.receipting import read_receipts, sign_receipt
from sync.receiving import Receiver
from sync.relaying import Relay
from sync.revisions import Value
from sync.scopes import Grant
from sync.segments import Segment, Tip
from sync.sqlite import SqliteStorage
from sync.storage import Connection, Storage

SHEETS = "sheets"
BOTH = (RECORDS, SHEETS)
CENTRE, ESCROW = make_test_keys("centre"), make_test_keys("escrow")
SERVERS = frozenset({CENTRE.id})
VILLAGES = ("u1", "u2", "u3")
COMMUNE = "u0"


@dataclass
class Folder:
    """A data folder of a laptop or of the centre, as far as sticks are concerned."""

    name: str
    keys: Keys
    storage: Storage
    log: Log
    role: str
    changed: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The id of the device."""
        return self.keys.id

    def write(self, record: str, unit: str, kind: str = "meeting", lane: str = RECORDS, **values: Value) -> None:
        """Record something."""
        with self.storage.writing() as connection:
            known = read_revisions(connection, record)
            edit = Edit(record, kind, unit, values, None if lane == SHEETS else self.name, lane=lane)
            self.log.append(connection, edit, known, merge(known) if known else None)

    def value(self, record: str, name: str) -> Value:
        """Give what is shown of a field."""
        with self.storage.reading() as connection:
            return get_state(connection, record).values.get(name)

    def has(self, record: str) -> bool:
        """Tell whether anything of a record can be read here."""
        with self.storage.reading() as connection:
            sql = "SELECT 1 FROM revision WHERE record = :record AND body IS NOT NULL"
            return bool(connection.value(sql, {"record": record}))

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        with self.storage.reading() as connection:
            return int(connection.value(f"SELECT count(*) FROM {table}"))

    def is_received(self) -> bool:
        """Tell whether the centre is known to have everything that was written here."""
        sql = "SELECT 1 FROM epoch WHERE head_sequence > received AND device = :device"
        with self.storage.reading() as connection:
            return not connection.value(sql, {"device": self.id})

    def on_change(self, connection: Connection, records: set[str]) -> None:
        """Note what changed."""
        self.changed |= records


class World:
    """Everybody, and how they meet."""

    def __init__(self, place: Path, at_centre: Storage | None = None) -> None:
        """Set it up; the centre is kept `at_centre`, if not in a file like the others."""
        self.place = place
        self.registry = SimulatedRegistry()
        self.issued = itertools.count(1)
        self.certificates: dict[str, bytes] = {}
        self.clock_ms = 1_790_000_000_000
        self.folders: dict[str, Folder] = {}
        self.server = self._open("centre", CENTRE, "central", storage=at_centre)
        self.centre = self._make_centre()
        self.centre.begin_life()
        for name, unit in (("an", "u1"), ("binh", "u1"), ("chi", "u2"), ("dung", "u3")):
            self.enrol(name, (Grant(unit, (), True, BOTH),))
        self.enrol("xa", tuple(Grant(unit, (), True) for unit in (COMMUNE, *VILLAGES)), role="commune")
        self.share_directory()

    def _open(
        self, name: str, keys: Keys, role: str, image: bytes | None = None, storage: Storage | None = None
    ) -> Folder:
        path = self.place / f"{name}.sqlite"
        if image is not None:
            path.write_bytes(image)
        storage = storage or SqliteStorage(path)
        folder = Folder(name, keys, storage, Log(storage, HybridClock()), role)
        if image is None:
            with storage.writing() as connection:
                folder.log.open_epoch(connection, keys.id, "new")
        self.folders[name] = folder
        return folder

    def _make_centre(self) -> Centre:
        server = self.server
        reader = ReaderKeys((CENTRE.encryption,), SERVERS)
        packer = BundlePacker(CENTRE, CENTRE.id, self._nobody, reader, is_held=self._holds)
        return Centre(
            server.storage,
            Receiver(server.log, CENTRE.id, CentreAdmission(self.registry, CENTRE.id)),
            self.registry,
            packer,
            on_change=server.on_change,
            sign=lambda receipt: sign_receipt(receipt, CENTRE, self.tick()),
            check_receipt=lambda data: read_receipts(data, SERVERS)[0],
        )

    def _nobody(self, segment: Segment) -> None:  # type: ignore[empty-body]
        raise AssertionError("the centre seals for readers by name")

    def _holds(self, device: str, epoch: str, tip: Tip) -> bool:
        with self.server.storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    def tick(self) -> int:
        """Give the next moment of the centre's clock."""
        self.clock_ms += 1000
        return self.clock_ms

    def enrol(self, name: str, grants: tuple[Grant, ...], role: str = "village") -> Folder:
        """Enrol a laptop."""
        folder = self.folders.get(name) or self._open(name, make_test_keys(name), role)
        self.certify(folder.keys, grants)
        return folder

    def certify(self, keys: Keys, grants: tuple[Grant, ...]) -> None:
        """Give a device its rights and the certificate of them."""
        self.registry.give(keys.id, grants)
        self.certificates[keys.id] = issue_certificate(
            Certificate(
                device=keys.id,
                signing=keys.public_signing,
                encryption=keys.public_encryption,
                scopes=tuple(CertifiedScope(each.unit, each.kinds, each.write, each.lanes) for each in grants),
                issued=next(self.issued),
                expires_ms=2_000_000_000_000,
                key=CENTRE.public_signing,
            ),
            CENTRE,
        )

    def share_directory(self, *names: str) -> None:
        """Give laptops the list of those that share a unit with them, as an exchange with the centre does."""
        for folder in [self.folders[name] for name in names] or list(self.folders.values()):
            if folder is not self.server:
                known = [each for device, each in self.certificates.items() if self._meet(folder.id, device)]
                with folder.storage.writing() as connection:
                    put_certificates(connection, str(len(known)), known, CENTRE.id)

    def _meet(self, one: str, other: str) -> bool:
        return bool(
            {grant.unit for grant in self.registry.grants(one)} & {grant.unit for grant in self.registry.grants(other)}
        )

    def clone(self, name: str, twin: str) -> Folder:
        """Copy a laptop's disk to another laptop."""
        old = self.folders[name]
        copy = self.place / "copy.sqlite"
        copy.unlink(missing_ok=True)
        old.storage.copy_into(copy)
        return self._open(twin, old.keys, old.role, copy.read_bytes())

    def party(self, name: str) -> Party:
        """Give who reads and writes sticks."""
        folder = self.folders[name]
        pinned = Pinned(CENTRE.id, CENTRE.public_encryption, ESCROW.public_encryption)
        if folder is self.server:
            certificates = {device: read_certificate(data, SERVERS) for device, data in self.certificates.items()}
            papers = tuple((f"certificate-{device[:8]}", data) for device, data in sorted(self.certificates.items()))
            return Party(
                folder.storage, folder.log, folder.keys, pinned, "central", certificates, self._nobody,  # type: ignore[arg-type]
                folder.on_change, papers, take_at_centre=make_taker(self.centre),
            )
        with folder.storage.reading() as connection:
            certificates = {each.device: each for each in list_certificates(connection, CENTRE.id)}
            signed = dict(list_signed(connection)) | {folder.id: self.certificates[folder.id]}
        recipients = DirectoryRecipients(
            folder.storage, own=folder.id, server=CENTRE.id, encryption=pinned.encryption, escrow=pinned.escrow
        )
        return Party(
            folder.storage, folder.log, folder.keys, pinned, folder.role, certificates, recipients, folder.on_change,
            tuple((f"certificate-{device[:8]}", data) for device, data in sorted(signed.items())),
        )

    def write_stick(self, name: str, stick: Path) -> WriteReport:
        """Have somebody write a stick."""
        stick.mkdir(exist_ok=True)
        return write_stick(self.party(name), stick)

    def read_stick(self, name: str, stick: Path) -> ReadReport:
        """Have somebody read a stick."""
        return read_sources(self.party(name), list_sources(stick))

    def sync(self, name: str) -> None:
        """Have a laptop exchange with the centre over a network that holds."""
        folder, wire = self.folders[name], Wire(self, self.folders[name].id)
        party = self.party(name)
        Puller(folder.storage, party.receiver, wire, folder.on_change).pull()
        Relay(folder.storage, wire).deliver()
        Pusher(folder.storage, party.receiver, wire, party.packer(), folder.on_change).push()
        Puller(folder.storage, party.receiver, wire, folder.on_change).pull()

    def views(self, name: str, units: tuple[str, ...]) -> dict[str, tuple[str, object]]:
        """Give, for every record of the lane of records in these units, what is shown and what differs."""
        with self.folders[name].storage.reading() as connection:
            found = {}
            for state in list_states(connection, "meeting"):
                if state.unit in units:
                    shown = sorted(state.values.items(), key=str), sorted(map(str, state.conflicts.items()))
                    found[state.record] = (state.unit, shown)
            return found

    def close(self) -> None:
        """Close every database."""
        for folder in self.folders.values():
            folder.storage.close()


class Wire:
    """The way of one laptop to the centre."""

    def __init__(self, world: World, device: str) -> None:
        self._world = world
        self._device = device

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        return self._world.centre.ask(asks)

    def find_offset(self, bundle: str) -> int:
        """Ask how much arrived."""
        return self._world.centre.find_offset(self._device, bundle)

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle."""
        return self._world.centre.take(self._device, bundle, offset, data, claim)

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask what may be seen."""
        return self._world.centre.find_visible(self._device, records)

    def pull(self, request: PullRequest) -> Page:
        """Pull."""
        if self._world.registry.is_revoked(self._device):
            raise DeviceRefused(device=self._device)
        return self._world.centre.pull(self._device, request)
