"""Two laptops of one village: two data folders with their own devices that hold the same village and exchange segments.

What travels is what the protocol core takes out of one log and into another; bundles around it are tested elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from factories import CHEAP, Village, make_village, services_of
from flask import Flask

from collector import cache, create_app
from collector.accounts.store import Accounts
from collector.database import Database
from collector.device import ensure_device
from collector.folder import DataFolder
from collector.registry import KINDS
from sync.heads import list_branches
from sync.judging import Admission
from sync.offering import read_segments
from sync.receiving import Receiver


@dataclass(frozen=True)
class Laptop:
    """One of the laptops: its application, and the village as it was set up."""

    app: Flask
    village: Village

    @property
    def database(self) -> Database:
        """Its open database."""
        return services_of(self.app).database

    @property
    def device(self) -> str:
        """The id of its device."""
        return ensure_device(services_of(self.app).folder)


@contextmanager
def two_laptops(place: Path) -> Iterator[tuple[Laptop, Laptop]]:
    """Set a village up on one laptop and give it to another one."""
    first, second = (make_laptop(place / name) for name in ("first", "second"))
    village = make_village(first)
    one, other = Laptop(first, village), Laptop(second, village)
    carry(one, other)
    known = services_of(first)
    found = services_of(second)
    settings = {name: known.folder.read_settings()[name] for name in ("set_up", "unit", "village_name")}
    found.folder.write_settings(**settings)
    found.accounts.replace_all(known.accounts.list_accounts())
    try:
        yield one, other
    finally:
        for laptop in (one, other):
            laptop.database.storage.close()


def make_laptop(place: Path) -> Flask:
    """Make an application on an empty folder."""
    folder = DataFolder(place)
    folder.prepare()
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    return app


def carry(source: Laptop, target: Laptop) -> None:
    """Bring everything that one laptop holds to another one."""
    receiver = Receiver(target.database.log, target.device, Admission())
    with source.database.reading() as connection:
        segments = [
            segment
            for branch in list_branches(connection)
            for segment in read_segments(connection, branch, 1, branch.tip.sequence)
        ]
    with target.database.storage.writing() as connection:
        for segment in segments:
            outcome = receiver.receive(connection, segment)
            cache.refresh(connection, KINDS, outcome.changed)


def exchange(*laptops: Laptop) -> None:
    """Have all laptops bring each other what they hold, until all hold the same."""
    for _ in range(2):
        for source in laptops:
            for target in laptops:
                if source is not target:
                    carry(source, target)
