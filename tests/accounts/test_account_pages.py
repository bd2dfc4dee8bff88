"""One's own account, a forgotten password, and the language."""

from html import unescape

import pytest
from factories import PASSWORD, Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.accounts.recovery import set_recovery_phrase
from collector.accounts.throttle import Throttle
from collector.phrase import make_phrase

NEW = "mot hai ba bon nam"
PHRASE = make_phrase(lambda size: bytes(range(size)))
OTHER = make_phrase(bytes)


@pytest.fixture(autouse=True)
def in_english(app: Flask, village: Village):
    services_of(app).folder.write_settings(language="en")
    set_recovery_phrase(services_of(app).folder, PHRASE)


def page_of(response) -> str:
    return unescape(response.get_data(as_text=True))


def make_change(**changes: str) -> dict[str, str]:
    return {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW} | changes


def test_a_new_password_keeps_this_session_and_ends_the_others(app: Flask, client: FlaskClient, village: Village):
    phone = log_in(app.test_client(), "head")
    log_in(client, "head")
    assert client.post("/account", data=make_change()).status_code == 303
    assert client.get("/account").status_code == 200
    assert phone.get("/account").status_code == 302
    assert services_of(app).accounts.verify(village.head, NEW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"old_password": ""}, "The password until now is not filled in yet."),
        ({"old_password": "sai mat khau"}, "The password until now is not right."),
        ({"new_password": ""}, "The new password is not filled in yet."),
        ({"new_password": "ngan"}, "The password has 4 characters, not yet 8."),
        ({"new_password": "x" * 201}, "The password has more than 200 characters."),
        ({"new_password_again": "khac"}, "The two passwords are not the same yet."),
    ],
)
def test_a_wrong_field_gets_a_sentence_and_changes_nothing(
    app: Flask, client: FlaskClient, village: Village, changes: dict[str, str], sentence: str
):
    log_in(client, "head")
    response = client.post("/account", data=make_change(**changes))
    assert response.status_code == 422
    assert sentence in page_of(response)
    assert services_of(app).accounts.verify(village.head, PASSWORD)


def test_guessing_the_old_password_is_slowed_down(app: Flask, client: FlaskClient):
    app.extensions["collector_throttle"] = Throttle(lambda: 0.0)
    log_in(client, "member")
    codes = [client.post("/account", data=make_change(old_password="sai")).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def make_recovery(person: str, **changes: str) -> dict[str, str]:
    return {"phrase": PHRASE, "account": person, "new_password": NEW, "new_password_again": NEW} | changes


def test_the_recovery_phrase_gives_a_new_password(app: Flask, client: FlaskClient, village: Village):
    old = log_in(app.test_client(), "head")
    response = client.post("/recover", data=make_recovery(village.head, phrase=f" {PHRASE.upper()}\n"))
    assert (response.status_code, response.location) == (303, "/login")
    assert services_of(app).accounts.verify(village.head, NEW)
    assert old.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phrase": ""}, "The recovery phrase is not filled in yet."),
        ({"phrase": OTHER}, "This is not the recovery phrase of this village."),
        ({"phrase": PHRASE.rsplit(" ", 1)[0]}, "The phrase has 10 words, not 11."),
        ({"phrase": "xyz " + PHRASE.split(" ", 1)[1]}, "Word 1, “xyz”, is not a word of a recovery phrase."),
        ({"account": ""}, "Nobody is chosen yet."),
        ({"account": "somebody else"}, "Nobody is chosen yet."),
        ({"new_password": "ngan"}, "The password has 4 characters, not yet 8."),
        ({"new_password_again": ""}, "The two passwords are not the same yet."),
    ],
)
def test_a_wrong_recovery_gets_a_sentence_and_changes_nothing(
    app: Flask, client: FlaskClient, village: Village, changes: dict[str, str], sentence: str
):
    response = client.post("/recover", data=make_recovery(village.head, **changes))
    assert response.status_code == 422
    assert sentence in page_of(response)
    assert services_of(app).accounts.verify(village.head, PASSWORD)


def test_phrases_cannot_be_tried_without_end(app: Flask, client: FlaskClient, village: Village):
    app.extensions["collector_throttle"] = Throttle(lambda: 0.0)
    codes = [client.post("/recover", data=make_recovery(village.head, phrase=OTHER)).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert client.post("/recover", data=make_recovery(village.head)).status_code == 429


def test_recovery_works_at_the_laptop_only(client: FlaskClient, village: Village):
    response = client.post("/recover", data=make_recovery(village.head), environ_base={"REMOTE_ADDR": "192.168.1.7"})
    assert response.status_code == 403
    assert "on the village computer" in page_of(response)


def test_without_a_phrase_the_page_says_so(app: Flask, client: FlaskClient, village: Village):
    (services_of(app).folder.secrets / "recovery.recipient").unlink()
    assert "No recovery phrase was made" in page_of(client.get("/recover"))
    client.post("/recover", data=make_recovery(village.head))
    assert services_of(app).accounts.verify(village.head, PASSWORD)


def test_a_language_is_kept_for_the_session_and_for_the_account(app: Flask, client: FlaskClient, village: Village):
    assert client.post("/language", data={"language": "vi", "next": "/login"}).location == "/login"
    assert '<html lang="vi"' in page_of(client.get("/login"))
    log_in(client, "head")
    client.post("/language", data={"language": "en", "next": "//evil.example"})
    assert services_of(app).accounts.find(village.head).language == "en"
    other = app.test_client()
    other.post("/language", data={"language": "vi"})
    other.post("/login", data={"account": village.head, "password": PASSWORD})
    assert '<html lang="en"' in page_of(other.get("/account"))


@pytest.mark.parametrize("language", ["", "xx", "../vi"])
def test_an_unknown_language_is_refused(client: FlaskClient, language: str):
    assert client.post("/language", data={"language": language}).status_code == 400
