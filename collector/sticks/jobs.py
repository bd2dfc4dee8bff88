"""Writing and reading that takes longer than a page: it goes on in the background, and its state is kept in a file.

So the result can be looked at later, from another page or process; of one that was cut off with its process the page
says so. One worker per process; the lock of sticks keeps processes apart.
"""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from collector.clock import local_time, now, utc_text
from collector.errors import CollectorError, FolderDamaged
from collector.folder import DataFolder, read_json, write_atomically
from collector.sticks.report import Progress
from sync.errors import SyncError

FILE: Final = "sticks.json"
RUNNING, DONE, FAILED = "running", "done", "failed"
_BEAT_SECONDS: Final = 1.0
_CUT_OFF_AFTER: Final = timedelta(minutes=2)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """What was last written or read: `act` is write or read, `place` where; `report` is what it came to."""

    act: str
    place: str
    state: str = RUNNING
    done: int = 0
    total: int = 0
    at: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    context: dict[str, str] = field(default_factory=dict)

    @property
    def is_of_browser(self) -> bool:
        """Whether it reads files that a browser sent, from no stick."""
        return self.act == "read" and not self.place

    @property
    def moment(self) -> datetime:
        """When it last gave a sign of life, or ended."""
        return local_time(self.at)

    @property
    def is_running(self) -> bool:
        """Whether it is still going on."""
        return self.state == RUNNING and abs(now() - self.moment) < _CUT_OFF_AFTER

    @property
    def is_cut_off(self) -> bool:
        """Whether its process ended before it did."""
        return self.state == RUNNING and not self.is_running


Work = Callable[[Progress], dict[str, Any]]


class JobDesk:
    """Runs the jobs of one folder, one after the other, in a thread of its own."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._path = folder.root / FILE
        self._queue: queue.SimpleQueue[tuple[Job, Work, threading.Event]] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._guard = threading.Lock()

    def find_last(self) -> Job | None:
        """Give the last job, running or ended; None if there was none."""
        with suppress(FolderDamaged, TypeError, ValueError):
            found = read_json(self._path, None)
            if found is not None:
                job = Job(**found)
                _ = job.moment
                return job
        return None

    def start(self, job: Job, work: Work, wait_seconds: float = 1.5) -> Job:
        """Begin a job and wait a moment for it: a short one has ended then."""
        ended = threading.Event()
        self._keep(job)
        with self._guard:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._run, name="sticks", daemon=True)
                self._worker.start()
        self._queue.put((job, work, ended))
        ended.wait(wait_seconds)
        return job

    def _run(self) -> None:
        while True:
            job, work, ended = self._queue.get()
            try:
                self._do(job, work)
            finally:
                ended.set()

    def _do(self, job: Job, work: Work) -> None:
        beat = time.monotonic()

        def show(done: int, total: int) -> None:
            nonlocal beat
            job.done, job.total = done, total
            if time.monotonic() - beat >= _BEAT_SECONDS:
                beat = time.monotonic()
                self._keep(job)

        try:
            job.report = work(show)
            job.state = DONE
        except (CollectorError, SyncError) as error:
            job.state, job.code = FAILED, error.code
            job.context = {name: str(value)[:300] for name, value in error.context.items()}
        except Exception:
            _log.exception("a stick could not be written or read")
            job.state, job.code = FAILED, "unexpected"
        self._keep(job)

    def _keep(self, job: Job) -> None:
        job.at = utc_text(now())
        with suppress(CollectorError):
            write_atomically(self._path, json.dumps(asdict(job), ensure_ascii=False).encode(), private=True)
