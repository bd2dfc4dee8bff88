"""`collector check` and `collector minutes`: damage is told, nothing is mended unasked, papers are recognised."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.attachments.files import Files
from collector.database import Database, open_database
from collector.documents.qr import make_qr_text
from collector.folder import DataFolder
from collector.meetings.finalising import amend_minutes, finalise_meeting
from collector.query import get_record, list_records
from commands.runs import copy_demo, read_json, run_command


@pytest.fixture
def demo(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "demo")


@pytest.fixture
def database(demo: DataFolder) -> Iterator[Database]:
    opened = open_database(demo.place)
    yield opened
    opened.storage.close()


def past_meeting(database: Database) -> str:
    with database.reading() as connection:
        return str(list_records(connection, "meeting", order="starts_at")[0]["id"])


@pytest.fixture
def snapshot(demo: DataFolder, database: Database) -> str:
    """The id of the finalised minutes of the past meeting."""
    return finalise_meeting(database.reading, database.recording, Files(demo.attachments), past_meeting(database))


def run_check(demo: DataFolder, *args: object) -> tuple[int, str]:
    result = run_command("check", "--data", demo.root, *args)
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def test_sound_folder_passes_and_rebuilds_equal(demo: DataFolder) -> None:
    code, told = run_check(demo)
    assert code == 0
    assert "Everything is sound" in told
    assert run_check(demo, "--rebuild")[1].splitlines()[0] == "equal"
    assert read_json("check", "--rebuild", "--data", demo.root)["equal"] is True


def test_changed_table_is_told_and_mended_by_rebuilding(demo: DataFolder, database: Database) -> None:
    with database.storage.writing() as connection:
        connection.execute("UPDATE household SET head_name = 'X' WHERE number = 1")
    code, told = run_check(demo)
    assert code == 1
    assert "household/" in told
    code, told = run_check(demo, "--rebuild")
    assert (code, told.splitlines()[0]) == (1, "not equal")
    assert run_check(demo, "--rebuild")[0] == 0


def test_changed_revision_breaks_the_chain(demo: DataFolder, database: Database) -> None:
    with database.storage.writing() as connection:
        body = bytes(connection.value("SELECT body FROM revision WHERE sequence = 9"))
        connection.execute(
            "UPDATE revision SET body = :body WHERE sequence = 9",
            {"body": body + b" "},
        )
    code, told = run_check(demo)
    assert code == 1
    assert "The log is broken at" in told


def test_missing_and_altered_files_are_named(demo: DataFolder, database: Database) -> None:
    files = Files(demo.attachments)
    owner = past_meeting(database)
    with database.reading() as connection:
        unit = get_record(connection, "meeting", owner)["unit"]
    with database.recording() as recorder:
        for name in ("altered.jpg", "missing.jpg"):
            sha256 = files.add(name.encode())
            values = {"owner_kind": "meeting", "owner": owner, "role": "photo", "sha256": sha256, "name": name}
            recorder.add("attachment", unit, {**values, "size_bytes": 11, "media_type": "image/jpeg"})
            path = files.path(sha256)
            path.unlink()
            if name.startswith("altered"):
                path.write_bytes(b"other")
    code, told = run_check(demo)
    assert code == 1
    assert "“altered.jpg” was altered" in told
    assert "“missing.jpg” is missing" in told


def test_minutes_are_a_draft_until_finalised_and_then_the_stored_bytes(
    demo: DataFolder, database: Database, tmp_path: Path
) -> None:
    meeting = past_meeting(database)
    target = tmp_path / "minutes.pdf"
    draft = read_json("minutes", meeting, "-o", target, "--data", demo.root)
    assert (draft["finalised"], target.read_bytes()[:5]) == (False, b"%PDF-")
    snapshot = finalise_meeting(database.reading, database.recording, Files(demo.attachments), meeting)
    final = read_json("minutes", meeting, "-o", target, "--data", demo.root)
    assert final["finalised"] is True
    with database.reading() as connection:
        rows = list_records(connection, "attachment", owner=snapshot, role="pdf", document="minutes")
    assert target.read_bytes() == Files(demo.attachments).read(rows[0]["sha256"])


def test_minutes_of_no_meeting_are_refused(demo: DataFolder, tmp_path: Path) -> None:
    refused = run_command("minutes", "nothing", "-o", tmp_path / "x.pdf", "--data", demo.root)
    assert refused.exit_code == 1
    assert not (tmp_path / "x.pdf").exists()


@pytest.fixture
def paper(demo: DataFolder, database: Database, snapshot: str, tmp_path: Path) -> Path:
    target = tmp_path / "minutes.pdf"
    read_json("minutes", past_meeting(database), "-o", target, "--data", demo.root)
    return target


def test_finalised_paper_matches_as_file_and_as_code(
    demo: DataFolder, database: Database, snapshot: str, paper: Path
) -> None:
    code, told = run_check(demo, "--sheet", paper)
    assert code == 0
    assert told.startswith("Matches: ")
    with database.reading() as connection:
        row = get_record(connection, "snapshot", snapshot)
        papers = list_records(connection, "attachment", owner=snapshot, role="paper")
    assert row["number_text"] in told
    assert len(papers) > 1
    for each in papers:
        assert run_check(demo, "--sheet", make_qr_text(snapshot, each["sha256"]))[0] == 0


def test_amendment_matches_too(demo: DataFolder, database: Database, snapshot: str) -> None:
    typed = {"reason": "Ghi sót", "text": "Bổ sung một ý kiến.", "made_on": "2026-11-01"}
    amendment = amend_minutes(
        database.reading, database.recording, Files(demo.attachments), past_meeting(database), typed
    )
    with database.reading() as connection:
        [each] = list_records(connection, "attachment", owner=amendment, role="paper")
    code, told = run_check(demo, "--sheet", make_qr_text(amendment, each["sha256"]))
    assert (code, told[:8]) == (0, "Matches:")


def test_code_of_other_content_is_altered(demo: DataFolder, snapshot: str) -> None:
    code, told = run_check(demo, "--sheet", make_qr_text(snapshot, "0" * 64))
    assert code == 1
    assert told.startswith("Altered: ")


def test_file_whose_pages_were_changed_is_altered_although_its_record_is_right(demo: DataFolder, paper: Path) -> None:
    paper.write_bytes(paper.read_bytes() + b"\n% one more line\n")
    code, told = run_check(demo, "--sheet", paper)
    assert code == 1
    assert "pages may have been changed" in told


def test_paper_of_another_folder_is_unknown(paper: Path, tmp_path: Path) -> None:
    other = copy_demo(tmp_path / "other")
    code, told = run_check(other, "--sheet", paper)
    assert code == 1
    assert told.startswith("Unknown: ")


@pytest.mark.parametrize("text", ["COLLECTOR1:x", "COLLECTOR1:x:y", "COLLECTOR1:../..:" + "0" * 64])
def test_text_that_is_no_code_is_refused(demo: DataFolder, text: str) -> None:
    code, told = run_check(demo, "--sheet", text)
    assert code == 1
    assert "not the text of a code" in told


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-1.7" + b"\xff" * 5_000])
def test_file_without_a_record_is_refused(demo: DataFolder, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file.pdf"
    file.write_bytes(data)
    code, told = run_check(demo, "--sheet", file)
    assert code == 1
    assert "carries no record" in told
