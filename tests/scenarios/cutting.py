"""A way to the centre that breaks: passes bytes on both ways and cuts every connection after some of them."""

import socket
import threading
from contextlib import suppress
from random import Random
from types import TracebackType


class CuttingProxy:
    """Listens on a free port of this computer; ends with the block.

    Each connection is cut after a number of bytes, both ways together, that chance gives between 1 and `most`; then
    `most` doubles, so that in the end everything comes through.
    """

    def __init__(self, port: int, random: Random, most: int = 2_000) -> None:
        self._target = ("127.0.0.1", port)
        self._random = random
        self._most = most
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0

    def __enter__(self) -> "CuttingProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            _Carried(self, client, self._random.randint(1, self._most))
            self._most *= 2

    def connect(self) -> socket.socket:
        """Open a connection to the other end."""
        return socket.create_connection(self._target, timeout=30)


class _Carried:
    """One connection and what may still pass through it."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, left: int) -> None:
        self._proxy, self._left, self._lock = proxy, left, threading.Lock()
        try:
            server = proxy.connect()
        except OSError:
            client.close()
            return
        self._ends = (client, server)
        for source, target in (self._ends, self._ends[::-1]):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1024):
                with self._lock:
                    allowed = data[: self._left]
                    self._left -= len(allowed)
                target.sendall(allowed)
                if len(allowed) < len(data):
                    self._proxy.cuts += 1
                    break
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
