"""The pages of questionnaires: a workbook is taken over or refused, its mapping and its files are looked after."""

import io
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from attachments.pictures import make_picture
from attachments.test_sounds import FRAME
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.query import list_records
from questionnaires.workbooks import YES_NO, Row, make_workbook

KNOW: Row = {"type": "select_one yn", "name": "know", "label": "Biết chưa?", "image": "know.png", "audio": "know.mp3"}
PLACE: Row = {"type": "geopoint", "name": "place", "label": "Ở đâu?"}


@pytest.fixture
def head(app: Flask, village: Village) -> FlaskClient:
    """The head of the village, logged in."""
    return log_in(app.test_client(), "head")


def send(client: FlaskClient, data: bytes, name: str = "phieu.xlsx", **more: Any) -> Any:
    """Send a workbook."""
    fields = {"file": (io.BytesIO(data), name), **more}
    return client.post("/questionnaires/new", data=fields, content_type="multipart/form-data")


def rows(app: Flask) -> list[dict[str, Any]]:
    """Give the questionnaires on record."""
    with services_of(app).database.reading() as connection:
        return [dict(row) for row in list_records(connection, "questionnaire")]


def take(app: Flask, client: FlaskClient, *survey: Row, **settings: Any) -> str:
    """Take a questionnaire over and give its id."""
    answer = send(client, make_workbook(survey, YES_NO, **settings))
    assert answer.status_code == 303, answer.text
    return str(rows(app)[-1]["id"])


def test_a_workbook_becomes_a_questionnaire(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW, {"type": "integer", "name": "adults", "label": "Mấy người?"}, form_title="Phiếu A")
    row = rows(app)[0]
    assert (row["title"], row["version"], row["counted"], row["web"]) == ("Phiếu A", "1", "adults", 1)
    assert (row["know"], row["adults"], row["discuss"]) == ("/data/know", "/data/adults", None)
    page = head.get(f"/questionnaires/{where}").text
    assert "Biết chưa?" in page
    assert "Phiếu A" in head.get("/questionnaires").text


def test_the_same_file_twice_is_one_questionnaire_and_another_of_its_version_is_refused(
    app: Flask, head: FlaskClient
) -> None:
    take(app, head, KNOW)
    take(app, head, KNOW)
    assert len(rows(app)) == 1
    refused = send(head, make_workbook([{**KNOW, "label": "Nghe chưa?"}], YES_NO))
    assert refused.status_code == 422
    assert "“test”" in refused.text
    take(app, head, {**KNOW, "label": "Nghe chưa?"}, version="2")
    assert [row["version"] for row in rows(app)] == ["1", "2"]


def test_letters_of_another_keyboard_make_no_other_questionnaire(app: Flask, head: FlaskClient) -> None:
    decomposed = {**KNOW, "label": unicodedata.normalize("NFD", "Biết chưa?\r\nHãy nghĩ.")}
    assert take(app, head, decomposed) == take(app, head, decomposed)
    assert len(rows(app)) == 1


def test_what_pages_cannot_ask_is_kept_for_odk_and_said(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW, PLACE)
    row = rows(app)[0]
    assert row["web"] == 0
    assert "dòng 3" in row["refusal"]
    assert "ODK Collect" in head.get(f"/questionnaires/{where}").text


def test_an_english_reader_gets_english_reasons(app: Flask, head: FlaskClient) -> None:
    head.post("/language", data={"language": "en"})
    take(app, head, KNOW, PLACE)
    assert rows(app)[0]["refusal"].startswith("Sheet “survey”, row 3")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Chưa chọn tệp"),
        (b"name,label\n1,2\n", "không phải là tệp Excel"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"),
        (make_workbook([{"type": "foo", "name": "a", "label": "A"}]), "dòng 2"),
        (make_workbook([{**KNOW, "relevant": "${nobody} = 1"}], YES_NO), "“nobody”"),
    ],
)
def test_a_wrong_file_is_refused_in_plain_words(app: Flask, head: FlaskClient, data: bytes, said: str) -> None:
    answer = send(head, data)
    assert answer.status_code == 422
    assert said in answer.text
    assert rows(app) == []


def test_the_mapping_can_be_changed_until_a_round_asks(app: Flask, village: Village, head: FlaskClient) -> None:
    where = take(app, head, KNOW, {**KNOW, "name": "heard", "label": "Nghe chưa?"})
    sent = {"counted": "households", "know": "/data/heard"}
    assert head.post(f"/questionnaires/{where}/mapping", data=sent).status_code == 303
    assert (rows(app)[0]["know"], rows(app)[0]["counted"]) == ("/data/heard", "households")
    twice = head.post(f"/questionnaires/{where}/mapping", data={**sent, "discuss": "/data/heard"})
    assert twice.status_code == 422
    assert "trùng với câu hỏi" in twice.text
    strange = head.post(f"/questionnaires/{where}/mapping", data={**sent, "know": "/data/nowhere"})
    assert strange.status_code == 422
    with services_of(app).database.recording() as recorder:
        values = {"title": "Đợt 1", "questionnaire": where, "counted": "households", "chosen": "everyone"}
        recorder.add("round", village.unit, {**values, "state": "planned"})
    fixed = head.post(f"/questionnaires/{where}/mapping", data={**sent, "know": "/data/know"})
    assert fixed.status_code == 422
    assert rows(app)[0]["know"] == "/data/heard"


def test_pictures_and_recordings_of_the_form_are_added_under_its_names(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW)
    address = f"/questionnaires/{where}/media"
    assert read(head, f"{address}/know.png")[1] == "image/svg+xml", "a drawing stands in"
    assert read(head, f"{address}/know.mp3")[0] == 404
    add_file(head, address, "know.mp3", "ghi âm.MP3", FRAME)
    add_file(head, address, "know.png", "anh.png", make_picture("PNG", (20, 20)))
    assert read(head, f"{address}/know.mp3")[2] == FRAME
    assert read(head, f"{address}/know.png")[1] == "image/png"
    add_file(head, address, "know.mp3", "x.mp3", FRAME * 2)
    assert read(head, f"{address}/know.mp3")[2] == FRAME * 2, "the newer one takes its place"
    add_file(head, address, "know.mp3", "x.png", make_picture("PNG", (20, 20)))
    assert read(head, f"{address}/know.mp3")[2] == FRAME * 2, "a picture is no recording"
    add_file(head, address, "other.png", "x.png", make_picture("PNG", (20, 20)))
    assert read(head, f"{address}/other.png")[0] == 404
    assert read(head, f"{address}/know.mp3")[3].endswith("sandbox")


def read(client: FlaskClient, address: str) -> tuple[int, str, bytes, str]:
    """Give status, type, bytes and policy of a file."""
    with client.get(address) as answer:
        return answer.status_code, answer.mimetype, answer.data, answer.headers["Content-Security-Policy"]


def add_file(client: FlaskClient, address: str, name: str, sent: str, data: bytes) -> None:
    """Send a file for a name."""
    fields = {"name": name, "file": (io.BytesIO(data), sent)}
    assert client.post(address, data=fields, content_type="multipart/form-data").status_code == 303


def test_a_spoken_question_is_kept_by_its_language(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW)
    for language, other in (("ktv", ""), ("other", "BRU"), ("other", "not a tag")):
        fields = {"question": "know", "language": language, "other_language": other}
        sent = {**fields, "recording": (io.BytesIO(FRAME), "a.mp3")}
        head.post(f"/questionnaires/{where}/recordings", data=sent, content_type="multipart/form-data")
    with services_of(app).database.reading() as connection:
        names = [row["name"] for row in list_records(connection, "attachment")]
    assert names == ["know.ktv.mp3", "know.bru.mp3"]
    assert "Cơ Tu" in head.get(f"/questionnaires/{where}").text


def test_a_questionnaire_is_retired_and_used_again(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW)
    head.post(f"/questionnaires/{where}/retire")
    assert rows(app)[0]["status"] == "retired"
    head.post(f"/questionnaires/{where}/use")
    assert rows(app)[0]["status"] == "active"


def test_a_built_in_questionnaire_can_be_looked_at_and_its_workbook_taken_over(app: Flask, head: FlaskClient) -> None:
    assert "Ông (bà) có được biết về dự án này không?" in head.get("/questionnaires/built-in/participation_adult").text
    workbook = head.get("/questionnaires/built-in/participation_adult/workbook").data
    assert send(head, workbook).status_code == 303
    assert rows(app)[0]["know"] == "/data/know"
    assert head.get("/questionnaires/built-in/nothing").status_code == 404


def test_search_finds_it(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW, form_title="Đường vào bản")
    assert f"/questionnaires/{where}" in head.get("/search?q=duong vao ban").text


def test_the_form_can_be_downloaded(app: Flask, head: FlaskClient) -> None:
    where = take(app, head, KNOW, form_id="phiếu/../1")
    answer = head.get(f"/questionnaires/{where}/form.xml")
    assert answer.mimetype == "text/xml"
    assert "/.." not in answer.headers["Content-Disposition"]
    assert answer.text.strip() == rows(app)[0]["xform"]


def test_a_member_may_look_and_not_change(app: Flask, village: Village, head: FlaskClient) -> None:
    where = take(app, head, KNOW)
    member = log_in(app.test_client(), "member")
    assert member.get(f"/questionnaires/{where}").status_code == 200
    assert send(member, make_workbook([KNOW], YES_NO)).status_code == 403


def test_the_command_line_takes_a_form_over(tmp_path: Path) -> None:
    from commands.runs import copy_demo, run_command

    folder = copy_demo(tmp_path / "data")
    path = tmp_path / "Phiếu hỏi.xlsx"
    path.write_bytes(make_workbook([KNOW, PLACE], YES_NO, form_id=None))
    done = run_command("import", "form", str(path), "--data", str(folder.root), "--format", "json")
    assert done.exit_code == 0, done.output
    assert '"form_id": "phieu_hoi"' in done.output
    assert '"web": false' in done.output
    again = run_command("import", "form", str(path), "--data", str(folder.root))
    assert "Here already: phieu_hoi, version 1." in again.output
    path.write_bytes(make_workbook([{**KNOW, "type": "foo"}], YES_NO))
    refused = run_command("import", "form", str(path), "--data", str(folder.root))
    assert refused.exit_code == 1
    assert "row 2" in refused.output
