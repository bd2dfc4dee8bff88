"""The page "Send and receive": the counts, the button, what it says while it runs and when it has ended."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.clock import now
from collector.replication.background import Exchanger, ensure_exchanger, put_exchanger
from collector.replication.clocks import ClockWatch
from collector.replication.connecting import find_address
from collector.replication.journal import note_ended
from collector.replication.report import SyncReport
from collector.replication.speaking import list_remaining
from replication.scenes import CentreHere, Machine, make_way
from sync.errors import CentreTroubled, ConnectionLost, DeviceRefused, StorageFull, WentBackwards


class Network:
    """The way from the application under test to a centre; `failure` is what goes wrong on it."""

    def __init__(self, app: Flask, village: Village, root: Path) -> None:
        self.centre = CentreHere(root / "centre")
        services = services_of(app)
        self.machine = Machine.of(self.centre, services.folder, services.database, village.unit)
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def connect(self, *_: Any) -> Any:
        def breaks(name: str, number: int) -> str:
            assert self.gate.wait(60)
            return "before" if self.failure else ""

        return self.machine.laptop, make_way(self.machine.cutting(breaks, failure=lambda: self.failure))


@pytest.fixture
def network(app: Flask, village: Village, tmp_path: Path) -> Iterator[Network]:
    made = Network(app, village, tmp_path)
    exchanger = Exchanger(services_of(app), made.connect, find_address)
    put_exchanger(app, exchanger)
    yield made
    made.gate.set()
    exchanger.stop()


@pytest.fixture
def writer(client: FlaskClient, village: Village) -> FlaskClient:
    return log_in(client, "secretary")


def exchanger_of(app: Flask) -> Exchanger:
    return ensure_exchanger(app)


def read(client: FlaskClient) -> str:
    return client.get("/send-and-receive").get_data(as_text=True)


@pytest.fixture(autouse=True)
def english(app: Flask, village: Village) -> None:
    services_of(app).folder.write_settings(language="en")


def test_a_laptop_without_a_centre_says_what_to_do(writer: FlaskClient) -> None:
    page = read(writer)
    assert "does not belong to a centre yet" in page
    assert 'action="/send-and-receive"' not in page
    answer = writer.post("/send-and-receive")
    assert answer.status_code == 409
    assert "eight words" in answer.get_data(as_text=True)


def test_a_laptop_that_joined_by_stick_is_not_told_that_it_belongs_nowhere(
    app: Flask, client: FlaskClient, village: Village, tmp_path: Path
) -> None:
    CentreHere(tmp_path / "centre").enrol(services_of(app).folder, village.unit, url="")
    page = read(log_in(client, "head"))
    assert "does not belong to a centre" not in page and "its address" in page
    assert 'action="/send-and-receive"' not in page and 'href="/centre"' in page
    assert "only on this laptop" in client.get("/").get_data(as_text=True)


def test_what_is_left_is_counted_in_words_and_grouped_numbers(app: Flask) -> None:
    with app.test_request_context():
        assert list_remaining({"unit": 4}) == ["4 entries"]
        assert list_remaining({"unit": 4, "programme": 1}) == ["1 programme", "4 other entries"]
        assert list_remaining({"programme": 1_002}, 2_000) == ["1,002 programmes", "2,000 photos or papers"]


def test_the_head_is_led_to_where_the_code_is_typed(client: FlaskClient, village: Village) -> None:
    page = read(log_in(client, "head"))
    assert "does not belong to a centre yet" in page
    assert 'href="/centre"' in page


def test_who_may_not_join_a_centre_is_told_who_may(client: FlaskClient, village: Village) -> None:
    page = read(log_in(client, "secretary"))
    assert "The head of the team types it in here." in page
    assert 'href="/centre"' not in page


def test_the_button_sends_and_the_page_says_so(app: Flask, network: Network, writer: FlaskClient) -> None:
    writer.post("/programmes/new", data={"name": "Đường vào bản"})
    before = read(writer)
    assert "1 programme" in before
    assert "The centre was not reached yet." in before
    assert writer.post("/send-and-receive").status_code == 303
    assert exchanger_of(app).wait()
    after = read(writer)
    assert "Nothing is left to send." in after
    assert "Zơrâm Văn Nhíp" in after
    assert "As the centre said at" in after
    assert writer.get("/send-and-receive/progress").json == {"running": False}


def test_while_it_runs_the_page_follows_with_and_without_script(
    app: Flask, network: Network, writer: FlaskClient
) -> None:
    network.gate.clear()
    writer.post("/send-and-receive")
    page = read(writer)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert "js/exchange.js" in page
    assert 'action="/send-and-receive"' not in page
    state = writer.get("/send-and-receive/progress").json
    assert state is not None
    assert state["running"]
    assert "Sending" in state["sentence"] or "Asking" in state["sentence"]
    assert writer.post("/send-and-receive").status_code == 409
    network.gate.set()
    assert exchanger_of(app).wait()


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ConnectionLost(), "goes on where it stopped"),
        (DeviceRefused(), "does not accept this laptop any more"),
    ],
)
def test_what_went_wrong_is_said_with_what_to_do(
    app: Flask, network: Network, writer: FlaskClient, failure: Exception, words: str
) -> None:
    network.failure = failure
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert words in read(writer)
    network.failure = None
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert words not in read(writer)


def test_an_old_centre_is_gone_along_with_only_by_a_keeper(app: Flask, network: Network, writer: FlaskClient) -> None:
    network.failure = WentBackwards(reason="incarnation", incarnation="oldlife")
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert 'name="incarnation"' in read(writer) and "--accept-life" not in read(writer)
    member = log_in(app.test_client(), "member")
    assert 'name="incarnation"' not in read(member)
    assert member.post("/send-and-receive/accept", data={"incarnation": "oldlife"}).status_code == 403
    writer.post("/send-and-receive/accept", data={"incarnation": "another"})
    assert not exchanger_of(app).is_busy
    network.failure = None
    writer.post("/send-and-receive/accept", data={"incarnation": "oldlife"})
    assert exchanger_of(app).wait()
    assert "went through" in read(writer)


def test_a_wrong_clock_is_told_on_the_first_page(app: Flask, writer: FlaskClient) -> None:
    assert "not right yet" not in writer.get("/").get_data(as_text=True)
    for seconds, is_told in ((3 * 86_400.0, True), (None, True), (1.0, False)):
        report = SyncReport(clock_error_seconds=seconds)
        if seconds is None:
            report.note(ConnectionLost())
        with services_of(app).database.storage.writing() as connection:
            note_ended(connection, now(), None, report)
        assert ("It is 3 days fast." in writer.get("/").get_data(as_text=True)) == is_told


def test_a_clock_that_was_put_right_is_not_called_wrong_any_longer(
    app: Flask, network: Network, writer: FlaskClient
) -> None:
    ahead = [3 * 86_400.0]

    def connect(*given: Any) -> Any:
        laptop, way = network.connect(*given)
        return laptop, replace(way, read_clock_error_ms=lambda: int(ahead[0] * 1000))

    exchanger = exchanger_of(app)
    exchanger.connect, exchanger.clock = connect, ClockWatch(lambda: ahead[0])
    writer.post("/send-and-receive")
    assert exchanger.wait()
    for path in ("/", "/send-and-receive"):
        assert "It is 3 days fast." in writer.get(path).get_data(as_text=True)
    ahead[0] = -7_200.0
    assert "It is 2 hours slow." in read(writer)
    ahead[0] = 0.0
    for path in ("/", "/send-and-receive"):
        assert "not right yet" not in writer.get(path).get_data(as_text=True)


def test_sending_by_itself_is_off_until_somebody_says_yes(app: Flask, network: Network, writer: FlaskClient) -> None:
    folder = services_of(app).folder
    assert folder.read_settings().get("automatic_sync") is None
    writer.post("/send-and-receive/automatic", data={"automatic": "yes"})
    assert folder.read_settings()["automatic_sync"] is True
    assert 'value="yes" checked' in read(writer)
    writer.post("/send-and-receive/automatic", data={"automatic": "no"})
    assert folder.read_settings()["automatic_sync"] is False
    writer.post("/send-and-receive/automatic", data={})
    assert folder.read_settings()["automatic_sync"] is False


def test_only_what_a_person_has_to_do_becomes_a_banner(app: Flask, network: Network, writer: FlaskClient) -> None:
    network.failure = ConnectionLost()
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "sync_failed" not in services_of(app).warnings
    network.failure = DeviceRefused()
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "Please look at Send and receive" in writer.get("/").get_data(as_text=True)
    network.failure = None
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "sync_failed" not in services_of(app).warnings


def test_the_banner_that_leads_to_the_page_is_not_on_that_page(
    app: Flask, network: Network, writer: FlaskClient
) -> None:
    services_of(app).warnings["sync_failed"] = "device_refused"
    assert "Please look at Send and receive" not in writer.get("/send-and-receive").get_data(as_text=True)
    assert "Please look at Send and receive" in writer.get("/").get_data(as_text=True)


def test_a_full_disk_of_the_centre_is_told_as_such(app: Flask, network: Network, writer: FlaskClient) -> None:
    network.failure = CentreTroubled(refusal="storage_full")
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "The disk of the centre is full" in writer.get("/send-and-receive").get_data(as_text=True)


def test_differing_values_and_what_waits_are_told(
    app: Flask, network: Network, writer: FlaskClient, tmp_path: Path
) -> None:
    other = Machine(network.centre, tmp_path / "other", like=network.machine)
    writer.post("/programmes/new", data={"name": "Đường vào bản"})
    network.machine.sync()
    other.sync()
    with other.database.reading() as connection:
        record = connection.value("SELECT id FROM programme")
    other.rename(record, "Đường vào bản A")
    network.machine.rename(record, "Đường vào bản B")
    other.sync()
    network.machine.sync()
    page = read(writer)
    assert "1 place was recorded differently" in page


def test_a_full_disk_is_told_although_that_cannot_be_written_down(
    app: Flask, network: Network, writer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise StorageFull(path="x")

    network.failure = StorageFull(path="x")
    monkeypatch.setattr("collector.replication.journal.note_ended", refuse)
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "The disk is full." in read(writer)
    monkeypatch.undo()
    network.failure = None
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "The disk is full." not in read(writer)


def test_today_tells_what_is_only_here_until_it_was_sent(app: Flask, network: Network, writer: FlaskClient) -> None:
    writer.post("/language", data={"language": "en"})
    network.machine.add_programme()
    assert "only on this laptop" in writer.get("/").text
    writer.post("/send-and-receive")
    assert exchanger_of(app).wait()
    assert "only on this laptop" not in writer.get("/").text


def test_a_laptop_that_was_locked_out_is_led_to_where_a_new_code_is_typed(
    app: Flask, network: Network, village: Village
) -> None:
    head = log_in(app.test_client(), "head")
    network.failure = DeviceRefused()
    head.post("/send-and-receive")
    assert exchanger_of(app).wait()
    problem = read(head).split('role="alert"', 1)[1].split("</section>", 1)[0]
    assert "/centre" in problem
