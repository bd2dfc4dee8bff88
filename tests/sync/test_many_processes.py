"""One centre on PostgreSQL, served by several processes: nothing is missed, nothing is twice, the cache is right."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sync_scenes import Laptop, ServedCentre, list_bodies, serving

from collector import cache
from collector.database import open_database
from collector.registry import KINDS
from sync.client import HttpTransport
from sync.log import verify_chains
from sync.storage import Connection

if TYPE_CHECKING:
    from postgres_server import Server

UNIT = "0192a0b0-0000-7000-8000-00000000000a"
LAPTOPS, ROUNDS, EDITS = 6, 5, 12


def refresh(connection: Connection, records: set[str]) -> None:
    cache.refresh(connection, KINDS, records)


@pytest.fixture
def centres(database_server: "Server") -> Iterator[list[ServedCentre]]:
    """Three processes of one centre: what they share is the database and the keys."""
    address = database_server.make_prepared_database()
    first = ServedCentre(open_database(address).storage, on_change=refresh)
    others = [
        ServedCentre(open_database(address).storage, first.keys, first.devices, on_change=refresh) for _ in range(2)
    ]
    yield [first, *others]
    for each in (first, *others):
        each.close()
    database_server.remove_database(address)


@dataclass
class Together:
    """Laptops that push through whichever process they reach, each in a thread of its own."""

    centres: list[ServedCentre]
    urls: list[str]
    guard: threading.Lock = field(default_factory=threading.Lock)
    pushed: threading.Barrier = field(default_factory=lambda: threading.Barrier(LAPTOPS + 1))

    def enrol(self, number: int) -> tuple[Laptop, HttpTransport]:
        """Make a laptop and its way to one of the processes."""
        at = number % len(self.centres)
        with self.guard:
            laptop = Laptop(self.centres[at], UNIT, skew_ms=number)
            return laptop, laptop.transport(self.urls[at])

    def push(self, number: int) -> list[bytes]:
        """Edit and push by turns; in the end give everything that is there."""
        laptop, way = self.enrol(number)
        chance = random.Random(number)
        for turn in range(ROUNDS):
            for edit in range(EDITS):
                record = f"programme-{chance.randrange(6)}"
                laptop.write(record, kind="programme", name=f"Đường {number}/{turn}/{edit}")
            laptop.sync(way)
        self.pushed.wait(120)
        laptop.sync(way)
        return laptop.bodies()

    def pull(self) -> list[bytes]:
        """Pull on and on while others push; in the end give everything that came."""
        reader, way = self.enrol(LAPTOPS)
        while self.pushed.n_waiting < LAPTOPS:
            reader.sync(way)
        self.pushed.wait(120)
        reader.sync(way)
        return reader.bodies()


def test_pushing_through_several_processes_misses_nothing(centres: list[ServedCentre]) -> None:
    """All laptops edit the same few records, so the cache is right only if one writes after the other."""
    with ExitStack() as stack:
        together = Together(centres, [stack.enter_context(serving(centre.make_app())) for centre in centres])
        pool = stack.enter_context(ThreadPoolExecutor(LAPTOPS + 1))
        following = pool.submit(together.pull)
        found = [following.result, *(pool.submit(together.push, number).result for number in range(LAPTOPS))]
        held = [result() for result in found]
    with centres[0].storage.reading() as connection:
        written = LAPTOPS * ROUNDS * EDITS
        assert connection.value("SELECT count(*) FROM revision") == verify_chains(connection) == written
        assert list(cache.differences(connection, KINDS)) == []
        assert connection.value("SELECT count(*) FROM feed") == LAPTOPS * ROUNDS
        assert connection.value("SELECT count(*) FROM programme") == 6
    assert held == [list_bodies(centres[0].storage)] * (LAPTOPS + 1)
