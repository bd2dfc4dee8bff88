"""What the centre gives a puller: pages of its feed, cut to the puller's scope, and parts that the puller lacks.

A stretch with something visible is given whole, what is not visible as hashes, so that its chain and its author's
signature can be verified. What comes before it may have been out of sight; the puller then holds it and asks for the
part that it lacks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from sync.branches import root_of
from sync.feed import Cursor, Feed
from sync.heads import MAX_LISTED, find_branch
from sync.log import chain_at
from sync.names import Name
from sync.offering import LIMITS, Limits, give_item, list_proofs, note_absent, read_rows
from sync.scopes import Scope
from sync.segments import WIPED_BYTES, Proof, Segment, Tip
from sync.storage import Connection, Row
from sync.visibility import find_places, find_visible

PAGE_ENTRIES = 500
PAGE_BYTES = 1024 * 1024
ROOM = 500
"""How many revisions a page has if the puller says nothing: what a bad network loses in one piece."""
MAX_ROOM = 4_000
GAP_REVISIONS = 10_000
GAP_BYTES = 16 * 1024 * 1024
"""How much of what is lacking goes into one answer, whatever is asked for, and however often."""


class OwnTip(msgspec.Struct, frozen=True, array_like=True):
    """Up to where a puller knows that the centre has what it wrote itself: it is not given that again."""

    epoch: Name
    tip: Tip


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """A part that a puller lacks: of an epoch up to a place; `tips` are the ends of what it holds of it."""

    device: Name
    epoch: Name
    upto: Tip
    tips: Annotated[tuple[Tip, ...], Meta(max_length=MAX_LISTED)] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who pulls: its device, its scope, what an earlier scope had given it, and what it wrote itself.

    `limits` say how much goes into one bundle: what is given can be passed on in such bundles, each with its proof.
    """

    device: str
    scope: Scope
    had: Scope | None = None
    own: tuple[OwnTip, ...] = ()
    limits: Limits = LIMITS


@dataclass(slots=True)
class _Stretch:
    """Entries of one epoch that follow one another, each as its rows: they are given as one segment.

    `is_taken_back`: it was given before, and counts no more, or its body is wanted back.
    """

    device: str
    epoch: str
    had: Scope | None
    entries: list[list[Row]]
    is_taken_back: bool = False

    @property
    def end(self) -> int:
        return int(self.entries[-1][-1]["sequence"])

    def has_room(self, rows: list[Row], limits: Limits) -> bool:
        """Tell whether more rows still make a bundle."""
        return _fits([row for entry in (*self.entries, rows) for row in entry], limits)


class _Home(NamedTuple):
    """An epoch or branch as it is stored here, and its lane."""

    device: str
    epoch: str
    lane: str


def _fits(rows: list[Row], limits: Limits) -> bool:
    return len(rows) <= limits.revisions and _size(rows) <= limits.bytes


def _size(rows: list[Row]) -> int:
    return sum(WIPED_BYTES if row["body"] is None else len(row["body"]) for row in rows)


def read_page(
    connection: Connection, feed: Feed, cursor: Cursor, reader: Reader, room: int = 0
) -> tuple[list[Segment], Cursor, bool]:
    """Give what the feed holds after the cursor, the cursor after it, and whether there is more.

    A page ends with the entry that fills its `room`, in revisions (0: the usual).
    """
    room = min(room, MAX_ROOM) or ROOM
    stretches: list[_Stretch] = []
    found = feed.read(connection, cursor.position, PAGE_ENTRIES + 1)
    given = size = 0
    for entry in found[:PAGE_ENTRIES]:
        if not _is_known(connection, entry, reader):
            rows = list(read_rows(connection, entry["device"], entry["epoch"], entry["first"], entry["last"]))
            had = reader.had if entry["position"] <= cursor.before_position else None
            if entry["again"] and rows[0]["absent"] in ("quarantined", "outside"):
                stretches.append(_Stretch(entry["device"], entry["epoch"], None, [rows], is_taken_back=True))
            else:
                _gather(stretches, entry, rows, had, reader.limits)
            given, size = given + len(rows), size + _size(rows)
        cursor = msgspec.structs.replace(cursor, position=entry["position"], chain=bytes(entry["chain"]))
        if given >= room or size >= PAGE_BYTES:
            break
    if cursor.position >= cursor.before_position:
        cursor = Cursor(cursor.incarnation, cursor.version, cursor.position, cursor.chain)
    segments = [segment for stretch in stretches for segment in _give(connection, stretch, reader)]
    return segments, cursor, bool(found) and found[-1]["position"] > cursor.position


def _gather(
    stretches: list[_Stretch], entry: Row, rows: list[Row], had: Scope | None, limits: Limits
) -> None:
    """Add an entry to the stretch that it goes on from, else begin another."""
    device, epoch = entry["device"], entry["epoch"]
    for stretch in reversed(stretches):
        if (stretch.device, stretch.epoch, stretch.had) == (device, epoch, had) and not stretch.is_taken_back:
            if stretch.end + 1 == entry["first"] and stretch.has_room(rows, limits):
                stretch.entries.append(rows)
                return
            break
    stretches.append(_Stretch(device, epoch, had, [rows]))


def _is_known(connection: Connection, entry: Row, reader: Reader) -> bool:
    if entry["device"] != reader.device or entry["again"]:
        return False
    return any(
        own.epoch == root_of(entry["epoch"])
        and entry["last"] <= own.tip.sequence
        and chain_at(connection, entry["device"], entry["epoch"], own.tip.sequence) == own.tip.chain
        for own in reader.own
    )


def _give(connection: Connection, stretch: _Stretch, reader: Reader) -> Iterator[Segment]:
    home = _find_home(connection, stretch.device, stretch.epoch)
    if stretch.is_taken_back:
        yield from _give_taken_back(connection, home, stretch.entries[0], reader)
        return
    places = find_places(connection, (row["record"] for rows in stretch.entries for row in rows))
    visible = {record for record, where in places.items() if reader.scope.reads_any(where, home.lane)}
    if stretch.had is not None:
        visible -= {record for record, where in places.items() if stretch.had.reads_any(where, home.lane)}
    for record in sorted(record for record in visible if len(places[record]) > 1):
        yield from _companions(connection, record)
    for rows in _join_seen(stretch.entries, visible):
        yield _make_segment(connection, home, rows, visible, reader.limits)


def _give_taken_back(connection: Connection, home: _Home, rows: list[Row], reader: Reader) -> Iterator[Segment]:
    """Tell whoever may have been given a body that it counts no more, or is wanted."""
    places = find_places(connection, (row["record"] for row in rows))
    own = [{(row["unit"], row["kind"])} for row in rows]
    if any(reader.scope.reads_any(where, home.lane) for where in (*own, *places.values())):
        yield _make_segment(connection, home, rows, set(), reader.limits)


def _join_seen(entries: list[list[Row]], visible: set[str]) -> Iterator[list[Row]]:
    """Join entries of which something is visible, as long as they follow one another."""
    seen: list[Row] = []
    for rows in entries:
        if any(row["record"] in visible for row in rows):
            seen += rows
        elif seen:
            yield seen
            seen = []
    if seen:
        yield seen


def list_visible(connection: Connection, scope: Scope, records: Sequence[str]) -> list[str]:
    """Name those of these records that a scope lets be seen."""
    places = find_places(connection, records)
    return [record for record in records if scope.reads_any(places.get(record, ()), _record_lane(connection, record))]


def _record_lane(connection: Connection, record: str) -> str:
    sql = "SELECT lane FROM revision JOIN epoch USING (device, epoch) WHERE record = :record LIMIT 1"
    return str(connection.value(sql, {"record": record}) or "")


def _find_home(connection: Connection, device: str, epoch: str) -> _Home:
    named = {"device": device, "epoch": epoch}
    lane = connection.value("SELECT lane FROM epoch WHERE device = :device AND epoch = :epoch", named)
    return _Home(device, epoch, str(lane))


def _companions(connection: Connection, record: str) -> Iterator[Segment]:
    """Give all revisions of a record that moved between units, one by one: some may have been out of sight."""
    found = list(
        connection.rows(
            "SELECT device, epoch, sequence FROM revision WHERE record = :record AND absent IS NULL"
            " ORDER BY position",
            {"record": record},
        )
    )
    for row in found:
        device, epoch, sequence = row["device"], row["epoch"], row["sequence"]
        rows = list(read_rows(connection, device, epoch, sequence, sequence))
        yield _make_segment(connection, _find_home(connection, device, epoch), rows, {record})


def _make_segment(
    connection: Connection, home: _Home, rows: list[Row], visible: set[str], limits: Limits = LIMITS
) -> Segment:
    first = rows[0]["sequence"]
    segment = Segment(
        home.device,
        root_of(home.epoch),
        home.lane,
        first,
        chain_at(connection, home.device, home.epoch, first - 1) or b"",
        tuple(give_item(row, visible) for row in rows),
        proofs=tuple(_choose_proofs(connection, home, rows, limits)),
    )
    return note_absent(segment, rows, visible)


def _choose_proofs(connection: Connection, home: _Home, rows: list[Row], limits: Limits) -> Iterator[Proof]:
    """Give those headers of the author that whoever passes this on needs: the last, and what lies between two bundles.

    The chain holds all that came before, so a header proves that too. Yet what is passed on goes in bundles, and each
    has to end where a header does; so none may lie further from the one before it than a bundle reaches.
    """
    first, last = rows[0]["sequence"], rows[-1]["sequence"]
    proofs = list_proofs(connection, home.device, home.epoch, first, last)
    if not proofs:
        return
    ends = sorted(proofs)
    is_begun = first == 1 or bool(list_proofs(connection, home.device, home.epoch, first - 1, first - 1))
    after = first
    for end, following in zip(ends, [*ends[1:], None], strict=True):
        is_needed = following is None or not is_begun
        if is_needed or not _fits(rows[after - first : (following or last) - first + 1], limits):
            yield proofs[end]
            after, is_begun = end + 1, True


def fill_gap(
    connection: Connection, gap: Gap, scope: Scope, limits: Limits = LIMITS, most: int = GAP_REVISIONS
) -> Iterator[Segment]:
    """Give what a puller lacks, at most so many revisions; nothing if it is not held here or the puller has it."""
    epoch = find_branch(connection, gap.device, gap.epoch, gap.upto)
    if epoch is None:
        return
    have = [
        tip.sequence
        for tip in gap.tips
        if tip.sequence <= gap.upto.sequence
        and chain_at(connection, gap.device, epoch, tip.sequence) == tip.chain
    ]
    begin = max(have, default=0) + 1
    end = min(gap.upto.sequence, begin + most - 1)
    home = _find_home(connection, gap.device, epoch)
    for first in range(begin, end + 1, limits.revisions):
        rows = list(read_rows(connection, gap.device, epoch, first, min(end, first + limits.revisions - 1)))
        visible = find_visible(connection, (row["record"] for row in rows), scope, home.lane)
        yield _make_segment(connection, home, rows, visible, limits)
