"""Reading printed files back: the round trip, and files that are not what they seem."""

import hashlib
import io
import zlib

import pypdf
import pytest

from collector.documents import parse_qr_text, read_embedded, sheets
from collector.documents.content import read_paper
from collector.documents.errors import InvalidQrText, SheetUnreadable

from .paper_factories import ALL_DOCUMENTS, SNAPSHOT_ID, make_invitation, make_meeting
from .rendered import render


@pytest.mark.parametrize("name", ALL_DOCUMENTS)
def test_finalised_paper_comes_back_from_its_file(name):
    paper = ALL_DOCUMENTS[name]
    snapshot_id, sha256, data = read_embedded(render(name, paper))
    assert snapshot_id == SNAPSHOT_ID
    assert sha256 == paper.sha256 == hashlib.sha256(data).hexdigest()
    assert read_paper(data) == paper


def test_draft_carries_no_record():
    with pytest.raises(SheetUnreadable):
        read_embedded(render("minutes", make_meeting(), draft=True))


def _rebuild(data: bytes, *, description: str | None = None, name: str = sheets.ATTACHMENT_NAME) -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    file = writer.add_attachment(name, data)
    text = f"COLLECTOR1:{SNAPSHOT_ID}:{hashlib.sha256(data).hexdigest()}" if description is None else description
    file.pdf_object[pypdf.generic.NameObject("/Desc")] = pypdf.generic.TextStringObject(text)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_record_of_another_hash_is_refused():
    assert read_embedded(_rebuild(b"{}")).data == b"{}"
    with pytest.raises(SheetUnreadable):
        read_embedded(_rebuild(b"{}", description=f"COLLECTOR1:{SNAPSHOT_ID}:{'0' * 64}"))


@pytest.mark.parametrize("changes", [{"description": "hello"}, {"name": "other.json"}])
def test_record_that_is_not_ours_is_refused(changes):
    with pytest.raises(SheetUnreadable):
        read_embedded(_rebuild(b"{}", **changes))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + b"<<" * 50_000])
def test_file_that_is_no_pdf_is_refused(data):
    with pytest.raises(SheetUnreadable):
        read_embedded(data)


def test_cut_off_file_is_refused_at_every_length():
    data = render("invitation", make_invitation())
    for length in range(0, len(data) - 200, len(data) // 40):
        with pytest.raises(SheetUnreadable):
            read_embedded(data[:length])


@pytest.mark.slow
def test_flipped_bytes_give_the_record_or_the_error():
    data = bytearray(render("invitation", make_invitation()))
    for place in range(0, len(data), len(data) // 200):
        damaged = bytearray(data)
        damaged[place] ^= 0xFF
        try:
            assert read_embedded(bytes(damaged)).sha256 == make_invitation().sha256
        except SheetUnreadable:
            continue


def test_file_larger_than_the_cap_is_not_parsed(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_PDF_BYTES", 1000)
    with pytest.raises(SheetUnreadable):
        read_embedded(render("invitation", make_invitation()))


def test_record_that_unpacks_beyond_the_cap_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_JSON_BYTES", 10_000)
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    file = writer.add_attachment(sheets.ATTACHMENT_NAME, b"")
    stream = pypdf.generic.StreamObject()
    stream._data = zlib.compress(b"0" * 1_000_000)
    stream[pypdf.generic.NameObject("/Filter")] = pypdf.generic.NameObject("/FlateDecode")
    file.pdf_object["/EF"][pypdf.generic.NameObject("/F")] = writer._add_object(stream)
    text = pypdf.generic.TextStringObject(f"COLLECTOR1:{SNAPSHOT_ID}:{'0' * 64}")
    file.pdf_object[pypdf.generic.NameObject("/Desc")] = text
    packed = io.BytesIO()
    writer.write(packed)
    with pytest.raises(SheetUnreadable, match="too large"):
        read_embedded(packed.getvalue())


def test_qr_text_states_snapshot_and_hash():
    record = parse_qr_text(f"COLLECTOR1:{SNAPSHOT_ID}:{'ab' * 32}\n")
    assert (record.snapshot_id, record.sha256) == (SNAPSHOT_ID, "ab" * 32)
    assert record.short_sha256 == "abab abab abab abab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.invalid",
        "COLLECTOR1:x:y",
        f"COLLECTOR2:x:{'a' * 64}",
        f"COLLECTOR1::{'a' * 64}",
        f"COLLECTOR1:x:{'A' * 64}",
        f"COLLECTOR1:x:{'a' * 65}",
        f"COLLECTOR1:{'x' * 65}:{'a' * 64}",
        f"COLLECTOR1:x\n:{'a' * 64}",
    ],
)
def test_qr_text_of_others_is_refused(text):
    with pytest.raises(InvalidQrText):
        parse_qr_text(text)
