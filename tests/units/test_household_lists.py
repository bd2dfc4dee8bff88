"""Tests of lists of households: columns by name, what is wrong with a line, and what taking it over does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.units.household_lists import (
    HouseholdRow,
    NoHouseholdColumns,
    make_row,
    plan_households,
    read_households,
)
from collector.units.tables import read_text

BHUOCH = {"id": "a", "number": 1, "head_name": "Alăng Bhuốch", "head_sex": "male", "cluster": "Tổ 1", "note": None}


def rows_of(text: str) -> list[HouseholdRow]:
    return read_households(read_text(text))


@pytest.mark.parametrize(
    "header",
    [
        "Số;Chủ hộ;Giới tính;Tổ",
        "STT;Họ và tên chủ hộ;Nam/Nữ;Cụm",
        "number;head of household;sex;cluster",
        "NUMBER;Head_Name;Gender;Group of houses",
        "so;chu ho;gioi tinh;to",
    ],
)
def test_columns_are_known_by_vietnamese_and_english_names(header: str) -> None:
    [row] = rows_of(f"{header}\n1;Alăng Bhuốch;Nam;Tổ 1\n")
    assert row.values == {"number": 1, "head_name": "Alăng Bhuốch", "head_sex": "male", "cluster": "Tổ 1"}
    assert not row.errors


def test_columns_may_stand_in_any_order_below_a_title() -> None:
    [row] = rows_of("Danh sách hộ thôn A Rớt\n\nChủ hộ,Ghi chú,Số\nAlăng Bhuốch,ở rẫy,7\n")
    assert (row.line, row.values) == (4, {"number": 7, "head_name": "Alăng Bhuốch", "note": "ở rẫy"})


def test_a_table_without_names_of_columns_is_read_by_place() -> None:
    [row] = rows_of("3\tZơrâm Thị Nga\tNữ\tTổ 2\n")
    assert row.values == {"number": 3, "head_name": "Zơrâm Thị Nga", "head_sex": "female", "cluster": "Tổ 2"}


@pytest.mark.parametrize("text", ["xin chào\n", "Chủ hộ;Tổ\nAlăng;1\n", "5\n"])
def test_a_table_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(NoHouseholdColumns):
        rows_of(text)


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"number": "x", "head_name": "A"}, "number", "not_a_number"),
        ({"number": "1.5", "head_name": "A"}, "number", "not_a_number"),
        ({"number": "0", "head_name": "A"}, "number", "too_small"),
        ({"number": "", "head_name": "A"}, "number", "missing"),
        ({"number": "1", "head_name": " "}, "head_name", "missing"),
        ({"number": "1", "head_name": "A" * 301}, "head_name", "too_long"),
        ({"number": "1", "head_name": "A", "head_sex": "khác"}, "head_sex", "not_a_sex"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_once(typed: dict[str, str], field: str, code: str) -> None:
    row = make_row(1, typed)
    assert [(error.field, error.code) for error in row.errors] == [(field, code)]


def test_a_whole_number_of_a_spreadsheet_is_no_ten_times_larger() -> None:
    assert make_row(1, {"number": "1.0", "head_name": "A"}).values["number"] == 1


def test_lines_are_added_changed_or_unchanged_by_their_number() -> None:
    plan = plan_households(rows_of("Số;Chủ hộ;Tổ\n1;Alăng Bhuốch;\n2;Zơrâm Thị Nga;Tổ 2\n"), [BHUOCH])
    assert [planned.outcome for planned in plan.rows] == ["unchanged", "added"]
    plan = plan_households(rows_of("Số;Chủ hộ\n1;Alăng Bhuốch Mới\n"), [BHUOCH])
    assert [(planned.outcome, planned.household) for planned in plan.rows] == [("changed", "a")]


def test_a_number_that_stands_twice_is_wrong_the_second_time() -> None:
    plan = plan_households(rows_of("Số;Chủ hộ\n5;A\n5;B\n"), [])
    assert [planned.outcome for planned in plan.rows] == ["added", "wrong"]
    [error] = plan.rows[1].row.errors
    assert (error.code, dict(error.context)) == ("repeated_number", {"number": 5, "line": 2})


def test_households_that_the_table_does_not_name_are_counted_and_stay() -> None:
    plan = plan_households(rows_of("Số;Chủ hộ\n2;B\n"), [BHUOCH])
    assert plan.absent == 1


NAMES = st.text("abcdđăâêôơư ", min_size=1, max_size=20).filter(lambda name: name.strip())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(1, 500), NAMES, max_size=20), st.dictionaries(st.integers(1, 500), NAMES))
def test_every_line_has_one_outcome_and_a_second_time_changes_nothing(
    typed: dict[int, str], held: dict[int, str]
) -> None:
    rows = [make_row(n, {"number": str(number), "head_name": name}) for n, (number, name) in enumerate(typed.items())]
    empty = {"head_sex": None, "cluster": None, "note": None}
    known = [{"id": str(n), "number": n, "head_name": " ".join(name.split()), **empty} for n, name in held.items()]
    plan = plan_households(rows, known)
    assert sum(map(plan.count, ("added", "changed", "unchanged", "wrong"))) == len(rows)
    after = {household["number"]: household for household in known}
    for planned in plan.rows:
        number = planned.row.values["number"]
        after[number] = {**empty, "id": "x", **after.get(number, {}), **planned.row.values}
    assert plan_households(rows, after.values()).count("unchanged") == len(rows)
