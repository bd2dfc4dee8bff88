"""What came of a long answer does not serve when something changed since."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from arriving_scenes import COUNT, break_off, open_way
from faults.proxy import Proxy
from sync_scenes import Laptop, ServedCentre, forget, list_bodies

from sync.arriving import Arriving
from sync.errors import AnswerGone, DeviceRefused
from sync.giving import OwnTip
from sync.keeping import KEPT_SECONDS, PAGE
from sync.log import Edit
from sync.messages import PullRequest
from sync.pushing import Pusher
from sync.segments import Tip
from sync.talking import _has_less
from sync.wire import PIECE_BYTES


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
