"""Single parts of the protocol: lives of the centre, scopes, uploads, attachments."""

import itertools
from dataclasses import replace

import pytest
from simulation.shelves import MemoryShelf
from simulation.storages import MemoryDisks

from sync.attachments import MAX_BYTES as MAX_CONTENT
from sync.attachments import PART_BYTES, fetch_attachments, send_attachments
from sync.clock import HybridClock
from sync.errors import ConnectionLost, UploadRefused, WentBackwards
from sync.evicting import LaptopAdmission, evict, list_leaving, put_scope
from sync.giving import Gap, fill_gap
from sync.heads import note_received
from sync.judging import Admission
from sync.lives import accept_life, current_life, note_life
from sync.log import Log
from sync.offering import Limits
from sync.receiving import Receiver
from sync.revisions import Body, encode_body, start_chain
from sync.scopes import Grant, Scope, Succession, Successions, decode_scope, encode_scope
from sync.segments import Proof, Segment, Tip
from sync.uploads import MAX_BYTES, MAX_UPLOADS, Uploads


class Line:
    """The way to a shelf, cut after some parts."""

    def __init__(self, shelf: MemoryShelf, parts: int = 1_000) -> None:
        self._shelf = shelf
        self._left = parts
        self.order: list[str] = []

    def _pass(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionLost()

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        return {name: (self._shelf.size(name), self._shelf.part_size(name)) for name in names}

    def read(self, name: str, offset: int, length: int) -> bytes:
        self._pass()
        return self._shelf.read(name, offset, length)

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        self._pass()
        length = self._shelf.append(name, offset, data)
        if is_last and not self._shelf.finish(name):
            return 0
        if is_last:
            self.order.append(name)
        return length


def test_a_centre_that_was_left_is_not_believed_without_a_person() -> None:
    disk = MemoryDisks().make()
    with disk.writing() as connection:
        assert note_life(connection, "first")
        assert not note_life(connection, "first")
        assert note_life(connection, "second")
        with pytest.raises(WentBackwards):
            note_life(connection, "first")
        accept_life(connection, "first")
        assert current_life(connection) == "first"
        with pytest.raises(WentBackwards):
            note_life(connection, "second")


def test_a_unit_stands_for_all_that_it_took_over_by_that_day() -> None:
    successions = Successions((Succession("a", "b", "2025-01-01"), Succession("b", "c", "2026-01-01")))
    assert successions.origins("c", "2025-12-31") == {"c"}
    assert successions.origins("c", "2026-01-01") == {"a", "b", "c"}
    wide = successions.widen([Grant("c", ("meeting",), True)], "2026-06-01")
    assert [(grant.unit, grant.kinds, grant.write) for grant in wide] == [(u, ("meeting",), True) for u in "abc"]


def test_units_that_took_over_each_other_end() -> None:
    successions = Successions((Succession("a", "b", "2025-01-01"), Succession("b", "a", "2025-01-01")))
    assert successions.origins("a", "2026-01-01") == {"a", "b"}


def test_a_scope_says_what_may_be_read_and_written() -> None:
    scope = Scope("v", (Grant("u", ("meeting",), True), Grant("w", (), False, ("records", "sheets"))))
    assert scope.reads("u", "meeting", "records")
    assert not scope.reads("u", "meeting", "sheets")
    assert not scope.reads("u", "opinion", "records")
    assert scope.reads("w", "anything", "sheets")
    assert (scope.writes("u", "meeting"), scope.writes("w", "meeting")) == (True, False)
    assert decode_scope(encode_scope(scope)) == scope
    assert Scope("less", scope.grants[:1]).lacks(scope)
    assert not scope.lacks(Scope("less", scope.grants[:1]))


def test_a_bundle_goes_on_where_it_was_cut() -> None:
    disk, uploads = MemoryDisks().make(), Uploads()
    with disk.writing() as connection:
        assert uploads.add(connection, "an", "b", 0, b"one ") == 4
        assert uploads.size(connection, "binh", "b") == 0
        with pytest.raises(UploadRefused):
            uploads.add(connection, "an", "b", 5, b"x")
        assert uploads.join(connection, "an", "b", 4, b"two") == b"one two"
        uploads.forget(connection, "an", "b")
        assert uploads.size(connection, "an", "b") == 0
        with pytest.raises(UploadRefused):
            uploads.add(connection, "an", "b", 0, bytes(MAX_BYTES + 1))
        for number in range(10):
            uploads.add(connection, "an", f"b{number}", 0, b"x")
        assert connection.value("SELECT count(*) FROM upload") <= MAX_UPLOADS + 1


def test_small_attachments_go_first_and_a_cut_one_goes_on() -> None:
    here, there = MemoryShelf(), MemoryShelf()
    large = here.add(bytes(3 * PART_BYTES))
    small = here.add(b"small")
    line = Line(there, parts=2)
    with pytest.raises(ConnectionLost):
        send_attachments(here, line, [large, small])
    assert line.order == [small]
    assert there.part_size(large) == PART_BYTES
    assert send_attachments(here, Line(there, parts=2), [large, small]) == [small, large]
    assert there.size(large) == 3 * PART_BYTES
    assert set(send_attachments(here, Line(there, parts=0), [large, small, "unknown"])) == {small, large}


def test_what_is_not_what_its_name_says_is_thrown_away() -> None:
    here, there = MemoryShelf(), MemoryShelf()
    name = there.add(b"photo")
    there.contents[name] = b"other"
    assert fetch_attachments(here, Line(there), [name]) == []
    assert (here.size(name), here.part_size(name)) == (None, 0)
    there.contents[name] = b"photo"
    assert fetch_attachments(here, Line(there), [name, "missing"]) == [name]


def test_what_does_not_grow_or_is_too_large_is_left() -> None:
    here, there = MemoryShelf(), MemoryShelf()
    name = there.add(b"photo")
    here.append = lambda name, offset, data: offset  # type: ignore[method-assign]
    assert fetch_attachments(here, Line(there), [name]) == []
    huge = there.add(b"huge")
    there.size = lambda name: MAX_CONTENT + 1  # type: ignore[method-assign]
    assert fetch_attachments(MemoryShelf(), Line(there, parts=0), [huge]) == []


def test_what_arrived_wrong_does_not_count_as_sent() -> None:
    here, there = MemoryShelf(), MemoryShelf()
    name = here.add(b"photo")
    there.parts[name] = b"x"
    assert send_attachments(here, Line(there), [name]) == []
    assert (there.size(name), there.part_size(name)) == (None, 0)
    assert send_attachments(here, Line(there), [name]) == [name]


@pytest.mark.parametrize(
    ("ends", "first", "kept"),
    [
        ((1, 2, 3, 4), 1, [4]),
        ((1, 5, 8, 9, 12), 1, [1, 5, 8, 12]),
        ((1, 5, 8, 9, 12), 6, [9, 12]),
        ((4, 8, 12), 3, [4, 8, 12]),
        ((3, 7), 8, []),
    ],
)
def test_what_is_given_can_be_passed_on_in_bundles_that_a_header_proves(
    ends: tuple[int, ...], first: int, kept: list[int]
) -> None:
    disk, body = MemoryDisks().make(), b"no body, but bytes"
    log = Log(disk, HybridClock())
    whole = Segment("an", "e", "records", 1, start_chain("an", "e"), (body,) * 12)
    proofs = tuple(Proof(Tip(end, whole.chains()[end]), b"signed") for end in ends)
    with disk.writing() as connection:
        Receiver(log, "centre", Admission()).receive(connection, replace(whole, proofs=proofs))
        upto = Tip(12, whole.chains()[12])
        have = (Tip(first - 1, whole.chains()[first - 1]),) if first > 1 else ()
        given = list(fill_gap(connection, Gap("an", "e", upto, have), Scope("v"), Limits(revisions=4)))
        assert [len(segment.items) for segment in given] == [min(4, 13 - at) for at in range(first, 13, 4)]
        found = [proof.tip.sequence for segment in given for proof in segment.proofs]
        assert set(kept) <= set(found) <= set(ends)
        reach = [first - 1, *found] if first == 1 or first - 1 in ends else found
        assert all(later - earlier <= 4 for earlier, later in itertools.pairwise(reach))


def test_what_waited_stays_until_the_centre_has_it_whatever_the_scope_became() -> None:
    disk = MemoryDisks().make()
    log = Log(disk, HybridClock())
    bodies = tuple(
        encode_body(Body(record="r", kind="meeting", unit="far", stamp=stamp, salt="0" * 32, set={"title": "x"}))
        for stamp in (1, 2)
    )
    first = Segment("an", "e", "records", 1, start_chain("an", "e"), bodies[:1])
    second = Segment("an", "e", "records", 2, first.chains()[1], bodies[1:])
    receiver = Receiver(log, "binh", LaptopAdmission())
    with disk.writing() as connection:
        receiver.receive(connection, second)
        put_scope(connection, Scope("v", (Grant("near"),)))
        receiver.receive(connection, first)
        rows = connection.rows("SELECT sequence, absent FROM revision ORDER BY sequence")
        assert [(row["sequence"], row["absent"]) for row in rows] == [(1, "outside"), (2, None)]
        assert list_leaving(connection).records == {"r"}
        evict(connection, {"r"})
        assert connection.value("SELECT body FROM revision WHERE sequence = 2") == bodies[1]
        note_received(connection, "an", "e", Tip(2, second.chains()[1]))
        evict(connection, {"r"})
        assert connection.value("SELECT body FROM revision WHERE sequence = 2") is None
