"""Takes out of a picture what it says beside the picture: where it was taken, by which telephone, when. Pure.

A photo of a meeting must not tell the place of somebody's house to whoever receives it. The pixels stay untouched,
byte for byte. Of a JPEG only what is needed to show it is kept (JFIF, colours, tables, scans) and, when the camera
was turned, a new entry that says how; everything after the picture's end is cut off. PDFs are left as they are.
"""

import struct
from typing import Final

from collector.attachments.formats import JPEG, PNG, WEBP, list_segments

_KEPT_APPS: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_COMMENT: Final = 0xFE
_PNG_DROPPED: Final = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_DROPPED: Final = {b"EXIF", b"XMP "}
_WEBP_FLAGS: Final = 0x08 | 0x04
_ORIENTATION_TAG: Final = 0x0112
_TURNED: Final = range(2, 9)


def strip_metadata(data: bytes, media_type: str) -> bytes:
    """Give the same picture without what it says about place, time and camera."""
    strippers = {JPEG: _strip_jpeg, PNG: _strip_png, WEBP: _strip_webp}
    return strippers[media_type](data) if media_type in strippers else data


def _strip_jpeg(data: bytes) -> bytes:
    segments = list_segments(data)
    kept = [b"\xff\xd8"]
    orientation = 1
    for marker, begin, end in segments:
        if marker == 0xE1:
            orientation = _read_orientation(data[begin + 4 : end]) or orientation
        elif _is_kept(marker, data[begin + 4 : end]):
            kept.append(data[begin:end])
    if orientation in _TURNED:
        kept.insert(2 if kept[1][1] == 0xE0 else 1, _orientation_segment(orientation))
    scans = data[segments[-1][2] : _end_of_jpeg(data, segments[-1][2])]
    return b"".join([*kept, scans, b"\xff\xd9"])


def _is_kept(marker: int, content: bytes) -> bool:
    if marker == _COMMENT:
        return False
    if 0xE0 <= marker <= 0xEF:
        return marker in _KEPT_APPS and content.startswith(_KEPT_APPS[marker])
    return True


def _end_of_jpeg(data: bytes, position: int) -> int:
    """Find the marker that ends the picture, passing over the scans; the file's end if it is missing."""
    while (position := data.find(b"\xff", position)) >= 0 and position + 1 < len(data):
        marker = data[position + 1]
        if marker == 0xD9:
            return position
        if marker == 0xFF:
            position += 1
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD7:
            position += 2
        else:
            length = struct.unpack(">H", data[position + 2 : position + 4].rjust(2, b"\0"))[0]
            position += 2 + max(2, length)
    return len(data)


def _read_orientation(content: bytes) -> int:
    """Read from an EXIF segment how the camera was turned (1 to 8); 0 if it does not say."""
    if not content.startswith(b"Exif\0\0"):
        return 0
    tiff = content[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order:
        return 0
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for number in range(min(entries, 200)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * number)
            if tag == _ORIENTATION_TAG:
                return int(value)
    except struct.error:
        return 0
    return 0


def _orientation_segment(orientation: int) -> bytes:
    """Make an EXIF segment that holds the orientation and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION_TAG, 3, 1, orientation, 0)
    content = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def _strip_png(data: bytes) -> bytes:
    kept = [data[:8]]
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, end = data[position + 4 : position + 8], position + 12 + length
        if kind not in _PNG_DROPPED:
            kept.append(data[position:end])
        if kind == b"IEND":
            break
        position = end
    return b"".join(kept)


def _strip_webp(data: bytes) -> bytes:
    kept: list[bytes] = []
    position = 12
    while position + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, position + 4)
        kind, end = data[position : position + 4], position + 8 + length + length % 2
        if kind == b"VP8X":
            flags = data[position + 8] & ~_WEBP_FLAGS
            kept.append(data[position : position + 8] + bytes([flags]) + data[position + 9 : end])
        elif kind not in _WEBP_DROPPED:
            kept.append(data[position:end])
        position = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
