"""Tests of reading tables: encodings, delimiters, workbooks, rubbish and bombs."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from collector.units import tables
from collector.units.tables import (
    TableEmpty,
    TableOldExcel,
    TableTooLarge,
    TableUnreadable,
    read_table,
    read_text,
)

TEXT = "Số;Chủ hộ;Giới tính\n1;Alăng Bhuốch;Nam\n2;Zơrâm Thị Đươi;Nữ\n"
CELLS = [("Số", "Chủ hộ", "Giới tính"), ("1", "Alăng Bhuốch", "Nam"), ("2", "Zơrâm Thị Đươi", "Nữ")]


def cells_of(data: bytes) -> list[tuple[str, ...]]:
    return [line.cells for line in read_table(data)]


def make_workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_encoding_gives_the_same_cells(encoding: str) -> None:
    assert cells_of(TEXT.encode(encoding)) == CELLS


def test_windows_1258_is_read_and_composed() -> None:
    text = "Số;Chủ hộ\n1;Alăng Bhuốch\n"
    raw = b"S\xf4\xec;Ch\xfb\n"  # not how it is written: the tone stands after its vowel
    assert cells_of(raw)[0][0] == "Số"
    decomposed = text.replace("ố", "ô\u0301").replace("ủ", "u\u0309").replace("ộ", "ô\u0323")
    assert cells_of(decomposed.encode("cp1258"))[1] == ("1", "Alăng Bhuốch")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_below_a_title(delimiter: str) -> None:
    text = "DANH SÁCH HỘ\n\n" + TEXT.replace(";", delimiter)
    assert [line.cells for line in read_text(text)][1:] == CELLS
    assert [line.number for line in read_text(text)] == [1, 3, 4, 5]


def test_the_line_of_excel_that_names_the_delimiter_is_obeyed() -> None:
    assert read_text("sep=;\nA, a;B, b, b\n")[1].cells == ("A, a", "B, b, b")


def test_a_quoted_cell_may_hold_the_delimiter() -> None:
    assert read_text('1;"Alăng; Bhuốch"\n')[0].cells == ("1", "Alăng; Bhuốch")


def test_a_workbook_gives_text_with_whole_numbers() -> None:
    data = make_workbook(("Số", "Chủ hộ"), (1, "Alăng Bhuốch"), (2.0, "  Zơrâm   Thị Nga "), (None, None))
    assert cells_of(data) == [("Số", "Chủ hộ"), ("1", "Alăng Bhuốch"), ("2", "Zơrâm Thị Nga")]


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b";;;\n;;", make_workbook((None,))])
def test_nothing_is_said_to_be_nothing(data: bytes) -> None:
    with pytest.raises(TableEmpty):
        read_table(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02",
        b"PK\x03\x04 but no archive",
        b"%PDF-1.7\n\x00\x01\x02",
    ],
)
def test_rubbish_is_unreadable(data: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_table(data)


def test_an_archive_that_is_no_workbook_is_unreadable() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("notes.txt", "no workbook")
    with pytest.raises(TableUnreadable):
        read_table(written.getvalue())


def test_a_damaged_workbook_is_unreadable() -> None:
    whole = make_workbook(("Số", "Chủ hộ"), *((n, "Alăng Bhuốch") for n in range(200)))
    with pytest.raises(TableUnreadable):
        read_table(whole[:-300])


def test_the_old_format_is_named() -> None:
    with pytest.raises(TableOldExcel):
        read_table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(tables.MAX_UNZIPPED_BYTES + 1))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    assert len(written.getvalue()) < tables.MAX_TABLE_BYTES
    with pytest.raises(TableTooLarge):
        read_table(written.getvalue())


def test_an_archive_of_very_many_parts_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for place in range(tables.MAX_PARTS + 1):
            archive.writestr(f"{place}", "")
    with pytest.raises(TableTooLarge):
        read_table(written.getvalue())


def test_too_many_bytes_and_too_many_rows_are_refused() -> None:
    with pytest.raises(TableTooLarge):
        read_table(b"1;A\n" * (tables.MAX_TABLE_BYTES // 4 + 1))
    with pytest.raises(TableTooLarge):
        read_text("1;A\n" * (tables.MAX_ROWS + 1))


def test_an_escaped_cell_comes_back_as_it_was() -> None:
    assert read_text("1;'=SUM(A1)\n2;'Bhuốch\n")[0].cells == ("1", "=SUM(A1)")
    assert read_text("1;'Bhuốch\n")[0].cells == ("1", "'Bhuốch")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    try:
        lines = read_table(data)
    except (TableEmpty, TableOldExcel, TableTooLarge, TableUnreadable):
        return
    assert lines and all(any(line.cells) for line in lines)
