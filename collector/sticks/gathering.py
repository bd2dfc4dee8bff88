"""Makes the party of a data folder: its keys, what it keeps of its centre, and the laptops of its directory."""

from collections.abc import Callable, Iterator

from collector import cache
from collector.database import Database
from collector.device import ensure_keys
from collector.folder import DataFolder
from collector.joining.store import take_answer
from collector.membership import read_membership, read_signed
from collector.registry import KINDS
from collector.replication.gentle import GentleStorage
from collector.sticks.errors import NotEnrolledForSticks
from collector.sticks.party import Centre, Party
from sync.certificates import Certificate
from sync.directory import DirectoryRecipients, list_certificates, list_signed
from sync.enrolment import MEMBERSHIP, Membership
from sync.storage import Connection


def bring_up_to_date(connection: Connection, records: set[str]) -> None:
    """Bring the cache of current records up to date."""
    cache.refresh(connection, KINDS, records)


def make_party(folder: DataFolder, database: Database) -> Party:
    """Put together who exchanges.

    :raises NotEnrolledForSticks: if the folder belongs to no centre: nothing can be sealed for one.
    :raises EscrowMissing: if it is that of a centre that has no reserve key.
    """
    if folder.read_settings().get("role") == "central":
        from collector.sticks.central import make_central_party

        return make_central_party(folder, database)
    membership = read_membership(folder)
    if membership is None:
        raise NotEnrolledForSticks()
    keys = ensure_keys(folder)
    centre = Centre(membership.server, membership.encryption, membership.escrow)
    recipients = DirectoryRecipients(
        database.storage, own=keys.id, server=centre.id, encryption=centre.encryption, escrow=centre.escrow
    )
    return Party(
        GentleStorage(database.storage),
        database.log,
        keys,
        centre,
        str(folder.read_settings().get("role", "village")),
        _list_known(database, membership),
        recipients,
        bring_up_to_date,
        tuple(_list_papers(folder, database, keys.id, membership)),
        membership.commune,
        files=folder.attachments,
        take_membership=_renew(folder, database, membership),
    )


def _renew(folder: DataFolder, database: Database, known: Membership) -> Callable[[bytes, Membership], bool]:
    """Give what takes a later word of the same centre about this laptop; another centre's is not believed."""

    def take(data: bytes, said: Membership) -> bool:
        if said.server != known.server or said.issued_ms <= known.issued_ms:
            return False
        take_answer(folder, database, data)
        return True

    return take


def _list_papers(
    folder: DataFolder, database: Database, own: str, membership: Membership
) -> Iterator[tuple[str, bytes]]:
    """Give what laptops have to know of each other: certificates, the own one among them; and for the centre, should it
    have forgotten who belongs to it, the own membership."""
    with database.reading() as connection:
        known = dict(list_signed(connection))
    yield f"{MEMBERSHIP}-{own[:8]}", read_signed(folder)
    for device, data in sorted((known | {own: membership.certificate}).items()):
        yield f"certificate-{device[:8]}", data


def _list_known(database: Database, membership: Membership) -> dict[str, Certificate]:
    with database.reading() as connection:
        found = {each.device: each for each in list_certificates(connection, membership.server)}
    own = membership.read_certificate()
    if own.device not in found or found[own.device].issued < own.issued:
        found[own.device] = own
    return found
