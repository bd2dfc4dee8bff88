"""Pictures lose what they say about place and camera, and nothing of what they show."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from attachments.pictures import PLACE, make_exif, make_picture, make_telephone_photo, pixels_of
from collector.attachments.formats import JPEG, PDF, PNG, WEBP
from collector.attachments.privacy import strip_metadata


def test_a_photo_of_a_telephone_loses_the_place_and_keeps_every_pixel() -> None:
    photo = make_telephone_photo()
    stripped = strip_metadata(photo, JPEG)
    assert PLACE in photo
    assert PLACE not in stripped
    assert b"Telephone" not in stripped
    assert b"trailer" not in stripped
    assert pixels_of(stripped) == pixels_of(photo)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_stays_turned(orientation: int) -> None:
    stripped = strip_metadata(make_telephone_photo(orientation), JPEG)
    exif = Image.open(io.BytesIO(stripped)).getexif()
    assert exif.get(0x0112, 1) == orientation
    assert set(exif) <= {0x0112}


def test_the_colours_of_a_photo_stay() -> None:
    stripped = Image.open(io.BytesIO(strip_metadata(make_telephone_photo(), JPEG)))
    assert stripped.info["icc_profile"] == b"colours" * 20


def test_a_progressive_photo_keeps_all_its_scans() -> None:
    photo = make_picture(progressive=True, exif=make_exif())
    assert pixels_of(strip_metadata(photo, JPEG)) == pixels_of(photo)


def test_a_png_loses_its_texts() -> None:
    info = PngInfo()
    info.add_text("Location", PLACE.decode())
    info.add_itxt("XML:com.adobe.xmp", PLACE.decode())
    picture = make_picture("PNG", pnginfo=info, exif=make_exif()) + PLACE
    stripped = strip_metadata(picture, PNG)
    assert PLACE not in stripped
    assert pixels_of(stripped) == pixels_of(picture)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_loses_its_exif(lossless: bool) -> None:
    picture = make_picture("WEBP", lossless=lossless, exif=make_exif(), xmp=PLACE)
    stripped = strip_metadata(picture, WEBP)
    assert PLACE not in stripped
    assert not Image.open(io.BytesIO(stripped)).getexif()
    assert pixels_of(stripped) == pixels_of(picture)


def test_stripping_twice_changes_nothing() -> None:
    once = strip_metadata(make_telephone_photo(), JPEG)
    assert strip_metadata(once, JPEG) == once


def test_a_pdf_stays_as_it_is() -> None:
    assert strip_metadata(b"%PDF-1.7 " + PLACE, PDF) == b"%PDF-1.7 " + PLACE


@given(st.integers(0, 2_000), st.binary(max_size=40))
def test_a_photo_cut_in_the_middle_does_not_hang_or_fail(cut: int, rubbish: bytes) -> None:
    photo = make_picture()
    header = photo.index(b"\xff\xda") + 14
    data = photo[: max(header, cut)] + rubbish
    assert strip_metadata(data, JPEG).endswith(b"\xff\xd9")
