"""A second data folder that receives what the first one recorded, but not its files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factories import CHEAP, make_village, services_of
from flask import Flask

from collector import cache, create_app
from collector.accounts.store import Accounts
from collector.database import Database
from collector.folder import DataFolder
from collector.registry import KINDS
from sync.heads import list_branches
from sync.judging import Admission
from sync.offering import read_segments
from sync.receiving import Receiver


def carry_records(source: Database, target: Database) -> None:
    """Bring everything that one folder recorded into the other, as a pull does; no file comes along."""
    receiver = Receiver(target.log, "elsewhere", Admission())
    with source.reading() as connection:
        segments = [
            segment
            for branch in list_branches(connection)
            for segment in read_segments(connection, branch, 1, branch.tip.sequence)
        ]
    with target.storage.writing() as connection:
        for segment in segments:
            cache.refresh(connection, KINDS, receiver.receive(connection, segment).changed)


@contextmanager
def another_laptop(path: Path) -> Iterator[Flask]:
    """Open an application on a second folder with a village of its own."""
    folder = DataFolder(path)
    folder.prepare()
    made = create_app(folder)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(made).accounts = Accounts(folder, CHEAP)
    make_village(made, village_name="Thôn Pà Ooi", local_number="4")
    try:
        yield made
    finally:
        services_of(made).database.storage.close()
