"""Serves one data folder to the browser of this laptop with cheroot, and looks after the folder meanwhile.

Bound to the loopback address only, unless phones are let in: then to every address of this laptop, and the application
answers others than the laptop itself under the addresses of phones only. A client that sends a request too slowly is
cut off, so that a few of them cannot hold every thread; from one address half of the threads can be held at most.
"""

import contextlib
import logging
import os
import re
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Server
from flask import Flask
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from collector import create_app
from collector.attachments.files import MAX_FILE_BYTES
from collector.damage import DatabaseDamaged, refuse_unreadable_database
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.front import Front
from collector.memory import share_arenas
from collector.web import Services
from sync.errors import StorageDamaged

if TYPE_CHECKING:
    from collector.answers.tidying import Tidier
    from collector.backups.caretaker import Caretaker

HOST: Final = "127.0.0.1"
EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - asked for with --lan; see accounts/security.py for what is answered
THREADS: Final = 10
CENTRE_THREADS: Final = 40
"""Laptops on slow lines take minutes for a bundle; a centre must have threads left for the others meanwhile."""
PROXIES: Final = (HOST, "::1")
KEPT_CONNECTIONS: Final = 64
MAX_HEADER_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = MAX_FILE_BYTES + 1024 * 1024
IDLE_SECONDS: Final = 30
"""How long a browser may keep a connection that it does not use."""
HEADER_SECONDS: Final = 15.0
"""How long a client may take to send the head of a request."""
SLOWEST_BYTES_PER_SECOND: Final = 8 * 1024
"""How fast a body must come, beyond the time for the head."""
READ_AFTER_SECONDS: Final = 0.5
"""How long the first page has the computer to itself, with its styles and pictures."""
READ_UNASKED_SECONDS: Final = 3.0
"""When the whole application is read although nobody asked for a page."""
_POLL_SECONDS: Final = 0.2
_ONCE: Final = (b"Content-Length", b"Transfer-Encoding", b"Host")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_log = logging.getLogger(__name__)


class PortInUse(CollectorError):
    """Another program listens on this port."""

    code = "port_in_use"
    status = 503


class _Headers(dict[bytes, bytes]):
    """The headers of a request; what decides where it ends, and for whom it is, stands there once."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in _ONCE and name in self:
            raise ValueError(name.decode() + " stands there twice.")
        super().__setitem__(name, value)


class _WatchedRequest(HTTPRequest):
    """A request whose head and body must have arrived by a deadline."""

    def parse_request(self) -> None:
        if not self.server.admit(self, time.monotonic() + self.server.header_seconds):
            self.close_connection = True
            self.simple_response("503 Service Unavailable", "Too many requests at once.")
            return
        try:
            super().parse_request()
        except BaseException:
            self.server.forget(self)
            raise
        if not self.ready:
            self.server.forget(self)

    def respond(self) -> None:
        length = int(self.inheaders.get(b"Content-Length", 0) or 0)
        if length or self.chunked_read:
            expected = min(length or MAX_BODY_BYTES, MAX_BODY_BYTES)
            seconds = self.server.header_seconds + expected / SLOWEST_BYTES_PER_SECOND
            self.server.watch(self, time.monotonic() + seconds)
        else:
            self.server.forget(self)
        try:
            super().respond()
        finally:
            self.server.forget(self)

    def read_request_headers(self) -> bool:
        """Read the headers; a request whose length can be read in two ways is one to mislead whoever stands between."""
        self.inheaders = _Headers()
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        length = self.inheaders.get(b"Content-Length")
        if length is not None and (self.chunked_read or not _LENGTH.fullmatch(length)):
            self.close_connection = True
            self.simple_response("400 Bad Request", "Content-Length and Transfer-Encoding.")
            return False
        return True

    @property
    def is_arriving(self) -> bool:
        """Whether part of the request has not been read yet."""
        if not self.ready:
            return True
        if self.chunked_read:
            return not getattr(self.rfile, "closed", False)
        return bool(getattr(self.rfile, "remaining", 0))


class _WatchedConnection(HTTPConnection):
    RequestHandlerClass = _WatchedRequest


class LaptopServer(Server):
    """The HTTP server of one laptop."""

    ConnectionClass = _WatchedConnection
    max_request_header_size = MAX_HEADER_BYTES
    max_request_body_size = MAX_BODY_BYTES
    keep_alive_conn_limit = KEPT_CONNECTIONS
    header_seconds = HEADER_SECONDS

    def __init__(self, app: Any, port: int, host: str = HOST, threads: int = THREADS) -> None:
        super().__init__(
            (host, port), app, numthreads=threads, server_name="Collector", request_queue_size=64,
            timeout=IDLE_SECONDS, shutdown_timeout=5,
        )
        self._deadlines: dict[_WatchedRequest, float] = {}
        self.most_per_address = threads // 2
        self._admitting = threading.Lock()

    @property
    def address(self) -> str:
        """Where a browser finds the first page."""
        return f"http://{HOST}:{self.bind_addr[1]}/"

    def admit(self, request: _WatchedRequest, deadline: float) -> bool:
        """Watch a new request, unless so many of its address are arriving that others would find no thread left.

        A proxy on this computer speaks for many, and so does one of which the application was told: then
        `most_per_address` is 0.
        """
        address = request.conn.remote_addr
        with self._admitting:
            if self.most_per_address and address not in PROXIES:
                others = [each for each in list(self._deadlines) if each.conn.remote_addr == address]
                if sum(each.is_arriving for each in others) >= self.most_per_address:
                    return False
            self.watch(request, deadline)
        return True

    def watch(self, request: _WatchedRequest, deadline: float) -> None:
        """Cut the client off if its request has not arrived by then (in the time of `time.monotonic`)."""
        self._deadlines[request] = deadline

    def forget(self, request: _WatchedRequest) -> None:
        """Watch a request no longer."""
        self._deadlines.pop(request, None)

    def cut_slow_clients(self) -> None:
        """Close the connections whose request should have arrived; the thread that reads it is free again."""
        now = time.monotonic()
        for request, deadline in list(self._deadlines.items()):
            if deadline < now and request.is_arriving:
                self.forget(request)
                with contextlib.suppress(OSError):
                    request.conn.socket.shutdown(2)


class Serving:
    """One data folder being served: its lock, its application, its server and its caretaker."""

    def __init__(
        self, folder: DataFolder, port: int, *, lan: bool = False, host: str = HOST, proxied: bool = False
    ) -> None:
        """Take the folder and the port; `lan` lets phones of the same network in.

        A centre may be bound to another address (`host`), and believe a proxy before it (`proxied`).

        :raises FolderInUse: if another process serves this folder.
        :raises FolderNotWritable: if the folder cannot be used.
        :raises DatabaseDamaged: if its database is missing, empty or unreadable; nothing is changed.
        :raises PortInUse: if another program listens on the port.
        """
        folder.prepare()
        folder.lock()
        self.folder = folder
        try:
            self.front = make_front(folder, lan=lan)
            app = _trust_proxy(self.front) if proxied else self.front
            threads = CENTRE_THREADS if folder.read_settings().get("role") == "central" else THREADS
            self.server = _bind(app, port, EVERY_ADDRESS if lan else host, threads)
            if proxied:
                self.server.most_per_address = 0
        except BaseException:
            folder.unlock()
            raise
        self.caretaker: Caretaker | None = None
        self.tidier: Tidier | None = None
        self._stopping = threading.Event()
        self._reader = threading.Thread(target=self._read_whole, name="reader", daemon=True)
        self._is_asked_to_stop = False
        self._closed = False

    @property
    def services(self) -> Services:
        """The services of the served application."""
        found: Services = self.front.whole.extensions["collector"]
        return found

    def ensure_caretaker(self) -> "Caretaker":
        """Give the caretaker of the folder; the whole application is read for it."""
        if self.caretaker is None:
            self.caretaker = make_caretaker(self.services)
        return self.caretaker

    def _read_whole(self) -> None:
        """Read the whole application once the first page was sent, and begin to look after the folder."""
        share_arenas()
        self.front.asked.wait(READ_UNASKED_SECONDS)
        if self._stopping.wait(READ_AFTER_SECONDS):
            return
        try:
            caretaker = self.ensure_caretaker()
        except Exception:
            _log.exception("the folder cannot be opened")  # every page says why
            return
        if not self._stopping.is_set():
            self.tidier = start_tidier(self.services)
            caretaker.start()
            self._exchange_unasked()

    def _exchange_unasked(self) -> None:
        """Send and receive by itself from now on, as far as that is allowed."""
        from collector.replication.background import ensure_exchanger

        ensure_exchanger(self.front.whole).start_automatic()

    def run(self) -> None:
        """Serve until `ask_to_stop`; what was being saved is finished first."""
        listener = threading.Thread(target=self.server.serve, name="listener", daemon=True)
        listener.start()
        self._reader.start()
        try:
            while listener.is_alive() and not self._is_asked_to_stop:
                time.sleep(_POLL_SECONDS)
                self.server.cut_slow_clients()
        finally:
            self.close()

    def ask_to_stop(self, *_: object) -> None:
        """Have `run` end soon. Takes no lock and raises nothing, so that a signal may come at any moment."""
        self._is_asked_to_stop = True

    def _stop_exchange(self) -> None:
        from collector.replication.background import find_exchanger

        if self.front.is_read and (exchanger := find_exchanger(self.front.whole)) is not None:
            exchanger.stop()

    def close(self) -> None:
        """Stop the server and give the folder back."""
        if self._closed:
            return
        self._closed = True
        self._stopping.set()
        self.front.asked.set()
        self.server.stop()
        if self._reader.is_alive():
            self._reader.join()
        self._stop_exchange()
        if self.caretaker is not None:
            self.caretaker.stop()
        if self.tidier is not None:
            self.tidier.stop()
        self.front.close()
        self.folder.unlock()


def _trust_proxy(front: Front) -> Any:
    from collector.central.wsgi import trust_proxy

    return trust_proxy(front)


def make_caretaker(services: Services) -> "Caretaker":
    """Make the caretaker of an opened folder."""
    from collector.backups.caretaker import Caretaker

    return Caretaker(services)


def start_tidier(services: Services) -> "Tidier":
    """Have sheets that were saved leave the urn in the background from now on."""
    from collector.answers.tidying import Tidier

    tidier = Tidier(services.database)
    services.tidy = tidier.ask
    tidier.start()
    return tidier


def make_front(folder: DataFolder, *, lan: bool = False) -> Front:
    """Make the front of a folder that this process holds; of a folder that is not set up everything is read at once.

    :raises DatabaseDamaged: if its database is missing, empty or unreadable; nothing is changed.
    """
    refuse_unreadable_database(folder)
    front = Front(folder, lambda: make_served_app(folder), lan=lan)
    front.small.jinja_env.bytecode_cache = _make_template_cache()
    if not folder.read_settings().get("set_up"):
        _ = front.whole
    return front


def make_served_app(folder: DataFolder) -> Flask:
    """Make the whole application of a folder that this process holds.

    :raises DatabaseDamaged: if its database is unreadable; nothing is changed.
    """
    try:
        app = create_app(folder)
    except StorageDamaged as error:
        raise DatabaseDamaged.of(folder) from error
    app.jinja_env.bytecode_cache = _make_template_cache()
    return app


class _TemplateCache(FileSystemBytecodeCache):
    """Compiled templates of earlier runs; where they cannot be written, pages work without."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def _make_template_cache() -> _TemplateCache | None:
    """Open this user's own cache: it holds code, so nobody else may write there."""
    place = Path(platformdirs.user_cache_dir("collector", appauthor=False)) / "templates"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = place.stat()
    except OSError:
        return None
    is_private = not hasattr(os, "getuid") or (mode.st_uid == os.getuid() and not mode.st_mode & 0o022)
    return _TemplateCache(str(place)) if is_private else None


def _bind(app: Any, port: int, host: str, threads: int) -> LaptopServer:
    server = LaptopServer(app, port, host, threads)
    try:
        server.prepare()
    except OSError as error:
        raise PortInUse(port=port) from error
    return server


def stop_on_signals(serving: Serving) -> None:
    """Let Ctrl+C and the signals by which a system ends programs stop the server cleanly."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), serving.ask_to_stop)
