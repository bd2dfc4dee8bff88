"""What a file is, read from its bytes: never from its name or from what the browser claims. Pure.

Only JPEG, PNG, WebP, PDF and recordings (see `sounds`) are known. The size of a picture in pixels is read from its
header, before anything decodes it, so that a small file cannot unfold into a huge picture.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from collector.attachments.sounds import M4A, MP3, OGG, WAV, find_sound
from collector.errors import CollectorError

MAX_PIXELS: Final = 64_000_000
"""More than the largest usual telephone camera; 256 MB once decoded."""
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
PDF: Final = "application/pdf"
SUFFIXES: Final = {
    JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf", MP3: ".mp3", OGG: ".ogg", M4A: ".m4a", WAV: ".wav",
}  # fmt: skip
_HEIF_BRANDS: Final = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1", b"avif", b"avis"}
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FILL: Final = 0xFF


class FileNotKnown(CollectorError):
    """The bytes are of no type that is taken."""

    code = "file_not_known"
    status = 415


class FileHeic(CollectorError):
    """A photo in the format of Apple telephones, which most laptops cannot show."""

    code = "file_heic"
    status = 415


class FileBroken(CollectorError):
    """The file begins like a picture, but its header cannot be read."""

    code = "file_broken"
    status = 422


class PictureTooLarge(CollectorError):
    """A picture has more pixels than a laptop can be asked to show."""

    code = "picture_too_large"
    status = 413


@dataclass(frozen=True, slots=True)
class Format:
    """The type of a file and, for pictures, its width and height in pixels."""

    media_type: str
    width: int = 0
    height: int = 0

    @property
    def suffix(self) -> str:
        """The ending of a file name of this type."""
        return SUFFIXES[self.media_type]


def read_format(data: bytes) -> Format:
    """Tell what a file is.

    :raises FileNotKnown: if it is of no type that is taken.
    :raises FileHeic: if it is a HEIC or AVIF photo.
    :raises FileBroken: if its header makes no sense.
    :raises PictureTooLarge: if it has over 64 million pixels.
    """
    if data.startswith(b"%PDF-"):
        return Format(PDF)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise FileHeic()
    for media_type, begins, read in _PICTURES:
        if begins(data):
            return _checked(media_type, read, data)
    sound = find_sound(data)
    if not sound:
        raise FileNotKnown()
    return Format(sound)


def _checked(media_type: str, read: Callable[[bytes], tuple[int, int]], data: bytes) -> Format:
    try:
        width, height = read(data)
    except (struct.error, IndexError) as error:
        raise FileBroken() from error
    if width < 1 or height < 1:
        raise FileBroken()
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(width=width, height=height, limit_pixels=MAX_PIXELS)
    return Format(media_type, width, height)


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise FileBroken()
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _three(data, 24) + 1, _three(data, 27) + 1
    if chunk == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise FileBroken()


def _three(data: bytes, offset: int) -> int:
    return data[offset] | data[offset + 1] << 8 | data[offset + 2] << 16


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, begin, _ in list_segments(data):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, begin + 5)
            return width, height
    raise FileBroken()


def list_segments(data: bytes) -> list[tuple[int, int, int]]:
    """List the segments of a JPEG before its first scan, as (marker, begin, end), the scan's header last.

    :raises FileBroken: if the segments do not follow each other.
    """
    found: list[tuple[int, int, int]] = []
    position = 2
    while position + 4 <= len(data):
        if data[position] != _FILL:
            raise FileBroken()
        marker = data[position + 1]
        if marker == _FILL or marker in _ALONE:
            position += 1 if marker == _FILL else 2
            continue
        end = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        if end < position + 4 or end > len(data):
            raise FileBroken()
        found.append((marker, position, end))
        if marker == 0xDA:
            return found
        position = end
    raise FileBroken()


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


_PICTURES: Final = (
    (JPEG, lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg_size),
    (PNG, lambda data: data.startswith(_PNG_START), _png_size),
    (WEBP, _is_webp, _webp_size),
)
