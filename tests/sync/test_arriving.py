"""Long answers that arrive in pieces: on the laptop, at the centre, and over a line that breaks between them."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.proxy import Proxy
from sync_scenes import Laptop, ServedCentre, forget, list_bodies, make_centre, serving

from sync.arriving import Arriving
from sync.client import HttpTransport
from sync.errors import AnswerForged, AnswerGone, ConnectionLost, DeviceRefused
from sync.giving import OwnTip
from sync.heads import Ask
from sync.keeping import KEPT_SECONDS, OTHER, PAGE, KeptAnswers
from sync.line import Reply
from sync.log import Edit
from sync.messages import PullRequest
from sync.pushing import Pusher
from sync.segments import Tip
from sync.signing import hash_content, name_answer
from sync.talking import _has_less
from sync.wire import PART_BYTES, PIECE_BYTES

COUNT = 80
TITLE_BYTES = 3_750


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    made = make_centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def reader(centre: ServedCentre) -> Laptop:
    """A laptop that lacks some 300 kB, which come as one page."""
    writer = Laptop(centre, "u1")
    for number in range(COUNT):
        writer.write(f"a{number}", title=secrets.token_hex(TITLE_BYTES))
    with serving(centre.make_app()) as url:
        writer.sync(writer.transport(url))
    return Laptop(centre, "u1")


@pytest.fixture
def proxy(centre: ServedCentre, reader: Laptop) -> Iterator[Proxy]:
    """A line to the centre that can be cut; nothing has gone over it yet."""
    with serving(centre.make_app()) as url:
        made = Proxy(int(url.rpartition(":")[2]))
        yield made
        made.close()


class Lines:
    """Cuts for a proxy: each connection breaks after so many bytes, those after them never."""

    def __init__(self, *cuts: int | None) -> None:
        self.left = list(cuts)

    def __call__(self) -> int | None:
        return self.left.pop(0) if self.left else None


def open_way(laptop: Laptop, proxy: Proxy, path: Path) -> HttpTransport:
    """Open the way to the centre anew, as after a start of the program."""
    transport = laptop.transport(proxy.address)
    transport.arriving = Arriving(path)
    return transport


def measure_whole(laptop: Laptop, proxy: Proxy, folder: Path) -> int:
    """Give how many bytes come down if nothing breaks, to a laptop like this one."""
    other = Laptop(laptop.centre, laptop.unit)
    other.sync(open_way(other, proxy, folder / "whole"))
    assert other.bodies() == list_bodies(laptop.centre.storage)
    return proxy.bytes_down


def break_off(laptop: Laptop, proxy: Proxy, path: Path, after: int) -> None:
    """Begin to sync over a line that breaks after so many bytes and cannot be opened again."""
    proxy.cuts = Lines(after, *[1] * 8)
    with pytest.raises(ConnectionLost):
        laptop.sync(open_way(laptop, proxy, path))
    proxy.cuts = Lines()


@pytest.mark.parametrize("after", [70_000, 150_000, 300_000])
def test_a_new_program_goes_on_where_the_line_broke(reader: Laptop, proxy: Proxy, tmp_path: Path, after: int) -> None:
    whole = measure_whole(reader, proxy, tmp_path)
    break_off(reader, proxy, tmp_path / "part", after)
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)
    assert proxy.bytes_down - whole <= whole + PART_BYTES


def test_a_line_that_breaks_again_and_again_is_gone_on_with_at_once(
    reader: Laptop, proxy: Proxy, tmp_path: Path
) -> None:
    whole = measure_whole(reader, proxy, tmp_path)
    proxy.cuts = Lines(*[100_000] * 30)
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)
    assert proxy.cut >= 3
    assert proxy.bytes_down - whole <= whole + proxy.cut * PART_BYTES


def test_a_page_that_came_whole_and_was_not_stored_is_not_sent_again(
    reader: Laptop, proxy: Proxy, tmp_path: Path
) -> None:
    whole = measure_whole(reader, proxy, tmp_path)
    dying = open_way(reader, proxy, tmp_path / "part")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    dying.read_page = die  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            reader.sync(dying)
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)
    assert proxy.bytes_down - whole <= whole + PART_BYTES
    assert Arriving(tmp_path / "part").is_whole
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert not (tmp_path / "part").exists()


def test_what_is_sent_meanwhile_does_not_bring_the_page_twice(reader: Laptop, proxy: Proxy, tmp_path: Path) -> None:
    whole = measure_whole(reader, proxy, tmp_path)
    reader.write("b1")
    break_off(reader, proxy, tmp_path / "part", 150_000)
    reader.write("b2")
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)
    assert proxy.bytes_down - whole <= whole + PART_BYTES


def erase(centre: ServedCentre, laptop: Laptop) -> None:
    """Somebody has one of the bodies erased."""
    with centre.storage.writing() as connection:
        centre.log.append(connection, Edit("a7", "meeting", "u1", {}, erases=True))


def widen(centre: ServedCentre, laptop: Laptop) -> None:
    """The laptop may see another unit too."""
    centre.devices.past[laptop.keys.id, centre.devices.scopes[laptop.keys.id].version] = centre.devices.scopes[
        laptop.keys.id
    ]
    centre.devices.add(laptop.keys, centre.keys, "u1", "u2")


def begin_life(centre: ServedCentre, laptop: Laptop) -> None:
    """The centre comes back from a backup."""
    centre.centre.begin_life()


def lose(centre: ServedCentre, laptop: Laptop) -> None:
    """The centre's copy is gone."""
    assert centre.kept is not None
    centre.kept.forget(laptop.keys.id, PAGE)


@pytest.mark.parametrize("change", [erase, widen, begin_life, lose])
def test_what_changed_meanwhile_is_asked_anew(
    centre: ServedCentre,
    reader: Laptop,
    proxy: Proxy,
    tmp_path: Path,
    change: Callable[[ServedCentre, Laptop], None],
) -> None:
    break_off(reader, proxy, tmp_path / "part", 150_000)
    change(centre, reader)
    transport = open_way(reader, proxy, tmp_path / "part")
    assert transport.arriving.size >= PIECE_BYTES
    with pytest.raises(AnswerGone):
        transport._finish(transport.arriving)
    assert not (tmp_path / "part").exists()
    break_off(reader, proxy, tmp_path / "part", 150_000)
    change(centre, reader)
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(centre.storage)


def test_a_revoked_laptop_gets_no_rest(centre: ServedCentre, reader: Laptop, proxy: Proxy, tmp_path: Path) -> None:
    break_off(reader, proxy, tmp_path / "part", 150_000)
    centre.devices.revoked.add(reader.keys.id)
    transport = open_way(reader, proxy, tmp_path / "part")
    with pytest.raises(AnswerGone):
        transport._finish(transport.arriving)
    assert not (tmp_path / "part").exists()
    with pytest.raises(DeviceRefused):
        reader.sync(transport)


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


def test_a_restored_log_gets_what_it_lost(centre: ServedCentre, reader: Laptop, proxy: Proxy, tmp_path: Path) -> None:
    image = bytes(reader.storage._connection().serialize())  # type: ignore[union-attr]
    reader.write("b1")
    Pusher(reader.storage, reader.receiver, reader.transport(proxy.address), reader.packer, forget).push()
    break_off(reader, proxy, tmp_path / "part", 150_000)
    asked = Arriving(tmp_path / "part").question
    assert asked is not None and asked.pull is not None and len(asked.pull.own) == 1
    restored = Laptop(centre, "u1", keys=reader.keys, image=image)
    restored.sync(open_way(restored, proxy, tmp_path / "part"))
    assert len(restored.bodies()) == COUNT + 1
    assert restored.bodies() == list_bodies(centre.storage)


def test_a_full_disk_of_the_laptop_keeps_nothing_and_stops_nothing(
    reader: Laptop, proxy: Proxy, tmp_path: Path
) -> None:
    reader.sync(open_way(reader, proxy, tmp_path / "no such folder" / "part"))
    assert reader.bodies() == list_bodies(reader.centre.storage)


def test_a_full_disk_of_the_centre_gives_the_answer_as_a_whole(
    centre: ServedCentre, reader: Laptop, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "answers").write_bytes(b"no folder")
    reader.sync(open_way(reader, proxy, tmp_path / "part"))
    assert reader.bodies() == list_bodies(centre.storage)
    assert not (tmp_path / "part").exists()


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


def test_no_answer_is_longer_than_what_may_be_sent_again(reader: Laptop, proxy: Proxy, tmp_path: Path) -> None:
    transport = open_way(reader, proxy, tmp_path / "part")
    received = [0]
    exchange = transport.line.exchange

    def count(*asked: Any) -> Reply:
        before = transport.line.received
        reply = exchange(*asked)
        received.append(transport.line.received - before)
        return reply

    transport.line.exchange = count  # type: ignore[method-assign]
    reader.sync(transport)
    assert PIECE_BYTES < max(received) <= PART_BYTES - 2_000


def test_a_short_answer_is_kept_nowhere(centre: ServedCentre, proxy: Proxy, tmp_path: Path) -> None:
    laptop = Laptop(centre, "u2")
    laptop.write("c1")
    laptop.sync(open_way(laptop, proxy, tmp_path / "part"))
    assert not (tmp_path / "part").exists()
    assert not list((tmp_path / "answers").glob(f"{laptop.keys.id}*"))


def make_answer(size: int = 100) -> bytes:
    return secrets.token_bytes(size)


def test_the_centre_keeps_the_last_answers_of_each_device(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path / "answers")
    first, second, talk, other = (make_answer() for _ in range(4))
    assert kept.keep("an", PAGE, "mark", first)
    assert kept.keep("an", OTHER, "mark", talk)
    assert kept.keep("binh", PAGE, "mark", other)
    assert kept.read("an", name_answer(first), "mark", 64, 10) == first[64:74]
    assert kept.keep("an", PAGE, "mark", second)
    assert kept.read("an", name_answer(second), "mark", 0, 1_000) == second
    assert kept.read("an", name_answer(second), "mark", 500, 1_000) == b""
    assert kept.read("an", name_answer(talk), "mark", 0, 1_000) == talk
    assert kept.read("binh", name_answer(other), "mark", 0, 1_000) == other
    for device, name, mark in (
        ("an", name_answer(first), "mark"), ("an", name_answer(second), "another"), ("em", name_answer(second), "mark"),
        ("an", hash_content(b"").hex(), "mark"),
    ):  # fmt: skip
        with pytest.raises(AnswerGone):
            kept.read(device, name, mark, 0, 1_000)
    kept.forget("an", PAGE)
    kept.forget("an", PAGE)
    with pytest.raises(AnswerGone):
        kept.read("an", name_answer(second), "mark", 0, 1_000)
    assert kept.read("an", name_answer(talk), "mark", 0, 1_000) == talk


def test_what_is_old_or_too_much_at_the_centre_goes(tmp_path: Path) -> None:
    now = [time.time()]
    kept = KeptAnswers(tmp_path, lambda: now[0], max_total_bytes=1_000)
    answers = {f"d{number}": make_answer(300) for number in range(6)}
    for number, (device, answer) in enumerate(answers.items()):
        assert kept.keep(device, PAGE, "mark", answer)
        moment = now[0] - 100 + number
        os.utime(tmp_path / f"{device}.{PAGE}", (moment, moment))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["d3", "d4", "d5"]
    assert kept.read("d5", name_answer(answers["d5"]), "mark", 0, 300) == answers["d5"]
    now[0] += KEPT_SECONDS
    with pytest.raises(AnswerGone):
        kept.read("d3", name_answer(answers["d3"]), "mark", 0, 300)
    now[0] += 1_000
    assert kept.keep("new", PAGE, "mark", answers["d0"])
    assert "d3" not in {path.stem for path in tmp_path.iterdir()}


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(b"no folder")
    kept = KeptAnswers(tmp_path / "answers")
    assert not kept.keep("an", PAGE, "mark", make_answer())
    kept.forget("an", PAGE)
    with pytest.raises(AnswerGone):
        kept.read("an", name_answer(make_answer()), "mark", 0, 1)


def test_an_old_part_on_the_laptop_does_not_count(tmp_path: Path, reader: Laptop, proxy: Proxy) -> None:
    break_off(reader, proxy, tmp_path / "part", 150_000)
    assert Arriving(tmp_path / "part").question is not None
    moment = (tmp_path / "part").stat().st_mtime - KEPT_SECONDS - 60
    os.utime(tmp_path / "part", (moment, moment))
    assert Arriving(tmp_path / "part").question is None


def test_a_page_for_somebody_who_had_more_of_its_own_does_not_serve(
    centre: ServedCentre, reader: Laptop, proxy: Proxy, tmp_path: Path
) -> None:
    break_off(reader, proxy, tmp_path / "part", 150_000)
    transport = open_way(reader, proxy, tmp_path / "part")
    question = transport.arriving.question
    assert question is not None and question.pull is not None
    assert transport.is_arriving(lambda asked, pull: (asked, pull) == (question, question.pull))
    own = OwnTip("e", Tip(5, bytes(32)))
    assert _has_less(PullRequest(), PullRequest(own=(own,)))
    assert not _has_less(PullRequest(own=(own,)), PullRequest())
    assert not _has_less(PullRequest(own=(own,)), PullRequest(own=(OwnTip("e", Tip(4, bytes(32))),)))
    assert not transport.is_arriving(lambda asked, pull: False)
    assert not (tmp_path / "part").exists()
    assert transport.resume(PullRequest()) is None
    assert not transport.is_arriving(lambda asked, pull: True)


def test_many_epochs_are_asked_about_in_short_answers(centre: ServedCentre, proxy: Proxy) -> None:
    transport = Laptop(centre, "u1").transport(proxy.address)
    sizes: list[int] = []
    talk = transport.talk
    transport.talk = lambda request: sizes.append(len(request.asks)) or talk(request)  # type: ignore[method-assign, func-returns-value]
    found = transport.ask([Ask("device", f"e{number}", ()) for number in range(600)])
    assert len(found.standings) == 600
    assert sizes == [250, 250, 100]

