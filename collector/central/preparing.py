"""What is done before a centre is served: its database and its address are noted, and it is bound where it was told."""

import ipaddress
from typing import Any, Final

from collector.central.errors import AddressInvalid, CentreNotSetUp
from collector.central.moving import adopt_database
from collector.central.office import ADDRESS
from collector.checks import open_checked
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.joining.store import check_address
from collector.storages import FILE_ADDRESS, find_file, is_on_server
from sync.errors import SyncError

MAX_NAME: Final = 100
LOOPBACK: Final = "127.0.0.1"


def prepare_centre(
    folder: DataFolder, *, database: str | None, host: str | None, address: str | None, proxied: bool
) -> dict[str, Any]:
    """Note what was told of a centre and carry its database over where it is another; say how to bind it.

    :raises CentreNotSetUp: if the folder was not set up.
    :raises StorageAddressInvalid: if the database's address is none.
    :raises DatabaseOfAnother: if the database that was named belongs to another centre; then it is not noted.
    :raises DatabaseDamaged: if it is empty, and what was in the last one cannot be carried over; nor is it then.
    :raises AddressInvalid: if there is no such address to listen at, or the centre cannot be reached so.
    """
    if not folder.read_settings().get("set_up"):
        raise CentreNotSetUp(path=str(folder.root))
    bound = _check_host(host)
    if database is None:
        adopt_database(folder)
    else:
        _move_to(folder, database)
    if address is not None:
        note_address(folder, address)
    return {"host": bound, "proxied": proxied}


def _move_to(folder: DataFolder, database: str) -> None:
    """Use another database from now on; if it is refused, the last one stays noted.

    It is noted first: a process that dies while it carries the rows over goes on with that at the next start.
    """
    known = folder.read_settings().get("database")
    note_database(folder, database)
    try:
        adopt_database(folder)
        if folder.read_settings().get("database") != known:
            open_checked(folder).storage.close()
    except (CollectorError, SyncError):
        folder.write_settings(database=known)
        raise


def note_database(folder: DataFolder, database: str) -> None:
    """Remember where the database of a centre is.

    :raises StorageAddressInvalid: if it is no address of a database.
    """
    noted: str | None = database
    if not is_on_server(database):
        file = find_file(database).absolute()
        noted = None if file == folder.database else f"{FILE_ADDRESS}{file}"
    if folder.read_settings().get("database") != noted:
        folder.write_settings(database=noted)


def note_address(folder: DataFolder, address: str) -> str:
    """Remember where laptops and browsers reach a centre; "" forgets it. Give it as it is kept.

    :raises AddressInvalid: if it is no address.
    """
    try:
        kept = check_address(address) if address.strip() else ""
    except CollectorError as error:
        raise AddressInvalid(address=address[:200]) from error
    folder.write_settings(**{ADDRESS: kept})
    return kept


def note_name(folder: DataFolder, name: str) -> str:
    """Remember what a centre is called; give it as it is kept."""
    kept = " ".join(name.split())[:MAX_NAME]
    folder.write_settings(village_name=kept)
    return kept


def _check_host(host: str | None) -> str:
    try:
        return str(ipaddress.ip_address(host or LOOPBACK))
    except ValueError as error:
        raise AddressInvalid(address=str(host)[:200]) from error
