"""What is looked at before a database is opened at all: is it there, and does it begin as a database does?"""

from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.storages import find_file, is_on_server, open_storage
from sync.errors import StorageDamaged
from sync.storage import SQLITE


class DatabaseDamaged(CollectorError):
    """The database of a folder that was set up is missing, empty or unreadable."""

    code = "database_damaged"
    status = 503

    @classmethod
    def of(cls, folder: DataFolder) -> "DatabaseDamaged":
        """Name the database of a folder and the newest backup that is there."""
        archives = sorted(folder.backups.glob("collector-*.age"))
        path = str(folder.place).rpartition("@")[2]  # an address may carry a password
        return cls(path=path, backup=str(archives[-1]) if archives else "collector-….age")


def refuse_lost_database(folder: DataFolder) -> None:
    """Refuse to start an empty database file where there was a full one.

    :raises DatabaseDamaged: if it is missing or empty although a village was set up here.
    """
    place = folder.place
    if is_on_server(place) or not folder.read_settings().get("set_up"):
        return
    file = find_file(place)
    if not file.exists() or file.stat().st_size == 0:
        raise DatabaseDamaged.of(folder)


def refuse_unreadable_database(folder: DataFolder) -> None:
    """Refuse a file that is no database, or whose list of tables cannot be read. Reads a page or two.

    :raises DatabaseDamaged: if it is missing, empty or no database; nothing is changed.
    :raises StorageUnreachable: if it is on a server that does not answer.
    """
    refuse_lost_database(folder)
    place = folder.place
    if not is_on_server(place) and not find_file(place).exists():
        return
    storage = open_storage(place)
    try:
        if storage.engine == SQLITE:
            with storage.reading() as connection:
                connection.value("SELECT count(*) FROM sqlite_master")
    except StorageDamaged as error:
        raise DatabaseDamaged.of(folder) from error
    finally:
        storage.close()
