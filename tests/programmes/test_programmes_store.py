"""Tests of programmes: what is missing of them, and their order."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import Village, services_of
from flask import Flask

from collector.errors import RecordNotFound
from collector.programmes import store
from collector.query import get_record

TODAY = date(2026, 12, 14)


def add(app: Flask, village: Village, **values: object) -> str:
    with services_of(app).database.recording() as recorder:
        unit = get_record(recorder.connection, "unit", village.unit)
        return store.add_programme(recorder, unit, {"name": "Đường bê tông", **values})


def disclose(app: Flask, village: Village, programme: str, **values: object) -> str:
    start = {"item": "3", "form": "posting", "starts_on": "2026-11-15", "place": "Nhà gươl"}
    with services_of(app).database.recording() as recorder:
        return store.add_disclosure(recorder, {"id": programme, "unit": village.unit}, {**start, **values})


def attach_photo(app: Flask, village: Village, disclosure: str) -> str:
    values = {
        "owner_kind": "disclosure", "owner": disclosure, "role": "photo", "sha256": "0" * 64,
        "size_bytes": 1, "media_type": "image/jpeg", "name": "bang tin.jpg",
    }  # fmt: skip
    with services_of(app).database.recording() as recorder:
        return recorder.add("attachment", village.unit, values)


def test_what_another_village_says_of_a_programme_is_not_part_of_it(app: Flask, village: Village) -> None:
    programme = add(app, village)
    disclosure = disclose(app, village, programme)
    photo = attach_photo(app, village, disclosure)
    elsewhere = replace(village, unit="elsewhere")
    attach_photo(app, elsewhere, disclosure)
    other = disclose(app, village, programme, item="4")
    attach_photo(app, elsewhere, other)
    disclose(app, elsewhere, programme, item="5")
    with services_of(app).database.recording() as recorder:
        store.add_village(recorder, "elsewhere", programme, {"village": "Thôn Khác"})
    with services_of(app).database.reading() as connection:
        found = store.get_programme(connection, programme, TODAY)
        assert [row["item"] for row in found.disclosures] == ["3", "4"]
        assert found.photographed == {disclosure}
        assert [row["id"] for row in store.list_photos(connection, disclosure)] == [photo]
        assert [row["village"] for row in store.list_villages(connection, programme)] == ["Thôn A Rớt"]


def gaps_of(app: Flask, programme: str, today: date = TODAY) -> list[tuple[str, str]]:
    with services_of(app).database.reading() as connection:
        found = store.get_programme(connection, programme, today)
    return [(gap.item, gap.code) for gap in found.gaps]


def test_a_new_programme_touches_the_own_village(app: Flask, village: Village) -> None:
    programme = add(app, village)
    with services_of(app).database.reading() as connection:
        assert [row["village"] for row in store.list_villages(connection, programme)] == ["Thôn A Rớt"]


@pytest.mark.parametrize(("sector", "item"), [("transport", "3"), ("support", "7"), (None, "3")])
def test_a_programme_of_which_nothing_was_posted_lacks_its_own_item(
    app: Flask, village: Village, sector: str | None, item: str
) -> None:
    assert (item, "not_posted") in gaps_of(app, add(app, village, sector=sector))


def test_thirty_days_with_a_photo_and_a_place_are_enough(app: Flask, village: Village) -> None:
    programme = add(app, village)
    disclosure = disclose(app, village, programme)
    assert gaps_of(app, programme) == [("3", "no_photo")]
    attach_photo(app, village, disclosure)
    assert gaps_of(app, programme) == []
    assert gaps_of(app, programme, TODAY - timedelta(days=1)) == [("3", "keep_posted")]


def test_a_removed_disclosure_or_photo_no_longer_counts(app: Flask, village: Village) -> None:
    programme = add(app, village)
    disclosure = disclose(app, village, programme)
    photo = attach_photo(app, village, disclosure)
    with services_of(app).database.recording() as recorder:
        recorder.remove("attachment", photo)
    assert gaps_of(app, programme) == [("3", "no_photo")]
    with services_of(app).database.recording() as recorder:
        recorder.remove("disclosure", disclosure)
    assert gaps_of(app, programme) == [("3", "not_posted")]


def test_a_disclosure_of_a_newer_version_is_passed_over(app: Flask, village: Village) -> None:
    programme = add(app, village)
    disclosure = disclose(app, village, programme)
    with services_of(app).database.recording() as recorder:
        recorder.connection.execute("UPDATE disclosure SET item = '99' WHERE id = :id", {"id": disclosure})
    assert gaps_of(app, programme) == [("3", "not_posted")]


def test_those_with_something_missing_come_first(app: Flask, village: Village) -> None:
    done = add(app, village, name="A xong")
    attach_photo(app, village, disclose(app, village, done))
    add(app, village, name="Ô thiếu")
    add(app, village, name="B thiếu")
    with services_of(app).database.reading() as connection:
        found, after = store.list_programmes(connection, TODAY)
    assert [each.row["name"] for each in found] == ["B thiếu", "Ô thiếu", "A xong"]
    assert after == ""


def test_pages_hold_every_programme_once(app: Flask, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PAGE", 2)
    added = {add(app, village, name=f"Dự án {n}") for n in range(5)}
    seen: list[str] = []
    after = ""
    with services_of(app).database.reading() as connection:
        for size in (2, 2, 1):
            page, after = store.list_programmes(connection, TODAY, after)
            assert len(page) == size
            seen += [each.row["id"] for each in page]
    assert (set(seen), len(seen), after) == (added, 5, "")


def test_a_removed_programme_is_not_found(app: Flask, village: Village) -> None:
    programme = add(app, village)
    with services_of(app).database.recording() as recorder:
        recorder.remove("programme", programme)
    with services_of(app).database.reading() as connection, pytest.raises(RecordNotFound):
        store.get_programme(connection, programme, TODAY)
