"""Requests that another web site sends through somebody's browser."""

import pytest
from factories import Village, log_in, services_of
from flask import Flask, session
from flask.testing import FlaskClient

from collector.accounts.security import host_name


@pytest.fixture(autouse=True)
def in_english(app: Flask, village: Village):
    services_of(app).folder.write_settings(language="en")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"), ("LOCALHOST:8350", "localhost"), ("127.0.0.1:8350", "127.0.0.1"),
        ("[::1]:8350", "::1"), ("[::1]", "::1"), ("may-thon.local.:8351", "may-thon.local"), ("", ""),
    ],
)
def test_host_names_are_read_without_port_and_brackets(host: str, name: str):
    assert host_name(host) == name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8350", "[::1]:8350", "LocalHost:1"])
def test_this_computer_is_known_by_its_own_names(client: FlaskClient, host: str):
    assert client.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8350", "10.0.0.5"])
def test_a_foreign_host_name_is_refused_before_anything_else(client: FlaskClient, host: str):
    log_in(client, "head")
    for path in ("/", "/login", "/healthz", "/no/such/page"):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 421
        assert "This address does not belong to this computer." in response.get_data(as_text=True)
        assert "Alăng" not in response.get_data(as_text=True)


def test_hosts_of_the_local_network_are_named_by_whoever_serves(app: Flask, client: FlaskClient):
    app.config["ALLOWED_HOSTS"] = {"192.168.1.5", "may-thon.local"}
    assert client.get("/login", headers={"Host": "192.168.1.5:8351"}).status_code == 200
    assert client.get("/login", headers={"Host": "May-Thon.local:8351"}).status_code == 200
    assert client.get("/login", headers={"Host": "192.168.1.6"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_sent_by_a_foreign_page_is_refused_and_its_words_are_not_kept(
    client: FlaskClient, headers: dict[str, str]
):
    response = client.post("/drafts", data={"text": "planted"}, headers=headers)
    assert response.status_code == 403
    assert "planted" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}]
)
def test_a_change_sent_by_our_own_page_passes(client: FlaskClient, headers: dict[str, str]):
    assert client.post("/logout", headers=headers).status_code == 303


def test_the_session_cookie_is_hidden_from_scripts_and_bound_to_tls_where_there_is_tls(app: Flask, client: FlaskClient):
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Secure" in app.test_client().get("/login", base_url="https://localhost").headers["Set-Cookie"]


def test_every_page_forbids_frames_foreign_scripts_and_guessed_types(client: FlaskClient):
    headers = client.get("/login").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_session_signed_with_another_secret_is_nobody(app: Flask, client: FlaskClient):
    log_in(client, "head")
    app.secret_key = "another"
    assert client.get("/account").status_code == 302
    with app.test_request_context():
        assert "_user_id" not in session
