"""What writing and reading a stick came to, as values for pages and programs. Knows nothing of how it is done."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from collector.errors import CollectorError
from sync.errors import SyncError
from sync.names import make_printable

Progress = Callable[[int, int], None]
"""Is told how much of how much is done."""
MAX_TOLD: Final = 200
"""How many files are named one by one."""


@dataclass(slots=True)
class FromLaptop:
    """What came from one laptop: revisions that are new, known before, or wait for earlier ones (`waiting`).

    `carried` are bundles for others, `refused` revisions that were set aside; `is_forked`: two disks write in its name.
    """

    new: int = 0
    known: int = 0
    waiting: int = 0
    carried: int = 0
    carried_before: int = 0
    refused: int = 0
    is_forked: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was not taken, by the code of the reason, with what its sentence needs."""

    name: str
    code: str
    context: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MissingPart:
    """Revisions of a laptop that something here waits for."""

    device: str
    first: int
    last: int


@dataclass(slots=True)
class ReadReport:
    """What reading came to. `receipts` are those of the centre, `own_receipts` those of them for this laptop.

    `heard_ms` is the moment of the newest of them, by the centre's clock.
    `contents` are photos and other files that are whole here now; of `contents_waiting` pieces or the records are
    missing, `pieces_carried` are for others, `contents_received` are those that the centre has, as its receipt says.
    `parked` waits for a newer version of the program or for the list of laptops; `left` was left on the stick, and
    `untold` more files after the first `MAX_TOLD`.
    """

    files: int = 0
    records: int = 0
    receipts: int = 0
    own_receipts: int = 0
    papers: int = 0
    requests: int = 0
    heard_ms: int = 0
    contents: int = 0
    contents_waiting: int = 0
    pieces_carried: int = 0
    contents_received: int = 0
    laptops: dict[str, FromLaptop] = field(default_factory=dict)
    missing: list[MissingPart] = field(default_factory=list)
    parked: list[Left] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    untold: int = 0

    def of(self, device: str) -> FromLaptop:
        """Give what came from a laptop, to be added to."""
        return self.laptops.setdefault(device, FromLaptop())

    @property
    def new(self) -> int:
        """How many revisions are new here."""
        return sum(each.new for each in self.laptops.values())

    @property
    def carried(self) -> int:
        """How many bundles are carried from now on."""
        return sum(each.carried for each in self.laptops.values())

    def leave(self, name: str, error: CollectorError | SyncError) -> None:
        """Note that a file was not taken."""
        if len(self.left) >= MAX_TOLD:
            self.untold += 1
            return
        self.left.append(Left(make_printable(name), error.code, _plain(error.context)))

    def park(self, name: str, error: CollectorError | SyncError) -> None:
        """Note that a file is kept until it can be used."""
        if len(self.parked) >= MAX_TOLD:
            return
        self.parked.append(Left(make_printable(name), error.code, _plain(error.context)))

    def as_values(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return asdict(self)


def read_report(values: dict[str, Any]) -> ReadReport:
    """Read what `as_values` gave."""
    known = {name: value for name, value in values.items() if name in ReadReport.__slots__}
    known["laptops"] = {device: FromLaptop(**each) for device, each in values["laptops"].items()}
    known["missing"] = [MissingPart(**each) for each in values["missing"]]
    for name in ("parked", "left"):
        known[name] = [Left(**each) for each in values[name]]
    return ReadReport(**known)


def _plain(context: dict[str, Any]) -> dict[str, str]:
    return {name: str(value)[:200] for name, value in context.items() if not isinstance(value, list | tuple | dict)}


def be_quiet(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@dataclass
class WriteReport:
    """What was put on a stick. `revisions` counts those for the centre, `for_laptops` those cut for other laptops.

    `present` are bundles that lay there already; `unproven` epochs could not be passed on, since their author's
    signature is not held here. `removed` are files that nobody lacks any more. `contents` are photos and other files
    that are whole on it now, `contents_present` lay there, `contents_left` did not fit, `contents_damaged` are not
    what they were. `pieces_carried` are sealed pieces of such for others.
    """

    place: str
    bundles: int = 0
    revisions: int = 0
    carried: int = 0
    receipts: int = 0
    papers: int = 0
    present: int = 0
    unproven: int = 0
    removed: int = 0
    contents: int = 0
    contents_present: int = 0
    contents_left: int = 0
    contents_damaged: int = 0
    pieces_carried: int = 0
    for_laptops: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing had to be written."""
        contents = self.contents or self.contents_left or self.contents_damaged or self.pieces_carried
        return not (self.bundles or self.carried or self.receipts or self.papers or contents)

    def as_values(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return {**asdict(self), "for_laptops": dict(sorted(self.for_laptops.items()))}


def read_write_report(values: dict[str, Any]) -> WriteReport:
    """Read what `as_values` gave."""
    return WriteReport(**{name: value for name, value in values.items() if name in WriteReport.__dataclass_fields__})
