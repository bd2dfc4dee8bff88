"""The pages of USB sticks: without a script, in plain words, and never losing anything."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from answer_scenes import rows_of
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.attachments.files import Files
from collector.attachments.store import NewFile, add_attachment
from collector.device import ensure_keys
from collector.joining.store import name_centre
from collector.membership import read_membership
from collector.sticks.errors import FILE_WORDS, SENT_ADVICE
from collector.sticks.jobs import FILE, Job, JobDesk
from collector.sticks.report import WriteReport
from collector.sticks.writing import write_stick
from sticks.members import folder_of, join, party_of, sign_member
from sticks.photo_folders import make_photo
from sticks.world import CENTRE, World
from sync.departures import written_to_stick
from sync.enrolment import read_request
from sync.scopes import Grant
from sync.sticks import FOLDER, list_files


@pytest.fixture
def keeper(app: Flask, client: FlaskClient, village: Village, world: World) -> FlaskClient:
    """The head of a village whose laptop belongs to the centre."""
    folder_of(app).write_settings(language="en")
    join(world, app, village.unit)
    return log_in(client, "head")


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_writing_tells_what_was_written_and_how_to_take_the_stick_out(keeper: FlaskClient, stick: Path) -> None:
    answer = keeper.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "The stick is written, and every file was read back." in page
    assert "Entries for the centre:" in page
    assert "Take the stick out safely" in page
    assert any(found.is_bundle for found in list_files(stick))
    assert "waiting for a receipt" in text_of(keeper, "/sticks")


def test_large_numbers_are_grouped_on_the_page(keeper: FlaskClient, app: Flask) -> None:
    report = WriteReport("/media/usb", revisions=2_519).as_values()
    JobDesk(folder_of(app)).start(Job("write", "/media/usb"), lambda _: report, wait_seconds=30)
    assert "Entries for the centre: 2,519." in text_of(keeper, "/sticks/result")


def test_writing_the_same_stick_again_says_that_nothing_was_needed(keeper: FlaskClient, stick: Path) -> None:
    keeper.post("/sticks/write", data={"folder": str(stick)})
    page = keeper.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "Nothing had to be written" in page


def test_a_record_says_that_it_is_on_a_stick_and_still_only_here(
    keeper: FlaskClient, app: Flask, world: World, stick: Path
) -> None:
    keeper.post("/programmes/new", data={"name": "Đường vào bản"})
    page = f"/programmes/{rows_of(app, 'programme')[0]['id']}"
    keeper.post("/sticks/write", data={"folder": str(stick)})
    told = text_of(keeper, page)
    assert "only on this laptop" in told
    assert "written to a USB stick at" in told
    assert "waiting for a receipt" in text_of(keeper, "/send-and-receive")
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    keeper.post("/sticks/read", data={"folder": str(stick)})
    told = text_of(keeper, page)
    assert "received by the commune or city" in told
    assert "written to a USB stick" not in told
    assert "waiting for a receipt" not in text_of(keeper, "/send-and-receive")


def test_receipts_that_come_back_end_the_waiting(
    keeper: FlaskClient, app: Flask, world: World, stick: Path
) -> None:
    keeper.post("/sticks/write", data={"folder": str(stick)})
    with services_of(app).database.reading() as connection:
        assert written_to_stick(connection)
    world.read_stick("centre", stick)
    world.write_stick("centre", stick)
    look = text_of(keeper, f"/sticks/look?folder={stick}")
    assert "This computer" in look
    assert "Receipts and other signed papers" in look
    page = keeper.post("/sticks/read", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "Receipts of the centre: 1, of them for this computer: 1." in page
    assert "waiting for a receipt" not in text_of(keeper, "/sticks")


def test_a_photo_goes_onto_the_stick_is_carried_back_and_goes_from_it_when_erased(
    keeper: FlaskClient, app: Flask, village: Village, stick: Path
) -> None:
    keeper.post("/programmes/new", data={"name": "Đường vào bản"})
    programme, root = rows_of(app, "programme")[0]["id"], folder_of(app).attachments
    photo = NewFile("programme", programme, "photo", "anh.jpg", make_photo(1), "image/jpeg")
    with services_of(app).database.recording("an") as recorder:
        attachment = add_attachment(recorder, Files(root), village.unit, photo)
    assert "only on this computer 1, received by the centre 0" in text_of(keeper, "/sticks")
    page = keeper.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "Photos and scans: 1." in page
    assert "Sealed parts of photos and scans: 1" in text_of(keeper, f"/sticks/look?folder={stick}")
    keeper.post("/sticks/read", data={"folder": str(stick)})
    for change in ("remove", "erase"):
        with services_of(app).database.recording("an") as recorder:
            getattr(recorder, change)("attachment", attachment)
    keeper.post("/sticks/write", data={"folder": str(stick)})
    assert not list(stick.rglob("*.piece"))


def test_looking_changes_nothing(keeper: FlaskClient, app: Flask, world: World, stick: Path) -> None:
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in (stick / FOLDER).iterdir())
    assert "Computer 4F6S" in text_of(keeper, f"/sticks/look?folder={stick}")
    assert sorted((path.name, path.stat().st_mtime_ns) for path in (stick / FOLDER).iterdir()) == before
    with services_of(app).database.reading() as connection:
        assert connection.value("SELECT count(*) FROM carried") == 0


def test_files_can_be_sent_by_the_browser_several_at_once(
    keeper: FlaskClient, app: Flask, world: World, stick: Path
) -> None:
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    sent = [(io.BytesIO(path.read_bytes()), path.name) for path in sorted((stick / FOLDER).iterdir())]
    sent.append((io.BytesIO(b"nothing of ours"), "photo.jpg"))
    page = keeper.post(
        "/sticks/files", data={"files": sent}, content_type="multipart/form-data", follow_redirects=True
    ).get_data(as_text=True)
    with services_of(app).database.reading() as connection:
        assert connection.value("SELECT count(*) FROM carried") == 1
    assert "Carried, unopened" in page
    assert "photo.jpg: This is not a file of Collector" in page
    assert "Nothing of it was taken. Please have it written again." in page
    assert "The files were read. Some were not taken" in page
    assert "on the stick" not in page and "The stick" not in page
    assert not list((folder_of(app).root / "incoming").iterdir())


def test_no_files_is_said_at_the_field(keeper: FlaskClient) -> None:
    answer = keeper.post("/sticks/files", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "No file is chosen yet" in answer.get_data(as_text=True)


def test_what_was_not_taken_is_named_with_its_reason(keeper: FlaskClient, world: World, stick: Path) -> None:
    world.folders["chi"].write("m1", "u2", title="Họp")
    world.write_stick("chi", stick)
    whole = next(found.path for found in list_files(stick) if found.is_bundle)
    (stick / FOLDER / "torn.bundle").write_bytes(whole.read_bytes()[:-9])
    page = keeper.post("/sticks/read", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "Collector/torn.bundle: The file ends too early" in page
    assert (stick / FOLDER / "torn.bundle").exists()


@pytest.mark.parametrize("place", ["", "relative", "/no/such/folder", "DATA", "DATA/backups", "/"])
@pytest.mark.parametrize("act", ["write", "read", "look"])
def test_a_place_that_is_no_stick_is_refused(keeper: FlaskClient, app: Flask, place: str, act: str) -> None:
    named = place.replace("DATA", str(folder_of(app).root))
    if act == "look":
        answer = keeper.get("/sticks/look", query_string={"folder": named})
    else:
        answer = keeper.post(f"/sticks/{act}", data={"folder": named})
    assert answer.status_code == 422
    said = "there is no such folder, or it lies in the data folder" if place else "No stick is chosen yet."
    assert said in answer.get_data(as_text=True)


def test_a_full_stick_is_told_and_trying_another_works(keeper: FlaskClient, small_disk: Path, stick: Path) -> None:
    with contextlib.suppress(OSError):
        (small_disk / "filler").write_bytes(b"x" * 1_000_000)
    page = keeper.post("/sticks/write", data={"folder": str(small_disk)}, follow_redirects=True)
    assert f"The USB stick is full: {small_disk}. What was whole" in page.get_data(as_text=True)
    overview = text_of(keeper, "/sticks")
    assert "It ended too early." in overview and "A stick was written." not in overview
    page = keeper.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True)
    assert "The stick is written" in page.get_data(as_text=True)


def test_a_laptop_that_belongs_to_no_centre_is_told_what_to_do(
    client: FlaskClient, app: Flask, village: Village, stick: Path
) -> None:
    folder_of(app).write_settings(language="en")
    head = log_in(client, "head")
    assert "does not belong to a centre yet" in text_of(head, "/sticks")
    answer = head.post("/sticks/write", data={"folder": str(stick)})
    assert answer.status_code == 422
    assert "does not belong to a centre yet" in answer.get_data(as_text=True)
    assert not list(stick.iterdir())


def test_a_laptop_joins_by_stick_after_a_person_compared_the_words(
    client: FlaskClient, app: Flask, village: Village, world: World, stick: Path
) -> None:
    folder_of(app).write_settings(language="en")
    head = log_in(client, "head")
    page = head.post("/sticks/request", data={"folder": str(stick)}, follow_redirects=True).get_data(as_text=True)
    assert "The request is on the stick." in page
    head.post("/sticks/request", data={"folder": str(stick)})
    (request,) = (stick / FOLDER).iterdir()
    assert read_request(request.read_bytes())[0].device == ensure_keys(folder_of(app)).id
    assert "There is no answer for this computer here." in text_of(head, f"/sticks/look?folder={stick}")
    for page_that_waits in ("/sticks", "/centre"):
        assert "The answer of the centre has not come yet." in text_of(head, page_that_waits)
    world.read_stick("xa", stick)
    request.unlink()
    world.write_stick("xa", stick)
    assert world.read_stick("centre", stick).requests == 1
    keys = ensure_keys(folder_of(app))
    world.certify(keys, (Grant(village.unit, (), True),))
    (stick / FOLDER / "answer.signed").write_bytes(sign_member(world, keys, village.unit))
    words = name_centre(CENTRE.public_signing)
    shown = text_of(head, f"/sticks/look?folder={stick}")
    assert words in shown and "They differ: do not join" in shown
    refused = head.post("/sticks/join", data={"folder": str(stick), "words": "other words"})
    assert refused.status_code == 422
    assert read_membership(folder_of(app)) is None
    page = head.post("/sticks/join", data={"folder": str(stick), "words": words}, follow_redirects=True)
    assert "This computer belongs to the centre now." in page.get_data(as_text=True)
    assert "The answer of the centre has not come yet." not in text_of(head, "/sticks")
    written = head.post("/sticks/write", data={"folder": str(stick)}, follow_redirects=True)
    assert "The stick is written" in written.get_data(as_text=True)


def test_an_invented_village_cannot_ask(client: FlaskClient, app: Flask, village: Village, stick: Path) -> None:
    folder_of(app).write_settings(language="en", demo=True)
    answer = log_in(client, "head").post("/sticks/request", data={"folder": str(stick)})
    assert answer.status_code == 422
    assert "invented village for practice" in answer.get_data(as_text=True)
    assert not list(stick.iterdir())


def test_an_interrupted_job_is_told_and_does_not_seem_to_run(keeper: FlaskClient, app: Flask, stick: Path) -> None:
    keeper.post("/sticks/write", data={"folder": str(stick)})
    path = folder_of(app).root / FILE
    kept = path.read_text().replace('"state": "done"', '"state": "running"')
    path.write_text(re.sub(r'"at": "[^"]+"', '"at": "2026-01-01T00:00:00Z"', kept))
    answer = keeper.get("/sticks/result")
    assert "The program ended before this did." in answer.get_data(as_text=True)
    assert "Refresh" not in answer.headers
    path.write_text("{not json")
    assert keeper.get("/sticks/result").status_code == 302


def test_a_running_job_looks_again_by_itself_without_a_script(keeper: FlaskClient, app: Flask, stick: Path) -> None:
    keeper.post("/sticks/write", data={"folder": str(stick)})
    path = folder_of(app).root / FILE
    path.write_text(path.read_text().replace('"state": "done"', '"state": "running"'))
    answer = keeper.get("/sticks/result")
    assert answer.headers["Refresh"] == "2"
    assert "Please leave the stick plugged in." in answer.get_data(as_text=True)


def test_pages_are_there_before_what_seals_and_opens_bundles_is_loaded() -> None:
    heavy = ("pyrage", "zstandard", "collector.sticks.writing", "collector.sticks.reading")
    code = f"import sys, collector.application; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_members_and_strangers_may_not(client: FlaskClient, village: Village) -> None:
    assert client.get("/sticks").status_code in (302, 401)
    member = log_in(client, "member")
    for path in ("/sticks", "/sticks/look", "/sticks/result"):
        assert member.get(path).status_code == 403
    for path in ("/sticks/write", "/sticks/read", "/sticks/files"):
        assert member.post(path).status_code == 403


def test_the_party_of_a_folder_seals_for_its_centre(keeper: FlaskClient, app: Flask, world: World, stick: Path) -> None:
    report = write_stick(party_of(app), stick)
    assert report.revisions > 0
    read = world.read_stick("centre", stick)
    assert (read.left, read.new) == ([], report.revisions)


def test_no_advice_about_a_file_of_a_browser_speaks_of_a_stick() -> None:
    for code, (_, advice) in FILE_WORDS.items():
        assert "stick" not in SENT_ADVICE.get(code, advice), code
