"""What is to be written to a stick, for the centre and for each reader, cut into stretches of the size of a bundle.

For the centre: everything that it is not known to hold, as it is held here. For a reader: what it may read and did not
say that it holds; what it may not read goes as hashes, and what lies before something readable is never left out,
since the reader could not attach what follows. Whoever is not the centre passes on only what its author's signature
proves. Nothing here seals or writes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sync.branches import base_of, stretches
from sync.heads import Branch, list_branches
from sync.holding import list_waiting
from sync.holdings import find_told
from sync.log import chain_at
from sync.offering import LIMITS, Limits, give_item, list_proofs, note_absent, read_rows, read_segment
from sync.scopes import Scope
from sync.segments import WIPED_BYTES, Item, Segment
from sync.storage import Connection
from sync.visibility import find_places, find_visible


@dataclass(frozen=True, slots=True)
class Reader:
    """A laptop that may read: its id, its public encryption key and its scope."""

    device: str
    encryption: bytes
    scope: Scope


@dataclass(frozen=True, slots=True)
class Need:
    """A stretch of a branch that these readers lack."""

    branch: Branch
    first: int
    last: int
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """From where on the centre is not known to hold a branch."""

    branch: Branch
    first: int


def list_offers(connection: Connection) -> list[Offer]:
    """List what the centre is not known to hold, own epochs and others'."""
    found = (
        Offer(branch, max(branch.received, base_of(branch.epoch) - 1) + 1) for branch in list_branches(connection)
    )
    return [offer for offer in found if offer.first <= offer.branch.tip.sequence]


def read_offer(
    connection: Connection, branch: Branch, first: int, own: str, limits: Limits = LIMITS
) -> Segment | None:
    """Read the next stretch of an offer; None if its author's signature, which others need, is not held."""
    segment = read_segment(connection, branch, first, branch.tip.sequence, limits)
    if branch.device == own:
        return replace(segment, proofs=())
    return segment if segment.proofs else None


def list_waiting_segments(connection: Connection, own: str) -> list[Segment]:
    """List what waits here for what precedes it and can be passed on; the centre may have the missing part."""
    waiting = (held.segment for held in list_waiting(connection))
    return [
        replace(segment, refused=(), lacking=(), erased=())
        for segment in waiting
        if segment.device != own and any(proof.tip.sequence == segment.last for proof in segment.proofs)
    ]


def list_needs(
    connection: Connection, readers: Sequence[Reader], own: str, *, is_centre: bool = False, limits: Limits = LIMITS
) -> Iterator[Need]:
    """Give, branch by branch, what readers lack; who lacks the same of it is named together."""
    branches = list_branches(connection)
    told = {row["device"] for row in connection.rows("SELECT DISTINCT device FROM told")}
    copied = list_copied(branches)
    told -= copied
    for branch in branches:
        # A laptop has its own epochs, unless it says that it lost them, or its disk was copied.
        concerned = [each for each in readers if each.device != branch.device or each.device in told | copied]
        known = {each: find_told(connection, each.device, branch) if each.device in told else 0 for each in concerned}
        lay = _look_over(connection, branch, min(known.values(), default=branch.tip.sequence) + 1)
        found: dict[tuple[int, int, tuple[int, ...]], list[Reader]] = {}
        for reader in concerned:
            lacking = _Lacking(branch, max(known[reader], base_of(branch.epoch) - 1) + 1, reader.scope, limits)
            for segment in _list_lacking(connection, lacking, lay, own, is_centre):
                found.setdefault((segment.first, segment.last, _readable(segment)), []).append(reader)
        for (first, last, _numbers), among in sorted(found.items(), key=lambda pair: pair[0]):
            yield Need(branch, first, last, tuple(among))


def list_copied(branches: Sequence[Branch]) -> set[str]:
    """Name the laptops whose disk was copied: the word of one copy about what it holds is not that of the other."""
    counts = Counter((branch.device, branch.root) for branch in branches)
    return {device for (device, _root), count in counts.items() if count > 1}


def _readable(segment: Segment) -> tuple[int, ...]:
    return tuple(number for number, item in enumerate(segment.items, segment.first) if isinstance(item, bytes))


_Where = frozenset[tuple[str, str]]


@dataclass(slots=True)
class _Lay:
    """Where the records of a branch lie: per set of places the last number; records in several places by number."""

    ends: dict[_Where, int] = field(default_factory=dict)
    spread: list[tuple[int, str, _Where]] = field(default_factory=list)

    def find_last(self, scope: Scope, lane: str) -> int:
        """Give the last number that a scope lets be read; 0 if there is none."""
        return max((last for where, last in self.ends.items() if scope.reads_any(where, lane)), default=0)


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What a reader with this scope lacks of a branch, from `first` on."""

    branch: Branch
    first: int
    scope: Scope
    limits: Limits


def _look_over(connection: Connection, branch: Branch, first: int) -> _Lay:
    """Look once where everything lies, whoever reads it."""
    numbers: list[tuple[int, str]] = []
    for home, begin, end in stretches(branch.epoch, first, branch.tip.sequence):
        rows = connection.rows(
            "SELECT sequence, record FROM revision WHERE device = :device AND epoch = :epoch"
            " AND sequence BETWEEN :first AND :last AND body IS NOT NULL ORDER BY sequence",
            {"device": branch.device, "epoch": home, "first": begin, "last": end},
        )
        numbers += [(row["sequence"], row["record"]) for row in rows]
    places = {record: frozenset(where) for record, where in find_places(connection, (r for _n, r in numbers)).items()}
    lay = _Lay()
    for number, record in numbers:
        where = places.get(record, frozenset())
        lay.ends[where] = number
        if len(where) > 1:
            lay.spread.append((number, record, where))
    return lay


def _list_lacking(
    connection: Connection, lacking: _Lacking, lay: _Lay, own: str, is_centre: bool
) -> Iterator[Segment]:
    branch, first, scope = lacking.branch, lacking.first, lacking.scope
    last = lay.find_last(scope, branch.lane)
    if last < first:
        return
    yield from _list_moved(connection, lacking, lay, last)
    while first <= last:
        segment = cut(connection, branch, first, last, scope, is_centre=is_centre, limits=lacking.limits)
        if not (is_centre or branch.device == own or segment.proofs):
            return
        yield segment
        first = segment.last + 1


def _list_moved(connection: Connection, lacking: _Lacking, lay: _Lay, last: int) -> Iterator[Segment]:
    """Give, one by one, earlier revisions of records that come into scope now; the reader has their hashes."""
    lane, scope = lacking.branch.lane, lacking.scope
    moved = {
        record
        for number, record, where in lay.spread
        if lacking.first <= number <= last
        and scope.reads_any(where, lane)
        and not all(scope.reads(unit, kind, lane) for unit, kind in where)
    }
    for record in sorted(moved):
        yield from _list_earlier(connection, lacking.branch, record, lacking.first, scope)


def _list_earlier(
    connection: Connection, branch: Branch, record: str, before: int, scope: Scope
) -> Iterator[Segment]:
    rows = read_rows(connection, branch.device, branch.epoch, 1, before - 1)
    for row in list(rows):
        if row["record"] == record and row["body"] is not None:
            yield cut(connection, branch, row["sequence"], row["sequence"], scope)


def cut(
    connection: Connection,
    branch: Branch,
    first: int,
    last: int,
    scope: Scope,
    *,
    is_centre: bool = False,
    limits: Limits = LIMITS,
) -> Segment:
    """Read numbers from `first` on, at most to `last`: bodies that a scope lets be read, hashes for the rest.

    It ends where a bundle of the author ended too, so that the author's header proves it as a whole.
    """
    end = min(last, first + limits.revisions - 1)
    proofs = list_proofs(connection, branch.device, branch.epoch, first, end)
    rows = list(read_rows(connection, branch.device, branch.epoch, first, min([end, *proofs])))
    visible = find_visible(connection, (row["record"] for row in rows), scope, branch.lane)
    items: list[Item] = []
    size = 0
    for row in rows:
        item = give_item(row, visible)
        size += len(item) if isinstance(item, bytes) else WIPED_BYTES
        if items and size > limits.bytes:
            break
        items.append(item)
    before = chain_at(connection, branch.device, branch.epoch, first - 1) or b""
    made = Segment(branch.device, branch.root, branch.lane, first, before, tuple(items))
    proven = replace(made, proofs=tuple(proofs[each] for each in (made.last,) if each in proofs))
    return note_absent(proven, rows[: len(items)], visible) if is_centre else proven
