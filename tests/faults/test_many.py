"""Many laptops at once against one centre: no error, nothing lost, nothing twice."""

import threading
import time
from pathlib import Path

import pytest
from uuid6 import uuid7

from collector.central.office import Office, Wish
from collector.database import open_database
from collector.query import list_records
from faults.world import COMMUNE, Centre, Laptop, assert_nothing_is_lost
from sync.bundle import ReaderKeys, Recipients
from sync.client import HttpTransport
from sync.clock import HybridClock
from sync.devices import VILLAGE
from sync.enrolment import EnrolRequest, read_membership, sign_request
from sync.evicting import LaptopAdmission
from sync.keys import make_keys
from sync.log import Edit, Log
from sync.migrations import MIGRATIONS, NAMESPACE
from sync.packing import BundlePacker
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.receiving import Receiver
from sync.sqlite import SqliteStorage
from sync.storage import Connection
from sync.talking import Talk

WRITES = 8


def forget(connection: Connection, records: set[str]) -> None:
    """Keep no cache."""


class Small:
    """A laptop that is nothing but keys and a log in a file."""

    def __init__(self, office: Office, root: Path, number: int) -> None:
        self.unit, name = str(uuid7()), f"Thôn {number}"
        self.keys = make_keys()
        request = EnrolRequest(
            device=self.keys.id, encryption=self.keys.public_encryption, name=name, role=VILLAGE, unit=self.unit,
            unit_name=name, key=self.keys.public_signing,
        )  # fmt: skip
        answer = office.approve(sign_request(request, self.keys), Wish(COMMUNE, is_new=True))
        self.membership = read_membership(answer, self.keys.id)
        self.storage = SqliteStorage(root / f"{number}.sqlite")
        self.storage.migrate(NAMESPACE, MIGRATIONS)
        self.log = Log(self.storage, HybridClock())
        self.receiver = Receiver(self.log, self.keys.id, LaptopAdmission())
        with self.storage.writing() as connection:
            self.log.open_epoch(connection, self.keys.id, "new")
            for each in range(WRITES):
                self.log.append(connection, Edit(str(uuid7()), "programme", self.unit, {"name": f"{name}, {each}"}))

    def sync(self, address: str) -> None:
        """Push and pull in one conversation."""
        servers = frozenset({self.membership.server})
        recipients = Recipients(self.membership.encryption, self.membership.escrow)
        reader = ReaderKeys((self.keys.encryption,), servers, trusted=servers)
        packer = BundlePacker(self.keys, self.membership.server, lambda _: recipients, reader)
        transport = HttpTransport(address, self.keys, self.membership.signing, packer)
        talk = Talk(transport, self.keys.id)
        pusher = Pusher(self.storage, self.receiver, talk, packer, forget)
        puller = Puller(self.storage, self.receiver, talk, forget)
        try:
            talk.begin(self.storage, pusher, puller)
            pusher.push()
            puller.pull()
        finally:
            transport.close()

    def count_unsent(self) -> int:
        """Count what the centre is not known to have."""
        with self.storage.reading() as connection:
            return int(connection.value("SELECT sum(head_sequence - received) FROM epoch"))


def play(centre: Centre, reader: Laptop, folder: Path, count: int) -> None:
    folder.mkdir()
    database = open_database(centre.folder.database)
    office = Office(centre.folder, database)
    laptops = [Small(office, folder, number) for number in range(count)]
    database.storage.close()
    problems: list[BaseException] = []
    everybody = threading.Barrier(count)

    def act(laptop: Small) -> None:
        try:
            everybody.wait(60)
            laptop.sync(centre.address)
            laptop.sync(centre.address)
        except Exception as problem:
            problems.append(problem)

    with centre.served() as address:
        reader.sync(address)
        threads = [threading.Thread(target=act, args=(laptop,), daemon=True) for laptop in laptops]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(180)
        print(f"{count} laptops in {time.monotonic() - begun:.1f} s")
    assert not problems, problems[:5]
    assert [laptop.count_unsent() for laptop in laptops] == [0] * count
    with centre.opened() as there, there.reading() as connection:
        for laptop in laptops:
            assert len(list_records(connection, "programme", unit=laptop.unit)) == WRITES
            laptop.storage.close()
    assert_nothing_is_lost(centre, [reader])
    centre.assert_sound()


@pytest.mark.slow
def test_many_laptops_at_once_have_no_trouble(centre: Centre, an: Laptop, tmp_path: Path) -> None:
    play(centre, an, tmp_path / "many", 25)


@pytest.mark.slow
def test_two_hundred_laptops_at_once_have_no_trouble(centre: Centre, an: Laptop, tmp_path: Path) -> None:
    play(centre, an, tmp_path / "many", 200)
