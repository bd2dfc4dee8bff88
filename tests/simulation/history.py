"""One whole history: villages, a commune and the centre work, fail and meet at random; then everybody syncs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from simulation.ledger import Ledger
from simulation.nodes import (
    CENTRE,
    GROUPS,
    RECEIPTS,
    SHEETS,
    SMALL,
    Build,
    Laptop,
    Machine,
    Server,
    Setting,
    make_body,
    read_photos,
)
from simulation.packing import ForOthers, peek
from simulation.registry import SimulatedRegistry
from simulation.storages import Disks
from simulation.wires import RemoteFiles, Wire
from sync.attachments import fetch_attachments, send_attachments
from sync.clock import HybridClock
from sync.errors import (
    BodyRefused,
    BundleForged,
    BundleTooNew,
    ConnectionLost,
    DeviceRefused,
    StorageFull,
    WentBackwards,
)
from sync.heads import list_branches
from sync.lives import current_life
from sync.log import RECORDS, Edit, Log, chain_at
from sync.messages import Claim, Transport
from sync.offering import read_segments
from sync.outbox import name_bundle
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.quarantine import list_quarantined
from sync.relaying import carry, list_receipts
from sync.revisions import REMOVED, Reference, Value, hash_body, make_mark
from sync.scopes import Grant
from sync.segments import Segment, Tip
from sync.storage import Connection
from sync.talking import Talk

UNITS = ("u0", "u1", "u2", "u3")
YEAR_MS = 365 * 24 * 3600 * 1000
BOTH = (RECORDS, SHEETS)
FAULTS = 0.12
MIN_ALIVE = 3
Act = Callable[["History"], None]


@dataclass
class Image:
    """A copy of a disk, and what its owner had written by then."""

    machine: Machine
    data: bytes
    written: frozenset[str]
    contents: dict[str, bytes]


def take_image(machine: Machine) -> Image:
    """Copy a disk with its attachments."""
    return Image(machine, machine.disk.image(), frozenset(machine.written), dict(machine.shelf.contents))


@dataclass
class History:
    """The world of one seed."""

    random: Random
    setting: Setting
    server: Server
    laptops: list[Laptop] = field(default_factory=list)
    sticks: list[bytes] = field(default_factory=list)
    forged: list[bytes] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    server_images: list[Image] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def alive(self) -> list[Laptop]:
        """The laptops that still run."""
        return [laptop for laptop in self.laptops if not laptop.is_dead]

    def wire(self, laptop: Laptop, faults: float = FAULTS) -> Wire:
        """Connect a laptop to the server as it is now."""
        return Wire(laptop, self.server, faults)


def begin(seed: int, disks: Disks, build: Build, *, talks: bool = False) -> History:
    """Set the world up: four laptops in two or three villages, a commune, the centre."""
    random = Random(seed)
    RECEIPTS.clear()
    setting = Setting(random, disks, build, SimulatedRegistry(), Ledger(), talks=talks)
    registry = setting.registry
    registry.give("an", (Grant("u0", (), True, BOTH),))
    registry.give("binh", (Grant("u0", (), True, BOTH),))
    registry.give("chi", (Grant("u1", (), True, BOTH),))
    registry.give("dung", (Grant("u2", (), True, BOTH), Grant("u1", ("meeting",), False)))
    registry.give("xa", tuple(Grant(unit, (), True) for unit in ("u0", "u1")))
    setting.readers = {
        RECORDS: (CENTRE, "an", "binh", "chi", "dung", "xa"),
        SHEETS: (CENTRE, "an", "binh", "chi", "dung"),
    }
    history = History(random, setting, Server(setting))
    for device in ("an", "binh", "chi", "dung", "xa"):
        skew = random.choice((0, 0, 0, -3 * YEAR_MS, 2 * YEAR_MS, 90_000))
        history.laptops.append(Laptop(setting, device, skew_ms=skew, is_commune=device == "xa"))
    return history


# Writing


def write(history: History) -> None:
    """Somebody records or changes something where its laptop may."""
    laptop = history.random.choice(history.alive())
    _write(history, laptop)


def _write(history: History, laptop: Laptop) -> None:
    random = history.random
    record, kind, unit, lane = _choose_record(history, laptop)
    values: dict[str, Value] = {
        name: random.choice(("a", "b", "c", 1, True, None))
        for name in random.sample(("title", "place", "number", "year"), random.randint(1, 3))
    }
    if random.random() < 0.1:
        values = {REMOVED: random.random() < 0.8}
    if random.random() < 0.1:
        values["photo"] = laptop.shelf.add(random.randbytes(random.choice((10, 900, 2_000))))
    author = None if lane == SHEETS else laptop.device
    settles = frozenset(values) if random.random() < 0.3 else frozenset()
    erases = random.random() < 0.03
    laptop.edit(Edit(record, kind, unit, values, author, None, GROUPS, settles, lane, erases))


def _choose_record(history: History, laptop: Laptop) -> tuple[str, str, str, str]:
    random, setting = history.random, history.setting
    grants = setting.registry.grants(laptop.device)
    unit = random.choice([grant.unit for grant in grants])
    if random.random() < 0.03:
        unit = random.choice(UNITS)
    if random.random() < 0.65:
        with laptop.disk.reading() as connection:
            rows = list(
                connection.rows(
                    "SELECT record, kind, unit, lane FROM revision JOIN epoch USING (device, epoch)"
                    " WHERE body IS NOT NULL ORDER BY revision.position"
                )
            )
        if rows:
            row = random.choice(rows)
            moved = unit if random.random() < 0.1 else row["unit"]
            return row["record"], row["kind"], moved, row["lane"]
    kind = random.choice(("meeting", "opinion", "answer_sheet"))
    lane = SHEETS if kind == "answer_sheet" else RECORDS
    if lane == SHEETS and laptop.is_commune:
        kind, lane = "meeting", RECORDS
    return f"r{next(setting.numbers)}", kind, unit, lane


def write_poison(history: History) -> None:
    """A broken program writes what is no body."""
    laptop = history.random.choice(history.alive())
    data = history.random.choice((b"\x00\xff", b"[]", b'{"record":1}', b'{"record":"r"}'))
    laptop.write_raw(data + history.random.randbytes(8).hex().encode(), is_poison=True)


def write_later_version(history: History) -> None:
    """A later version writes a kind and members that the others do not know."""
    laptop = history.random.choice(history.alive())
    unit = history.setting.registry.grants(laptop.device)[0].unit
    record = f"r{next(history.setting.numbers)}"
    values: dict[str, Value] = {"later_field": "x", "title": "y"}
    laptop.write_raw(make_body(history.setting, record, unit, values, laptop.read_clock() << 16), is_poison=False)


def upgrade(history: History) -> None:
    """Somebody installs the version that writes a newer format."""
    machines: list[Machine] = [*history.alive(), history.server]
    history.random.choice(machines).version = 2


# Meeting


def sync(history: History) -> None:
    """A laptop finds a network, pulls and pushes, and is cut off at random."""
    laptop = history.random.choice(history.alive())
    faults = history.random.choice((0, FAULTS, 3 * FAULTS))
    steps = [pull, push, deliver]
    history.random.shuffle(steps)
    lines: list[Line] = []
    attempt(history, lambda: lines.append(connect(history, laptop, faults)))
    for line in lines:
        for step in steps[: history.random.randint(1, 3)]:
            attempt(history, lambda step=step, line=line: step(history, line))


def attempt(history: History, act: Callable[[], None]) -> None:
    """Do something that may fail for reasons that laptops must live with."""
    try:
        act()
    except (ConnectionLost, StorageFull, DeviceRefused, BundleTooNew, BundleForged) as error:
        history.told.append(error.code)
    except WentBackwards as error:
        # The operator is called and says that this is the centre now.
        history.told.append(error.code)
        history.server.centre.begin_life(history.random.randbytes)


@dataclass
class Line:
    """A laptop in an exchange with the centre, over a conversation if the history's machines have those."""

    laptop: Laptop
    wire: Wire
    transport: Transport
    pusher: Pusher
    puller: Puller


def connect(history: History, laptop: Laptop, faults: float = 0) -> Line:
    """Begin an exchange; a conversation asks everything that is going to be asked."""
    wire = history.wire(laptop, faults)
    talk = Talk(wire, laptop.device) if history.setting.talks else None
    transport = talk or wire
    line = Line(laptop, wire, transport, laptop.pusher(transport), laptop.puller(transport))
    if talk is not None:
        talk.begin(laptop.disk, line.pusher, line.puller)
    return line


def pull(history: History, line: Line) -> None:
    """Pull once."""
    line.puller.pull()
    with line.laptop.disk.reading() as connection:
        names = list_photos(connection)
    fetch_attachments(line.laptop.shelf, RemoteFiles(line.wire, line.laptop, history.server), names)


def push(history: History, line: Line) -> None:
    """Push once."""
    line.pusher.push()
    with line.laptop.disk.reading() as connection:
        names = list_photos(connection)
    send_attachments(line.laptop.shelf, RemoteFiles(line.wire, line.laptop, history.server), names)


def deliver(history: History, line: Line) -> None:
    """Deliver what is carried."""
    with line.laptop.disk.reading() as connection:
        knows_centre = current_life(connection)
    if knows_centre:
        line.laptop.relay(line.transport).deliver()


def list_photos(connection: Connection) -> list[str]:
    """Name the attachments of the records that are here."""
    return sorted(set(read_photos(connection).values()))


def write_stick(history: History) -> None:
    """Somebody copies bundles to a stick: of its own epochs, or of all that it holds, from anywhere on.

    What others wrote goes along as far as their headers, which end where bundles do, prove it.
    """
    random = history.random
    laptop = random.choice(history.alive())
    with laptop.disk.reading() as connection:
        branches = list_branches(connection, None if random.random() < 0.2 else laptop.device)
        packer = laptop.packer()
        for branch in branches:
            first = random.choice((1, 1, random.randint(1, branch.tip.sequence)))
            for segment in read_segments(connection, branch, first, branch.tip.sequence, SMALL):
                if segment.proofs or branch.device == laptop.device:
                    history.sticks.append(packer.seal(segment).data)


def read_stick(history: History) -> None:
    """Somebody reads some of the bundles that are about, in any order, some of them again."""
    random = history.random
    about = [*history.sticks, *history.forged]
    if not about:
        return
    some = [random.choice(about) for _ in range(random.randint(1, 6))]
    readers: list[Machine] = [*history.alive(), history.server]
    communes = [laptop for laptop in history.alive() if laptop.is_commune]
    reader = random.choice([*readers, *communes])
    for data in some:
        attempt(history, lambda data=data: take_stick(history, reader, data))


def take_stick(history: History, reader: Machine, data: bytes) -> None:
    """Read one bundle: the centre takes it in, a commune carries it too, who can open it does."""
    if isinstance(reader, Server):
        segment = peek(data)
        reader.centre.take(segment.device, name_bundle(data), 0, data, Claim())
        reader.note_received(segment.device, segment.epoch)
        return
    if isinstance(reader, Laptop) and reader.is_commune:
        segment = peek(data)
        with reader.disk.writing() as connection:
            tip = Tip(segment.last, segment.chains()[-1])
            carry(connection, segment.device, segment.epoch, segment.first, tip, data)
    try:
        reader.take_stick(data)
    except (ForOthers, BundleTooNew) as error:
        history.told.append(error.code)


def lose_sticks(history: History) -> None:
    """Sticks are lost, or used for something else."""
    history.sticks = [data for data in history.sticks if history.random.random() < 0.4]


def drown(history: History) -> None:
    """A village without network gives its stick to the commune; then its laptop falls into the river."""
    random, alive = history.random, history.alive()
    communes = [laptop for laptop in alive if laptop.is_commune]
    villagers = [laptop for laptop in alive if not laptop.is_commune]
    if not communes or len(alive) <= MIN_ALIVE or not villagers:
        return
    laptop, commune = random.choice(villagers), random.choice(communes)
    for _ in range(random.randint(0, 2)):
        _write(history, laptop)
    with laptop.disk.reading() as connection:
        segments = [
            segment
            for branch in list_branches(connection, laptop.device)
            for segment in read_segments(connection, branch, 1, branch.tip.sequence, SMALL)
        ]
    for segment in segments:
        data = laptop.packer().seal(segment).data
        attempt(history, lambda data=data: take_stick(history, commune, data))
    laptop.is_dead = True


def forge(history: History) -> None:
    """A laptop says that somebody else wrote something: it goes on, or begins another way, in another's epoch."""
    random = history.random
    laptop = random.choice(history.alive())
    with laptop.disk.reading() as connection:
        others = [branch for branch in list_branches(connection) if branch.device != laptop.device]
        if not others:
            return
        branch = random.choice(others)
        before = chain_at(connection, branch.device, branch.epoch, branch.tip.sequence - 1) or b""
    first, before = random.choice(
        ((branch.tip.sequence + 1, branch.tip.chain), (branch.tip.sequence, before))
    )
    body = make_body(history.setting, "r1", random.choice(UNITS), {"title": "forged"}, 1 << 16)
    segment = Segment(branch.device, branch.root, branch.lane, first, before, (body,))
    data = laptop.packer().seal(segment).data
    history.forged.append(data)
    if random.random() < 0.5:
        attempt(history, lambda: take_stick(history, history.server, data))


def bring_receipts(history: History) -> None:
    """A commune's stick brings the centre's receipts to a village."""
    communes = [laptop for laptop in history.alive() if laptop.is_commune]
    laptop = history.random.choice(history.alive())
    if communes and laptop not in communes:
        with communes[0].disk.reading() as connection:
            receipts = [receipt for receipt in list_receipts(connection) if receipt.device == laptop.device]
        for receipt in receipts:
            attempt(history, lambda receipt=receipt: laptop.pusher(history.wire(laptop)).take_receipt(receipt))


# Failing


def copy_disk(history: History) -> None:
    """Somebody backs a laptop up."""
    laptop = history.random.choice(history.alive())
    history.images.append(take_image(laptop))


def clone(history: History) -> None:
    """Somebody copies a laptop's disk to another laptop, and both are used."""
    if len(history.laptops) > 8:
        return
    laptop = history.random.choice(history.alive())
    twin = Laptop(
        history.setting,
        laptop.device,
        image=laptop.disk.image(),
        skew_ms=laptop.skew_ms,
        is_commune=laptop.is_commune,
    )
    twin.written = set(laptop.written)
    twin.version = laptop.version
    twin.shelf.contents = dict(laptop.shelf.contents)
    history.laptops.append(twin)


def restore_laptop(history: History) -> None:
    """Somebody puts an old copy of a disk back, through the program or behind its back."""
    if not history.images:
        return
    random = history.random
    image = random.choice(history.images)
    old = image.machine
    assert isinstance(old, Laptop)
    if old.is_dead:
        return
    made = Laptop(
        history.setting, old.device, image=image.data, skew_ms=old.skew_ms, is_commune=old.is_commune
    )
    made.written = set(image.written)
    made.version = old.version
    made.shelf.contents = dict(image.contents)
    old.is_dead = True
    if random.random() < 0.5:
        with made.disk.writing() as connection:
            made.log.open_epoch(connection, made.device, "restored")
    history.laptops.append(made)


def lose_laptop(history: History) -> None:
    """A laptop falls into the river."""
    alive = history.alive()
    if len(alive) > MIN_ALIVE:
        history.random.choice(alive).is_dead = True


def copy_server(history: History) -> None:
    """The centre is backed up."""
    history.server_images.append(take_image(history.server))


def restore_server(history: History) -> None:
    """The centre comes back from a backup; mostly as a new life, sometimes as if nothing had happened."""
    if not history.server_images:
        return
    image = history.random.choice(history.server_images)
    made = Server(history.setting, image=image.data)
    made.version = history.server.version
    made.shelf.contents = dict(image.contents)
    if history.random.random() < 0.7:
        made.centre.begin_life(history.random.randbytes)
    history.server = made


def replay_server(history: History) -> None:
    """Somebody shows a laptop an old copy of the centre; later the true one is back."""
    if not history.server_images:
        return
    true = history.server
    image = history.random.choice(history.server_images)
    history.server = Server(history.setting, image=image.data)
    history.server.version = true.version
    history.server.shelf.contents = dict(image.contents)
    laptop = history.random.choice(history.alive())
    try:
        pull(history, connect(history, laptop))
    except (WentBackwards, ConnectionLost, DeviceRefused, StorageFull, BundleTooNew) as error:
        history.told.append(f"replay: {error.code}")
    history.server = true


def turn_clock(history: History) -> None:
    """A clock is set, wrongly or rightly."""
    laptop = history.random.choice(history.alive())
    laptop.skew_ms = history.random.choice((0, -20 * YEAR_MS, 10 * YEAR_MS, -3_600_000))
    laptop.log = Log(laptop.disk, HybridClock(laptop.read_clock), history.random.randbytes)
    laptop.receiver.log = laptop.log


def fill_disk(history: History) -> None:
    """For a while, commits fail here and there."""
    machines: list[Machine] = [*history.alive(), history.server]
    machine = history.random.choice(machines)
    left = [history.random.randint(1, 4)]

    def fails() -> bool:
        left[0] -= 1
        return left[0] == 0

    machine.disk.fails = fails


# Deciding


def change_scope(history: History) -> None:
    """The operators give a device another scope."""
    random, registry = history.random, history.setting.registry
    device = random.choice(("an", "binh", "chi", "dung", "xa"))
    lanes = (RECORDS,) if device == "xa" else BOTH
    units = random.sample(UNITS, random.randint(1, 2))
    kinds = random.choice(((), (), ("meeting", "opinion")))
    registry.give(device, tuple(Grant(unit, kinds, random.random() < 0.8, lanes) for unit in units))


def move_unit(history: History) -> None:
    """A unit takes over another: merged, or one part of a split."""
    old, new = history.random.sample(UNITS, 2)
    since = history.random.choice(("2026-01-01", "2025-07-01", "2027-01-01"))
    history.setting.registry.succeed(old, new, since)


def revoke(history: History) -> None:
    """A device is revoked."""
    device = history.random.choice(("an", "binh", "chi", "dung"))
    history.setting.registry.revoke(device)
    history.setting.ledger.note_revoked(device)


def release(history: History) -> None:
    """A person looks at the centre's quarantine and lets something through."""
    with history.server.disk.reading() as connection:
        rows = list_quarantined(connection)
    if rows:
        row = history.random.choice(rows)
        try:
            history.server.centre.release(Reference(row["device"], row["epoch"], row["sequence"]))
            history.setting.ledger.released.add(make_mark(hash_body(bytes(row["body"]))))
        except (BodyRefused, StorageFull) as error:
            history.told.append(error.code)


ACTS: tuple[tuple[Act, int], ...] = (
    (write, 34),
    (write_poison, 1),
    (write_later_version, 1),
    (upgrade, 1),
    (sync, 22),
    (write_stick, 4),
    (read_stick, 7),
    (lose_sticks, 2),
    (forge, 2),
    (bring_receipts, 1),
    (copy_disk, 2),
    (clone, 2),
    (restore_laptop, 1),
    (lose_laptop, 1),
    (drown, 1),
    (copy_server, 2),
    (restore_server, 1),
    (replay_server, 1),
    (turn_clock, 1),
    (fill_disk, 2),
    (change_scope, 2),
    (move_unit, 1),
    (revoke, 1),
    (release, 1),
)


def live(history: History, length: int) -> None:
    """Let things happen."""
    acts = [act for act, _ in ACTS]
    weights = [weight for _, weight in ACTS]
    for act in history.random.choices(acts, weights, k=length):
        history.setting.now_ms += history.random.randint(1, 3_600_000)
        try:
            act(history)
        except StorageFull as error:
            history.told.append(error.code)
