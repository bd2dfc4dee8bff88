"""Tests of the pages of households: roles, sentences, taking a list over, and the file that is given out."""

import io

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook

from collector.query import list_records
from sync.storage import Row


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


def households_of(app: Flask) -> list[Row]:
    with services_of(app).database.reading() as connection:
        return list_records(connection, "household", order="number")


def add(app: Flask, village: Village, **values: object) -> str:
    with services_of(app).database.recording() as recorder:
        return recorder.add("household", village.unit, {"number": 1, "head_name": "Alăng Bhuốch", **values})


def preview(client: FlaskClient, data: bytes, name: str = "ho.csv") -> tuple[int, str]:
    answer = client.post("/households/import", data={"file": (io.BytesIO(data), name)})
    return answer.status_code, answer.text


def rows_in(page: str) -> str:
    return page.partition('<textarea name="rows" hidden>')[2].partition("</textarea>")[0]


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Village) -> None:
    assert "There is no list of households yet." in log_in(client).get("/households").text


def test_a_household_is_added_with_the_proposed_number(app: Flask, client: FlaskClient, village: Village) -> None:
    add(app, village, number=7)
    log_in(client, "member")
    assert 'value="8"' in client.get("/households/new").text
    answer = client.post("/households/new", data={"number": "8", "head_name": "Zơrâm Thị Nga", "again": "1"})
    assert answer.location == "/households/new"
    assert [row["number"] for row in households_of(app)] == [7, 8]


def test_a_taken_number_is_said_at_the_field_and_typing_is_kept(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    add(app, village)
    answer = log_in(client).post("/households/new", data={"number": "1", "head_name": "Zơrâm Thị Nga"})
    assert answer.status_code == 422
    assert answer.text.count("“Number in the list” is already used. Please choose another.") == 2
    assert "Zơrâm Thị Nga" in answer.text
    assert len(households_of(app)) == 1


def test_removing_asks_first(app: Flask, client: FlaskClient, village: Village) -> None:
    household = add(app, village)
    log_in(client)
    assert "Remove household 1?" in client.get(f"/households/{household}/remove").text
    assert len(households_of(app)) == 1
    client.post(f"/households/{household}/remove")
    assert households_of(app) == []


def test_a_difference_to_the_register_is_warned_not_blocked(app: Flask, client: FlaskClient, village: Village) -> None:
    add(app, village)
    assert "The list has 1 households, the register says 68." in log_in(client).get("/households").text


def test_members_neither_take_lists_over_nor_download_them(client: FlaskClient, village: Village) -> None:
    log_in(client, "member")
    for path in ("/households/import", "/households/list.csv"):
        assert client.get(path).status_code == 403
    assert client.post("/households/import/save", data={"rows": "number\thead_name\n1\tA\n"}).status_code == 403


def test_the_preview_shows_every_kind_of_row_and_saves_nothing(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    add(app, village)
    status, page = preview(log_in(client), "Số;Chủ hộ\n1;Alăng Mới\n2;Zơrâm Thị Nga\nx;Arất Bốn\n".encode())
    assert status == 200
    for words in ("1 added", "1 changed", "0 unchanged", "1 wrong", "Until now: Alăng Bhuốch", "Save the 2 right rows"):
        assert words in page
    assert "“Number in the list” is not a whole number yet." in page
    assert "The list will then have 2 households, the register says 68." in page
    assert [row["head_name"] for row in households_of(app)] == ["Alăng Bhuốch"]


def test_what_the_preview_showed_is_saved_at_once(app: Flask, client: FlaskClient, village: Village) -> None:
    add(app, village)
    _, page = preview(log_in(client), "Số;Chủ hộ;GT;Tổ\n1;Alăng Mới;nữ;Tổ 1\n2;Zơrâm Thị Nga;;\nx;Sai;;\n".encode())
    answer = client.post("/households/import/save", data={"rows": rows_in(page)}, follow_redirects=True)
    assert "1 households added, 1 changed" in answer.text
    found = [(row["number"], row["head_name"], row["head_sex"], row["cluster"]) for row in households_of(app)]
    assert found == [(1, "Alăng Mới", "female", "Tổ 1"), (2, "Zơrâm Thị Nga", None, None)]


def test_a_workbook_and_pasted_rows_are_taken_alike(client: FlaskClient, village: Village) -> None:
    book = Workbook()
    book.active.append(("STT", "Chủ hộ"))
    book.active.append((1, "Alăng Bhuốch"))
    written = io.BytesIO()
    book.save(written)
    _, from_file = preview(log_in(client), written.getvalue(), "ho.xlsx")
    pasted = client.post("/households/import", data={"text": "STT\tChủ hộ\n1\tAlăng Bhuốch"}).text
    assert rows_in(from_file) == rows_in(pasted) != ""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is nothing in this list yet."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\r", "This file is not a list that can be read."),
        (b"\xd0\xcf\x11\xe0" + bytes(50), "This file is in the old Excel format."),
        ("Xin chào bà con\n".encode(), "The names of the columns were not found."),
        (b"1;A\n" * 20_000, "This list is too large."),
    ],
)
def test_rubbish_gives_a_clear_sentence(client: FlaskClient, village: Village, data: bytes, sentence: str) -> None:
    status, page = preview(log_in(client), data)
    assert status == 422
    assert sentence in page


def test_rows_that_were_tampered_with_save_nothing(app: Flask, client: FlaskClient, village: Village) -> None:
    answer = log_in(client).post("/households/import/save", data={"rows": "rubbish"})
    assert answer.location == "/households/import"
    assert households_of(app) == []


def test_the_download_has_a_mark_and_no_formula(app: Flask, client: FlaskClient, village: Village) -> None:
    add(app, village, head_name="=1+1", cluster="@tổ")
    answer = log_in(client).get("/households/list.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in answer.text and "'@tổ" in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_names_are_escaped_on_the_page(app: Flask, client: FlaskClient, village: Village) -> None:
    add(app, village, head_name="<script>x</script>")
    assert "<script>x" not in log_in(client).get("/households").text
    _, page = preview(client, b"number;head\n2;</textarea><script>y</script>\n")
    assert "<script>y" not in page
