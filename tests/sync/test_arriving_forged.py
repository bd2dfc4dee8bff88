"""What came of a long answer and was altered, or is none, is not believed."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from arriving_scenes import break_off, open_way
from faults.proxy import Proxy
from sync_scenes import Laptop, ServedCentre, list_bodies

from sync.arriving import Arriving
from sync.errors import AnswerForged, AnswerGone, ConnectionLost
from sync.line import Reply
from sync.wire import PIECE_BYTES


def test_nobody_gets_the_answer_of_another(centre: ServedCentre, reader: Laptop, proxy: Proxy, tmp_path: Path) -> None:
    break_off(reader, proxy, tmp_path / "part", 150_000)
    other = open_way(Laptop(centre, "u1"), proxy, tmp_path / "part")
    with pytest.raises(AnswerGone):
        other._finish(other.arriving)


@pytest.mark.parametrize("place", [70, 30_000, 100_000])
def test_parts_that_were_altered_are_thrown_away_as_a_whole(
    reader: Laptop, proxy: Proxy, tmp_path: Path, place: int
) -> None:
    part = tmp_path / "part"
    break_off(reader, proxy, part, 150_000)
    raw = bytearray(part.read_bytes())
    place += len(raw) - Arriving(part).size
    raw[place] ^= 1
    part.write_bytes(raw)
    reader.sync(open_way(reader, proxy, part))
    assert reader.bodies() == list_bodies(reader.centre.storage)


@pytest.mark.parametrize("content", [b"", b"\0\0", bytes(100_000), b"\xff" * 5_000, secrets.token_bytes(70_000)])
def test_a_file_of_nonsense_is_no_answer(reader: Laptop, proxy: Proxy, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "part").write_bytes(content)
    assert Arriving(tmp_path / "part").question is None
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)


@pytest.mark.parametrize("target", ["answers/", "talk"])
def test_pieces_that_were_altered_on_the_way_are_not_believed(
    reader: Laptop, proxy: Proxy, tmp_path: Path, target: str
) -> None:
    part = tmp_path / "part"
    transport = open_way(reader, proxy, part)
    exchange = transport.line.exchange
    transport.line.exchange = lambda *said: spoil(target, said[1], exchange(*said))  # type: ignore[method-assign]
    with pytest.raises(ConnectionLost):
        reader.sync(transport)
    assert reader.bodies() == []
    reader.sync(open_way(reader, proxy, part))
    assert reader.bodies() == list_bodies(reader.centre.storage)


def spoil(wanted: str, target: str, reply: Reply) -> Reply:
    """Alter a long answer, or the first piece of one."""
    is_meant = wanted in target and len(reply.body) >= PIECE_BYTES
    return reply._replace(body=reply.body[:-1] + bytes([reply.body[-1] ^ 1])) if is_meant else reply


RANGES = [
    "", "bytes 0-9/100", "bytes 0-61439/61440", "bytes 0-61439/*", "bytes 1-61439/90000", "bytes 0-61439/999999999",
]  # fmt: skip


@pytest.mark.parametrize("said", RANGES)
def test_a_first_piece_that_is_none_is_not_from_the_centre(
    reader: Laptop, proxy: Proxy, tmp_path: Path, said: str
) -> None:
    transport = open_way(reader, proxy, tmp_path / "part")
    exchange = transport.line.exchange

    def lie(*asked: Any) -> Reply:
        reply = exchange(*asked)
        if reply.status == 206:
            reply.headers.replace_header("Content-Range", said)
        return reply

    transport.line.exchange = lie  # type: ignore[method-assign]
    with pytest.raises(AnswerForged):
        reader.sync(transport)
    assert not (tmp_path / "part").exists()
