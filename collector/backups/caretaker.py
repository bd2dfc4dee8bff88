"""Looks after a folder while it is served: checks, backups, and erasing sheets whose time is over, unasked.

Runs in one background thread. What is wrong stands in `services.warnings`, which every page shows.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from collector.accounts.recovery import recipient
from collector.backups.archive import write_archive
from collector.backups.rotation import LATEST_AFTER, is_due, list_archives, remove_old_archives
from collector.checks import find_low_space, find_wrong_date
from collector.clock import now
from collector.drafts.store import wipe_drafts_under
from collector.drafts.tidying import list_stale_drafts
from collector.errors import CollectorError
from collector.residue import clear_residue
from collector.rounds.retention import erase_sheets, list_due_rounds
from collector.web import Services
from sync.errors import SyncError

QUIET_SECONDS: Final = 5.0
"""How long the first page has the computer to itself."""
ROUND_SECONDS: Final = 300.0
BACKUP_AFTER: Final = timedelta(hours=4)
"""How long changes wait for the next backup while the folder is served."""
_log = logging.getLogger(__name__)


class Caretaker:
    """The background thread of a served folder."""

    def __init__(
        self, services: Services, *, quiet_seconds: float = QUIET_SECONDS, round_seconds: float = ROUND_SECONDS
    ) -> None:
        self._services = services
        self._quiet_seconds = quiet_seconds
        self._round_seconds = round_seconds
        self._stopping = threading.Event()
        self._backed_up_position: int | None = None
        self._interrupt: Callable[[], None] | None = None  # what `stop` may interrupt
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)

    def start(self) -> None:
        """Begin with the first round after a short quiet time."""
        self._thread.start()

    def stop(self, wait_seconds: float = 5.0) -> None:
        """End soon: a long reading is interrupted, an unfinished backup is given up and leaves none behind."""
        self._stopping.set()
        end = time.monotonic() + wait_seconds
        while self._thread.is_alive() and time.monotonic() < end:
            if self._interrupt is not None:
                self._interrupt()
            self._thread.join(0.1)

    def _run(self) -> None:
        if self._stopping.wait(self._quiet_seconds):
            return
        self._interrupt = self._services.database.storage.get_interrupter()
        self._quietly(self.check_storage)
        while True:
            for task in self._list_tasks():
                self._quietly(task)
            if self._stopping.wait(self._round_seconds):
                return

    def _list_tasks(self) -> tuple[Callable[[], object], ...]:
        return (
            self.check_surroundings,
            self.erase_when_due,
            self.forget_drafts,
            self.clear_residue,
            self.back_up_when_due,
        )

    def _quietly(self, task: Callable[[], object]) -> None:
        if self._stopping.is_set():
            return
        try:
            task()
        except Exception:
            if not self._stopping.is_set():
                _log.exception("a check failed")

    def check_storage(self) -> None:
        """Read every page of the database and say when it is damaged."""
        problems = self._services.database.storage.integrity_errors()
        self._warn("storage_damaged", problems[0] if problems else "")

    def check_surroundings(self) -> None:
        """Look at the date and at the free space."""
        with self._services.database.reading() as connection:
            wrong_date = find_wrong_date(connection, now())
        self._warn("wrong_date", wrong_date)
        self._warn("disk_nearly_full", find_low_space(self._services.folder.root))

    def erase_when_due(self) -> None:
        """Erase the sheets of rounds after the day until which they are kept; not while the date looks wrong."""
        if "wrong_date" in self._services.warnings:
            return
        database = self._services.database
        with database.reading() as connection:
            due = list_due_rounds(connection, now().date())
        for round_id in due:
            with database.recording() as recorder:
                erase_sheets(recorder, round_id)
        if due:
            database.storage.empty_journal()

    def forget_drafts(self) -> None:
        """Forget what was typed long ago and can be saved nowhere any more; not while the date looks wrong."""
        if "wrong_date" in self._services.warnings:
            return
        with self._services.database.reading() as connection:
            stale = list_stale_drafts(connection)
        if stale:
            with self._services.database.recording() as recorder:
                for form in stale:
                    wipe_drafts_under(recorder.connection, form)

    def clear_residue(self) -> None:
        """Clear from the file what was erased, here or elsewhere, where that could not be done at once."""
        clear_residue(self._services.database, self._services.files)

    def back_up_when_due(self) -> None:
        """Make a backup when the newest is a day old, or hours old and something was recorded since."""
        folder = self._services.folder
        if recipient(folder) is None or not folder.read_settings().get("set_up"):
            return
        archives, moment, position = list_archives(folder.backups), now(), self._position()
        changed = position != self._backed_up_position
        if not (is_due(archives, moment, LATEST_AFTER) or (changed and is_due(archives, moment, BACKUP_AFTER))):
            return
        try:
            made = write_archive(folder, self._services.database)
            remove_old_archives(folder.backups, made)
        except (CollectorError, SyncError, OSError) as error:
            self._warn("backup_failed", str(getattr(error, "context", {}).get("problem") or error))
            return
        self._backed_up_position = position
        self._warn("backup_failed", "")

    def _position(self) -> int:
        with self._services.database.reading() as connection:
            return int(connection.value("SELECT max(position) FROM revision") or 0)

    def _warn(self, code: str, detail: str) -> None:
        if detail:
            self._services.warnings[code] = detail
        else:
            self._services.warnings.pop(code, None)
