"""What a folder keeps of the centre that it belongs to."""

from dataclasses import replace
from pathlib import Path

import pytest
from enrolment_scenes import SONG_COMMUNE, CentreScene, Laptop

from collector.device import ensure_keys
from collector.errors import FolderDamaged
from collector.folder import DataFolder
from collector.membership import FILE, belongs_to_centre, keep_membership, move_centre, read_membership
from sync.enrolling import Admitted
from sync.errors import AnswerRefused
from sync.sqlite import SqliteStorage


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A prepared data folder."""
    made = DataFolder(tmp_path / "laptop")
    made.prepare()
    return made


@pytest.fixture
def centre(tmp_path: Path) -> CentreScene:
    """A centre to which nobody belongs yet."""
    return CentreScene(SqliteStorage(tmp_path / "centre.sqlite"))


def test_a_membership_is_kept_and_read(folder: DataFolder, centre: CentreScene) -> None:
    assert read_membership(folder) is None and not belongs_to_centre(folder)
    laptop = Laptop(keys=ensure_keys(folder))
    statement = centre.enrolling.approve(laptop.request(), Admitted("village", SONG_COMMUNE))
    kept = keep_membership(folder, statement)
    assert read_membership(folder) == kept
    assert belongs_to_centre(folder)
    assert (kept.server, kept.unit) == (centre.keys.id, laptop.unit)


def test_the_address_is_where_the_laptop_reached_it(folder: DataFolder, centre: CentreScene) -> None:
    laptop = Laptop(keys=ensure_keys(folder))
    statement = centre.enrolling.approve(laptop.request(), Admitted("village", SONG_COMMUNE))
    assert keep_membership(folder, statement).url == "https://centre.example"
    assert keep_membership(folder, statement, "https://192.0.2.1").url == "https://192.0.2.1"
    move_centre(folder, "https://elsewhere.example")
    found = read_membership(folder)
    assert found is not None
    assert (found.url, found.server) == ("https://elsewhere.example", centre.keys.id)


def test_a_centre_that_does_not_say_its_address_keeps_the_known_one(folder: DataFolder, centre: CentreScene) -> None:
    laptop = Laptop(keys=ensure_keys(folder))
    centre.enrolling.facts = replace(centre.enrolling.facts, url="")
    statement = centre.enrolling.approve(laptop.request(), Admitted("village", SONG_COMMUNE))
    assert keep_membership(folder, statement, "https://192.0.2.1").url == "https://192.0.2.1"
    assert keep_membership(folder, statement).url == "https://192.0.2.1"


def test_the_word_for_another_laptop_is_not_kept(folder: DataFolder, centre: CentreScene) -> None:
    statement = centre.enrolling.approve(Laptop().request(), Admitted("village", SONG_COMMUNE))
    with pytest.raises(AnswerRefused):
        keep_membership(folder, statement)
    assert read_membership(folder) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"statement": "AAAA"}', '{"statement": 5}'])
def test_a_damaged_file_is_named(folder: DataFolder, content: str) -> None:
    (folder.root / FILE).write_text(content)
    with pytest.raises(FolderDamaged):
        read_membership(folder)
