"""Logging in and out, and what becomes of words that are sent when nobody is logged in any more."""

import io
import re
from html import unescape

import pytest
from factories import PASSWORD, Village, log_in, services_of
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from collector.accounts.access import TEAM, allow
from collector.accounts.throttle import Throttle

ELSEWHERE = {"REMOTE_ADDR": "192.168.1.7"}
WORDS = {"text": "Bà nói:\r\n“Đường lên rẫy hỏng”", "title": "Họp thôn"}


@pytest.fixture(autouse=True)
def in_english(app: Flask, village: Village):
    """Speak English and offer a page that answers with what was sent to it."""
    services_of(app).folder.write_settings(language="en")

    @app.route("/probe", methods=["GET", "POST"])
    @allow(TEAM)
    def probe():
        return jsonify(list(request.form.items(multi=True)))


@pytest.fixture
def guarded(app: Flask) -> FlaskClient:
    """A browser whose forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def page_of(response) -> str:
    return unescape(response.get_data(as_text=True))


def form_of(response, action: str) -> dict[str, str]:
    """Give the hidden fields of the form with this action, as the browser would send them."""
    page = response.get_data(as_text=True)
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form, page
    hidden = re.findall(r'<input(?=[^>]*type="hidden")(?=[^>]*name="([^"]*)")(?=[^>]*value="([^"]*)")', form[0])
    return {unescape(name): unescape(value) for name, value in hidden}


def send_log_in(client: FlaskClient, account: str, password: str = PASSWORD, **fields: str):
    return client.post("/login", data={"account": account, "password": password, **fields})


def test_the_head_logs_in_at_the_laptop_by_choosing_a_name(client: FlaskClient, village: Village):
    page = page_of(client.get("/login"))
    assert "Alăng Thị Bhơ – Head of the team" in page
    response = send_log_in(client, village.head)
    assert (response.status_code, response.location) == (303, "/")
    assert client.get("/probe").status_code == 200
    assert client.get("/login").location == "/"


def test_over_the_network_names_are_typed_and_never_shown(client: FlaskClient, village: Village):
    page = page_of(client.get("/login", environ_base=ELSEWHERE))
    assert "Alăng" not in page
    data = {"account": "alang thi bho", "password": PASSWORD}
    assert client.post("/login", data=data, environ_base=ELSEWHERE).status_code == 303
    assert client.get("/probe").status_code == 200


def test_an_id_does_not_log_in_over_the_network(client: FlaskClient, village: Village):
    data = {"account": village.head, "password": PASSWORD}
    assert client.post("/login", data=data, environ_base=ELSEWHERE).status_code == 422


def test_unknown_name_and_wrong_password_get_the_same_answer(client: FlaskClient):
    answers = []
    for name in ("Alăng Thị Bhơ", "Người Không Có"):
        data = {"account": name, "password": "sai mat khau"}
        response = client.post("/login", data=data, environ_base=ELSEWHERE)
        answers.append((response.status_code, page_of(response).replace(name, "")))
    assert answers[0] == answers[1]
    assert "do not belong together" in answers[0][1]


def test_an_unknown_name_costs_a_verification_too(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    tried = []
    verify = services_of(app).accounts.verify
    monkeypatch.setattr(
        services_of(app).accounts, "verify", lambda *given: tried.append(given) or verify(*given)
    )
    client.post("/login", data={"account": "Người Không Có", "password": "x"}, environ_base=ELSEWHERE)
    assert tried == [("", "x")]


@pytest.mark.parametrize(
    ("data", "sentences"),
    [
        ({}, ["Your name is not chosen yet.", "The password is not filled in yet."]),
        ({"account": "x"}, ["The password is not filled in yet."]),
        ({"password": "x"}, ["Your name is not chosen yet."]),
    ],
)
def test_an_empty_field_gets_a_sentence(client: FlaskClient, data: dict[str, str], sentences: list[str]):
    response = client.post("/login", data=data)
    assert response.status_code == 422
    assert all(sentence in page_of(response) for sentence in sentences)


def test_a_page_that_needs_a_log_in_is_shown_afterwards(client: FlaskClient, village: Village):
    response = client.get("/probe?q=h%E1%BB%8Dp")
    assert response.status_code == 302
    form = form_of(client.get(response.location), "/login")
    assert send_log_in(client, village.head, next=form["next"]).location == "/probe?q=h%E1%BB%8Dp"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_log_in_never_leads_elsewhere(client: FlaskClient, village: Village, path: str):
    assert "evil" not in page_of(client.get("/login", query_string={"next": path}))
    assert send_log_in(client, village.head, next=path).location == "/"
    assert client.get("/login", query_string={"next": path}).location == "/"


def test_log_in_begins_a_session_of_its_own(guarded: FlaskClient, village: Village):
    token = form_of(guarded.get("/login"), "/login")["csrf_token"]
    with guarded.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["language"] = "en"
        before = session["csrf_token"]
    assert send_log_in(guarded, village.head, csrf_token=token).status_code == 303
    with guarded.session_transaction() as session:
        assert "planted" not in session
        assert session["language"] == "en"
        assert session.get("csrf_token") != before


def test_log_out_is_a_post_and_ends_the_session(client: FlaskClient, village: Village):
    log_in(client, "head")
    assert client.get("/logout").status_code == 405
    assert client.get("/probe").status_code == 200
    assert client.post("/logout").location == "/login"
    assert client.get("/probe").status_code == 302


def test_a_log_out_without_token_logs_nobody_out(guarded: FlaskClient, village: Village):
    log_in(guarded, "head")
    guarded.post("/logout")
    assert guarded.get("/probe").status_code == 200


def test_sessions_end_when_the_password_changes_or_the_account_is_closed(
    app: Flask, client: FlaskClient, village: Village
):
    log_in(client, "member")
    services_of(app).accounts.set_password(village.member, "mot hai ba bon")
    assert client.get("/probe").status_code == 302
    log_in(client, "head")
    services_of(app).accounts.update(village.head, active=False)
    assert client.get("/probe").status_code == 302


def test_a_script_gets_json_and_no_page(client: FlaskClient):
    for headers in ({"X-Requested-With": "fetch"}, {"Content-Type": "application/json"}):
        response = client.post("/probe", headers=headers)
        assert (response.status_code, response.json["error"]) == (401, "log_in")
    assert client.get("/probe", headers={"X-Requested-With": "fetch"}).status_code == 401
    assert client.post("/drafts", json={"form": "x", "fields": {}}).status_code == 401


def test_the_dialog_gets_the_bare_form_and_then_a_fresh_token(guarded: FlaskClient, village: Village):
    headers = {"X-Requested-With": "fetch"}
    answer = guarded.get("/login?part=form", headers=headers)
    form = form_of(answer, "/login?part=form")
    assert "<header" not in page_of(answer)
    wrong = guarded.post(
        "/login?part=form", data=form | {"account": village.head, "password": "sai"}, headers=headers
    )
    assert (wrong.status_code, 'type="password"' in page_of(wrong)) == (422, True)
    right = guarded.post(
        "/login?part=form", data=form | {"account": village.head, "password": PASSWORD}, headers=headers
    )
    assert (right.status_code, 'type="password"' in page_of(right)) == (200, False)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page_of(right))
    assert token
    assert guarded.post("/probe", data=WORDS, headers={"X-CSRFToken": token[1]}).status_code == 200
    assert 'type="password"' not in page_of(guarded.get("/login?part=form", headers=headers))


def test_words_sent_after_the_session_ended_arrive_after_log_in(guarded: FlaskClient, village: Village):
    sent = [("text", WORDS["text"]), ("tick", "1"), ("tick", "2"), ("csrf_token", "old"), ("new_password", "x")]
    response = guarded.post("/probe?tab=2", data={"text": WORDS["text"], "tick": ["1", "2"], "csrf_token": "old",
                                                  "new_password": "x"})
    assert response.status_code == 401
    assert "Your words are kept on this page" in page_of(response)
    form = form_of(response, "/login")
    wrong = send_log_in(guarded, village.head, "sai mat khau", **form)
    assert wrong.status_code == 422
    form = form_of(wrong, "/login")
    response = send_log_in(guarded, village.head, **form)
    assert response.status_code == 200
    assert "nothing was saved yet" in page_of(response)
    page = response.get_data(as_text=True)
    again = re.search(r'<form[^>]*action="/probe\?tab=2".*?</form>', page, re.DOTALL)
    assert again
    fields = re.findall(r'name="([^"]*)" value="([^"]*)"', again[0])
    token = dict(fields)["csrf_token"]
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(unescape(name), []).append(unescape(value))
    arrived = guarded.post("/probe?tab=2", data=data)
    assert arrived.status_code == 200
    assert arrived.json == [*[list(pair) for pair in sent[:3]], ["csrf_token", token]]


def test_words_survive_a_token_that_was_lost_while_the_log_in_was_not(guarded: FlaskClient, village: Village):
    log_in(guarded, "secretary")
    response = guarded.post("/probe", data=WORDS | {"csrf_token": "of another day"})
    assert response.status_code == 400
    form = form_of(response, "/probe")
    assert {name: form[name] for name in WORDS} == WORDS
    assert guarded.post("/probe", data=form).status_code == 200


def test_a_script_with_a_lost_token_is_told_to_fetch_another(guarded: FlaskClient, village: Village):
    headers = {"X-Requested-With": "fetch"}
    assert guarded.post("/probe", data=WORDS, headers=headers).status_code == 401
    log_in(guarded, "secretary")
    assert guarded.post("/probe", data=WORDS, headers=headers).status_code == 400


def test_a_log_in_page_that_was_open_for_too_long_is_shown_again_with_the_words(guarded: FlaskClient, village: Village):
    form = form_of(guarded.post("/probe", data=WORDS), "/login")
    other = guarded.application.test_client()
    response = send_log_in(other, village.head, **form)
    assert response.status_code == 400
    again = send_log_in(other, village.head, **form_of(response, "/login"))
    assert "Đường lên rẫy hỏng" in page_of(again)


def test_files_that_cannot_be_kept_are_named(guarded: FlaskClient):
    response = guarded.post("/probe", data=WORDS | {"photo": (io.BytesIO(b"x"), "ảnh họp.jpg")})
    assert "These files could not be kept: ảnh họp.jpg" in page_of(response)


def test_kept_words_are_never_run_as_part_of_the_page(guarded: FlaskClient, village: Village):
    nasty = '"><script>alert(1)</script> word'
    response = guarded.post("/probe", data={nasty: nasty})
    assert "<script>alert" not in response.get_data(as_text=True)
    after = send_log_in(guarded, village.head, **form_of(response, "/login"))
    assert "<script>alert" not in after.get_data(as_text=True)


@pytest.fixture
def clock(app: Flask) -> list[float]:
    """The seconds that the counter of tries sees."""
    seconds = [1_000.0]
    app.extensions["collector_throttle"] = Throttle(lambda: seconds[0])
    return seconds


def test_guessing_is_slowed_down_and_the_page_says_how_long(client: FlaskClient, village: Village, clock: list[float]):
    for _ in range(5):
        assert send_log_in(client, village.head, "sai mat khau").status_code == 422
    response = send_log_in(client, village.head)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")
    assert "Please wait 5 seconds, then try again." in page_of(response)
    clock[0] += 5
    assert send_log_in(client, village.head).status_code == 303


def test_waiting_for_the_throttle_loses_no_words(client: FlaskClient, village: Village, clock: list[float]):
    form = form_of(client.post("/probe", data=WORDS), "/login")
    for _ in range(6):
        response = send_log_in(client, village.head, "sai mat khau", **form)
    assert response.status_code == 429
    assert form_of(response, "/login")["kept"] == form["kept"]


def test_guessing_over_the_network_does_not_lock_the_head_out_of_the_laptop(
    client: FlaskClient, village: Village, clock: list[float]
):
    data = {"account": "Alăng Thị Bhơ", "password": "sai mat khau"}
    for _ in range(40):
        answer = client.post("/login", data=data, environ_base=ELSEWHERE)
        clock[0] += int(answer.headers.get("Retry-After", 0))
    client.post("/login", data=data, environ_base=ELSEWHERE)
    assert client.post("/login", data=data, environ_base=ELSEWHERE).status_code == 429
    assert send_log_in(client, village.head).status_code == 303


def test_one_address_cannot_try_every_name(client: FlaskClient, clock: list[float]):
    codes = [
        client.post("/login", data={"account": f"Tên {n}", "password": "x"}, environ_base=ELSEWHERE).status_code
        for n in range(7)
    ]
    assert codes == [422] * 5 + [429] * 2
    other = {"REMOTE_ADDR": "192.168.1.8"}
    assert client.post("/login", data={"account": "Tên 9", "password": "x"}, environ_base=other).status_code == 422


def test_many_addresses_of_one_ipv6_network_count_as_one(client: FlaskClient, clock: list[float]):
    codes = [
        client.post(
            "/login", data={"account": f"Tên {n}", "password": "x"}, environ_base={"REMOTE_ADDR": f"fd00::{n:x}"}
        ).status_code
        for n in range(6)
    ]
    assert codes[-1] == 429


def test_at_a_centre_nobody_counts_as_sitting_at_the_computer(app: Flask, client: FlaskClient, village: Village):
    services_of(app).folder.write_settings(role="central")
    assert "Alăng" not in page_of(client.get("/login"))
