"""The configurations of nginx and Caddy that the operator guide shows, run by the real programs."""

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ports import find_port
from proxy_scenes import CADDY, NGINX, Proxy, run_caddy, run_nginx
from sync_scenes import Laptop, ServedCentre, list_bodies, make_centre, serving

from sync.errors import CaptivePortal, CentreUnreachable, ConnectionLost
from sync.wire import PART_BYTES

Run = Callable[[Path, str], Proxy]


@pytest.fixture(
    params=[
        pytest.param(
            run_nginx, id="nginx", marks=pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
        ),
        pytest.param(
            run_caddy,
            id="caddy",
            marks=[pytest.mark.slow, pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")],
        ),
    ]
)
def run(request: pytest.FixtureRequest) -> Run:
    """What runs the proxy."""
    found: Run = request.param
    return found


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    made = make_centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def proxy(run: Run, centre: ServedCentre, tmp_path: Path) -> Iterator[Proxy]:
    """A proxy in front of a centre."""
    with serving(centre.make_app()) as backend:
        found = run(tmp_path, backend)
        try:
            yield found
        finally:
            found.close()


def test_laptops_exchange_records_through_it(centre: ServedCentre, proxy: Proxy) -> None:
    first, second = Laptop(centre, "u1"), Laptop(centre, "u1")
    for number in range(600):
        first.write(f"a{number}")
    url = f"https://127.0.0.1:{proxy.secure}"
    first.sync(first.transport(url))
    second.sync(second.transport(url))
    assert first.bodies() == second.bodies() == list_bodies(centre.storage)


def test_an_idle_sync_stays_small(centre: ServedCentre, proxy: Proxy) -> None:
    laptop = Laptop(centre, "u1")
    laptop.write("a1")
    transport = laptop.transport(f"https://127.0.0.1:{proxy.secure}")
    laptop.sync(transport)
    laptop.sync(transport, "d1")
    before = transport.line.sent + transport.line.received
    laptop.sync(transport, "d1")
    assert transport.line.sent + transport.line.received - before <= 600


def wait_for_bytes(centre: ServedCentre, count: int) -> None:
    """Wait until so much of a bundle is kept at the centre."""
    deadline = time.monotonic() + 60
    kept = 0
    while kept < count:
        assert time.monotonic() < deadline
        with centre.storage.reading() as connection:
            kept = connection.value("SELECT max(length(data)) FROM upload") or 0


def test_parts_reach_the_centre_before_a_cut(centre: ServedCentre, proxy: Proxy) -> None:
    laptop = Laptop(centre, "u1")
    for number in range(300):
        laptop.write(f"a{number}", title=secrets.token_urlsafe(720))
    url = f"https://127.0.0.1:{proxy.secure}"
    sent: list[int] = []

    def cut(up: int, down: int) -> None:
        if up > 2 * PART_BYTES and not sent:
            sent.append(up)
            wait_for_bytes(centre, PART_BYTES)
            raise ConnectionLost(reason="pulled out")

    with pytest.raises(ConnectionLost):
        laptop.sync(laptop.transport(url, watch=cut))
    transport = laptop.transport(url)
    with laptop.storage.reading() as connection:
        length = len(connection.value("SELECT data FROM outbox"))
    laptop.sync(transport)
    assert list_bodies(centre.storage) == laptop.bodies()
    assert transport.line.sent < length - sent[0] + PART_BYTES + 8_000


def test_over_http_it_is_not_taken_for_the_centre(centre: ServedCentre, proxy: Proxy) -> None:
    laptop = Laptop(centre, "u1")
    with pytest.raises(CaptivePortal):
        laptop.sync(laptop.transport(f"http://127.0.0.1:{proxy.plain}"))


def test_a_centre_that_is_down_is_said(run: Run, centre: ServedCentre, tmp_path: Path) -> None:
    nowhere = find_port()
    proxy = run(tmp_path, f"http://127.0.0.1:{nowhere}")
    laptop = Laptop(centre, "u1")
    try:
        with pytest.raises(CentreUnreachable):
            laptop.sync(laptop.transport(f"https://127.0.0.1:{proxy.secure}"))
    finally:
        proxy.close()
