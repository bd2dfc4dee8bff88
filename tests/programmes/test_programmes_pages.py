"""Tests of the pages of programmes."""

from datetime import timedelta

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.clock import today
from collector.query import find_record, list_records


@pytest.fixture(autouse=True)
def english(client: FlaskClient, village: Village) -> None:
    with client.session_transaction() as session:
        session["language"] = "en"


@pytest.fixture
def programme(app: Flask, village: Village) -> str:
    with services_of(app).database.recording() as recorder:
        return recorder.add("programme", village.unit, {"name": "Đường bê tông", "budget": 1_250_000_000})


def only(app: Flask, kind: str) -> dict[str, object]:
    with services_of(app).database.reading() as connection:
        [row] = list_records(connection, kind)
    return row


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Village) -> None:
    assert "There is no programme yet. Please add the first one." in log_in(client).get("/programmes").text


@pytest.mark.parametrize("typed", ["1250000000", "1.250.000.000", "1,250,000,000", "1 250 000 000"])
def test_a_budget_is_read_with_or_without_separators(
    app: Flask, client: FlaskClient, village: Village, typed: str
) -> None:
    log_in(client, "member").post("/programmes/new", data={"name": "Đường bê tông", "budget": typed})
    assert only(app, "programme")["budget"] == 1_250_000_000


def test_a_budget_is_shown_with_separators_and_survives_editing(
    app: Flask, client: FlaskClient, programme: str
) -> None:
    page = log_in(client).get(f"/programmes/{programme}/edit").text
    assert 'value="1,250,000,000"' in page
    client.post(f"/programmes/{programme}/edit", data={"name": "Đường mới", "budget": "1,250,000,000"})
    assert only(app, "programme")["budget"] == 1_250_000_000


def test_wrong_fields_say_what_is_wrong_and_keep_the_typing(client: FlaskClient, village: Village) -> None:
    sent = {"name": "Đường", "budget": "một tỷ", "starts_on": "2026-05-01", "ends_on": "2026-05-02"}
    answer = log_in(client).post("/programmes/new", data=sent)
    assert answer.status_code == 422
    assert answer.text.count("“Budget” is not a whole number yet.") == 2
    assert "một tỷ" in answer.text
    answer = client.post("/programmes/new", data={**sent, "budget": "5", "ends_on": "2026-04-01"})
    assert "“Ends on” is not after the start yet." in answer.text


def test_the_register_says_until_when_to_keep_it_posted(client: FlaskClient, programme: str) -> None:
    log_in(client)
    start = today() - timedelta(days=9)
    sent = {"item": "3", "form": "posting", "starts_on": start.isoformat(), "place": "Nhà gươl"}
    answer = client.post(f"/programmes/{programme}/disclosures/new", data=sent)
    assert answer.status_code == 303
    page = client.get(f"/programmes/{programme}").text
    until = (start + timedelta(days=29)).strftime("%d/%m/%Y")
    assert f"Posted for 10 of 30 days so far. Keep it posted until {until}." in page
    assert "Investment projects, land, compensation" in page
    assert "Nhà gươl" in page


def test_a_posting_leads_to_its_photo(client: FlaskClient, programme: str) -> None:
    log_in(client)
    sent = {"item": "3", "form": "posting", "starts_on": today().isoformat()}
    page = client.post(f"/programmes/{programme}/disclosures/new", data=sent, follow_redirects=True).text
    assert "Please add a photo of the posting." in page
    assert 'name="owner_kind" value="disclosure"' in page


def test_a_disclosure_is_changed_and_removed(app: Flask, client: FlaskClient, programme: str) -> None:
    log_in(client)
    sent = {"item": "5", "form": "loudspeaker", "starts_on": "2026-05-01", "ends_on": "2026-05-03"}
    client.post(f"/programmes/{programme}/disclosures/new", data=sent)
    disclosure = only(app, "disclosure")["id"]
    answer = client.post(f"/programmes/disclosures/{disclosure}", data={**sent, "ends_on": "2026-04-01"})
    assert "“To” is not after the start yet." in answer.text
    client.post(f"/programmes/disclosures/{disclosure}", data={**sent, "place": "Loa thôn"})
    assert only(app, "disclosure")["place"] == "Loa thôn"
    client.post(f"/programmes/disclosures/{disclosure}/remove")
    with services_of(app).database.reading() as connection:
        assert find_record(connection, "disclosure", str(disclosure)) is None


def test_villages_are_added_and_taken_out(app: Flask, client: FlaskClient, programme: str) -> None:
    log_in(client)
    path = f"/programmes/{programme}/villages"
    page = client.post(path, data={"village-village": "Thôn Pà Rum", "village-households_affected": "12"},
                       follow_redirects=True).text
    assert "Thôn Pà Rum" in page and "12 households" in page
    assert "is not filled in yet" in client.post(path, data={"village-village": ""}, follow_redirects=True).text
    client.post(f"/programmes/villages/{only(app, 'programme_village')['id']}/remove")
    assert "12 households" not in client.get(f"/programmes/{programme}").text


def test_the_page_lists_meetings_and_opinions_about_it(
    app: Flask, client: FlaskClient, village: Village, programme: str
) -> None:
    with services_of(app).database.recording() as recorder:
        meeting = recorder.add("meeting", village.unit, {
            "meeting_type": "dialogue", "title": "Đối thoại về đường", "starts_at": "2026-03-05T12:00:00Z",
            "place": "Nhà gươl", "programme": programme,
        })  # fmt: skip
        opinion = {"meeting": meeting, "number": 1, "text": "Đường còn lầy", "programme": programme,
                   "deadline": "2026-03-20"}
        recorder.add("opinion", village.unit, opinion)
    page = log_in(client).get(f"/programmes/{programme}").text
    assert "Đối thoại về đường" in page
    assert "Đường còn lầy" in page


def test_only_keepers_remove_a_programme_and_it_asks_first(app: Flask, client: FlaskClient, programme: str) -> None:
    path = f"/programmes/{programme}/remove"
    assert log_in(client, "member").post(path).status_code == 403
    log_in(client, "secretary")
    assert "Remove this programme?" in client.get(path).text
    assert only(app, "programme")["id"] == programme
    assert "is no longer in the list." in client.post(path, follow_redirects=True).text


def test_what_is_not_there_is_told(client: FlaskClient, village: Village) -> None:
    answer = log_in(client).get("/programmes/00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404
    assert "This is not here, or it was removed." in answer.text


def test_a_photo_is_shown_and_can_be_taken_away(
    app: Flask, client: FlaskClient, village: Village, programme: str
) -> None:
    with services_of(app).database.recording() as recorder:
        values = {"programme": programme, "item": "3", "form": "posting", "starts_on": "2026-05-01"}
        disclosure = recorder.add("disclosure", village.unit, values)
        photo = recorder.add("attachment", village.unit, {
            "owner_kind": "disclosure", "owner": disclosure, "role": "photo",
            "sha256": services_of(app).files.add(b"x"), "size_bytes": 1, "media_type": "image/jpeg",
            "name": "bang tin.jpg",
        })  # fmt: skip
    path = f"/programmes/disclosures/{disclosure}"
    page = log_in(client).get(path).text
    assert f'src="/files/{photo}"' in page
    answer = client.post(f"/files/{photo}/remove", data={"next": path}, follow_redirects=True)
    assert "There is no photo yet." in answer.text
