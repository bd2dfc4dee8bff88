"""What enemies, broken sticks and full disks do to photos on sticks: it is refused in plain words and harms nothing."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_scenes import make_test_keys

from collector.attachments import pieces as kept
from collector.commands.errors import explain_code
from collector.sticks import content_reading
from collector.sticks.errors import FILE_WORDS
from collector.sticks.reading import make_source, read_sources
from collector.sticks.report import ReadReport
from collector.sticks.sentences import tell_problem
from sticks.photo_folders import Computer, introduce, make_photo, open_computers, pieces_on
from sync.bundle import Recipients
from sync.keys import Keys
from sync.pieces import PIECE_BYTES, Part, make_token, seal_piece
from sync.sticks import FOLDER

PHOTO = make_photo(1)
ENEMY = make_test_keys("enemy")


@pytest.fixture
def computers(tmp_path: Path) -> Iterator[dict[str, Computer]]:
    """The centre, a commune and two villages that know each other."""
    found = open_computers(tmp_path)
    introduce(found, tmp_path)
    yield found
    for each in found.values():
        each.database.storage.close()


def seal_for(reader: Computer, part: Part, keys: Keys = ENEMY) -> bytes:
    """Seal a part as an enemy may, who has everybody's public keys."""
    centre = reader.party.centre
    own = reader.party.keys.public_encryption
    return seal_piece(part, keys, centre.id, Recipients(centre.encryption, centre.escrow, (own,)))


def read_bytes(computer: Computer, *files: bytes) -> ReadReport:
    return read_sources(computer.party, [make_source(f"{number}.piece", each) for number, each in enumerate(files)])


def codes(report: ReadReport) -> list[str]:
    return sorted(each.code for each in report.left)


def test_odd_files_are_refused_one_by_one_and_the_rest_is_taken(
    computers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(PHOTO)
    an.write(stick)
    folder, whole = stick / FOLDER, pieces_on(stick)[0].read_bytes()
    secret = tmp_path / "secret.txt"
    secret.write_bytes(whole)
    (folder / "aaa-link.piece").symlink_to(secret)
    (folder / "aab-endless.piece").symlink_to("/dev/zero")
    (folder / "aac-folder.piece").mkdir()
    os.mkfifo(folder / "aad-pipe.piece")
    (folder / "aae-huge.piece").write_bytes(whole + bytes(5 * 1024 * 1024))
    (folder / "aaf-cut.piece").write_bytes(whole[:-1])
    (folder / "aag-photo.piece").write_bytes(PHOTO)
    (folder / "aah-empty.piece").write_bytes(b"")
    changed = bytearray(whole)
    changed[-200] ^= 1
    (folder / "aai-changed.piece").write_bytes(bytes(changed))
    read = xa.read(stick)
    assert codes(read) == [
        "bundle_damaged", "bundle_incomplete", "bundle_too_large", *["not_a_file"] * 4, *["not_a_piece"] * 2,
    ]  # fmt: skip
    assert (read.contents, xa.find(name), xa.list_kept()) == (1, PHOTO, [])
    for left in read.left:
        told = tell_problem(left, lambda text, **values: text % values if values else text)
        assert left.name in told
        assert "FILE" not in told


def test_every_refusal_of_a_piece_has_words() -> None:
    refusals = ("not_a_piece", "not_a_file", "piece_of_stranger", "content_erased", "content_wrong")
    for code in (*refusals, "no_room_for_pieces"):
        title, advice = FILE_WORDS[code]
        assert title
        assert advice
        assert title != explain_code("unexpected", {})[0]


def test_another_content_under_the_name_of_a_photo_is_thrown_away_and_the_right_one_still_comes(
    computers: dict[str, Computer], stick: Path
) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(PHOTO)
    an.write(stick)
    for path in pieces_on(stick):
        path.rename(stick / path.name)
    xa.read(stick / FOLDER)
    lie = seal_for(xa, Part(an.token(name), name, len(PHOTO), 1, bytes(len(PHOTO))))
    report = read_bytes(xa, lie)
    assert codes(report) == ["content_wrong"]
    assert (xa.find(name), xa.list_kept()) == (None, [])
    assert xa.read(stick).contents == 1
    assert xa.find(name) == PHOTO
    assert codes(read_bytes(xa, lie)) == [], "it is here: nothing is looked for any more"
    assert xa.find(name) == PHOTO


def test_an_enemy_cannot_spoil_the_parts_that_another_brings(computers: dict[str, Computer], stick: Path) -> None:
    an, xa = computers["an"], computers["xa"]
    large = make_photo(2, PIECE_BYTES + 10_000)
    name = an.add_photo(large)
    an.write(stick)
    first, second = pieces_on(stick)
    held = second.read_bytes()
    second.unlink()
    assert xa.read(stick).contents_waiting == 1
    lies = [
        seal_for(xa, Part(an.token(name), name, len(large), place, bytes(size)))
        for place, size in ((1, PIECE_BYTES), (2, 10_000))
    ]
    assert codes(read_bytes(xa, *lies)) == ["content_wrong"]
    second.write_bytes(held)
    assert xa.read(stick).contents == 1
    assert xa.find(name) == large
    assert first.exists()


def test_strangers_bring_nothing_that_no_record_names(computers: dict[str, Computer]) -> None:
    xa = computers["xa"]
    name = "ab" * 32
    report = read_bytes(xa, seal_for(xa, Part(make_token("none", name), name, 4_000, 1, bytes(4_000))))
    assert (codes(report), xa.list_kept()) == (["piece_of_stranger"], [])


def test_what_known_laptops_bring_waits_for_its_record_but_not_without_end(
    computers: dict[str, Computer], monkeypatch: pytest.MonkeyPatch
) -> None:
    an, xa = computers["an"], computers["xa"]
    monkeypatch.setattr(kept, "MAX_WAITING_BYTES", 10_000)
    files = []
    for number in range(4):
        name = f"{number:02x}" * 32
        part = Part(make_token("none", name), name, 4_000, 1, bytes(4_000))
        files.append(seal_for(xa, part, an.party.keys))
    report = read_bytes(xa, *files)
    assert (report.contents_waiting, codes(report)) == (2, ["no_room_for_pieces"] * 2)


def test_a_laptop_that_fills_the_room_for_what_waits_gives_way_to_others(
    computers: dict[str, Computer], monkeypatch: pytest.MonkeyPatch
) -> None:
    an, centre, xa = computers["an"], computers["centre"], computers["xa"]
    monkeypatch.setattr(kept, "MAX_WAITING_BYTES", 10_000)
    for number, sender in enumerate((an, an, centre)):
        name = f"{number:02x}" * 32
        part = Part(make_token("none", name), name, 4_000, 1, bytes(4_000))
        assert codes(read_bytes(xa, seal_for(xa, part, sender.party.keys))) == []
    signers = [each.signer for each in kept.WaitingPieces(xa.root).list_sets()]
    assert sorted(signers) == sorted([an.device, centre.device])


def test_pieces_that_are_carried_for_months_make_room(computers: dict[str, Computer]) -> None:
    chi, xa = computers["chi"], computers["xa"]
    sealed = []
    for number in range(2):
        name = f"{number:02x}" * 32
        sealed.append(seal_for(xa, Part(make_token("none", name), name, 4_000, 1, bytes(4_000))))
    read_bytes(chi, sealed[0])
    (old,) = kept.CarriedPieces(chi.root).list()
    os.utime(old.path, (0, 0))
    read_bytes(chi, sealed[1])
    (left,) = kept.CarriedPieces(chi.root).list()
    assert left.path != old.path


def test_what_is_carried_is_bounded_and_of_strangers_still_less(
    computers: dict[str, Computer], monkeypatch: pytest.MonkeyPatch
) -> None:
    chi, xa = computers["chi"], computers["xa"]
    monkeypatch.setattr(content_reading, "MAX_STRANGE_BYTES", 16_000)
    files = []
    for number in range(4):
        name = f"{number:02x}" * 32
        files.append(seal_for(xa, Part(make_token("none", name), name, 4_000, 1, bytes(4_000))))
    report = read_bytes(chi, *files)
    assert report.pieces_carried == 3
    assert codes(report) == ["no_room_for_pieces"]


def test_a_nearly_full_disk_takes_no_photos_but_all_records(
    computers: dict[str, Computer], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(PHOTO)
    an.write(stick)
    monkeypatch.setattr(kept.Files, "free_bytes", lambda self: 100 * 1024 * 1024)
    read = xa.read(stick)
    assert (codes(read), read.new > 0, xa.find(name)) == (["no_room_for_pieces"], True, None)
    monkeypatch.undo()
    assert xa.read(stick).contents == 1


def test_a_link_or_folder_in_the_place_of_a_piece_harms_nothing(
    computers: dict[str, Computer], stick: Path, tmp_path: Path
) -> None:
    an = computers["an"]
    an.add_photo(PHOTO)
    an.write(stick)
    (path,) = pieces_on(stick)
    precious = tmp_path / "precious.txt"
    precious.write_bytes(b"precious")
    path.unlink()
    path.symlink_to(precious)
    (stick / FOLDER / f"contents-{an.device[:8]}-00000000.signed").symlink_to("/dev/zero")
    (stick / FOLDER / f"holdings-{an.device[:8]}-00000000.signed").symlink_to("/dev/zero")
    an.write(stick)
    assert precious.read_bytes() == b"precious"
    assert computers["xa"].read(stick).contents == 1


def test_memory_stays_small_while_a_large_photo_goes_over(computers: dict[str, Computer], stick: Path) -> None:
    an, xa = computers["an"], computers["xa"]
    name = an.add_photo(make_photo(5, 20 * 1024 * 1024))
    tracemalloc.start()
    an.write(stick)
    xa.read(stick)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert xa.find(name) is not None
    assert peak < 16 * 1024 * 1024
