"""What an exchange works with on this side: the log, what seals and opens bundles, and the files of one data folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector import cache
from collector.attachments.shelf import FolderShelf
from collector.database import Database
from collector.folder import DataFolder
from collector.registry import KINDS
from collector.replication.gentle import GentleStorage
from sync.attachments import RemoteShelf
from sync.evicting import LaptopAdmission
from sync.heads import find_branch
from sync.messages import Packer
from sync.receiving import Receiver
from sync.segments import Tip
from sync.storage import Connection, Storage
from sync.talking import Link


@dataclass(frozen=True, slots=True)
class Laptop:
    """One data folder as the protocol sees it."""

    folder: DataFolder
    database: Database
    storage: Storage
    receiver: Receiver
    packer: Packer
    shelf: FolderShelf


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the centre with this id: for records, for files, and what is known of it by going there.

    `sealed` takes pieces that are carried for others, `confirm` answers what others say they hold; an exchange without
    them leaves both out. `hand_in` takes papers that the centre signed and may have forgotten.
    """

    centre: str
    link: Link
    shelf: RemoteShelf
    sealed: RemoteShelf | None = None
    confirm: Callable[[bytes], bytes] | None = None
    read_clock_error_ms: Callable[[], int | None] = lambda: None
    count_bytes: Callable[[], tuple[int, int]] = lambda: (0, 0)
    close: Callable[[], None] = lambda: None
    hand_in: Callable[[Sequence[bytes]], int] = lambda papers: 0


def make_laptop(
    folder: DataFolder, database: Database, device: str, packer: Packer, *, is_gentle: bool = False
) -> Laptop:
    """Put the parts of this side together; a gentle one lets whoever records here go first."""
    storage: Storage = GentleStorage(database.storage) if is_gentle else database.storage
    receiver = Receiver(database.log, device, LaptopAdmission())
    return Laptop(folder, database, storage, receiver, packer, FolderShelf(Path(folder.attachments)))


def follow(connection: Connection, records: set[str]) -> None:
    """Bring the tables and the search index up to date with these records."""
    cache.refresh(connection, KINDS, records)


def is_held(storage: Storage) -> Callable[[str, str, Tip], bool]:
    """Make what says whether the log here holds an epoch with this chain."""

    def holds(device: str, epoch: str, tip: Tip) -> bool:
        with storage.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    return holds
