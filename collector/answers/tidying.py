"""What follows when sheets were put into the urn: full batches leave it, and the order of arrival is wiped.

Both cost more than saving a sheet does, so they happen after the answer was sent and, in a served folder, in a
thread of their own, once for all sheets of a moment.
"""

import logging
import threading
from typing import Final

from collector.answers.urn import list_full, mix
from collector.database import Database

GATHER_SECONDS: Final = 1.0
"""How long after a sheet the next ones are waited for."""
_log = logging.getLogger(__name__)


def tidy(database: Database) -> int:
    """Let batches leave the urn as long as enough sheets wait, then cut the write-ahead log; return how many left.

    Each batch is one transaction of its own: nobody who saves meanwhile waits for more than one.
    """
    left = 0
    while True:
        with database.reading() as connection:
            rounds = list_full(connection)
        if not rounds:
            break
        with database.recording() as recorder:
            left += sum(mix(recorder, each) for each in rounds)
    database.storage.empty_journal()
    return left


class Tidier:
    """Tidies a served folder in the background, a moment after it was asked to."""

    def __init__(self, database: Database, gather_seconds: float = GATHER_SECONDS) -> None:
        self._database = database
        self._gather_seconds = gather_seconds
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tidier", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier run left to do is done first."""
        self._asked.set()
        self._thread.start()

    def ask(self) -> None:
        """Have the folder tidied soon."""
        self._asked.set()

    def stop(self) -> None:
        """Do what was asked for and end."""
        self._stopping.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            ending = self._stopping.wait(self._gather_seconds)
            self._asked.clear()
            try:
                tidy(self._database)
            except Exception:
                _log.exception("sheets could not leave the urn")  # they leave with the next ones
            if ending:
                return
