"""Writing and reading sticks for a data folder, one at a time, whoever begins it: a page or a command."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collector.attachments.files import Files
from collector.clock import ZONE
from collector.database import Database
from collector.folder import DataFolder
from collector.replication.journal import note_heard
from collector.replication.settling import settle
from collector.residue import clear_residue
from collector.sticks.errors import StickBusy
from collector.sticks.gathering import make_party
from collector.sticks.places import check_place
from collector.sticks.reading import Source, read_sources
from collector.sticks.report import Progress, ReadReport, WriteReport, be_quiet
from collector.sticks.sentences import Name, Say, name_laptops
from collector.sticks.writing import write_stick

LOCK: Final = "sticks.lock"


@contextmanager
def stick_lock(folder: DataFolder) -> Iterator[None]:
    """Hold the lock of sticks; it ends with the process, however that ends.

    :raises StickBusy: if another process or thread holds it.
    """
    with folder.holding(LOCK, StickBusy()):
        yield


def write_onto(folder: DataFolder, database: Database, place: Path, progress: Progress = be_quiet) -> WriteReport:
    """Write what others lack.

    :raises StickPlaceRefused: if that is no folder outside of the data folder.
    :raises NotEnrolledForSticks: if the folder belongs to no centre.
    :raises StickError: one of its classes; what was written is whole, writing again goes on.
    """
    check_place(folder, place)
    with stick_lock(folder):
        return write_stick(make_party(folder, database), place, progress)


def read_from(
    folder: DataFolder, database: Database, sources: Iterable[Source], progress: Progress = be_quiet
) -> ReadReport:
    """Take in files.

    :raises NotEnrolledForSticks: if the folder belongs to no centre.
    :raises StickGone: if the stick was pulled out; what was read stays.
    """
    with stick_lock(folder):
        party = make_party(folder, database)
        report = read_sources(party, sources, progress)
        if party.is_centre:
            clear_residue(database, Files(folder.attachments))
        else:
            _follow(folder, database, report)
        return report


def _follow(folder: DataFolder, database: Database, report: ReadReport) -> None:
    """Do what follows on a laptop from what others did, and remember when the centre was last heard of."""
    settle(folder, database)
    if report.heard_ms:
        with database.storage.writing() as connection:
            note_heard(connection, datetime.fromtimestamp(report.heard_ms / 1000, UTC).astimezone(ZONE))


def make_namer(folder: DataFolder, database: Database, say: Say) -> Name:
    """Give what names laptops.

    :raises NotEnrolledForSticks: if the folder belongs to no centre.
    """
    party = make_party(folder, database)
    with database.reading() as connection:
        return name_laptops(connection, party, say)
