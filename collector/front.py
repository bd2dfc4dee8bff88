"""The front of a served folder: shows the log-in page at once, while the rest of the application is still unread.

Reading every feature and opening the log takes longer than anything else at the start. So whoever opens the first page
gets it from a small application that knows only how to log in; anything else that is asked for waits for the whole
one, which `Serving` has read in the background as soon as the first page was sent.
"""

import gc
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.frame import make_app
from collector.pages import show_error
from sync.errors import SyncError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from collector.database import Database

_METHODS: Final = {"GET", "HEAD"}


class Front:
    """A WSGI application that answers what it can and has the whole application answer the rest."""

    def __init__(self, folder: DataFolder, make_whole: Callable[[], Flask], *, lan: bool = False) -> None:
        self._folder = folder
        self._make_whole = make_whole
        self._guard = threading.Lock()
        self._whole: Flask | None = None
        self.lan = lan
        self.small = make_app(folder, self._open_database, ())
        self.small.config["LAN"] = lan
        self.asked = threading.Event()
        """Set once somebody asked for a page."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        try:
            return self._choose(environ)(environ, start_response)
        finally:
            self.asked.set()

    def _choose(self, environ: dict[str, Any]) -> "WSGIApplication":
        if self._whole is None and self._is_simple(environ):
            return self.small
        try:
            return self.whole
        except (CollectorError, SyncError) as error:
            return self._explain(environ, error)

    def _is_simple(self, environ: dict[str, Any]) -> bool:
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") not in _METHODS or not self._folder.read_settings().get("set_up"):
            return False
        return path.startswith("/static/") or (path == "/login" and "part=" not in environ.get("QUERY_STRING", ""))

    def _explain(self, environ: dict[str, Any], error: CollectorError | SyncError) -> "WSGIApplication":
        with self.small.request_context(environ):
            return self.small.make_response(show_error(error))

    def close(self) -> None:
        """Close the database if it was opened."""
        with self._guard:
            if self._whole is not None:
                self._whole.extensions["collector"].database.storage.close()

    def _open_database(self) -> "Database":
        database: Database = self.whole.extensions["collector"].database
        return database

    @property
    def is_read(self) -> bool:
        """Whether the whole application was read."""
        return self._whole is not None

    @property
    def whole(self) -> Flask:
        """The whole application, read when it is first asked for.

        :raises DatabaseDamaged: if its database turns out to be unreadable.
        """
        with self._guard:
            if self._whole is None:
                self._whole = self._make_whole()
                self._whole.config["LAN"] = self.lan
                gc.freeze()  # what was read now stays; looking through it again and again finds nothing
            return self._whole
