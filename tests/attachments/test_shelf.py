"""The shelf of a data folder: parts that go on, hashes that decide, a full disk that takes nothing along."""

import hashlib
import os
import time
from pathlib import Path
from random import Random

import pytest

from collector.attachments.files import MAX_FILE_BYTES, FileMissing, Files, FileTooLarge
from collector.attachments.shelf import FolderShelf, ServedShelf
from collector.attachments.store import DiskNearlyFull
from collector.errors import FolderNotWritable
from sync.attachments import MAX_BYTES, PART_BYTES, fetch_attachments, send_attachments
from sync.errors import AttachmentUnknown, StorageFull

CONTENT = Random(17).randbytes(3 * PART_BYTES + 17)
OTHER = hashlib.sha256(b"yz").hexdigest()
NAME = hashlib.sha256(CONTENT).hexdigest()
WAYS = ["", ".", "..", "../../secrets/session.key", f"{NAME}/x", f"{NAME}\n", NAME.upper(), NAME[:63], f"{NAME}0", "\0"]


def make_shelf(root: Path, sender: str = "centre", *, keep_free_bytes: int = 0) -> FolderShelf:
    root.mkdir(exist_ok=True)
    return FolderShelf(root, sender, keep_free_bytes=keep_free_bytes)


def list_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_content_goes_over_in_parts_and_comes_back(tmp_path: Path) -> None:
    here, there, third = (make_shelf(tmp_path / name) for name in ("here", "there", "third"))
    Files(tmp_path / "here").add(CONTENT)
    moved: list[int] = []
    line = ServedShelf(there, set)
    assert send_attachments(here, line, [NAME], moved.append) == [NAME]
    assert (sum(moved), max(moved)) == (len(CONTENT), PART_BYTES)
    assert fetch_attachments(third, line, [NAME]) == [NAME]
    assert Files(tmp_path / "third").read(NAME) == CONTENT
    assert len(list_files(tmp_path / "third")) == 1


def test_a_cut_content_goes_on_where_it_stopped_also_in_another_process(tmp_path: Path) -> None:
    assert make_shelf(tmp_path / "a").append(NAME, 0, CONTENT[:1_000]) == 1_000
    again = make_shelf(tmp_path / "a")
    assert (again.size(NAME), again.part_size(NAME)) == (None, 1_000)
    assert again.append(NAME, 0, CONTENT[:2_000]) == 1_000
    assert again.append(NAME, 999, b"x") == 1_000
    assert again.append(NAME, 1_000, CONTENT[1_000:]) == len(CONTENT)
    assert again.finish(NAME)
    assert again.size(NAME) == len(CONTENT)
    assert again.read(NAME, 5, 7) == CONTENT[5:12]
    assert again.finish(NAME)


def test_what_has_another_hash_is_thrown_away_and_never_seen(tmp_path: Path) -> None:
    shelf = make_shelf(tmp_path / "a")
    shelf.append(NAME, 0, CONTENT[:-1] + b"x")
    assert not shelf.finish(NAME)
    assert list_files(tmp_path / "a") == []
    assert shelf.part_size(NAME) == 0
    assert not shelf.finish(NAME)


def test_what_two_senders_send_does_not_mix(tmp_path: Path) -> None:
    good, bad = make_shelf(tmp_path / "a", "an"), make_shelf(tmp_path / "a", "binh")
    good.append(NAME, 0, CONTENT[:500])
    bad.append(NAME, 0, b"x" * len(CONTENT))
    assert not bad.finish(NAME)
    good.append(NAME, 500, CONTENT[500:])
    assert good.finish(NAME)
    assert bad.size(NAME) == len(CONTENT)


@pytest.mark.parametrize("name", WAYS)
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    shelf = make_shelf(tmp_path / "files")
    (tmp_path / "secrets").mkdir()
    assert shelf.size(name) is None
    for act in (lambda: shelf.append(name, 0, b"x"), lambda: shelf.part_size(name), lambda: shelf.finish(name)):
        with pytest.raises(FileMissing):
            act()
    with pytest.raises(FileMissing):
        ServedShelf(shelf, set).append(name, 0, b"x", is_last=True)
    assert list_files(tmp_path) == []


@pytest.mark.parametrize("sender", ["", "..", "a/b", "a" * 101])
def test_a_sender_never_leads_out_of_the_folder(tmp_path: Path, sender: str) -> None:
    with pytest.raises(AttachmentUnknown):
        make_shelf(tmp_path / "files", sender)


def test_more_than_a_file_may_have_is_refused_and_not_kept(tmp_path: Path) -> None:
    assert MAX_BYTES == MAX_FILE_BYTES
    shelf = make_shelf(tmp_path / "a")
    shelf.append(NAME, 0, b"x" * 100)
    with pytest.raises(FileTooLarge):
        shelf.append(NAME, 100, bytes(MAX_BYTES))
    assert list_files(tmp_path / "a") == []


def test_a_full_disk_takes_nothing_and_keeps_what_was_there(small_disk: Path) -> None:
    shelf = make_shelf(small_disk / "a", keep_free_bytes=-1_000_000_000)
    data = os.urandom(550_000)
    name = hashlib.sha256(data).hexdigest()
    shelf.append(name, 0, data[:500_000])
    with pytest.raises(FolderNotWritable):
        shelf.append(name, 500_000, data[500_000:] * 4)
    assert shelf.part_size(name) == 500_000
    shelf.append(name, 500_000, data[500_000:])
    assert shelf.finish(name)
    assert shelf.read(name, 0, len(data)) == data


def test_a_write_that_breaks_in_the_middle_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = make_shelf(tmp_path / "a")
    shelf.append(NAME, 0, CONTENT[:100])
    part = next(iter(list_files(tmp_path / "a")))
    opened = Path.open

    def open_full(path: Path, mode: str = "r") -> object:
        file = opened(path, mode)
        if mode == "ab":
            file.write(b"half of it")
            file.close()
            raise OSError(28, "No space left on device")
        return file

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(FolderNotWritable):
        shelf.append(NAME, 100, CONTENT[100:200])
    monkeypatch.undo()
    assert part.read_bytes() == CONTENT[:100]


def test_files_leave_room_for_what_is_recorded(tmp_path: Path) -> None:
    free = Files(tmp_path).free_bytes()
    shelf = make_shelf(tmp_path / "a", keep_free_bytes=free + 10_000_000)
    with pytest.raises(DiskNearlyFull):
        shelf.append(NAME, 0, b"x")


def test_a_device_is_told_of_a_full_disk_as_where_records_find_none(tmp_path: Path) -> None:
    free = Files(tmp_path).free_bytes()
    served = ServedShelf(make_shelf(tmp_path / "a", keep_free_bytes=free + 10_000_000), set)
    with pytest.raises(StorageFull):
        served.append(NAME, 0, b"x", is_last=False)


def test_a_device_is_told_when_the_disk_fills_in_the_middle(small_disk: Path) -> None:
    served = ServedShelf(make_shelf(small_disk / "a", keep_free_bytes=-1_000_000_000), set)
    with pytest.raises(StorageFull):
        served.append(NAME, 0, bytes(5_000_000), is_last=False)


def test_parts_that_nobody_goes_on_with_are_removed(tmp_path: Path) -> None:
    shelf = make_shelf(tmp_path / "a")
    shelf.append(NAME, 0, b"x")
    assert shelf.append(OTHER, 0, b"y") == 1
    assert shelf.part_size(NAME) == 1
    (part,) = [path for path in list_files(tmp_path / "a") if path.name == NAME]
    os.utime(part, (0, 0))
    shelf.append(OTHER, 1, b"z")
    assert shelf.part_size(NAME) == 1
    shelf.append(NAME[::-1], 0, b"new")
    assert (shelf.part_size(NAME), shelf.part_size(OTHER)) == (0, 2)


def test_a_sender_who_begins_ever_new_contents_keeps_the_latest_few_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.attachments.shelf.MAX_PARTS", 3)
    shelf, other = make_shelf(tmp_path / "a"), FolderShelf(tmp_path / "a", "other", keep_free_bytes=0)
    other.append(NAME, 0, b"x")
    names = [f"{number:02x}" * 32 for number in range(5)]
    for moment, name in enumerate(names):
        shelf.append(name, 0, b"x")
        for part in [path for path in list_files(tmp_path / "a") if path.name == name]:
            os.utime(part, (time.time() - 100 + moment,) * 2)
    assert [shelf.part_size(name) for name in names] == [0, 0, 1, 1, 1]
    assert other.part_size(NAME) == 1


def test_the_centre_neither_gives_nor_takes_what_the_device_may_not_see(tmp_path: Path) -> None:
    Files(tmp_path).add(CONTENT)
    served = ServedShelf(make_shelf(tmp_path), lambda names: set())
    assert served.describe([NAME]) == {}
    with pytest.raises(AttachmentUnknown):
        served.read(NAME, 0, 10)
    with pytest.raises(AttachmentUnknown):
        served.append(NAME, 0, b"x", is_last=False)


def test_what_the_centre_has_already_is_not_taken_again(tmp_path: Path) -> None:
    Files(tmp_path).add(CONTENT)
    served = ServedShelf(make_shelf(tmp_path), set)
    assert served.append(NAME, 0, b"x" * 10, is_last=True) == len(CONTENT)
    assert Files(tmp_path).read(NAME) == CONTENT
    assert len(list_files(tmp_path)) == 1


def test_names_are_those_of_whole_contents_in_their_places(tmp_path: Path) -> None:
    files = Files(tmp_path)
    name = files.add(CONTENT)
    for place in (tmp_path / "parts" / "sender" / name, tmp_path / "00" / name, tmp_path / name[:2] / "notes.txt"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(CONTENT)
    assert files.list_names() == {name}
