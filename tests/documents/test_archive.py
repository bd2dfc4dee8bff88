"""What the PDF files carry for archives: profile, fonts, tags, dates, and equal bytes for equal papers.

These are the parts that PDF/A-3b asks for as far as they can be read here; no validator is run.
"""

import io
import os
import re
import subprocess
import sys
import zlib
from dataclasses import replace

import pypdf
import pytest

from collector.documents.content import OpinionEntry

from .paper_factories import ALL_DOCUMENTS, make_invitation, make_meeting, make_rows
from .rendered import render


def _open(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def _walk(value, seen):
    value = value.get_object() if hasattr(value, "get_object") else value
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "/Parent":
                yield from _walk(item, seen)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, seen)


def _list_objects(pdf: bytes):
    reader = _open(pdf)
    return [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]


def _unpack_all(pdf: bytes) -> bytes:
    """Every byte of the file, packed or not."""
    parts = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\nendstream", pdf, re.S):
        try:
            parts.append(zlib.decompressobj().decompress(packed))
        except zlib.error:
            continue
    for found in _list_objects(pdf):
        if hasattr(found, "get_data"):
            parts.append(found.get_data())
    return b"\n".join(parts)


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_file_states_part_3_conformance_b(name):
    metadata = _open(render(name, ALL_DOCUMENTS[name])).root_object["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="B"' in metadata


def test_file_has_one_srgb_output_intent():
    (intent,) = _open(render("minutes", make_meeting())).root_object["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/OutputConditionIdentifier"]
    profile = intent["/DestOutputProfile"]
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"
    assert profile.get_data()[16:20] == b"RGB "


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_every_font_is_embedded_as_a_subset_of_the_own_typeface(name):
    fonts = [found for found in _list_objects(render(name, ALL_DOCUMENTS[name])) if _is(found, "/Font")]
    assert fonts
    for font in fonts:
        assert re.match(r"/[A-Z]{6}\+Paper-Serif", font["/BaseFont"]), font["/BaseFont"]
        if font["/Subtype"] == "/Type0":
            assert "/ToUnicode" in font
            continue
        descriptor = font["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def _is(found, kind):
    return isinstance(found, dict) and found.get("/Type") == kind


def test_file_is_tagged_vietnamese_and_shows_its_title():
    reader = _open(render("minutes", make_meeting(attendance=make_rows(3))))
    root = reader.root_object
    assert root["/Lang"] == "vi"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata.title == "Biên bản: hội nghị đối thoại về công trình nước sạch và đường vào khu sản xuất"
    tags = {found["/S"] for found in _walk(root["/StructTreeRoot"], set()) if _is(found, "/StructElem")}
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= tags
    figure = next(found for found in _walk(root["/StructTreeRoot"], set()) if found_is_figure(found))
    assert figure["/Alt"] == "Mã của bản in"


def found_is_figure(found):
    return _is(found, "/StructElem") and found["/S"] == "/Figure"


def test_dates_are_those_of_the_paper_in_both_places():
    reader = _open(render("minutes", make_meeting()))
    assert reader.metadata["/CreationDate"] == "D:20260209210500+07'00"
    assert reader.metadata["/ModDate"] == "D:20260209210500+07'00"
    metadata = reader.root_object["/Metadata"].get_data().decode()
    assert "<xmp:CreateDate>2026-02-09T21:05:00+07:00</xmp:CreateDate>" in metadata
    assert "<xmp:ModifyDate>2026-02-09T21:05:00+07:00</xmp:ModifyDate>" in metadata


def test_record_is_associated_once_as_the_source():
    root = _open(render("minutes", make_meeting())).root_object
    (specification,) = root["/AF"]
    assert specification["/AFRelationship"] == "/Source"
    assert specification["/F"] == specification["/UF"] == "collector-paper.json"
    embedded = specification["/EF"]["/F"]
    assert embedded["/Subtype"] == "/application/json"
    assert embedded["/Params"]["/ModDate"] == "D:20260209140500Z"
    assert embedded.get_data() == make_meeting().to_json()


def test_nothing_that_archives_forbid_is_in_the_file():
    pdf = render("minutes", make_meeting(is_demo=True), draft=True)
    for found in _list_objects(pdf):
        if isinstance(found, dict):
            assert not {"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/SMask"} & set(found)
            assert found.get("/CA", 1) == 1
            assert found.get("/ca", 1) == 1
    reader = _open(pdf)
    assert "/ID" in reader.trailer
    assert not reader.is_encrypted
    assert "/AF" not in reader.root_object


def test_withheld_name_is_nowhere_in_the_file():
    named = OpinionEntry(number=1, text="Xin sửa đường", speaker_name="Zuram Kinkin")
    withheld = replace(named, speaker_name=None)

    def holds_name(opinion):
        data = _unpack_all(render("minutes", make_meeting(opinions=(opinion,))))
        reader = _open(render("minutes", make_meeting(opinions=(opinion,))))
        text = "".join(page.extract_text() for page in reader.pages)
        return b"Kinkin" in data or "Kinkin".encode("utf-16-be") in data or "Kinkin" in text

    assert holds_name(named)
    assert not holds_name(withheld)


CODE = """
import sys; sys.path.insert(0, "tests")
import hashlib
from documents.paper_factories import SNAPSHOT_ID, make_invitation, make_meeting
from collector.documents import render_pdf
for name, paper in (("minutes", make_meeting()), ("invitation", make_invitation())):
    print(hashlib.sha256(render_pdf(name, paper, draft=False, snapshot_id=SNAPSHOT_ID)).hexdigest())
"""


def test_equal_papers_give_equal_bytes_in_other_processes_and_zones():
    printed = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Ho_Chi_Minh"), ("3", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=environment)
        printed.add(done.stdout)
    assert len(printed) == 1
    assert render("invitation", make_invitation()) == render.__wrapped__("invitation", make_invitation())
