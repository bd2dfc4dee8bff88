"""Long answers that arrive in pieces, over a line that breaks between them."""

from pathlib import Path
from typing import Any

import pytest
from arriving_scenes import Lines, break_off, measure_whole, open_way
from faults.proxy import Proxy
from sync_scenes import Laptop, ServedCentre, list_bodies

from sync.arriving import Arriving
from sync.heads import Ask
from sync.line import Reply
from sync.wire import PART_BYTES, PIECE_BYTES


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


def test_many_epochs_are_asked_about_in_short_answers(centre: ServedCentre, proxy: Proxy) -> None:
    transport = Laptop(centre, "u1").transport(proxy.address)
    sizes: list[int] = []
    talk = transport.talk
    transport.talk = lambda request: sizes.append(len(request.asks)) or talk(request)  # type: ignore[method-assign, func-returns-value]
    found = transport.ask([Ask("device", f"e{number}", ()) for number in range(600)])
    assert len(found.standings) == 600
    assert sizes == [250, 250, 100]
