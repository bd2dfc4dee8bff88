"""What goes wrong at a meeting: other meetings' ids, counts of yesterday, households that are gone, two tabs."""

from contextlib import AbstractContextManager

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.documents import read_embedded
from collector.meetings import finalising, store, votes
from collector.meetings.papers import MeetingSource
from collector.query import get_record
from collector.recorder import Recorder
from meetings.scenes import add_households, end, hold_meeting, rows_of, say, tick, vote

UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def secretary(app: Flask, village: Village) -> FlaskClient:
    """The secretary at the laptop."""
    return log_in(app.test_client(), "secretary")


@pytest.fixture
def meeting(app: Flask, village: Village) -> str:
    """A meeting in session with 55 of 68 households in two groups of houses ticked."""
    made = hold_meeting(app, village)
    tick(app, made, add_households(app, village, clusters=("Tổ 1", "Tổ 2"))[:55])
    return made


def source_of(app: Flask, meeting_id: str) -> MeetingSource:
    with services_of(app).database.reading() as connection:
        return MeetingSource(connection, store.get_meeting(connection, meeting_id))


def count(client: FlaskClient, meeting_id: str, question: str, **typed: str) -> int:
    return client.post(f"/meetings/{meeting_id}/votes/{question}", data=typed).status_code


def gaps_of(app: Flask, meeting_id: str) -> list[str]:
    with services_of(app).database.reading() as connection:
        return [gap.code for gap in finalising.list_gaps(connection, store.get_meeting(connection, meeting_id))]


def test_what_belongs_to_another_meeting_is_not_changed_through_this_one(
    app: Flask, village: Village, secretary: FlaskClient, meeting: str
) -> None:
    other = hold_meeting(app, village, starts_at="2026-04-05T12:30:00Z")
    question, opinion = vote(app, meeting, 48, 5, 2), say(app, meeting, "Xin làm bể chứa lớn hơn.")
    item = rows_of(app, "agenda_item", meeting=meeting)[0]["id"]
    came = rows_of(app, "attendance", meeting=meeting)[0]["id"]
    before = {kind: rows_of(app, kind) for kind in ("question", "opinion", "agenda_item", "attendance", "tally")}
    for path in (
        f"agenda/{item}/remove",
        f"agenda/{item}/move",
        f"agenda?entry={item}",
        f"notes/{item}",
        f"questions?entry={question}",
        f"questions/{question}/remove",
        f"votes/{question}",
        f"opinions/{opinion}",
        f"opinions/{opinion}/remove",
        f"representatives/{came}/remove",
    ):
        typed = {"title": "khác", "1-notes": "khác", "text": "khác", "q1-1-yes": "1"}
        assert secretary.post(f"/meetings/{other}/{path}", data=typed).status_code == 404, path
    assert {kind: rows_of(app, kind) for kind in before} == before


def test_nobody_comes_for_a_household_that_does_not_exist(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    page = secretary.post(f"/meetings/{meeting}/representatives/{UNKNOWN}", data={"name": "Alăng Giả", "sex": "male"})
    assert page.status_code == 404
    assert rows_of(app, "attendance", household=UNKNOWN) == []


def test_an_entry_is_taken_out_twice_without_complaint(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    opinion = say(app, meeting, "Hai lần.")
    for _ in range(2):
        assert secretary.post(f"/meetings/{meeting}/opinions/{opinion}/remove").status_code == 303


def test_a_count_by_groups_is_replaced_by_a_count_of_all(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    data = {"text": "Góp 10 ngày công", "matter": "1", "voting": "hands"}
    secretary.post(f"/meetings/{meeting}/questions", data={**data, "by_cluster": "1"})
    question = rows_of(app, "question")[0]["id"]
    typed = {f"q1-{place}-{name}": value for place in (1, 2) for name, value in {"no": "0", "other": "0"}.items()}
    assert count(secretary, meeting, question, **typed, **{"q1-1-yes": "27", "q1-2-yes": "28"}) == 303
    secretary.post(f"/meetings/{meeting}/questions?entry={question}", data=data)
    typed = {"q1-1-yes": "40", "q1-1-no": "15", "q1-1-other": "0"}
    assert count(secretary, meeting, question, **typed) == 303
    option = source_of(app, meeting).results[0].options[0]
    assert (option.yes, option.no, option.passed) == (40, 15, False)


def test_a_candidate_who_is_named_after_the_count_is_counted_first(
    app: Flask, secretary: FlaskClient, meeting: str
) -> None:
    question = vote(app, meeting, 0, 0, 0, matter="4", text="Bầu Trưởng thôn")
    with services_of(app).database.recording() as recorder:
        row = get_record(recorder.connection, "question", question)
        votes.set_options(recorder, row, ["Alăng Giả"])
        first = votes.list_options(recorder.connection, question)[0]["id"]
        votes.save_tallies(recorder, row, [(first, None, {"yes": 40, "no": 0, "other": 0})])
    end(app, meeting)
    assert "not_counted" not in gaps_of(app, meeting)
    with services_of(app).database.recording() as recorder:
        votes.set_options(recorder, row, ["Alăng Giả", "Bríu Thử"])
    assert "not_counted" in gaps_of(app, meeting)


def test_hands_are_counted_again_when_the_vote_becomes_a_ballot(
    app: Flask, secretary: FlaskClient, meeting: str
) -> None:
    question = vote(app, meeting, 48, 5, 2)
    end(app, meeting)
    assert "not_counted" not in gaps_of(app, meeting)
    data = {"text": "Góp 10 ngày công", "matter": "1", "voting": "secret_ballot"}
    secretary.post(f"/meetings/{meeting}/questions?entry={question}", data=data)
    assert "not_counted" in gaps_of(app, meeting)


def test_who_came_stays_when_the_household_leaves_the_list(app: Flask, secretary: FlaskClient, meeting: str) -> None:
    household = rows_of(app, "household", number=1)[0]["id"]
    empty = rows_of(app, "household", number=60)[0]["id"]
    for each in (household, empty):
        assert secretary.post(f"/households/{each}/remove").status_code == 303
    source = source_of(app, meeting)
    assert source.counts.represented == 55
    assert household in [row.household["id"] for row in source.rows]
    assert empty not in [row.household["id"] for row in source.rows]


def hash_inside(pdf: bytes) -> str:
    return read_embedded(pdf).sha256


def finalise(app: Flask, meeting_id: str) -> str:
    found = services_of(app)
    return finalising.finalise_meeting(found.database.reading, found.database.recording, found.files, meeting_id)


def test_pressing_twice_adds_one_amendment(app: Flask, meeting: str) -> None:
    say(app, meeting, "Một ý kiến.")
    end(app, meeting)
    finalise(app, meeting)
    head = log_in(app.test_client(), "head")
    typed = {"reason": "Ghi sót", "text": "Thêm tên.", "made_on": "2026-03-09", "record_id": UNKNOWN}
    for _ in range(2):
        assert head.post(f"/meetings/{meeting}/amend", data=typed).status_code == 303
    assert [row["number"] for row in rows_of(app, "amendment")] == [1]
    assert len(rows_of(app, "attachment", owner=UNKNOWN, role="paper")) == 1


def test_two_amendments_at_once_carry_two_numbers(app: Flask, meeting: str) -> None:
    say(app, meeting, "Một ý kiến.")
    end(app, meeting)
    finalise(app, meeting)
    found = services_of(app)
    typed = {"reason": "Ghi sót", "text": "Thêm tên.", "made_on": "2026-03-09"}
    calls: list[int] = []

    def recording() -> AbstractContextManager[Recorder]:
        calls.append(1)
        if len(calls) == 1:
            plain = found.database.recording
            finalising.amend_minutes(found.database.reading, plain, found.files, meeting, {**typed, "text": "Trước."})
        return found.database.recording()

    finalising.amend_minutes(found.database.reading, recording, found.files, meeting, typed)
    assert sorted((row["number"], row["text"]) for row in rows_of(app, "amendment")) == [
        (1, "Trước."),
        (2, "Thêm tên."),
    ]


def test_signed_papers_stay_as_they_were_signed(app: Flask, village: Village, meeting: str) -> None:
    say(app, meeting, "Một ý kiến.")
    end(app, meeting)
    finalise(app, meeting)
    head = log_in(app.test_client(), "head")
    typed = {"reason": "Ghi sót", "text": "Thêm tên.", "made_on": "2026-03-09", "record_id": UNKNOWN}
    head.post(f"/meetings/{meeting}/amend", data=typed)
    with services_of(app).database.recording() as recorder:
        recorder.update("unit", village.unit, {"name": "Thôn Đổi Tên"})
        for row in rows_of(app, "attachment", role="pdf"):
            recorder.remove("attachment", row["id"])
    with services_of(app).database.reading() as connection:
        drawn = finalising.minutes_pdf(connection, services_of(app).files, meeting)
    signed = rows_of(app, "snapshot")[0]["paper_sha256"]
    assert hash_inside(drawn) == signed
    assert hash_inside(head.get(f"/meetings/{meeting}/papers/resolution.pdf").data) == signed
    assert "Thôn Đổi Tên".casefold() not in head.get(f"/amendments/{UNKNOWN}.html").text.casefold()
