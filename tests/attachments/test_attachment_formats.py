"""What a file is, read from its bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attachments.pictures import make_picture
from collector.attachments.formats import (
    FileBroken,
    FileHeic,
    FileNotKnown,
    Format,
    PictureTooLarge,
    read_format,
)
from collector.errors import CollectorError


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (make_picture("JPEG", (41, 23)), Format("image/jpeg", 41, 23)),
        (make_picture("JPEG", (41, 23), progressive=True), Format("image/jpeg", 41, 23)),
        (make_picture("PNG", (41, 23)), Format("image/png", 41, 23)),
        (make_picture("WEBP", (41, 23)), Format("image/webp", 41, 23)),
        (make_picture("WEBP", (41, 23), lossless=True), Format("image/webp", 41, 23)),
        (make_picture("WEBP", (41, 23), exif=b"Exif\0\0MM"), Format("image/webp", 41, 23)),
        (b"%PDF-1.7\n...", Format("application/pdf")),
    ],
)
def test_the_bytes_tell_type_and_size(data: bytes, found: Format) -> None:
    assert read_format(data) == found


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif"])
def test_a_photo_of_an_apple_telephone_is_refused_by_its_own_name(brand: bytes) -> None:
    with pytest.raises(FileHeic):
        read_format(b"\0\0\0\x18ftyp" + brand + b"\0" * 40)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"GIF89a" + b"\0" * 30, b"MZ\x90", b"\0\0\0\x18ftypisom" + b"\0" * 40]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(FileNotKnown):
        read_format(data)


def test_a_page_that_begins_like_a_picture_is_refused() -> None:
    with pytest.raises(FileBroken):
        read_format(b"\xff\xd8\xff<script>alert(1)</script>")


def test_a_small_file_with_a_huge_picture_is_refused_before_decoding() -> None:
    bomb = bytearray(make_picture("PNG"))
    bomb[16:24] = struct.pack(">II", 100_000, 100_000)
    with pytest.raises(PictureTooLarge):
        read_format(bytes(bomb))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_without_width_is_refused(file_format: str) -> None:
    data = make_picture(file_format, (41, 23))
    empty = {"JPEG": (struct.pack(">HH", 23, 41), 4), "PNG": (struct.pack(">II", 41, 23), 8)}
    if file_format == "WEBP":
        position = data.index(b"\x9d\x01\x2a") + 3
        empty["WEBP"] = (data[position : position + 4], 4)
    known, length = empty[file_format]
    with pytest.raises(FileBroken):
        read_format(data.replace(known, b"\0" * length, 1))


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 800), st.binary(max_size=30))
def test_a_cut_or_changed_picture_gives_a_format_or_a_refusal(file_format: str, cut: int, rubbish: bytes) -> None:
    data = make_picture(file_format)[:cut] + rubbish
    try:
        assert read_format(data).width >= 0
    except CollectorError as error:
        assert error.code in {"file_not_known", "file_broken", "picture_too_large", "file_heic"}
