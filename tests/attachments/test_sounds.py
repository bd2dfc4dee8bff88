"""Recordings are known by their bytes and lose what they say beside the sound."""

import io
import struct
import wave

import pytest

from collector.attachments.formats import FileNotKnown, Format, read_format
from collector.attachments.sounds import M4A, MP3, OGG, WAV, find_sound, strip_sound
from collector.attachments.store import read_upload

FRAME = b"\xff\xfb\x90\x64" + b"\x55" * 413


def make_wav(seconds: float = 0.1) -> bytes:
    """Make a recording of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return made.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    """Make a box of an M4A file."""
    return struct.pack(">I", len(content) + 8) + kind + content


def make_m4a(brand: bytes = b"M4A ", handler: bytes = b"soun", place: bytes = b"+15.88+108.33/") -> bytes:
    """Make the skeleton of a telephone's recording that says where it was made."""
    track = box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12)))
    moov = box(b"moov", track + box(b"udta", box(b"\xa9xyz", place)))
    return box(b"ftyp", brand + b"\0" * 8) + moov + box(b"mdat", b"\x21" * 64)


@pytest.mark.parametrize(
    ("data", "media_type", "suffix"),
    [
        (FRAME * 3, MP3, ".mp3"),
        (b"ID3\x04\0\0\0\0\0\x05hello" + FRAME, MP3, ".mp3"),
        (b"OggS\0\x02" + b"\0" * 22 + b"OpusHead" + b"\0" * 90, OGG, ".ogg"),
        (make_m4a(), M4A, ".m4a"),
        (make_m4a(b"mp42"), M4A, ".m4a"),
        (make_wav(), WAV, ".wav"),
    ],
)
def test_recordings_are_known_by_their_bytes(data: bytes, media_type: str, suffix: str) -> None:
    assert read_format(data) == Format(media_type)
    assert read_format(data).suffix == suffix


@pytest.mark.parametrize(
    "data",
    [
        make_m4a(b"isom", b"vide"),
        b"OggS\0\x02" + b"\0" * 22 + b"\x80theora" + b"\0" * 90,
        b"\xff\xff\xff\xff",
        b"\xff\xfb",
        b"RIFF\0\0\0\0AVI LIST",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    ],
)
def test_films_and_drawings_with_script_are_no_recordings(data: bytes) -> None:
    assert find_sound(data) == ""
    with pytest.raises(FileNotKnown):
        read_format(data)


def test_a_recording_does_not_tell_where_it_was_made() -> None:
    m4a = make_m4a()
    stripped = strip_sound(m4a, M4A)
    assert b"+15.88" in m4a
    assert b"+15.88" not in stripped
    assert len(stripped) == len(m4a), "the sound stays where the tables say it is"
    assert stripped.endswith(m4a[-64:])
    mp3 = b"ID3\x04\0\0\0\0\0\x05place" + FRAME + b"TAG" + b"y" * 125
    assert strip_sound(mp3, MP3) == FRAME
    wav = make_wav()
    noted = wav[:12] + b"LIST" + struct.pack("<I", 6) + b"secret" + wav[12:]
    assert strip_sound(noted, WAV) == wav


@pytest.mark.parametrize("cut", [3, 9, 11, 30, 47, 60])
def test_a_cut_recording_breaks_nothing(cut: int) -> None:
    for data, media_type in ((make_m4a(), M4A), (make_wav(), WAV), (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + FRAME, MP3)):
        assert isinstance(strip_sound(data[:cut], media_type), bytes)


def test_a_recording_belongs_to_a_questionnaire_only_by_its_role() -> None:
    new = read_upload("questionnaire", "x", "media", name="know.MP3", data=FRAME)
    assert (new.name, new.media_type) == ("know.mp3", MP3)
    for role in ("photo", "signed_scan", "pdf"):
        with pytest.raises(FileNotKnown):
            read_upload("meeting", "x", role, name="a.mp3", data=FRAME)
    with pytest.raises(FileNotKnown):
        read_upload("questionnaire", "x", "media", name="a.pdf", data=b"%PDF-1.7\n")
