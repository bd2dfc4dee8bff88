"""The shelf of a data folder: contents arrive in parts, and count only when their hash is right."""

import hashlib
from pathlib import Path

import pytest

from collector.attachments import shelf as shelves
from collector.attachments.files import MAX_FILE_BYTES, FileMissing, Files, FileTooLarge
from collector.attachments.shelf import FolderShelf
from collector.attachments.store import DiskNearlyFull
from sync.attachments import PART_BYTES, fetch_attachments, send_attachments

DATA = b"anh chup bien ban " * 9_000
NAME = hashlib.sha256(DATA).hexdigest()


class Remote:
    """Another folder's shelf, as if it were far away; `breaks_after` parts the connection breaks."""

    def __init__(self, shelf: FolderShelf, breaks_after: int = 1_000) -> None:
        self.shelf = shelf
        self.sent: list[str] = []
        self.breaks_after = breaks_after

    def describe(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        return {name: (self.shelf.size(name), self.shelf.part_size(name)) for name in names}

    def read(self, name: str, offset: int, length: int) -> bytes:
        self._pass(name)
        return self.shelf.read(name, offset, length)

    def append(self, name: str, offset: int, data: bytes, *, is_last: bool) -> int:
        self._pass(name)
        length = self.shelf.append(name, offset, data)
        if is_last:
            self.shelf.finish(name)
        return length

    def _pass(self, name: str) -> None:
        if len(self.sent) >= self.breaks_after:
            raise ConnectionResetError
        self.sent.append(name)


@pytest.fixture
def here(tmp_path: Path) -> FolderShelf:
    (tmp_path / "here").mkdir()
    return FolderShelf(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> FolderShelf:
    (tmp_path / "there").mkdir()
    return FolderShelf(tmp_path / "there")


def test_a_content_arrives_in_parts_and_becomes_a_file(here: FolderShelf, there: FolderShelf, tmp_path: Path) -> None:
    Files(tmp_path / "here").add(DATA)
    assert send_attachments(here, Remote(there), [NAME]) == 1
    assert Files(tmp_path / "there").read(NAME) == DATA
    assert there.part_size(NAME) == 0
    assert send_attachments(here, Remote(there), [NAME]) == 0


def test_what_was_cut_off_is_gone_on_from_there(here: FolderShelf, there: FolderShelf, tmp_path: Path) -> None:
    Files(tmp_path / "there").add(DATA)
    with pytest.raises(ConnectionResetError):
        fetch_attachments(here, Remote(there, breaks_after=1), [NAME])
    assert here.part_size(NAME) == PART_BYTES
    assert here.size(NAME) is None
    again = Remote(there)
    assert fetch_attachments(here, again, [NAME]) == [NAME]
    assert len(again.sent) == len(DATA) // PART_BYTES
    assert Files(tmp_path / "here").read(NAME) == DATA


def test_small_contents_come_first(here: FolderShelf, there: FolderShelf, tmp_path: Path) -> None:
    names = [Files(tmp_path / "there").add(bytes([size % 251]) * size) for size in (90_000, 10, 3_000)]
    remote = Remote(there)
    fetch_attachments(here, remote, names)
    assert list(dict.fromkeys(remote.sent)) == [names[1], names[2], names[0]]


def test_a_false_content_is_thrown_away(here: FolderShelf, tmp_path: Path) -> None:
    here.append(NAME, 0, b"something else")
    assert not here.finish(NAME)
    assert here.size(NAME) is None
    assert here.part_size(NAME) == 0
    with pytest.raises(FileMissing):
        Files(tmp_path / "here").read(NAME)


def test_a_part_that_does_not_go_on_changes_nothing(here: FolderShelf) -> None:
    here.append(NAME, 0, DATA[:100])
    assert here.append(NAME, 50, DATA[50:200]) == 100
    assert here.append(NAME, 200, DATA[200:]) == 100
    assert here.append(NAME, 100, DATA[100:]) == len(DATA)
    assert here.finish(NAME)


def test_finishing_twice_is_finishing_once(here: FolderShelf) -> None:
    here.append(NAME, 0, DATA)
    assert here.finish(NAME)
    assert here.finish(NAME)


@pytest.mark.parametrize("name", ["", "..", "../../settings.json", NAME.upper(), NAME[:-1], NAME + "0"])
def test_names_that_are_no_hash_touch_nothing(here: FolderShelf, tmp_path: Path, name: str) -> None:
    for act in (lambda: here.size(name), lambda: here.append(name, 0, b"x"), lambda: here.finish(name)):
        with pytest.raises(FileMissing):
            act()
    assert list((tmp_path / "here").iterdir()) == []


def test_too_long_a_content_is_refused(here: FolderShelf) -> None:
    with pytest.raises(FileTooLarge):
        here.append(NAME, MAX_FILE_BYTES, b"x")


def test_a_nearly_full_disk_takes_none(here: FolderShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FREE_BYTES_KEPT", 1 << 60)
    with pytest.raises(DiskNearlyFull):
        here.append(NAME, 0, b"x")
    assert here.part_size(NAME) == 0
