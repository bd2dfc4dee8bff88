"""Two laptops record one meeting at the same time, out of sight of each other: nothing is counted twice."""

from conflict_scenes import browser, choose_value, lines_of, words_of
from meetings.scenes import add_households, hold_meeting, rows_of, say, tick
from two_laptops import Laptop, exchange

from collector.meetings import attendance, papers, store, votes
from collector.query import get_record

Pair = tuple[Laptop, Laptop]


def source_of(laptop: Laptop, meeting: str) -> papers.MeetingSource:
    with laptop.database.reading() as connection:
        return papers.MeetingSource(connection, store.get_meeting(connection, meeting))


def count(laptop: Laptop, question: str, **counts: int) -> None:
    with laptop.database.recording() as recorder:
        votes.save_tally(recorder, get_record(recorder.connection, "question", question), None, None, counts)


def test_a_household_that_both_ticked_counts_once(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    households = add_households(one.app, one.village, 4)
    exchange(*pair)
    tick(one.app, meeting, households[:3])
    tick(other.app, meeting, households[1:])
    exchange(*pair)
    for laptop in pair:
        counts = source_of(laptop, meeting).counts
        assert (counts.represented, counts.people) == (4, 4)
    assert lines_of(one) == lines_of(other)


def test_a_tick_that_was_taken_back_can_be_made_again(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    (household,) = add_households(one.app, one.village, 1)
    for _ in range(2):
        tick(one.app, meeting, [household])
        assert len(rows_of(one.app, "attendance", meeting=meeting)) == 1
        with one.database.recording() as recorder:
            attendance.untick_household(recorder, {"id": meeting}, household)
        assert rows_of(one.app, "attendance", meeting=meeting) == []


def test_votes_that_both_entered_differ_instead_of_adding_up(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    with one.database.recording() as recorder:
        row = store.get_meeting(recorder.connection, meeting)
        question = votes.add_question(recorder, row, {"text": "Mỗi hộ góp 3 ngày công", "matter": "1"})
    exchange(*pair)
    count(one, question, yes=48, no=5, other=2)
    count(other, question, yes=46, no=7, other=2)
    exchange(*pair)
    for laptop in pair:
        (result,) = source_of(laptop, meeting).results
        assert result.options[0].yes in (46, 48)
        assert "1 place was recorded differently" in words_of(browser(laptop).get(f"/meetings/{meeting}").text)
    (tally,) = rows_of(one.app, "tally", question=question)
    assert choose_value(one, "tally", tally["id"], "48") == 303
    exchange(*pair)
    (result,) = source_of(other, meeting).results
    assert (result.options[0].yes, result.options[0].no) == (48, 5)


def test_the_same_votes_on_both_laptops_do_not_differ(pair: Pair) -> None:
    one, _other = pair
    meeting = hold_meeting(one.app, one.village)
    with one.database.recording() as recorder:
        row = store.get_meeting(recorder.connection, meeting)
        question = votes.add_question(recorder, row, {"text": "Mỗi hộ góp 3 ngày công", "matter": "1"})
        votes.set_options(recorder, get_record(recorder.connection, "question", question), ["A", "B"])
    exchange(*pair)
    for laptop in pair:
        with laptop.database.recording() as recorder:
            row = get_record(recorder.connection, "question", question)
            votes.set_options(recorder, row, ["A", "B", "C"])
        count(laptop, question, yes=48, no=5, other=2)
    exchange(*pair)
    for laptop in pair:
        assert [row["label"] for row in rows_of(laptop.app, "option", question=question)] == ["A", "B", "C"]
        (tally,) = rows_of(laptop.app, "tally", question=question)
        assert (tally["yes"], tally["conflicts"]) == (48, 0)


def test_opinions_that_two_laptops_numbered_alike_are_numbered_anew_before_they_are_printed(pair: Pair) -> None:
    one, other = pair
    meeting = hold_meeting(one.app, one.village)
    say(one.app, meeting, "Mở đầu.")
    exchange(*pair)
    for laptop in pair:
        for number in range(2):
            say(laptop.app, meeting, f"Ý kiến {laptop.device[:4]} {number}")
    exchange(*pair)
    for laptop in pair:
        assert "Number the opinions anew" in browser(laptop).get(f"/meetings/{meeting}/review").text
        assert browser(laptop).post(f"/meetings/{meeting}/number-opinions").status_code == 303
        assert "Number the opinions anew" not in browser(laptop).get(f"/meetings/{meeting}/review").text
    exchange(*pair)
    for laptop in pair:
        rows = rows_of(laptop.app, "opinion", meeting=meeting)
        assert sorted(row["number"] for row in rows) == [1, 2, 3, 4, 5]
        assert not any(row["conflicts"] for row in rows)
    assert lines_of(one) == lines_of(other)


def test_days_off_that_both_took_over_stand_once(pair: Pair) -> None:
    one, other = pair
    for laptop in pair:
        assert browser(laptop).post("/village/holidays/2026/suggested").status_code == 303
    exchange(*pair)
    days = [row["day"] for row in rows_of(one.app, "holiday")]
    assert len(days) == len(set(days)) > 3
    assert lines_of(one) == lines_of(other)


def test_a_round_that_both_opened_asks_each_household_once(pair: Pair) -> None:
    one, other = pair
    add_households(one.app, one.village, 5)
    typed = {"title": "Đường vào bản", "questionnaire": "built-in:participation_household", "counted": "households",
             "chosen": "everyone", "villages": [one.village.unit], "askers": [one.village.member]}  # fmt: skip
    assert browser(one).post("/rounds/new", data=typed).status_code == 303
    (planned,) = [row["id"] for row in rows_of(one.app, "round")]
    exchange(*pair)
    for laptop in pair:
        assert browser(laptop).post(f"/rounds/{planned}/draw").status_code == 303
    exchange(*pair)
    for laptop in pair:
        drawn = rows_of(laptop.app, "drawn_household", round=planned)
        assert len({row["household"] for row in drawn}) == len(drawn) == 5
        assert not any(row["conflicts"] for row in drawn)
    assert lines_of(one) == lines_of(other)
