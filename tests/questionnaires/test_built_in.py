"""The questionnaires that come with Collector: their two files agree, they are valid, they measure what they say."""

import shutil
from pathlib import Path

import pytest
from factories import Village, services_of
from flask import Flask

from collector.query import count_records, get_record
from collector.questionnaires.built_in import BUILT_IN, NoSuchBuiltIn, ensure_built_in, read_workbook, read_xform
from collector.questionnaires.form import Form
from collector.questionnaires.records import DIMENSIONS, MAPPED
from questionnaires.xforms import ask

CODES = [each.code for each in BUILT_IN]


@pytest.mark.parametrize("code", CODES)
def test_the_workbook_makes_the_form(code: str) -> None:
    from pyxform.xls2xform import convert

    made = convert(read_workbook(code), file_type=".xlsx", form_name="data")
    assert made.xform == read_xform(code)
    assert made.warnings == []


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
@pytest.mark.parametrize("code", CODES)
def test_odk_validate_takes_the_form(code: str, tmp_path: Path) -> None:
    from pyxform.validators.odk_validate import check_xform

    path = tmp_path / "form.xml"
    path.write_text(read_xform(code), encoding="utf-8")
    assert check_xform(str(path)) == []


@pytest.mark.parametrize("code", CODES)
def test_it_can_be_asked_in_both_languages(code: str) -> None:
    form = Form.parse(read_xform(code))
    assert form.obstacles == ()
    assert [form.find_language(tag) for tag in ("vi", "en", "fr")] == [
        "Tiếng Việt (vi)",
        "English (en)",
        "Tiếng Việt (vi)",
    ]
    for question in form.questions:
        assert set(question.label.sayings) == set(form.languages), question.path


def test_the_ethnic_group_is_asked_after_its_own_consent_only() -> None:
    interview = ask(Form.parse(read_xform("participation_household")))
    assert "/data/ethnic_group" not in interview.asked()
    interview.answer("/data/ethnic_consent", "no")
    assert "/data/ethnic_group" not in interview.asked()
    interview.answer("/data/ethnic_consent", "yes")
    interview.answer("/data/ethnic_group", "co_tu")
    interview.answer("/data/ethnic_consent", "no")
    assert "/data/ethnic_group" not in interview.answers()
    assert interview.check("/data/ethnic_consent", "") is None, "nobody has to answer it"


def test_every_dimension_knows_the_four_answers() -> None:
    interview = ask(Form.parse(read_xform("participation_adult")))
    for name in DIMENSIONS:
        screen = interview.show(f"/data/{name}")
        assert [option.value for option in screen.options] == ["yes", "no", "dont_know", "refused"]
        assert screen.image == f"{name}.png"
        assert screen.required


def test_it_is_recorded_once_when_first_used(app: Flask, village: Village) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        first = [ensure_built_in(recorder, village.unit, code) for code in CODES]
        again = [ensure_built_in(recorder, village.unit, code) for code in CODES]
        assert first == again
        rows = [get_record(recorder.connection, "questionnaire", each) for each in first]
        assert count_records(recorder.connection, "questionnaire") == len(CODES)
    household, adult, policy = rows
    assert {household[name] for name in DIMENSIONS} == {f"/data/{name}" for name in DIMENSIONS}
    assert household["adults"] is None
    assert {adult[name] for name in MAPPED} == {f"/data/{name}" for name in MAPPED}
    assert (policy["know"], policy["do"], policy["discuss"]) == ("/data/know", "/data/follow", None)
    assert [row["counted"] for row in rows] == ["households", "adults", "adults"]
    assert all(row["web"] and row["built_in"] in CODES for row in rows)


def test_an_unknown_code_is_refused(app: Flask, village: Village) -> None:
    with services_of(app).database.recording() as recorder, pytest.raises(NoSuchBuiltIn):
        ensure_built_in(recorder, village.unit, "../../etc/passwd")
