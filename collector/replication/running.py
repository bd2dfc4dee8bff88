"""One exchange with the centre: records first, what belongs to others too, files last. It may be cut off anywhere.

Every step stores what it brought in transactions of its own, so the next exchange goes on from there. A step that
fails for a reason of its own does not keep the next ones from going on; without a connection, without room or after a
person has to decide something, the exchange ends. What went wrong stands in the report, nothing is raised.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from collector import read_version
from collector.attachments.naming import list_named
from collector.clock import now
from collector.errors import CollectorError, FolderNotWritable
from collector.membership import read_signed
from collector.replication import journal
from collector.replication.carrying import deliver_pieces, fetch_receipts
from collector.replication.errors import SyncStopped
from collector.replication.laptop import Laptop, Way, follow
from collector.replication.progress import Progress
from collector.replication.report import SyncReport
from collector.replication.settling import settle
from collector.replication.states import count_pending, count_totals, count_unsent
from collector.replication.store import count_refused, count_waiting, list_conflicts
from collector.replication.watching import WatchedLink, WatchedShelf
from collector.sticks.content_reading import finish_waiting
from sync.attachments import fetch_attachments, send_attachments
from sync.directory import (
    directory_version,
    lacks_revocations,
    list_kept_papers,
    put_certificates,
    put_revocations,
)
from sync.errors import (
    ConnectionLost,
    DeviceRefused,
    PathUnknown,
    StorageBusy,
    StorageDamaged,
    StorageFull,
    StorageReadOnly,
    SyncError,
    WentBackwards,
)
from sync.lives import accept_life, current_life
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.relaying import Relay
from sync.storage import Connection
from sync.talking import Talk
from sync.wire import About

ENDS: Final = (
    ConnectionLost, FolderNotWritable, StorageBusy, StorageDamaged, StorageFull, StorageReadOnly, SyncStopped,
    WentBackwards,
)  # fmt: skip
"""Problems after which nothing else is tried in this exchange."""


@dataclass
class _Exchange:
    """An exchange while it runs."""

    laptop: Laptop
    way: Way
    progress: Progress
    report: SyncReport = field(default_factory=SyncReport)
    unsent: int = 0
    told: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        laptop, storage = self.laptop, self.laptop.storage
        self.talk = Talk(WatchedLink(self.way.link, self.progress), laptop.receiver.device)
        self.pusher = Pusher(storage, laptop.receiver, self.talk, laptop.packer, self._follow_sending)
        self.puller = Puller(storage, laptop.receiver, self.talk, follow)

    def _follow_sending(self, connection: Connection, records: set[str]) -> None:
        """Bring records up to date and say how much was sent."""
        follow(connection, records)
        self.progress.reach(self.unsent - count_totals(connection).only_here)


def synchronise(laptop: Laptop, way: Way, progress: Progress | None = None, author: str | None = None) -> SyncReport:
    """Exchange everything with the centre; whoever calls it holds the lock of the exchange.

    `author` is the account of who asked for it, None if it began by itself.
    """
    exchange = _Exchange(laptop, way, progress or Progress())
    with laptop.storage.reading() as connection:
        conflicts, refused = list_conflicts(connection), count_refused(connection)
    try:
        for step in _STEPS:
            if not _try(exchange, step):
                break
    finally:
        way.close()
    _finish(exchange, conflicts, refused)
    _remember(exchange, author)
    exchange.progress.begin("done")
    return exchange.report


def accept_centre(laptop: Laptop, incarnation: str) -> None:
    """Go along with an earlier life or log of the centre, because a person said so; everything is offered again."""
    with laptop.storage.writing() as connection:
        accept_life(connection, incarnation)


def _try(exchange: _Exchange, step: Callable[[_Exchange], None]) -> bool:
    """Take a step; tell whether the next one makes sense."""
    try:
        exchange.progress.check()
        step(exchange)
    except (CollectorError, SyncError) as error:
        exchange.report.note(error)
        return not isinstance(error, ENDS)
    return True


def _begin(exchange: _Exchange) -> None:
    """Ask everything at once; a centre that came back from a backup is told first what it signed since."""
    try:
        _ask(exchange)
    except DeviceRefused as refusal:
        if refusal.context.get("reason") != "unknown" or not _hand_in(exchange):
            raise
        _ask(exchange)
        return
    if _has_forgotten(exchange):
        _hand_in(exchange)


def _has_forgotten(exchange: _Exchange) -> bool:
    """Tell whether the centre seems to have come back from a backup: another life, or it lacks what it had revoked."""
    directory = exchange.talk.directory
    with exchange.laptop.storage.reading() as connection:
        life = current_life(connection)
        lacks = directory is not None and lacks_revocations(connection, directory.revocations, exchange.way.centre)
    return bool(life and exchange.talk.life and life != exchange.talk.life) or lacks


def _hand_in(exchange: _Exchange) -> bool:
    """Show the centre who belongs to it and who was locked out, as it signed that; tell whether it can take that."""
    laptop = exchange.laptop
    with laptop.storage.reading() as connection:
        papers = list_kept_papers(connection, laptop.receiver.device, read_signed(laptop.folder))
    try:
        exchange.way.hand_in(papers)
    except PathUnknown:  # an earlier version
        return False
    return True


def _ask(exchange: _Exchange) -> None:
    """Ask everything at once; take over the directory before anything is sealed for those who stand in it."""
    laptop = exchange.laptop
    with laptop.storage.reading() as connection:
        known = directory_version(connection)
        exchange.told = count_pending(connection)
    about = _make_about(exchange.told)
    exchange.talk.begin(laptop.storage, exchange.pusher, exchange.puller, known, about)
    if (directory := exchange.talk.directory) is not None:
        with laptop.storage.writing() as connection:
            put_certificates(connection, directory.version, directory.certificates, exchange.way.centre)
            put_revocations(connection, directory.revocations, exchange.way.centre)


def _make_about(pending: tuple[int, int]) -> About:
    return About(read_version(), *pending, int(time.time()))


def _push(exchange: _Exchange) -> None:
    with exchange.laptop.storage.reading() as connection:
        exchange.unsent = count_totals(connection).only_here
    exchange.progress.begin("sending", exchange.unsent)
    pushed = exchange.pusher.push()
    exchange.report.sent += pushed.revisions
    for refusal in pushed.refusals:
        exchange.report.note(refusal)


def _relay(exchange: _Exchange) -> None:
    exchange.progress.begin("relaying")
    exchange.report.relayed += Relay(exchange.laptop.storage, exchange.talk).deliver()


def _pull(exchange: _Exchange) -> None:
    exchange.progress.begin("receiving")
    exchange.report.received += exchange.puller.pull().revisions


def _settle(exchange: _Exchange) -> None:
    if settle(exchange.laptop.folder, exchange.laptop.database):
        _push(exchange)


def _hear_of_backup(exchange: _Exchange) -> None:
    exchange.talk.note_backup(exchange.laptop.storage)


def _tell_what_is_left(exchange: _Exchange) -> None:
    """Say what still waits to be sent, if that is no longer what was said at the beginning."""
    with exchange.laptop.storage.reading() as connection:
        pending = count_pending(connection)
    if pending != exchange.told:
        exchange.talk.tell(_make_about(pending))


def _exchange_files(exchange: _Exchange) -> None:
    laptop, report = exchange.laptop, exchange.report
    finish_waiting(laptop.storage, laptop.folder.attachments)  # from sticks: their records may have come by now
    with laptop.storage.reading() as connection:
        named, unshelved = list_named(connection), journal.list_unshelved(connection)
    going = [name for name in unshelved if laptop.shelf.size(name) is not None]
    coming = [name for name in named if laptop.shelf.size(name) is None]
    if not going and not coming:
        return
    exchange.progress.begin("files", sum(named[name] for name in (*going, *coming)))
    shelf = WatchedShelf(exchange.way.shelf, exchange.progress)
    try:
        _note_shelved(laptop, send_attachments(laptop.shelf, shelf, going))
        arrived = fetch_attachments(laptop.shelf, shelf, coming)
        report.files_received = len(arrived)
        _note_shelved(laptop, arrived)
    finally:
        report.files_sent = len(shelf.sent)
        _note_shelved(laptop, sorted(shelf.sent))


def _carry_pieces(exchange: _Exchange) -> None:
    exchange.report.relayed += deliver_pieces(exchange.laptop, exchange.way, exchange.progress)
    fetch_receipts(exchange.laptop, exchange.way)


def _note_shelved(laptop: Laptop, names: list[str]) -> None:
    if names:
        with laptop.storage.writing() as connection:
            journal.note_shelved(connection, names)


_STEPS: Final = (
    _begin, _push, _relay, _pull, _settle, _hear_of_backup, _tell_what_is_left, _exchange_files, _carry_pieces,
)  # fmt: skip


def _remember(exchange: _Exchange, author: str | None) -> None:
    error_seconds = exchange.report.clock_error_seconds or 0.0
    try:
        with exchange.laptop.storage.writing() as connection:
            moment = now() - timedelta(seconds=error_seconds)
            journal.note_ended(connection, moment, author, exchange.report)
            is_cut = not exchange.report.is_done
            if is_cut and exchange.talk.life and exchange.talk.life == current_life(connection):
                journal.note_heard(connection, moment)
    except SyncError as error:
        exchange.report.note(error)


def _finish(exchange: _Exchange, conflicts: set[tuple[str, str]], refused: int) -> None:
    report = exchange.report
    with exchange.laptop.storage.reading() as connection:
        unsent = count_unsent(connection)
        report.conflicts = len(list_conflicts(connection) - conflicts)
        report.refused = max(0, count_refused(connection) - refused)
        report.waiting = count_waiting(connection)
    report.remaining, report.remaining_records = unsent.revisions, dict(unsent.records)
    report.bytes_sent, report.bytes_received = exchange.way.count_bytes()
    error_ms = exchange.way.read_clock_error_ms()
    report.clock_error_seconds = None if error_ms is None else error_ms / 1000
