"""The form of a round as phones get it: valid, asked after consent, and without anything that tells who answered."""

import json
import shutil
import subprocess
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from answer_scenes import rows_of
from factories import Village, services_of
from flask import Flask
from openrosa.scenes import CODE, add_form, add_phone, fill, make_xform, open_round, urn_of
from pyxform.xls2xform import convert
from questionnaires.workbooks import Row, make_sheets

from collector.clock import today
from collector.openrosa.served_form import CODE_MARK, RoundForm, ServedForm, SheetWords, make_served_form
from collector.openrosa.xform import XForm
from collector.questionnaires.built_in import BUILT_IN, read_xform
from collector.registry import get_kind

VIETNAMESE, ENGLISH = "label::Tiếng Việt (vi)", "label::English (en)"
YES_NO: list[Row] = [
    {"list_name": "yn", "name": "yes", VIETNAMESE: "Có", ENGLISH: "Yes"},
    {"list_name": "yn", "name": "no", VIETNAMESE: "Không", ENGLISH: "No"},
]
TELLING: list[Row] = [
    {"type": kind, "name": kind}
    for kind in ("start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit")
]
NOSY: list[Row] = [
    *TELLING,
    {"type": "begin_group", "name": "g", VIETNAMESE: "Nhóm", ENGLISH: "Group"},
    {"type": "select_one yn", "name": "know", VIETNAMESE: "Biết?", ENGLISH: "Know?", "required": "yes"},
    {"type": "integer", "name": "adults", VIETNAMESE: "Mấy người?", ENGLISH: "How many?", "relevant": "${know}='yes'"},
    {"type": "image", "name": "photo", VIETNAMESE: "Ảnh", ENGLISH: "Photo", "required": "yes"},
    {"type": "end_group"},
    {"type": "geopoint", "name": "place", VIETNAMESE: "Nơi", ENGLISH: "Place", "required": "yes"},
    {"type": "calculate", "name": "copy", "calculation": "concat(${start}, '')"},
    {"type": "calculate", "name": "copy_of_copy", "calculation": "substr(${copy}, 0, 16)"},
    {"type": "calculate", "name": "minute", "calculation": "format-date-time(now(), '%H:%M')"},
    {"type": "calculate", "name": "where", "calculation": "${place}"},
    {"type": "calculate", "name": "double", "calculation": "${adults} * 2"},
    {"type": "begin_repeat", "name": "child", VIETNAMESE: "Trẻ em", ENGLISH: "Child", "relevant": "${know}='yes'"},
    {"type": "text", "name": "wish", VIETNAMESE: "Mong gì?", ENGLISH: "Wishes?"},
    {"type": "end_repeat"},
]
WORDS = {
    "vi": SheetWords("Xin hỏi.\n\nTự nguyện.", "Đồng ý", "Không", "Thôn nào?", f"Mã: {CODE_MARK}.", "Cảm ơn"),
    "en": SheetWords("May we ask?", "I agree", "No", "Which village?", f"Code: {CODE_MARK}.", "Thanks"),
}


def nosy() -> str:
    """Make a form that wants to know everything about the phone and its place."""
    settings = {"default_language": "Tiếng Việt (vi)", "instance_name": "concat(${know}, ' ', ${adults})"}
    return make_xform(NOSY, YES_NO, form_id="nosy", **settings)


def serve(xform: str, villages: int = 1, hidden: tuple[str, ...] = ()) -> ServedForm:
    """Make the form of a round."""
    places = tuple((f"id-{number}", f"Thôn {number} & {CODE_MARK}") for number in range(villages))
    words = tuple(WORDS.items())
    return make_served_form(RoundForm("form-12345678", "Đợt <1> & hai", xform, "1-vi-abc", places, hidden, words))


def validate(tmp_path: Path, served: ServedForm) -> None:
    """Have ODK Validate, which comes with pyxform, read the form."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no Java here")
    path = tmp_path / "form.xml"
    path.write_bytes(served.xml)
    jar = files("pyxform.validators.odk_validate").joinpath("bin", "ODK_Validate.jar")
    done = subprocess.run([java, "-jar", str(jar), str(path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Xform is valid" in done.stdout + done.stderr


def odd() -> str:
    """Make a form with what is rarely used: entities, background recordings, groups and repeats of photos only."""
    rows: list[Row] = [
        {"type": "start-geopoint", "name": "began"},
        {"type": "background-audio", "name": "sound"},
        {"type": "text", "name": "n", "label": "N", "save_to": "called"},
        {"type": "begin_group", "name": "outer", "label": "O"},
        {"type": "begin_group", "name": "only_photo", "label": "P"},
        {"type": "image", "name": "photo", "label": "Ảnh"},
        {"type": "end_group"},
        {"type": "end_group"},
        {"type": "begin_repeat", "name": "walk", "label": "Đi"},
        {"type": "geotrace", "name": "way", "label": "Đường"},
        {"type": "end_repeat"},
        {"type": "range", "name": "range", "label": "Từ 1 đến 5", "parameters": "start=1 end=5 step=1"},
        {"type": "select_multiple yn or_other", "name": "several", "label": "Chọn"},
        {"type": "text", "name": "later", "label": "L", "trigger": "${n}", "calculation": "now()"},
        {"type": "integer", "name": "count", "label": "Mấy?"},
        {"type": "begin_repeat", "name": "person", "label": "Người", "repeat_count": "${count}"},
        {"type": "text", "name": "wish", "label": "Mong gì?"},
        {"type": "end_repeat"},
    ]
    book = make_sheets(
        {
            "survey": rows,
            "choices": [{"list_name": "yn", "name": "yes", "label": "Có"}],
            "settings": [{"form_id": "odd", "version": "3", "form_title": "O"}],
            "entities": [{"list_name": "people", "label": "${n}"}],
        }
    )
    return str(convert(BytesIO(book), file_type=".xlsx").xform)


def test_what_is_rarely_used_is_taken_out_as_well() -> None:
    served = serve(odd())
    text = served.xml.decode()
    for word in ("setgeopoint", "recordaudio", "<entity", "saveto", "only_photo\">", "way\"/>"):
        assert word not in text, word
    assert {path.rpartition("/")[2] for path in served.dropped} == {"began", "sound", "photo", "way", "later"}
    asked = [question.name for question in served.form.questions]
    assert asked == ["consent", "n", "range", "several", "several_other", "later", "count", "wish", "code_shown"]


@pytest.mark.parametrize("villages", [1, 3])
@pytest.mark.parametrize("source", ["nosy", "odd", "plain", *(each.code for each in BUILT_IN)])
def test_odk_validate_finds_no_fault(tmp_path: Path, source: str, villages: int) -> None:
    plain = [
        {"type": "select_one yn", "name": "collector", "label": "Biết?"},
        {"type": "text", "name": "b", "label": "?"},
    ]
    choices = [{"list_name": "yn", "name": "yes", "label": "Có"}, {"list_name": "yn", "name": "no", "label": "Không"}]
    makers = {"nosy": nosy, "odd": odd, "plain": lambda: make_xform(plain, choices)}
    validate(tmp_path, serve(makers[source]() if source in makers else read_xform(source), villages))


def test_the_form_tells_its_round_and_keeps_its_version() -> None:
    served = serve(nosy())
    root = XForm(served.xml.decode()).root
    assert (root.getAttribute("id"), root.getAttribute("version")) == ("form-12345678", "1")
    assert "Đợt &lt;1&gt; &amp; hai" in served.xml.decode()
    assert (served.form.form_id, served.form.title) == ("form-12345678", "Đợt <1> & hai")


def test_phones_are_not_asked_for_what_identifies() -> None:
    served = serve(nosy())
    text = served.xml.decode()
    for word in ('"property"', '"timestamp"', 'Params="deviceid', "audit", "instanceName", "<upload", "odk:set"):
        assert word not in text, word
    assert set(served.left_out) == {"photo", "place"}
    form = served.form
    assert [question.name for question in form.questions] == ["consent", "know", "adults", "wish", "code_shown"]
    assert form.binds["/data/g/photo"].required is None, "nobody can fill in what is not asked"
    assert form.binds["/data/meta/instanceID"].preload == "uid", "the id is needed"


def test_copies_of_what_identifies_are_dropped_too() -> None:
    dropped = serve(nosy()).dropped
    named = {path.rpartition("/")[2] for path in dropped}
    assert named == {
        "start", "end", "deviceid", "username", "phonenumber", "email", "photo", "place",
        "copy", "copy_of_copy", "minute", "where", "audit",
    }  # fmt: skip


def test_consent_comes_first_and_everything_hangs_on_it() -> None:
    form = serve(nosy()).form
    assert form.questions[0].path == "/data/collector/consent"
    agreed = "/data/collector/consent = 'yes'"
    for path in ("/data/g", "/data/copy", "/data/collector_end/code_shown"):
        relevant = form.binds[path].relevant
        assert relevant
        assert relevant.source.startswith(agreed), path
    repeated = form.binds["/data/child"].relevant
    assert repeated
    assert repeated.source.startswith(f"{agreed} and (")
    assert "know" in repeated.source


def test_the_code_stands_after_everything_else_in_questions_and_answers() -> None:
    form = serve(nosy()).form
    assert form.questions[-1].path == "/data/collector_end/code_shown"
    assert [child.name for child in form.template.children[0].children][-2:] == ["collector_end", "meta"]


def test_dimensions_that_the_round_leaves_out_are_not_asked(app: Flask, village: Village) -> None:
    open_round(app, village, dimensions="know,do")
    phone = add_phone(app)
    (form,) = phone.list_forms()
    binds = XForm(phone.fetch(form["downloadUrl"]).decode()).binds
    for name in ("discuss", "inspect", "supervise", "benefit"):
        assert binds[f"/data/{name}"].getAttribute("relevant").endswith("(false())"), name
    assert "false()" not in binds["/data/know"].getAttribute("relevant")


def test_words_come_in_every_language_of_the_form_and_odd_ones_are_vietnamese() -> None:
    odd = "label::Cơ Tu (ktv)"
    rows = [{"type": "select_one yn", "name": "know", VIETNAMESE: "Biết?", ENGLISH: "Know?", odd: "…"}]
    served = serve(make_xform(rows, [{**row, odd: "…"} for row in YES_NO], default_language="Tiếng Việt (vi)"))
    said = {
        language: saying.parts[0] for language, saying in served.form.questions[0].label.sayings.items()
    }
    assert said == {
        "Tiếng Việt (vi)": "Xin hỏi.\n\nTự nguyện.", "English (en)": "May we ask?",
        "Cơ Tu (ktv)": "Xin hỏi.\n\nTự nguyện.",
    }  # fmt: skip


def test_a_place_of_the_same_name_in_the_form_is_not_touched() -> None:
    served = serve(make_xform([{"type": "text", "name": "collector", "label": "Ai?"}]))
    assert served.group == "/data/collector_"
    assert [question.path for question in served.form.questions][:2] == ["/data/collector_/consent", "/data/collector"]


def test_what_a_phone_sends_nevertheless_is_dropped(app: Flask, village: Village) -> None:
    survey = open_round(app, village, add_form(app, village, nosy(), know="/data/g/know", adults="/data/g/adults"))
    phone = add_phone(app)
    (form,) = phone.list_forms()
    secrets = ("2026-03-09T08:15:00.123+07:00", "collect:Xyz987", "0905123456", "a@example.org", "Nhíp", "15.9 107.9")
    answers = (
        f"<start>{secrets[0]}</start><end>{secrets[0]}</end><today>2026-03-09</today><deviceid>{secrets[1]}</deviceid>"
        f"<username>{secrets[4]}</username><phonenumber>{secrets[2]}</phonenumber><email>{secrets[3]}</email>"
        f"<g><know>yes</know><adults>3</adults><photo>1741486500.jpg</photo></g><place>{secrets[5]}</place>"
        f"<copy>{secrets[0]}</copy><copy_of_copy>{secrets[0][:16]}</copy_of_copy><minute>08:15</minute>"
        f"<where>{secrets[5]}</where><double>6</double><invented>x</invented>"
        "<child><wish>Cầu treo</wish></child><child><wish>Điện</wish></child>"
    )
    meta = f"<deviceID>{secrets[1]}</deviceID><timeStart>{secrets[0]}</timeStart><instanceName>yes 3</instanceName>"
    assert phone.send(fill(form, answers, meta=meta), audit_csv=b"event,start").status_code == 201
    (row,) = urn_of(app)
    sheet = json.loads(row["sheet"])
    assert json.loads(sheet["answers"]) == {
        "/data/g/know": "yes", "/data/g/adults": "3", "/data/double": "6", "/data/today": "2026-03-09",
        "/data/child[1]/wish": "Cầu treo", "/data/child[2]/wish": "Điện",
    }  # fmt: skip
    assert (sheet["know"], sheet["adults"], sheet["round"]) == ("yes", 3, survey)
    everything = "".join(map(str, row.values()))
    for secret in (*secrets, "Xyz987", CODE, "2026-03-09T", "08:15"):
        assert secret not in everything


def test_a_round_of_several_villages_asks_for_the_village(app: Flask, village: Village) -> None:
    survey = open_round(app, village)
    with services_of(app).database.recording() as recorder:
        unit = {name: value for name, value in rows_of(app, "unit")[0].items() if name in get_kind("unit").field_names}
        other = recorder.add("unit", village.unit, {**unit, "name": "Thôn Pà Lan"})
        recorder.add("round_village", village.unit, {"round": survey, "village": other})
    phone = add_phone(app)
    (form,) = phone.list_forms()
    assert "Thôn Pà Lan" in phone.fetch(form["downloadUrl"]).decode()
    assert phone.send(fill(form, added=f"<village>{other}</village>")).status_code == 201
    assert json.loads(urn_of(app)[0]["sheet"])["village"] == other
    for wrong in ("", "<village>01900000-0000-7000-8000-000000000001</village>"):
        assert phone.send(fill(form, added=wrong)).status_code == 400


@pytest.mark.parametrize(("sent", "kept"), [("2026-03-05", "2026-03-05"), ("1970-01-01", None), ("2999-01-01", None)])
def test_the_day_is_that_of_the_answers_unless_the_clock_is_wrong(
    app: Flask, village: Village, sent: str, kept: str | None
) -> None:
    open_round(app, village)
    phone = add_phone(app)
    (form,) = phone.list_forms()
    sheet = fill(form).replace("<day>2026-03-09</day>", f"<day>{sent}</day>")
    assert phone.send(sheet).status_code == 201
    assert json.loads(urn_of(app)[0]["sheet"])["day"] == (kept or today().isoformat())
