"""A served centre and real laptops: who gets what, and what becomes of those who may not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands.runs import copy_demo
from factories import make_plan, services_of
from flask import Flask
from sync_scenes import serving

from central.laptops import RealLaptop, make_commune_laptop
from central.scenes import administrator_of, running_in
from collector.central.pieces import SealedShelf
from collector.errors import CollectorError
from collector.joining.store import join, read_typed
from collector.membership import FILE, read_membership
from collector.query import list_records
from collector.sticks.exchange import read_from, write_onto
from collector.sticks.reading import list_sources
from sync.certificates import REVOCATION
from sync.directory import list_certificates
from sync.errors import AnswerRefused, EnrolmentRefused, StorageFull, SyncError
from sync.log import Edit
from sync.parking import list_papers


@pytest.fixture
def address(centre_app: Flask) -> Iterator[str]:
    """Where the centre is served."""
    with serving(centre_app) as url:
        yield url


@pytest.fixture
def laptop(centre_app: Flask, address: str, tmp_path: Path) -> RealLaptop:
    """The laptop of a village that joined."""
    made = RealLaptop(tmp_path / "village")
    made.join_centre(running_in(centre_app), address)
    return made


def at_centre(app: Flask) -> list[str]:
    """List the names of the programmes that the centre counts."""
    with services_of(app).database.reading() as connection:
        return sorted(row["name"] for row in list_records(connection, "programme"))


def test_a_village_and_its_commune_see_the_same_but_for_sheets(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    laptop.add_programme("Đường vào bản")
    round_id = laptop.open_round()
    sheets = laptop.put_sheets(round_id, 40)
    assert sheets
    report = laptop.exchange()
    assert report.is_done and report.remaining == 0
    commune = make_commune_laptop(tmp_path / "commune")
    commune.join_centre(running_in(centre_app), address)
    assert commune.exchange().is_done
    assert commune.names() == ["Đường vào bản"] == at_centre(centre_app)
    with services_of(centre_app).database.reading() as connection:
        assert len(list_records(connection, "answer_sheet")) == len(sheets)
    with commune.database.reading() as connection:
        assert list_records(connection, "answer_sheet") == []
        assert connection.value("SELECT count(*) FROM revision WHERE kind = 'answer_sheet'") == 0
    commune.add_programme("Của xã")
    assert commune.exchange().is_done and laptop.exchange().is_done
    assert laptop.names() == ["Của xã", "Đường vào bản"]


def test_a_second_laptop_of_a_village_gets_all_of_it(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    laptop.add_programme("Đường vào bản")
    laptop.exchange()
    second = RealLaptop(tmp_path / "second")
    second.join_centre(running_in(centre_app), address, village="Thôn A Rớt")
    assert second.exchange().is_done
    assert second.names() == ["Đường vào bản"]
    second.add_programme("Cầu treo")
    second.exchange()
    laptop.exchange()
    assert laptop.names() == ["Cầu treo", "Đường vào bản"] == second.names()


def test_nobody_writes_the_record_of_another_village_before_that_one_does(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    other = RealLaptop(tmp_path / "other", make_plan(village_name="Thôn Bờ Rồ"))
    other.join_centre(running_in(centre_app), address)
    with laptop.database.recording() as recorder:
        values = {"name": "Của tôi", "same_as": laptop.unit}
        laptop.database.log.append(recorder.connection, Edit(other.unit, "unit", laptop.unit, values))
    laptop.exchange()
    other.add_programme("Đường vào bản")
    other.exchange()
    with services_of(centre_app).database.reading() as connection:
        names = {row["id"]: row["name"] for row in list_records(connection, "unit")}
        assert names[other.unit] == "Thôn Bờ Rồ"
        assert len(names) == 2
    laptop.exchange()
    assert laptop.names() == []


def test_a_commune_takes_no_village_over_by_saying_so(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    with laptop.database.recording() as recorder:
        edit = Edit("private", "speaker_contact", laptop.unit, {"name": "Bríu Thị Ngăm"})
        laptop.database.log.append(recorder.connection, edit)
    laptop.exchange()
    commune = make_commune_laptop(tmp_path / "commune")
    commune.join_centre(running_in(centre_app), address)
    with commune.database.recording() as recorder:
        for said in (laptop.unit, commune.unit):
            edit = Edit(laptop.unit, "unit", said, {"same_as": said})
            commune.database.log.append(recorder.connection, edit)
    for _ in range(3):
        commune.exchange()
    scope = running_in(centre_app).office.registry.find_scope(commune.device)
    assert scope is not None
    assert not scope.reads(laptop.unit, "speaker_contact", "records")
    with commune.database.reading() as connection:
        assert connection.value("SELECT count(*) FROM revision WHERE kind = 'speaker_contact'") == 0


def test_what_a_locked_out_laptop_sends_is_set_aside_and_it_is_given_nothing(
    centre_app: Flask, address: str, laptop: RealLaptop
) -> None:
    laptop.add_programme("Trước khi khóa")
    laptop.exchange()
    running_in(centre_app).office.registry.revoke(laptop.device)
    laptop.add_programme("Sau khi khóa")
    report = laptop.exchange()
    assert "device_refused" in {problem.code for problem in report.problems}
    assert at_centre(centre_app) == ["Trước khi khóa"]
    admin = administrator_of(centre_app)
    listed = admin.get("/set-aside").text
    assert "đã bị khóa" in listed
    where = listed.split('href="/set-aside/', 1)[1].split('"', 1)[0]
    shown = admin.get(f"/set-aside/{where}").text
    assert "Sau khi khóa" in shown and f", máy {laptop.device[:4].upper()}" in shown
    assert "Có 1 mục được để riêng" in admin.get("/laptops").text
    assert admin.post(f"/set-aside/{where}").status_code == 303
    assert at_centre(centre_app) == ["Sau khi khóa", "Trước khi khóa"]
    assert admin.get(f"/set-aside/{where}").status_code == 404


def test_an_old_certificate_on_a_stick_does_not_let_a_locked_out_laptop_in_again(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    lost = RealLaptop(tmp_path / "lost")
    lost.join_centre(running_in(centre_app), address, village="Thôn A Rớt")
    lost.exchange()
    running_in(centre_app).office.registry.revoke(lost.device)
    lost.add_programme("Sau khi khóa")
    stick = tmp_path / "stick"
    stick.mkdir()
    write_onto(lost.folder, lost.database, stick)
    assert laptop.exchange().is_done
    read = read_from(laptop.folder, laptop.database, list_sources(stick))
    assert {each.code for each in read.parked} == {"author_revoked"}
    assert laptop.names() == []
    membership = read_membership(laptop.folder)
    assert membership is not None
    with laptop.database.reading() as connection:
        known = {each.device for each in list_certificates(connection, membership.server)}
        papers = [paper.subject for paper in list_papers(connection) if paper.purpose == REVOCATION]
    assert known == {laptop.device}
    assert papers == [lost.device]


def test_sheets_that_were_set_aside_are_not_shown(centre_app: Flask, laptop: RealLaptop) -> None:
    round_id = laptop.open_round()
    running_in(centre_app).office.registry.revoke(laptop.device)
    laptop.put_sheets(round_id, 40)
    laptop.exchange()
    admin = administrator_of(centre_app)
    with services_of(centre_app).database.reading() as connection:
        row = connection.row(
            "SELECT * FROM quarantine JOIN epoch USING (device, epoch) WHERE lane = 'sheets' ORDER BY sequence"
        )
    assert row is not None
    shown = admin.get(f"/set-aside/{row['device']}/{row['epoch']}/{row['sequence']}").text
    assert "chỉ ở trong thôn" in shown
    assert "Người ghi</dt><dd>chưa hiện" in shown
    for answer in ("yes", round_id):
        assert answer not in shown


def test_a_folder_with_the_membership_of_another_is_not_answered(
    address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    thief = RealLaptop(tmp_path / "thief")
    shutil.copy(laptop.folder.root / FILE, thief.folder.root / FILE)
    report = thief.exchange()
    assert {problem.code for problem in report.problems} == {"device_refused"}
    assert report.received == 0


def test_two_laptops_with_the_same_keys_lose_nothing(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    laptop.add_programme("Trước khi sao")
    laptop.exchange()
    copy = laptop.clone(tmp_path / "copy")
    laptop = RealLaptop(laptop.folder.root)
    laptop.add_programme("Máy gốc")
    copy.add_programme("Máy sao")
    for each in (laptop, copy, laptop, copy, laptop):
        each.exchange()
    everything = ["Máy gốc", "Máy sao", "Trước khi sao"]
    assert at_centre(centre_app) == everything == laptop.names() == copy.names()


def test_a_code_works_once_and_guessing_is_stopped(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    from collector.central.office import Wish
    from collector.joining.sending import send_request
    from collector.phrase import make_code

    running = running_in(centre_app)
    issued = running.office.issue(Wish("20704"))
    first, second = RealLaptop(tmp_path / "first"), RealLaptop(tmp_path / "second")
    typed = read_typed(issued.words, address)
    kept = join(first.folder, first.database, typed, send_request)
    again = join(first.folder, first.database, typed, send_request)
    assert (again.server, again.unit) == (kept.server, kept.unit)
    with pytest.raises(EnrolmentRefused) as caught:
        join(second.folder, second.database, typed, send_request)
    assert caught.value.context["reason"] == "used"
    codes = set()
    for number in range(15):
        words = make_code(lambda size, number=number: bytes([number] * size))  # type: ignore[misc]
        with pytest.raises(SyncError) as refused:
            join(second.folder, second.database, read_typed(words, address), send_request)
        codes.add(refused.value.code)
    assert codes == {"enrolment_refused", "too_many_enrolments"}
    assert read_membership(second.folder) is None


def test_somebody_else_at_the_address_learns_nothing_and_is_not_believed(
    centre_app: Flask, laptop: RealLaptop, tmp_path: Path
) -> None:
    """Another centre that is given the request cannot answer for the one that gave the code."""
    from central.scenes import open_centre, set_up_centre
    from collector.central.office import Wish
    from sync.enrolling import Admitted

    issued = running_in(centre_app).office.issue(Wish("20704"))
    fresh = RealLaptop(tmp_path / "fresh")
    with open_centre(set_up_centre(tmp_path / "false")) as false_app:

        def pose(_address: str, request: bytes) -> bytes:
            statement = request[:-32]
            unnamed = running_in(false_app).office.enrolling.approve(request, Admitted("village", "x"))
            assert issued.words.encode() not in statement
            return unnamed + bytes(32)

        with pytest.raises(AnswerRefused):
            join(fresh.folder, fresh.database, read_typed(issued.words, "https://centre.example"), pose)
    assert read_membership(fresh.folder) is None


def test_an_invented_village_is_refused_by_both_sides(
    centre_app: Flask, address: str, laptop: RealLaptop, tmp_path: Path
) -> None:
    demo = RealLaptop(copy_demo(tmp_path / "demo").root)
    with pytest.raises(CollectorError) as caught:
        demo.join_centre(running_in(centre_app), address)
    assert caught.value.code == "demo_cannot_join"
    demo.folder.write_settings(demo=False)  # whoever tampers with the settings is found out by the village's record
    with pytest.raises(EnrolmentRefused) as refused:
        demo.join_centre(running_in(centre_app), address)
    assert refused.value.context["reason"] == "demo"


def test_a_piece_for_which_the_centre_has_no_room_is_told_like_records(
    centre_app: Flask, laptop: RealLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = SealedShelf(running_in(centre_app).office, laptop.device)
    usage = shutil.disk_usage(laptop.folder.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=0))
    with pytest.raises(StorageFull):
        shelf.append("a" * 64, 0, b"x", is_last=False)
    monkeypatch.undo()
    assert shelf.append("a" * 64, 0, b"x", is_last=False) == 1
