"""The 54 ethnic groups and their codes in two lists."""

from __future__ import annotations

import unicodedata

import pytest

from collector.folding import fold
from collector.units.ethnic_groups import LIST_1979, LIST_CENSUS, find_group, find_group_by_code, list_groups


def test_there_are_54_groups_in_composed_letters() -> None:
    names = [group.name for group in list_groups()]
    assert len(set(names)) == 54
    assert all(unicodedata.is_normalized("NFC", name) for name in names)


def test_groups_of_the_mountains_come_first_then_the_alphabet() -> None:
    names = [group.name for group in list_groups()]
    assert names[:7] == ["Cơ Tu", "Xơ Đăng", "Giẻ Triêng", "Co", "Mnông", "Tà Ôi", "Kinh"]
    assert [fold(name) for name in names[7:]] == sorted(fold(name) for name in names[7:])


@pytest.mark.parametrize(
    ("name", "code_1979", "code_census"),
    [
        ("Kinh", "01", "01"),
        ("Cơ Tu", "26", "25"),
        ("Xơ Đăng", "14", "16"),
        ("Giẻ Triêng", "27", "29"),
        ("Co", "30", "30"),
        ("Mnông", "20", "20"),
        ("Tà Ôi", "31", "27"),
    ],
)
def test_codes_belong_to_their_list(name: str, code_1979: str, code_census: str) -> None:
    group = find_group(name)
    assert group is not None
    assert group.find_code(LIST_1979) == code_1979
    assert group.find_code(LIST_CENSUS) == code_census
    assert find_group_by_code(LIST_CENSUS, code_census) == group


def test_the_list_of_1979_is_complete_and_no_code_is_given_twice() -> None:
    first = [group.find_code(LIST_1979) for group in list_groups()]
    assert sorted(code for code in first if code) == [f"{number:02d}" for number in range(1, 55)]
    census = [code for group in list_groups() if (code := group.find_code(LIST_CENSUS))]
    assert len(census) == len(set(census))


def test_a_code_that_is_not_sure_is_left_out() -> None:
    group = find_group("Rơ Măm")
    assert group is not None
    assert group.find_code(LIST_CENSUS) is None


@pytest.mark.parametrize("typed", ["co tu", "CƠ TU", "Cơ-tu", "cotu"])
def test_names_are_found_however_they_are_written(typed: str) -> None:
    group = find_group(typed)
    assert group is not None
    assert group.name == "Cơ Tu"


def test_unknown_names_and_codes_find_nothing() -> None:
    assert find_group("") is None
    assert find_group("người lạ") is None
    assert find_group_by_code("2030", "26") is None
