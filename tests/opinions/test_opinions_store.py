"""Tests of follow-ups and of the lists of opinions, on a real database."""

from datetime import date
from typing import Any

import pytest
from factories import Village, services_of
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.errors import RecordInvalid
from collector.opinions import lists, store
from collector.opinions.store import Filters
from collector.query import get_record
from sync.storage import Row

TODAY = date(2026, 5, 1)


class Said:
    """Opinions of one meeting on 5 March 2026, with their follow-ups."""

    def __init__(self, app: Flask, village: Village) -> None:
        self.app, self.village = app, village
        self.database = services_of(app).database
        meeting = {"meeting_type": "dialogue", "title": "Đối thoại", "starts_at": "2026-03-05T17:30:00Z", "place": "x"}
        with self.database.recording() as recorder:  # 17:30 UTC is already 6 March in Việt Nam
            self.meeting = recorder.add("meeting", village.unit, meeting)
        self.count = 0

    def add(self, **values: Any) -> str:
        self.count += 1
        start = {"meeting": self.meeting, "number": self.count, "text": f"Ý kiến {self.count}"}
        with self.database.recording() as recorder:
            return recorder.add("opinion", self.village.unit, {**start, **values})

    def follow(self, opinion: str, **values: Any) -> str:
        with self.database.recording() as recorder:
            row = get_record(recorder.connection, "opinion", opinion)
            return store.save_follow_up(recorder, row, values)

    def find_follow_up(self, opinion: str) -> Row:
        with self.database.reading() as connection:
            found = store.find_follow_up(connection, opinion)
        assert found is not None
        return found

    def overdue(self, **asked: Any) -> list[str]:
        with self.database.reading() as connection:
            return [row["id"] for row in store.list_overdue(connection, TODAY, **asked).rows]

    def list(self, **asked: Any) -> list[str]:
        with self.database.reading() as connection:
            return [row["id"] for row in store.list_opinions(connection, Filters(**asked), TODAY).rows]

    def counts(self) -> dict[str, int]:
        with self.database.reading() as connection:
            return {name: count.number for name, count in store.count_by_state(connection, TODAY).items()}


@pytest.fixture
def said(app: Flask, village: Village) -> Said:
    return Said(app, village)


def test_two_laptops_write_the_same_follow_up(said: Said) -> None:
    opinion = said.add()
    assert said.follow(opinion, state="new") == store.follow_up_id(opinion) == store.follow_up_id(opinion)
    assert said.follow(opinion, state="waiting") == store.follow_up_id(opinion)
    assert said.find_follow_up(opinion)["revision_count"] == 2


def test_the_id_of_a_follow_up_never_changes_between_versions() -> None:
    found = store.follow_up_id("01890a5d-ac96-774b-bcce-b302099a8057")
    assert found == "71340347-5acc-5553-b215-7f9e19d3c07b"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"state": "new"}, "new"),
        ({"state": "new", "forwarded_on": "2026-03-10"}, "forwarded"),
        ({"state": "waiting", "forwarded_on": "2026-03-10"}, "waiting"),
        ({"state": "waiting", "reply": "Sẽ sửa."}, "replied"),
        ({"state": "new", "replied_on": "2026-03-10"}, "replied"),
        ({"state": "new", "replied_on": "2026-03-10", "told_on": "2026-03-11"}, "told"),
        ({"state": "told"}, "told"),
        ({}, "new"),
    ],
)
def test_the_state_is_never_behind_the_days(said: Said, values: dict[str, str], state: str) -> None:
    opinion = said.add()
    said.follow(opinion, **values)
    assert said.find_follow_up(opinion)["state"] == state


@pytest.mark.parametrize(("deadline", "fits"), [("2026-03-05", False), ("2026-03-06", False), ("2026-03-07", True)])
def test_a_deadline_is_after_the_day_of_the_meeting_in_viet_nam(said: Said, deadline: str, fits: bool) -> None:
    opinion = said.add()
    if fits:
        said.follow(opinion, state="waiting", deadline=deadline)
        return
    with pytest.raises(RecordInvalid) as refused:
        said.follow(opinion, state="waiting", deadline=deadline)
    assert [(error.field, error.code) for error in refused.value.errors] == [("deadline", "before_meeting")]


def test_days_out_of_order_are_refused(said: Said) -> None:
    opinion = said.add()
    with pytest.raises(RecordInvalid):
        said.follow(opinion, state="told", forwarded_on="2026-03-20", replied_on="2026-03-10")


def test_overdue_is_a_passed_deadline_without_a_reply(said: Said) -> None:
    untouched = said.add(deadline="2026-04-01")
    today = said.add(deadline="2026-05-01")
    waiting = said.add(deadline="2026-04-01")
    said.follow(waiting, state="waiting", deadline="2026-04-20")
    postponed = said.add(deadline="2026-04-01")
    said.follow(postponed, state="waiting", deadline="2026-06-01")
    without_own = said.add(deadline="2026-04-01")
    said.follow(without_own, state="forwarded")
    replied = said.add(deadline="2026-04-01")
    said.follow(replied, state="replied", deadline="2026-04-20")
    said.add()
    assert sorted(said.overdue()) == sorted([waiting, untouched, without_own])
    assert today not in said.overdue()
    assert said.counts() == {"overdue": 3, "not_forwarded": 2, "waiting": 1, "not_told": 1, "done": 0}


def test_a_day_of_reply_from_elsewhere_counts_as_a_reply(said: Said) -> None:
    opinion = said.add(deadline="2026-04-01")
    merged = {"opinion": opinion, "state": "waiting", "deadline": "2026-04-20", "replied_on": "2026-04-10"}
    with said.database.recording() as recorder:
        recorder.add("follow_up", said.village.unit, merged)
        row = store.get_opinion(recorder.connection, opinion)
    assert not store.is_overdue(row, TODAY)
    assert said.overdue() == []


def test_a_removed_opinion_or_follow_up_is_not_listed(said: Said) -> None:
    kept, gone = said.add(deadline="2026-04-01"), said.add(deadline="2026-04-01")
    record = said.follow(kept, state="told")
    with said.database.recording() as recorder:
        recorder.remove("opinion", gone)
        recorder.remove("follow_up", record)
    assert said.overdue() == [kept]
    assert said.list() == [kept]


def test_a_removed_follow_up_comes_back_when_it_is_saved_again(said: Said) -> None:
    opinion = said.add()
    record = said.follow(opinion, state="waiting")
    with said.database.recording() as recorder:
        recorder.remove("follow_up", record)
    assert said.follow(opinion, state="replied") == record
    assert said.find_follow_up(opinion)["state"] == "replied"


def test_a_reply_that_nobody_told_is_shown_after_a_week(said: Said) -> None:
    opinion = said.add()
    said.follow(opinion, state="replied", replied_on="2026-04-23")
    with said.database.reading() as connection:
        row = store.get_opinion(connection, opinion)
    assert not store.is_told_late(row, date(2026, 4, 30))
    assert store.is_told_late(row, date(2026, 5, 1))


def test_filters_narrow_by_agency_topic_programme_state_and_words(said: Said) -> None:
    with said.database.recording() as recorder:
        programme = recorder.add("programme", said.village.unit, {"name": "Đường"})
    road = said.add(text="Đường sạt lở", topic="infrastructure", programme=programme, agency="UBND xã")
    water = said.add(text="Bể nước rò", topic="infrastructure", agency="UBND xã")
    said.follow(water, state="waiting", agency="Trạm cấp nước")
    assert said.list(agency="UBND xã") == [road]
    assert said.list(agency="Trạm cấp nước") == [water]
    assert said.list(topic="infrastructure") == [water, road]
    assert said.list(programme=programme) == [road]
    assert said.list(state="waiting") == [water]
    assert said.list(state="not_forwarded") == [road]
    assert said.list(words="sat lo duong") == [road]
    assert said.list(words='"*) OR') == []
    assert said.list(words="duong", state="waiting") == []
    with said.database.reading() as connection:
        assert store.list_agencies(connection) == ["Trạm cấp nước", "UBND xã"]


def test_opinions_of_a_meeting_come_by_number(said: Said) -> None:
    second, first = said.add(number=2), said.add(number=1)
    said.follow(first, state="told")
    with said.database.reading() as connection:
        found = store.list_opinions_of_meeting(connection, said.meeting)
    assert [(row["id"], row["state"]) for row in found] == [(first, "told"), (second, "new")]


def test_counts_stop_at_their_limit(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 3)
    for _ in range(3):
        said.add()
    with said.database.reading() as connection:
        assert store.count_by_state(connection, TODAY)["not_forwarded"] == store.Count(3, True)
    for _ in range(5):
        said.add()
    with said.database.reading() as connection:
        assert store.count_by_state(connection, TODAY)["not_forwarded"] == store.Count(3, False)


def test_the_contact_is_one_record_that_stays_in_the_village(said: Said) -> None:
    opinion = said.add()
    with said.database.recording() as recorder:
        row = get_record(recorder.connection, "opinion", opinion)
        first = store.save_contact(recorder, row, {"name": "Alăng Bhuốch", "phone": None})
        assert store.save_contact(recorder, row, {"name": "Alăng Bhuốch", "phone": "0905"}) == first
    with said.database.reading() as connection:
        contact = store.find_contact(connection, opinion)
    assert contact is not None and contact["phone"] == "0905"


STATES = st.sampled_from(["", "new", "forwarded", "waiting", "replied", "told"])
DEADLINES = st.sampled_from([None, "2026-04-01", "2026-04-20", "2026-06-01"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(STATES, DEADLINES, DEADLINES), min_size=4, max_size=9), page=st.integers(1, 4))
def test_pages_give_every_opinion_once_whatever_their_size(
    app: Flask, village: Village, plan: list[tuple[str, str | None, str | None]], page: int
) -> None:
    said = Said(app, village)
    with said.database.recording() as recorder:
        recorder.connection.execute("DELETE FROM opinion")
        recorder.connection.execute("DELETE FROM follow_up")
    expected_late, expected_rest = set(), set()
    for state, promised, due in plan:
        opinion = said.add(deadline=promised)
        if state:
            said.follow(opinion, state=state, deadline=due)
        day = (due or promised) if state else promised
        late = day is not None and day < TODAY.isoformat() and state not in ("replied", "told")
        (expected_late if late else expected_rest).add(opinion)
    with said.database.reading() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "STEPS", (1, 2, 2))
        late_found, rest_found = [], []
        after, more = "", True
        while more:
            found = store.list_overdue(connection, TODAY, after=after, limit=page)
            late_found += [row["id"] for row in found.rows]
            after, more = found.after, bool(found.after)
        after, more = "", True
        while more:
            found = store.list_opinions(connection, Filters(), TODAY, overdue=False, after=after, limit=page)
            assert len(found.rows) <= page
            rest_found += [row["id"] for row in found.rows]
            after, more = found.after, bool(found.after)
    assert (sorted(late_found), sorted(rest_found)) == (sorted(expected_late), sorted(expected_rest))
