"""Long answers over a line that breaks, for the tests of what arrives piece by piece."""

import secrets
from pathlib import Path

import pytest
from faults.proxy import Proxy
from sync_scenes import Laptop, ServedCentre, list_bodies, serving

from sync.arriving import Arriving
from sync.client import HttpTransport
from sync.errors import ConnectionLost

COUNT = 80
TITLE_BYTES = 3_750


def make_reader(centre: ServedCentre) -> Laptop:
    """Make a laptop that lacks some 300 kB, which come as one page."""
    writer = Laptop(centre, "u1")
    for number in range(COUNT):
        writer.write(f"a{number}", title=secrets.token_hex(TITLE_BYTES))
    with serving(centre.make_app()) as url:
        writer.sync(writer.transport(url))
    return Laptop(centre, "u1")


class Lines:
    """Cuts for a proxy: each connection breaks after so many bytes, those after them never."""

    def __init__(self, *cuts: int | None) -> None:
        self.left = list(cuts)

    def __call__(self) -> int | None:
        return self.left.pop(0) if self.left else None


def open_way(laptop: Laptop, proxy: Proxy, path: Path) -> HttpTransport:
    """Open the way to the centre anew, as after a start of the program."""
    transport = laptop.transport(proxy.address)
    transport.arriving = Arriving(path)
    return transport


def measure_whole(laptop: Laptop, proxy: Proxy, folder: Path) -> int:
    """Give how many bytes come down if nothing breaks, to a laptop like this one."""
    other = Laptop(laptop.centre, laptop.unit)
    other.sync(open_way(other, proxy, folder / "whole"))
    assert other.bodies() == list_bodies(laptop.centre.storage)
    return proxy.bytes_down


def break_off(laptop: Laptop, proxy: Proxy, path: Path, after: int) -> None:
    """Begin to sync over a line that breaks after so many bytes and cannot be opened again."""
    proxy.cuts = Lines(after, *[1] * 8)
    with pytest.raises(ConnectionLost):
        laptop.sync(open_way(laptop, proxy, path))
    proxy.cuts = Lines()
