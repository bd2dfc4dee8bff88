"""The page during the meeting: every form alone, refusals with what was typed, drafts kept and wiped."""

import re

import pytest
from factories import Village, log_in
from flask import Flask
from flask.testing import FlaskClient

from meetings.scenes import add_households, end, hold_meeting, rows_of, tick, vote


@pytest.fixture
def secretary(app: Flask, village: Village) -> FlaskClient:
    """The secretary at the laptop."""
    client = log_in(app.test_client(), "secretary")
    client.post("/language", data={"language": "vi"})
    return client


@pytest.fixture
def meeting(app: Flask, village: Village) -> str:
    """A meeting in session with 55 of 68 households ticked."""
    made = hold_meeting(app, village)
    tick(app, made, add_households(app, village)[:55])
    return made


def ballot(app: Flask, client: FlaskClient, meeting: str, **counts: str) -> tuple[int, str]:
    question = rows_of(app, "question", meeting=meeting)[0]
    typed = {f"q1-1-{name}": value for name, value in counts.items()}
    page = client.post(f"/meetings/{meeting}/votes/{question['id']}", data=typed)
    return page.status_code, page.text


@pytest.fixture
def asked(app: Flask, secretary: FlaskClient, meeting: str) -> str:
    """The same meeting with one question and no votes yet."""
    data = {"text": "Góp 10 ngày công", "matter": "1", "voting": "hands"}
    assert secretary.post(f"/meetings/{meeting}/questions", data=data).status_code == 303
    return meeting


def test_a_meeting_is_planned_with_the_known_signers(app: Flask, secretary: FlaskClient) -> None:
    data = {"meeting_type": "dialogue", "title": "đường vào bản", "starts_at": "2026-12-01T19:30", "place": "Nhà Gươl"}
    assert secretary.post("/meetings/new", data=data).status_code == 303
    row = rows_of(app, "meeting")[0]
    assert (row["starts_at"], row["state"], row["secretary"]) == ("2026-12-01T12:30:00Z", "planned", "Zơrâm Văn Nhíp")


def test_empty_required_fields_say_what_to_do(secretary: FlaskClient) -> None:
    page = secretary.post("/meetings/new", data={"meeting_type": "", "title": "", "starts_at": "tối mai", "place": ""})
    assert page.status_code == 422
    assert page.text.count('class="form-error"') >= 4


def test_ticking_twice_counts_a_household_once(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    household = rows_of(app, "household", number=60)[0]["id"]
    for _ in range(2):
        secretary.post(f"/meetings/{meeting}/attendance/{household}", data={"tick": "1"})
    assert len(rows_of(app, "attendance", household=household)) == 1
    secretary.post(f"/meetings/{meeting}/attendance/{household}", data={"tick": "0"})
    assert rows_of(app, "attendance", household=household) == []


def test_a_second_representative_does_not_count_as_a_household(
    app: Flask, secretary: FlaskClient, meeting: str
) -> None:
    household = rows_of(app, "household", number=1)[0]["id"]
    data = {"name": "Alăng Thị Con", "sex": "female"}
    secretary.post(f"/meetings/{meeting}/representatives/{household}", data=data)
    assert len(rows_of(app, "attendance", household=household)) == 2
    count = re.search(r'id="represented".*?<strong>(\d+)<', secretary.get(f"/meetings/{meeting}/live").text, re.S)
    assert count is not None
    assert count[1] == "55"


def test_hands_must_add_up_to_the_households_present(app: Flask, secretary: FlaskClient, asked: str) -> None:
    status, page = ballot(app, secretary, asked, yes="48", no="5", other="1")
    assert status == 422
    assert 'value="48"' in page
    assert "54" in page
    assert "55" in page
    assert rows_of(app, "tally") == []
    assert ballot(app, secretary, asked, yes="48", no="5", other="2")[0] == 303
    assert ballot(app, secretary, asked, yes="49", no="5", other="2")[0] == 422
    assert rows_of(app, "tally")[0]["yes"] == 48


def test_households_that_left_are_said_and_not_guessed(app: Flask, secretary: FlaskClient, asked: str) -> None:
    question = rows_of(app, "question")[0]["id"]
    data = {"q1-1-yes": "48", "q1-1-no": "4", "q1-1-other": "0", "some_left": "1"}
    assert secretary.post(f"/meetings/{asked}/votes/{question}", data=data).status_code == 303
    data["q1-1-yes"] = "60"
    assert secretary.post(f"/meetings/{asked}/votes/{question}", data=data).status_code == 422


@pytest.mark.parametrize("rubbish", ["", "-1", "bốn", "4.5.x", "1e3", "999999999999999999999", "４８"])
def test_rubbish_in_a_count_is_refused_with_a_sentence(
    app: Flask, secretary: FlaskClient, asked: str, rubbish: str
) -> None:
    status, page = ballot(app, secretary, asked, yes=rubbish, no="5", other="2")
    assert status == 422
    assert 'id="q1-1-yes-error"' in page
    assert rows_of(app, "tally") == []


def test_secret_ballots_must_add_up(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    data = {"text": "Bầu", "matter": "6", "voting": "secret_ballot"}
    secretary.post(f"/meetings/{meeting}/questions", data=data)
    good = {"issued": "55", "collected": "54", "valid": "52", "invalid": "2", "yes": "40", "no": "10", "other": "2"}
    for name, value in {"collected": "56", "valid": "51", "yes": "39", "issued": ""}.items():
        assert ballot(app, secretary, meeting, **{**good, name: value})[0] == 422
    assert ballot(app, secretary, meeting, **good)[0] == 303


def test_an_opinion_needs_words_only_and_keeps_what_else_was_typed(
    app: Flask, secretary: FlaskClient, meeting: str
) -> None:
    page = secretary.post(f"/meetings/{meeting}/opinions", data={"text": " ", "speaker": "Bríu Thử"})
    assert page.status_code == 422
    assert 'value="Bríu Thử"' in page.text
    secretary.post(f"/meetings/{meeting}/opinions", data={"text": "Xin làm đường"})
    secretary.post(f"/meetings/{meeting}/opinions", data={"text": "Xin làm cầu"})
    assert [row["number"] for row in rows_of(app, "opinion")] == [1, 2]


def test_a_deadline_on_or_before_the_meeting_is_refused(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    page = secretary.post(f"/meetings/{meeting}/opinions", data={"text": "Xin làm đường", "deadline": "2026-03-05"})
    assert page.status_code == 422
    assert rows_of(app, "opinion") == []


def test_a_reply_finds_its_opinion_by_number(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    secretary.post(f"/meetings/{meeting}/opinions", data={"text": "Xin làm đường"})
    assert secretary.post(f"/meetings/{meeting}/reply", data={"number": "7", "answer": "Có"}).status_code == 422
    secretary.post(f"/meetings/{meeting}/reply", data={"number": "1", "answer": "Sẽ làm", "answered_by": "Ông Giả"})
    row = rows_of(app, "opinion")[0]
    assert (row["answer"], row["answered_by"]) == ("Sẽ làm", "Ông Giả")


def test_a_draft_comes_back_and_saving_wipes_it(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    key = f"meeting:{meeting}:opinion"
    sent = secretary.post("/drafts", json={"form": key, "fields": {"text": "Đang gõ dở", "anonymous": "y"}})
    assert re.fullmatch(r"\d\d:\d\d:\d\d", sent.json["saved_at"])
    page = secretary.get(f"/meetings/{meeting}/live").text
    assert "Đang gõ dở" in page
    assert sent.json["saved_at"] in page
    secretary.post(f"/meetings/{meeting}/opinions", data={"text": "Đang gõ dở nay xong"})
    assert "Đang gõ dở</textarea>" not in secretary.get(f"/meetings/{meeting}/live").text


def test_a_draft_belongs_to_whoever_typed_it(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    key = f"meeting:{meeting}:opinion"
    secretary.post("/drafts", json={"form": key, "fields": {"text": "Của thư ký"}})
    member = log_in(app.test_client(), "member")
    assert "Của thư ký" not in member.get(f"/meetings/{meeting}/live").text


@pytest.mark.parametrize(
    "sent",
    [
        b"{",
        b"[]",
        b'{"form": "x"}',
        b'{"form": 3, "fields": {}}',
        b'{"form": "x", "fields": {"text": "' + b"a" * 50_000 + b'"}}',
    ],
)
def test_rubbish_drafts_are_refused(secretary: FlaskClient, sent: bytes) -> None:
    page = secretary.post("/drafts", data=sent, content_type="application/json")
    assert page.status_code in (400, 413)


def test_finalised_minutes_cannot_be_typed_into(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    vote(app, meeting, 48, 5, 2)
    end(app, meeting)
    page = secretary.post(f"/meetings/{meeting}/finalise", data={"read_aloud": "1"}, follow_redirects=True)
    assert page.status_code == 200
    assert rows_of(app, "meeting")[0]["read_aloud"] == 1
    assert secretary.get(f"/meetings/{meeting}/live").status_code == 303
    assert secretary.post(f"/meetings/{meeting}/opinions", data={"text": "muộn"}).status_code == 409
    assert secretary.post(f"/meetings/{meeting}/edit/people", data={"chair": "khác"}).status_code == 409


def test_a_member_records_but_does_not_finalise(app: Flask, meeting: str) -> None:
    member = log_in(app.test_client(), "member")
    assert member.post(f"/meetings/{meeting}/opinions", data={"text": "được"}).status_code == 303
    assert member.post(f"/meetings/{meeting}/finalise").status_code == 403


def test_every_paper_of_a_running_meeting_is_a_draft(app: Flask, secretary: FlaskClient, asked: str) -> None:
    ballot(app, secretary, asked, yes="48", no="5", other="2")
    page = secretary.get(f"/meetings/{asked}/papers/resolution.html").text
    assert "BẢN NHÁP" in page
    assert "BẢN NHÁP" not in secretary.get(f"/meetings/{asked}/papers/invitation.html").text
    assert secretary.get(f"/meetings/{asked}/papers/tally-9.pdf").status_code == 404
    assert secretary.get(f"/meetings/{asked}/papers/../../secrets.pdf").status_code == 404


def test_the_same_form_sent_twice_adds_one_record(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    found = re.search(r'name="record_id" value="([0-9a-f-]+)"', secretary.get(f"/meetings/{meeting}/live").text)
    assert found is not None
    data = {"text": "Xin làm cầu", "speaker": "Bríu Thử", "anonymous": "y", "record_id": found[1]}
    for _ in range(2):
        assert secretary.post(f"/meetings/{meeting}/opinions", data=data).status_code == 303
    assert len(rows_of(app, "opinion")) == 1
    assert len(rows_of(app, "speaker_contact")) == 1
