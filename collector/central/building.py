"""Puts the centre together: the protocol core, who belongs here, and the blueprint under `/sync/v1/`.

Several processes may serve one centre on PostgreSQL. They share the database, the keys, secrets and kept answers
of the folder and nothing else.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, request

from collector import cache
from collector.accounts.access import ANYONE, allow
from collector.attachments.naming import list_readable
from collector.attachments.shelf import FolderShelf, ServedShelf
from collector.central.doubts import forget_doubt, is_doubtful, note_doubt
from collector.central.journal import FILE, read_papers
from collector.central.office import ADDRESS, Office
from collector.central.watching import Watch
from collector.database import Database
from collector.escrow import get_escrow
from collector.folder import DataFolder
from collector.registry import KINDS
from collector.units.aliases import read_aliases
from collector.web import close_reading
from sync.answering import Site
from sync.attachments import RemoteShelf
from sync.bundle import ReaderKeys, Recipients
from sync.centre import Centre, CentreAdmission
from sync.clock import wall_clock_ms
from sync.enrolling import is_random
from sync.feed import Cursor
from sync.heads import find_branch
from sync.keeping import KeptAnswers
from sync.messages import Claim, Page, PullRequest, Receipt
from sync.packing import BundlePacker
from sync.receipting import read_one_receipt, sign_receipt
from sync.receiving import Receiver
from sync.registry import Contact, StoredRegistry
from sync.returning import Returning
from sync.segments import Tip
from sync.server import make_blueprint
from sync.storage import Connection
from sync.wire import About

ANSWERS: Final = "answers"
CHALLENGES: Final = "challenges.key"
HOSTS_VARIABLE: Final = "COLLECTOR_HOSTS"
EXTENSION: Final = "collector_centre"


@dataclass(frozen=True, slots=True)
class Running:
    """A centre that is being served: its office, the protocol core, who watches over its life, and who takes in what it
    forgot."""

    office: Office
    centre: Centre
    watch: Watch
    returning: Returning


class WatchedCentre(Centre):
    """A centre that remembers outside of its database what it told laptops; see `Watch`."""

    watch: Watch | None = None

    def take(self, device: str, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Take a bundle in; the receipt leaves after the end of the feed was noted."""
        receipt = super().take(device, bundle, offset, data, claim)
        if self.watch is not None:
            with self.storage.reading() as connection:
                end = self.feed.head(connection)
            self.watch.note(*end)
        return receipt

    def pull(self, device: str, request: PullRequest) -> Page:
        """Give a page; where its cursor stands is noted before it leaves."""
        page = super().pull(device, request)
        if self.watch is not None:
            self.watch.note(page.cursor.position, page.cursor.chain)
        if page.is_known:
            forget_doubt(self.storage, device)
        elif request.cursor is not None:
            self._doubt(device, request.cursor, page.incarnation)
        return page

    def _doubt(self, device: str, cursor: Cursor, life: str) -> None:
        with self.storage.reading() as connection:
            is_later = is_doubtful(connection, cursor, life)
        if is_later:
            note_doubt(self.storage, device, cursor, wall_clock_ms())


def make_centre(
    folder: DataFolder, database: Database, office: Office, reader: ReaderKeys | None = None
) -> WatchedCentre:
    """Make the protocol core of the centre in a folder; `reader` says what opens bundles, if not its own key alone.

    :raises EscrowMissing: if bundles could not be sealed for the escrow.
    """
    keys = office.registry.keys
    servers = frozenset({keys.id})
    recipients = Recipients(keys.public_encryption, get_escrow(folder))
    opener = reader or ReaderKeys((keys.encryption,), servers, trusted=servers)

    def is_held(device: str, epoch: str, tip: Tip) -> bool:
        with database.storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    def sign(receipt: Receipt) -> bytes:
        return sign_receipt(receipt, keys, office.registry.clock())

    return WatchedCentre(
        database.storage,
        Receiver(database.log, keys.id, CentreAdmission(office.registry, keys.id)),
        office.registry,
        BundlePacker(keys, keys.id, lambda segment: recipients, opener, is_held=is_held),
        on_change=partial(follow, office.registry),
        sign=sign,
        check_receipt=lambda data: read_one_receipt(data, servers),
    )


def follow(registry: StoredRegistry, connection: Connection, records: set[str]) -> None:
    """Bring the cache up to date; the laptops of a village that turned out to be another one belong to that.

    What the centre did not let in is in quarantine and makes no alias, so nobody takes a village over by saying so. A
    commune, which may write of its villages, cannot say that one is itself, and so get what stays in the village.
    """
    before = read_aliases(connection)
    cache.refresh(connection, KINDS, records)
    for own, canonical in sorted(read_aliases(connection).items() - before.items()):
        if is_random(canonical):
            registry.merge_in(connection, own, canonical)


def run_centre(folder: DataFolder, database: Database) -> Running:
    """Open the centre of a folder; on its first start, and after a backup was restored, it begins a new life."""
    office = Office(folder, database)
    centre = make_centre(folder, database, office)
    returning = Returning(office.registry, centre)

    def begin_anew() -> None:
        forget_doubt(database.storage)
        returning.remember(read_papers(folder.root / FILE))

    watch = Watch(folder, centre, on_begin=begin_anew)
    watch.look()
    centre.watch = watch
    return Running(office, centre, watch, returning)


def make_device_blueprint(running: Running) -> Blueprint:
    """Make what answers devices."""
    office = running.office

    def note(device: str, about: About, clock_error_ms: int) -> None:
        contact = Contact(clock_error_ms, about.program, about.pending_records, about.pending_sheets)
        office.registry.note_contact(device, contact)

    def choose(device: str, names: Iterable[str]) -> set[str]:
        with office.database.reading() as connection:
            return list_readable(connection, names, partial(running.centre.find_visible, device))

    def find_shelf(device: str) -> ServedShelf:
        return ServedShelf(FolderShelf(office.folder.attachments, device), partial(choose, device))

    def find_sealed(device: str) -> RemoteShelf:
        from collector.central.pieces import SealedShelf

        return SealedShelf(office, device)

    def confirm(statement: bytes) -> bytes:
        from collector.central.pieces import confirm_held

        return confirm_held(office, statement)

    site = Site(
        running.centre,
        office.registry,
        office.registry.keys,
        office.folder.secret(CHALLENGES),
        enrol=lambda data: office.enrolling.answer(data, request.remote_addr or ""),
        on_contact=note,
        remember=running.returning.remember,
        now_ms=office.registry.clock,
        find_shelf=find_shelf,
        find_sealed=find_sealed,
        confirm=confirm,
        kept=KeptAnswers(office.folder.root / ANSWERS),
    )
    return make_blueprint(site, allow(ANYONE))


def install(app: Flask, running: Running) -> None:
    """Have the application look after the centre from time to time, before it answers."""
    app.extensions[EXTENSION] = running
    app.config["SERVES_DEVICES"] = True
    allow_hosts(app, running.office.folder)

    @app.before_request
    def look_after() -> None:
        if running.watch.is_due():
            close_reading()  # of what came before: finding the village that the page is about
            allow_hosts(app, running.office.folder)
            running.office.registry.keep_up()
            running.watch.look()


def allow_hosts(app: Flask, folder: DataFolder) -> None:
    """Answer under the name in the centre's address, and under those in `COLLECTOR_HOSTS` (with commas between)."""
    names = {urlsplit(str(folder.read_settings().get(ADDRESS) or "")).hostname}
    names |= set(os.environ.get(HOSTS_VARIABLE, "").replace(" ", "").lower().split(","))
    app.config["ALLOWED_HOSTS"] = {name for name in names if name}
