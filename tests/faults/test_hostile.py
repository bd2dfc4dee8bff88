"""Requests of enemies, with and without the keys of a laptop, against a centre that is really served.

Whatever comes, it answers with a refusal or closes the connection, keeps little in memory, changes nothing in its data
folder, and goes on to serve laptops.
"""

import base64
import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import pytest
import zstandard
from bundle_scenes import fill_header, make_bodies, make_header

from collector.device import ensure_keys
from collector.membership import read_membership
from faults.world import Centre, Laptop, assert_nothing_is_lost, wait_for
from sync.client import HttpTransport
from sync.errors import ConnectionLost, SyncError
from sync.headers import join_frame, sign_header
from sync.keys import age_recipient, recipient_id
from sync.messages import Claim
from sync.outbox import name_bundle
from sync.wire import join_upload

MIB = 1024 * 1024
HASH = "ab" * 32
MAX_MEMORY_MIB = 320
DEEP = 100_000
EXPECTED = ("backups", ".backup-copy", "collector.sqlite-", "serve.lock", "life.json", "secrets")
"""How the names of what a centre makes in its folder by itself begin."""


def pack_array(count: int) -> bytes:
    """Begin an array of so many things, as msgpack says it."""
    return b"\xdd" + struct.pack(">I", count)


def pack_map(count: int) -> bytes:
    """Begin a map of so many things, as msgpack says it."""
    return b"\xdf" + struct.pack(">I", count)


MESSAGES: dict[str, bytes] = {
    "nothing": b"",
    "no message": b"\xc1",
    "text": b"hello",
    "json": b'{"asks": [NaN, Infinity, 1e999]}',
    "deep json": b"[" * DEEP + b"]" * DEEP,
    "deep arrays": b"\x91" * DEEP + b"\xc0",
    "deep maps": b"\x81\xa1a" * DEEP + b"\xc0",
    "an array that lies": pack_array(2**32 - 1),
    "a map that lies": pack_map(2**32 - 1),
    "bytes that lie": b"\xc6" + struct.pack(">I", 2**32 - 1) + b"x",
    "an extension": b"\xc7\x05\x01hello",
    "not a number": msgspec.msgpack.encode([float("nan"), float("inf")]),
    "names twice": b"\x82\xa4asks\x90\xa4asks\x90",
    "numbers for names": b"\x82\x01\x02\x03\x04",
    "a time": b"\xd7\xff" + bytes(8),
    "a text that is none": b"\xa4\xff\xfe\xfd\xfc",
}


def many_asks(count: int) -> bytes:
    """Ask about so many epochs at once."""
    ask = msgspec.msgpack.encode(["an", "epoch", [[1, bytes(32)]]])
    asks = pack_array(count) + ask * count
    return b"\x9c" + b"\xc0" + asks + b"\xc0" * 10


TARGETS = [
    "/sync/v1/contents/../../../settings.json",
    "/sync/v1/contents/%2e%2e%2f%2e%2e%2fsettings.json",
    f"/sync/v1/contents/{HASH}/../../secrets/session.key",
    f"/sync/v1/contents/{HASH}%00",
    f"/sync/v1/contents/{HASH.upper()}",
    "/sync/v1/contents//etc/passwd",
    f"/sync/v1/bundles/{HASH}?offset=-1",
    f"/sync/v1/bundles/{HASH}?offset=99999999999999999999",
    f"/sync/v1/bundles/{HASH}?offset=1&offset=2",
    f"/sync/v1/bundles/{HASH}?offset=NaN",
    "/sync/v1/" + "a" * 7_000,
    "/sync/v2/talk",
    "/sync/v1/talk/talk",
]


class Enemy:
    """A laptop of the centre in bad hands: signs whatever it likes."""

    def __init__(self, laptop: Laptop, address: str) -> None:
        membership = read_membership(laptop.folder)
        assert membership is not None
        self.keys = ensure_keys(laptop.folder)
        self.membership = membership
        self.transport = HttpTransport(address, self.keys, membership.signing, None)  # type: ignore[arg-type]

    def refused(self, method: str, address: str, body: bytes, media: str) -> str:
        """Send something; give the code of the refusal."""
        try:
            self.transport.request(method, address, body, media)
        except ConnectionLost:
            return "connection_lost"
        except SyncError as error:
            return error.code
        return ""


@pytest.fixture(scope="module")
def served(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, Laptop]]:
    """A served centre and a laptop of it."""
    root = tmp_path_factory.mktemp("hostile")
    centre = Centre(Centre(templates / "centre").copy(root / "centre").root)
    laptop = Laptop(Laptop(templates / "an").copy(root / "an").root)
    with centre.served() as address:
        laptop.sync(address)
        yield centre, laptop


@pytest.fixture
def enemy(served: tuple[Centre, Laptop]) -> Iterator[Enemy]:
    """The laptop in bad hands."""
    made = Enemy(served[1], served[0].address)
    yield made
    made.transport.close()


@pytest.fixture(autouse=True)
def unharmed(served: tuple[Centre, Laptop]) -> Iterator[None]:
    """Check after every attack that the centre still serves, and that nothing changed."""
    centre, laptop = served
    before = {path.relative_to(centre.root) for path in centre.root.rglob("*")}
    yield
    assert centre.process is not None
    assert centre.process.poll() is None
    laptop.write(1)
    laptop.sync(centre.address)
    assert_nothing_is_lost(centre, [laptop])
    made = {path.relative_to(centre.root) for path in centre.root.rglob("*")} - before
    assert not [path for path in made if not path.parts[0].startswith(EXPECTED)]
    status = Path(f"/proc/{centre.process.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    assert int(peak[1]) < MAX_MEMORY_MIB * 1024, f"{int(peak[1]) // 1024} MiB"


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_that_are_none_are_refused(enemy: Enemy, name: str) -> None:
    for address in ("talk", "contents"):
        assert enemy.refused("POST", address, MESSAGES[name], "application/msgpack").startswith("request_")
    assert enemy.refused("PUT", f"bundles/{HASH}", MESSAGES[name], "application/octet-stream")


def test_more_questions_than_anybody_has_are_refused(enemy: Enemy) -> None:
    assert enemy.refused("POST", "talk", many_asks(10_000), "application/msgpack").startswith("request_")
    names = msgspec.msgpack.encode([f"{number:064x}" for number in range(10_000)])
    assert enemy.refused("POST", "contents", names, "application/msgpack").startswith("request_")


BOMBS: dict[str, Callable[[], bytes]] = {
    "a bomb that says how large it is": lambda: zstandard.ZstdCompressor(level=3).compress(bytes(256 * MIB)),
    "a bomb in many frames": lambda: zstandard.ZstdCompressor(level=3).compress(bytes(10_000)) * 5_000,
    "a bomb that says nothing": lambda: _stream(256 * MIB),
}


def _stream(size: int) -> bytes:
    maker = zstandard.ZstdCompressor(level=3, write_content_size=False).compressobj()
    return maker.compress(bytes(size)) + maker.flush()


@pytest.mark.parametrize("name", BOMBS)
def test_bundles_that_unfold_into_gigabytes_are_refused(enemy: Enemy, name: str) -> None:
    bodies = make_bodies()
    header = make_header(bodies, keys=enemy.keys)
    recipients = (recipient_id(enemy.membership.encryption), recipient_id(enemy.membership.escrow))
    server = enemy.membership.server
    filled = fill_header(header, 10_000, 3, keys=enemy.keys, server=server, recipients=recipients)
    ciphertext = pyrage.encrypt(BOMBS[name](), [age_recipient(enemy.membership.encryption)])
    data = join_frame(sign_header(filled, ciphertext, enemy.keys), ciphertext)
    sent = join_upload(Claim(), data)
    code = enemy.refused("PUT", f"bundles/{name_bundle(data)}", sent, "application/octet-stream")
    assert code in ("bundle_too_large", "bundle_damaged")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_addresses_lead_nowhere_else(served: tuple[Centre, Laptop], target: str, method: str) -> None:
    answer = send_raw(served[0], f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
    status = int(answer.split(b" ")[1])
    assert 400 <= status < 500, answer[:200]
    assert b"root:" not in answer
    assert b"village_name" not in answer


def talk(*headers: bytes, body: bytes = b"hello") -> bytes:
    """Make a request to talk with these headers."""
    lines = (b"POST /sync/v1/talk HTTP/1.1", b"Host: localhost", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
RAW: dict[str, bytes] = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + bytes(300),
    "endless line": b"GET /" + b"a" * 200_000,
    "endless headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)),
    "negative length": talk(b"Content-Length: -5"),
    "two lengths": talk(b"Content-Length: 5", b"Content-Length: 9"),
    "huge length": talk(b"Content-Length: 99999999999", body=b"x" * MIB),
    "length that is no number": talk(b"Content-Length: NaN"),
    "a chunk that lies": talk(CHUNKED, body=b"ffffffffffffffff\r\nhello\r\n"),
    "a chunk below zero": talk(CHUNKED, body=b"-1\r\nx\r\n"),
    "length and chunks": talk(
        b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    ),
    "an unsigned bundle": talk(b"Content-Length: 3", body=b"abc").replace(b"talk", b"bundles/" + HASH.encode()),
    "a signature that is none": talk(
        b"Authorization: Collector " + base64.b64encode(bytes(200)), b"Content-Length: 0", body=b""
    ),
}


def send_raw(centre: Centre, data: bytes) -> bytes:
    """Send bytes as they are; give what comes back until the centre closes the connection, which it has to do."""
    with closing(socket.create_connection(("127.0.0.1", centre.port), timeout=60)) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except TimeoutError:
            pytest.fail("it was not closed")
        except OSError:
            pass  # closed in the middle
        return answer


@pytest.mark.parametrize("name", RAW)
def test_requests_that_are_none_end(served: tuple[Centre, Laptop], name: str) -> None:
    answer = send_raw(served[0], RAW[name])
    for status in re.findall(rb"HTTP/1\.1 (\d+)", answer):
        assert status.startswith(b"4"), answer[:300]


@pytest.mark.slow
def test_whoever_sends_one_byte_at_a_time_keeps_nobody_waiting(served: tuple[Centre, Laptop]) -> None:
    centre, laptop = served
    with ExitStack() as stack:
        slow: list[Any] = []
        for number in range(60):
            connection = stack.enter_context(closing(socket.create_connection(("127.0.0.1", centre.port), timeout=60)))
            heads = (b"POST /sync/v1/talk HTTP/1.1\r\nHost: loc", b"POST /sync/v1/talk HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Length: 100000\r\n\r\nx")  # fmt: skip
            connection.sendall(heads[number % 2])
            slow.append(connection)
        laptop.write(1)

        def is_served() -> bool:
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b"a")
            return bool(laptop.sync(centre.address, must=False)["done"])

        wait_for(is_served, 120)
