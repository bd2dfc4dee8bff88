"""Recordings: told apart by their bytes, and rid of what they say beside the sound. Pure.

MP3, Ogg (Vorbis, Opus), M4A and WAV are known: what telephones and laptops record. A file with moving pictures is none.
What a telephone writes into a recording (place, day, device) is cut off or overwritten. Ogg stays as it is: recorders
write nothing but the name of the encoder there.
"""

from typing import Final

MP3: Final = "audio/mpeg"
OGG: Final = "audio/ogg"
M4A: Final = "audio/mp4"
WAV: Final = "audio/wav"
SOUNDS: Final = frozenset({MP3, OGG, M4A, WAV})
_M4A_BRANDS: Final = {b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"3gp4", b"3gp5", b"3gp6", b"dash"}
_OGG_SOUNDS: Final = (b"\x01vorbis", b"OpusHead", b"Speex   ")
_BOXES_WITH_BOXES: Final = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"}
_BOXES_DROPPED: Final = {b"udta", b"meta", b"uuid"}
_WAV_KEPT: Final = {b"fmt ", b"data", b"fact"}
_HEAD: Final = 64 * 1024
_MAX_BOXES: Final = 10_000


def find_sound(data: bytes) -> str:
    """Give the media type of a recording, or an empty text if it is none that is taken."""
    if data[:4] == b"OggS":
        return OGG if any(mark in data[:200] for mark in _OGG_SOUNDS) and b"theora" not in data[:_HEAD] else ""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return WAV
    if data[4:8] == b"ftyp" and data[8:12] in _M4A_BRANDS:
        return M4A if b"soun" in data and b"vide" not in data else ""
    return MP3 if data[:3] == b"ID3" or _is_mp3_frame(data[:4]) else ""


def _is_mp3_frame(head: bytes) -> bool:
    """Tell whether bytes begin a frame of MPEG audio, layer III (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, samples = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and samples != 3


def strip_sound(data: bytes, media_type: str) -> bytes:
    """Give the same recording without what it says about place, day and device."""
    strippers = {MP3: _strip_mp3, M4A: _strip_m4a, WAV: _strip_wav}
    return strippers[media_type](data) if media_type in strippers else data


def _strip_mp3(data: bytes) -> bytes:
    while data[:3] == b"ID3" and len(data) > 10:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
        data = data[10 + size + (10 if data[5] & 0x10 else 0) :]
    return data[:-128] if data[-128:-125] == b"TAG" else data


def _strip_m4a(data: bytes) -> bytes:
    """Turn the boxes that describe a recording into free space of the same size."""
    changed = bytearray(data)
    pending = [(0, len(data))]
    for _ in range(_MAX_BOXES):
        if not pending:
            break
        position, end = pending.pop()
        if position + 8 > end:
            continue
        size, kind, head = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[position + 8 : position + 16]), 16
        size = end - position if size == 0 else size
        if size < head or position + size > end:
            continue
        pending.append((position + size, end))
        if kind in _BOXES_DROPPED:
            changed[position + 4 : position + 8] = b"free"
            changed[position + head : position + size] = bytes(size - head)
        elif kind in _BOXES_WITH_BOXES:
            pending.append((position + head, position + size))
    return bytes(changed)


def _strip_wav(data: bytes) -> bytes:
    kept, position = [], 12
    while position + 8 <= len(data):
        kind, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + size + size % 2
        if kind in _WAV_KEPT:
            kept.append(data[position:end])
        position = end
    body = b"WAVE" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
