"""What a laptop that lets phones in answers to its network: the addresses of phones and nothing else."""

import http.client
import threading

import pytest
from factories import Village, log_in
from flask import Flask
from flask.testing import FlaskClient

from collector import serving as serving_module
from collector.folder import DataFolder
from collector.openrosa.addresses import list_addresses
from collector.serving import Serving

PHONE = {"REMOTE_ADDR": "192.168.1.7"}
LAPTOP = {"Host": "192.168.1.5:8350"}
STAFF = ("/", "/login", "/meetings", "/phones", "/phones/new", "/static/collector.css", "/openrosa", "/openrosax/")


@pytest.fixture
def lan(app: Flask, village: Village) -> FlaskClient:
    """The head of the team, on a laptop that lets phones in."""
    app.config["LAN"] = True
    return log_in(app.test_client(), "head")


def test_another_computer_gets_no_page_even_when_logged_in(lan: FlaskClient) -> None:
    for path in STAFF:
        response = lan.get(path, environ_base=PHONE, headers=LAPTOP)
        assert response.status_code == 403, path
        assert response.mimetype == "text/plain"
        assert "A Rớt" not in response.text, "nothing of the village is told"
    assert lan.post("/login", environ_base=PHONE, headers=LAPTOP).status_code == 403


def test_phones_get_what_is_meant_for_them(lan: FlaskClient) -> None:
    assert lan.get("/healthz", environ_base=PHONE, headers=LAPTOP).status_code == 200
    refused = lan.get("/openrosa/no-key/formList", environ_base=PHONE, headers=LAPTOP)
    assert refused.status_code == 403
    assert refused.headers["X-OpenRosa-Version"] == "1.0", "the protocol answered"


@pytest.mark.parametrize("host", ["evil.example", "may-thon.local", "8.8.8.8", "169.254.1.1", "0.0.0.0"])
def test_phones_name_the_laptop_by_an_address_of_the_local_network(lan: FlaskClient, host: str) -> None:
    for path in ("/healthz", "/openrosa/no-key/formList"):
        response = lan.get(path, environ_base=PHONE, headers={"Host": host})
        assert (response.status_code, response.mimetype) == (403, "text/plain")


def test_the_laptop_itself_sees_all_pages_under_its_own_names_only(lan: FlaskClient) -> None:
    assert lan.get("/phones").status_code == 200
    assert lan.get("/phones", headers=LAPTOP).status_code == 421
    assert lan.get("/healthz", headers=LAPTOP).status_code == 200


def test_without_the_option_no_other_name_is_answered(app: Flask, village: Village, client: FlaskClient) -> None:
    assert client.get("/healthz", headers=LAPTOP).status_code == 421
    assert client.get("/openrosa/no-key/formList", headers=LAPTOP).status_code == 421


@pytest.mark.parametrize(("lan", "address"), [(False, "127.0.0.1"), (True, "127.0.0.2")])
def test_only_the_option_opens_another_address(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, lan: bool, address: str
) -> None:
    monkeypatch.setattr(serving_module, "EVERY_ADDRESS", "127.0.0.2")
    serving = Serving(folder, 0, lan=lan)
    running = threading.Thread(target=serving.run)
    running.start()
    try:
        assert serving.server.bind_addr[0] == address
        asked = http.client.HTTPConnection(address, serving.server.bind_addr[1], timeout=60)
        asked.request("GET", "/healthz", headers={"Host": "10.42.0.1" if lan else "127.0.0.1"})
        assert asked.getresponse().status == 200
        asked.close()
    finally:
        serving.ask_to_stop()
        running.join(20)


def test_addresses_are_of_local_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["8.8.8.8", "192.168.137.1", "127.0.1.1", "10.42.0.1", "192.168.137.1", "169.254.3.3"]
    monkeypatch.setattr("collector.openrosa.addresses._find_main", lambda: iter(()))
    monkeypatch.setattr("collector.openrosa.addresses._list_interfaces", lambda: iter(found))
    monkeypatch.setattr("collector.openrosa.addresses._list_names", lambda: iter(found))
    assert list_addresses() == ["192.168.137.1", "10.42.0.1"]
