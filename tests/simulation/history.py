"""One whole history: villages, a commune and the centre as they are while it happens, and how they meet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from simulation.ledger import Ledger
from simulation.nodes import (
    CENTRE,
    RECEIPTS,
    SHEETS,
    Build,
    Laptop,
    Machine,
    Server,
    Setting,
    read_photos,
)
from simulation.registry import SimulatedRegistry
from simulation.storages import Disks
from simulation.wires import RemoteFiles, Wire
from sync.attachments import fetch_attachments, send_attachments
from sync.certificates import Revocation
from sync.errors import (
    BundleForged,
    BundleTooNew,
    ConnectionLost,
    DeviceRefused,
    StorageFull,
    WentBackwards,
)
from sync.lives import current_life
from sync.log import RECORDS
from sync.messages import Transport
from sync.pulling import Puller
from sync.pushing import Pusher
from sync.returning import list_late
from sync.scopes import Grant
from sync.storage import Connection
from sync.talking import Talk

UNITS = ("u0", "u1", "u2", "u3")
YEAR_MS = 365 * 24 * 3600 * 1000
BOTH = (RECORDS, SHEETS)
FAULTS = 0.12
MIN_ALIVE = 3


@dataclass
class Image:
    """A copy of a disk, what its owner had written by then, and the revocations that are on it."""

    machine: Machine
    data: bytes
    written: frozenset[str]
    contents: dict[str, bytes]
    words: dict[str, Revocation]
    remembered: dict[str, Revocation]


def take_image(machine: Machine) -> Image:
    """Copy a disk with its attachments."""
    registry = machine.setting.registry
    words = machine.words if isinstance(machine, Laptop) else registry.words
    image, contents = machine.disk.image(), dict(machine.shelf.contents)
    return Image(machine, image, frozenset(machine.written), contents, dict(words), dict(registry.remembered))


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
    exchange_words(history, laptop)
    talk = Talk(wire, laptop.device) if history.setting.talks else None
    transport = talk or wire
    line = Line(laptop, wire, transport, laptop.pusher(transport), laptop.puller(transport))
    if talk is not None:
        talk.begin(laptop.disk, line.pusher, line.puller)
    return line


def exchange_words(history: History, laptop: Laptop) -> None:
    """A laptop tells the centre whom it had revoked and forgot, and learns whom it revoked since."""
    registry, centre = history.setting.registry, history.server.centre
    if registry.is_revoked(laptop.device):
        return
    for device, word in sorted(laptop.words.items()):
        if not registry.is_revoked(device):
            with history.server.disk.writing() as connection:
                centre.take_out(connection, device, list_late(connection, word), "revoked")
            registry.remember(word)
            history.told.append("remembered")
    laptop.words.update(registry.words)


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
