"""The laws of receiving: any order, repeated, split anywhere, the same log comes out."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.storages import Disk, MemoryDisks
from sync_histories import FIELDS

from sync.branches import base_of, home_of, name_branch, root_of, stretches
from sync.clock import HybridClock
from sync.errors import SegmentRefused
from sync.heads import Standing, list_branches
from sync.holding import list_missing, list_waiting
from sync.judging import Admission
from sync.log import Edit, Log, list_states, verify_chains
from sync.messages import Claim
from sync.offering import read_segment, read_segments
from sync.pushing import Pushed, Pusher
from sync.quarantine import list_quarantined
from sync.receiving import Receiver
from sync.revisions import start_chain
from sync.segments import Segment, Tip, Wiped, hash_item

_writes = st.lists(
    st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from(FIELDS), st.integers(0, 5)), min_size=1, max_size=12
)


class Desk:
    """A folder of a device: its log and what receives into it."""

    def __init__(self, device: str, image: bytes | None = None) -> None:
        self.device = device
        self.disk: Disk = MemoryDisks().make(image)
        moments = iter(range(1_790_000_000_000, 1_790_100_000_000))
        self.log = Log(self.disk, HybridClock(lambda: next(moments)))
        self.receiver = Receiver(self.log, device, Admission())
        if image is None:
            with self.disk.writing() as connection:
                self.epoch = self.log.open_epoch(connection, device, "new")

    def write(self, writes: Sequence[tuple[str, str, int]]) -> None:
        for record, field, value in writes:
            with self.disk.writing() as connection:
                self.log.append(connection, Edit(record, "meeting", "u", {field: value}, author=self.device))

    def segments(self) -> list[Segment]:
        """Everything that this device wrote, one revision each."""
        with self.disk.reading() as connection:
            return [
                read_segment(connection, branch, number, number)
                for branch in list_branches(connection, self.device)
                for number in range(base_of(branch.epoch), branch.tip.sequence + 1)
            ]

    def receive(self, segments: Sequence[Segment]) -> None:
        for segment in segments:
            with self.disk.writing() as connection:
                self.receiver.receive(connection, segment)

    def shown(self) -> dict[str, dict[str, list[object]]]:
        """Every record with the live values of its fields."""
        with self.disk.reading() as connection:
            verify_chains(connection)
            return {
                state.record: {name: [each.value for each in found] for name, found in state.siblings.items()}
                for state in list_states(connection)
            }


def split(segment: Segment, at: int) -> Iterator[Segment]:
    """Cut a segment in two."""
    chains = segment.chains()
    yield Segment(segment.device, segment.epoch, segment.lane, segment.first, segment.before, segment.items[:at])
    yield Segment(
        segment.device, segment.epoch, segment.lane, segment.first + at, chains[at], segment.items[at:]
    )


@settings(max_examples=60, deadline=None)
@given(_writes, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(writes: list[tuple[str, str, int]], chance: random.Random) -> None:
    author, reader = Desk("an"), Desk("binh")
    author.write(writes)
    segments = author.segments()
    shuffled = [*segments, *chance.sample(segments, len(segments) // 2)]
    chance.shuffle(shuffled)
    reader.receive(shuffled)
    assert reader.shown() == author.shown()
    with reader.disk.reading() as connection:
        assert list_waiting(connection) == []
        (branch,) = list_branches(connection, "an")
        assert branch.tip.sequence == len(segments)


@settings(max_examples=60, deadline=None)
@given(_writes, st.integers(1, 5), st.integers(1, 11))
def test_it_does_not_matter_where_deliveries_are_cut(
    writes: list[tuple[str, str, int]], size: int, at: int
) -> None:
    author, one, other = Desk("an"), Desk("binh"), Desk("chi")
    author.write(writes)
    with author.disk.reading() as connection:
        (branch,) = list_branches(connection, "an")
        (whole,) = read_segments(connection, branch, 1, branch.tip.sequence)
    one.receive([whole])
    parts = list(split(whole, min(at, len(whole.items) - 1))) if len(whole.items) > 1 else [whole]
    other.receive([*reversed(parts), whole])
    assert one.shown() == other.shown() == author.shown()


@settings(max_examples=60, deadline=None)
@given(_writes, _writes, _writes, st.booleans(), st.randoms(use_true_random=False))
def test_both_continuations_of_a_cloned_disk_are_kept_whoever_comes_first(
    before: list[tuple[str, str, int]],
    here: list[tuple[str, str, int]],
    there: list[tuple[str, str, int]],
    chance_first: bool,
    chance: random.Random,
) -> None:
    author = Desk("an")
    author.write(before)
    twin = Desk("an", author.disk.image())
    author.write(here)
    twin.write(there)
    mixed = [*author.segments(), *twin.segments()]
    one, other = Desk("binh"), Desk("chi")
    one.receive(mixed)
    chance.shuffle(mixed)
    other.receive(list(reversed(mixed)) if chance_first else mixed)
    assert one.shown() == other.shown()
    written = {hash_item(item) for segment in mixed for item in segment.items}
    for desk in (one, other):
        with desk.disk.reading() as connection:
            held = [bytes(row["body_hash"]) for row in connection.rows("SELECT body_hash FROM revision")]
        assert sorted(held) == sorted(written)


class Offering(Pusher):
    """Notes what it would send."""

    def offer(self, standing: Standing) -> list[tuple[int, int]]:
        """List the numbers of what it sends to a centre that holds this of an epoch."""
        self.offered: list[tuple[int, int]] = []
        self._send_lacking(standing, Pushed())
        return self.offered

    def _send(self, segment: Segment, claim: Claim, pushed: Pushed) -> None:
        self.offered.append((segment.first, segment.last))


def test_what_two_copies_have_in_common_is_offered_once() -> None:
    author = Desk("an")
    author.write([("r1", "title", 1), ("r1", "title", 2)])
    twin = Desk("an", author.disk.image())
    author.write([("r1", "title", 3)])
    twin.write([("r1", "title", 4), ("r1", "title", 5)])
    reader = Desk("binh")
    reader.receive([*author.segments(), *twin.segments()])
    nobody: Any = None  # nothing is asked: the centre, restored from a backup, holds nothing of it
    pusher = Offering(reader.disk, reader.receiver, nobody, nobody, lambda connection, records: None)
    assert pusher.offer(Standing("an", author.epoch)) == [(1, 3), (3, 4)]


def test_a_hash_holds_the_place_until_the_body_comes() -> None:
    author, reader = Desk("an"), Desk("binh")
    author.write([("r1", "title", 1), ("r1", "title", 2)])
    first, second = author.segments()
    wiped = (Wiped(hash_item(first.items[0])),)
    reader.receive([Segment(first.device, first.epoch, first.lane, 1, first.before, wiped)])
    reader.receive([second])
    assert reader.shown() == {"r1": {"title": [2]}}
    reader.receive([first])
    with reader.disk.reading() as connection:
        assert connection.value("SELECT count(*) FROM revision WHERE body IS NOT NULL") == 2


def test_what_is_missing_is_named() -> None:
    author, reader = Desk("an"), Desk("binh")
    author.write([("r1", "title", number) for number in range(4)])
    segments = author.segments()
    reader.receive([segments[0], segments[3]])
    with reader.disk.reading() as connection:
        (missing,) = list_missing(connection)
        assert (missing.device, missing.epoch) == ("an", author.epoch)
        assert missing.upto == Tip(3, segments[3].before)


def test_who_reads_its_own_unknown_writing_goes_on_in_another_epoch() -> None:
    author = Desk("an")
    author.write([("r1", "title", 1)])
    twin = Desk("an", author.disk.image())
    author.write([("r1", "title", 2)])
    twin.receive(author.segments())
    twin.write([("r1", "title", 3)])
    with twin.disk.reading() as connection:
        rows = list(connection.rows("SELECT epoch, sequence FROM revision ORDER BY position"))
    assert [(row["epoch"] == author.epoch, row["sequence"]) for row in rows] == [(True, 1), (True, 2), (False, 1)]
    assert twin.shown() == {"r1": {"title": [3]}}


def test_a_body_that_is_none_takes_its_number_and_blocks_nothing() -> None:
    reader = Desk("binh")
    good = Desk("an")
    good.write([("r1", "title", 1)])
    (segment,) = good.segments()
    start = start_chain("xa", "e")
    reader.receive([Segment("xa", "e", "records", 1, start, (b"[]", *segment.items))])
    assert reader.shown() == {"r1": {"title": [1]}}
    with reader.disk.reading() as connection:
        (row,) = connection.rows("SELECT sequence, body, reason FROM quarantine")
    assert (row["sequence"], bytes(row["body"]), row["reason"]) == (1, b"[]", "malformed: malformed")


def test_an_epoch_that_does_not_begin_at_its_beginning_is_refused() -> None:
    reader = Desk("binh")
    with pytest.raises(SegmentRefused), reader.disk.writing() as connection:
        reader.receiver.receive(connection, Segment("an", "e", "records", 1, bytes(32), (b"{}",)))


def test_lanes_never_share_an_epoch() -> None:
    author, reader = Desk("an"), Desk("binh")
    author.write([("r1", "title", 1), ("r1", "title", 2)])
    first, second = author.segments()
    reader.receive([first])
    with pytest.raises(SegmentRefused), reader.disk.writing() as connection:
        reader.receiver.receive(
            connection, Segment(second.device, second.epoch, "sheets", 2, second.before, second.items)
        )


@given(st.integers(1, 30), st.integers(0, 20), st.integers(0, 9))
def test_a_branch_begins_where_it_forked(fork: int, more: int, later: int) -> None:
    branch = name_branch("e", fork, b"\x01" * 32)
    nested = name_branch(branch, fork + later, b"\x02" * 32)
    assert root_of(nested) == root_of(branch) == "e"
    assert (base_of(branch), base_of(nested), base_of("e")) == (fork, fork + later, 1)
    last = fork + later + more
    found = [(home, number) for home, begin, end in stretches(nested, 1, last) for number in range(begin, end + 1)]
    assert [number for _, number in found] == list(range(1, last + 1))
    assert all(home == home_of(nested, number) for home, number in found)


def test_what_waits_of_a_device_that_does_not_count_any_more_is_set_aside_when_its_turn_comes() -> None:
    author, reader = Desk("an"), Desk("binh")
    author.write([("r1", "title", 1), ("r1", "title", 2)])
    first, second = author.segments()
    reader.receive([second])
    with reader.disk.writing() as connection:
        reader.receiver.holding.refuse(connection, "chi", "unknown_device")
        reader.receiver.holding.refuse(connection, "an", "revoked")
    reader.receive([first])
    assert reader.shown() == {"r1": {"title": [1]}}
    with reader.disk.reading() as connection:
        assert [(row["sequence"], row["reason"]) for row in list_quarantined(connection)] == [(2, "revoked")]
