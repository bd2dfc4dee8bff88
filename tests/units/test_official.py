"""The published list of communes and the search in it."""

from __future__ import annotations

import gzip
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.folding import fold
from collector.units.official import (
    OfficialUnitNotFound,
    find_commune,
    find_communes,
    find_successors,
    get_commune,
    list_communes,
    list_predecessors,
    list_provinces,
)

SINCE = date(2025, 7, 1)


def test_typing_without_accents_finds_the_commune_in_da_nang_first() -> None:
    first = find_communes("tay giang")[0]
    assert (first.code, first.name, first.province_code) == ("20455", "Xã Tây Giang", "48")
    assert (first.province, first.kind, first.valid_from, first.valid_to) == ("Thành phố Đà Nẵng", "xã", SINCE, None)
    assert first.former is None


@pytest.mark.parametrize("typed", ["Tây Giang", "TAY  GIANG", "xã tây giang", "xa tay gi", "tay giang da nang"])
def test_accents_capitals_type_and_province_may_be_typed(typed: str) -> None:
    assert find_communes(typed)[0].code == "20455"


def test_old_name_finds_the_new_commune_and_says_which() -> None:
    (found,) = find_communes("a xan")
    assert found.name == "Xã Hùng Sơn"
    assert found.former is not None
    assert (found.former.name, found.former.district, found.former.share) == ("Xã A Xan", "Huyện Tây Giang", "whole")


def test_former_district_finds_its_communes_after_the_names() -> None:
    codes = [commune.code for commune in find_communes("tay giang", limit=3)]
    assert codes == ["20455", "20443", "20458"]


def test_apostrophes_need_not_be_typed() -> None:
    assert find_communes("chom")[0].code == "20443"
    assert find_communes("tr'hy")[0].code == "20443"


def test_home_communes_come_before_others_of_the_same_name() -> None:
    found = find_communes("hung son", limit=50)
    homes = [commune.province_code == "48" for commune in found]
    assert homes[0]
    assert homes == sorted(homes, reverse=True)


def test_whole_name_comes_before_longer_names() -> None:
    names = [commune.name for commune in find_communes("hoi an", limit=3)]
    assert names == ["Phường Hội An", "Phường Hội An Tây", "Phường Hội An Đông"]


def test_whole_old_name_comes_before_longer_present_names() -> None:
    first = find_communes("a lu")[0]
    assert first.former is not None
    assert first.former.name == "Xã A Lù"


def test_present_name_comes_before_old_name() -> None:
    names = [commune.former.name if commune.former else commune.name for commune in find_communes("an dong")]
    assert names.index("Phường An Đông") < names.index("Xã An Đồng")


def test_communes_elsewhere_are_found_with_their_place() -> None:
    found = find_communes("hung son nghe an")
    assert [commune.province_code for commune in found] == ["40"]


def test_a_code_finds_the_unit_that_carries_it_now_and_where_the_old_one_went() -> None:
    assert find_communes("20443")[0].name == "Xã Hùng Sơn"
    assert [commune.code for commune in find_communes("20449")] == ["20455"]
    assert find_successors("20449")[0].former == list_predecessors("20455")[0]


def test_split_commune_leads_to_every_successor() -> None:
    found = find_successors("00007")
    assert len(found) > 1
    assert {commune.former.share for commune in found if commune.former} == {"part"}


@pytest.mark.parametrize("typed", ["", "   ", "!!!", "zzzz", "99999", "20455999"])
def test_rubbish_finds_nothing(typed: str) -> None:
    assert find_communes(typed) == []


@settings(deadline=None)
@given(st.text(max_size=30), st.integers(0, 12))
def test_any_text_gives_at_most_limit_different_communes(typed: str, limit: int) -> None:
    found = find_communes(typed, limit)
    assert len(found) <= limit
    assert len({commune.code for commune in found}) == len(found)


def test_every_home_commune_is_first_by_its_own_name() -> None:
    for commune in list_communes("48"):
        assert find_communes(fold(commune.name))[0].code == commune.code


def test_every_former_home_name_leads_to_its_commune() -> None:
    for commune in list_communes("48"):
        for former in list_predecessors(commune.code):
            found = find_communes(f"{former.name} {former.district}", limit=20)
            assert commune.code in {each.code for each in found}


def test_counts_of_the_published_list() -> None:
    assert len(list_provinces()) == 34
    assert sum(len(list_communes(province.code)) for province in list_provinces()) == 3_321
    kinds = [commune.kind for commune in list_communes("48")]
    assert (kinds.count("xã"), kinds.count("phường"), kinds.count("đặc khu")) == (70, 23, 1)


def test_a_code_is_kept_with_the_day_it_is_valid_from() -> None:
    assert get_commune("20443").valid_from == SINCE
    assert get_commune("20443", SINCE) == get_commune("20443")
    assert find_commune("20443", date(2004, 1, 1)) is None
    with pytest.raises(OfficialUnitNotFound) as caught:
        get_commune("20443", date(2004, 1, 1))
    assert caught.value.context == {"unit": "20443", "valid_from": date(2004, 1, 1)}
    with pytest.raises(OfficialUnitNotFound):
        get_commune("00000")


def test_the_shipped_folded_names_are_what_folding_makes() -> None:
    packed = files("collector.data").joinpath("unit-predecessors.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    assert lines[0] == "old_code,old_name,folded_name,old_district,old_province,new_code,share"
    for line in lines[1:]:
        _, name, folded, *_ = line.split(",")
        assert folded == fold(name)


def test_every_former_commune_went_to_a_known_one() -> None:
    packed = files("collector.data").joinpath("unit-predecessors.csv.gz").read_bytes()
    codes = {line.split(",")[5] for line in gzip.decompress(packed).decode().splitlines()[1:]}
    assert all(find_commune(code) for code in codes)
