"""Where a database is, and opening what it is kept in: an SQLite file, or a database on a PostgreSQL server.

An address is `sqlite:///FILE` (`sqlite:////FILE` from the root of the disk) or `postgresql://USER:PASSWORD@HOST/NAME`;
a path stands for its file. The library for the server is loaded only when one is named.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.errors import StorageAddressInvalid, StorageEngineMissing
from sync.storage import KeptStorage

if TYPE_CHECKING:
    from sync.postgres import PostgresStorage

FILE_ADDRESS: Final = "sqlite:///"
SERVER_ADDRESSES: Final = ("postgresql://", "postgres://")


def is_on_server(place: Path | str) -> bool:
    """Tell whether a database is on a server, so that no file of ours holds it."""
    return isinstance(place, str) and place.startswith(SERVER_ADDRESSES)


def find_file(place: Path | str) -> Path:
    """Give the file of a database that is one.

    :raises StorageAddressInvalid: if it is another address than that of a file.
    """
    if isinstance(place, Path):
        return place
    if not place.startswith(FILE_ADDRESS) or place == FILE_ADDRESS:
        raise StorageAddressInvalid(detail=place.rpartition("@")[2])
    return Path(place.removeprefix(FILE_ADDRESS))


def open_storage(place: Path | str) -> KeptStorage:
    """Open what a database is kept in.

    :raises StorageAddressInvalid: if `place` is no address of a database.
    :raises StorageEngineMissing: if the library for the server is not installed.
    :raises StorageUnreachable: if the server does not answer or does not let us in.
    """
    if is_on_server(place):
        return _open_server(str(place))
    from sync.sqlite import SqliteStorage

    return SqliteStorage(find_file(place))


def _open_server(url: str) -> "PostgresStorage":
    try:
        from sync.postgres import PostgresStorage
    except ImportError as error:
        raise StorageEngineMissing(detail=str(error)) from error
    storage = PostgresStorage(url)
    storage.probe()
    return storage
