"""Serves one data folder to the browser of this laptop with cheroot, and looks after the folder meanwhile.

Bound to the loopback address only. A client that sends a request too slowly is cut off, so that a few of them cannot
hold every thread.
"""

import contextlib
import signal
import threading
import time
from typing import Any, Final

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Server
from flask import Flask

from collector import create_app
from collector.attachments.files import MAX_FILE_BYTES
from collector.backups.caretaker import Caretaker
from collector.checks import DatabaseDamaged, refuse_lost_database
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.web import Services
from sync.errors import StorageDamaged

HOST: Final = "127.0.0.1"
THREADS: Final = 10
KEPT_CONNECTIONS: Final = 64
MAX_HEADER_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = MAX_FILE_BYTES + 1024 * 1024
IDLE_SECONDS: Final = 10
HEADER_SECONDS: Final = 15.0
"""How long a client may take to send the head of a request."""
SLOWEST_BYTES_PER_SECOND: Final = 8 * 1024
"""How fast a body must come, beyond the time for the head."""


class PortInUse(CollectorError):
    """Another program listens on this port."""

    code = "port_in_use"
    status = 503


class _WatchedRequest(HTTPRequest):
    """A request whose head and body must have arrived by a deadline."""

    def parse_request(self) -> None:
        self.server.watch(self, time.monotonic() + self.server.header_seconds)
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

    def __init__(self, app: Any, port: int) -> None:
        super().__init__(
            (HOST, port), app, numthreads=THREADS, server_name="Collector", request_queue_size=64,
            timeout=IDLE_SECONDS, shutdown_timeout=5,
        )
        self._deadlines: dict[_WatchedRequest, float] = {}

    @property
    def address(self) -> str:
        """Where a browser finds the first page."""
        return f"http://{HOST}:{self.bind_addr[1]}/"

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

    def __init__(self, folder: DataFolder, port: int) -> None:
        """Take the folder and the port.

        :raises FolderInUse: if another process serves this folder.
        :raises FolderNotWritable: if the folder cannot be used.
        :raises DatabaseDamaged: if its database is missing, empty or unreadable; nothing is changed.
        :raises PortInUse: if another program listens on the port.
        """
        folder.prepare()
        folder.lock()
        self.folder = folder
        try:
            self.app = make_served_app(folder)
            self.server = _bind(self.app, port)
        except BaseException:
            folder.unlock()
            raise
        self.caretaker = Caretaker(self.services)
        self._stopping = threading.Event()

    @property
    def services(self) -> Services:
        """The services of the served application."""
        found: Services = self.app.extensions["collector"]
        return found

    def run(self) -> None:
        """Serve until the process is told to stop; what was being saved is finished first."""
        watcher = threading.Thread(target=self._watch_clients, name="slow clients", daemon=True)
        watcher.start()
        self.caretaker.start()
        try:
            self.server.serve()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Stop the server and give the folder back."""
        self._stopping.set()
        self.server.stop()
        self.caretaker.stop()
        self.services.database.storage.close()
        self.folder.unlock()

    def _watch_clients(self) -> None:
        while not self._stopping.wait(1.0):
            self.server.cut_slow_clients()


def make_served_app(folder: DataFolder) -> Flask:
    """Make the application of a folder that this process holds.

    :raises DatabaseDamaged: if its database is missing, empty or unreadable; nothing is changed.
    """
    refuse_lost_database(folder)
    try:
        return create_app(folder)
    except StorageDamaged as error:
        raise DatabaseDamaged.of(folder) from error


def _bind(app: Flask, port: int) -> LaptopServer:
    server = LaptopServer(app, port)
    try:
        server.prepare()
    except OSError as error:
        raise PortInUse(port=port) from error
    return server


def stop_on_signals() -> None:
    """Let the signals by which a system ends programs stop the server cleanly."""

    def stop(*_: object) -> None:
        raise SystemExit(0)

    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
