"""The log writes what changed and nothing else, in one unbroken sequence, and notices a changed byte."""

import multiprocessing
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sync_histories import Device

from sync.clock import HybridClock
from sync.errors import BodyRefused, ChainBroken, RecordUnknown, SequenceGap
from sync.log import Edit, Log, _changes, get_state, list_states, read_revisions, store, verify_chains
from sync.merge import RecordState, merge
from sync.revisions import REMOVED, Body, Reference, Value, encode_body, hash_body, make_mark, start_chain
from sync.sqlite import SqliteStorage

GROUPS = (("number", "year"),)


class Desk:
    """One folder's log, ready to write."""

    def __init__(self, path: Path, device: str = "an") -> None:
        self.storage = SqliteStorage(path)
        self.log = Log(self.storage, HybridClock())
        with self.storage.writing() as connection:
            if connection.value("SELECT 1 FROM lane_writer") is None:
                self.epoch = self.log.open_epoch(connection, device, "new")

    def write(self, values: Mapping[str, Value], record: str = "r") -> RecordState:
        with self.storage.writing() as connection:
            return self.log.append(connection, Edit(record, "meeting", "u", values, author="x", groups=GROUPS))

    def bodies(self, record: str = "r") -> list[Body]:
        with self.storage.reading() as connection:
            return [revision.body for revision in read_revisions(connection, record)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty log."""
    made = Desk(tmp_path / "log.sqlite")
    yield made
    made.storage.close()


def test_only_changed_fields_are_written(desk: Desk) -> None:
    desk.write({"title": "Họp", "place": "Gươl"})
    state = desk.write({"title": "Họp thôn", "place": "Gươl"})
    assert [body.set for body in desk.bodies()] == [{"place": "Gươl", "title": "Họp"}, {"title": "Họp thôn"}]
    assert desk.bodies()[1].replaces == {"title": ["1"]}
    assert state.values == {"title": "Họp thôn", "place": "Gươl"}


def test_saving_what_is_there_already_writes_nothing(desk: Desk) -> None:
    desk.write({"title": "Họp", "read_aloud": True})
    desk.write({"title": "Họp", "read_aloud": True, "chair": None})
    assert len(desk.bodies()) == 1


def test_a_yes_is_not_a_one(desk: Desk) -> None:
    desk.write({"read_aloud": True})
    desk.write({"read_aloud": 1})
    assert len(desk.bodies()) == 2


def test_emptying_a_field_is_a_change(desk: Desk) -> None:
    desk.write({"title": "Họp"})
    desk.write({"title": None})
    assert desk.bodies()[1].set == {"title": None}


def test_the_fields_of_a_group_are_written_together(desk: Desk) -> None:
    desk.write({"number": 1, "year": 2026, "title": "Họp"})
    desk.write({"number": 2})
    assert desk.bodies()[1].set == {"number": 2, "year": 2026}


def test_a_removal_names_all_that_its_author_saw(desk: Desk) -> None:
    desk.write({"title": "Họp"})
    desk.write({"place": "Gươl"})
    state = desk.write({REMOVED: True})
    assert desk.bodies()[2].replaces["*"] == ["1", "2"]
    assert state.removed
    assert state.conflicts == {}


def test_every_body_has_another_salt(desk: Desk) -> None:
    for number in range(20):
        desk.write({"number": number, "year": 2026}, record=str(number))
    salts = {body.salt for number in range(20) for body in desk.bodies(str(number))}
    assert len(salts) == 20
    assert all(len(salt) == 22 for salt in salts)


def test_without_an_epoch_nothing_is_written(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "log.sqlite")
    log = Log(storage, HybridClock())
    with pytest.raises(SequenceGap), storage.writing() as connection:
        log.append(connection, Edit("r", "meeting", "u", {"title": "Họp"}))
    storage.close()


def test_a_new_epoch_begins_at_one_and_names_the_old_ones_in_full(desk: Desk) -> None:
    desk.write({"title": "Họp"})
    with desk.storage.writing() as connection:
        desk.log.open_epoch(connection, "an", "restored")
    desk.write({"title": "Họp thôn"})
    mark = make_mark(hash_body(encode_body(desk.bodies()[0])))
    assert desk.bodies()[1].replaces == {"title": [f"an/{desk.epoch}/1/{mark}"]}
    with desk.storage.reading() as connection:
        assert verify_chains(connection) == 2
        assert [r.reference.sequence for r in read_revisions(connection, "r")] == [1, 1]


def test_a_wrong_clock_never_makes_an_older_stamp(tmp_path: Path) -> None:
    walls = iter([5_000_000, 4_000_000, 3_000_000, 2_000_000])
    storage = SqliteStorage(tmp_path / "log.sqlite")
    log = Log(storage, HybridClock(lambda: next(walls)))
    with storage.writing() as connection:
        log.open_epoch(connection, "an", "new")
        states = [log.append(connection, Edit(str(n), "meeting", "u", {"title": "x"})) for n in range(2)]
    assert states[0].last.stamp < states[1].last.stamp
    storage.close()


def test_what_does_not_follow_is_not_stored(desk: Desk) -> None:
    desk.write({"title": "Họp"})
    data = encode_body(Body(record="s", kind="meeting", unit="u", stamp=1, salt="s", set={}))
    for sequence, chain in ((3, start_chain("an", desk.epoch)), (1, b""), (2, b"\0" * 32)):
        with pytest.raises(SequenceGap), desk.storage.writing() as connection:
            store(connection, Reference("an", desk.epoch, sequence), data, chain)
    with pytest.raises(BodyRefused), desk.storage.writing() as connection:
        store(connection, Reference("an", desk.epoch, 2), b"{}", b"")
    assert desk.bodies("s") == []


def test_a_record_that_nobody_wrote_is_unknown(desk: Desk) -> None:
    with pytest.raises(RecordUnknown), desk.storage.reading() as connection:
        get_state(connection, "nothing")


def test_all_states_are_listed_by_record_and_kind(desk: Desk) -> None:
    for record in "cab":
        desk.write({"title": record}, record=record)
        desk.write({"place": record}, record=record)
    with desk.storage.reading() as connection:
        states = list(list_states(connection, "meeting"))
        assert list(list_states(connection, "opinion")) == []
    assert [(state.record, state.revisions) for state in states] == [("a", 2), ("b", 2), ("c", 2)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE revision SET body = CAST(replace(CAST(body AS TEXT), 'Gươl', 'Gưol') AS BLOB) WHERE sequence = 2",
        "UPDATE revision SET chain = x'00' WHERE sequence = 2",
        "DELETE FROM revision WHERE sequence = 2",
        "DELETE FROM revision WHERE sequence = 3",
        "UPDATE revision SET sequence = 9 WHERE sequence = 3",
        "UPDATE revision SET body = NULL, body_hash = x'00' WHERE sequence = 1",
        "UPDATE epoch SET head_chain = x'00'",
    ],
)
def test_a_changed_byte_is_found(desk: Desk, damage: str) -> None:
    for place in ("Gươl", "Gươl A Rớt", "Nhà văn hóa"):
        desk.write({"place": place})
    with desk.storage.writing() as connection:
        assert verify_chains(connection) == 3
        connection.execute(damage)
    with pytest.raises(ChainBroken), desk.storage.reading() as connection:
        verify_chains(connection)


def test_a_wiped_body_leaves_the_chain_whole(desk: Desk) -> None:
    desk.write({"title": "Họp"})
    desk.write({"title": "Họp thôn"})
    with desk.storage.writing() as connection:
        connection.execute("UPDATE revision SET body = NULL WHERE sequence = 1")
        assert verify_chains(connection) == 2
        assert get_state(connection, "r").values == {"title": "Họp thôn"}


def write_many(path: Path, name: str, count: int) -> None:
    desk = Desk(path)
    for number in range(count):
        desk.write({"title": f"{name} {number}"}, record=f"{name}-{number}")
    desk.storage.close()


def test_threads_and_processes_share_one_sequence(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    desk = Desk(path)
    starter = multiprocessing.get_context("spawn")
    others = [starter.Process(target=write_many, args=(path, f"process {n}", 40)) for n in range(2)]
    threads = [threading.Thread(target=write_many, args=(path, f"thread {n}", 20)) for n in range(8)]
    for worker in (*others, *threads):
        worker.start()
    for worker in (*others, *threads):
        worker.join()
    assert [process.exitcode for process in others] == [0, 0]
    with desk.storage.reading() as connection:
        sequences = [row["sequence"] for row in connection.rows("SELECT sequence FROM revision ORDER BY position")]
        assert sequences == list(range(1, 241))
        assert verify_chains(connection) == 240
    desk.storage.close()


def test_a_form_that_sends_every_field_settles_nothing_that_was_not_looked_at() -> None:
    one = Device("an")
    one.write({"title": "x", "place": "a"}, 1)
    other = Device("binh", dict(one.known))
    one.write({"title": "y"}, 20)
    other.write({"title": "z"}, 30)
    state = merge({**one.known, **other.known}.values())
    assert set(state.conflicts) == {"title"}
    sent = {"title": "z", "place": "b"}
    assert _changes(Edit("r", "meeting", "u", sent), state) == {"place": "b"}
    assert _changes(Edit("r", "meeting", "u", sent, settles=frozenset({"title"})), state) == sent


def test_a_group_is_written_whole_from_the_first_revision_on(desk: Desk) -> None:
    desk.write({"title": "Họp", "number": 3})
    desk.write({"title": "Họp"}, record="other")
    assert desk.bodies()[0].set == {"title": "Họp", "number": 3, "year": None}
    assert desk.bodies("other")[0].set == {"title": "Họp"}


def test_a_redaction_can_say_anew_what_is_kept(desk: Desk) -> None:
    desk.write({"title": "Họp", "chair": "Kín Đáo", "number": 3})
    desk.write({"chair": "Pơloong Kín Đáo"})
    kept = {"title": "Họp", "chair": None, "number": 3, "year": None}
    with desk.storage.writing() as connection:
        state = desk.log.append(connection, Edit("r", "meeting", "u", kept, groups=GROUPS, erases=True))
    assert (state.values, state.removed, state.conflicts) == (kept, False, {})
    (body,) = desk.bodies()
    assert body.replaces["!"] == ["1", "2"]
    with desk.storage.reading() as connection:
        assert verify_chains(connection) == 3
        assert get_state(connection, "r").values == kept
