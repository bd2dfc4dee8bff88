"""What is looked at before a database is opened at all: is it there, and does it begin as a database does?"""

from collector.errors import CollectorError
from collector.folder import DataFolder
from sync.errors import StorageDamaged


class DatabaseDamaged(CollectorError):
    """The database of a folder that was set up is missing, empty or unreadable."""

    code = "database_damaged"
    status = 503

    @classmethod
    def of(cls, folder: DataFolder) -> "DatabaseDamaged":
        """Name the database of a folder and the newest backup that is there."""
        archives = sorted(folder.backups.glob("collector-*.age"))
        return cls(path=str(folder.database), backup=str(archives[-1]) if archives else "collector-….age")


def refuse_lost_database(folder: DataFolder) -> None:
    """Refuse to start an empty database where there was a full one.

    :raises DatabaseDamaged: if it is missing or empty although a village was set up here.
    """
    lost = not folder.database.exists() or folder.database.stat().st_size == 0
    if lost and folder.read_settings().get("set_up"):
        raise DatabaseDamaged.of(folder)


def refuse_unreadable_database(folder: DataFolder) -> None:
    """Refuse a file that is no database, or whose list of tables cannot be read. Reads a page or two.

    :raises DatabaseDamaged: if it is missing, empty or no database; nothing is changed.
    """
    from sync.sqlite import SqliteStorage

    refuse_lost_database(folder)
    if not folder.database.exists():
        return
    storage = SqliteStorage(folder.database)
    try:
        with storage.reading() as connection:
            connection.value("SELECT count(*) FROM sqlite_master")
    except StorageDamaged as error:
        raise DatabaseDamaged.of(folder) from error
    finally:
        storage.close()
