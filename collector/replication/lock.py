"""One exchange at a time for a data folder, whoever begins it: the served pages, a command, or the folder by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from filelock import FileLock, Timeout

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
    lock = FileLock(folder.root / NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SyncRunning() from error
    except OSError as error:
        raise FolderNotWritable(path=str(folder.root), problem=error.strerror or "") from error
    try:
        yield
    finally:
        lock.release()


def is_running(folder: DataFolder) -> bool:
    """Tell whether somebody exchanges for this folder now."""
    try:
        with exchange_lock(folder):
            return False
    except SyncRunning:
        return True
    except FolderNotWritable:
        return False
