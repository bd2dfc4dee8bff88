"""Communes in time: their ids, what they took over, and which villages are theirs."""

from datetime import date
from typing import Any

import pytest

from collector.units.communes import belongs, list_taken_over, make_unit_id
from collector.units.official import get_commune

TODAY = date(2026, 3, 5)


def village(code: str, since: str | None) -> dict[str, Any]:
    return {"commune_code": code, "commune_valid_from": since}


def test_a_commune_took_over_the_old_ones_it_was_made_of_and_one_that_had_its_code() -> None:
    taken = list_taken_over("20443", TODAY)
    assert [each.code for each in taken] == ["20437", "20440", "20443", "20446"]
    assert {each.since for each in taken} == {date(2025, 7, 1)}
    assert {each.share for each in taken} == {"whole"}


def test_nothing_was_taken_over_before_the_day_and_by_no_commune_of_another_code() -> None:
    assert list_taken_over("20443", date(2025, 6, 30)) == []
    assert list_taken_over("99999", TODAY) == []


@pytest.mark.parametrize(
    ("code", "since", "expected"),
    [
        ("20443", "2025-07-01", True),
        ("20443", None, True),
        ("20443", "2004-01-01", True),
        ("20440", "2004-01-01", True),
        ("20440", "2025-07-01", False),
        ("20440", None, False),
        ("20455", "2025-07-01", False),
    ],
)
def test_a_village_belongs_by_its_code_and_the_day_of_the_code(code: str, since: str | None, expected: bool) -> None:
    assert belongs(village(code, since), get_commune("20443"), TODAY) is expected


def test_a_village_of_a_commune_that_was_split_belongs_to_none_by_its_code_alone() -> None:
    split = next(each for each in list_taken_over("20194", TODAY) if each.share == "part")
    assert not belongs(village(split.code, "2004-01-01"), get_commune("20194"), TODAY)


def test_ids_are_the_same_everywhere_and_differ_by_role_and_code() -> None:
    assert make_unit_id("commune", "20443") == make_unit_id("commune", "20443", date(2025, 7, 1))
    ids = {make_unit_id("commune", "20443"), make_unit_id("central", "20443"), make_unit_id("commune", "20455")}
    assert len(ids) == 3
