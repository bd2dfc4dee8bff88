"""One exchange at a time for a data folder, whoever begins it: the served pages, a command, or the folder by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from collector.errors import FolderNotWritable
from collector.folder import DataFolder
from collector.replication.errors import SyncRunning

NAME: Final = "sync.lock"


@contextmanager
def exchange_lock(folder: DataFolder) -> Iterator[None]:
    """Hold the lock of the exchange; it ends with the process, however that ends.

    :raises SyncRunning: if somebody else holds it.
    :raises FolderNotWritable: if the folder cannot be written.
    """
    with folder.holding(NAME, SyncRunning()):
        yield


def is_running(folder: DataFolder) -> bool:
    """Tell whether somebody exchanges for this folder now."""
    try:
        with exchange_lock(folder):
            return False
    except SyncRunning:
        return True
    except FolderNotWritable:
        return False
