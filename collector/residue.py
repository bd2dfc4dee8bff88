"""Leaves nothing of what was erased in the files of the data folder.

A row that is deleted is overwritten at once, but copies stay behind where the engine moved rows about, and the search
index keeps the words of entries that were taken out until its parts are merged. So after an erasure, also one that
another laptop made, the parts are merged and the file is written anew. On a server that is the server's own affair.
Photos and scans whose records were erased go too.
"""

import logging
from typing import Final

from collector import index
from collector.attachments.files import Files
from collector.attachments.forgetting import forget_contents
from collector.database import Database
from sync.errors import StorageBusy, StorageFull
from sync.storage import Connection

_ROW: Final = "(erased)"
"""The row of `cache` that says how many erased revisions were known when the file was last written anew."""
_log = logging.getLogger(__name__)


def clear_residue(database: Database, files: Files) -> bool:
    """Write the file anew if something was erased since the last time; tell whether that was done.

    The bytes of erased photos and scans go as well.

    Where somebody else is writing or reading, or the disk is full, it stays due, and nothing is raised.
    """
    forget_contents(database.storage, files)
    try:
        return _clear(database)
    except (StorageBusy, StorageFull):
        _log.warning("what was erased is cleared from the file later")
        return False


def _clear(database: Database) -> bool:
    with database.reading() as connection:
        erased, cleared = _count_erased(connection), _read_cleared(connection)
    if erased == cleared:
        return False
    with database.storage.writing() as connection:
        index.merge_parts(connection)
    if not database.storage.rewrite():
        return False
    with database.storage.writing() as connection:
        named = {"kind": _ROW, "signature": str(erased)}
        connection.execute(
            "INSERT INTO cache (kind, signature) VALUES (:kind, :signature)"
            " ON CONFLICT (kind) DO UPDATE SET signature = excluded.signature",
            named,
        )
    return True


def _count_erased(connection: Connection) -> int:
    return int(connection.value("SELECT count(*) FROM erasure"))


def _read_cleared(connection: Connection) -> int:
    return int(connection.value("SELECT signature FROM cache WHERE kind = :kind", {"kind": _ROW}) or 0)
