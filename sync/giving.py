"""What the centre gives a puller: pages of its feed, cut to the puller's scope, and parts that the puller lacks.

A stretch with something visible is given whole, what is not visible as hashes, so that its chain and its author's
signature can be verified. What comes before it may have been out of sight; the puller then holds it and asks for the
part that it lacks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from sync.branches import root_of
from sync.feed import Cursor, Feed
from sync.heads import MAX_LISTED, find_branch, is_lacking
from sync.log import chain_at
from sync.names import Name
from sync.offering import list_proofs, read_rows
from sync.scopes import Scope
from sync.segments import MAX_REVISIONS, Erased, Item, Segment, Tip, Wiped
from sync.storage import Connection, Row
from sync.visibility import find_places

PAGE_ENTRIES = 50
PAGE_REVISIONS = 2_000
PAGE_BYTES = 1024 * 1024
GAP_REVISIONS = 10_000


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
    """Who pulls: its device, its scope, what an earlier scope had given it, and what it wrote itself."""

    device: str
    scope: Scope
    had: Scope | None = None
    own: tuple[OwnTip, ...] = ()


def read_page(
    connection: Connection, feed: Feed, cursor: Cursor, reader: Reader, entries: int = PAGE_ENTRIES
) -> tuple[list[Segment], Cursor, bool]:
    """Give what the feed holds after the cursor, the cursor after it, and whether there is more."""
    segments: list[Segment] = []
    found = feed.read(connection, cursor.position, entries + 1)
    given = size = 0
    for entry in found[:entries]:
        had = reader.had if entry["position"] <= cursor.before_position else None
        if not _is_known(connection, entry, reader):
            for segment in _give(connection, entry, reader.scope, had):
                segments.append(segment)
                given += len(segment.items)
                size += segment.size_bytes
        cursor = msgspec.structs.replace(cursor, position=entry["position"], chain=bytes(entry["chain"]))
        if given >= PAGE_REVISIONS or size >= PAGE_BYTES:
            break
    if cursor.position >= cursor.before_position:
        cursor = msgspec.structs.replace(cursor, before_version=None, before_position=0)
    return segments, cursor, bool(found) and found[-1]["position"] > cursor.position


def _is_known(connection: Connection, entry: Row, reader: Reader) -> bool:
    if entry["device"] != reader.device or entry["again"]:
        return False
    return any(
        own.epoch == root_of(entry["epoch"])
        and entry["last"] <= own.tip.sequence
        and chain_at(connection, entry["device"], entry["epoch"], own.tip.sequence) == own.tip.chain
        for own in reader.own
    )


def _give(connection: Connection, entry: Row, scope: Scope, had: Scope | None) -> Iterator[Segment]:
    device, epoch = entry["device"], entry["epoch"]
    rows = list(read_rows(connection, device, epoch, entry["first"], entry["last"]))
    lane = _lane(connection, device, epoch)
    places = find_places(connection, (row["record"] for row in rows))
    visible = {record for record, where in places.items() if _reads(scope, where, lane)}
    if had is not None:
        visible -= {record for record, where in places.items() if _reads(had, where, lane)}
    for record in sorted(record for record in visible if len(places[record]) > 1):
        yield from _companions(connection, record)
    if visible:
        yield _make_segment(connection, device, epoch, lane, rows, visible)


def _reads(scope: Scope, where: Iterable[tuple[str, str]], lane: str) -> bool:
    return any(scope.reads(unit, kind, lane) for unit, kind in where)


def list_visible(connection: Connection, scope: Scope, records: Sequence[str]) -> list[str]:
    """Name those of these records that a scope lets be seen."""
    places = find_places(connection, records)
    return [record for record in records if _reads(scope, places.get(record, ()), _record_lane(connection, record))]


def _record_lane(connection: Connection, record: str) -> str:
    sql = "SELECT lane FROM revision JOIN epoch USING (device, epoch) WHERE record = :record LIMIT 1"
    return str(connection.value(sql, {"record": record}) or "")


def _lane(connection: Connection, device: str, epoch: str) -> str:
    named = {"device": device, "epoch": epoch}
    return str(connection.value("SELECT lane FROM epoch WHERE device = :device AND epoch = :epoch", named))


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
        yield _make_segment(connection, device, epoch, _lane(connection, device, epoch), rows, {record})


def _make_segment(
    connection: Connection, device: str, epoch: str, lane: str, rows: list[Row], visible: set[str]
) -> Segment:
    first, last = rows[0]["sequence"], rows[-1]["sequence"]
    items: list[Item] = [
        bytes(row["body"])
        if row["body"] is not None and row["record"] in visible
        else Wiped(bytes(row["body_hash"]))
        for row in rows
    ]
    return Segment(
        device,
        root_of(epoch),
        lane,
        first,
        chain_at(connection, device, epoch, first - 1) or b"",
        tuple(items),
        tuple(row["sequence"] for row in rows if row["absent"] == "quarantined"),
        tuple(list_proofs(connection, device, epoch, first, last).values()),
        tuple(row["sequence"] for row in rows if is_lacking(row)),
        tuple(
            Erased(row["sequence"], row["record"], row["kind"], row["unit"])
            for row in rows
            if row["absent"] == "erased" and row["record"] in visible
        ),
    )


def fill_gap(connection: Connection, gap: Gap, scope: Scope, limit: int = GAP_REVISIONS) -> Iterator[Segment]:
    """Give what a puller lacks, at most `limit` revisions; nothing if it is not held here or the puller has it."""
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
    end = min(gap.upto.sequence, begin + limit - 1)
    lane = _lane(connection, gap.device, epoch)
    for first in range(begin, end + 1, MAX_REVISIONS):
        rows = list(read_rows(connection, gap.device, epoch, first, min(end, first + MAX_REVISIONS - 1)))
        places = find_places(connection, (row["record"] for row in rows))
        visible = {record for record, where in places.items() if _reads(scope, where, lane)}
        yield _make_segment(connection, gap.device, epoch, lane, rows, visible)
