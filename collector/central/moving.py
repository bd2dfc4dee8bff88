"""Moves the database of a centre to where it is kept from now on: from the folder's own file to a server, or back.

A centre is set up in its folder. When it is served with a database that is still empty, everything that the folder has
is carried over once; a database that holds another centre is refused.
"""

from contextlib import closing
from pathlib import Path

from filelock import FileLock

from collector import database as schema
from collector.central.errors import DatabaseOfAnother
from collector.device import ensure_keys
from collector.folder import DataFolder
from collector.storages import open_storage
from sync.clock import HybridClock
from sync.copying import copy_tables
from sync.log import Log
from sync.storage import Connection, Storage

DERIVED = frozenset({"cache"})
"""What says which tables of current records there are; they are made again from the log."""
LOCK = "moving.lock"
CARRIED = ".carried"
"""The end of the name of a file whose content was carried over."""


def adopt_database(folder: DataFolder) -> int:
    """Carry the folder's own database over to the one that it is to use, if that is empty; tell how many rows.

    Several processes may begin at once: one carries, the others wait for it and find nothing left to do.

    :raises DatabaseOfAnother: if that one holds the log of another centre.
    :raises SyncError: if it cannot be opened.
    """
    place = folder.place
    if _is_own(folder, place):
        return 0
    with FileLock(folder.root / LOCK), closing(open_storage(place)) as target:
        _prepare(target)
        with target.reading() as connection:
            if not _is_empty(connection):
                _refuse_another(folder, connection)
                return 0
        return _carry(folder, target) if folder.database.exists() else 0


def _is_own(folder: DataFolder, place: Path | str) -> bool:
    return place == folder.database or str(place) == f"sqlite:///{folder.database}"


def _prepare(storage: Storage) -> None:
    Log(storage, HybridClock())
    storage.migrate(schema.NAMESPACE, schema.MIGRATIONS)


def _is_empty(connection: Connection) -> bool:
    return connection.value("SELECT 1 FROM revision LIMIT 1") is None


def _refuse_another(folder: DataFolder, connection: Connection) -> None:
    own = ensure_keys(folder).id
    known = connection.value("SELECT 1 FROM epoch WHERE own = 1 AND device = :own", {"own": own})
    if known is None:
        raise DatabaseOfAnother()


def _carry(folder: DataFolder, target: Storage) -> int:
    with closing(open_storage(folder.database)) as source:
        _prepare(source)
        with source.reading() as old:
            if _is_empty(old):
                return 0
            with target.writing() as new:
                if not _is_empty(new):  # another process of the same centre was quicker
                    return 0
                rows = copy_tables(old, new, DERIVED)
    _put_away(folder.database)
    return rows


def _put_away(file: Path) -> None:
    """Leave the old file under another name, so that nothing is ever written into both."""
    for ending in ("", "-wal", "-shm"):
        old = file.with_name(file.name + ending)
        if old.exists():
            old.replace(file.with_name(f"{file.name}{CARRIED}{ending}"))
