"""Tests of registers, households and days off on a real database."""

from datetime import date
from pathlib import Path

import pytest
from factories import Village, services_of
from flask import Flask
from two_laptops import carry, two_laptops

from collector.errors import RecordInvalid
from collector.identity import shared_id
from collector.query import get_record
from collector.units import store
from collector.units.household_lists import make_row, read_households
from collector.units.tables import read_table

HEADINGS = ("Số", "Chủ hộ", "Giới tính", "Tổ", "Ghi chú")
SEXES = {"female": "Nữ", "male": "Nam"}


def add(app: Flask, village: Village, **values: object) -> str:
    with services_of(app).database.recording() as recorder:
        return store.add_household(recorder, village.unit, {"number": 1, "head_name": "Alăng Bhuốch", **values})


def test_a_number_is_given_once_in_a_village(app: Flask, village: Village) -> None:
    first = add(app, village)
    with pytest.raises(RecordInvalid) as refused:
        add(app, village, head_name="Zơrâm Thị Nga")
    assert [(error.field, error.code) for error in refused.value.errors] == [("number", "already_used")]
    second = add(app, village, number=2)
    with services_of(app).database.recording() as recorder:
        household = get_record(recorder.connection, "household", second)
        with pytest.raises(RecordInvalid):
            store.update_household(recorder, household, {"number": 1})
        recorder.remove("household", first)
        assert store.update_household(recorder, household, {"number": 1})


def test_clusters_and_the_next_number_come_from_the_list(app: Flask, village: Village) -> None:
    add(app, village, number=4, cluster="Tổ 2")
    add(app, village, number=9, cluster="Tổ 1")
    add(app, village, number=11)
    with services_of(app).database.reading() as connection:
        assert store.list_clusters(connection, village.unit) == ["Tổ 1", "Tổ 2"]
        assert store.suggest_number(connection, village.unit) == 12


def test_import_adds_changes_and_leaves_wrong_rows_out(app: Flask, village: Village) -> None:
    add(app, village, cluster="Tổ 1", note="ở rẫy")
    rows = [
        make_row(2, {"number": "1", "head_name": "Alăng Bhuốch", "cluster": "Tổ 3"}),
        make_row(3, {"number": "2", "head_name": "Zơrâm Thị Nga", "head_sex": "nữ"}),
        make_row(4, {"number": "x", "head_name": "Arất Bốn"}),
    ]
    with services_of(app).database.recording() as recorder:
        plan = store.import_households(recorder, village.unit, rows)
    assert [plan.count(outcome) for outcome in ("added", "changed", "unchanged", "wrong")] == [1, 1, 0, 1]
    with services_of(app).database.reading() as connection:
        found = store.list_households(connection, village.unit)
    assert [(row["number"], row["head_sex"], row["cluster"], row["note"]) for row in found] == [
        (1, None, "Tổ 3", "ở rẫy"),
        (2, "female", None, None),
    ]


def test_the_same_list_a_second_time_writes_no_revision(app: Flask, village: Village) -> None:
    rows = [make_row(2, {"number": "1", "head_name": "Alăng Bhuốch"})]
    for expected in (1, 0):
        with services_of(app).database.recording() as recorder:
            assert store.import_households(recorder, village.unit, rows).count("added") == expected
    with services_of(app).database.reading() as connection:
        assert store.list_households(connection, village.unit)[0]["revision_count"] == 1


def test_what_is_exported_is_taken_over_again_unchanged(app: Flask, village: Village) -> None:
    add(app, village, head_name="=HYPERLINK(A1)", head_sex="female", cluster="-Tổ", note="+84 905")
    add(app, village, number=2, head_name="@Bhuốch; “Đươi”, “Nga”")
    with services_of(app).database.reading() as connection:
        data = store.export_households(connection, village.unit, HEADINGS, SEXES)
        plan = store.plan_import(connection, village.unit, read_households(read_table(data)))
    assert data.startswith(b"\xef\xbb\xbf")
    assert [planned.outcome for planned in plan.rows] == ["unchanged", "unchanged"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert store.escape_cell(f"{start}1+1") == f"'{start}1+1"
    assert store.escape_cell("Alăng = Bhuốch") == "Alăng = Bhuốch"
    assert store.escape_cell(None) == ""


def test_the_register_in_force_is_the_newest_not_after_the_day(app: Flask, village: Village) -> None:
    with services_of(app).database.recording() as recorder:
        later = store.add_register(recorder, village.unit, {"as_of": "2026-06-01", "households": 70})
    with services_of(app).database.reading() as connection:
        newest = store.current_register(connection, village.unit)
        before = store.current_register(connection, village.unit, date(2026, 5, 31))
        on_the_day = store.current_register(connection, village.unit, date(2026, 6, 1))
        assert newest and newest["id"] == later
        assert before and before["id"] == village.register
        assert on_the_day and on_the_day["id"] == later
        assert store.current_register(connection, village.unit, date(2025, 12, 31)) is None
        assert len(store.list_registers(connection, village.unit)) == 2


def test_groups_of_a_register_carry_the_code_of_a_named_list(app: Flask, village: Village) -> None:
    groups = [{"ethnic_group": "Cơ Tu", "households": 60}, {"ethnic_group": "Nhóm khác"}]
    with services_of(app).database.recording() as recorder:
        register = store.add_register(recorder, village.unit, {"as_of": "2026-06-01", "households": 70}, groups)
        row = get_record(recorder.connection, "register", register)
        changed = [{"ethnic_group": "Cơ Tu", "households": 61}, {"ethnic_group": "Kinh", "households": 9}]
        store.update_register(recorder, row, {"households": 71}, changed)
    with services_of(app).database.reading() as connection:
        found = store.list_register_groups(connection, register)
        current = store.current_register(connection, village.unit)
    assert [(row["ethnic_group"], row["households"], row["code_list"]) for row in found] == [
        ("Cơ Tu", 61, "census"),
        ("Kinh", 9, "census"),
    ]
    assert found[0]["code"] == "25"
    assert current and current["households"] == 71


def test_a_list_that_differs_from_the_register_is_told(app: Flask, village: Village) -> None:
    with services_of(app).database.reading() as connection:
        assert store.count_difference(connection, village.unit) is None
    add(app, village)
    with services_of(app).database.reading() as connection:
        assert store.count_difference(connection, village.unit) == (1, 68)


def test_suggested_days_off_are_entered_once(app: Flask, village: Village) -> None:
    with services_of(app).database.recording() as recorder:
        assert store.years_with_holidays(recorder.connection) == set()
        count = store.add_suggested_holidays(recorder, village.unit, 2026)
        assert count > 5
        assert store.add_suggested_holidays(recorder, village.unit, 2026) == 0
    with services_of(app).database.reading() as connection:
        assert date(2026, 9, 2) in store.holidays(connection)
        assert store.years_with_holidays(connection) == {2026}
        assert len(store.list_holidays(connection, 2026, village.unit)) == count
        assert store.list_holidays(connection, 2027, village.unit) == []


def test_two_laptops_of_a_village_enter_a_suggested_day_off_as_one(tmp_path: Path) -> None:
    with two_laptops(tmp_path) as (one, other):
        for laptop in (one, other):
            with laptop.database.recording() as recorder:
                count = store.add_suggested_holidays(recorder, laptop.village.unit, 2026)
        carry(one, other)
        with other.database.reading() as connection:
            assert len(store.list_holidays(connection, 2026, other.village.unit)) == count


def test_no_other_village_can_work_out_under_which_id_a_day_off_will_be_entered(app: Flask, village: Village) -> None:
    with services_of(app).database.recording() as recorder:
        store.add_suggested_holidays(recorder, village.unit, 2026)
        entered = {row["id"]: row["day"] for row in store.list_holidays(recorder.connection, 2026, village.unit)}
    foreseen = {shared_id("holiday", village.unit, day, *more) for day in entered.values() for more in ((), ("",))}
    assert entered
    assert not foreseen & entered.keys()
