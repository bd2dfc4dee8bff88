"""The result of a vote: on all households, in whole numbers, frozen with its register."""

from typing import Any

import pytest
from factories import Village, services_of
from flask import Flask

from collector.meetings import finalising, store, votes
from collector.meetings.papers import MeetingSource
from collector.meetings.votes import QuestionResult
from collector.query import get_record
from meetings.scenes import add_households, hold_meeting, rows_of, tick, vote


def result_of(app: Flask, meeting_id: str) -> QuestionResult:
    with services_of(app).database.reading() as connection:
        return MeetingSource(connection, store.get_meeting(connection, meeting_id)).results[0]


@pytest.mark.parametrize(("yes", "passed"), [(48, True), (46, True), (45, False)])
def test_two_thirds_of_all_households_decide_on_contributions(
    app: Flask, village: Village, yes: int, passed: bool
) -> None:
    meeting = hold_meeting(app, village)
    tick(app, meeting, add_households(app, village)[:55])
    vote(app, meeting, yes, 55 - yes, 0)
    result = result_of(app, meeting)
    assert (result.total, result.options[0].needed, result.passed) == (68, 46, passed)


@pytest.mark.parametrize(("yes", "passed"), [(35, True), (34, False)])
def test_a_tie_does_not_pass_where_more_than_half_is_needed(
    app: Flask, village: Village, yes: int, passed: bool
) -> None:
    meeting = hold_meeting(app, village)
    tick(app, meeting, add_households(app, village)[:55])
    vote(app, meeting, yes, 0, 0, matter="6")
    assert result_of(app, meeting).passed is passed


def test_a_convention_also_needs_more_than_half_to_attend(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village)
    households = add_households(app, village)
    tick(app, meeting, households[:34])
    vote(app, meeting, 35, 0, 0, matter="3")
    assert result_of(app, meeting).passed is False
    tick(app, meeting, households[34:35])
    assert result_of(app, meeting).passed is True


def test_a_later_register_does_not_change_a_past_result(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village)
    tick(app, meeting, add_households(app, village)[:55])
    vote(app, meeting, 46, 9, 0)
    with services_of(app).database.recording() as recorder:
        recorder.add("register", village.unit, {"as_of": "2026-03-01", "households": 90})
    assert (result_of(app, meeting).total, result_of(app, meeting).passed) == (68, True)
    question = rows_of(app, "question")[0]
    assert question["register"] == village.register
    assert "10/2022/QH15" in question["rule_source"]


def test_clusters_are_added_up(app: Flask, village: Village) -> None:
    meeting_id = hold_meeting(app, village)
    clusters = ("Tổ 1", "Tổ 2")
    tick(app, meeting_id, add_households(app, village, clusters=clusters)[:55])
    with services_of(app).database.recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        question = votes.add_question(recorder, meeting, {"text": "Góp công", "matter": "1", "by_cluster": True})
        row = get_record(recorder.connection, "question", question)
        assert [cluster for _, cluster in votes.list_cells(recorder.connection, row)] == list(clusters)
        votes.save_tally(recorder, row, None, "Tổ 1", {"yes": 20, "no": 4, "other": 0})
        votes.save_tally(recorder, row, None, "Tổ 2", {"yes": 26, "no": 5, "other": 0})
    result = result_of(app, meeting_id)
    assert (result.options[0].yes, result.options[0].no, result.passed) == (46, 9, True)


def test_each_candidate_is_judged_alone(app: Flask, village: Village) -> None:
    meeting_id = hold_meeting(app, village)
    with services_of(app).database.recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        question = votes.add_question(recorder, meeting, {"text": "Bầu Trưởng thôn", "matter": "4"})
        row = get_record(recorder.connection, "question", question)
        votes.set_options(recorder, row, ["Alăng Giả", "Bríu Thử", "Alăng Giả", " "])
        options = votes.list_options(recorder.connection, question)
        assert [each["label"] for each in options] == ["Alăng Giả", "Bríu Thử"]
        votes.save_tally(recorder, row, options[0]["id"], None, {"yes": 34, "no": 0, "other": 0})
        votes.save_tally(recorder, row, options[1]["id"], None, {"yes": 35, "no": 0, "other": 0})
    assert [option.passed for option in result_of(app, meeting_id).options] == [False, True]


def test_counting_again_corrects_the_same_tally(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village)
    question = vote(app, meeting, 40, 10, 5)
    with services_of(app).database.recording() as recorder:
        row = get_record(recorder.connection, "question", question)
        votes.save_tally(recorder, row, None, None, {"yes": 41, "no": 9, "other": 5})
    tallies = rows_of(app, "tally")
    assert [(row["yes"], row["revision_count"]) for row in tallies] == [(41, 2)]


def test_nothing_is_counted_without_a_register(app: Flask, village: Village) -> None:
    with services_of(app).database.recording() as recorder:
        recorder.remove("register", village.register)
        values: dict[str, Any] = {"meeting_type": "other", "title": "Họp", "place": "Nhà Gươl"}
        meeting = store.add_meeting(recorder, village.unit, {**values, "starts_at": "2026-03-05T12:30:00Z"})
    with pytest.raises(store.RegisterMissing), services_of(app).database.recording() as recorder:
        store.start_meeting(recorder, meeting)


def test_households_without_a_group_are_counted_too(app: Flask, village: Village) -> None:
    meeting_id = hold_meeting(app, village)
    households = add_households(app, village, 10, clusters=("Tổ 1", "Tổ 2"))
    with services_of(app).database.recording() as recorder:
        for household in households[:4]:
            recorder.update("household", household, {"cluster": None})
        meeting = store.get_meeting(recorder.connection, meeting_id)
        question = votes.add_question(recorder, meeting, {"text": "Góp công", "matter": "1", "by_cluster": True})
        row = get_record(recorder.connection, "question", question)
        assert [cluster for _, cluster in votes.list_cells(recorder.connection, row)] == ["Tổ 1", "Tổ 2", None]


def test_more_households_than_the_register_has_stop_finalising(app: Flask, village: Village) -> None:
    meeting_id = hold_meeting(app, village, households_total=3, register=village.register)
    tick(app, meeting_id, add_households(app, village, 4))
    with services_of(app).database.reading() as connection:
        gaps = finalising.list_gaps(connection, store.get_meeting(connection, meeting_id))
    assert "too_many" in [gap.code for gap in gaps if gap.blocking]
