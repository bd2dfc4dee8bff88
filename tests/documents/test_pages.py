"""HTML pages: what they link, what they never hold, and which paper makes which document."""

import re
from pathlib import Path

import pytest

from collector.documents import DOCUMENTS, render_html
from collector.documents.content import OpinionEntry
from collector.documents.errors import InvalidPaper, InvalidQrText, UnknownDocument, WrongPaper

from .paper_factories import ALL_DOCUMENTS, SNAPSHOT_ID, make_meeting, make_tally

STATIC = Path(__file__).resolve().parents[2] / "collector" / "static" / "print"


def test_every_document_has_an_example():
    assert set(ALL_DOCUMENTS) == set(DOCUMENTS)


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_page_passes_a_strict_content_security_policy(name):
    html = render_html(name, ALL_DOCUMENTS[name], draft=False, snapshot_id=SNAPSHOT_ID)
    assert "<script" not in html
    assert "<style" not in html
    assert not re.search(r"<[^>]*\sstyle=", html)
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert not re.search(r"\b(src|href)=\"(?!/static/print/)", html)


@pytest.mark.parametrize("draft", [True, False])
def test_linked_style_sheets_exist(draft):
    html = render_html("minutes", make_meeting(is_demo=True), draft=draft)
    links = re.findall(r'href="/static/print/([^"]+)"', html)
    assert links == (["paper.css", "draft.css", "demo.css"] if draft else ["paper.css", "demo.css"])
    assert all((STATIC / name).is_file() for name in links)


def test_page_states_its_language():
    assert '<html lang="vi">' in render_html("minutes", make_meeting(), draft=False)


def test_text_of_people_is_never_markup():
    opinion = OpinionEntry(number=1, text="<script>alert(1)</script><img src='http://example.invalid/x'>")
    html = render_html("minutes", make_meeting(opinions=(opinion,), subject='<b title="x">họp'), draft=False)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b " not in html
    assert "&lt;script&gt;" in html


def test_characters_that_turn_or_hide_text_are_not_printed():
    html = render_html("minutes", make_meeting(place="Nhà\u202egươl\x00\x07"), draft=False)
    assert "Nhàgươl" in html


def test_draft_carries_no_code():
    assert "<svg" in render_html("minutes", make_meeting(), draft=False, snapshot_id=SNAPSHOT_ID)
    assert "<svg" not in render_html("minutes", make_meeting(), draft=True, snapshot_id=SNAPSHOT_ID)
    assert "<svg" not in render_html("minutes", make_meeting(), draft=False)


def test_unknown_document_is_refused():
    with pytest.raises(UnknownDocument):
        render_html("../base", make_meeting(), draft=False)


def test_document_refuses_another_paper():
    with pytest.raises(WrongPaper):
        render_html("minutes", make_tally(), draft=False)


def test_time_that_is_none_is_refused():
    with pytest.raises(InvalidPaper):
        render_html("minutes", make_meeting(started_local="tối qua"), draft=False)


def test_snapshot_id_with_other_characters_is_refused():
    with pytest.raises(InvalidQrText):
        render_html("minutes", make_meeting(), draft=False, snapshot_id="a:b")
