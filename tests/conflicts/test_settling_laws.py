"""Whatever laptops write, remove, exchange and choose: afterwards everything can be settled, and all are equal."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache as cache_once
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import cache
from collector.conflicts.choices import combine, list_differences
from collector.conflicts.store import get_held
from collector.database import Database, open_database
from collector.exchange.lines import write_lines
from collector.recorder import Recorder
from collector.registry import KINDS, get_kind
from sync.heads import list_branches
from sync.judging import Admission
from sync.log import get_state, read_revisions
from sync.offering import read_segments
from sync.receiving import Receiver
from sync.revisions import REMOVED, Revision, Value
from sync.storage import Connection

UNIT = "0192a0b0-0000-7000-8000-00000000000a"
RECORD = "0192a0b0-0000-7000-8000-00000000000c"
KIND = "register_group"
"""A kind with fields of its own and a merge group."""


@dataclass
class Desk:
    """One laptop at which somebody writes and chooses."""

    name: str
    database: Database

    def write(self, values: dict[str, Value]) -> None:
        """Change the record, as far as it is there."""
        with self.database.recording() as recorder:
            if not get_state(recorder.connection, RECORD).removed:
                recorder.update(KIND, RECORD, values)

    def remove(self) -> None:
        """Remove the record or bring it back."""
        with self.database.recording() as recorder:
            is_removed = get_state(recorder.connection, RECORD).removed
            (recorder.restore if is_removed else recorder.remove)(KIND, RECORD)

    def choose(self, number: int) -> bool:
        """Choose in the first difference; tell whether there was one."""
        with self.database.recording() as recorder:
            return choose_first(recorder, number)


def choose_first(recorder: Recorder, number: int) -> bool:
    """Take an option of the first difference of the record; tell whether there was one."""
    found = list_differences(get_held(recorder.connection, get_kind(KIND), RECORD))
    for difference in found[:1]:
        option = difference.options[number % len(difference.options)]
        recorder.settle(KIND, RECORD, option.values, difference.seen)
        after = list_differences(get_held(recorder.connection, get_kind(KIND), RECORD))
        assert difference.fields not in [each.fields for each in after]
    return bool(found)


@cache_once
def empty_database() -> bytes:
    """Give the bytes of a database with nothing in it, made once."""
    with TemporaryDirectory() as place:
        path = Path(place) / "empty.db"
        open_database(path).storage.close()
        return path.read_bytes()


@contextmanager
def desks(count: int) -> Iterator[list[Desk]]:
    """Make laptops that hold one record."""
    with TemporaryDirectory() as place, ExitStack() as stack:
        made = []
        for number in range(count):
            path = Path(place) / f"{number}.db"
            path.write_bytes(empty_database())
            database = open_database(path)
            stack.callback(database.storage.close)
            with database.storage.writing() as connection:
                database.log.open_epoch(connection, f"device{number}", "new")
            made.append(Desk(f"device{number}", database))
        with made[0].database.recording() as recorder:
            first = {"register": UNIT, "ethnic_group": "Cơ Tu", "households": 60}
            recorder.add(KIND, UNIT, first, record=RECORD)
        for desk in made[1:]:
            carry(made[0], desk)
        yield made


def carry(source: Desk, target: Desk) -> None:
    """Bring what one holds to the other."""
    receiver = Receiver(target.database.log, target.name, Admission())
    with source.database.reading() as connection:
        branches = list_branches(connection)
        segments = [
            each for branch in branches for each in read_segments(connection, branch, 1, branch.tip.sequence)
        ]
    with target.database.storage.writing() as connection:
        for segment in segments:
            cache.refresh(connection, KINDS, receiver.receive(connection, segment).changed)


def lines_of(connection: Connection) -> bytes:
    """Give the canonical lines."""
    return b"".join(write_lines(connection))


NUMBERS = st.integers(0, 2)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "ethnic_group": st.sampled_from(["Cơ Tu", "Kinh", "Xơ Đăng"]),
        "households": st.sampled_from([8, 60, None]),
        "code_list": st.sampled_from(["1979", "2024", None]),
        "code": st.sampled_from(["25", "26", None]),
    },
)
ACTS = st.one_of(
    st.tuples(st.just("write"), NUMBERS, VALUES),
    st.tuples(st.just("remove"), NUMBERS, st.just({})),
    st.tuples(st.just("carry"), NUMBERS, NUMBERS),
    st.tuples(st.just("choose"), NUMBERS, NUMBERS),
)


def act(made: list[Desk], name: str, number: int, other: object) -> None:
    """Do one thing on one of the laptops."""
    desk = made[number % len(made)]
    match name, other:
        case "write", dict():
            desk.write(other)
        case "remove", _:
            desk.remove()
        case "carry", int() if made[other % len(made)] is not desk:
            carry(desk, made[other % len(made)])
        case "choose", int():
            desk.choose(other)


def exchange_all(made: list[Desk]) -> None:
    """Bring everything to everybody."""
    for _ in range(2):
        for source in made:
            for target in made:
                if source is not target:
                    carry(source, target)


@given(st.integers(2, 3), st.lists(ACTS, max_size=14), NUMBERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_after_everybody_settled_and_exchanged_nothing_differs_and_all_is_equal(
    count: int, acts: list[tuple[str, int, object]], choice: int
) -> None:
    with desks(count) as made:
        for each in acts:
            act(made, *each)
        exchange_all(made)
        held = []
        for desk in made:
            with desk.database.reading() as connection:
                held.append((lines_of(connection), get_state(connection, RECORD)))
                assert list(cache.differences(connection, KINDS)) == []
        assert all(each == held[0] for each in held)
        everything = {revision.reference for revision in known_of(made[0])}
        while made[choice % count].choose(choice):
            pass
        exchange_all(made)
        for desk in made:
            with desk.database.reading() as connection:
                state = get_state(connection, RECORD)
                row = connection.row(f"SELECT * FROM {KIND}")
                assert row
                assert row["conflicts"] == 0
                assert not state.unsettled
                assert lines_of(connection) == lines_of_first(made)
            assert everything <= {revision.reference for revision in known_of(desk)}
            assert not desk.choose(0)


def known_of(desk: Desk) -> list[Revision]:
    """Give the revisions that a laptop holds of the record."""
    with desk.database.reading() as connection:
        return read_revisions(connection, RECORD)


def lines_of_first(made: list[Desk]) -> bytes:
    """Give the lines of the first laptop."""
    with made[0].database.reading() as connection:
        return lines_of(connection)


@given(st.lists(st.text(alphabet="ab \n", min_size=1, max_size=8), min_size=1, max_size=4))
def test_combining_loses_no_text(texts: list[str]) -> None:
    combined = combine(texts)
    assert all(text in combined for text in texts)


def test_whether_it_was_removed_is_chosen_before_anything_else() -> None:
    with desks(3) as (one, other, third):
        one.write({"households": 8})
        other.write({"households": 9})
        third.remove()
        exchange_all([one, other, third])
        with one.database.reading() as connection:
            (difference,) = list_differences(get_held(connection, get_kind(KIND), RECORD))
            assert difference.fields == (REMOVED,)
            assert {value for _name, value in difference.options[0].edits} == {8, 9}
        assert one.choose(0)
        with one.database.reading() as connection:
            (difference,) = list_differences(get_held(connection, get_kind(KIND), RECORD))
            assert difference.fields == ("households",)
