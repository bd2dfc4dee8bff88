"""What goes wrong with sticks: cut files, strangers, copies of disks, power cuts, old papers. Nothing is ever lost."""

import itertools
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from bundle_scenes import make_bodies, make_bundle, make_header, make_test_keys

from collector.sticks import report, shares
from collector.sticks.reading import list_sources, make_source, read_sources
from collector.sticks.writing import write_stick
from sticks.world import CENTRE, ESCROW, SERVERS, SHEETS, World
from sync import headers
from sync.bundle import ReaderKeys, Recipients, open_bundle, seal
from sync.certificates import Revocation, revoke
from sync.clock import HybridClock
from sync.errors import BundleForOthers, StickFull, StickGone, StickReadOnly
from sync.headers import read_header
from sync.heads import list_branches
from sync.lives import note_life
from sync.log import RECORDS, Log
from sync.messages import Receipt
from sync.offering import read_segment
from sync.parking import Paper, keep_paper
from sync.receipting import sign_receipt
from sync.relaying import carry, keep_receipt
from sync.scopes import Grant
from sync.segments import Tip
from sync.sqlite import SqliteStorage
from sync.sticks import FOLDER, list_files, read_file, write_bundle, write_statement


def bundles_on(stick: Path) -> list[Path]:
    return [found.path for found in list_files(stick) if found.is_bundle]


def codes(world: World, name: str, stick: Path) -> list[str]:
    return sorted(each.code for each in world.read_stick(name, stick).left)


def test_what_is_damaged_is_left_and_the_rest_is_taken(world: World, stick: Path) -> None:
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    (path,) = bundles_on(stick)
    whole = path.read_bytes()
    folder = stick / FOLDER
    (folder / "cut.bundle").write_bytes(whole[: len(whole) // 2])
    (folder / "changed.bundle").write_bytes(whole[:-70] + bytes([whole[-70] ^ 1]) + whole[-69:])
    (folder / "longer.bundle").write_bytes(whole + b"x")
    (folder / "photo.bundle").write_bytes(b"\xff\xd8\xff" + b"x" * 500)
    (folder / "empty.bundle").write_bytes(b"")
    (folder / "odd.signed").write_bytes(b"\x89CLS\r\n\x1a\n{}" + b"x" * 64)
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    assert codes(world, "xa", stick) == [
        "bundle_damaged", "bundle_damaged", "bundle_incomplete", "not_a_bundle", "not_a_bundle", "statement_refused",
    ]  # fmt: skip
    assert world.folders["xa"].value("m1", "title") == "Họp"
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_names_of_files_do_nothing_where_they_are_shown(world: World, stick: Path) -> None:
    (stick / "Collector").mkdir(parents=True)
    name = "thôn\x1b[2J\nĐã nhận đủ.\u202e.bundle"
    (stick / "Collector" / name).write_bytes(b"rubbish")
    (left,) = world.read_stick("xa", stick).left
    assert left.name == "Collector/thôn\ufffd[2J\ufffdĐã nhận đủ.\ufffd.bundle"


def test_files_of_another_centre_are_left(world: World, stick: Path) -> None:
    write_bundle(stick, make_bundle())
    for name in ("xa", "an", "centre"):
        assert codes(world, name, stick) == ["bundle_for_another_server"]
        assert world.folders[name].count("carried") == 0


def test_what_somebody_else_signed_in_a_name_is_forged(world: World, stick: Path) -> None:
    chi, dung = world.folders["chi"], world.folders["dung"]
    chi.write("m1", "u2", title="Họp")
    party = world.party("dung")
    with chi.storage.reading() as connection:
        segment = read_segment(connection, list_branches(connection)[0], 1, 1)
    write_bundle(stick, party.packer(world.party("an").list_readers()).seal(segment).data)
    assert codes(world, "xa", stick) == ["bundle_forged"]
    assert codes(world, "centre", stick) == ["bundle_forged"]
    assert not world.folders["xa"].has("m1")
    assert dung.count("header") == 0


def test_what_the_centre_passes_on_is_believed_whoever_wrote_it(world: World, stick: Path) -> None:
    world.enrol("moi", (Grant("u2", (), True, (RECORDS, SHEETS)),))
    world.share_directory("moi")
    world.folders["moi"].write("m1", "u2", title="Mới vào")
    world.write_stick("moi", stick)
    world.read_stick("centre", stick)
    other = stick.parent / "other"
    world.write_stick("centre", other)
    for path in (other / FOLDER).glob("certificate-*"):
        path.unlink()
    assert world.read_stick("chi", other).parked == []
    assert world.folders["chi"].value("m1", "title") == "Mới vào"


def test_laptops_that_nobody_knows_cannot_fill_a_disk(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        keys = make_test_keys(f"stranger {number}")
        bodies = make_bodies(1)
        header = make_header(bodies, keys=keys)
        sealed_for = Recipients(CENTRE.public_encryption, ESCROW.public_encryption)
        write_bundle(stick, seal(msgspec.structs.replace(header, server=CENTRE.id), bodies, keys, sealed_for))
    monkeypatch.setattr(shares, "MAX_STRANGE_BYTES", 2_500)
    monkeypatch.setattr(report, "MAX_TOLD", 1)
    read = world.read_stick("xa", stick)
    assert 0 < read.carried < 3
    assert [each.code for each in read.left] == ["carried_full"]
    assert read.untold == 3 - read.carried


def test_papers_of_a_centre_that_was_left_do_not_stand_in_the_way(world: World, stick: Path) -> None:
    an = world.folders["an"]
    stranger = make_test_keys("another centre")
    receipt = Receipt("elsewhere", an.id, "e", Tip(1, bytes(32)))
    signed = msgspec.structs.replace(receipt, signed=sign_receipt(receipt, stranger, 1))
    with an.storage.writing() as connection:
        note_life(connection, "elsewhere")
        keep_receipt(connection, signed)
        keep_paper(connection, Paper("revocation", "d", revoke("d", after=0, issued=1, keys=stranger)))
        carry(connection, "d", "e", 1, Tip(1, bytes(32)), make_bundle())
    an.write("m1", "u1", title="Họp")
    written = world.write_stick("an", stick)
    assert (written.receipts, written.carried) == (0, 0)
    assert not list((stick / FOLDER).glob("receipt-*"))
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    assert [each for each in world.read_stick("an", stick).left if "revocation" not in each.name] == []
    assert an.is_received()


def test_what_its_author_may_not_write_is_set_aside(world: World, stick: Path) -> None:
    world.folders["chi"].write("m1", "u1", title="Không phải thôn mình")
    world.folders["chi"].write("m2", "u2", title="Thôn mình")
    world.write_stick("chi", stick)
    for name in ("xa", "centre"):
        read = world.read_stick(name, stick)
        assert read.of(world.folders["chi"].id).refused == 1
        assert not world.folders[name].has("m1")
        assert world.folders[name].has("m2")


def test_the_record_of_a_village_is_set_aside_where_another_wrote_it(world: World, stick: Path) -> None:
    world.folders["chi"].write("u1", "u2", title="Không phải thôn mình")
    world.write_stick("chi", stick)
    assert world.read_stick("xa", stick).of(world.folders["chi"].id).refused == 1
    assert not world.folders["xa"].has("u1")


def test_a_part_that_did_not_come_is_named_and_what_follows_waits(world: World, stick: Path, tmp_path: Path) -> None:
    chi = world.folders["chi"]
    chi.write("m1", "u2", title="Một")
    world.write_stick("chi", stick)
    chi.write("m2", "u2", title="Hai")
    world.write_stick("chi", stick)
    first, second = sorted(bundles_on(stick))
    kept = first.read_bytes()
    first.unlink()
    read = world.read_stick("xa", stick)
    assert [(each.device, each.first, each.last) for each in read.missing] == [(chi.id, 1, 1)]
    assert (read.of(chi.id).waiting, world.folders["xa"].has("m2")) == (1, False)
    read = read_sources(world.party("xa"), [make_source("first", kept)])
    assert read.missing == []
    assert world.folders["xa"].value("m2", "title") == "Hai"
    assert second.exists()


def test_who_misses_a_part_gets_it_from_anybody_who_has_it(world: World, stick: Path, tmp_path: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Một")
    world.write_stick("an", stick)
    world.read_stick("xa", stick)
    an.write("m2", "u1", title="Hai")
    other = tmp_path / "other"
    world.write_stick("an", other)
    min(bundles_on(other)).unlink()
    assert world.read_stick("binh", other).missing
    world.write_stick("binh", other)
    world.read_stick("xa", other)
    world.write_stick("xa", other)
    assert world.read_stick("binh", other).missing == []
    assert world.folders["binh"].has("m2")


def make_future(world: World, name: str) -> bytes:
    """Seal what a laptop wrote as a later version of the format would."""
    folder, party = world.folders[name], world.party(name)
    with folder.storage.reading() as connection:
        segment = read_segment(connection, list_branches(connection)[0], 1, 500)
    header = read_header(party.packer().seal(segment).data)
    later = msgspec.structs.replace(header, version=9, reader=9)
    bodies = [each for each in segment.items if isinstance(each, bytes)]
    return seal(later, bodies, folder.keys, party.recipients(segment))


def test_what_is_too_new_waits_until_the_program_is_updated(
    world: World, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.folders["chi"].write("m1", "u2", title="Từ bản mới")
    (stick / FOLDER).mkdir()
    (stick / FOLDER / "future.bundle").write_bytes(make_future(world, "chi"))
    for _ in range(2):
        read = world.read_stick("xa", stick)
        assert [each.code for each in read.parked] == ["bundle_too_new"]
        assert (read.left, world.folders["xa"].count("parked")) == ([], 1)
    monkeypatch.setattr(headers, "FORMAT_VERSION", 9)
    (stick / FOLDER / "future.bundle").unlink()
    read = world.read_stick("xa", stick)
    assert (read.new, world.folders["xa"].count("parked")) == (1, 0)
    assert world.folders["xa"].value("m1", "title") == "Từ bản mới"


def test_an_unknown_laptop_is_carried_and_read_once_it_is_known(world: World, stick: Path) -> None:
    world.enrol("moi", (Grant("u2", (), True, (RECORDS, SHEETS)),))
    world.share_directory("moi")
    world.folders["moi"].write("m1", "u2", title="Mới vào")
    world.write_stick("moi", stick)
    for found in list_files(stick):
        if found.path.name.startswith("certificate-"):
            found.path.unlink()
    read = world.read_stick("xa", stick)
    assert [each.code for each in read.parked] == ["author_unknown"]
    assert (world.folders["xa"].has("m1"), world.folders["xa"].count("carried")) == (False, 1)
    world.share_directory("xa")
    assert world.read_stick("xa", stick).new == 1
    assert world.folders["xa"].count("parked") == 0


def test_a_new_laptop_brings_its_own_certificate(world: World, stick: Path) -> None:
    world.enrol("moi", (Grant("u2", (), True, (RECORDS, SHEETS)),))
    world.share_directory("moi")
    world.folders["moi"].write("m1", "u2", title="Mới vào")
    world.write_stick("moi", stick)
    assert world.read_stick("xa", stick).new == 1


def test_what_a_revoked_laptop_wrote_is_carried_and_not_read(world: World, stick: Path) -> None:
    chi = world.folders["chi"]
    chi.write("m1", "u2", title="Sau khi bị khóa")
    world.write_stick("chi", stick)
    write_statement(stick, "revocation", revoke(chi.id, after=0, issued=99, keys=CENTRE))
    world.registry.revoke(Revocation(device=chi.id, after=0, issued=99, key=CENTRE.public_signing))
    read = world.read_stick("xa", stick)
    assert [each.code for each in read.parked] == ["author_revoked"]
    assert not world.folders["xa"].has("m1")
    world.sync("xa")
    assert world.server.count("quarantine") == 1
    other = stick.parent / "other"
    world.write_stick("xa", other)
    world.read_stick("binh", other)
    assert world.folders["binh"].count("paper") == 1, "the word of it is passed on"


def test_a_copied_disk_is_told_and_both_halves_are_kept(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m0", "u1", title="Trước")
    twin = world.clone("an", "an2")
    an.write("m1", "u1", title="Máy cũ")
    twin.write("m2", "u1", title="Máy chép")
    twin.write("m3", "u1", title="Máy chép nữa")
    world.write_stick("an", stick)
    world.write_stick("an2", stick)
    for name in ("xa", "centre", "binh"):
        read = world.read_stick(name, stick)
        assert read.of(an.id).is_forked, name
        assert all(world.folders[name].has(record) for record in ("m0", "m1", "m2", "m3")), name
    world.write_stick("centre", stick)
    for name in ("an", "an2"):
        world.read_stick(name, stick)
        folder = world.folders[name]
        folder.write(f"after-{name}", "u1", title="Đi tiếp")
        assert folder.has("m1")
        assert folder.has("m3")
        with folder.storage.reading() as connection:
            assert len({branch.root for branch in list_branches(connection, an.id)}) >= 2, name


def test_receipts_of_an_earlier_life_of_the_centre_do_not_count(world: World, stick: Path, tmp_path: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    world.centre.begin_life()
    other = tmp_path / "other"
    world.write_stick("an", other)
    world.read_stick("centre", other)
    world.write_stick("centre", other)
    world.read_stick("an", other)
    assert an.is_received()
    read = world.read_stick("an", stick)
    assert [each.code for each in read.left] == ["receipt_of_an_earlier_life"]
    assert an.is_received()
    an.write("m2", "u1", title="Nữa")
    world.write_stick("an", other)
    world.read_stick("centre", other)
    world.write_stick("centre", other)
    assert world.read_stick("an", other).left == []
    assert an.is_received()


def test_receipts_that_another_signed_are_left(world: World, stick: Path) -> None:
    world.folders["an"].write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    path = next((stick / FOLDER).glob("receipt-*"))
    path.write_bytes(path.read_bytes()[:-64] + make_test_keys("stranger").sign(path.read_bytes()[:-64]))
    assert codes(world, "an", stick) == ["statement_refused"]
    assert not world.folders["an"].is_received()


def test_a_commune_reads_of_a_village_what_leaves_it_and_nothing_else(world: World, stick: Path) -> None:
    xa, an = world.folders["xa"], world.folders["an"]
    world.enrol("xa", tuple(Grant(unit, ("meeting",), True) for unit in ("u0", "u1", "u2", "u3")), "commune")
    world.share_directory()
    an.write("m1", "u1", title="Họp")
    an.write("h1", "u1", "household", head_name="Bríu Thị Ngăm")
    an.write("m2", "u1", title="Họp nữa")
    written = world.write_stick("an", stick)
    assert written.for_laptops[xa.id] == 3
    keys = ReaderKeys((xa.keys.encryption,), SERVERS, SERVERS)
    seen = []
    for path in bundles_on(stick):
        try:
            seen += [body for body in open_bundle(path.read_bytes(), keys).bodies if isinstance(body, bytes)]
        except BundleForOthers:
            continue
    assert len(seen) == 2
    assert not any(b"household" in body for body in seen)
    read = world.read_stick("xa", stick)
    assert (read.of(an.id).new, read.of(an.id).carried) == (3, 1)
    assert (xa.has("m1"), xa.has("m2"), xa.has("h1")) == (True, True, False)
    world.sync("xa")
    assert world.server.has("h1"), "the village's own bundle is carried to the centre"
    world.write_stick("xa", stick)
    world.read_stick("an", stick)
    assert an.is_received()


def test_a_stick_that_cannot_be_written_harms_nothing(world: World, tmp_path: Path, small_disk: Path) -> None:
    an = world.folders["an"]
    for number in range(400):
        an.write(f"m{number}", "u1", title=f"Họp {number}", notes=os.urandom(1_500).hex())
    with pytest.raises(StickGone):
        write_stick(world.party("an"), tmp_path / "pulled out")
    (small_disk / "filler").write_bytes(b"x" * 300_000)
    with pytest.raises(StickFull):
        world.write_stick("an", small_disk)
    assert codes(world, "centre", small_disk) == []
    stick = tmp_path / "larger"
    world.write_stick("an", stick)
    assert world.read_stick("centre", stick).left == []
    assert world.server.has("m399")


def test_a_write_protected_stick_is_told(world: World, small_disk: Path) -> None:
    world.folders["an"].write("m1", "u1", title="Họp")
    assert os.system(f"mount -o remount,ro {small_disk}") == 0
    with pytest.raises(StickReadOnly):
        world.write_stick("an", small_disk)


def test_pulling_the_stick_out_while_reading_keeps_what_was_read(world: World, stick: Path) -> None:
    chi = world.folders["chi"]
    for number in range(5):
        chi.write(f"m{number}", "u2", title="Họp")
        world.write_stick("chi", stick)
    sources = list_sources(stick)
    paths = bundles_on(stick)

    def pull_out(done: int, total: int) -> None:
        if done == total - 3:
            for path in paths:
                path.unlink()

    with pytest.raises(StickGone):
        read_sources(world.party("xa"), sources, pull_out)
    assert 0 < world.folders["xa"].count("revision") < 5


def end_after_touching(stick: Path, touches: int) -> None:
    """Have this process end without warning when it opened or renamed files there so many times, before the next."""
    numbers = itertools.count()

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.rename") and str(arguments[0]).startswith(str(stick)) and next(numbers) == touches:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)


def test_a_power_cut_while_writing_leaves_whole_files_and_the_next_writing_cleans_up(
    world: World, stick: Path
) -> None:
    an = world.folders["an"]
    for number in range(60):
        an.write(f"m{number}", "u1", title="Họp", notes=os.urandom(9_000).hex())
    for touches in (1, 2, 3, 13, 14, 17):
        child = os.fork()
        if child == 0:
            # A connection must not be used on both sides of a fork.
            storage = SqliteStorage(world.place / "an.sqlite")
            world.folders["an"] = replace(an, storage=storage, log=Log(storage, HybridClock()))
            try:
                end_after_touching(stick, touches)
                world.write_stick("an", stick)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        for found in list_files(stick):
            read_file(found)
    assert world.read_stick("centre", stick).left == []
    world.write_stick("an", stick)
    assert not list((stick / FOLDER).glob("*.part"))
    assert world.read_stick("centre", stick).left == []
    assert all(world.server.has(f"m{number}") for number in range(60))
    world.write_stick("centre", stick)
    world.read_stick("an", stick)
    assert an.is_received()
