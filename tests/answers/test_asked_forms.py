"""What a questionnaire brings along is asked as it says: pictures, recordings, proposals, limits."""

import json
import re

import pytest
from answer_scenes import Resident, hand_over, make_round, rows_of, urn_rows
from factories import Village, services_of
from flask import Flask
from questionnaires.workbooks import YES_NO, make_workbook

from collector.questionnaires.media import add_recording
from collector.questionnaires.store import NewQuestionnaire, add_questionnaire


def test_pictures_of_the_questionnaire_are_shown_and_nothing_else(lent: Resident) -> None:
    assert "/ask/media/discuss.png" in lent.page
    with lent.client.get("/ask/media/discuss.png") as picture:
        assert picture.status_code == 200
        assert picture.mimetype.startswith("image/")
        assert picture.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for other in ("nothing.png", "..%2Fcollector.sqlite", "settings.json"):
        assert lent.client.get(f"/ask/media/{other}").status_code in (303, 404)


def test_a_recording_is_played_in_its_own_language(app: Flask, village: Village, survey: str) -> None:
    sound = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    sound += bytes.fromhex("01000100401f0000803e000002001000") + b"data" + bytes(4)
    questionnaire = rows_of(app, "round")[0]["questionnaire"]
    with services_of(app).database.recording(author=village.head) as recorder:
        add_recording(recorder, services_of(app).files, questionnaire, ("know", "ktv"), sound)
    resident = hand_over(app, survey)
    assert "Cơ Tu" in resident.page
    resident.press("language", language="ktv")
    resident.press("consent")
    assert "/ask/media/know.ktv.wav" in resident.page
    assert "biết về dự án" in resident.page, "words stay those of the questionnaire"
    with resident.client.get("/ask/media/know.ktv.wav") as played:
        assert played.data.startswith(b"RIFF")
    resident.answer_all()
    resident.press("send")
    assert '"consent_version":"1-ktv-' in urn_rows(app)[0]
    other = hand_over(app, survey)
    other.consent("vi")
    assert "know.ktv" not in other.page


@pytest.fixture
def own_form(app: Flask, village: Village) -> str:
    """A round with a questionnaire of one's own: a proposed answer, a limit, a question that depends on others."""
    from pyxform.xls2xform import convert

    survey = [
        {"type": "select_one yn", "name": "know", "label": "Biết chưa?", "default": "no"},
        {"type": "text", "name": "where", "label": "Nghe ở đâu?", "default": "loa"},
        {"type": "integer", "name": "least", "label": "Ít nhất mấy lần?", "required": "yes"},
        {"type": "integer", "name": "most", "label": "Nhiều nhất mấy lần?", "constraint": ". >= ${least}"},
        {"type": "note", "name": "thanks", "label": "Xin cảm ơn."},
    ]
    xform = convert(make_workbook(survey, YES_NO), file_type=".xlsx", form_name="data").xform
    with services_of(app).database.recording(author=village.head) as recorder:
        new = NewQuestionnaire(xform, "own", "1", "Phiếu thử", "households", {"know": "/data/know"})
        made = add_questionnaire(recorder, village.unit, new)
    return make_round(app, village, made)


def test_what_a_form_proposes_is_shown_once_and_can_be_cleared(app: Flask, own_form: str) -> None:
    resident = hand_over(app, own_form)
    resident.press("consent")
    assert re.search(r'value="no" checked', resident.page), "proposed by the form, not answered by anybody"
    resident.reply("no")
    assert 'value="loa"' in resident.page
    resident.reply("")
    resident.press("back")
    assert "loa" not in resident.page
    resident.press("back")
    assert "checked" not in resident.page


def test_an_answer_that_no_longer_fits_is_asked_for_again(app: Flask, own_form: str) -> None:
    resident = hand_over(app, own_form)
    resident.press("consent")
    for value in ("yes", "chợ", "2", "5"):
        resident.reply(value)
    resident.press("back")
    resident.press("back")
    resident.reply("9")
    assert resident.question == "/data/most"
    resident.reply()
    assert "error-summary" in resident.page, "5 is less than 9 now, and keeping it does not help"
    resident.reply("12")
    resident.reply()
    resident.press("send")
    answers = json.loads(json.loads(urn_rows(app)[0])["answers"])
    assert answers == {"/data/know": "yes", "/data/where": "chợ", "/data/least": "9", "/data/most": "12"}


def test_a_wrong_number_stays_on_the_page_to_be_corrected(app: Flask, own_form: str) -> None:
    resident = hand_over(app, own_form)
    resident.press("consent")
    resident.reply("yes")
    resident.reply("chợ")
    resident.reply("hai lần")
    assert "Hãy chỉ gõ chữ số" in resident.page
    assert 'value="hai lần"' in resident.page
    resident.reply("2")
    assert "hai lần" not in resident.page
