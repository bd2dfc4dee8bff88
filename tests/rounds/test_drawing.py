"""Draws, replacements and ticks as records: all at once, once only, and never joined with sheets."""

import pytest
from answer_scenes import answer, rows_of
from factories import Village, log_in, services_of
from flask import Flask
from round_scenes import add_households, add_village, draw, plan_round

from collector.documents import render_html
from collector.errors import RecordInvalid, RecordOneWay
from collector.query import get_record
from collector.rounds.closing import close_round
from collector.rounds.draw import MOST_ADULTS, draw_adult
from collector.rounds.drawing import list_drawn, open_round, replace_household, take_back_replacement
from collector.rounds.errors import (
    AlreadyDrawn,
    HouseholdListMissing,
    MoreAskedThanRegistered,
    NotReplaceable,
    RoundNotPlanned,
    RoundRegisterMissing,
    SampleTooLarge,
    TickedTwice,
)
from collector.rounds.lists import make_visit_list
from collector.rounds.store import Plan, list_own_hamlets, list_villages, update_round
from collector.rounds.ticking import count_ticks, list_tickable, save_ticks
from sync.log import read_revisions


def get_round(app: Flask, round_id: str) -> dict[str, object]:
    with services_of(app).database.reading() as connection:
        return get_record(connection, "round", round_id)


def replace(app: Flask, drawn: str, reason: str = "empty") -> object:
    with services_of(app).database.recording() as recorder:
        return replace_household(recorder, drawn, reason)


def take_back(app: Flask, drawn: str) -> None:
    with services_of(app).database.recording() as recorder:
        take_back_replacement(recorder, drawn)


def tick(app: Flask, round_id: str, asked: list[str], **others: str) -> None:
    with services_of(app).database.recording() as recorder:
        save_ticks(recorder, round_id, set(asked), others)


def test_a_round_takes_its_numbers_from_the_register_of_the_day_of_the_draw(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    with services_of(app).database.recording() as recorder:
        recorder.add("register", village.unit, {"as_of": "2026-02-01", "households": 70, "women": 9, "men": 8})
    draw(app, planned)
    with services_of(app).database.recording() as recorder:
        recorder.add("register", village.unit, {"as_of": "2026-03-01", "households": 99, "women": 1, "men": 1})
    with services_of(app).database.reading() as connection:
        [row] = list_villages(connection, planned)
    assert (row["households"], row["women"], row["men"], row["as_of"]) == (70, 9, 8, "2026-02-01")
    assert (row["planned"], row["name"]) == (20, "Thôn A Rớt")


def test_a_draw_is_recorded_whole_with_its_seed_and_opens_the_round(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    rows = draw(app, planned)
    assert [row["place"] for row in rows] == list(range(1, 26))
    assert [row["reserve"] for row in rows] == [0] * 20 + [1] * 5
    assert all(row["adult_draw"] is None and row["outcome"] is None for row in rows)
    found = get_round(app, planned)
    assert (found["state"], found["seed"]) == ("open", "hạt giống")
    assert found["drawn_at"]


def test_seeds_are_made_afresh_and_the_same_seed_draws_the_same(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    first, second, third = (plan_round(app, village) for _ in range(3))
    same = [[row["household"] for row in draw(app, each)] for each in (first, second)]
    assert same[0] == same[1]
    with services_of(app).database.recording() as recorder:
        open_round(recorder, third, wanted=20)
    seed = get_round(app, third)["seed"]
    assert isinstance(seed, str)
    assert len(seed) == 32


def test_adults_are_drawn_with_a_number_that_chooses_one(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    rows = draw(app, plan_round(app, village, counted="adults"))
    assert all(1 <= row["adult_draw"] <= 27_720 for row in rows)


def test_nothing_is_drawn_twice(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    draw(app, planned)
    with pytest.raises(AlreadyDrawn):
        draw(app, planned, seed="khác")
    assert len(rows_of(app, "drawn_household")) == 25
    with pytest.raises(RoundNotPlanned), services_of(app).database.recording() as recorder:
        update_round(recorder, planned, Plan({"title": "Khác"}, (village.unit,), ()))


def test_without_a_list_or_with_too_few_nothing_is_recorded(app: Flask, village: Village) -> None:
    planned = plan_round(app, village)
    with pytest.raises(HouseholdListMissing):
        draw(app, planned)
    add_households(app, village.unit, 12)
    with pytest.raises(SampleTooLarge):
        draw(app, planned, wanted=13)
    assert rows_of(app, "drawn_household") == []
    assert get_round(app, planned)["state"] == "planned"


def test_more_than_the_register_counts_is_refused(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 70)
    with pytest.raises(MoreAskedThanRegistered) as refused:
        draw(app, plan_round(app, village, chosen="everyone"))
    assert refused.value.context == {"village": "Thôn A Rớt", "asked": 70, "registered": 68}


def test_everyone_takes_the_whole_list_and_other_draws_nothing(app: Flask, village: Village) -> None:
    households = add_households(app, village.unit, 30)
    rows = draw(app, plan_round(app, village, chosen="everyone"), wanted=None, reserves=0)
    assert [row["household"] for row in rows] == households
    other = plan_round(app, village, chosen="other", chosen_how="Ai đi chợ thì hỏi")
    assert draw(app, other) == []
    found = get_round(app, other)
    assert (found["state"], found["seed"], found["drawn_at"]) == ("open", None, None)


def test_several_villages_are_drawn_in_proportion(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 60)
    small = add_village(app, "Thôn Pà Rum", 20)
    planned = plan_round(app, village, small)
    rows = draw(app, planned, wanted=24, reserves=4)
    counted = {
        unit: (sum(row["village"] == unit and not row["reserve"] for row in rows),
               sum(row["village"] == unit and row["reserve"] for row in rows))
        for unit in (village.unit, small)
    }  # fmt: skip
    assert counted == {village.unit: (18, 3), small: (6, 1)}
    with services_of(app).database.reading() as connection:
        assert {row["village"]: row["planned"] for row in list_villages(connection, planned)} == {
            village.unit: 18, small: 6,
        }  # fmt: skip


def test_a_village_without_a_register_is_refused_with_its_name(app: Flask, village: Village) -> None:
    other = add_village(app, "Thôn Pà Rum", 20)
    with services_of(app).database.recording() as recorder:
        for row in rows_of(app, "register", unit=other):
            recorder.remove("register", row["id"])
    with pytest.raises(RoundRegisterMissing) as refused:
        plan_round(app, village, other)
    assert refused.value.context == {"village": "Thôn Pà Rum"}
    assert rows_of(app, "round") == []


def test_the_next_reserve_takes_the_place_until_none_is_left(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    rows = draw(app, plan_round(app, village), reserves=2)
    for place in (20, 21):
        taken = replace(app, rows[place - 20]["id"], "moved")
        assert isinstance(taken, dict)
        assert taken["id"] == rows[place]["id"]
    assert replace(app, rows[5]["id"]) is None
    after = {row["id"]: row for row in rows_of(app, "drawn_household")}
    first, reserve = after[rows[0]["id"]], after[rows[20]["id"]]
    assert (first["outcome"], first["reason"]) == ("ineligible", "moved")
    assert (reserve["reserve"], reserve["replaces"]) == (0, rows[0]["id"])


def test_a_replacement_by_mistake_is_taken_back_until_the_reserve_was_asked(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    ids = [row["id"] for row in draw(app, planned, reserves=2)]
    replace(app, ids[0])
    take_back(app, ids[0])
    after = {row["id"]: row for row in rows_of(app, "drawn_household")}
    assert (after[ids[0]]["outcome"], after[ids[0]]["reason"]) == (None, None)
    assert (after[ids[20]]["reserve"], after[ids[20]]["replaces"]) == (1, None)
    taken = replace(app, ids[1])
    assert isinstance(taken, dict)
    assert taken["id"] == ids[20]
    tick(app, planned, [ids[20]])
    for place in (0, 1, 20):
        with pytest.raises(NotReplaceable):
            take_back(app, ids[place])


def test_a_reserve_comes_from_the_same_village(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 60)
    other = add_village(app, "Thôn Pà Rum", 20)
    rows = draw(app, plan_round(app, village, other), wanted=24, reserves=4)
    gone = next(row for row in rows if row["village"] == other)
    taken = replace(app, gone["id"])
    assert isinstance(taken, dict)
    assert taken["village"] == other


def test_only_addresses_that_cannot_be_asked_are_replaced(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    rows = draw(app, planned)
    ids = [row["id"] for row in rows]
    tick(app, planned, [ids[0]], **{ids[1]: "refused", ids[2]: "not_met"})
    replace(app, ids[3])
    for place in (0, 1, 2, 3, 22):
        with pytest.raises(NotReplaceable):
            replace(app, ids[place])
    with pytest.raises(RecordInvalid):
        replace(app, ids[4], "refused")


@pytest.mark.in_file
def test_ticks_are_a_set_without_time_or_order(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    ids = [row["id"] for row in draw(app, planned) if not row["reserve"]]
    before = len(rows_of(app, "drawn_household", outcome="asked"))
    tick(app, planned, ids[:3])
    tick(app, planned, [*ids[1:5], "01900000-0000-7000-8000-0000000000aa"])
    with services_of(app).database.reading() as connection:
        [columns] = [[row["name"] for row in connection.rows("PRAGMA table_info(asked_household)")]]
        assert columns == ["drawn", "round"]
        with pytest.raises(Exception, match="rowid"):
            list(connection.rows("SELECT rowid FROM asked_household"))
        rows = list_tickable(connection, planned)
    assert {row["id"] for row in rows if row["ticked"]} == set(ids[1:5])
    assert len(rows_of(app, "drawn_household", outcome="asked")) == before == 0


def test_what_came_of_the_others_is_recorded_and_can_be_taken_back(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    ids = [row["id"] for row in draw(app, planned) if not row["reserve"]]
    tick(app, planned, ids[:2], **{ids[2]: "refused", ids[3]: "not_met", ids[4]: "ineligible"})
    answer(app, village, planned, count=3)
    with services_of(app).database.reading() as connection:
        counts = count_ticks(connection, planned)
    assert (counts.households, counts.asked, counts.refused, counts.not_met, counts.ineligible) == (20, 2, 1, 1, 0)
    assert (counts.left, counts.sheets) == (16, 3)
    with pytest.raises(TickedTwice) as refused:
        tick(app, planned, ids[:3], **{ids[2]: "refused"})
    assert len(refused.value.context["numbers"]) == 1
    tick(app, planned, ids[:3])
    assert rows_of(app, "drawn_household", outcome="refused") == []


def test_closing_makes_records_of_the_ticks(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    ids = [row["id"] for row in draw(app, planned) if not row["reserve"]]
    tick(app, planned, ids[:6], **{ids[7]: "refused"})
    with services_of(app).database.recording() as recorder:
        close_round(recorder, planned)
    assert {row["id"] for row in rows_of(app, "drawn_household", outcome="asked")} == set(ids[:6])
    with services_of(app).database.reading() as connection:
        counts = count_ticks(connection, planned)
        assert connection.value("SELECT count(*) FROM asked_household") == 0
    assert (counts.asked, counts.refused) == (6, 1)


def test_the_list_is_ordered_as_somebody_walks(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    draw(app, planned)
    with services_of(app).database.reading() as connection:
        walked = [(row["cluster"], row["number"]) for row in list_drawn(connection, planned)]
        waiting = [row["place"] for row in list_drawn(connection, planned, reserves=True)]
    assert walked == sorted(walked)
    assert len(walked) == 20
    assert waiting == [21, 22, 23, 24, 25]


def test_who_asks_at_home_is_named(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    with services_of(app).database.recording() as recorder:
        recorder.update("person", village.member, {"cluster": "Tổ 2"})
    planned = plan_round(app, village, askers=(village.member, village.secretary))
    drawn = [row["household"] for row in draw(app, planned) if not row["reserve"]]
    with services_of(app).database.reading() as connection:
        [found] = list_own_hamlets(connection, planned)
        at_home = [h for h in drawn if get_record(connection, "household", h)["cluster"] == "Tổ 2"]
    assert (found["name"], found["cluster"], found["count"]) == ("Bling Thị Pơi", "Tổ 2", len(at_home))


def test_no_history_takes_a_round_back_before_its_draw(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 68)
    planned = plan_round(app, village)
    rows = draw(app, planned)
    with services_of(app).database.reading() as connection:
        first = read_revisions(connection, planned)[0].reference
        drawn = read_revisions(connection, rows[0]["id"])[0].reference
    for kind, record, reference in (("round", planned, first), ("drawn_household", rows[0]["id"], drawn)):
        with pytest.raises(RecordOneWay), services_of(app).database.recording() as recorder:
            recorder.bring_back(kind, record, reference)
    client = log_in(app.test_client(), "head")
    assert "bring-back" not in client.get(f"/history/round/{planned}/review?revision={first}").text
    answered = client.post(f"/history/drawn_household/{rows[0]['id']}/restore")
    assert answered.status_code == 403
    with services_of(app).database.recording() as recorder:
        recorder.update("round", planned, {"state": "planned"})
    with pytest.raises(AlreadyDrawn):
        draw(app, planned)


def test_one_adult_of_each_household_is_drawn_when_everyone_is_asked(app: Flask, village: Village) -> None:
    add_households(app, village.unit, 30)
    planned = plan_round(app, village, chosen="everyone", counted="adults")
    rows = draw(app, planned)
    with services_of(app).database.reading() as connection:
        round_row = get_record(connection, "round", planned)
        paper = make_visit_list(connection, round_row)
    assert [row["adult_draw"] for row in rows] == [
        draw_adult(round_row["seed"], village.unit, row["household"]) for row in rows
    ]
    assert all(len(row.adult_places) == MOST_ADULTS - 1 for row in paper.rows)
    assert "hỏi người đứng thứ ghi trong ô" in render_html("visits", paper, draft=False)
    page = log_in(app.test_client(), "head").get(f"/rounds/{planned}/draw").text
    assert "collector adult 1" in page
    assert "collector draw 1" not in page, "no household was drawn"
    answer(app, village, planned, count=3, adults=3)
    ticks = log_in(app.test_client(), "head").get(f"/rounds/{planned}/ticks").text
    assert "3 hộ chưa được đánh dấu" in ticks
