"""A village that two laptops created counts as one: whatever the order in which everything arrives."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collector import cache
from collector.database import Database, open_database
from collector.device import ensure_epoch
from collector.errors import RecordNotFound
from collector.exchange.importing import import_records
from collector.exchange.lines import write_lines
from collector.exchange.tables import list_tables
from collector.folder import DataFolder
from collector.registry import KINDS
from collector.units.aliases import (
    AliasRefused,
    add_alias,
    canonical,
    compute_aliases,
    read_aliases,
    remove_alias,
    resolve,
)
from sync.log import store
from sync.revisions import REMOVED, Body, Reference, Value, encode_body, start_chain
from sync.storage import Connection

A, B, C, D = (f"0192a0b0-0000-7000-8000-00000000000{letter}" for letter in "abcd")
UNITS = (A, B, C, D)
VALUES: dict[str, Value] = {
    "name": "Thôn A Rớt", "commune_code": "20704", "commune_name": "La Dêê", "province_name": "Đà Nẵng",
}  # fmt: skip


@pytest.fixture
def database(folder: DataFolder) -> Iterator[Database]:
    """The database of an empty folder."""
    opened = open_database(folder.place)
    ensure_epoch(opened, folder)
    yield opened
    opened.storage.close()


def add_village(database: Database, unit: str, **changes: Value) -> None:
    with database.recording() as recorder:
        recorder.add("unit", unit, VALUES | changes, record=unit)


def alias(database: Database, own: str, other: str) -> None:
    with database.recording() as recorder:
        add_alias(recorder, own, other)


def take_in(connection: Connection, device: str, epoch: str, body: Body) -> None:
    """Store a revision as the exchange does, in an epoch of its own."""
    begin = start_chain(device, epoch)
    connection.execute(
        "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain)"
        " VALUES (:device, :epoch, 0, 'received', 0, :chain)",
        {"device": device, "epoch": epoch, "chain": begin},
    )
    store(connection, Reference(device, epoch, 1), encode_body(body), begin)


def differences(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(cache.differences(connection, KINDS))


def unit_of(database: Database, kind: str, record: str, column: str = "unit") -> str:
    with database.reading() as connection:
        return str(connection.value(f'SELECT "{column}" FROM "{kind}" WHERE id = :id', {"id": record}))


def test_records_of_both_villages_stand_under_one_name(database: Database) -> None:
    add_village(database, A, name="Thôn Một")
    add_village(database, B)
    with database.recording() as recorder:
        before = recorder.add("programme", A, {"name": "Đường"})
        place = recorder.add("round_village", A, {"round": C, "village": A})
    alias(database, A, B)
    with database.recording() as recorder:
        after = recorder.add("programme", A, {"name": "Cầu"})
        recorder.update("programme", before, {"owner": "UBND xã"})
    for record in (before, after):
        assert unit_of(database, "programme", record) == B
    assert unit_of(database, "round_village", place, "village") == B
    with database.reading() as connection:
        assert connection.value("SELECT count(*) FROM search_entry WHERE unit = :unit", {"unit": A}) == 0
        assert (canonical(connection, A), canonical(connection, B), canonical(connection, C)) == (B, B, C)
    assert differences(database) == []


def test_the_log_keeps_what_was_written_and_a_search_keeps_its_order(database: Database) -> None:
    add_village(database, A, name="Thôn Một")
    add_village(database, B)
    with database.recording() as recorder:
        first = recorder.add("programme", A, {"name": "Đường"})
        second = recorder.add("programme", B, {"name": "Đường khác"})
    alias(database, A, B)
    with database.reading() as connection:
        assert connection.value("SELECT unit FROM revision WHERE record = :id", {"id": first}) == A
        rows = connection.rows("SELECT record FROM search_entry WHERE kind = 'programme' ORDER BY entry")
        assert [row["record"] for row in rows] == [first, second]


def test_an_alias_that_is_taken_back_gives_everything_back(database: Database) -> None:
    add_village(database, A)
    add_village(database, B)
    with database.recording() as recorder:
        here = recorder.add("programme", A, {"name": "Đường"})
        there = recorder.add("programme", B, {"name": "Cầu"})
    alias(database, A, B)
    with database.recording() as recorder:
        remove_alias(recorder, A)
    assert (unit_of(database, "programme", here), unit_of(database, "programme", there)) == (A, B)
    assert differences(database) == []


def test_the_other_village_need_not_be_here_yet(database: Database) -> None:
    add_village(database, A)
    alias(database, A, B)
    with database.reading() as connection:
        assert canonical(connection, A) == B


def test_invented_villages_and_unknown_ones_are_refused(database: Database) -> None:
    add_village(database, A, demo=True)
    add_village(database, B)
    for own, other in ((A, B), (B, A)):
        with pytest.raises(AliasRefused):
            alias(database, own, other)
    with pytest.raises(RecordNotFound):
        alias(database, D, B)


def test_a_village_of_itself_is_no_alias_and_writes_nothing(database: Database) -> None:
    add_village(database, A)
    alias(database, A, A)
    with database.reading() as connection:
        assert connection.value("SELECT count(*) FROM revision") == 1
        assert read_aliases(connection) == {}


def test_who_wrote_nothing_of_a_village_as_of_itself_takes_nothing_over(database: Database) -> None:
    add_village(database, A)
    with database.storage.writing() as connection:
        body = Body(record=A, kind="unit", unit=B, stamp=2**60, salt="s", set={"same_as": B})
        take_in(connection, "stranger", "e1", body)
        cache.refresh(connection, KINDS, [A])
        assert read_aliases(connection) == {}
        own = Body(record=A, kind="unit", unit=A, stamp=2**60 + 1, salt="s", set={"number_suffix": "AR"})
        take_in(connection, "stranger", "e2", own)
        cache.refresh(connection, KINDS, [A])
        assert read_aliases(connection) == {A: B}
    assert differences(database) == []


def test_a_laptop_that_made_neither_village_may_join_both(database: Database) -> None:
    with database.storage.writing() as connection:
        for place, unit in enumerate((A, B)):
            body = Body(record=unit, kind="unit", unit=unit, stamp=place + 1, salt="s", set=dict(VALUES))
            take_in(connection, "far", f"e{place}", body)
        cache.refresh(connection, KINDS, [A, B])
    alias(database, A, B)
    with database.reading() as connection:
        assert read_aliases(connection) == {A: B}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({A: B, B: C}, {A: C, B: C}),
        ({A: A}, {}),
        ({A: B, B: A}, {B: A}),
        ({D: B, B: C, C: B}, {D: B, C: B}),
        ({C: B, B: A, A: C}, {B: A, C: A}),
    ],
)
def test_chains_end_and_circles_have_one_name(said: dict[str, str], expected: dict[str, str]) -> None:
    assert resolve(said) == expected


@given(st.dictionaries(st.sampled_from(UNITS), st.sampled_from(UNITS)))
def test_every_name_is_final_and_the_same_for_all_who_lead_to_it(said: dict[str, str]) -> None:
    found = resolve(said)
    for unit, end in found.items():
        assert end != unit
        assert end not in found
    for unit, other in said.items():
        assert found.get(unit, unit) == found.get(other, other)


def test_exports_name_the_one_village_and_its_code_and_come_back_the_same(database: Database, tmp_path: Path) -> None:
    add_village(database, A, name="Thôn Một", commune_valid_from="2025-07-01")
    add_village(database, B, commune_valid_from="2025-07-01", local_number="3")
    with database.recording() as recorder:
        recorder.add("programme", A, {"name": "Đường"})
        recorder.add("round_village", A, {"round": C, "village": A})
    alias(database, A, B)
    with database.reading() as connection:
        lines = b"".join(write_lines(connection))
        tables = {table.name: list(table.rows) for table in list_tables(connection)}
    for line in lines.splitlines():
        shown = json.loads(line)
        assert shown["unit"] == B
        assert shown.get("village", B) == B
    assert {row["unit_code"] for row in tables["programme"]} == {"20704/2025-07-01/3"}
    assert exported_again(lines, tmp_path / "other") == lines


def exported_again(lines: bytes, place: Path) -> bytes:
    folder = DataFolder(place)
    folder.prepare()
    other = open_database(folder.place)
    ensure_epoch(other, folder)
    with other.recording() as recorder:
        assert import_records(recorder, D, io.BytesIO(lines)).refusals == []
    with other.reading() as connection:
        again = b"".join(write_lines(connection))
    other.storage.close()
    return again


def test_lines_that_name_either_village_are_taken_for_the_one(database: Database) -> None:
    add_village(database, A)
    add_village(database, B)
    with database.recording() as recorder:
        known = recorder.add("programme", A, {"name": "Đường"})
    alias(database, A, B)
    typed = [{"kind": "programme", "id": known, "unit": unit, "owner": "Xã"} for unit in (A, B)]
    typed.append({"kind": "programme", "unit": A, "name": "Cầu"})
    for line in typed:
        with database.recording() as recorder:
            result = import_records(recorder, A, io.BytesIO(json.dumps(line).encode()))
        assert result.refusals == []
    with database.reading() as connection:
        written = connection.value("SELECT unit FROM revision WHERE position = (SELECT max(position) FROM revision)")
        assert written == B


def test_made_again_by_a_later_version_everything_stands_under_the_one_name(database: Database) -> None:
    add_village(database, A)
    add_village(database, B)
    with database.recording() as recorder:
        record = recorder.add("programme", A, {"name": "Đường"})
    alias(database, A, B)
    with database.storage.writing() as connection:
        connection.execute("UPDATE programme SET unit = :unit", {"unit": A})
        connection.execute("UPDATE cache SET signature = 'older' WHERE kind = 'unit'")
        cache.prepare(connection, KINDS)
        assert list(cache.differences(connection, KINDS)) == []
    assert unit_of(database, "programme", record) == B


PROGRAMMES = tuple(f"0192a0b0-0000-7000-9000-00000000000{letter}" for letter in "12")
PLACES = tuple(f"0192a0b0-0000-7000-9100-00000000000{letter}" for letter in "12")
SAYINGS: tuple[dict[str, Value], ...] = (
    *({"same_as": other} for other in (*UNITS, None)), {"same_as": B, REMOVED: True}, {REMOVED: True}, {REMOVED: False},
)  # fmt: skip
SAID = st.tuples(st.just("unit"), st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from(SAYINGS))
INVENTED = st.tuples(st.just("unit"), st.sampled_from(UNITS), st.sampled_from(UNITS), st.just({"demo": True}))
NAMED = st.tuples(st.just("programme"), st.sampled_from(PROGRAMMES), st.sampled_from(UNITS), st.just({"name": "Đường"}))
ASKED = st.builds(
    lambda record, unit, village: ("round_village", record, unit, {"round": D, "village": village}),
    st.sampled_from(PLACES), st.sampled_from(UNITS), st.sampled_from(UNITS),
)  # fmt: skip
Written = list[tuple[str, tuple[str, str, str, dict[str, Value]], int]]
WRITTEN = st.lists(
    st.tuples(st.sampled_from(("d1", "d2")), SAID | SAID | SAID | INVENTED | NAMED | ASKED, st.integers(1, 4)),
    max_size=14,
)


def make_bodies(written: Written) -> list[tuple[str, str, Body]]:
    """Make revisions; each replaces what the one before it of its record said, unless its stamp is even."""
    made: list[tuple[str, str, Body]] = []
    last: dict[str, str] = {}
    for place, (device, (kind, record, unit, values), stamp) in enumerate(written):
        epoch = f"e{place}"
        replaces = {name: [last[record]] for name in values if record in last and stamp % 2}
        said = {"set": dict(values), "replaces": replaces}
        made.append((device, epoch, Body(record=record, kind=kind, unit=unit, stamp=stamp, salt=f"s{place}", **said)))
        last[record] = f"{device}/{epoch}/1"
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WRITTEN, st.randoms(use_true_random=False), st.integers(1, 4))
@example([("d1", ("unit", A, A, {"same_as": A}), 1), ("d1", ("unit", A, B, {"same_as": B}), 2),
          ("d2", ("programme", PROGRAMMES[0], A, {"name": "Đường"}), 1)], Random(2), 1)  # fmt: skip
def test_any_order_of_arrival_ends_in_the_same_tables(written: Written, random: Random, batch: int) -> None:
    bodies = make_bodies(written)
    expected = arrive(bodies, len(bodies) or 1)
    random.shuffle(bodies)
    assert arrive(bodies, batch) == expected


def arrive(bodies: list[tuple[str, str, Body]], batch: int) -> dict[str, list[dict[str, Any]]]:
    """Take revisions in, some at a time, and give the tables; they are what the log says after each batch."""
    with TemporaryDirectory() as place:
        folder = DataFolder(Path(place))
        folder.prepare()
        database = open_database(folder.place)
        for start in range(0, len(bodies), batch):
            with database.storage.writing() as connection:
                for device, epoch, body in bodies[start : start + batch]:
                    take_in(connection, device, epoch, body)
                cache.refresh(connection, KINDS, [body.record for _, _, body in bodies[start : start + batch]])
                assert list(cache.differences(connection, KINDS)) == []
                assert read_aliases(connection) == compute_aliases(connection)
        with database.reading() as connection:
            found = {
                kind: list(connection.rows(f'SELECT * FROM "{kind}" ORDER BY id'))
                for kind in ("unit", "programme", "round_village")
            }
        database.storage.close()
        return found
