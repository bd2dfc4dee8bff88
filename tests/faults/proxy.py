"""A TCP proxy on the loopback interface that cuts connections after so many bytes, and counts what went up."""

import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress

_PIECE = 4_096
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes connections on to a port; `cuts` says for each new one after how many bytes it breaks, None: never.

    Bytes of both directions count. `on_bytes` is called with all that passed so far, before the next piece passes;
    where it raises an `OSError` the connection breaks at once.
    """

    def __init__(self, port: int, cuts: Callable[[], int | None] = lambda: None) -> None:
        self.target = port
        self.cuts = cuts
        self.on_bytes: Callable[[int], None] = lambda _: None
        self.bytes_up = 0
        self.bytes_down = 0
        self.cut = 0
        self._guard = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def kill(self, process: "subprocess.Popen[str]", after_bytes: int) -> None:
        """Kill a process without warning when so many bytes passed; of the rest nothing passes."""

        def end(passed: int) -> None:
            if passed >= after_bytes:
                process.kill()
                raise ConnectionResetError

        self.on_bytes = end

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        """End it and all connections."""
        self._listening.close()
        for each in list(self._open):
            _reset(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=60)
            except OSError:
                _reset(near)
                continue
            far.settimeout(None)
            _Passing(self, near, far, self.cuts()).start()

    def note(self, size: int, *, is_up: bool) -> int:
        """Count bytes that pass; give all that passed."""
        with self._guard:
            if is_up:
                self.bytes_up += size
            else:
                self.bytes_down += size
            return self.bytes_up + self.bytes_down

    def note_cut(self) -> None:
        """Count a connection that was broken."""
        with self._guard:
            self.cut += 1


class _Passing:
    """One connection, passed on in both directions until its bytes are used up."""

    def __init__(self, proxy: Proxy, near: socket.socket, far: socket.socket, left: int | None) -> None:
        self._proxy = proxy
        self._near = near
        self._far = far
        self._left = left
        self._guard = threading.Lock()

    def start(self) -> None:
        """Begin."""
        self._proxy._open.update((self._near, self._far))
        for source, sink, is_up in ((self._near, self._far, True), (self._far, self._near, False)):
            threading.Thread(target=self._pass, args=(source, sink), kwargs={"is_up": is_up}, daemon=True).start()

    def _take(self, size: int) -> int:
        with self._guard:
            if self._left is None:
                return size
            size = min(size, self._left)
            self._left -= size
            return size

    def _pass(self, source: socket.socket, sink: socket.socket, *, is_up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_PIECE):
                size = self._take(len(data))
                self._proxy.on_bytes(self._proxy.note(size, is_up=is_up))
                sink.sendall(data[:size])
                if size < len(data) or self._left == 0:
                    self._break()
                    return
            sink.shutdown(socket.SHUT_WR)
            return
        self._end()

    def _break(self) -> None:
        self._proxy.note_cut()
        self._end()

    def _end(self) -> None:
        for each in (self._near, self._far):
            _reset(each)
            self._proxy._open.discard(each)


def _reset(connection: socket.socket) -> None:
    """Close a connection as a broken line does: without saying goodbye."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RD)
    connection.close()
