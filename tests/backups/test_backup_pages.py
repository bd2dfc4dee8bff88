"""The page of backups."""

import contextlib
from pathlib import Path

import pytest
from factories import Village, log_in, services_of
from flask.testing import FlaskClient

from collector.accounts.recovery import set_recovery_phrase
from collector.backups.restoring import restore_archive
from collector.backups.rotation import list_archives
from collector.folder import DataFolder
from collector.phrase import make_phrase

PHRASE = make_phrase(lambda size: b"\x21" * size)


@pytest.fixture
def keeper(client: FlaskClient, village: Village) -> FlaskClient:
    folder = services_of(client.application).folder
    set_recovery_phrase(folder, PHRASE)
    folder.write_settings(language="en")
    return log_in(client, "head")


def folder_of(client: FlaskClient) -> DataFolder:
    return services_of(client.application).folder


def test_page_says_that_there_is_no_backup_yet_and_what_to_do(keeper: FlaskClient) -> None:
    page = keeper.get("/backups").get_data(as_text=True)
    assert "There is no backup yet." in page
    assert "no copy outside of this computer" in page
    assert "collector restore" in page


def test_back_up_now_makes_one_that_the_phrase_opens(keeper: FlaskClient, tmp_path: Path) -> None:
    answer = keeper.post("/backups", follow_redirects=True)
    assert "The backup was made and read back." in answer.get_data(as_text=True)
    [archive] = list_archives(folder_of(keeper).backups)
    restore_archive(archive.path, PHRASE, DataFolder(tmp_path / "new"))


def test_download_gives_the_encrypted_file_as_an_attachment(keeper: FlaskClient) -> None:
    keeper.post("/backups")
    [archive] = list_archives(folder_of(keeper).backups)
    answer = keeper.get(f"/backups/{archive.path.name}")
    assert answer.data == archive.path.read_bytes()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.parametrize("name", ["settings.json", "..%2fsettings.json", "collector-20200101-000000.age"])
def test_nothing_else_can_be_downloaded(keeper: FlaskClient, name: str) -> None:
    assert keeper.get(f"/backups/{name}").status_code == 404


def test_copy_goes_to_the_stick_and_is_remembered(keeper: FlaskClient, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    page = keeper.post("/backups/copy", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "The copy was written and read back" in page
    assert "Last copy:" in page
    assert len(list_archives(stick)) == 1


@pytest.mark.parametrize("place", ["", "relative", "/no/such/folder", "DATA", "DATA/backups"])
def test_place_that_is_no_other_folder_is_refused_at_the_field(keeper: FlaskClient, place: str) -> None:
    named = place.replace("DATA", str(folder_of(keeper).root))
    answer = keeper.post("/backups/copy", data={"folder": named})
    assert answer.status_code == 422
    assert "not a folder outside of the data folder" in answer.get_data(as_text=True)


def test_full_stick_is_told_at_the_field(keeper: FlaskClient, small_disk: Path) -> None:
    with contextlib.suppress(OSError):
        (small_disk / "filler").write_bytes(b"x" * 1_000_000)
    answer = keeper.post("/backups/copy", data={"folder": str(small_disk)})
    assert answer.status_code == 422
    assert "Older backups are still there" in answer.get_data(as_text=True)


def test_without_a_phrase_the_page_says_so_and_makes_none(keeper: FlaskClient) -> None:
    (folder_of(keeper).secrets / "recovery.recipient").unlink()
    assert "there is no recovery phrase" in keeper.get("/backups").get_data(as_text=True)
    assert keeper.post("/backups").status_code == 409


def test_members_and_strangers_may_not(client: FlaskClient, village: Village) -> None:
    assert client.post("/backups").status_code in (302, 401, 303)
    member = log_in(client, "member")
    assert member.get("/backups").status_code == 403
    assert member.post("/backups").status_code == 403
    assert member.post("/backups/copy", data={"folder": "/tmp"}).status_code == 403
    assert member.get("/backups/collector-20200101-000000.age").status_code == 403
