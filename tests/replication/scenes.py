"""A centre in this process, laptops with real data folders, and the way between them, which can be cut.

Bundles, certificates and receipts are real: signed, compressed and encrypted. Only the network is missing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bundle_scenes import ESCROW
from factories import make_plan

from collector.accounts.store import Accounts
from collector.answers.sheets import Sheet
from collector.answers.tidying import tidy
from collector.answers.urn import put_sheet
from collector.attachments.files import Files
from collector.attachments.naming import list_readable
from collector.attachments.shelf import FolderShelf, ServedShelf
from collector.attachments.store import NewFile, add_attachment
from collector.database import Database, open_database
from collector.device import ensure_epoch, ensure_keys
from collector.folder import DataFolder
from collector.membership import keep_membership, read_membership
from collector.query import get_record, list_records
from collector.questionnaires.built_in import ensure_built_in
from collector.replication.connecting import make_member
from collector.replication.laptop import Laptop, Way, follow, is_held
from collector.replication.report import SyncReport
from collector.replication.running import synchronise
from collector.setup.store import set_up
from sync.answering import Site, answer_talk
from sync.bundle import ReaderKeys, Recipients
from sync.centre import Centre, CentreAdmission
from sync.devices import VILLAGE, Device
from sync.enrolment import Membership, sign_membership
from sync.errors import ConnectionLost
from sync.heads import Ask
from sync.messages import Answer, Claim, Page, PullRequest, Receipt
from sync.packing import BundlePacker
from sync.receipting import read_one_receipt, sign_receipt
from sync.receiving import Receiver
from sync.registry import Place, StoredRegistry
from sync.segments import Segment
from sync.talking import Fits, make_page
from sync.wire import TalkAnswer, TalkRequest

COMMUNE = "c0000000-0000-5000-8000-000000000001"
ADDRESS = "http://192.0.2.7:8400"
Breaks = Callable[[str, int], str]


def never(_name: str, _number: int) -> str:
    """Let every call pass."""
    return ""


class CentreHere:
    """A centre on a data folder of its own; the files of its attachments lie there too."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        self.database = open_database(self.folder.database)
        ensure_epoch(self.database, self.folder)
        self.keys = ensure_keys(self.folder)
        self._build()
        self.site.centre.begin_life()

    def _build(self) -> None:
        storage, keys = self.database.storage, self.keys
        self.registry = StoredRegistry(storage, keys)
        receiver = Receiver(self.database.log, keys.id, CentreAdmission(self.registry, keys.id))
        reader = ReaderKeys((keys.encryption,), frozenset({keys.id}))
        packer = BundlePacker(keys, keys.id, self._seal_for, reader, is_held=is_held(storage))
        servers = frozenset({keys.id})
        self.centre = Centre(
            storage, receiver, self.registry, packer, on_change=follow,
            sign=lambda receipt: sign_receipt(receipt, keys, time.time_ns() // 1_000_000),
            check_receipt=lambda data: read_one_receipt(data, servers),
        )  # fmt: skip
        self.site = Site(self.centre, self.registry, keys, b"secret of the centre", find_shelf=self.find_shelf)

    def find_shelf(self, device: str) -> ServedShelf:
        """Give the shelf as a device may use it: what records name that it may see."""

        def choose(names: Iterable[str]) -> set[str]:
            with self.database.reading() as connection:
                return list_readable(connection, names, lambda records: self.centre.find_visible(device, records))

        return ServedShelf(FolderShelf(self.folder.attachments, device, keep_free_bytes=0), choose)

    def _seal_for(self, _: Segment) -> Recipients:
        return Recipients(self.keys.public_encryption, ESCROW.public_encryption)

    def enrol(self, folder: DataFolder, unit: str, url: str = ADDRESS) -> None:
        """Let the laptop of a village belong here, and have its folder keep the centre's word of it."""
        keys = ensure_keys(folder)
        device = Device(keys.id, "Máy thôn", VILLAGE, unit, keys.public_signing, keys.public_encryption, 1)
        self.registry.enrol(device, Place(COMMUNE, unit, "Thôn A Rớt"))
        certificate = next(each for each in self.registry.list_certificates(keys.id) if self._is_of(each, keys.id))
        membership = Membership(
            device=keys.id, encryption=self.keys.public_encryption, escrow=ESCROW.public_encryption,
            certificate=certificate, unit=unit, commune=COMMUNE, url=url, key=self.keys.public_signing,
        )  # fmt: skip
        keep_membership(folder, sign_membership(membership, self.keys))

    def _is_of(self, certificate: bytes, device: str) -> bool:
        from sync.certificates import read_certificate

        return read_certificate(certificate, frozenset({self.keys.id})).device == device

    def image(self, target: Path) -> None:
        """Copy the database, as a backup does."""
        self.database.storage.copy_into(target)

    def take_image(self, image: Path) -> None:
        """Become what the image holds, as it was; whoever restores begins a new life with `centre.begin_life`."""
        self.database.storage.close()
        for suffix in ("-wal", "-shm"):
            self.folder.database.with_name(self.folder.database.name + suffix).unlink(missing_ok=True)
        self.folder.database.write_bytes(image.read_bytes())
        self.database = open_database(self.folder.database)
        self._build()


@dataclass
class Cutting:
    """A way to the centre that breaks at the calls that `breaks` names, before or after the centre did them.

    It is a link and a remote shelf in one.
    """

    centre: CentreHere
    device: str
    packer: BundlePacker
    breaks: Breaks = never
    failure: Callable[[], Exception] = ConnectionLost
    calls: list[str] = field(default_factory=list)
    holding: Callable[[], AbstractContextManager[Any]] = nullcontext

    def _call(self, name: str, act: Callable[[], Any]) -> Any:
        self.calls.append(name)
        how = self.breaks(name, len(self.calls))
        if how == "before":
            raise self.failure()
        found = act()
        if how == "after":
            raise self.failure()
        return found

    def talk(self, request: TalkRequest) -> TalkAnswer:
        """Ask everything at once."""

        def act() -> TalkAnswer:
            certificate = self.centre.registry.find_certificate(self.device)
            assert certificate is not None
            return answer_talk(self.centre.site, certificate, request)

        found: TalkAnswer = self._call("talk", act)
        return found

    def read_page(self, request: PullRequest, answer: TalkAnswer) -> Page:
        """Open the bundles of an answer."""
        bundles = answer.page.bundles if answer.page else ()
        return make_page(request, answer, [self.packer.open(each) for each in bundles])

    def is_arriving(self, fits: Fits) -> bool:
        """Keep nothing of an answer that did not come."""
        return False

    def resume(self, request: PullRequest) -> Page | None:
        """Go on with nothing."""
        return None

    def read_receipts(self, answer: TalkAnswer) -> tuple[Receipt, ...]:
        """Read the receipts of an answer."""
        return tuple(read_one_receipt(signed, frozenset({self.centre.keys.id})) for signed in answer.receipts)

    def ask(self, asks: Sequence[Ask]) -> Answer:
        """Ask what the centre holds."""
        answer = self.talk(TalkRequest(asks=tuple(asks)))
        return Answer(answer.incarnation or "", answer.standings, self.read_receipts(answer))

    def pull(self, request: PullRequest) -> Page:
        """Ask for what is new."""
        return self.read_page(request, self.talk(TalkRequest(pull=request)))

    def find_visible(self, records: Sequence[str]) -> Sequence[str]:
        """Ask what may be seen."""
        return self.talk(TalkRequest(records=tuple(records))).visible

    def find_offset(self, bundle: str) -> int:
        """Ask how much of a bundle is there."""
        return int(self._call("find_offset", lambda: self.centre.centre.find_offset(self.device, bundle)))

    def send(self, bundle: str, offset: int, data: bytes, claim: Claim) -> Receipt:
        """Send a bundle."""
        take = self.centre.centre.take
        found: Receipt = self._call("send", lambda: take(self.device, bundle, offset, data, claim))
        return found

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Say what files are there."""
        found: dict[str, tuple[int | None, int]] = self._call("describe", lambda: self._shelf().describe(names))
        return found

    def _shelf(self) -> ServedShelf:
        return self.centre.find_shelf(self.device)

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Read of a file."""
        return bytes(self._call("read", lambda: self._shelf().read(name, offset, length)))

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        """Add to a file."""
        return int(self._call("append", lambda: self._shelf().append(name, offset, data, is_last=is_last)))


class Machine:
    """A laptop of a village on a data folder."""

    def __init__(self, centre: CentreHere, root: Path, like: "Machine | None" = None) -> None:
        folder = DataFolder(root)
        folder.prepare()
        database = open_database(folder.database)
        ensure_epoch(database, folder)
        if like is None:
            unit = set_up(folder, database, Accounts(folder), make_plan())
        else:
            unit = like.unit
            folder.write_settings(**like.folder.read_settings())
        self._join(centre, folder, database, unit)

    def _join(self, centre: CentreHere, folder: DataFolder, database: Database, unit: str) -> None:
        self.centre, self.folder, self.database, self.unit = centre, folder, database, unit
        self.device = ensure_keys(folder).id
        centre.enrol(folder, unit)
        membership = read_membership(folder)
        assert membership is not None
        self.laptop: Laptop = make_member(folder, database, membership)

    @classmethod
    def of(cls, centre: CentreHere, folder: DataFolder, database: Database, unit: str) -> "Machine":
        """Make a laptop of a folder that is open already."""
        made = cls.__new__(cls)
        made._join(centre, folder, database, unit)
        return made

    def cutting(self, breaks: Breaks = never, **changes: Any) -> Cutting:
        """Make a way to the centre that can be cut."""
        packer = self.laptop.packer
        assert isinstance(packer, BundlePacker)
        return Cutting(self.centre, self.device, packer, breaks, **changes)

    def sync(self, breaks: Breaks = never, **changes: Any) -> SyncReport:
        """Exchange once."""
        return self.sync_over(self.cutting(breaks, **changes))

    def sync_over(self, cutting: Cutting) -> SyncReport:
        """Exchange once over a way that was made before."""
        return synchronise(self.laptop, make_way(cutting))

    def add_programme(self, name: str = "Đường vào bản") -> str:
        """Record something."""
        with self.database.recording() as recorder:
            return recorder.add("programme", self.unit, {"name": name})

    def rename(self, programme: str, name: str) -> None:
        """Change something."""
        with self.database.recording() as recorder:
            recorder.update("programme", programme, {"name": name})

    def attach(self, owner: str, data: bytes, name: str = "anh.jpg") -> None:
        """Put a photo beside a programme."""
        with self.database.recording() as recorder:
            new = NewFile("programme", owner, "photo", name, data, "image/jpeg")
            add_attachment(recorder, Files(self.folder.attachments), self.unit, new)

    def open_round(self) -> str:
        """Open a round that asks everybody the questionnaire that comes with the program."""
        with self.database.recording() as recorder:
            questionnaire = ensure_built_in(recorder, self.unit, "participation_household")
            made = recorder.add("round", self.unit, {
                "title": "Đường vào bản", "questionnaire": questionnaire, "counted": "households",
                "chosen": "everyone", "dimensions": "know,discuss,do,inspect", "target_percent": 90,
                "starts_on": "2026-03-01", "ends_on": "2026-03-31", "state": "open",
            })  # fmt: skip
            population = {"households": 68, "women": 101, "men": 97, "as_of": "2026-01-01", "planned": 68}
            recorder.add("round_village", self.unit, {"round": made, "village": self.unit, **population})
        return made

    def put_sheets(self, round_id: str, count: int) -> list[str]:
        """Put sheets into the urn and let full batches leave it; give the ids of those that left."""
        with self.database.recording() as recorder:
            questionnaire = get_record(recorder.connection, "round", round_id)["questionnaire"]
            values = {
                "round": round_id, "village": self.unit, "questionnaire": questionnaire, "day": "2026-03-09",
                "source": "screen", "answers": "{}", **dict.fromkeys(("know", "discuss", "do", "inspect"), "yes"),
            }  # fmt: skip
            for _ in range(count):
                put_sheet(recorder, Sheet(values))
        tidy(self.database)
        with self.database.reading() as connection:
            return [row["id"] for row in list_records(connection, "answer_sheet", round=round_id)]

    def export(self) -> bytes:
        """Give all records in their canonical form."""
        from collector.exchange.lines import write_lines

        with self.database.reading() as connection:
            return b"".join(write_lines(connection))


def make_way(cutting: Cutting) -> Way:
    """Make the way that an exchange takes of one that can be cut."""
    return Way(cutting.centre.keys.id, cutting, cutting)
