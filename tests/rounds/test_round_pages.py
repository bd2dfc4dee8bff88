"""The pages of a round from its preparation to its closing."""

import re

import pytest
from answer_scenes import answer, rows_of
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from round_scenes import add_households, add_village

from collector.query import get_record

FORM = {
    "title": "Đường vào bản, đợt 1",
    "questionnaire": "built-in:participation_household",
    "counted": "households",
    "chosen": "drawn",
    "optional": ["benefit"],
    "starts_on": "2099-03-01",
    "ends_on": "2099-03-31",
    "double_entry_percent": "10",
}


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


def prepare(client: FlaskClient, village: Village, **changes: object) -> str:
    """Prepare a round on its page; return its address."""
    sent = {**FORM, "villages": [village.unit], "askers": [village.member], **changes}
    answered = log_in(client).post("/rounds/new", data=sent)
    assert answered.status_code == 303, re.findall("form-error.*?</p>", answered.text)
    return str(answered.headers["Location"])


def refusals(client: FlaskClient, where: str, sent: dict[str, object]) -> str:
    """Send a form that is refused; give what stands in its summary of errors."""
    answered = client.post(where, data=sent)
    assert answered.status_code == 422
    return answered.text.partition('class="error-summary"')[2].partition("</div>")[0]


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Village) -> None:
    assert "There is no survey round yet. Please prepare the first one." in log_in(client).get("/rounds").text


def test_a_round_is_prepared_with_a_built_in_questionnaire(app: Flask, client: FlaskClient, village: Village) -> None:
    where = prepare(client, village)
    row = rows_of(app, "round")[0]
    assert (row["title"], row["state"], row["target_percent"]) == ("Đường vào bản, đợt 1", "planned", 90)
    assert row["dimensions"] == "know,discuss,do,inspect,benefit"
    assert row["keep_until"] == "2101-03-31"
    [questionnaire] = rows_of(app, "questionnaire")
    assert (row["questionnaire"], questionnaire["built_in"]) == (questionnaire["id"], "participation_household")
    [of_village] = rows_of(app, "round_village")
    assert (of_village["households"], of_village["women"], of_village["as_of"]) == (68, 101, "2026-01-01")
    assert [each["person"] for each in rows_of(app, "round_asker")] == [village.member]
    page = client.get(where).text
    assert "The round is saved. Next: the draw." in page
    assert "Know, Discuss, Do, Inspect, Benefit" in page


def test_the_same_form_sent_twice_prepares_one_round(app: Flask, client: FlaskClient, village: Village) -> None:
    again = {"record_id": "01900000-0000-7000-8000-0000000000aa"}
    assert prepare(client, village, **again) == prepare(client, village, **again)
    assert len(rows_of(app, "round")) == 1


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(app: Flask, client: FlaskClient, village: Village) -> None:
    log_in(client)
    base: dict[str, object] = {**FORM, "villages": [village.unit]}
    said = refusals(client, "/rounds/new", {**base, "chosen": "other", "ends_on": "2099-02-01", "title": ""})
    assert "“Name of the round” is not filled in yet." in said
    said = refusals(client, "/rounds/new", {**base, "chosen": "other", "ends_on": "2099-02-01"})
    assert "“Ends on” is not after the start yet." in said
    assert "“How they were chosen, in words” is not filled in yet." in said
    said = refusals(client, "/rounds/new", {**base, "villages": []})
    assert "“Villages” is not filled in yet." in said
    said = refusals(client, "/rounds/new", {**base, "villages": ["nowhere"], "questionnaire": "built-in:other"})
    assert "“Villages” is not chosen yet." in said
    assert "“Questionnaire” is not chosen yet." in said
    page = client.post("/rounds/new", data={**base, "counted": "adults"}).text
    assert "This questionnaire is made for Households." in page
    assert 'value="Đường vào bản, đợt 1"' in page
    assert rows_of(app, "round") == rows_of(app, "questionnaire") == []


def test_a_dimension_without_a_question_is_refused(app: Flask, client: FlaskClient, village: Village) -> None:
    sent = {**FORM, "questionnaire": "built-in:policy", "counted": "adults", "villages": [village.unit]}
    said = refusals(log_in(client), "/rounds/new", {**sent, "optional": ["supervise"]})
    assert "This questionnaire has no question about “Supervise”." in said
    assert rows_of(app, "questionnaire") == []
    prepare(client, village, questionnaire="built-in:policy", counted="adults", optional=[])
    assert rows_of(app, "round")[0]["dimensions"] == "know,do"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"keep_until": "2099-03-30"}, "is before the end of the round. Please choose a day after 31/03/2099."),
        ({"starts_on": "", "ends_on": "", "keep_until": "2026-01-01"}, "is less than 30 days away."),
    ],
)
def test_sheets_cannot_be_erased_too_soon(
    client: FlaskClient, village: Village, changes: dict[str, object], sentence: str
) -> None:
    said = refusals(log_in(client), "/rounds/new", {**FORM, "villages": [village.unit], **changes})
    assert sentence in said


def test_a_village_without_a_register_is_named(app: Flask, client: FlaskClient, village: Village) -> None:
    with services_of(app).database.recording() as recorder:
        recorder.remove("register", village.register)
    assert "The village has no register yet" in log_in(client).get("/rounds/new").text
    said = refusals(client, "/rounds/new", {**FORM, "villages": [village.unit]})
    assert "Thôn A Rớt has no register yet" in said


def test_before_the_draw_everything_can_change(app: Flask, client: FlaskClient, village: Village) -> None:
    other = add_village(app, "Thôn Pà Rum", 20)
    where = prepare(client, village)
    page = client.get(f"{where}/edit").text
    assert "benefit" in page
    sent = {**FORM, "questionnaire": rows_of(app, "questionnaire")[0]["id"], "villages": [other], "optional": [],
            "chosen": "everyone", "chosen_how": "không cần", "askers": [village.head]}  # fmt: skip
    assert client.post(f"{where}/edit", data=sent).status_code == 303
    row = rows_of(app, "round")[0]
    assert (row["chosen"], row["chosen_how"], row["dimensions"]) == ("everyone", None, "know,discuss,do,inspect")
    assert [each["village"] for each in rows_of(app, "round_village")] == [other]
    assert [each["person"] for each in rows_of(app, "round_asker")] == [village.head]
    assert len(rows_of(app, "questionnaire")) == 1


def test_after_the_draw_only_what_it_did_not_fix_can_change(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    client.post(f"{where}/draw", data={"wanted": "20", "reserves": "3"})
    page = client.get(f"{where}/edit").text
    assert 'name="counted"' not in page
    sent = {"title": "Tên mới", "ends_on": "2099-04-30", "keep_until": "2100-01-01", "askers": [village.head],
            "chosen": "other", "counted": "adults"}  # fmt: skip
    assert client.post(f"{where}/edit", data=sent).status_code == 303
    row = rows_of(app, "round")[0]
    assert (row["title"], row["chosen"], row["counted"], row["keep_until"]) == (
        "Tên mới", "drawn", "households", "2100-01-01",
    )  # fmt: skip
    assert [each["person"] for each in rows_of(app, "round_asker")] == [village.head]
    assert client.post(f"{where}/remove").status_code == 409


def test_the_draw_page_says_the_numbers_before_anything_is_drawn(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    where = prepare(client, village)
    page = client.get(f"{where}/draw").text
    assert "has no list of households yet" in page
    assert "Draw now" not in page
    add_households(app, village.unit, 60)
    page = client.get(f"{where}/draw").text
    assert "the list has 60 households, the register says 68" in page
    assert "With fewer than about 100 households it is best to ask everyone." in page
    for number in (23, 35, 44, 52):
        assert f"<dd>{number}</dd>" in page
    assert 'value="60"' in page


def test_a_draw_is_made_once(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    assert "Draw now" in client.get(f"{where}/draw").text
    client.post(f"{where}/draw", data={"wanted": "20", "reserves": "4"})
    assert len(rows_of(app, "drawn_household")) == 24
    page = client.get(f"{where}/draw").text
    assert "the draw is never repeated" in page
    assert rows_of(app, "round")[0]["seed"] in page
    again = client.post(f"{where}/draw", data={"wanted": "20", "reserves": "4"})
    assert again.status_code == 409
    assert "The households of this round are drawn already." in again.text
    assert len(rows_of(app, "drawn_household")) == 24


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"wanted": "x", "reserves": "1"}, "“Households to ask” is not a whole number yet."),
        ({"wanted": "20", "reserves": "-1"}, "“Reserves” is not a whole number yet."),
        ({"wanted": "9" * 400, "reserves": "1"}, "“Households to ask” is not a whole number yet."),
        ({"wanted": "0", "reserves": "0"}, "“Households to ask” is not a whole number yet."),
        ({}, "“Households to ask” is not a whole number yet."),
        ({"wanted": "4", "reserves": "1"}, "Please draw 5 or more"),
        ({"wanted": "69", "reserves": "1"}, "The lists hold 68 households, fewer than 69."),
    ],
)
def test_odd_numbers_draw_nothing(
    app: Flask, client: FlaskClient, village: Village, sent: dict[str, str], sentence: str
) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    assert sentence in refusals(client, f"{where}/draw", dict(sent))
    assert rows_of(app, "drawn_household") == []


def test_everyone_and_other_begin_without_a_number(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village, chosen="everyone")
    assert "Every household of the list is asked: 68 households." in client.get(f"{where}/draw").text
    assert client.post(f"{where}/draw").status_code == 303
    assert len(rows_of(app, "drawn_household")) == 68
    where = prepare(client, village, chosen="other", chosen_how="Người đi chợ")
    assert "no statement about all households" in client.get(f"{where}/draw").text
    assert client.post(f"{where}/draw").status_code == 303
    assert len(rows_of(app, "drawn_household")) == 68
    assert "Tick the households" not in client.get(where).text


def test_the_list_of_steps_gives_no_way_of_asking_the_sheets_of_another(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    add_households(app, village.unit, 8)
    where = prepare(client, village, chosen="everyone")
    client.post(f"{where}/draw")
    steps = client.get(where).text.partition("How far it is")[0]
    assert "Enter paper sheets" in steps
    assert "0 sheets" not in steps


def test_the_numbers_that_can_decide_stand_before_the_button_that_draws(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    add_households(app, village.unit, 68)
    page = client.get(f"{prepare(client, village)}/draw").text
    assert 0 < page.index("How many to draw") < page.index("Draw now")


def test_an_address_that_cannot_be_asked_is_replaced(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    client.post(f"{where}/draw", data={"wanted": "20", "reserves": "1"})
    first, second = [row["id"] for row in rows_of(app, "drawn_household") if not row["reserve"]][:2]
    answered = client.post(f"{where}/replace", data={"drawn": first, "reason": "refused"})
    assert answered.status_code == 422
    assert "No reason is chosen yet." in answered.text
    assert f'value="{first}" selected' in answered.text
    untouched = client.post(f"{where}/replace", data={"drawn": "", "reason": "empty"})
    assert untouched.status_code == 422
    assert "No household is chosen yet." in untouched.text
    assert 'value="empty" checked' in untouched.text
    page = client.post(f"{where}/replace", data={"drawn": first, "reason": "empty"}, follow_redirects=True).text
    assert "takes the place." in page
    assert "No reserve is left." in page
    page = client.post(f"{where}/replace/{first}/take-back", follow_redirects=True).text
    assert "the household is asked after all" in page
    assert client.post(f"{where}/replace/{first}/take-back").status_code == 409
    client.post(f"{where}/replace", data={"drawn": first, "reason": "empty"})
    page = client.post(f"{where}/replace", data={"drawn": second, "reason": "moved"}, follow_redirects=True).text
    assert "one household less is asked" in page
    assert client.post(f"{where}/replace", data={"drawn": first, "reason": "moved"}).status_code == 409
    assert client.post(f"{where}/replace", data={"drawn": "x", "reason": "moved"}).status_code == 404


def test_ticks_are_saved_together_and_counted_against_the_sheets(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    client.post(f"{where}/draw", data={"wanted": "20", "reserves": "1"})
    round_id = where.rpartition("/")[2]
    ids = [row["id"] for row in rows_of(app, "drawn_household") if not row["reserve"]]
    answer(app, village, round_id, count=2)
    sent = {"asked": ids[:3], f"other-{ids[4]}": "refused", f"other-{ids[5]}": "nonsense"}
    page = client.post(f"{where}/ticks", data=sent, follow_redirects=True).text
    assert "3 households are ticked, there are 2 sheets. 1 sheet is missing" in page
    assert page.count(" checked") == 3
    assert [row["id"] for row in rows_of(app, "drawn_household", outcome="refused")] == [ids[4]]
    answered = client.post(f"{where}/ticks", data={"asked": ids[:5], f"other-{ids[4]}": "refused"})
    assert answered.status_code == 422
    assert "ticked and marked as not asked at once" in answered.text
    assert answered.text.count(" checked") == 5
    page = client.post(f"{where}/ticks", data={"asked": ids[:1]}, follow_redirects=True).text
    assert "1 household is ticked, there are 2 sheets. 1 household is not ticked yet" in page


def test_closing_looks_over_what_is_missing_first(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    where = prepare(client, village)
    round_id = where.rpartition("/")[2]
    assert client.get(f"{where}/close").status_code == 409
    client.post(f"{where}/draw", data={"wanted": "20", "reserves": "1"})
    page = client.get(f"{where}/close").text
    assert "There is no sheet yet" in page
    answer(app, village, round_id, paper_number=4, waits=True)
    with services_of(app).database.recording() as recorder:
        recorder.connection.execute(
            "INSERT INTO open_sheet (id, round, content, day) VALUES ('x', :round, :content, '2026-03-09')",
            {"round": round_id, "content": b"0"},
        )
    page = client.get(f"{where}/close").text
    assert "About 20 households nothing is said yet." in page
    assert "1 paper sheet waits for its second entry." in page
    assert "1 sheet on a screen is not finished." in page
    assert "0 households are ticked, there is 1 sheet." in page
    assert log_in(client, "member").post(f"{where}/close").status_code == 403
    page = log_in(client).post(f"{where}/close", follow_redirects=True).text
    assert "The round is closed." in page
    with services_of(app).database.reading() as connection:
        assert get_record(connection, "round", round_id)["state"] == "closed"
    assert len(rows_of(app, "answer_sheet")) == 1
    assert client.post(f"{where}/close").status_code == 409
    assert client.post(f"{where}/ticks", data={}).status_code == 409


def test_a_planned_round_is_removed_after_asking(app: Flask, client: FlaskClient, village: Village) -> None:
    where = prepare(client, village)
    assert "Remove this round?" in client.get(f"{where}/remove").text
    assert len(rows_of(app, "round")) == 1
    page = client.post(f"{where}/remove", follow_redirects=True).text
    assert "is no longer in the list." in page
    assert client.get(where).status_code == 404


def test_who_asks_at_home_is_said(app: Flask, client: FlaskClient, village: Village) -> None:
    add_households(app, village.unit, 68)
    with services_of(app).database.recording() as recorder:
        recorder.update("person", village.member, {"cluster": "Tổ 1"})
    where = prepare(client, village)
    client.post(f"{where}/draw", data={"wanted": "68", "reserves": "0"})
    page = client.get(where).text
    assert "Bling Thị Pơi lives in Tổ 1, where 23 households are asked." in page


def test_rounds_are_found_by_their_title(client: FlaskClient, village: Village) -> None:
    where = prepare(client, village)
    assert f'href="{where}' in client.get("/search?q=duong+vao").text
