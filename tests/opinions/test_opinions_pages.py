"""Tests of the pages of opinions: columns, filters, the follow-up form, and who sees the private contact."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.clock import today
from collector.opinions import store
from collector.query import get_record

Add = Callable[..., str]


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


@pytest.fixture
def meeting(app: Flask, village: Village) -> str:
    values = {"meeting_type": "dialogue", "title": "Đối thoại", "place": "Nhà gươl",
              "starts_at": f"{today() - timedelta(days=40)}T12:00:00Z"}
    with services_of(app).database.recording() as recorder:
        return recorder.add("meeting", village.unit, values)


@pytest.fixture
def add(app: Flask, village: Village, meeting: str) -> Add:
    def add_opinion(**values: object) -> str:
        with services_of(app).database.recording() as recorder:
            start = {"meeting": meeting, "number": 1, "text": "Đường sạt lở"}
            return recorder.add("opinion", village.unit, {**start, **values})

    return add_opinion


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def test_an_empty_page_says_where_opinions_come_from(client: FlaskClient, village: Village) -> None:
    assert "There is no opinion yet." in log_in(client).get("/opinions").text


def test_overdue_ones_come_first_then_the_columns(client: FlaskClient, add: Add) -> None:
    add(text="Điện yếu")
    add(text="Bể nước rò", deadline=day(-3))
    page = log_in(client).get("/opinions").text
    assert page.index("Bể nước rò") < page.index('id="column-not_forwarded"') < page.index("Điện yếu")
    for words in ("Waiting for a reply", "People not told", "Done"):
        assert words in page


def test_a_filtered_list_keeps_the_overdue_ones_on_top(client: FlaskClient, add: Add) -> None:
    add(text="Bể nước rò", deadline=day(-3), agency="UBND xã")
    add(text="Điện yếu", agency="UBND xã")
    add(text="Trạm y tế", agency="Sở Y tế")
    page = log_in(client).get("/opinions?agency=UBND+xã").text
    assert page.index("Bể nước rò") < page.index("Điện yếu")
    assert "Trạm y tế" not in page
    assert "Nothing found." in client.get("/opinions?words=khongco").text
    assert "Bể nước rò" in client.get("/opinions?words=be+nuoc").text


def test_pages_follow_each_other(client: FlaskClient, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 36):
        add(number=number, text=f"Ý kiến số {number:03}", topic="land")
    page = log_in(client).get("/opinions?topic=land").text
    assert "Ý kiến số 035" in page and "Ý kiến số 005" not in page
    href = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Ý kiến số 005" in client.get(href).text


def test_an_unknown_state_in_the_address_is_passed_over(client: FlaskClient, add: Add) -> None:
    add()
    assert log_in(client).get("/opinions?state=x&after=%00").status_code == 200


def test_the_follow_up_begins_with_what_the_minutes_say(client: FlaskClient, add: Add) -> None:
    opinion = add(agency="UBND xã", deadline=day(5))
    page = log_in(client).get(f"/opinions/{opinion}").text
    assert 'value="UBND xã"' in page
    assert f'value="{day(5)}"' in page


def test_a_reply_is_saved_and_lifts_the_state(app: Flask, client: FlaskClient, add: Add) -> None:
    opinion = add(deadline=day(5))
    sent = {"state": "new", "agency": "UBND xã", "forwarded_on": day(-9), "reply": "Sẽ sửa.", "replied_on": day(-1)}
    answer = log_in(client, "member").post(f"/opinions/{opinion}", data=sent, follow_redirects=True)
    assert "The follow-up of opinion 1 is saved: Replied." in answer.text
    with services_of(app).database.reading() as connection:
        found = store.find_follow_up(connection, opinion)
    assert found is not None
    assert (found["state"], found["reply"], found["id"]) == ("replied", "Sẽ sửa.", store.follow_up_id(opinion))


def test_a_deadline_before_the_meeting_is_said_at_the_field(client: FlaskClient, add: Add) -> None:
    opinion = add()
    answer = log_in(client).post(f"/opinions/{opinion}", data={"state": "waiting", "deadline": day(-60)})
    assert answer.status_code == 422
    assert answer.text.count("Please choose a day after the day of the meeting.") == 2
    assert f'value="{day(-60)}"' in answer.text


def test_days_out_of_order_are_said_at_the_field(client: FlaskClient, add: Add) -> None:
    sent = {"state": "told", "forwarded_on": day(-5), "replied_on": day(-9)}
    answer = log_in(client).post(f"/opinions/{add()}", data=sent)
    assert answer.status_code == 422
    assert "“Replied on” is not after the start yet." in answer.text


def test_finalised_minutes_lock_the_opinion_and_not_the_follow_up(
    app: Flask, client: FlaskClient, add: Add, meeting: str
) -> None:
    opinion = add()
    edit = f"/meetings/{meeting}/opinions/{opinion}"
    assert edit in log_in(client).get(f"/opinions/{opinion}").text
    with services_of(app).database.recording() as recorder:
        recorder.update("meeting", meeting, {"state": "finalised"})
    page = client.get(f"/opinions/{opinion}").text
    assert edit not in page
    assert "The minutes are finalised" in page
    assert client.post(f"/opinions/{opinion}", data={"state": "waiting"}).status_code == 303


def test_only_keepers_see_the_private_contact(app: Flask, client: FlaskClient, add: Add) -> None:
    opinion = add(anonymous=True)
    with services_of(app).database.recording() as recorder:
        row = get_record(recorder.connection, "opinion", opinion)
        store.save_contact(recorder, row, {"name": "Arất Bốn", "phone": "0905 000 111"})
    page = log_in(client, "member").get(f"/opinions/{opinion}").text
    assert "Arất Bốn" not in page and "0905 000 111" not in page
    assert client.get(f"/opinions/{opinion}/contact").status_code == 403
    assert client.post(f"/opinions/{opinion}/contact", data={"name": "x"}).status_code == 403
    page = log_in(client, "secretary").get(f"/opinions/{opinion}").text
    assert "Arất Bốn" in page and "0905 000 111" in page


def test_a_keeper_writes_the_contact_down(client: FlaskClient, add: Add) -> None:
    opinion = add()
    log_in(client, "secretary").post(f"/opinions/{opinion}/contact", data={"name": "Arất Bốn", "phone": ""})
    assert "Arất Bốn" in client.get(f"/opinions/{opinion}").text


def test_the_reply_of_a_followed_opinion_takes_a_file(client: FlaskClient, add: Add) -> None:
    opinion = add()
    assert 'name="owner_kind" value="follow_up"' not in log_in(client).get(f"/opinions/{opinion}").text
    client.post(f"/opinions/{opinion}", data={"state": "waiting"})
    page = client.get(f"/opinions/{opinion}").text
    assert 'name="owner_kind" value="follow_up"' in page
    assert f"/history/follow_up/{store.follow_up_id(opinion)}" in page
