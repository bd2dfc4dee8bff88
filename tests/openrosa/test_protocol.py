"""The protocol as OpenRosa 1.0 specifies it and ODK Collect speaks it."""

import hashlib
import json
import uuid
from datetime import date
from xml.etree import ElementTree

import pytest
from answer_scenes import rows_of
from attachments.pictures import make_picture
from factories import Village, log_in, services_of
from flask import Flask
from openrosa.scenes import (
    CODE,
    MANIFEST,
    Collect,
    add_form,
    add_phone,
    fill,
    make_xform,
    message,
    open_round,
    urn_of,
    waiting,
)

from collector.accounts.throttle import FREE_TRIES
from collector.answers.sheets import hash_instance, hash_withdrawal_code
from collector.answers.urn import BATCH, withdraw
from collector.openrosa.phones import Phones
from collector.openrosa.protocol import ACCEPTED_BYTES
from collector.questionnaires.media import add_medium
from collector.rounds.closing import close_round

NOW_LATER = {"REMOTE_ADDR": "192.168.1.7"}


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """An open round of the built-in questionnaire."""
    return open_round(app, village)


@pytest.fixture
def phone(app: Flask, survey: str) -> Collect:
    """A phone that may send."""
    return add_phone(app)


def test_the_list_names_each_open_round_once(app: Flask, village: Village, survey: str, phone: Collect) -> None:
    closed = open_round(app, village, title="Đợt đã đóng")
    with services_of(app).database.recording() as recorder:
        close_round(recorder, closed)
    open_round(app, village, title="Đợt chưa mở", state="planned")
    for path in ("/formList", "", "/"):
        (form,) = phone.list_forms(path)
        assert form["name"] == "Khảo sát đường vào bản"
        assert form["formID"].endswith(f"-{survey[-8:]}"), "the form tells its round"
        assert form["version"]
        assert form["downloadUrl"] == f"http://localhost/openrosa/{phone.key}/forms/{survey}.xml"
        assert form["hash"] == f"md5:{hashlib.md5(phone.fetch(form['downloadUrl'])).hexdigest()}"


def test_the_list_can_be_asked_for_one_form(app: Flask, village: Village, phone: Collect) -> None:
    open_round(app, village, title="Đợt hai")
    both = phone.list_forms()
    assert len(both) == 2
    answer = phone.client.get(f"{phone.base}/formList", query_string={"formID": both[1]["formID"]})
    assert answer.text.count("<xform>") == 1
    assert both[1]["formID"] in answer.text


def test_the_form_is_the_same_bytes_every_time(phone: Collect) -> None:
    (form,) = phone.list_forms()
    assert phone.fetch(form["downloadUrl"]) == phone.fetch(form["downloadUrl"])
    (again,) = phone.list_forms()
    assert again == form


def test_head_says_where_to_send(phone: Collect) -> None:
    answer = phone.ask_where()
    assert answer.status_code == 204, "Collect takes 204 only"
    assert answer.data == b""
    assert answer.headers["Location"] == f"http://localhost/openrosa/{phone.key}/submission"
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == str(ACCEPTED_BYTES)
    assert answer.headers["Date"].endswith("GMT")


def test_a_sheet_is_received_and_waits_in_the_urn(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    answer = phone.send(fill(form, "<know>yes</know><discuss>no</discuss><do>dont_know</do><inspect/>"))
    assert answer.status_code == 201
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert message(answer) == ("submit_success", "Đã nhận phiếu.")
    (row,) = urn_of(app)
    sheet = json.loads(row["sheet"])
    assert (sheet["know"], sheet["discuss"], sheet["do"]) == ("yes", "no", "dont_know")
    assert sheet["inspect"] == "blank", "reached and left empty"
    assert (sheet["source"], sheet["day"], sheet["consent_version"]) == ("openrosa", "2026-03-09", "1-vi-0")
    assert sheet["withdrawal_hash"] == hash_withdrawal_code(CODE)
    assert CODE not in row["sheet"]
    assert "collector" not in sheet["answers"]


def test_nothing_is_set_in_the_client_and_nothing_is_asked_of_a_session(app: Flask, phone: Collect) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    log_in(phone.client, "head")
    (form,) = phone.list_forms()
    sent = phone.send(fill(form))
    assert sent.status_code == 201
    for answer in (sent, phone.ask_where(), phone.client.get(f"{phone.base}/formList")):
        assert "Set-Cookie" not in answer.headers


def test_the_log_names_nobody(app: Flask, survey: str, phone: Collect) -> None:
    log_in(phone.client, "head")
    (form,) = phone.list_forms()
    assert phone.send(fill(form)).status_code == 201
    with services_of(app).database.recording() as recorder:
        close_round(recorder, survey)
    with services_of(app).database.reading() as connection:
        bodies = [
            json.loads(row["body"])
            for row in connection.rows("SELECT body FROM revision WHERE body IS NOT NULL")
        ]
    sheets = [body for body in bodies if "answer_sheet" in json.dumps(body)]
    assert sheets
    assert all(not body.get("author") for body in sheets)


def test_a_lost_reply_costs_nothing(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    sheet = fill(form)
    assert [phone.send(sheet).status_code for _ in range(3)] == [201, 201, 201]
    assert message(phone.send(sheet))[1] == "Phiếu này đã được nhận trước đó; không tính hai lần."
    assert waiting(app, survey) == 1


def test_a_sheet_sent_again_after_it_left_the_urn_adds_nothing(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    sheets = [fill(form) for _ in range(2 * BATCH)]
    for sheet in sheets:
        assert phone.send(sheet).status_code == 201
    services_of(app).tidy()
    assert waiting(app, survey) == BATCH
    for sheet in sheets:
        assert phone.send(sheet).status_code == 201
    assert (waiting(app, survey), len(rows_of(app, "answer_sheet"))) == (BATCH, BATCH)


def test_other_answers_under_the_same_id_are_refused_and_change_nothing(app: Flask, phone: Collect) -> None:
    (form,) = phone.list_forms()
    phone.send(fill(form, "<know>yes</know>", instance="uuid:1"))
    before = urn_of(app)
    answer = phone.send(fill(form, "<know>no</know>", instance="uuid:1"))
    assert (answer.status_code, message(answer)[0]) == (409, "other_sheet_received")
    assert urn_of(app) == before


@pytest.mark.in_file
def test_several_posts_of_one_sheet_count_once_and_its_files_are_not_kept(
    app: Flask, survey: str, phone: Collect
) -> None:
    (form,) = phone.list_forms()
    sheet = fill(form, meta="<audit>audit.csv</audit>")
    first = phone.send(sheet, photo_jpg=b"\xff\xd8 a face", **{"*isIncomplete*": b"yes"})
    last = phone.send(sheet, audit_csv=b"event,node,start\nform start,,1700000000000\n")
    assert (first.status_code, last.status_code) == (201, 201)
    assert "không được giữ" in message(first)[1]
    assert waiting(app, survey) == 1
    folder = services_of(app).folder
    assert [path for path in folder.attachments.rglob("*") if path.is_file()] == []
    assert b"a face" not in folder.database.read_bytes()


def test_an_edit_takes_the_place_of_the_first_sheet(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    phone.send(fill(form, "<know>yes</know>", instance="uuid:first"))
    edit = fill(form, "<know>no</know>", instance="uuid:second", deprecated="uuid:first")
    assert message(phone.send(edit))[1] == "Đã nhận phiếu đã sửa."
    assert phone.send(edit).status_code == 201, "the reply was lost, so it comes again"
    (row,) = urn_of(app)
    assert json.loads(row["sheet"])["know"] == "no"
    again = fill(form, "<know>refused</know>", instance="uuid:third", deprecated="uuid:second")
    assert phone.send(again).status_code == 201
    assert [json.loads(row["sheet"])["know"] for row in urn_of(app)] == ["refused"]
    assert phone.send(fill(form, "<know>yes</know>", instance="uuid:first")).status_code == 201
    assert waiting(app, survey) == 1, "the first one, sent late, adds nothing"


def test_an_edit_that_overtakes_its_sheet_is_counted_once(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    assert phone.send(fill(form, instance="uuid:second", deprecated="uuid:first")).status_code == 201
    assert phone.send(fill(form, "<know>no</know>", instance="uuid:first")).status_code == 201
    assert [json.loads(row["sheet"])["know"] for row in urn_of(app)] == ["yes"]


def test_an_edit_is_refused_in_words_once_the_sheet_was_mixed(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    ids = [f"uuid:{uuid.uuid4()}" for _ in range(2 * BATCH)]
    for instance in ids:
        phone.send(fill(form, instance=instance))
    services_of(app).tidy()
    waiting_ids = {row["instance_hash"] for row in urn_of(app)}
    left = next(each for each in ids if hash_instance(each) not in waiting_ids)
    answer = phone.send(fill(form, "<know>no</know>", deprecated=left))
    assert answer.status_code == 409
    nature, words = message(answer)
    assert nature == "correction_too_late"
    assert "mã rút lại" in words
    assert waiting(app, survey) == BATCH


def test_without_consent_nothing_is_kept(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    before = services_of(app).database
    answer = phone.send(fill(form, "<know>no</know>", consent="no", instance="uuid:1"))
    assert (answer.status_code, message(answer)[0]) == (201, "submit_success")
    assert "không giữ" in message(answer)[1].lower()
    assert phone.send(fill(form, "<know>no</know>", consent="")).status_code == 201
    assert urn_of(app) == []
    with before.reading() as connection:
        assert connection.value("SELECT count(*) FROM received_instance") == 0


def test_consent_can_be_taken_back_on_the_phone(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    phone.send(fill(form, instance="uuid:1"))
    assert phone.send(fill(form, consent="no", instance="uuid:1")).status_code == 409, "another sheet of this id"
    edit = fill(form, consent="no", instance="uuid:2", deprecated="uuid:1")
    assert [phone.send(edit).status_code for _ in range(2)] == [201, 201]
    assert urn_of(app) == []


def test_a_sheet_that_arrives_after_its_consent_was_taken_back_is_not_kept(
    app: Flask, survey: str, phone: Collect
) -> None:
    (form,) = phone.list_forms()
    edit = fill(form, consent="no", instance="uuid:2", deprecated="uuid:1")
    assert [phone.send(edit).status_code for _ in range(2)] == [201, 201]
    assert phone.send(fill(form, instance="uuid:1")).status_code == 201
    assert urn_of(app) == []


def test_a_sheet_that_corrects_itself_is_a_sheet(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    sheet = fill(form, instance="uuid:1", deprecated="uuid:1")
    assert [phone.send(sheet).status_code for _ in range(2)] == [201, 201]
    assert waiting(app, survey) == 1


def test_what_is_damaged_on_the_laptop_is_not_told_in_paths(app: Flask, survey: str, phone: Collect) -> None:
    path = services_of(app).folder.secrets / "phones.json"
    path.write_text("[{")
    answer = phone.client.get(f"{phone.base}/formList")
    assert answer.status_code == 503
    assert str(path) not in answer.text
    assert message(answer)[0] == "folder_damaged"


def test_the_code_on_the_phone_withdraws_the_sheet(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    phone.send(fill(form))
    with services_of(app).database.recording() as recorder:
        assert withdraw(recorder, CODE.lower().replace("-", " ")) == survey
    assert urn_of(app) == []


def test_a_closed_round_takes_no_sheet_and_says_so(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    with services_of(app).database.recording() as recorder:
        close_round(recorder, survey)
    answer = phone.send(fill(form))
    assert (answer.status_code, message(answer)[0]) == (409, "round_not_open")
    assert phone.list_forms() == []
    assert phone.client.get(f"{phone.base}/forms/{survey}.xml").status_code == 404
    assert phone.client.get(f"{phone.base}/forms/{survey}/manifest").status_code == 404


def test_a_revoked_key_opens_nothing_and_the_answer_says_what_to_do(app: Flask, survey: str, phone: Collect) -> None:
    (form,) = phone.list_forms()
    phones = Phones(services_of(app).folder)
    phones.revoke(phones.list_phones()[0].id, date(2026, 3, 10))
    assert phone.ask_where().status_code == 403
    answer = phone.send(fill(form))
    assert answer.status_code == 403, "401 would make Collect ask for a password that nobody has"
    assert message(answer) == (
        "phone_not_allowed",
        "Điện thoại này chưa được gửi ở đây: khóa lạ hoặc đã bị khóa lại."
        " Hãy nhờ tổ trưởng thêm lại điện thoại. Phiếu vẫn còn trên điện thoại cho đến lúc đó.",
    )
    assert waiting(app, survey) == 0


def test_guessing_keys_becomes_slow_and_known_phones_do_not_wait(app: Flask, survey: str, phone: Collect) -> None:
    client = app.test_client()
    statuses = [
        client.get(f"/openrosa/{'a' * 32}/formList", environ_base=NOW_LATER).status_code for _ in range(FREE_TRIES + 2)
    ]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    answer = client.get(f"{phone.base}/formList", environ_base=NOW_LATER)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_xml"),
        (b"hello", "not_xml"),
        (b"<data", "not_xml"),
        (b"\x00\xff\xfe", "not_xml"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><data id="x">&a;</data>', "doctype"),
        (b'<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd"><data id="x"/>', "doctype"),
        (b'<data id="x">' + b"<a>" * 5000 + b"</a>" * 5000 + b"</data>", "too_deep"),
        (b'<data id="x">' + b"<a/>" * 200_000 + b"</data>", "too_"),
        (b'<data id="x"><a>' + b"x" * 3_000_000 + b"</a></data>", "too_large"),
        (b"<data/>", "no_form_id"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(app: Flask, phone: Collect, body: bytes, reason: str) -> None:
    answer = phone.send(body)
    assert answer.status_code == 400
    nature, words = message(answer)
    assert nature == "submission_not_readable"
    assert reason in words
    assert urn_of(app) == []


@pytest.mark.parametrize("how", ["none", "elsewhere", "empty"])
def test_a_post_without_a_sheet_is_refused(phone: Collect, how: str) -> None:
    data = {"none": {}, "elsewhere": {"file": "<data/>"}, "empty": {"xml_submission_file": ""}}[how]
    answer = phone.client.post(f"{phone.base}/submission", data=data)
    assert (answer.status_code, message(answer)[0]) == (400, "submission_not_readable")


def test_a_sheet_of_another_form_or_version_is_refused(phone: Collect) -> None:
    (form,) = phone.list_forms()
    assert phone.send(fill({**form, "formID": "other-12345678"})).status_code == 404
    answer = phone.send(fill(form, version="0"))
    assert (answer.status_code, "other_version" in message(answer)[1]) == (400, True)
    assert phone.send(fill(form, code="")).status_code == 400, "every sheet can be withdrawn"
    no_id = fill(form).replace("instanceID", "otherID")
    assert phone.send(no_id).status_code == 400


def test_too_many_bytes_are_refused_in_words(app: Flask, phone: Collect) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = phone.send(b"<data/>", photo_jpg=b"x" * 5000)
    assert answer.status_code == 413
    assert message(answer)[1]


def test_words_come_in_the_language_that_the_phone_asks_for(phone: Collect) -> None:
    phone.headers["Accept-Language"] = "en-US,en;q=0.9"
    (form,) = phone.list_forms()
    assert message(phone.send(fill(form)))[1] == "The sheet was received."
    answer = phone.send(b"hello")
    assert message(answer)[1].startswith("What was sent is not a filled-in form")
    assert answer.headers["Content-Language"] == "en"


def test_pictures_come_with_the_form(app: Flask, village: Village, phone: Collect) -> None:
    xform = make_xform(
        [{"type": "select_one yn", "name": "know", "label": "Biết?", "media::image": "duong.png"}],
        [{"list_name": "yn", "name": "yes", "label": "Có"}, {"list_name": "yn", "name": "no", "label": "Không"}],
    )
    questionnaire = add_form(app, village, xform, know="/data/know")
    services = services_of(app)
    with services.database.recording() as recorder:
        add_medium(recorder, services.files, questionnaire, "duong.png", make_picture("PNG"))
    open_round(app, village, questionnaire, title="Có hình")
    form = next(each for each in phone.list_forms() if each["name"] == "Có hình")
    (file,) = list_files(phone, form)
    assert file["filename"] == "duong.png"
    data = phone.fetch(file["downloadUrl"])
    assert data.startswith(b"\x89PNG")
    assert file["hash"] == f"md5:{hashlib.md5(data).hexdigest()}"
    for other in ("other.png", "../duong.png", "know.png"):
        assert phone.client.get(file["downloadUrl"].replace("duong.png", other)).status_code == 404
    for path in services.folder.attachments.rglob("*"):
        if path.is_file():
            path.unlink()
    form = next(each for each in phone.list_forms() if each["name"] == "Có hình")
    assert "manifestUrl" not in form, "a file that is not here hinders nobody from asking"


def test_the_drawings_of_the_built_in_questionnaire_are_served(phone: Collect) -> None:
    (form,) = phone.list_forms()
    files = list_files(phone, form)
    assert {"know.png", "discuss.png", "do.png", "inspect.png"} <= {file["filename"] for file in files}
    for file in files:
        assert file["hash"] == f"md5:{hashlib.md5(phone.fetch(file['downloadUrl'])).hexdigest()}"


def list_files(phone: Collect, form: dict[str, str]) -> list[dict[str, str]]:
    """Fetch the list of the files of a form."""
    root = ElementTree.fromstring(phone.fetch(form["manifestUrl"]))
    assert root.tag == f"{MANIFEST}manifest"
    return [{part.tag.removeprefix(MANIFEST): part.text or "" for part in file} for file in root]
