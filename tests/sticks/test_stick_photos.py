"""Photos and scans by stick: village, commune, centre and back, whatever happens to a stick."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands.runs import read_json, serve
from factories import log_in, services_of

from collector import create_app
from collector.sticks import stick_pieces
from collector.sticks.exchange import make_namer, read_from
from collector.sticks.reading import list_sources
from sticks.photo_folders import Computer, introduce, make_photo, open_computers, pieces_on
from sync import sticks
from sync.errors import StickFull, StickGone
from sync.pieces import PIECE_BYTES
from sync.sticks import BUNDLE, FOLDER

SMALL, LARGE = make_photo(1), make_photo(2, 2 * PIECE_BYTES + 5_000)


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[dict[str, Computer]]:
    """The centre, a commune and two villages, who know nobody but the centre."""
    found = open_computers(tmp_path)
    yield found
    for each in found.values():
        each.database.storage.close()


@pytest.fixture
def computers(strangers: dict[str, Computer], tmp_path: Path) -> dict[str, Computer]:
    """The centre, a commune and two villages that know each other."""
    introduce(strangers, tmp_path)
    return strangers


class SmallStick:
    """A stick with so much room, as far as `sync.sticks` writes on it."""

    def __init__(self, stick: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stick = stick
        self.room = room
        self._write = sticks._write_through
        monkeypatch.setattr(sticks, "_write_through", self.write)

    def write(self, path: Path, data: bytes) -> None:
        """Write if there is room."""
        taken = sum(each.stat().st_size for each in self.stick.rglob("*") if each.is_file())
        if taken + len(data) > self.room:
            raise OSError(28, "No space left on device")
        self._write(path, data)


def test_photos_come_from_a_village_to_the_centre_by_stick_alone_and_the_village_hears_of_it(
    computers: dict[str, Computer], stick: Path
) -> None:
    an, xa, centre = computers["an"], computers["xa"], computers["centre"]
    small, large = an.add_photo(SMALL), an.add_photo(LARGE)
    assert an.standing() == (2, 0, 0)
    written = an.write(stick)
    assert (written.contents, written.contents_left, len(pieces_on(stick))) == (2, 0, 4)
    assert xa.read(stick).contents == 2
    xa.write(stick)
    assert centre.read(stick).contents == 2
    assert (centre.find(small), centre.find(large)) == (SMALL, LARGE)
    centre.write(stick)
    xa.read(stick)
    xa.write(stick)
    read = an.read(stick)
    assert read.contents_received == 2
    assert an.standing() == (0, 2, 0)
    assert xa.standing().only_here == 0
    an.write(stick)
    assert not pieces_on(stick)
    other = stick.with_name("other")
    assert an.write(other).contents == 0, "what the centre has goes onto no other stick either"


def test_a_stick_tells_a_finder_neither_name_nor_bytes_of_a_photo(
    computers: dict[str, Computer], stick: Path
) -> None:
    an = computers["an"]
    name = an.add_photo(LARGE)
    an.write(stick)
    files = [path for path in (stick / FOLDER).iterdir() if path.is_file()]
    everything = b"".join(path.read_bytes() + path.name.encode() for path in files)
    for secret in (name.encode(), bytes.fromhex(name), LARGE[:40], LARGE[-40:], an.find_record(name).encode()):
        assert secret not in everything
    an.remove_photo(name)
    an.write(stick)
    assert not pieces_on(stick), "what was removed does not travel"


def test_writing_again_writes_nothing_and_damage_on_the_stick_is_mended(
    computers: dict[str, Computer], stick: Path
) -> None:
    an = computers["an"]
    an.add_photo(LARGE)
    an.write(stick)
    before = {path: path.read_bytes() for path in pieces_on(stick)}
    again = an.write(stick)
    assert (again.is_empty, again.contents_present) == (True, 1)
    assert {path: path.read_bytes() for path in pieces_on(stick)} == before
    first, second, _third = pieces_on(stick)
    second.write_bytes(before[second][:-100])
    assert an.write(stick).contents == 1
    assert first.read_bytes() == before[first]
    assert computers["xa"].read(stick).contents == 1


def test_pieces_come_in_any_order_from_several_sticks_again_and_again(
    computers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an, chi, xa = computers["an"], computers["chi"], computers["xa"]
    name, other = an.add_photo(LARGE), chi.add_photo(SMALL)
    an.write(stick)
    chi.write(stick)
    late, early = tmp_path / "late" / FOLDER, tmp_path / "early" / FOLDER
    late.mkdir(parents=True)
    early.mkdir(parents=True)
    for number, path in enumerate(path for path in pieces_on(stick) if path.name.startswith(an.device[:8])):
        shutil.move(path, (late, early)[number % 2])
    read = xa.read(tmp_path / "late")
    assert (read.contents, read.contents_waiting, xa.find(name)) == (0, 1, None)
    assert xa.read(tmp_path / "late").contents_waiting == 1
    assert xa.read(tmp_path / "early").contents == 0, "no record names it yet"
    assert xa.read(stick).contents == 2
    assert (xa.find(name), xa.find(other), xa.list_kept()) == (LARGE, SMALL, [])
    assert xa.read(stick, tmp_path / "late").contents == 0


def test_photos_that_do_not_fit_wait_for_the_next_stick_and_records_never_do(
    computers: dict[str, Computer], stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an, xa = computers["an"], computers["xa"]
    names = [an.add_photo(make_photo(number, 400_000)) for number in range(4, 7)]
    small = an.add_photo(SMALL)
    SmallStick(stick, 1_000_000, monkeypatch)
    written = an.write(stick)
    assert (written.contents, written.contents_left) == (3, 1)
    read = xa.read(stick)
    assert read.contents == 3
    assert xa.standing().missing == 1, "its record is here"
    assert xa.find(small) == SMALL
    again = tmp_path / "second"
    monkeypatch.undo()
    an.write(again)
    xa.read(again)
    assert all(xa.find(name) for name in names)


def test_photos_leave_room_for_the_answer(computers: dict[str, Computer], small_disk: Path) -> None:
    an, centre = computers["an"], computers["centre"]
    for number in range(30):
        an.add_photo(make_photo(number, 20_000))
    written = an.write(small_disk)
    assert written.contents and written.contents_left
    assert shutil.disk_usage(small_disk).free >= 600 * 1024 // 20
    assert centre.read(small_disk).contents == written.contents
    centre.write(small_disk)
    heard = an.read(small_disk)
    assert (heard.own_receipts, heard.contents_received) == (1, written.contents)


def test_photos_on_a_full_stick_give_way_to_new_records(
    computers: dict[str, Computer], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an, xa = computers["an"], computers["xa"]
    an.add_photo(make_photo(8, 500_000))
    an.write(stick)
    for number in range(12):
        an.add_photo(make_photo(20 + number))
    used = sum(path.stat().st_size for path in stick.rglob("*") if path.is_file())
    SmallStick(stick, used + 1_500, monkeypatch)
    written = an.write(stick)
    assert written.bundles > 0
    assert written.contents_left == 1
    assert xa.read(stick).new > 0


def test_a_stick_that_is_pulled_out_leaves_whole_pieces_and_writing_goes_on_there(
    computers: dict[str, Computer], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(LARGE)
    put, count = stick_pieces.write_piece, [0]

    def fail_at_second(place: Path, data: bytes) -> Path:
        count[0] += 1
        if count[0] == 2:
            raise StickGone(path=str(place))
        return put(place, data)

    monkeypatch.setattr(stick_pieces, "write_piece", fail_at_second)
    with pytest.raises(StickGone):
        an.write(stick)
    assert list((stick / FOLDER).glob(f"*{BUNDLE}")), "records were first"
    assert len(pieces_on(stick)) == 1
    read = xa.read(stick)
    assert (read.contents_waiting, read.left) == (1, [])
    an.write(stick)
    assert xa.read(stick).contents == 1
    assert xa.find(name) == LARGE


def test_what_was_erased_never_travels_again_and_leaves_the_stick(
    computers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(SMALL)
    an.write(stick)
    old = tmp_path / "old"
    shutil.copytree(stick, old)
    an.remove_photo(name, erase=True)
    an.write(stick)
    assert not pieces_on(stick)
    xa.read(stick)
    assert [left.code for left in xa.read(old).left] == ["content_erased"]
    assert (xa.find(name), xa.list_kept()) == (None, [])


def test_who_may_not_open_carries_from_stick_to_stick_and_the_receipt_back(
    strangers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an, chi, centre = strangers["an"], strangers["chi"], strangers["centre"]
    name = an.add_photo(LARGE)
    an.write(stick)
    read = chi.read(stick)
    assert (read.pieces_carried, read.contents) == (3, 0)
    assert chi.find(name) is None
    assert chi.read(stick).pieces_carried == 0
    onward = tmp_path / "onward"
    assert chi.write(onward).pieces_carried == 3
    assert centre.read(onward).contents == 1
    centre.write(onward)
    chi.read(onward)
    assert chi.list_kept() == [], "the receipt says that it arrived"
    chi.write(stick)
    an.read(stick)
    assert an.standing() == (0, 1, 0)


def test_a_commune_brings_photos_to_the_centre_over_the_network_opened_or_not(
    strangers: dict[str, Computer], stick: Path
) -> None:
    an, xa, centre = strangers["an"], strangers["xa"], strangers["centre"]
    name = an.add_photo(LARGE)
    an.write(stick)
    assert xa.read(stick).pieces_carried == 3
    centre.database.storage.close()
    xa.database.storage.close()
    with serve(centre.folder.root, "--role", "central") as served:
        read_json("sync", "--server", served.address, "--data", xa.folder.root)
        assert centre.find(name) == LARGE
        assert not (xa.root / "parts" / "carried").exists() or not list((xa.root / "parts" / "carried").iterdir())
        read_json("bundle", "write", stick, "--data", xa.folder.root)
        an.read(stick)
        assert an.standing() == (0, 1, 0)
        second = an.add_photo(make_photo(9))
        an.write(stick)
        read_json("bundle", "read", stick, "--data", xa.folder.root)
        assert xa.find(second) is not None, "the village knows its commune by now"
        read_json("sync", "--server", served.address, "--data", xa.folder.root)
        assert centre.find(second) is not None
        read_json("bundle", "write", stick, "--data", xa.folder.root)
    an.read(stick)
    assert an.standing() == (0, 2, 0)


def test_the_centre_gives_photos_back_to_a_laptop_that_says_by_stick_that_it_lacks_them(
    computers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an, centre = computers["an"], computers["centre"]
    name = an.add_photo(SMALL)
    an.write(stick)
    centre.read(stick)
    centre.write(stick)
    an.read(stick)
    assert an.standing() == (0, 1, 0)
    shutil.rmtree(an.root)
    an.root.mkdir()
    an.write(stick)
    centre.read(stick)
    assert centre.write(tmp_path / "back").contents == 1
    assert an.read(tmp_path / "back").contents == 1
    assert an.find(name) == SMALL


def test_a_file_that_is_no_longer_what_it_was_is_not_written(computers: dict[str, Computer], stick: Path) -> None:
    an = computers["an"]
    name = an.add_photo(SMALL)
    path = an.root / name[:2] / name
    path.write_bytes(SMALL[:-1] + b"?")
    written = an.write(stick)
    assert (written.contents, written.contents_damaged, pieces_on(stick)) == (0, 1, [])


def test_a_full_stick_is_still_an_error_for_records(
    computers: dict[str, Computer], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SmallStick(stick, 200, monkeypatch)
    with pytest.raises(StickFull):
        computers["an"].write(stick)


def test_the_photos_of_two_villages_can_be_looked_at_on_the_pages_of_the_centre(
    computers: dict[str, Computer], stick: Path
) -> None:
    names = {computers[name].add_photo(photo): photo for name, photo in (("an", SMALL), ("chi", LARGE))}
    for name in ("chi", "an"):
        computers[name].write(stick)
    computers["xa"].read(stick)
    onward = stick.with_name("onward")
    computers["xa"].write(onward)
    centre = computers["centre"]
    for path in pieces_on(onward):
        path.rename(onward / path.name)
    centre.read(onward / FOLDER)
    records = {name: centre.find_record(name) for name in names}
    centre.database.storage.close()
    app = create_app(centre.folder)
    client = log_in(app.test_client(), "administrator")
    try:
        assert all(client.get(f"/files/{records[name]}").status_code == 404 for name in names)
        with app.test_request_context():
            read_from(centre.folder, services_of(app).database, list_sources(onward))
        for name, photo in names.items():
            with client.get(f"/files/{records[name]}") as answer:
                assert answer.data == photo
    finally:
        services_of(app).database.storage.close()


def test_the_centre_knows_laptops_that_only_ever_came_by_stick(computers: dict[str, Computer], stick: Path) -> None:
    centre = computers["centre"]
    computers["an"].write(stick)
    computers["xa"].write(stick)
    centre.read(stick)
    name = make_namer(centre.folder, centre.database, lambda words, **values: words % values)
    assert name(computers["xa"].device).startswith("Xã ")
    assert name(computers["chi"].device) == f"Thôn chi (giả định), computer {computers['chi'].device[:4].upper()}"
    centre.database.storage.close()
    centre.folder.write_settings(language="en")
    app = create_app(centre.folder)
    client = log_in(app.test_client(), "administrator")
    try:
        page = client.get("/laptops").get_data(as_text=True)
        assert (page.count("Comes by USB stick"), page.count("Not in contact yet")) == (3, 0)
        assert "only by USB stick until now" in client.get(f"/laptops/{computers['an'].device}").get_data(as_text=True)
    finally:
        services_of(app).database.storage.close()


def test_the_page_says_how_many_photos_are_left_for_the_next_stick(
    computers: dict[str, Computer], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an = computers["an"]
    for number in range(3):
        an.add_photo(make_photo(number, 300_000))
    an.database.storage.close()
    app = create_app(an.folder)
    app.config.update(WTF_CSRF_ENABLED=False)
    client = log_in(app.test_client(), "head")
    an.folder.write_settings(language="en")
    SmallStick(stick, 700_000, monkeypatch)
    try:
        page = client.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
        assert "Not all photos fit onto it." in page
        assert "photos and scans that did not fit: 1." in page
        assert "Everything is on the stick" not in page
        assert "only on this computer 3, received by the centre 0" in client.get("/sticks").get_data(as_text=True)
        assert "Sealed parts of photos and scans: 2" in client.get(f"/sticks/look?folder={stick}").get_data(
            as_text=True
        )
    finally:
        services_of(app).database.storage.close()


def test_the_reserve_words_open_photos_too(computers: dict[str, Computer], stick: Path, tmp_path: Path) -> None:
    an = computers["an"]
    an.add_photo(LARGE)
    an.write(stick)
    words = (tmp_path / "reserve.txt").read_text()
    shown = read_json("bundle", "read", stick, "--escrow", "--data", an.folder.root, COLLECTOR_ESCROW=words)
    parts = [(each["part"], each["parts"]) for each in shown["bundles"] if "part" in each]
    assert sorted(parts) == [(1, 3), (2, 3), (3, 3)]
