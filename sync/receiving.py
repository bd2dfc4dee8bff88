"""Takes in what others wrote: exact bytes, each revision once, in unbroken chains.

What comes before its predecessors is held. What differs from what is held under the same number is a fork: both are
kept, the newcomer as a branch, and its author is told to go on under another name. A body that is unreadable or not
allowed is quarantined and its number counts as taken, so that it blocks nothing. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from sync.branches import base_of, name_branch
from sync.erasing import erase_named
from sync.errors import SegmentRefused
from sync.heads import find_branch, fork_own, offer_again
from sync.holding import Holding
from sync.judging import ERASED, OUTSIDE, QUARANTINED, UNKNOWN, Admission, Arrival, Origin, Verdict, judge
from sync.log import Log
from sync.offering import keep_proof
from sync.quarantine import forget, set_aside
from sync.revisions import Reference, start_chain
from sync.segments import Segment, Tip, hash_item
from sync.storage import Connection, Row


@dataclass
class Outcome:
    """What receiving did.

    `changed` are records whose state may differ now: their cache is to be brought up to date. `forked` are epochs, as
    (device, root), that two disks write. `filled` are revisions whose body came later than their hash.
    `must_pull_again`: bodies are wanted that the centre gave before.
    """

    changed: set[str] = field(default_factory=set)
    stored: int = 0
    forked: set[tuple[str, str]] = field(default_factory=set)
    filled: list[Reference] = field(default_factory=list)
    held: int = 0
    must_pull_again: bool = False


@dataclass
class _Work:
    """A segment being stored: where it goes and what was decided about it."""

    connection: Connection
    segment: Segment
    origin: Origin
    refused: str | None
    outcome: Outcome
    chains: list[bytes]
    branch: str = ""

    def arrival(self, at: int) -> Arrival:
        item, reference = self.segment.items[at], self.reference(at)
        data = item if isinstance(item, bytes) else None
        return Arrival(reference, data, hash_item(item), self.chains[at + 1], self.segment.lane)

    def reference(self, at: int) -> Reference:
        return Reference(self.segment.device, self.branch, self.segment.first + at)


class Receiver:
    """Takes segments into one log.

    `device` is this folder's own; a revision under its name that it did not write makes it go on under another
    epoch before that is stored. `admission` decides what is kept.
    """

    def __init__(self, log: Log, device: str, admission: Admission, holding: Holding | None = None) -> None:
        self.log = log
        self.device = device
        self.admission = admission
        self.holding = holding or Holding()

    def receive(self, connection: Connection, segment: Segment, origin: Origin = UNKNOWN) -> Outcome:
        """Take a segment in, and whatever was held for it.

        :raises SegmentRefused: if it contradicts what it says of itself or what is known of its epoch.
        """
        outcome = Outcome()
        refused = self.admission.refuse_author(connection, segment.device, segment.epoch)
        if self._store(_Work(connection, segment, origin, refused, outcome, segment.chains())):
            self.release(connection, segment.device, segment.epoch, outcome)
        else:
            self._guard_name(connection, segment)
            self.holding.add(connection, segment, origin, refused)
            outcome.held += 1
        return outcome

    def release(self, connection: Connection, device: str, root: str, outcome: Outcome) -> None:
        """Store what was held of an epoch and fits by now."""
        is_moving = True
        while is_moving:
            is_moving = False
            for held in self.holding.list_held(connection, device, root):
                origin = msgspec.structs.replace(held.origin, waited=True)
                work = _Work(connection, held.segment, origin, held.refused, outcome, held.segment.chains())
                if self._store(work):
                    self.holding.remove(connection, held)
                    is_moving = True

    def _store(self, work: _Work) -> bool:
        found = self._find_place(work)
        if found is None:
            return False
        work.branch = found
        at, count = 0, len(work.segment.items)
        while at < count:
            known = self._known_rows(work, at)
            at = self._pass_known(work, known, at)
            if at < count and work.segment.first + at in known:
                self._branch_off(work, at)
            elif at < count:
                self._append(work, at)
                at = count
        self._mark_refused(work)
        self._place_erased(work)
        for proof in work.segment.proofs:
            keep_proof(work.connection, work.segment.device, work.segment.epoch, proof)
        return True

    def _find_place(self, work: _Work) -> str | None:
        """Give the stored name of the epoch or branch that the segment goes on from; None if that is not held."""
        segment = work.segment
        if segment.first > 1:
            return find_branch(
                work.connection, segment.device, segment.epoch, Tip(segment.first - 1, segment.before)
            )
        if segment.before != start_chain(segment.device, segment.epoch):
            raise SegmentRefused(reason="chain", device=segment.device, epoch=segment.epoch)
        return segment.epoch

    def _known_rows(self, work: _Work, at: int) -> dict[int, Row]:
        rows = work.connection.rows(
            "SELECT sequence, chain, absent, record FROM revision WHERE device = :device AND epoch = :epoch"
            " AND sequence BETWEEN :first AND :last",
            {
                "device": work.segment.device,
                "epoch": work.branch,
                "first": work.segment.first + at,
                "last": work.segment.last,
            },
        )
        return {row["sequence"]: row for row in rows}

    def _pass_known(self, work: _Work, known: dict[int, Row], at: int) -> int:
        """Skip what is held already, taking bodies of which only the hash was held; give where that ends."""
        while at < len(work.segment.items):
            row = known.get(work.segment.first + at)
            if row is None or self._differs(row, work.chains[at + 1]):
                break
            if row["absent"] and isinstance(work.segment.items[at], bytes):
                self._fill(work, at, row)
            at += 1
        return at

    def _differs(self, row: Row, chain: bytes) -> bool:
        return bytes(row["chain"]) != chain

    def _branch_off(self, work: _Work, at: int) -> None:
        segment = work.segment
        work.outcome.forked.add((segment.device, segment.epoch))
        self._guard_name(work.connection, segment)
        work.branch = name_branch(work.branch, segment.first + at, work.chains[at + 1])

    def _guard_name(self, connection: Connection, segment: Segment) -> None:
        """Before something is stored under this folder's own name: go on under another one if it is written here."""
        if segment.device == self.device:
            fork_own(connection, self.log, self.device, segment.epoch)

    def _append(self, work: _Work, at: int) -> None:
        segment = work.segment
        self._guard_name(work.connection, segment)
        self._ensure_epoch(work, work.chains[at])
        arrivals = [work.arrival(index) for index in range(at, len(segment.items))]
        verdicts = self._judge(work, arrivals)
        work.connection.execute_many(
            _INSERT, [verdict.row(arrival) for arrival, verdict in zip(arrivals, verdicts, strict=True)]
        )
        work.connection.execute(
            "UPDATE epoch SET head_sequence = :last, head_chain = :chain WHERE device = :device AND epoch = :epoch",
            {"last": segment.last, "chain": work.chains[-1], "device": segment.device, "epoch": work.branch},
        )
        work.outcome.stored += len(arrivals)
        for arrival, verdict in zip(arrivals, verdicts, strict=True):
            self._apply(work, arrival, verdict)

    def _judge(self, work: _Work, arrivals: Sequence[Arrival]) -> list[Verdict]:
        return judge(work.connection, self.admission, arrivals, work.origin, work.refused)

    def _apply(self, work: _Work, arrival: Arrival, verdict: Verdict) -> None:
        if (body := verdict.applied) is not None:
            work.outcome.changed.add(body.record)
            erase_named(work.connection, arrival.revision(body))

    def _fill(self, work: _Work, at: int, row: Row) -> None:
        """Take a body of which only the hash was held; what was quarantined must come from or by the centre."""
        sequence = work.segment.first + at
        is_kept_aside = row["absent"] == QUARANTINED and not work.origin.vouches(sequence)
        is_done = row["absent"] == ERASED and row["record"]
        if is_done or is_kept_aside or sequence in work.segment.refused:
            return
        arrival = work.arrival(at)
        (verdict,) = self._judge(work, [arrival])
        if verdict.absent == OUTSIDE:
            return
        work.connection.execute(_FILL, verdict.row(arrival))
        if not work.origin.by_centre:
            offer_again(work.connection, arrival.reference)
        if verdict.applied is not None or verdict.absent == ERASED:
            work.outcome.filled.append(arrival.reference)
            forget(work.connection, arrival.reference)
            self._apply(work, arrival, verdict)

    def _find(self, work: _Work, sequence: int) -> Reference | None:
        tip = Tip(sequence, work.chains[sequence - work.segment.first + 1])
        branch = find_branch(work.connection, work.segment.device, work.segment.epoch, tip)
        return None if branch is None else Reference(work.segment.device, branch, sequence)

    def _place_erased(self, work: _Work) -> None:
        """Note where erased revisions lay, which only the centre may know by now."""
        for erased in work.segment.erased:
            reference = self._find(work, erased.sequence)
            if reference is not None:
                work.connection.execute(_PLACE, {**erased._asdict(), **reference._asdict()})

    def _mark_refused(self, work: _Work) -> None:
        for sequence in work.segment.refused:
            reference = self._find(work, sequence)
            if reference is not None:
                aside = set_aside(work.connection, reference, "centre")
                if aside is not None:
                    work.outcome.changed.add(aside.record)
                    work.outcome.must_pull_again |= bool(aside.wanted)

    def _ensure_epoch(self, work: _Work, chain: bytes) -> None:
        segment = work.segment
        named = {"device": segment.device, "epoch": work.branch, "root": segment.epoch, "lane": segment.lane}
        lane = work.connection.value("SELECT lane FROM epoch WHERE device = :device AND root = :root LIMIT 1", named)
        if lane not in (None, segment.lane):
            raise SegmentRefused(reason="lane", device=segment.device, epoch=segment.epoch)
        work.connection.execute(
            "INSERT INTO epoch (device, epoch, root, own, reason, head_sequence, head_chain, lane)"
            " VALUES (:device, :epoch, :root, 0, 'received', :head, :chain, :lane) ON CONFLICT DO NOTHING",
            {**named, "head": base_of(work.branch) - 1, "chain": chain},
        )


_PLACE: Final = (
    "UPDATE revision SET record = :record, kind = :kind, unit = :unit, absent = 'erased'"
    " WHERE device = :device AND epoch = :epoch AND sequence = :sequence"
    " AND absent IN ('outside', 'erased') AND record = ''"
)
_INSERT: Final = (
    "INSERT INTO revision (device, epoch, sequence, record, kind, unit, stamp, body, body_hash, chain, absent)"
    " VALUES (:device, :epoch, :sequence, :record, :kind, :unit, :stamp, :body, :body_hash, :chain, :absent)"
)
_FILL: Final = (
    "UPDATE revision SET record = :record, kind = :kind, unit = :unit, stamp = :stamp, body = :body, absent = :absent"
    " WHERE device = :device AND epoch = :epoch AND sequence = :sequence"
)
