"""Files on sticks: whole or not there, whatever happens to the stick."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bundle_scenes import AT_SERVER, make_bodies, make_body, make_bundle, make_header
from golden_scenes import make_statements

from sync.bundle import open_bundle
from sync.errors import (
    BundleIncomplete,
    BundleTooLarge,
    NotABundle,
    NotAFile,
    NotAPiece,
    StickFull,
    StickGone,
    StickReadOnly,
)
from sync.headers import read_header
from sync.sticks import FOLDER, list_files, read_file, write_bundle, write_file, write_statement

WRITER = """
import sys
from pathlib import Path
from sync.sticks import write_file

number = 0
while True:
    data = bytes([number % 251]) * 400_000
    write_file(Path(sys.argv[1]), f"{number:06d}.bundle", data)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


def make_series(count: int) -> list[bytes]:
    """Bundles of one epoch, one revision each."""
    made, before = [], None
    for number in range(1, count + 1):
        bodies = [make_body(number)]
        made.append(make_bundle(bodies, first=number, before=before))
        before = make_header(bodies, first=number, before=before).after
    return made


def test_what_was_written_is_found_and_opens(tmp_path: Path) -> None:
    path = write_bundle(tmp_path, make_bundle())
    assert path.parent == tmp_path / FOLDER
    (found,) = list_files(tmp_path)
    assert (found.path, found.is_bundle, found.problem) == (path, True, None)
    assert list(open_bundle(read_file(found), AT_SERVER).bodies) == make_bodies()


def test_the_same_bundle_lies_there_once(tmp_path: Path) -> None:
    data = make_bundle()
    assert write_bundle(tmp_path, data) == write_bundle(tmp_path, data)
    assert len(list_files(tmp_path)) == 1
    write_bundle(tmp_path, make_bundle())
    assert len(list_files(tmp_path)) == 2


def test_files_in_any_order_and_folder_are_read_in_the_best_order(tmp_path: Path) -> None:
    series = make_series(30)
    random.Random(1).shuffle(series)
    village = tmp_path / "thôn Một"
    village.mkdir()
    for number, data in enumerate(series):
        write_bundle((tmp_path, village)[number % 2], data)
    firsts = [open_bundle(read_file(found), AT_SERVER).header.first for found in list_files(tmp_path)]
    assert firsts == list(range(1, 31))


def test_statements_travel_beside_bundles(tmp_path: Path) -> None:
    statements = make_statements()
    write_statement(tmp_path, "receipt", statements["receipt"])
    write_bundle(tmp_path, make_bundle())
    found = list_files(tmp_path)
    assert [each.is_bundle for each in found] == [True, False]
    assert read_file(found[1]) == statements["receipt"]


def test_names_suit_every_file_system(tmp_path: Path) -> None:
    name = write_bundle(tmp_path, make_bundle()).name
    assert name.isascii()
    assert len(name) < 100
    assert not set(name) & set('\\/:*?"<>| ')


def test_what_is_of_no_use_is_listed_with_its_problem_and_left(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    whole = make_bundle()
    (folder / "a.bundle").write_bytes(whole[:-10])
    (folder / "b.bundle").write_bytes(b"hello")
    (folder / "c.bundle").write_bytes(b"")
    (folder / "d.bundle").write_bytes(whole + bytes(3_000_000))
    (folder / "e.signed").write_bytes(b"hello")
    (folder / "photo.jpg").write_bytes(b"hello")
    (folder / "f.bundle").symlink_to(folder / "a.bundle")
    (folder / "g.bundle").mkdir()
    (folder / "h.piece").symlink_to("/dev/zero")
    (folder / "i.piece").write_bytes(whole)
    os.mkfifo(folder / "j.piece")
    before = sorted(folder.iterdir())
    found = {each.path.name: each for each in list_files(tmp_path)}
    assert set(found) == {*(f"{letter}.bundle" for letter in "abcdfg"), "e.signed", *(f"{n}.piece" for n in "hij")}
    for name in ("f.bundle", "g.bundle", "h.piece", "j.piece"):
        with pytest.raises(NotAFile):
            read_file(found[name])
    assert isinstance(found["i.piece"].problem, NotAPiece)
    with pytest.raises(BundleIncomplete):
        read_file(found["a.bundle"])
    with pytest.raises(BundleTooLarge):
        read_file(found["d.bundle"])
    assert all(isinstance(found[name].problem, NotABundle) for name in ("b.bundle", "c.bundle", "e.signed"))
    assert sorted(folder.iterdir()) == before


def test_a_stick_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "stick"
    for act in (lambda: write_bundle(gone, make_bundle()), lambda: list_files(gone)):
        with pytest.raises(StickGone):
            act()
    assert not gone.exists()


def test_a_stick_pulled_out_while_reading_is_named(tmp_path: Path) -> None:
    write_bundle(tmp_path, make_bundle())
    (found,) = list_files(tmp_path)
    shutil.rmtree(tmp_path / FOLDER)
    with pytest.raises(StickGone):
        read_file(found)


def test_a_full_stick_is_named_and_keeps_what_it_has(small_disk: Path) -> None:
    first = make_bundle()
    write_bundle(small_disk, first)
    with pytest.raises(StickFull):
        write_file(small_disk, "big.bundle", os.urandom(64 * 1024 * 1024))
    (found,) = list_files(small_disk)
    assert read_file(found) == first
    assert len(list((small_disk / FOLDER).iterdir())) == 1
    write_bundle(small_disk, make_bundle())


def test_a_stick_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    write_bundle(tmp_path, make_bundle())
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom sync.errors import StickReadOnly\n"
        "from sync.sticks import write_file\nos.setuid(65534)\n"
        "try:\n    write_file(Path(sys.argv[1]), 'a.bundle', b'x')\nexcept StickReadOnly:\n    print('named')\n"
    )
    if os.name == "nt" or os.getuid() != 0:
        (tmp_path / FOLDER).chmod(0o500)
        with pytest.raises(StickReadOnly):
            write_file(tmp_path, "a.bundle", b"x")
        return
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "named\n", done.stderr


def test_a_writer_that_is_cut_off_leaves_whole_files_and_no_others(tmp_path: Path) -> None:
    moments = random.Random(2)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.1))
            process.kill()
            told = ["0\n", *process.stdout.read().splitlines(keepends=True)]
        written = {path.name: path.read_bytes() for path in (tmp_path / FOLDER).glob("*.bundle")}
        acknowledged = max(int(line) for line in told if line.endswith("\n"))
        assert len(written) > acknowledged
        for name, data in written.items():
            assert data == bytes([int(name[:6]) % 251]) * 400_000
        write_file(tmp_path, "after.bundle", bytes([0]) * 3)
        (tmp_path / FOLDER / "after.bundle").unlink()
        assert not list((tmp_path / FOLDER).glob("*.part"))


def test_a_name_is_made_of_the_header(tmp_path: Path) -> None:
    data = make_bundle()
    assert write_bundle(tmp_path, data).name.startswith(read_header(data).device[:8] + "-epoch-000000001-000000003-")


def test_nothing_is_written_where_the_folder_is_a_link_or_a_file(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for stick in (tmp_path / "linked", tmp_path / "taken", elsewhere):
        stick.mkdir()
    (tmp_path / "linked" / FOLDER).symlink_to(elsewhere)
    (tmp_path / "taken" / FOLDER).write_text("no folder")
    for name in ("linked", "taken"):
        with pytest.raises(StickReadOnly):
            write_file(tmp_path / name, "a.bundle", b"a bundle")
    assert list(elsewhere.iterdir()) == []
