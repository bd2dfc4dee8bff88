"""Thirty phones at once against the real server: no error, nothing lost, nothing double."""

import http.client
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

import pytest
from answer_scenes import make_round
from factories import make_village
from flask import Flask
from openrosa.scenes import LIST, encode_parts, fill

from collector import create_app
from collector.answers.urn import BATCH, count_sheets
from collector.folder import DataFolder
from collector.openrosa.phones import Phones
from collector.questionnaires.built_in import ensure_built_in
from collector.rounds.closing import close_round
from collector.serving import Serving

PHONES = 30
SHEETS = 4


@dataclass
class Laptop:
    """A village being served."""

    serving: Serving
    survey: str
    keys: list[str]

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return int(self.serving.server.bind_addr[1])


@pytest.fixture
def laptop(folder: DataFolder) -> Iterator[Laptop]:
    """A village with an open round and thirty phones, being served."""
    survey = prepare(create_app(folder))
    keys = [Phones(folder).add(f"Máy {number}", date(2026, 3, 1)) or "" for number in range(PHONES)]
    serving = Serving(folder, 0)
    running = threading.Thread(target=serving.run)
    running.start()
    yield Laptop(serving, survey, keys)
    serving.ask_to_stop()
    running.join(30)


def prepare(app: Flask) -> str:
    """Set a village up and open a round in it."""
    village = make_village(app)
    database = app.extensions["collector"].database
    with database.recording() as recorder:
        questionnaire = ensure_built_in(recorder, village.unit, "participation_household")
    survey = make_round(app, village, questionnaire)
    database.storage.close()
    return survey


class Caller:
    """A phone over a real connection that it keeps."""

    def __init__(self, port: int, key: str) -> None:
        self.base = f"/openrosa/{key}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, body: bytes = b"", media_type: str = "") -> tuple[int, bytes]:
        """Send a request; give status and body."""
        headers = {"X-OpenRosa-Version": "1.0", **({"Content-Type": media_type} if media_type else {})}
        self.connection.request(method, f"{self.base}{path}?deviceID=x", body or None, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def work(self) -> list[int]:
        """Fetch the form and send sheets, every second one twice as after a lost reply; give every status."""
        status, listed = self.ask("GET", "/formList")
        form = read_form(listed)
        statuses = [status, self.ask("HEAD", "/submission")[0]]
        for number in range(SHEETS):
            sent = encode_parts({"xml_submission_file": fill(form, instance=f"uuid:{uuid.uuid4()}").encode()})
            statuses += [self.ask("POST", "/submission", *sent)[0] for _ in range(1 + number % 2)]
        self.close()
        return statuses


def read_form(listed: bytes) -> dict[str, str]:
    """Give the one form of a list."""
    (form,) = ElementTree.fromstring(listed)
    return {part.tag.removeprefix(LIST): part.text or "" for part in form}


def count(laptop: Laptop) -> int:
    """Count the sheets of the round wherever they are."""
    with laptop.serving.services.database.reading() as connection:
        return count_sheets(connection, laptop.survey)


def test_thirty_phones_at_once_lose_nothing_and_double_nothing(laptop: Laptop) -> None:
    with ThreadPoolExecutor(PHONES) as pool:
        statuses = list(pool.map(lambda key: Caller(laptop.port, key).work(), laptop.keys))
    assert {tuple(each[:2]) for each in statuses} == {(200, 204)}
    assert {status for each in statuses for status in each[2:]} == {201}
    assert count(laptop) == PHONES * SHEETS
    with laptop.serving.services.database.recording() as recorder:
        close_round(recorder, laptop.survey)
    with laptop.serving.services.database.reading() as connection:
        left = connection.value("SELECT count(*) FROM answer_sheet WHERE removed = 0")
        assert left == PHONES * SHEETS > 2 * BATCH


def test_one_sheet_sent_by_an_impatient_phone_ten_times_at_once_counts_once(laptop: Laptop) -> None:
    with closing(Caller(laptop.port, laptop.keys[0])) as caller:
        form = read_form(caller.ask("GET", "/formList")[1])
    sent = encode_parts({"xml_submission_file": fill(form).encode()})

    def send(_: int) -> int:
        with closing(Caller(laptop.port, laptop.keys[0])) as caller:
            return caller.ask("POST", "/submission", *sent)[0]

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(send, range(10))) == {201}
    assert count(laptop) == 1


def test_a_sheet_sent_in_chunks_arrives(laptop: Laptop) -> None:
    caller = Caller(laptop.port, laptop.keys[0])
    form = read_form(caller.ask("GET", "/formList")[1])
    body, media_type = encode_parts({"xml_submission_file": fill(form).encode()})
    chunks = (body[start : start + 100] for start in range(0, len(body), 100))
    where, headers = f"{caller.base}/submission", {"Content-Type": media_type}
    caller.connection.request("POST", where, chunks, headers, encode_chunked=True)
    answer = caller.connection.getresponse()
    assert answer.status == 201, answer.read()
    caller.close()
    assert count(laptop) == 1
