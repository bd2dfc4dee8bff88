"""A line that breaks, and whoever else answers in the place of the centre."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sync_scenes import Laptop, ServedCentre, count_rows, list_bodies, serving

from sync.client import HttpTransport, enrol
from sync.errors import (
    AnswerForged,
    CaptivePortal,
    CentreTroubled,
    CentreUnreachable,
    ConnectionLost,
)
from sync.keys import make_keys
from sync.wire import PART_BYTES, TalkRequest


def hear(peer: socket.socket) -> None:
    """Read a whole request: who closes before that resets the connection, and the answer with it."""
    with peer.makefile("rb") as said:
        length = 0
        while (line := said.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        said.read(length)


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Serve these raw answers, one per connection, whatever is asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)

    def serve() -> None:
        for answer in answers:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                hear(peer)
                peer.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


def test_an_upload_that_was_cut_goes_on_where_it_stopped(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    for number in range(300):
        laptop.write(f"a{number}", title=secrets.token_urlsafe(720))
    with serving(centre.make_app()) as url, cutting(url, 150_000) as (cut_url, passed):
        with pytest.raises(ConnectionLost):
            laptop.sync(laptop.transport(cut_url))
        transport = laptop.transport(url)
        laptop.sync(transport)
    whole = passed[0] + transport.line.sent
    assert list_bodies(centre.storage) == laptop.bodies()
    with laptop.storage.reading() as connection:
        assert connection.value("SELECT count(*) FROM outbox") == 0
    assert passed[0] > 2 * PART_BYTES
    assert transport.line.sent < whole - passed[0] + PART_BYTES


@contextmanager
def cutting(url: str, after_bytes: int) -> Iterator[tuple[str, list[int]]]:
    """Pass connections on to an address; break the first off, without a word, after so many bytes were sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)
    passed = [0]

    def serve() -> None:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        there = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        threading.Thread(target=pour, args=(there, peer), daemon=True).start()
        with peer, there:
            while passed[0] < after_bytes and (data := peer.recv(4_096)):
                there.sendall(data)
                passed[0] += len(data)

    def pour(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(4_096):
                target.sendall(data)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", passed
    finally:
        listener.close()
        thread.join(5)


def test_a_lost_receipt_costs_one_question(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(url)
    send = transport.send

    def lose(*sent: Any) -> Any:
        send(*sent)
        raise ConnectionLost(when="after")

    transport.send = lose  # type: ignore[method-assign]
    with pytest.raises(ConnectionLost):
        laptop.sync(transport)
    again = laptop.transport(url)
    laptop.sync(again)
    assert list_bodies(centre.storage) == laptop.bodies()
    with centre.storage.reading() as connection:
        assert connection.value("SELECT count(*) FROM feed WHERE device = :d", {"d": laptop.keys.id}) == 1


def test_a_part_that_was_spoilt_is_sent_anew(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(url)
    transport.find_offset = lambda bundle: len(spoil(centre, laptop, bundle))  # type: ignore[method-assign]
    talk_send = transport.send
    transport.send = lambda *sent: (_ for _ in ()).throw(ConnectionLost())  # type: ignore[method-assign]
    with pytest.raises(ConnectionLost):
        laptop.sync(transport)
    transport.send = talk_send  # type: ignore[method-assign]
    laptop.sync(transport)
    assert list_bodies(centre.storage) == laptop.bodies()


def spoil(centre: ServedCentre, laptop: Laptop, bundle: str) -> bytes:
    centre.centre.keep_part(laptop.keys.id, bundle, 0, b"nonsense")
    return b"nonsense"


def test_a_request_that_is_sent_twice_does_nothing_twice(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(url)
    heard: list[tuple[Any, ...]] = []
    exchange = transport.line.exchange
    transport.line.exchange = lambda *said: heard.append(said) or exchange(*said)  # type: ignore[method-assign, func-returns-value]
    laptop.sync(transport)
    stored = count_rows(centre)
    for said in heard:
        assert exchange(*said).status in (200, 401)
    assert count_rows(centre) == stored
    method, target, headers, body = next(each for each in heard if each[0] == "PUT")
    assert exchange(method, target + "?offset=7", headers, body).status == 401
    longer = {**headers, "Content-Length": str(len(body) + 1)}
    assert exchange(method, target, longer, body + b"x").status == 400


PORTALS = {
    "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>log in</html>\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n",
    "text": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nno money",
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Encoding: gzip\r\n"
    b"Content-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    "network": b"HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", PORTALS.values(), ids=PORTALS)
def test_the_page_of_a_network_is_told_from_the_centre(centre: ServedCentre, answer: bytes) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    with answering(answer) as portal, pytest.raises(CaptivePortal):
        laptop.sync(laptop.transport(portal))
    with answering(answer) as portal, pytest.raises(CaptivePortal):
        enrol(portal, b"request")


def test_a_proxy_without_its_centre_is_told(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    bad = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n<>"
    with answering(bad) as proxy, pytest.raises(CentreUnreachable):
        laptop.sync(laptop.transport(proxy))


NONSENSE = [b"", bytes(50), b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_whatever_else_answers_is_a_lost_connection(centre: ServedCentre, nonsense: bytes) -> None:
    laptop = Laptop(centre, "u1")
    with answering(nonsense) as address, pytest.raises(ConnectionLost):
        laptop.sync(laptop.transport(address))


def test_another_centre_is_told_by_its_signature(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    transport = HttpTransport(url, laptop.keys, make_keys().public_signing, laptop.packer)
    centre.transports.append(transport)
    with pytest.raises(AnswerForged):
        laptop.sync(transport)


def test_an_answer_to_another_request_is_told(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    transport = laptop.transport(url)
    transport.talk(TalkRequest())
    exchange = transport.line.exchange
    old: list[Any] = []
    transport.line.exchange = lambda *said: old.append(exchange(*said)) or old[0]  # type: ignore[method-assign, func-returns-value]
    transport.talk(TalkRequest())
    with pytest.raises(AnswerForged):
        transport.talk(TalkRequest())


def test_without_a_network_that_is_said(centre: ServedCentre) -> None:
    laptop = Laptop(centre, "u1")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for nowhere in (address, "http://centre.invalid", "ftp://centre.example", "nonsense", "http://[", "http://h:99999"):
        with pytest.raises(CentreUnreachable):
            laptop.sync(laptop.transport(nowhere))


def test_what_ails_the_centre_is_not_taken_for_the_laptops(centre: ServedCentre, url: str) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(url)
    transport.talk(TalkRequest())
    centre.storage.close()
    centre.storage.path.write_bytes(b"no database")  # type: ignore[attr-defined]
    with pytest.raises(CentreTroubled):
        laptop.sync(transport)
