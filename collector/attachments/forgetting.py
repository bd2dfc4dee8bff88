"""Lets go of the bytes of files whose records were erased, here or by another laptop.

Several records may name one content, so it goes when the last of them was erased. Which contents lost a record is
noted in the transaction that changes the record's row (`cache.py`); the bytes go as soon as that is over, or when the
folder is looked after next. What was only removed stays, because it can be brought back.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.attachments.files import Files
from collector.attachments.naming import is_disputed
from sync.errors import StorageBusy, StorageFull
from sync.storage import Connection, Storage

KIND: Final = "attachment"
_log = logging.getLogger(__name__)


def note_lost(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Remember the contents that these records named until now, of those that name none any more.

    Call it before the rows are put into the table.
    """
    connection.execute_many(
        "INSERT INTO lost_content (sha256) SELECT sha256 FROM attachment WHERE id = :id AND sha256 IS NOT NULL"
        " ON CONFLICT DO NOTHING",
        [{"id": row["id"]} for row in rows if row["sha256"] is None],
    )


def forget_contents(storage: Storage, files: Files) -> int:
    """Delete the contents that lost their last record; return how many were deleted.

    Where somebody else is writing it stays due, and nothing is raised.
    """
    try:
        with storage.reading() as connection:
            if not _list_lost(connection):
                return 0
        with storage.writing() as connection:  # nobody adds a file meanwhile
            return _forget(connection, files)
    except (StorageBusy, StorageFull, OSError):
        _log.warning("files of what was erased are deleted later")
        return 0


def _list_lost(connection: Connection) -> list[str]:
    return [row["sha256"] for row in connection.rows("SELECT sha256 FROM lost_content ORDER BY sha256")]


def _forget(connection: Connection, files: Files) -> int:
    deleted = 0
    for name in _list_lost(connection):
        if not _is_named(connection, name):
            deleted += files.delete(name)
        connection.execute("DELETE FROM lost_content WHERE sha256 = :name", {"name": name})
    return deleted


def _is_named(connection: Connection, name: str) -> bool:
    """Tell whether a record names a content, also a removed one or one whose values differ, or minutes stand on it."""
    named = {"name": name}
    return (
        connection.value("SELECT 1 FROM attachment WHERE sha256 = :name", named) is not None
        or connection.value("SELECT 1 FROM snapshot WHERE paper_sha256 = :name", named) is not None
        or is_disputed(connection, name)
    )
