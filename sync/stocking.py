"""What is to be written to a stick, for the centre and for each reader, cut into stretches of the size of a bundle.

For the centre: everything that it is not known to hold, as it is held here. For a reader: what it may read and did not
say that it holds; what it may not read goes as hashes, and what lies before something readable is never left out,
since the reader could not attach what follows. Whoever is not the centre passes on only what its author's signature
proves. Nothing here seals or writes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sync.branches import base_of
from sync.heads import Branch, is_lacking, list_branches
from sync.holding import list_waiting
from sync.holdings import find_told
from sync.log import chain_at
from sync.offering import LIMITS, Limits, list_proofs, read_rows, read_segment
from sync.scopes import Scope
from sync.segments import Erased, Item, Segment, Wiped
from sync.storage import Connection, Row
from sync.visibility import find_places

_CHUNK = 200


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
    copied = _list_copied(branches)
    told -= copied
    for branch in branches:
        found: dict[tuple[int, int, tuple[int, ...]], list[Reader]] = {}
        for reader in readers:
            # A laptop has its own epochs, unless it says that it lost them, or its disk was copied.
            if branch.device != reader.device or reader.device in told or reader.device in copied:
                known = find_told(connection, reader.device, branch) if reader.device in told else 0
                for segment in _list_lacking(connection, branch, known, reader, own, is_centre, limits):
                    found.setdefault((segment.first, segment.last, _readable(segment)), []).append(reader)
        for (first, last, _numbers), lacking in sorted(found.items(), key=lambda pair: pair[0]):
            yield Need(branch, first, last, tuple(lacking))


def _list_copied(branches: Sequence[Branch]) -> set[str]:
    """Name the laptops whose disk was copied: the word of one copy about what it holds is not that of the other."""
    counts = Counter((branch.device, branch.root) for branch in branches)
    return {device for (device, _root), count in counts.items() if count > 1}


def _readable(segment: Segment) -> tuple[int, ...]:
    return tuple(number for number, item in enumerate(segment.items, segment.first) if isinstance(item, bytes))


def _list_lacking(
    connection: Connection, branch: Branch, known: int, reader: Reader, own: str, is_centre: bool, limits: Limits
) -> Iterator[Segment]:
    first = max(known, base_of(branch.epoch) - 1) + 1
    last = _last_visible(connection, branch, first, reader.scope)
    if last:
        yield from _list_moved(connection, branch, first, last, reader)
    while first <= last:
        segment = cut(connection, branch, first, last, reader.scope, is_centre=is_centre, limits=limits)
        if not (is_centre or branch.device == own or segment.proofs):
            return
        yield segment
        first = segment.last + 1


def _last_visible(connection: Connection, branch: Branch, first: int, scope: Scope) -> int:
    """Give the last number from `first` on that a scope lets be read; 0 if there is none."""
    numbers = [
        (row["sequence"], row["record"])
        for row in read_rows(connection, branch.device, branch.epoch, first, branch.tip.sequence)
        if row["body"] is not None
    ]
    numbers.reverse()
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        visible = find_visible(connection, (record for _number, record in part), scope, branch.lane)
        for number, record in part:
            if record in visible:
                return int(number)
    return 0


def find_visible(connection: Connection, records: Iterable[str], scope: Scope, lane: str) -> set[str]:
    """Name those of these records that a scope lets be read: any of its revisions lies in it."""
    places = find_places(connection, records)
    return {
        record for record, where in places.items() if any(scope.reads(unit, kind, lane) for unit, kind in where)
    }


def _list_moved(connection: Connection, branch: Branch, first: int, last: int, reader: Reader) -> Iterator[Segment]:
    """Give, one by one, earlier revisions of records that come into scope now; the reader has their hashes."""
    rows = read_rows(connection, branch.device, branch.epoch, first, last)
    records = {row["record"] for row in rows if row["body"] is not None}
    for record, where in sorted(find_places(connection, records).items()):
        inside = [reader.scope.reads(unit, kind, branch.lane) for unit, kind in where]
        if any(inside) and not all(inside):
            yield from _list_earlier(connection, branch, record, first, reader.scope)


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
        is_given = row["body"] is not None and row["record"] in visible
        size += len(row["body"]) if is_given else 44
        if items and size > limits.bytes:
            break
        items.append(bytes(row["body"]) if is_given else Wiped(bytes(row["body_hash"])))
    given = rows[: len(items)]
    made = Segment(
        branch.device,
        branch.root,
        branch.lane,
        first,
        chain_at(connection, branch.device, branch.epoch, first - 1) or b"",
        tuple(items),
    )
    proof = proofs.get(made.last)
    proven = replace(made, proofs=(proof,) if proof is not None else ())
    return _tell(proven, given, visible) if is_centre else proven


def _tell(segment: Segment, rows: Sequence[Row], visible: set[str]) -> Segment:
    """Add what only the centre may say of revisions."""
    return replace(
        segment,
        refused=tuple(row["sequence"] for row in rows if row["absent"] == "quarantined"),
        lacking=tuple(row["sequence"] for row in rows if is_lacking(row)),
        erased=tuple(
            Erased(row["sequence"], row["record"], row["kind"], row["unit"])
            for row in rows
            if row["absent"] == "erased" and row["record"] in visible
        ),
    )
