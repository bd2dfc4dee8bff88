"""Adding, showing and removing files through the pages."""

import io
from typing import Any

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from attachments.pictures import PLACE, make_picture, make_telephone_photo
from collector.attachments import store
from collector.attachments.files import Files
from collector.query import list_records
from sync.storage import Row

PAGE = "/nowhere?tab=2"


@pytest.fixture
def writer(village: Village, client: FlaskClient) -> FlaskClient:
    """A browser of the secretary."""
    return log_in(client)


def send(client: FlaskClient, village: Village, data: bytes, name: str = "anh.jpg", **changes: Any) -> TestResponse:
    fields = {"owner_kind": "unit", "owner": village.unit, "role": "photo", "next": PAGE}
    return client.post("/files", data={**fields, **changes, "file": (io.BytesIO(data), name)})


def held(app: Flask) -> list[Row]:
    with services_of(app).database.reading() as connection:
        return list_records(connection, "attachment")


def notices(client: FlaskClient) -> str:
    with client.session_transaction() as session:
        return " ".join(words for _, words in session.get("_flashes", []))


def test_a_photo_is_kept_without_its_place(app: Flask, village: Village, writer: FlaskClient) -> None:
    answer = send(writer, village, make_telephone_photo(), "..\\DCIM/họp thôn\u202egpj.exe")
    assert (answer.status_code, answer.location) == (303, PAGE)
    (row,) = held(app)
    assert (row["name"], row["media_type"]) == ("họp thôngpj.jpg", "image/jpeg")
    assert PLACE not in services_of(app).files.read(row["sha256"])
    assert row["size_bytes"] == len(services_of(app).files.read(row["sha256"]))


def test_the_same_photo_twice_is_kept_once(app: Flask, village: Village, writer: FlaskClient) -> None:
    for _ in range(2):
        send(writer, village, make_picture())
    assert len(held(app)) == 1


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, {}),
        (b"<html><script>alert(1)</script>", {}),
        (b"%PDF-1.7", {"role": "photo"}),
        (make_picture(), {"role": "pdf"}),
        (make_picture(), {"owner_kind": "speaker_contact"}),
        (make_picture(), {"owner": "nobody"}),
        (b"", {}),
    ],
)
def test_what_does_not_fit_is_refused_with_advice(
    app: Flask, village: Village, writer: FlaskClient, data: bytes, changes: dict[str, str]
) -> None:
    answer = send(writer, village, data, **changes)
    assert answer.location == PAGE
    assert held(app) == []
    assert notices(writer).count(".") >= 2


def test_a_full_disk_is_said_before_anything_is_written(
    app: Flask, village: Village, writer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Files, "free_bytes", lambda _: 100 * 1024**2)
    send(writer, village, make_picture())
    assert "100 MB" in notices(writer)
    assert held(app) == []
    assert not list(services_of(app).folder.attachments.iterdir())


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""])
def test_the_way_back_never_leaves_this_site(village: Village, writer: FlaskClient, path: str) -> None:
    assert send(writer, village, make_picture(), next=path).location == "/"


def test_a_picture_is_shown_without_rights(app: Flask, village: Village, writer: FlaskClient) -> None:
    send(writer, village, make_picture("PNG"), "thôn.png")
    answer = writer.get(f"/files/{held(app)[0]['id']}", buffered=True)
    assert answer.data == make_picture("PNG")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Content-Disposition"].startswith("inline")
    again = writer.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_of_another_type_is_only_given_to_be_saved(app: Flask, village: Village, writer: FlaskClient) -> None:
    found = services_of(app)
    new = store.NewFile("unit", village.unit, "paper", "tờ.html", b"<script>alert(1)</script>", "text/html")
    with found.database.recording() as recorder:
        attachment = store.add_attachment(recorder, found.files, village.unit, new)
    answer = writer.get(f"/files/{attachment}", buffered=True)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_photo_whose_bytes_are_elsewhere_has_a_page(app: Flask, village: Village, writer: FlaskClient) -> None:
    send(writer, village, make_picture(), "vắng.jpg")
    (row,) = held(app)
    services_of(app).files.path(row["sha256"]).unlink()
    answer = writer.get(f"/files/{row['id']}")
    assert answer.status_code == 404
    assert "vắng.jpg" in answer.text


def test_a_photo_can_be_removed_and_a_finished_paper_cannot(
    app: Flask, village: Village, writer: FlaskClient
) -> None:
    send(writer, village, make_picture())
    photo = held(app)[0]["id"]
    assert writer.post(f"/files/{photo}/remove", data={"next": PAGE}).location == PAGE
    assert held(app) == []
    found = services_of(app)
    with found.database.recording() as recorder:
        paper = store.add_attachment(
            recorder,
            found.files,
            village.unit,
            store.NewFile("unit", village.unit, "pdf", "biên bản.pdf", b"%PDF-1.7", "application/pdf"),
        )
    assert writer.post(f"/files/{paper}/remove", data={"next": PAGE}).status_code == 409
    assert [row["id"] for row in held(app)] == [paper]


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("a\x00b\n.php.jpeg", "ab.php.jpg"),
        ("  ảnh   họp.JPG ", "ảnh họp.jpg"),
        ("....", "file.jpg"),
        ("", "file.jpg"),
        ("x" * 400 + ".png", "x" * 100 + ".jpg"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert store.clean_name(name, ".jpg") == cleaned
