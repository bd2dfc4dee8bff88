"""Exchanges of a served folder, in one thread of their own: when somebody presses the button, or by themselves.

The page may be closed meanwhile. Nothing of the exchange is read before the first one begins, so a laptop that never
sends pays nothing for it. What goes wrong is remembered for the page; unasked, it is a banner only when a person has
to do something about it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.clock import now
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.replication import automatic
from collector.replication.clocks import ClockWatch
from collector.replication.connecting import connect, find_address
from collector.replication.errors import QUIET, SyncRunning
from collector.replication.journal import Ended
from collector.replication.lock import exchange_lock, is_running
from collector.replication.network import has_route
from collector.replication.progress import Progress
from collector.replication.report import SyncReport
from sync.errors import SyncError

if TYPE_CHECKING:
    from flask import Flask

    from collector.database import Database
    from collector.replication.laptop import Laptop, Way
    from collector.web import Services

TICK_SECONDS: Final = 30.0
WARNING: Final = "sync_failed"
_KEY: Final = "collector.exchanger"
_log = logging.getLogger(__name__)


class Wish(NamedTuple):
    """That somebody wants to exchange: who, and which life of the centre to go along with although it is an old one."""

    author: str | None
    accepts: str = ""


@dataclass
class Exchanger:
    """The thread that exchanges for one served folder. `connect` opens the way to the centre.

    `last` is how the last exchange failed, also where the disk was too full to write that down.
    """

    services: "Services"
    connect: "Callable[[DataFolder, Database, Progress], tuple[Laptop, Way]]"
    find_address: Callable[[DataFolder], str]
    tick_seconds: float = TICK_SECONDS
    sees_network: Callable[[str], bool] = has_route
    clock: ClockWatch = field(default_factory=ClockWatch)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._wish: Wish | None = None
        self._progress: Progress | None = None
        self._is_stopping = False
        self._is_automatic = False
        self._attempts = automatic.Attempts()
        self.last: Ended | None = None
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress | None:
        """How far the exchange is that goes on now; None if none does."""
        return self._progress

    @property
    def is_busy(self) -> bool:
        """Whether an exchange goes on here or was asked for."""
        return self._wish is not None or self._progress is not None

    def start_automatic(self) -> None:
        """Look from now on whether it is time to exchange, as far as that is allowed."""
        self._is_automatic = True
        self._ensure_thread()

    def ask(self, wish: Wish) -> None:
        """Have an exchange begin.

        :raises SyncRunning: if one goes on, here or in another process.
        """
        with self._changed:
            if self.is_busy or is_running(self.services.folder):
                raise SyncRunning()
            self._wish = wish
            self._changed.notify()
        self._ensure_thread()

    def stop(self, wait_seconds: float = 5.0) -> None:
        """End soon; what is on its way goes on the next time."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._progress is not None:
            self._progress.stop()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait until no exchange goes on; tell whether that came about."""
        end = time.monotonic() + seconds
        while self.is_busy and time.monotonic() < end:
            time.sleep(0.02)
        return not self.is_busy

    def _ensure_thread(self) -> None:
        with self._changed:
            if self._thread is None and not self._is_stopping:
                self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._wish is None and not self._is_stopping:
                    self._changed.wait(self.tick_seconds if self._is_automatic else None)
                if self._is_stopping:
                    return
                wish = self._wish
                if wish is not None:
                    self._progress = Progress()
                    self._wish = None
            if wish is not None:
                self._exchange(wish)
            elif self._is_due():
                self._progress = Progress()
                self._exchange(Wish(None))

    def _is_due(self) -> bool:
        try:
            return self._is_automatic and self._is_time()
        except Exception:
            _log.exception("it cannot be said whether it is time to send")
            return False

    def _is_time(self) -> bool:
        folder = self.services.folder
        if not automatic.is_allowed(folder):
            return False
        address = self.find_address(folder)
        if not address or not self.sees_network(address):
            self._attempts.forget_failures()
            return False
        return self._attempts.is_due(time.monotonic(), has_news=self._has_news()) and not is_running(folder)

    def _has_news(self) -> bool:
        from collector.replication.states import count_totals

        with self.services.database.reading() as connection:
            return count_totals(connection).only_here > 0

    def _exchange(self, wish: Wish) -> None:
        report = SyncReport()
        try:
            report = self._hold_exchange(wish)
        except (CollectorError, SyncError) as error:
            report.note(error)
            self._remember(wish, report)
        except Exception:
            if not self._is_stopping:
                _log.exception("an exchange failed")
            report.note(CollectorError())
            self._remember(wish, report)
        finally:
            self.last = None if report.is_done else Ended(now(), wish.author, report)
            self._attempts.note(time.monotonic(), is_done=report.is_done)
            self._warn(report)
            if report.clock_error_seconds is not None:
                self.clock.note(report.clock_error_seconds)
            self._progress = None

    def _hold_exchange(self, wish: Wish) -> SyncReport:
        from collector.replication.running import accept_centre, synchronise

        folder, progress = self.services.folder, self._progress or Progress()
        with exchange_lock(folder):
            laptop, way = self.connect(folder, self.services.database, progress)
            if wish.accepts:
                accept_centre(laptop, wish.accepts)
            return synchronise(laptop, way, progress, wish.author)

    def _remember(self, wish: Wish, report: SyncReport) -> None:
        from collector.replication.journal import note_ended

        try:
            with self.services.database.storage.writing() as connection:
                note_ended(connection, now(), wish.author, report)
        except Exception:
            if not self._is_stopping:
                _log.exception("the end of an exchange could not be written down")

    def _warn(self, report: SyncReport) -> None:
        problems = [each.code for each in report.problems if each.code not in QUIET]
        if problems:
            self.services.warnings[WARNING] = problems[0]
        elif report.is_done:
            self.services.warnings.pop(WARNING, None)


def ensure_exchanger(app: "Flask") -> Exchanger:
    """Give what exchanges for the folder of an application, so that whoever records there waits for it little."""
    if (found := find_exchanger(app)) is None:
        made = Exchanger(app.extensions["collector"], partial(connect, is_gentle=True), find_address)
        found = app.extensions.setdefault(_KEY, made)
    return found


def find_exchanger(app: "Flask") -> Exchanger | None:
    """Give what exchanges for the folder of an application, None if nobody needed it yet."""
    found: Exchanger | None = app.extensions.get(_KEY)
    return found


def put_exchanger(app: "Flask", exchanger: Exchanger) -> None:
    """Have an application exchange by this."""
    app.extensions[_KEY] = exchanger
