"""Which contents records name, who may have them, and what pages say as long as they have not come."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import Village, log_in, services_of
from flask import Flask

from attachments.pictures import make_picture
from attachments.two_folders import another_laptop, carry_records
from collector.attachments import naming
from collector.attachments.store import NewFile, add_attachment, remove_attachment
from collector.checks import check_folder
from collector.law.disclosure import FORMS, ITEMS
from collector.query import list_records
from collector.recorder import Recorder

PHOTO = make_picture()
OTHER = make_picture(size=(20, 20))


@pytest.fixture
def other(app: Flask, village: Village, tmp_path: Path) -> Iterator[Flask]:
    """A second laptop that received the records of the first."""
    with another_laptop(tmp_path / "other") as made:
        yield made


def add_photo(app: Flask, village: Village, data: bytes = PHOTO, **changes: str) -> str:
    found = services_of(app)
    values = {"owner_kind": "unit", "owner": village.unit, "role": "photo", "name": "ảnh.jpg"}
    new = NewFile(**{**values, **changes}, data=data, media_type="image/jpeg")
    with found.database.recording(author=village.secretary) as recorder:
        return add_attachment(recorder, found.files, village.unit, new)


def bring(app: Flask, other: Flask) -> None:
    carry_records(services_of(app).database, services_of(other).database)


def test_both_files_of_a_conflict_are_wanted(app: Flask, village: Village, other: Flask) -> None:
    attachment = add_photo(app, village)
    bring(app, other)
    names = {services_of(app).files.add(data) for data in (OTHER, PHOTO + b" ")}
    for each, name in zip((app, other), sorted(names), strict=True):
        with services_of(each).database.recording() as recorder:
            replace_file(recorder, attachment, name)
    bring(app, other)
    with services_of(other).database.reading() as connection:
        assert set(naming.list_named(connection)) == names
        assert naming.list_readable(connection, names, lambda records: records) == names
        assert naming.list_readable(connection, names, lambda records: []) == set()


def replace_file(recorder: Recorder, attachment: str, name: str) -> None:
    recorder.update("attachment", attachment, {"sha256": name, "size_bytes": 1, "media_type": "image/jpeg"})


def test_the_centre_gives_a_file_to_who_sees_a_record_that_names_it(app: Flask, village: Village) -> None:
    first, second = add_photo(app, village), add_photo(app, village, OTHER)
    with services_of(app).database.reading() as connection:
        by_record = {row["id"]: row["sha256"] for row in list_records(connection, "attachment")}
        names = [*by_record.values(), "0" * 64, "../x"]
        seen: list[str] = []

        def find_visible(records: object) -> list[str]:
            seen.extend(records)  # type: ignore[call-overload]
            return [first]

        assert naming.list_readable(connection, names, find_visible) == {by_record[first]}
        assert sorted(seen) == sorted([first, second])


def test_a_record_that_names_rubbish_wants_nothing(app: Flask, village: Village) -> None:
    add_photo(app, village)
    with services_of(app).database.storage.writing() as connection:
        connection.execute("UPDATE attachment SET sha256 = '../../secrets/session.key'")
        assert naming.list_named(connection) == {}


def test_what_was_removed_is_not_named(app: Flask, village: Village) -> None:
    attachment = add_photo(app, village)
    (name,) = list_names(app)
    with services_of(app).database.recording() as recorder:
        remove_attachment(recorder, attachment)
    with services_of(app).database.reading() as connection:
        assert naming.list_named(connection) == {}
        assert naming.list_readable(connection, [name], lambda records: records) == set()


def test_a_page_says_that_a_photo_has_not_come_yet(app: Flask, village: Village, other: Flask) -> None:
    found = services_of(app)
    with found.database.recording(author=village.secretary) as recorder:
        programme = recorder.add("programme", village.unit, {"name": "Đường bê tông", "owner": "UBND xã"})
        posted = {"item": ITEMS[0].code, "form": FORMS[0].code, "starts_on": "2026-03-01"}
        disclosure = recorder.add("disclosure", village.unit, {"programme": programme, **posted})
    attachment = add_photo(app, village, owner_kind="disclosure", owner=disclosure)
    bring(app, other)
    for each, says in ((app, False), (other, True)):
        page = log_in(each.test_client()).get(f"/programmes/disclosures/{disclosure}").get_data(as_text=True)
        assert ("Ảnh chưa về máy này" in page) is says
        assert (f'<img src="/files/{attachment}"' in page) is not says
    shown = log_in(other.test_client()).get(f"/files/{attachment}")
    assert shown.status_code == 404
    assert "Tệp chưa có trên máy này" in shown.get_data(as_text=True)


def test_a_file_of_another_laptop_that_has_not_come_is_no_damage(app: Flask, village: Village, other: Flask) -> None:
    add_photo(app, village)
    bring(app, other)
    found = services_of(other)
    checked = check_folder(found.database, found.files)
    assert checked["sound"]
    assert len(checked["awaited"]) == 1
    own = services_of(app)
    own.files.path(next(iter(list_names(app)))).unlink()
    checked = check_folder(own.database, own.files)
    assert [each["problem"] for each in checked["files"]] == ["missing"]


def list_names(app: Flask) -> dict[str, int]:
    with services_of(app).database.reading() as connection:
        return naming.list_named(connection)
