"""A centre that is served over HTTP on the loopback interface, and laptops that speak to it, all with real keys."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cheroot.wsgi import Server as WsgiServer
from flask import Flask
from simulation.shelves import MemoryShelf
from simulation.storages import MemoryDisk

from sync.answering import Site
from sync.bundle import ReaderKeys, Recipients
from sync.centre import Centre, CentreAdmission, Changed
from sync.certificates import Certificate
from sync.certificates import Scope as CertifiedScope
from sync.challenges import Challenges
from sync.client import HttpTransport
from sync.clock import HybridClock
from sync.errors import AttachmentUnknown
from sync.evicting import LaptopAdmission
from sync.heads import find_branch
from sync.keeping import KeptAnswers
from sync.keys import Keys, make_keys
from sync.log import Edit, Log
from sync.messages import Receipt
from sync.packing import BundlePacker
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.receipting import read_one_receipt, sign_receipt
from sync.receiving import Receiver
from sync.scopes import Grant, Scope
from sync.segments import Tip
from sync.server import make_blueprint
from sync.sqlite import SqliteStorage
from sync.storage import Connection, Storage
from sync.talking import Talk
from sync.wire import About

ESCROW = make_keys()
NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000
LANES = ("records", "sheets")


class Devices:
    """What the centre knows of devices, as its operators decided it: in memory."""

    def __init__(self) -> None:
        self.certificates: dict[str, Certificate] = {}
        self.scopes: dict[str, Scope] = {}
        self.past: dict[tuple[str, str], Scope] = {}
        self.revoked: set[str] = set()

    def add(self, keys: Keys, server: Keys, *units: str, expires_ms: int = NOW_MS + 365 * DAY_MS) -> None:
        """Enrol a device that may write in these units."""
        scope = Scope(f"v{len(self.past) + 1}", tuple(Grant(unit, write=True, lanes=LANES) for unit in units))
        self.scopes[keys.id] = self.past[keys.id, scope.version] = scope
        self.certificates[keys.id] = Certificate(
            device=keys.id,
            signing=keys.public_signing,
            encryption=keys.public_encryption,
            scopes=tuple(CertifiedScope(unit, write=True) for unit in units),
            issued=1,
            expires_ms=expires_ms,
            key=server.public_signing,
        )

    def find_scope(self, device: str) -> Scope | None:
        """Give the scope of a device now."""
        return self.scopes.get(device)

    def steady(self, connection: Connection) -> AbstractContextManager[None]:
        """Change nothing meanwhile."""
        return nullcontext()

    def find_past_scope(self, device: str, version: str) -> Scope | None:
        """Give an earlier scope."""
        return self.past.get((device, version))

    def is_revoked(self, device: str) -> bool:
        """Tell whether a device was revoked."""
        return device in self.revoked

    def is_unit(self, record: str) -> bool:
        """Tell whether this is a unit of a device."""
        return any(grant.unit == record for scope in self.scopes.values() for grant in scope.grants)

    def find_certificate(self, device: str) -> Certificate | None:
        """Give the certificate of a device."""
        return self.certificates.get(device)

    def list_certificates(self, device: str) -> list[bytes]:
        """Stand for the certificates of all devices."""
        return [each.encode() for each in sorted(self.certificates)]

    def list_revocations(self, device: str) -> list[bytes]:
        """Name those that were revoked."""
        return [each.encode() for each in sorted(self.revoked)]

    def find_last_counted(self, device: str, root: str) -> int | None:
        """Nothing was forgotten."""
        return None

    def directory_version(self, device: str) -> str:
        """Name how many there are."""
        return f"d{len(self.certificates)}"


class ServedMemory:
    """Contents in memory, for every device alike."""

    def __init__(self, shelf: MemoryShelf) -> None:
        self._shelf = shelf

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Say what is here."""
        return {name: (self._shelf.size(name), self._shelf.part_size(name)) for name in names}

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read a part."""
        if self._shelf.size(name) is None:
            raise AttachmentUnknown(name=name)
        return self._shelf.read(name, offset, length)

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add a part."""
        length = self._shelf.append(name, offset, data)
        return 0 if is_last and not self._shelf.finish(name) else length


def forget(connection: Connection, records: set[str]) -> None:
    """Keep no cache."""


@dataclass
class ServedCentre:
    """A centre on a storage, its clock and what it was told."""

    storage: Storage
    keys: Keys = field(default_factory=make_keys)
    devices: Devices = field(default_factory=Devices)
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    now_ms: int = NOW_MS
    contacts: list[tuple[str, About, int]] = field(default_factory=list)
    enrolled: list[bytes] = field(default_factory=list)
    laptops: "list[Laptop]" = field(default_factory=list)
    transports: list[HttpTransport] = field(default_factory=list)
    on_change: Changed = forget
    kept: KeptAnswers | None = None

    def __post_init__(self) -> None:
        self.log = Log(self.storage, HybridClock(lambda: self.now_ms))
        with self.storage.writing() as connection:
            self.log.open_epoch(connection, self.keys.id, "new")
        servers = frozenset({self.keys.id})
        reader = ReaderKeys((self.keys.encryption,), servers)
        self.centre = Centre(
            self.storage,
            Receiver(self.log, self.keys.id, CentreAdmission(self.devices, self.keys.id)),
            self.devices,
            BundlePacker(self.keys, self.keys.id, self._recipients, reader, is_held=self._is_held),
            on_change=self.on_change,
            sign=self._sign,
            check_receipt=lambda data: read_one_receipt(data, servers),
        )
        self.centre.begin_life()
        self.site = Site(
            self.centre,
            self.devices,
            self.keys,
            b"secret of this centre",
            self._enrol,
            lambda *contact: self.contacts.append(contact),
            lambda: self.now_ms,
            lambda device: ServedMemory(self.shelf),
            kept=self.kept,
        )

    def _recipients(self, segment: object) -> Recipients:
        return Recipients(self.keys.public_encryption, ESCROW.public_encryption)

    def _is_held(self, device: str, epoch: str, tip: Tip) -> bool:
        with self.storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    def _sign(self, receipt: Receipt) -> bytes:
        return sign_receipt(receipt, self.keys, self.now_ms)

    def _enrol(self, request: bytes) -> bytes:
        self.enrolled.append(request)
        return b"welcome"

    def close(self) -> None:
        """Close what was opened to it and by it."""
        for transport in self.transports:
            transport.close()
        for laptop in self.laptops:
            laptop.storage.close()
        self.storage.close()

    def make_app(self) -> Flask:
        """Make an application of nothing but the blueprint."""
        app = Flask("centre")
        app.register_blueprint(make_blueprint(self.site))
        return app


class Laptop:
    """A laptop with a log of its own. Its clock is ahead by `skew_ms`."""

    def __init__(
        self,
        centre: ServedCentre,
        *units: str,
        skew_ms: int = 0,
        keys: Keys | None = None,
        image: bytes | None = None,
    ) -> None:
        """Make a laptop for these units; with the keys and the image of a disk it is a copy of another one."""
        self.centre = centre
        self.keys = keys or make_keys()
        self.skew_ms = skew_ms
        self.unit = units[0] if units else ""
        if units and keys is None:
            centre.devices.add(self.keys, centre.keys, *units)
        self.storage = MemoryDisk(image) if image else SqliteStorage(":memory:")
        centre.laptops.append(self)
        self.log = Log(self.storage, HybridClock(self.read_clock))
        if image is None:
            with self.storage.writing() as connection:
                self.log.open_epoch(connection, self.keys.id, "new")
        self.receiver = Receiver(self.log, self.keys.id, LaptopAdmission())
        servers = frozenset({centre.keys.id})
        self.packer = BundlePacker(
            self.keys,
            centre.keys.id,
            lambda segment: Recipients(centre.keys.public_encryption, ESCROW.public_encryption),
            ReaderKeys((self.keys.encryption,), servers, trusted=servers),
        )

    def read_clock(self) -> int:
        """Give this laptop's wall clock."""
        return self.centre.now_ms + self.skew_ms

    def write(self, record: str, *, kind: str = "meeting", **values: Any) -> None:
        """Write an edit."""
        with self.storage.writing() as connection:
            self.log.append(connection, Edit(record, kind, self.unit, values or {"title": record}))

    def transport(self, url: str, challenges: Challenges | None = None, **options: Any) -> HttpTransport:
        """Open the way to the centre."""
        key = self.centre.keys.public_signing
        made = HttpTransport(
            url, self.keys, key, self.packer, challenges=challenges, now_ms=self.read_clock, **options
        )
        self.centre.transports.append(made)
        return made

    def sync(self, transport: HttpTransport, directory: str = "", about: About | None = None) -> Talk:
        """Push and pull in one conversation."""
        talk = Talk(transport, self.keys.id)
        pusher = Pusher(self.storage, self.receiver, talk, self.packer, forget)
        puller = Puller(self.storage, self.receiver, talk, forget)
        talk.begin(self.storage, pusher, puller, directory, about)
        pusher.push()
        puller.pull()
        talk.note_backup(self.storage)
        return talk

    def bodies(self) -> list[bytes]:
        """Give all bodies that are held here."""
        return list_bodies(self.storage)


def list_bodies(storage: Storage) -> list[bytes]:
    """Give all bodies that are held, sorted."""
    with storage.reading() as connection:
        rows = connection.rows("SELECT body FROM revision WHERE body IS NOT NULL")
        return sorted(bytes(row["body"]) for row in rows)


def count_rows(centre: ServedCentre) -> list[int]:
    """Count what is stored at the centre, table by table."""
    tables = ("revision", "feed", "held", "quarantine", "upload", "header", "epoch")
    with centre.storage.reading() as connection:
        return [connection.value(f"SELECT count(*) FROM {table}") for table in tables]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a free port of the loopback interface; give its address."""
    server = WsgiServer(("127.0.0.1", 0), app, numthreads=4, timeout=60, shutdown_timeout=1)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(5)


def make_centre(folder: Path) -> ServedCentre:
    """Make a centre on SQLite in a file."""
    return ServedCentre(SqliteStorage(folder / "centre.sqlite"), kept=KeptAnswers(folder / "answers"))
