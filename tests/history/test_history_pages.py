"""Reading history and bringing things back through the pages."""

import re

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.query import find_record, get_record
from sync.log import read_revisions
from sync.revisions import Revision


@pytest.fixture
def writer(village: Village, client: FlaskClient) -> FlaskClient:
    """A browser of a member who reads English."""
    log_in(client, "member")
    with client.session_transaction() as session:
        session["language"] = "en"
    return client


@pytest.fixture
def programme(app: Flask, village: Village) -> str:
    """A programme that two people changed."""
    database = services_of(app).database
    with database.recording(author=village.head) as recorder:
        made = recorder.add("programme", village.unit, {"name": "Đường", "budget": 5_000_000, "sector": "transport"})
    with database.recording(author=village.secretary) as recorder:
        recorder.update("programme", made, {"name": "Đường bê tông", "budget": 7_000_000})
    with database.recording() as recorder:
        recorder.update("programme", made, {"sector": "water", "starts_on": "2026-03-05"})
    return made


def revisions(app: Flask, record: str) -> list[Revision]:
    with services_of(app).database.reading() as connection:
        return read_revisions(connection, record)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_history_says_who_changed_what_from_what_to_what(writer: FlaskClient, programme: str) -> None:
    words = words_of(writer.get(f"/history/programme/{programme}").text)
    newest, second = words.index("The set-up changed this"), words.index("Zơrâm Văn Nhíp changed this")
    assert newest < second < words.index("Alăng Thị Bhơ recorded this")
    assert re.search(r"before: Đường → after: Đường bê tông", words)
    assert re.search(r"before: 5,000,000 → after: 7,000,000", words)
    assert "before: Roads and bridges → after: Clean water" in words
    assert "05/03/2026" in words


def test_an_earlier_version_comes_back_after_a_review(app: Flask, writer: FlaskClient, programme: str) -> None:
    first = str(revisions(app, programme)[0].reference)
    review = writer.get(f"/history/programme/{programme}/review", query_string={"revision": first}).text
    assert "Đường bê tông" in review
    seen = re.search(r'name="seen" value="([^"]+)"', review)
    assert seen
    sent = {"revision": first, "seen": seen.group(1)}
    assert writer.post(f"/history/programme/{programme}/bring-back", data=sent).status_code == 303
    with services_of(app).database.reading() as connection:
        row = get_record(connection, "programme", programme)
    assert (row["name"], row["budget"], row["sector"], row["starts_on"]) == ("Đường", 5_000_000, "transport", None)
    assert len(revisions(app, programme)) == 4


def test_what_changed_meanwhile_is_reviewed_again(
    app: Flask, village: Village, writer: FlaskClient, programme: str
) -> None:
    first = str(revisions(app, programme)[0].reference)
    answer = writer.post(f"/history/programme/{programme}/bring-back", data={"revision": first, "seen": "old"})
    assert "/review?" in (answer.location or "")
    assert len(revisions(app, programme)) == 3


def test_what_was_removed_is_listed_and_comes_back(app: Flask, writer: FlaskClient, programme: str) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        recorder.remove("programme", programme)
    listed = writer.get("/history/removed").text
    assert f"/history/programme/{programme}" in listed
    assert "Put it back" in writer.get(f"/history/programme/{programme}").text
    assert writer.post(f"/history/programme/{programme}/restore").status_code == 303
    with database.reading() as connection:
        assert find_record(connection, "programme", programme)
    assert f"/history/programme/{programme}" not in writer.get("/history/removed").text


def test_finalised_minutes_say_why_they_stay(app: Flask, village: Village, writer: FlaskClient) -> None:
    with services_of(app).database.recording() as recorder:
        values = {"meeting_type": "other", "title": "Họp", "starts_at": "2026-03-05T12:00:00Z", "place": "Gươl"}
        meeting = recorder.add("meeting", village.unit, values)
        opinion = recorder.add("opinion", village.unit, {"meeting": meeting, "number": 1, "text": "Cầu hỏng"})
        recorder.update("opinion", opinion, {"text": "Cầu treo hỏng"})
        recorder.update("meeting", meeting, {"state": "finalised"})
    page = writer.get(f"/history/opinion/{opinion}").text
    assert "make an amendment" in page
    assert f'href="/meetings/{meeting}"' in page
    assert "Bring this back" not in page
    first = str(revisions(app, opinion)[0].reference)
    review = writer.get(f"/history/opinion/{opinion}/review", query_string={"revision": first}).text
    assert "<table" in review
    assert "bring-back" not in review
    state = revisions(app, opinion)
    sent = {"revision": first, "seen": f"2-{state[-1].reference}"}
    assert writer.post(f"/history/opinion/{opinion}/bring-back", data=sent).status_code == 409


def test_contacts_of_speakers_are_for_who_keeps_them(app: Flask, village: Village, writer: FlaskClient) -> None:
    with services_of(app).database.recording() as recorder:
        values = {"opinion": "0192a0b0-0000-7000-8000-000000000000", "name": "Zơrâm Kín", "phone": "0900 000 000"}
        contact = recorder.add("speaker_contact", village.unit, values)
        recorder.remove("speaker_contact", contact)
    address = f"/history/speaker_contact/{contact}"
    assert writer.get(address).status_code == 403
    assert writer.post(f"{address}/restore").status_code == 403
    assert "Zơrâm Kín" not in writer.get("/history/removed").text
    log_in(writer, "secretary")
    assert "Zơrâm Kín" in writer.get(address).text
    assert "Zơrâm Kín" in writer.get("/history/removed").text


@pytest.mark.parametrize(
    "address",
    [
        "/history/account/x",
        "/history/programme/x",
        "/history/unit/{programme}",
        "/history/programme/{programme}/review",
    ],
)
def test_what_is_not_there_is_not_found(writer: FlaskClient, programme: str, address: str) -> None:
    assert writer.get(address.format(programme=programme)).status_code == 404


def test_a_long_history_has_pages(app: Flask, writer: FlaskClient, programme: str) -> None:
    with services_of(app).database.recording() as recorder:
        for number in range(30):
            recorder.update("programme", programme, {"owner": f"Chủ {number}"})
    first, second = (writer.get(f"/history/programme/{programme}?page={page}").text for page in (1, 2))
    assert first.count("<time>") == 20
    assert second.count("<time>") == 13
    assert "Chủ 29" in first
    assert "recorded this" in second


def test_values_of_another_version_are_shown_as_they_are(app: Flask, village: Village, writer: FlaskClient) -> None:
    from sync.log import Edit

    database = services_of(app).database
    edit = Edit("0192a0b0-0000-7000-8000-000000000001", "programme", village.unit, {"name": 7, "colour": "đỏ"})
    with database.storage.writing() as connection:
        database.log.append(connection, edit)
    page = writer.get(f"/history/programme/{edit.record}").text
    assert "colour" in page
    assert "đỏ" in page


def test_a_member_cannot_bring_back_what_only_others_may_change(
    app: Flask, village: Village, writer: FlaskClient
) -> None:
    with services_of(app).database.recording() as recorder:
        recorder.update("register", village.register, {"households": 90})
        recorder.remove("person", village.secretary)
    first = str(revisions(app, village.register)[0].reference)
    page = writer.get(f"/history/register/{village.register}/review", query_string={"revision": first}).text
    assert "Bring this back" not in page
    answer = writer.post(f"/history/register/{village.register}/bring-back", data={"revision": first, "seen": "x"})
    assert answer.status_code == 403
    assert writer.post(f"/history/person/{village.secretary}/restore").status_code == 403
