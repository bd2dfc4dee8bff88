"""The simulated machines: laptops and the centre, each a disk, a clock and the protocol over them."""

import itertools
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulation.ledger import Ledger, Write
from simulation.packing import PlainPacker
from simulation.registry import SimulatedRegistry
from simulation.shelves import MemoryShelf
from simulation.storages import Disk, Disks
from simulation.views import refresh
from sync.centre import Centre, CentreAdmission
from sync.certificates import Revocation
from sync.clock import HybridClock
from sync.evicting import LaptopAdmission
from sync.feed import Feed
from sync.heads import find_branch
from sync.holding import Holding
from sync.judging import Admission
from sync.log import Edit, Log, read_revisions
from sync.merge import RecordState, merge
from sync.messages import Receipt, Sealed, Transport
from sync.offering import Limits
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.quarantine import put_aside
from sync.receiving import Receiver
from sync.relaying import Relay
from sync.revisions import (
    ERASES,
    Body,
    Reference,
    Revision,
    Value,
    encode_body,
    extend_chain,
    hash_body,
    make_mark,
)
from sync.segments import Segment, Tip
from sync.storage import Connection
from sync.wire import TalkAnswer, TalkRequest

SMALL = Limits(revisions=4, bytes=1_500)
GROUPS = (("number", "year"),)
SHEETS = "sheets"
CENTRE = "centre"


class _Receipts:
    """Signs receipts by remembering them."""

    def __init__(self) -> None:
        self._known: dict[bytes, Receipt] = {}

    def sign(self, receipt: Receipt) -> bytes:
        """Give a token that only this can have made."""
        token = f"receipt {len(self._known)}".encode()
        self._known[token] = receipt
        return token

    def check(self, token: bytes) -> Receipt:
        """Give the receipt that was signed with it."""
        return self._known[token]

    def clear(self) -> None:
        """Forget what an earlier history signed."""
        self._known.clear()


RECEIPTS = _Receipts()


@dataclass(frozen=True)
class Build:
    """The parts of which machines are made; the mutation check puts broken ones in."""

    receiver: type[Receiver] = Receiver
    holding: type[Holding] = Holding
    pusher: type[Pusher] = Pusher
    puller: type[Puller] = Puller
    feed: type[Feed] = Feed
    laptop: type[LaptopAdmission] = LaptopAdmission
    admission: type[CentreAdmission] = CentreAdmission
    centre: type[Centre] = Centre
    relay: type[Relay] = Relay
    packer: type[PlainPacker] = PlainPacker
    shelf: type[MemoryShelf] = MemoryShelf


@dataclass
class Setting:
    """What all machines of one history share."""

    random: Random
    disks: Disks
    build: Build
    registry: SimulatedRegistry
    ledger: Ledger
    readers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    talks: bool = False
    now_ms: int = 1_780_000_000_000
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class Machine:
    """A disk with a log on it. `written` are the marks of what this disk, or the one it was copied from, wrote."""

    def __init__(self, setting: Setting, device: str, admission: Admission, image: bytes | None, skew_ms: int) -> None:
        self.setting = setting
        self.device = device
        self.name = f"{device}#{next(setting.numbers)}"
        self.disk: Disk = setting.disks.make(image)
        self.skew_ms = skew_ms
        self.version = 1
        self.written: set[str] = set()
        self.log = Log(self.disk, HybridClock(self.read_clock), setting.random.randbytes)
        self.receiver = setting.build.receiver(self.log, device, admission, setting.build.holding())
        self.shelf = setting.build.shelf()
        self.is_dead = False
        if image is None:
            with self.disk.writing() as connection:
                self.log.open_epoch(connection, device, "new")

    def read_clock(self) -> int:
        """Give this machine's wall clock, which may be wrong by years."""
        return self.setting.now_ms + self.skew_ms

    def packer(self) -> PlainPacker:
        """Make what seals and opens bundles here."""
        return self.setting.build.packer(self.device, self.version, self.setting.readers, self._is_held)

    def _is_held(self, device: str, epoch: str, tip: Tip) -> bool:
        with self.disk.reading() as connection:
            return find_branch(connection, device, epoch, tip) is not None

    def edit(self, edit: Edit) -> Write | None:
        """Write an edit and note in the ledger what was seen."""
        with self.disk.writing() as connection:
            known = read_revisions(connection, edit.record)
            state = merge(known) if known else None
            before = connection.value("SELECT max(position) FROM revision") or 0
            self.log.append(connection, edit, known, state)
            refresh(connection, [edit.record])
            write = self._find_written(connection, before, edit, known, state)
        if write is not None:
            self.setting.ledger.add(write)
            self.written.add(write.mark)
        return write

    def _find_written(
        self, connection: Connection, before: int, edit: Edit, known: list[Revision], state: RecordState | None
    ) -> Write | None:
        row = connection.row(
            "SELECT device, epoch, sequence, body, body_hash FROM revision WHERE position > :before",
            {"before": before},
        )
        if row is None:
            return None
        body = read_json(bytes(row["body"]))
        self.assert_own(connection, row["device"], row["epoch"], row["sequence"])
        fields = tuple(sorted(body["set"]))
        siblings = state.siblings if state else {}
        return Write(
            make_mark(bytes(row["body_hash"])),
            row["device"],
            row["epoch"],
            row["sequence"],
            edit.record,
            edit.kind,
            edit.unit,
            fields,
            {name: frozenset(each.mark for each in siblings.get(name, ())) for name in fields},
            frozenset(revision.mark for revision in known) if ERASES in body.get("replaces", {}) else frozenset(),
        )

    def assert_own(self, connection: Connection, device: str, epoch: str, sequence: int) -> None:
        """Check that what was just written follows only what this disk wrote: a signature says so."""
        if sequence == 1:
            return
        before = connection.value(
            "SELECT body_hash FROM revision WHERE device = :device AND epoch = :epoch AND sequence = :sequence",
            {"device": device, "epoch": epoch, "sequence": sequence - 1},
        )
        assert make_mark(bytes(before)) in self.written, f"{self.name} went on in an epoch that another disk wrote"

    def write_raw(self, data: bytes, *, is_poison: bool) -> None:
        """Write a body that no method of the log would: broken, or of a later version."""
        with self.disk.writing() as connection:
            head = connection.row(
                "SELECT device, epoch, head_sequence, head_chain FROM lane_writer JOIN epoch USING (device, epoch)"
                " WHERE lane_writer.lane = 'records'"
            )
            assert head
            reference = Reference(head["device"], head["epoch"], head["head_sequence"] + 1)
            body_hash = hash_body(data)
            body = {} if is_poison else read_json(data)
            chain = extend_chain(bytes(head["head_chain"]), body_hash)
            connection.execute(
                "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain,"
                " absent) VALUES (:device, :epoch, :sequence, :record, :kind, :unit, :stamp, :body, :hash, :chain,"
                " :absent)",
                {
                    **reference._asdict(),
                    "record": body.get("record", ""),
                    "kind": body.get("kind", ""),
                    "unit": body.get("unit", ""),
                    "stamp": body.get("stamp", 0),
                    "body": None if is_poison else data,
                    "hash": body_hash,
                    "chain": chain,
                    "absent": "quarantined" if is_poison else None,
                },
            )
            connection.execute(
                "UPDATE epoch SET head_sequence = :sequence, head_chain = :chain"
                " WHERE device = :device AND epoch = :epoch",
                {**reference._asdict(), "chain": chain},
            )
            self.assert_own(connection, *reference)
            if is_poison:
                put_aside(connection, reference, data, "malformed")
            else:
                refresh(connection, [body["record"]])
        mark = make_mark(body_hash)
        names = tuple(sorted(body.get("set", ())))
        self.setting.ledger.add(
            Write(
                mark,
                *reference,
                body.get("record", ""),
                body.get("kind", ""),
                body.get("unit", ""),
                names,
                {name: frozenset() for name in names},
                is_poison=is_poison,
            )
        )
        self.written.add(mark)

    def take_stick(self, data: bytes) -> bool:
        """Read a bundle from a stick; tell whether it could be opened here."""
        segment = self.packer().open(data)
        with self.disk.writing() as connection:
            outcome = self.receiver.receive(connection, segment)
            refresh(connection, outcome.changed)
        return True


def read_photos(connection: Connection) -> dict[str, str]:
    """Give the attachments that records here name, by record."""
    rows = connection.rows("SELECT record, line FROM cached WHERE line LIKE '%\"photo\": \"%'")
    found = {row["record"]: json.loads(row["line"])["values"].get("photo") for row in rows}
    return {record: name for record, name in found.items() if isinstance(name, str)}


def read_json(data: bytes) -> dict[str, Any]:
    """Read a body as plain JSON."""
    found: dict[str, Any] = json.loads(data)
    return found


@dataclass(frozen=True, slots=True)
class Arriving:
    """An answer with a page that came as a whole or in part, and on what it depends."""

    question: TalkRequest
    answer: TalkAnswer
    mark: str
    is_whole: bool


class Laptop(Machine):
    """A laptop of a village or a commune."""

    def __init__(
        self,
        setting: Setting,
        device: str,
        *,
        image: bytes | None = None,
        skew_ms: int = 0,
        is_commune: bool = False,
    ) -> None:
        super().__init__(setting, device, setting.build.laptop(), image, skew_ms)
        self.is_commune = is_commune
        self.arriving: Arriving | None = None
        self.words: dict[str, Revocation] = {}

    def puller(self, transport: Transport) -> Puller:
        """Make what pulls."""
        return self.setting.build.puller(self.disk, self.receiver, transport, refresh)

    def pusher(self, transport: Transport) -> Pusher:
        """Make what pushes."""
        return self.setting.build.pusher(self.disk, self.receiver, transport, self.packer(), refresh, SMALL)

    def relay(self, transport: Transport) -> Relay:
        """Make what delivers what is carried."""
        return self.setting.build.relay(self.disk, transport)


class Server(Machine):
    """The centre."""

    def __init__(self, setting: Setting, *, image: bytes | None = None) -> None:
        super().__init__(setting, CENTRE, setting.build.admission(setting.registry, CENTRE), image, 0)
        self.centre = setting.build.centre(
            self.disk,
            self.receiver,
            setting.registry,
            ServerPacker(self),
            on_change=refresh,
            sign=RECEIPTS.sign,
            check_receipt=RECEIPTS.check,
            feed=setting.build.feed(),
        )
        self.centre.limits = SMALL
        if image is None:
            self.centre.begin_life(setting.random.randbytes)

    def assert_holds(self, receipt: Receipt) -> None:
        """Check that what a receipt says is on the disk by now."""
        with self.disk.reading() as connection:
            tip = receipt.tip
            is_held = tip is None or find_branch(connection, receipt.device, receipt.epoch, tip) is not None
        assert is_held, f"a receipt for {receipt.device}/{receipt.epoch} was given before the commit"

    def list_photos_for(self, device: str) -> set[str]:
        """Name the attachments of records that a device may see."""
        with self.disk.reading() as connection:
            photos = read_photos(connection)
        return {photos[record] for record in self.centre.find_visible(device, list(photos))}

    def note_received(self, device: str, epoch: str) -> None:
        """Note in the ledger which bodies of an epoch are here."""
        with self.disk.reading() as connection:
            rows = connection.rows(
                "SELECT body_hash FROM epoch JOIN revision USING (device, epoch) WHERE epoch.device = :device"
                " AND root = :root AND (body IS NOT NULL OR absent IN ('erased', 'quarantined'))",
                {"device": device, "root": epoch},
            )
            self.setting.ledger.received.update(make_mark(bytes(row["body_hash"])) for row in rows)


class ServerPacker:
    """Opens bundles at the centre as the version that it runs."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def seal(self, segment: Segment) -> Sealed:
        """Pack a segment."""
        return self._server.packer().seal(segment)

    def open(self, data: bytes) -> Segment:
        """Unpack a bundle."""
        return self._server.packer().open(data)


def make_body(setting: Setting, record: str, unit: str, values: dict[str, Value], stamp: int) -> bytes:
    """Make a body by hand, with a member that this version does not know."""
    salt = setting.random.randbytes(16).hex()
    body = encode_body(Body(record=record, kind="later_kind", unit=unit, stamp=stamp, salt=salt, set=values))
    return body[:-1] + b',"later_member":[1,2.5,{"a":null}]}'


