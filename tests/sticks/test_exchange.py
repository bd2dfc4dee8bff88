"""Villages, a commune and a centre that meet by sticks alone: everything arrives, once, and its author learns of it."""

import random
from pathlib import Path

import pytest

from sticks.world import CENTRE, SHEETS, World
from sync.bundle import ReaderKeys, open_bundle
from sync.departures import written_to_stick
from sync.errors import BundleForOthers
from sync.scopes import Grant
from sync.sticks import list_files, read_file


def test_a_village_writes_and_the_centre_reads(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    written = world.write_stick("an", stick)
    assert (written.bundles, written.revisions) == (2, 2)
    read = world.read_stick("centre", stick)
    assert (read.of(an.id).new, read.left, read.missing) == (2, [], [])
    assert world.server.value("m1", "title") == "Họp"
    assert world.server.has("s1")


def test_writing_again_writes_nothing_and_reading_again_changes_nothing(world: World, stick: Path) -> None:
    world.folders["an"].write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    before = {found.path.name: read_file(found) for found in list_files(stick)}
    assert world.write_stick("an", stick).is_empty
    assert {found.path.name: read_file(found) for found in list_files(stick)} == before
    for name in ("centre", "xa", "binh", "an"):
        world.read_stick(name, stick)
        counts = [world.folders[name].count(table) for table in ("revision", "carried", "held", "receipt", "paper")]
        again = world.read_stick(name, stick)
        assert (again.new, again.carried, again.left) == (0, 0, [])
        assert [world.folders[name].count(t) for t in ("revision", "carried", "held", "receipt", "paper")] == counts


def test_only_what_is_new_is_added(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    an.write("m2", "u1", title="Họp nữa")
    written = world.write_stick("an", stick)
    assert (written.bundles, written.revisions, written.present) == (1, 1, 1)


def test_receipts_come_back_and_the_record_is_received(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    world.write_stick("an", stick)
    assert not an.is_received()
    with an.storage.reading() as connection:
        assert sorted(each.sequence for each in written_to_stick(connection).values()) == [1, 1]
    world.read_stick("xa", stick)
    world.sync("xa")
    world.write_stick("xa", stick)
    read = world.read_stick("an", stick)
    assert read.own_receipts == 2
    assert an.is_received()


def test_what_the_centre_and_all_readers_have_goes_from_the_stick(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    world.write_stick("an", stick)
    for name in ("xa", "binh"):
        world.read_stick(name, stick)
    world.sync("xa")
    for name in ("xa", "binh"):
        world.write_stick(name, stick)
    world.read_stick("an", stick)
    twin = world.clone("an", "an2")
    twin.write("m2", "u1", title="Máy chép")
    world.write_stick("an2", stick)
    an.write("m3", "u1", title="Máy cũ")
    world.write_stick("an", stick)
    left = [found.header for found in list_files(stick) if found.header and found.header.signer == an.id]
    assert {header.first for header in left} == {2}, "the first part has arrived everywhere"
    assert len({header.after for header in left}) == 2, "what the copy wrote stays"
    assert world.write_stick("an", stick).is_empty


def test_nothing_goes_before_everybody_has_it(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    world.read_stick("xa", stick)
    world.sync("xa")
    world.write_stick("xa", stick)
    world.read_stick("an", stick)
    assert an.is_received()
    world.write_stick("an", stick)
    assert world.read_stick("binh", stick).new == 1


def test_the_centre_itself_writes_receipts_onto_the_stick(world: World, stick: Path) -> None:
    an = world.folders["an"]
    an.write("m1", "u1", title="Họp")
    world.write_stick("an", stick)
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    world.read_stick("an", stick)
    assert an.is_received()


def test_the_commune_reads_records_and_never_opens_a_sheet(world: World, stick: Path) -> None:
    an, xa = world.folders["an"], world.folders["xa"]
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    world.write_stick("an", stick)
    read = world.read_stick("xa", stick)
    assert (read.of(an.id).new, read.of(an.id).carried) == (1, 1)
    assert xa.value("m1", "title") == "Họp"
    assert not xa.has("s1")
    sealed = [read_file(found) for found in list_files(stick) if found.header and found.header.lane == SHEETS]
    keys = ReaderKeys((xa.keys.encryption,), frozenset({CENTRE.id}))
    for data in sealed:
        with pytest.raises(BundleForOthers):
            open_bundle(data, keys)
    world.sync("xa")
    assert world.server.has("s1")
    assert not xa.has("s1")


def test_a_commune_answers_each_village_with_what_it_may_read(world: World, stick: Path) -> None:
    xa, chi = world.folders["xa"], world.folders["chi"]
    xa.write("p1", "u1", "programme", name="Đường")
    xa.write("p2", "u2", "programme", name="Cầu")
    xa.write("p3", "u2", "programme", name="Kênh")
    written = world.write_stick("xa", stick)
    assert written.for_laptops[chi.id] == 3
    world.read_stick("chi", stick)
    assert (chi.value("p2", "name"), chi.value("p3", "name"), chi.has("p1")) == ("Cầu", "Kênh", False)


def test_what_a_village_says_it_holds_is_not_written_again(world: World, stick: Path, tmp_path: Path) -> None:
    xa = world.folders["xa"]
    xa.write("p1", "u1", "programme", name="Đường")
    xa.write("p2", "u2", "programme", name="Cầu")
    world.write_stick("xa", stick)
    world.read_stick("chi", stick)
    world.write_stick("chi", stick)
    world.read_stick("xa", stick)
    world.sync("xa")
    xa.write("p3", "u2", "programme", name="Kênh")
    xa.write("p4", "u3", "programme", name="Trạm")
    chi = world.folders["chi"].id
    written = world.write_stick("xa", tmp_path / "other")
    assert written.for_laptops[chi] == 1
    world.read_stick("chi", tmp_path / "other")
    assert world.folders["chi"].value("p3", "name") == "Kênh"


def test_a_record_that_moves_into_a_village_comes_with_all_its_past(world: World, stick: Path, tmp_path: Path) -> None:
    xa, chi = world.folders["xa"], world.folders["chi"]
    xa.write("r", "u1", "programme", name="Đường", place="Bản cũ")
    xa.write("p", "u2", "programme", name="Cầu")
    world.write_stick("xa", stick)
    world.read_stick("chi", stick)
    assert not chi.has("r")
    world.write_stick("chi", stick)
    world.read_stick("xa", stick)
    xa.write("r", "u2", "programme", name="Đường liên bản")
    other = tmp_path / "other"
    world.write_stick("xa", other)
    assert world.read_stick("chi", other).left == []
    assert (chi.value("r", "name"), chi.value("r", "place")) == ("Đường liên bản", "Bản cũ")


def test_laptops_of_one_village_meet_through_the_commune(world: World, stick: Path, tmp_path: Path) -> None:
    an, binh = world.folders["an"], world.folders["binh"]
    an.write("m1", "u1", title="Họp")
    an.write("s1", "u1", "answer_sheet", SHEETS, know="yes")
    world.write_stick("an", stick)
    world.read_stick("xa", stick)
    world.write_stick("xa", tmp_path / "other")
    read = world.read_stick("binh", tmp_path / "other")
    assert read.left == []
    assert binh.value("m1", "title") == "Họp"
    assert binh.has("s1"), "sheets are carried from a village's laptop to another of the same village"
    chi = world.read_stick("chi", tmp_path / "other")
    assert not world.folders["chi"].has("m1")
    assert chi.new == 0


@pytest.mark.parametrize("seed", range(3))
def test_sticks_in_any_order_bring_everything_everywhere(world: World, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    world.enrol("xa", tuple(Grant(unit, ("meeting",), True) for unit in ("u0", "u1", "u2", "u3")), "commune")
    world.share_directory()
    names = ["an", "binh", "chi", "dung", "xa"]
    units = {"an": "u1", "binh": "u1", "chi": "u2", "dung": "u3"}
    sticks = [tmp_path / f"stick{number}" for number in range(2)]
    for stick in sticks:
        stick.mkdir()
    count = 0
    for _ in range(14):
        name = chance.choice(names)
        unit = units.get(name) or chance.choice(("u1", "u2", "u3"))
        record = f"{unit}-{chance.randrange(6)}"
        world.folders[name].write(record, unit, title=f"{name} {(count := count + 1)}", place=str(chance.random()))
        if name != "xa" and chance.random() < 0.3:
            world.folders[name].write(f"s{count}", unit, "answer_sheet", SHEETS, know="yes")
        if name != "xa" and chance.random() < 0.4:
            world.folders[name].write(f"h{count}", unit, "household", head_name=f"Hộ {count}")
        stick = chance.choice(sticks)
        world.write_stick(name, stick)
        reader = chance.choice([*names, "centre"])
        assert world.read_stick(reader, stick).left == []
    for _ in range(3):
        for stick in sticks:
            for name in (*names, "centre"):
                world.write_stick(name, stick)
            for name in (*names, "centre"):
                assert world.read_stick(name, stick).left == []
    for name in names:
        assert world.folders[name].is_received(), name
        assert world.folders[name].count("held") == 0
    hidden = [f"{kind}{number}" for kind in "sh" for number in range(count + 1)]
    assert not any(world.folders["xa"].has(record) for record in hidden)
    assert any(world.server.has(record) for record in hidden)
    everything = world.views("centre", ("u1", "u2", "u3"))
    for name in names:
        mine = (units[name],) if name in units else ("u1", "u2", "u3")
        assert world.views(name, mine) == {record: each for record, each in everything.items() if each[0] in mine}
