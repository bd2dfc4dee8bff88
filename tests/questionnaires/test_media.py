"""Pictures and recordings reach whoever is asked: on a handed-over browser and on phones."""

import io
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from answer_scenes import hand_over, make_survey, rows_of
from attachments.test_sounds import FRAME
from factories import Village, log_in, services_of
from flask import Flask
from openrosa.scenes import add_phone

from collector.query import get_record
from collector.questionnaires.built_in import BUILT_IN, read_xform
from collector.questionnaires.form import Form
from collector.questionnaires.languages import clean_tag, name_language
from collector.questionnaires.media import DRAWINGS, list_media
from collector.questionnaires.nodes import read_xml
from collector.questionnaires.variants import make_variant


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """An open round that asks households, with the first question spoken in Cơ Tu."""
    made = make_survey(app, village)
    questionnaire = rows_of(app, "questionnaire")[0]["id"]
    sent = {"question": "know", "language": "ktv", "recording": (io.BytesIO(FRAME), "a.mp3")}
    client = log_in(app.test_client(), "head")
    client.post(f"/questionnaires/{questionnaire}/recordings", data=sent, content_type="multipart/form-data")
    return made


def test_a_resident_sees_the_drawing_and_hears_the_recording(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.consent("ktv")
    assert 'src="/ask/media/know.png"' in resident.page
    with resident.client.get("/ask/media/know.png") as drawing:
        assert (drawing.status_code, drawing.mimetype) == (200, "image/svg+xml")
    with resident.client.get("/ask/media/know.ktv.mp3") as recording:
        assert recording.data == FRAME


def test_nobody_else_gets_files_without_logging_in(app: Flask, survey: str) -> None:
    stranger = app.test_client()
    questionnaire = rows_of(app, "questionnaire")[0]["id"]
    assert stranger.get("/ask/media/know.png").status_code == 404
    assert stranger.get(f"/questionnaires/{questionnaire}/media/know.png").status_code == 302


def test_drawings_are_there_for_phones_as_png(app: Flask, survey: str) -> None:
    services = services_of(app)
    with services.database.reading() as connection:
        row = get_record(connection, "questionnaire", rows_of(app, "questionnaire")[0]["id"])
        media = list_media(connection, services.files, row)
    assert [each.name for each in media] == sorted([*DRAWINGS, "know.ktv.mp3"])
    assert {each.path.read_bytes()[:4] for each in media if each.name.endswith(".png")} == {b"\x89PNG"}
    assert all(each.path.stat().st_size < 12_000 for each in media)


def test_a_phone_gets_the_recording_as_a_language_of_its_own(app: Flask, survey: str) -> None:
    phone = add_phone(app)
    (listed,) = phone.list_forms()
    form = Form.parse(phone.fetch(listed["downloadUrl"]).decode())
    assert form.languages == ("Tiếng Việt (vi)", "English (en)", "Cơ Tu (ktv)")
    know = form.get_question("/data/know").label.sayings
    assert (know["Cơ Tu (ktv)"].audio, know["English (en)"].audio) == ("know.ktv.mp3", "")
    assert "know.ktv.mp3" in phone.fetch(listed["manifestUrl"]).decode()
    consent = next(each for each in form.questions if each.path.endswith("/consent"))
    assert consent.label.sayings["Cơ Tu (ktv)"].parts == consent.label.sayings["Tiếng Việt (vi)"].parts


def test_every_picture_of_a_built_in_questionnaire_is_drawn() -> None:
    for each in BUILT_IN:
        assert {name for _, name in Form.parse(read_xform(each.code)).media} <= set(DRAWINGS)


def test_a_variant_hides_questions_and_adds_recordings_in_a_language_of_its_own() -> None:
    xform = read_xform("participation_household")
    made = make_variant(
        xform,
        form_id="round-1",
        version="9",
        title="Đợt 1",
        hidden={"/data/supervise"},
        recordings={("know", "ktv"): "know.ktv.mp3", ("know", "vi"): "know.vi.mp3"},
    )
    form = Form.parse(made)
    assert (form.form_id, form.version, form.title) == ("round-1", "9", "Đợt 1")
    assert form.languages == ("Tiếng Việt (vi)", "English (en)", "Cơ Tu (ktv)")
    label = form.get_question("/data/know").label.sayings
    assert label["Cơ Tu (ktv)"].audio == "know.ktv.mp3"
    assert label["Tiếng Việt (vi)"].audio == "know.vi.mp3"
    assert label["Cơ Tu (ktv)"].parts == label["Tiếng Việt (vi)"].parts
    relevant = form.binds["/data/supervise"].relevant
    assert relevant is not None
    assert relevant.source == "false()"
    assert form.questions[0].path == Form.parse(xform).questions[0].path


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
def test_odk_validate_takes_a_variant(tmp_path: Path) -> None:
    from pyxform.validators.odk_validate import check_xform

    recordings = {("know", "ktv"): "know.ktv.mp3", ("do", "vi"): "do.vi.mp3"}
    hidden = {"/data/supervise", "/data/benefit"}
    xform = read_xform("participation_adult")
    path = tmp_path / "form.xml"
    path.write_text(
        make_variant(xform, form_id="x", version="2", hidden=hidden, recordings=recordings), encoding="utf-8"
    )
    assert check_xform(str(path)) == []


def test_a_variant_without_changes_is_the_same_form() -> None:
    xform = read_xform("policy")

    def plain(text: str) -> list[tuple[str, str, dict[str, str]]]:
        return [(node.path, node.text, node.attributes) for node in read_xml(text).walk()]

    assert plain(make_variant(xform)) == plain(xform)
    ElementTree.fromstring(make_variant(xform))


@pytest.mark.parametrize(
    ("typed", "tag"), [("KTV", "ktv"), ("vi-VN", "vi-vn"), ("zh_Hant", "zh-hant"), ("x", ""), ("../a", "")]
)
def test_language_tags_are_data(typed: str, tag: str) -> None:
    assert clean_tag(typed) == tag
    assert name_language("bru") == "bru"
