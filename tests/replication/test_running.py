"""One exchange after the other: everything arrives, once, whatever is cut; and the report says what is so."""

from pathlib import Path

import pytest
from sync_scenes import list_bodies

from collector import cache
from collector.query import get_record
from collector.registry import KINDS
from collector.replication.journal import find_heard
from collector.replication.running import accept_centre
from collector.replication.states import count_totals
from replication.scenes import CentreHere, Machine
from sync.errors import DeviceRefused, StorageFull
from sync.heads import list_branches
from sync.offering import read_segment


def test_what_one_laptop_recorded_arrives_on_the_other(one: Machine, two: Machine) -> None:
    programme = one.add_programme()
    sent = one.sync()
    assert sent.is_done
    assert sent.sent > 0
    assert sent.remaining == 0
    received = two.sync()
    assert received.is_done
    assert received.received == sent.sent
    assert one.export() == two.export()
    with two.database.reading() as connection:
        assert get_record(connection, "programme", programme)["name"] == "Đường vào bản"
        assert list(cache.differences(connection, KINDS)) == []


def test_a_second_exchange_changes_nothing(one: Machine, centre: CentreHere) -> None:
    one.add_programme()
    one.sync()
    raw = one.database.storage._connection()
    before = raw.total_changes
    again = one.sync()
    assert (again.sent, again.received, again.remaining) == (0, 0, 0)
    assert raw.total_changes - before == 1  # the journal says when it was


@pytest.mark.parametrize("how", ["before", "after"])
def test_cut_at_every_call_everything_arrives_once(centre: CentreHere, one: Machine, two: Machine, how: str) -> None:
    programmes = [one.add_programme(f"Dự án {number}") for number in range(3)]
    one.attach(programmes[0], b"\xff\xd8\xff" + b"x" * 100_000)
    for number in range(1, 12):
        cut = one.sync(lambda _, at, number=number: how if at == number else "")
        if cut.is_done:
            break
        assert [problem.code for problem in cut.problems] == ["connection_lost"]
        one.rename(programmes[1], f"Dự án đổi tên {number}")
    assert one.sync().is_done
    assert two.sync().is_done
    assert one.export() == two.export() != b""
    with centre.database.reading() as there, one.database.reading() as here:
        assert there.value("SELECT count(*) FROM revision") == here.value("SELECT count(*) FROM revision")
        assert count_totals(here).only_here == 0


@pytest.mark.parametrize(("where", "is_heard"), [("talk", False), ("describe", True)])
def test_what_was_received_before_a_cut_is_dated_by_that_exchange(one: Machine, where: str, is_heard: bool) -> None:
    one.attach(one.add_programme(), b"\xff\xd8\xff")
    assert not one.sync(lambda name, _: "before" if name == where else "").is_done
    with one.database.reading() as connection:
        assert (count_totals(connection).received > 0) == is_heard
        assert (find_heard(connection) is not None) == is_heard


def test_files_travel_behind_the_records_small_ones_first(one: Machine, two: Machine) -> None:
    programme = one.add_programme()
    one.attach(programme, b"\xff\xd8\xff" + b"big" * 60_000, "to.jpg")
    one.attach(programme, b"\xff\xd8\xff small", "nho.jpg")
    first, second = one.cutting(), one.cutting()
    assert one.sync_over(first).files_sent == 2
    assert max(at for at, name in enumerate(first.calls) if name in ("send", "talk")) < first.calls.index("append")
    arrived = two.sync()
    assert arrived.files_received == 2
    assert one.sync_over(second).files_sent == 0
    assert second.calls == ["talk"]


def test_differing_edits_are_told_as_conflicts_once(one: Machine, two: Machine) -> None:
    programme = one.add_programme()
    one.sync()
    two.sync()
    one.rename(programme, "Đường vào bản, đoạn 1")
    two.rename(programme, "Đường vào bản, đoạn 2")
    assert one.sync().conflicts == 0
    assert two.sync().conflicts == 1
    assert one.sync().conflicts == 1
    assert one.sync().conflicts == 0
    assert one.export() == two.export()


def test_a_refused_laptop_still_hands_over_what_it_has(centre: CentreHere, one: Machine) -> None:
    one.sync()
    one.add_programme()
    centre.registry.revoke(one.device)
    report = one.sync()
    assert [problem.code for problem in report.problems] == ["device_refused"]
    assert report.sent == 1
    assert report.refused == 1


def test_a_refused_laptop_hands_over_what_others_wrote_and_the_centre_lost(
    centre: CentreHere, one: Machine, two: Machine, tmp_path: Path
) -> None:
    one.sync()
    centre.image(tmp_path / "image")
    two.add_programme("Của máy kia")
    two.sync()
    one.sync()
    held = list_bodies(centre.database.storage)
    centre.take_image(tmp_path / "image")
    assert list_bodies(centre.database.storage) != held
    centre.registry.revoke(one.device)
    for _ in range(2):
        assert [problem.code for problem in one.sync().problems] == ["device_refused"]
    assert list_bodies(centre.database.storage) == held


def test_without_room_it_ends_and_goes_on_later(one: Machine) -> None:
    one.add_programme()
    full = one.sync(lambda name, at: "before" if name == "send" else "", failure=StorageFull)
    assert [problem.code for problem in full.problems] == ["storage_full"]
    assert full.remaining > 0
    assert full.remaining_records["programme"] == 1
    assert one.sync().is_done


def test_a_step_that_fails_for_itself_lets_the_others_go_on(one: Machine, two: Machine) -> None:
    two.add_programme("Của máy kia")
    two.sync()
    one.add_programme()
    report = one.sync(lambda name, at: "before" if name == "send" else "", failure=DeviceRefused)
    assert [problem.code for problem in report.problems] == ["device_refused"]
    assert report.received > 0


def test_an_old_copy_of_the_centre_is_believed_only_when_a_person_says_so(
    centre: CentreHere, one: Machine, tmp_path: Path
) -> None:
    one.add_programme()
    one.sync()
    centre.image(tmp_path / "image")
    one.add_programme("Sau bản sao")
    one.sync()
    life = centre.centre.begin_life()
    one.sync()
    centre.take_image(tmp_path / "image")
    report = one.sync()
    (problem,) = report.problems
    assert problem.code == "went_backwards"
    assert problem.context["incarnation"] != life
    assert [each.code for each in one.sync().problems] == ["went_backwards"]
    accept_centre(one.laptop, problem.context["incarnation"])
    again = one.sync()
    assert again.is_done
    assert again.sent > 0
    assert again.remaining == 0


def test_what_the_centre_does_not_take_holds_up_nothing_else(one: Machine, two: Machine) -> None:
    one.sync()
    two.sync()
    two.add_programme("Của máy kia, chưa ai chứng")
    two.add_programme("Phần sau")
    with two.database.reading() as connection:
        (branch,) = list_branches(connection, two.device)
        unproven = read_segment(connection, branch, branch.tip.sequence, branch.tip.sequence)
    with one.database.storage.writing() as connection:
        one.laptop.receiver.receive(connection, unproven)
    one.add_programme("Của máy này")
    one.attach(one.add_programme("Có ảnh"), b"\xff\xd8\xff photo")
    report = one.sync()
    assert [problem.code for problem in report.problems] == ["bundle_forged"]
    assert report.sent == 3
    assert report.remaining == 0
    assert report.files_sent == 1
    assert report.waiting == 1
    two.sync()
    healed = one.sync()
    assert healed.waiting == 0
    assert one.sync().is_done
