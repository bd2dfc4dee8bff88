"""One connection over HTTP to the centre, kept while it can be. Believes nothing that comes back.

Certificates of TLS are not looked at, since wrong clocks break them and the centre's own signature says more. The
system's proxies are not asked.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from sync.errors import AnswerForged, CaptivePortal, CentreUnreachable, ConnectionLost
from sync.wire import BYTES, MAX_ANSWER_BYTES, PART_BYTES

TIMEOUT_SECONDS: Final = 60.0
_READ_BYTES: Final = 64 * 1024
_PROXY_STATUSES: Final = frozenset({500, 502, 503, 504})
Watcher = Callable[[int, int], None]
"""Told how many bytes were sent and received in all."""


class Reply(NamedTuple):
    """What came back, not yet believed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ignore(sent: int, received: int) -> None:
    """Watch nothing."""
    return


class Line:
    """One connection to the centre at a time, kept while it can be; counts the bytes of HTTP both ways."""

    def __init__(self, url: str, watch: Watcher = ignore, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Take the centre's address.

        :raises CentreUnreachable: if it is none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise CentreUnreachable(reason="address", url=url) from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CentreUnreachable(reason="address", url=url)
        self._is_secret = parts.scheme == "https"
        self._host, self._port = parts.hostname, port
        self._named = parts.netloc.rpartition("@")[2]
        self.prefix = parts.path.rstrip("/")
        self._watch = watch
        self._timeout_seconds = timeout_seconds
        self._connection: http.client.HTTPConnection | None = None
        self.sent = self.received = self.requests = 0

    @property
    def socket(self) -> "socket.socket | None":
        """The connection's socket while there is one."""
        return self._connection.sock if self._connection else None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def exchange(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send a request and read the answer. A connection that was kept too long and is closed by now is opened anew.

        :raises CentreUnreachable: if there is no way to the centre.
        :raises ConnectionLost: if it breaks on the way.
        """
        is_kept = self._connection is not None
        try:
            return self._try(method, target, headers, body)
        except ConnectionLost:
            self.close()
            if not is_kept or len(body) > PART_BYTES:
                raise
        return self._try(method, target, headers, body)

    def _try(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        connection = self._connection or self._connect()
        self.requests += 1
        try:
            connection.putrequest(method, self.prefix + target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self._named, **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            broken = self._send(connection, body)
            reply = self._read(connection, broken)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise ConnectionLost(reason=type(error).__name__) from error
        except BaseException:
            self.close()  # whoever watches had enough
            raise
        return reply

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_secret:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            made: Any = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_seconds, context=context
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        send = made.send

        def counted(data: bytes) -> None:
            send(data)
            self._count(len(data), 0)

        made.send = counted
        try:
            made.connect()
        except OSError as error:
            raise CentreUnreachable(reason=type(error).__name__) from error
        self._connection = made
        return self._connection

    def _count(self, sent: int, received: int) -> None:
        self.sent += sent
        self.received += received
        self._watch(self.sent, self.received)

    def _send(self, connection: http.client.HTTPConnection, body: bytes) -> OSError | None:
        """Send a body bit by bit. If the other side closes, it may have said why before."""
        try:
            for start in range(0, len(body), _READ_BYTES):
                connection.send(body[start : start + _READ_BYTES])
        except OSError as error:
            return error
        return None

    def _read(self, connection: http.client.HTTPConnection, broken: OSError | None) -> Reply:
        try:
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise broken or error from error
        head = sum(len(name) + len(value) + 4 for name, value in response.getheaders())
        self._count(0, head + len(response.reason) + 17)
        parts, size = [], 0
        while part := response.read(_READ_BYTES):
            parts.append(part)
            size += len(part)
            self._count(0, len(part))
            if size > MAX_ANSWER_BYTES:
                raise ConnectionLost(reason="too_large")
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        if response.will_close or broken is not None:
            self.close()
        return Reply(response.status, response.headers, b"".join(parts))


def explain_stranger(reply: Reply) -> ConnectionLost:
    """Say what an answer is that the centre did not sign."""
    media = reply.headers.get_content_type()
    if reply.status in _PROXY_STATUSES and media != BYTES:
        return CentreUnreachable(reason="proxy", status=reply.status)
    if media == BYTES and "Content-Encoding" not in reply.headers:
        return AnswerForged(status=reply.status)
    where = reply.headers.get("Location", "")[:200]
    return CaptivePortal(status=reply.status, media=media, location=where)
