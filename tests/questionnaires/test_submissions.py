"""Sheets come in and go out as XML: the same answers both ways, nothing that tells of the device, no hostile XML."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import CollectorError
from collector.questionnaires.errors import SubmissionRefused, XmlRefused
from collector.questionnaires.form import Form
from collector.questionnaires.nodes import MAX_DEPTH, read_xml
from collector.questionnaires.submission import read_submission, read_submission_head
from questionnaires.workbooks import Row
from questionnaires.xforms import ask, make_form

ROWS: list[Row] = [
    {"type": "start", "name": "start"},
    {"type": "deviceid", "name": "device"},
    {"type": "username", "name": "user"},
    {"type": "text", "name": "name", "label": "Tên"},
    {"type": "select_multiple yn", "name": "many", "label": "Nhiều"},
    {"type": "text", "name": "why", "label": "Vì sao", "relevant": "selected(${many}, 'no')"},
    {"type": "begin repeat", "name": "child", "label": "Con"},
    {"type": "text", "name": "age", "label": "Tuổi"},
    {"type": "end repeat"},
    {"type": "image", "name": "photo", "label": "Ảnh"},
]
HEAD = '<data id="test" version="1" xmlns:orx="http://openrosa.org/xforms">'
META = "<orx:meta><orx:instanceID>uuid:a-1</orx:instanceID></orx:meta></data>"


@pytest.fixture(scope="module")
def form() -> Form:
    """A form with a repeated group, a photo and what phones add by themselves."""
    return make_form(*ROWS)


def test_what_was_written_is_read_back(form: Form) -> None:
    interview = ask(form)
    interview.answer("/data/name", "Bhơ <&> \"'")
    interview.answer("/data/many", ["yes", "no"])
    read = read_submission(interview.to_submission_xml("uuid:a-1").encode(), form)
    assert (read.form_id, read.version, read.instance_id, read.deprecated_id) == ("test", "1", "uuid:a-1", "")
    assert read.answers["/data/name"] == "Bhơ <&> \"'"
    assert read.answers["/data/many"] == "yes no"
    assert read.answers["/data/why"] == "", "asked and left empty"


def test_what_was_not_asked_is_not_there(form: Form) -> None:
    read = read_submission(f"{HEAD}<name>a</name>{META}".encode(), form)
    assert read.answers == {"/data/name": "a"}


def test_device_owner_and_minute_are_dropped(form: Form) -> None:
    xml = f"{HEAD}<start>2026-03-09T19:42:05</start><device>imei:1</device><user>Bhơ</user><name>a</name>{META}"
    assert read_submission(xml.encode(), form).answers == {"/data/name": "a"}


def test_repeated_groups_keep_their_positions_and_files_are_named(form: Form) -> None:
    xml = f"{HEAD}<child><age>5</age></child><child><age>7</age></child><photo>1.jpg</photo><odd>x</odd>{META}"
    read = read_submission(xml.encode(), form)
    assert read.answers == {"/data/child[1]/age": "5", "/data/child[2]/age": "7", "/data/photo": "1.jpg"}
    assert read.files == ("1.jpg",)


def test_an_edit_names_what_it_replaces(form: Form) -> None:
    meta = META.replace("</orx:meta>", "<orx:deprecatedID>uuid:a-0</orx:deprecatedID></orx:meta>")
    assert read_submission(f"{HEAD}{meta}".encode(), form).deprecated_id == "uuid:a-0"


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (f"{HEAD.replace('test', 'other')}{META}", "other_form"),
        (f"{HEAD.replace('data', 'date')}{META.replace('data', 'date')}", "other_form"),
        (HEAD.replace(' version="1"', ' version="2"') + META, "other_version"),
        (f"{HEAD}</data>", "no_instance_id"),
        (f"{HEAD}{META.replace('uuid:a-1', '../../etc')}", "odd_instance_id"),
        (f"{HEAD}<name>{'x' * 20_001}</name>{META}", "value_too_long"),
        ("<data/>", "no_form_id"),
    ],
)
def test_what_does_not_belong_to_the_form_is_refused(form: Form, xml: str, reason: str) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        read_submission(xml.encode(), form)
    assert refused.value.context["reason"] == reason


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "not_xml"),
        (b"<data", "not_xml"),
        (b"\xff\xfe<\0d\0", "not_xml"),
        (b'<?xml version="1.0" encoding="martian"?><data id="test"/>', "not_xml"),
        (b'<!DOCTYPE data [<!ENTITY a "b">]><data id="test">&a;</data>', "doctype"),
        (b'<!DOCTYPE data SYSTEM "file:///etc/passwd"><data id="test"/>', "doctype"),
        (b"<a>" * (MAX_DEPTH + 5) + b"</a>" * (MAX_DEPTH + 5), "too_deep"),
        (b"<a>" + b"<b/>" * 70_000 + b"</a>", "too_deep"),
        (b"<a>" + b"x" * 1_100_000 + b"</a>", "too_large"),
    ],
)
def test_hostile_xml_is_refused(xml: bytes, reason: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        read_submission_head(xml)
    assert refused.value.context["reason"] == reason


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_raise_anything_but_our_own_errors(data: bytes) -> None:
    for xml in (data, HEAD.encode() + data + META.encode()):
        try:
            read_submission_head(xml)
            Form.parse(xml.decode(errors="replace"))
        except CollectorError:
            continue


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=60), many=st.lists(st.sampled_from(["yes", "no"]), max_size=3))
def test_any_answer_survives_the_round_trip(form: Form, name: str, many: list[str]) -> None:
    interview = ask(form)
    for path, raw in (("/data/name", name), ("/data/many", many)):
        assert interview.answer(path, raw) is None
    written = interview.to_submission_xml("uuid:1")
    kept = {path: value for path, value in interview.answers().items() if "/child/" not in path}
    read = {path: value for path, value in read_submission(written.encode(), form).answers.items() if "[" not in path}
    assert read | {"/data/photo": ""} == {path: value.strip() for path, value in kept.items()} | {"/data/photo": ""}


def test_mixed_words_keep_their_order() -> None:
    assert read_xml("<a>one <b>two</b> three</a>").children[0].value == "one two three"
