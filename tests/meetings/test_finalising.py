"""Finalised minutes: numbered, hashed, locked; later words are amendments or marked as late."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from factories import Village, log_in, services_of
from flask import Flask

from collector.documents import read_embedded
from collector.documents.errors import DocumentError
from collector.errors import RecordLocked
from collector.meetings import finalising, store
from collector.meetings.late import list_late
from collector.meetings.store import MeetingNotReady
from collector.recorder import Recorder
from meetings.scenes import add_households, end, hold_meeting, rows_of, say, tick, vote
from sync.log import list_states


def finalise(app: Flask, meeting_id: str) -> str:
    found = services_of(app)
    return finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting_id)


@pytest.fixture
def held(app: Flask, village: Village) -> str:
    """A meeting that is over, with 55 of 68 households, one vote and two opinions, one of them unnamed."""
    meeting = hold_meeting(app, village)
    tick(app, meeting, add_households(app, village)[:55])
    vote(app, meeting, 48, 5, 2)
    say(app, meeting, "Xin làm bể chứa lớn hơn.", speaker="Bríu Thị Ngăm")
    say(app, meeting, "Đường ống qua rẫy nhà tôi.", speaker="Pơloong Kín Đáo", anonymous=True)
    end(app, meeting)
    return meeting


def test_the_pdf_carries_exactly_what_is_stored(app: Flask, held: str) -> None:
    snapshot_id = finalise(app, held)
    snapshot = rows_of(app, "snapshot")[0]
    assert snapshot["id"] == snapshot_id
    files = services_of(app).files
    stored = {(row["document"], row["role"]): files.read(row["sha256"]) for row in rows_of(app, "attachment")}
    assert set(stored) == {
        (name, role) for name in ("resolution", "attendance") for role in ("paper", "pdf")
    }
    embedded = read_embedded(stored["resolution", "pdf"])
    assert embedded.snapshot_id == snapshot_id
    assert embedded.sha256 == snapshot["paper_sha256"]
    assert embedded.data == stored["resolution", "paper"]


def test_a_withheld_name_is_in_no_paper_and_never_leaves_the_village(app: Flask, held: str) -> None:
    finalise(app, held)
    files = services_of(app).files
    papers = b"".join(files.read(row["sha256"]) for row in rows_of(app, "attachment") if row["role"] == "paper")
    assert "Bríu Thị Ngăm" in papers.decode()
    assert "Kín Đáo" not in papers.decode()
    with services_of(app).database.reading() as connection:
        holders = {
            state.kind for state in list_states(connection) if "Kín Đáo" in json.dumps(state.values, ensure_ascii=False)
        }
    assert holders == {"speaker_contact"}


def test_numbers_follow_one_another_and_start_again_each_year(app: Flask, village: Village) -> None:
    days = ("2026-01-05T12:30:00Z", "2026-12-31T16:30:00Z", "2026-12-31T17:30:00Z")
    for starts_at in days:
        meeting = hold_meeting(app, village, meeting_type="dialogue", starts_at=starts_at)
        with services_of(app).database.recording() as recorder:
            recorder.update("meeting", meeting, {"state": "ended", "ended_at": "2027-01-01T10:00:00Z"})
        finalise(app, meeting)
    rows = sorted(rows_of(app, "snapshot"), key=lambda row: str(row["finalised_at"] + row["id"]))
    assert [(row["number_text"], row["year"]) for row in rows] == [
        ("01/BB-TDV", 2026),
        ("02/BB-TDV", 2026),
        ("01/BB-TDV", 2027),
    ]


def test_what_was_signed_is_locked(app: Flask, held: str) -> None:
    finalise(app, held)
    changes = {
        "meeting": {"title": "khác"},
        "opinion": {"text": "khác"},
        "tally": {"yes": 1},
        "attendance": {"name": "khác"},
        "agenda_item": {"notes": "khác"},
    }
    for kind, values in changes.items():
        record = rows_of(app, kind)[0]["id"]
        with pytest.raises(RecordLocked), services_of(app).database.recording() as recorder:
            recorder.update(kind, record, values)
        with pytest.raises(RecordLocked), services_of(app).database.recording() as recorder:
            recorder.remove(kind, record)
    with pytest.raises(RecordLocked):
        say(app, held, "thêm một ý kiến")


def test_minutes_are_finalised_once(app: Flask, held: str) -> None:
    finalise(app, held)
    with pytest.raises(MeetingNotReady):
        finalise(app, held)
    assert len(rows_of(app, "snapshot")) == 1


def test_two_people_finalising_at_once_make_one_snapshot(app: Flask, held: str) -> None:
    def attempt(_: int) -> bool:
        try:
            finalise(app, held)
        except MeetingNotReady:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == [False, True]
    assert len(rows_of(app, "snapshot")) == 1


def test_words_that_arrive_while_pages_are_drawn_are_in_the_minutes(app: Flask, held: str) -> None:
    found = services_of(app)
    calls: list[int] = []

    def recording() -> AbstractContextManager[Recorder]:
        calls.append(1)
        if len(calls) == 1:
            say(app, held, "Ý kiến đến muộn một chút.")
        return found.database.recording()

    finalising.finalise_meeting(found.database.reading, recording, found.files, held)
    paper = rows_of(app, "attachment", role="paper", document="resolution")[0]
    assert "Ý kiến đến muộn một chút." in found.files.read(paper["sha256"]).decode()
    assert rows_of(app, "snapshot")[0]["paper_sha256"] == paper["sha256"]


def test_nothing_of_the_meeting_is_late_right_after_finalising(app: Flask, held: str) -> None:
    finalise(app, held)
    with services_of(app).database.reading() as connection:
        snapshot = store.find_snapshot(connection, held)
        assert snapshot is not None
        assert list_late(connection, snapshot) == []


@pytest.mark.parametrize("missing", ["secretary", "chair"])
def test_minutes_without_chair_or_secretary_are_refused(app: Flask, held: str, missing: str) -> None:
    with services_of(app).database.recording() as recorder:
        recorder.update("meeting", held, {missing: None})
    with pytest.raises(MeetingNotReady):
        finalise(app, held)
    assert rows_of(app, "snapshot") == []


def test_an_amendment_stands_beside_the_signed_minutes(app: Flask, held: str) -> None:
    finalise(app, held)
    before = {row["sha256"] for row in rows_of(app, "attachment")}
    client = log_in(app.test_client(), "head")
    typed = {"reason": "Ghi sót", "text": "Thêm tên.", "made_on": "2026-03-09"}
    page = client.post(f"/meetings/{held}/amend", data=typed)
    assert page.status_code == 303
    amendment = rows_of(app, "amendment")[0]
    assert (amendment["number"], amendment["reason"]) == (1, "Ghi sót")
    assert before < {row["sha256"] for row in rows_of(app, "attachment")}
    assert client.get(f"/amendments/{amendment['id']}.pdf").data.startswith(b"%PDF")
    assert client.get(f"/meetings/{held}/papers/resolution.pdf").status_code == 200


def test_a_failed_vote_says_why_in_the_minutes(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village)
    tick(app, meeting, add_households(app, village)[:55])
    vote(app, meeting, 45, 8, 2)
    end(app, meeting)
    finalise(app, meeting)
    client = log_in(app.test_client(), "member")
    page = client.get(f"/meetings/{meeting}/papers/resolution.html").text
    assert "45/68" in page
    assert "không được thông qua" in page
    assert "46" in page


def test_without_the_pdf_engine_minutes_are_finalised_and_printed_from_the_browser(
    app: Flask, village: Village, held: str
) -> None:
    services_of(app).database.storage.close()
    script = (
        "import sys; sys.modules['weasyprint'] = None\n"
        "from pathlib import Path\n"
        "from collector import create_app\n"
        "from collector.folder import DataFolder\n"
        "from collector.meetings.finalising import finalise_meeting\n"
        "app = create_app(DataFolder(Path(sys.argv[1])))\n"
        "app.testing = True\n"
        "found = app.extensions['collector']\n"
        "finalise_meeting(found.database.reading, found.database.recording, found.files, sys.argv[2])\n"
        "account = next(each for each in found.accounts.list_accounts() if each.role == 'head')\n"
        "client = app.test_client()\n"
        "with client.session_transaction() as session:\n"
        "    session['_user_id'] = f'{account.id}:{account.generation}'\n"
        "page = client.get(f'/meetings/{sys.argv[2]}/papers/resolution.pdf')\n"
        "print(page.status_code, f'/meetings/{sys.argv[2]}/papers/resolution.html' in page.text)\n"
        "print(client.get(f'/meetings/{sys.argv[2]}/papers/resolution.html').status_code)\n"
    )
    folder = str(services_of(app).folder.root)
    done = subprocess.run(
        [sys.executable, "-c", script, folder, held], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.stdout.split() == ["503", "True", "200"], done.stderr


def test_signed_minutes_that_have_not_come_yet_are_drawn_as_a_draft(app: Flask, held: str) -> None:
    finalise(app, held)
    files, head = services_of(app).files, log_in(app.test_client(), "head")
    page = f"/meetings/{held}/papers/resolution"
    signed = rows_of(app, "snapshot")[0]["paper_sha256"]
    for row in rows_of(app, "attachment", role="pdf"):
        files.path(row["sha256"]).unlink()
    assert read_embedded(head.get(f"{page}.pdf").data).sha256 == signed
    for row in rows_of(app, "attachment", role="paper"):
        files.path(row["sha256"]).unlink()
    drawn = head.get(f"{page}.pdf")
    assert (drawn.status_code, drawn.data[:5]) == (200, b"%PDF-")
    assert "BẢN NHÁP" in head.get(f"{page}.html").get_data(as_text=True).upper()
    with services_of(app).database.reading() as connection:
        assert not finalising.has_signed_minutes(connection, files, held)
        assert finalising.minutes_pdf(connection, files, held).startswith(b"%PDF-")
    with pytest.raises(DocumentError):
        read_embedded(drawn.data)
