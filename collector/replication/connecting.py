"""Opens the way to the centre that this folder belongs to, with its keys and what it keeps of the centre.

Reads nothing of the exchange before a way is opened: pages only ask for the address.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from collector.folder import DataFolder, read_json
from collector.membership import FILE, read_membership
from collector.replication.errors import NotEnrolled, WrongAddress

if TYPE_CHECKING:
    from collector.database import Database
    from collector.replication.laptop import Laptop, Way
    from collector.replication.progress import Progress
    from sync.enrolment import Membership

ARRIVING: Final = "sync.answer"
CHALLENGE: Final = "sync.challenge"
GENTLE_ROOM: Final = 250
"""How many revisions are stored at once where somebody may wait to save: a page of the centre is no smaller."""


def find_address(folder: DataFolder) -> str:
    """Give the address of the centre as it was kept at enrolment; "" if this folder belongs to none."""
    kept = read_json(folder.root / FILE, {})
    return str(kept.get("url", "")) if isinstance(kept, dict) else ""


def connect(
    folder: DataFolder, database: "Database", progress: "Progress", *, server: str = "", is_gentle: bool = False
) -> "tuple[Laptop, Way]":
    """Open the way to the centre of this folder, at `server` if it is given. Nothing is sent yet.

    :raises NotEnrolled: if the folder belongs to no centre.
    :raises WrongAddress: if the address is none.
    """
    from collector.device import ensure_keys
    from collector.replication.laptop import Way
    from sync.arriving import Arriving
    from sync.challenges import Challenges
    from sync.client import HttpShelf, HttpTransport
    from sync.wire import SEALED

    membership = read_membership(folder)
    if membership is None:
        raise NotEnrolled()
    laptop = make_member(folder, database, membership, is_gentle=is_gentle)
    link = HttpTransport(
        check_address(server or membership.url),
        ensure_keys(folder),
        membership.signing,
        laptop.packer,
        watch=progress.count_bytes,
        challenges=Challenges(folder.secrets / CHALLENGE),
    )
    link.arriving = Arriving(folder.root / ARRIVING)
    if is_gentle:
        link.max_room = GENTLE_ROOM
    way = Way(
        membership.server,
        link,
        HttpShelf(link),
        HttpShelf(link, SEALED),
        link.confirm_held,
        read_clock_error_ms=lambda: link.clock_error_ms,
        count_bytes=lambda: (link.line.sent, link.line.received),
        close=link.close,
        hand_in=link.hand_in,
    )
    return laptop, way


def make_member(
    folder: DataFolder, database: "Database", membership: "Membership", *, is_gentle: bool = False
) -> "Laptop":
    """Put together what seals, opens and keeps bundles in this folder as a member of a centre; without a network."""
    from collector.device import ensure_keys
    from collector.replication.laptop import is_held, make_laptop
    from sync.bundle import ReaderKeys
    from sync.directory import DirectoryRecipients
    from sync.packing import BundlePacker

    keys, centre = ensure_keys(folder), membership.server
    servers = frozenset({centre})
    find_recipients = DirectoryRecipients(
        database.storage, own=keys.id, server=centre, encryption=membership.encryption, escrow=membership.escrow
    )
    reader = ReaderKeys((keys.encryption,), servers, trusted=servers)
    packer = BundlePacker(keys, centre, find_recipients, reader, is_held=is_held(database.storage))
    return make_laptop(folder, database, keys.id, packer, is_gentle=is_gentle)


def check_address(address: str) -> str:
    """Give the address of a centre as it is asked.

    :raises WrongAddress: if it is none.
    """
    wanted = address.strip().rstrip("/")
    try:
        parts = urlsplit(wanted)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise WrongAddress(address=address)
    return wanted
