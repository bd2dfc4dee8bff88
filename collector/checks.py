"""Checks of a data folder: is the database sound, are the files what their records say, is the date right, is there
space. They look and tell; nothing here mends, moves or deletes.
"""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from collector import cache
from collector.attachments.files import Files
from collector.damage import DatabaseDamaged, refuse_lost_database
from collector.database import Database, open_database
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.query import list_records
from collector.registry import KINDS
from sync.errors import ChainBroken, StorageDamaged
from sync.log import verify_chains
from sync.storage import Connection, Row

EARLIEST_DAY: Final = date(2025, 7, 1)
"""No laptop can rightly be on an earlier day: this program is younger."""
CLOCK_TOLERANCE: Final = timedelta(days=1)
LOW_SPACE_BYTES: Final = 500 * 1024 * 1024
_PIECE: Final = 1024 * 1024


def open_checked(folder: DataFolder) -> Database:
    """Open the database of a folder; a damaged one is left exactly as it is.

    :raises DatabaseDamaged: if it is unreadable, or missing or empty although a village was set up here.
    :raises StorageUnreachable: if it is on a server that does not answer.
    """
    refuse_lost_database(folder)
    try:
        database = open_database(folder.place)
    except StorageDamaged as error:
        raise DatabaseDamaged.of(folder) from error
    if _was_emptied(folder, database):
        database.storage.close()
        raise DatabaseDamaged.of(folder)
    return database


def _was_emptied(folder: DataFolder, database: Database) -> bool:
    """Tell whether there is nothing in the database although a village was set up: then it is another than before."""
    if not folder.read_settings().get("set_up"):
        return False
    with database.reading() as connection:
        return connection.value("SELECT 1 FROM revision LIMIT 1") is None


def find_wrong_date(connection: Connection, now: datetime) -> str:
    """Say which day the computer is on when that cannot be right, else ''.

    It is wrong before this program existed, and more than a day before the newest record.
    """
    if now.date() < EARLIEST_DAY:
        return now.strftime("%d/%m/%Y")
    newest = connection.value("SELECT max(stamp) FROM revision") or 0
    if datetime.fromtimestamp((newest >> 16) / 1000, now.tzinfo) > now + CLOCK_TOLERANCE:
        return now.strftime("%d/%m/%Y")
    return ""


def find_low_space(path: Path, limit_bytes: int = LOW_SPACE_BYTES) -> str:
    """Say how much is free on the disk of a folder when that is little, else ''."""
    free = shutil.disk_usage(path).free
    return f"{free // (1024 * 1024)} MB" if free < limit_bytes else ""


def find_chain_problem(connection: Connection) -> tuple[int, str]:
    """Verify the chains of the log: the number of revisions checked, and where one is broken ('' if sound)."""
    try:
        return verify_chains(connection), ""
    except ChainBroken as error:
        return 0, "/".join(str(error.context.get(name)) for name in ("device", "epoch", "sequence"))


def list_file_problems(connection: Connection, files: Files) -> Iterator[dict[str, str]]:
    """Check every attachment: name those that are `missing`, no longer what their record says, or `awaited`.

    What another computer recorded comes when the files are exchanged; it is awaited and nothing is wrong.
    """
    for row in list_records(connection, "attachment"):
        problem = _file_problem(row, files)
        if problem == "missing" and _is_from_elsewhere(connection, row["id"]):
            problem = "awaited"
        if problem:
            yield {"id": row["id"], "name": row["name"], "problem": problem}


def _is_from_elsewhere(connection: Connection, record: str) -> bool:
    found = connection.value(
        "SELECT 1 FROM revision JOIN epoch USING (device, epoch) WHERE record = :record AND own = 0 LIMIT 1",
        {"record": record},
    )
    return found is not None


def _file_problem(row: Row, files: Files) -> str:
    if not row["sha256"]:
        return "missing"
    try:
        path = files.path(row["sha256"])
    except CollectorError:
        return "missing"
    return "" if hash_file(path) == row["sha256"] else "altered"


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal, reading it in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def check_folder(database: Database, files: Files) -> dict[str, Any]:
    """Run every check; `sound` says whether all is well."""
    integrity = database.storage.integrity_errors()
    with database.reading() as connection:
        revisions, broken_chain = find_chain_problem(connection)
        different = list(cache.differences(connection, KINDS))
        found = list(list_file_problems(connection, files))
    problems = [each for each in found if each["problem"] != "awaited"]
    return {
        "sound": not (integrity or broken_chain or different or problems),
        "integrity": integrity,
        "revisions": revisions,
        "broken_chain": broken_chain,
        "cache_differences": different,
        "files": problems,
        "awaited": [each for each in found if each["problem"] == "awaited"],
    }


def rebuild_cache(database: Database) -> dict[str, Any]:
    """Make the cache again from the log and compare it with what stood there before.

    `equal` says whether every record was as the log makes it, before and after.
    """
    with database.storage.writing() as connection:
        before = list(cache.differences(connection, KINDS))
        records = cache.rebuild(connection, KINDS)
        after = list(cache.differences(connection, KINDS))
    return {"equal": not (before or after), "records": records, "differed_before": before, "differ_after": after}
