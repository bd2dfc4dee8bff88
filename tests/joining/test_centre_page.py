"""The page on which a laptop joins a centre, with a code or by a file."""

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from central.scenes import open_centre, running_in, set_up_centre
from factories import LA_DEE, Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from sync_scenes import serving

from collector.central.building import Running
from collector.central.office import Wish
from collector.joining.store import name_centre, read_typed
from collector.membership import read_membership
from sync.enrolment import read_request


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[tuple[Running, str]]:
    """A served centre, and its address."""
    with open_centre(set_up_centre(tmp_path / "centre")) as app, serving(app) as url:
        yield running_in(app), url


@pytest.fixture
def head(app: Flask, village: Village) -> FlaskClient:
    """The browser of the head of the team."""
    return log_in(app.test_client(), "head")


def server_of(app: Flask) -> str:
    membership = read_membership(services_of(app).folder)
    return membership.server if membership else ""


def test_a_laptop_joins_with_what_stands_below_the_picture(
    app: Flask, head: FlaskClient, centre: tuple[Running, str]
) -> None:
    running, url = centre
    assert "Máy này chưa thuộc trung tâm nào" in head.get("/centre").text
    issued = running.office.issue(Wish(LA_DEE))
    pasted = f" {url}#{issued.words.replace(' ', '-')} "
    assert head.post("/centre", data={"code": pasted}).status_code == 303
    assert server_of(app) == running.office.registry.keys.id
    page = head.get("/centre").text
    assert url in page and name_centre(running.office.registry.keys.public_signing) in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "hoa bay", "address": "https://centre.example"}, "Mã có 2 từ"),
        ({"code": "hoa " * 9, "address": "https://centre.example"}, "Mã có 9 từ"),
        ({"code": "", "address": "https://centre.example"}, "Mã có 0 từ"),
        ({"code": "CODE", "address": "ftp://centre.example"}, "ftp://centre.example"),
        ({"code": "CODE", "address": "x y"}, "x y. Hãy gõ"),
    ],
)
def test_what_is_mistyped_is_said_and_kept(
    app: Flask, head: FlaskClient, centre: tuple[Running, str], typed: dict[str, str], said: str
) -> None:
    words = centre[0].office.issue(Wish(LA_DEE)).words
    sent = {name: value.replace("CODE", words) for name, value in typed.items()}
    answer = head.post("/centre", data=sent)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert sent["address"] in answer.text
    assert server_of(app) == ""


def test_a_wrong_code_and_a_dead_address_are_told_apart(
    app: Flask, head: FlaskClient, centre: tuple[Running, str]
) -> None:
    running, url = centre
    issued = running.office.issue(Wish(LA_DEE))
    running.office.enrolling.remove_code(issued.name)
    taken_back = head.post("/centre", data={"code": issued.words, "address": url})
    assert taken_back.status_code == 422 and "đã thu lại" in taken_back.text
    dead = head.post("/centre", data={"code": issued.words, "address": "http://127.0.0.1:9"})
    assert dead.status_code == 422 and "đã thu lại" not in dead.text
    assert server_of(app) == ""


def test_a_missing_address_is_said_at_its_field(head: FlaskClient, centre: tuple[Running, str]) -> None:
    services_of(head.application).folder.write_settings(language="en")
    words = centre[0].office.issue(Wish(LA_DEE)).words
    page = head.post("/centre", data={"code": words, "address": " "}).text
    assert '<a href="#address">The address of the centre is not typed yet.' in page


def test_a_text_that_is_no_code_is_not_answered_word_by_word(head: FlaskClient) -> None:
    page = html.unescape(head.post("/centre", data={"code": "script " * 24, "address": "centre.example"}).text)
    assert "Mã có 24 từ" in page and "Từ thứ" not in page


def test_who_is_no_centre_is_not_called_a_network_that_wants_a_login(
    head: FlaskClient, centre: tuple[Running, str]
) -> None:
    words = centre[0].office.issue(Wish(LA_DEE)).words
    services_of(head.application).folder.write_settings(language="en")
    with serving(Flask("somebody")) as url:
        page = head.post("/centre", data={"code": words, "address": url}).text
    assert "Something else than a centre answered at this address. Please look at the address again." in page


def test_a_laptop_joins_by_a_file_after_the_words_were_compared(
    app: Flask, head: FlaskClient, centre: tuple[Running, str]
) -> None:
    running, _url = centre
    request = head.post("/centre/request")
    assert "Đã lưu đơn lúc" in head.get("/centre").text
    assert request.headers["Content-Disposition"].startswith("attachment")
    assert read_request(request.data)[0].unit == services_of(app).folder.read_settings()["unit"]
    answer = running.office.approve(request.data, Wish(LA_DEE))
    asked = head.post("/centre/answer", data={"file": (io.BytesIO(answer), "answer.collector")})
    words = name_centre(running.office.registry.keys.public_signing)
    assert asked.status_code == 200 and words in asked.text
    assert server_of(app) == ""
    content = re.search(r'name="content" value="([^"]+)"', asked.text)
    assert content is not None
    wrong = head.post("/centre/answer", data={"content": content[1], "confirmed": "hoa hoa hoa hoa hoa hoa"})
    assert wrong.status_code == 200 and server_of(app) == ""
    joined = head.post("/centre/answer", data={"content": content[1], "confirmed": words})
    assert joined.status_code == 303
    assert server_of(app) == running.office.registry.keys.id
    services_of(app).folder.write_settings(language="en")
    nothing = head.post("/centre/answer", data={})
    assert nothing.status_code == 422 and "No file was chosen yet." in nothing.text
    services_of(app).folder.write_settings(language="vi")
    for rubbish in (b"", b"rubbish", answer[:-3]):
        refused = head.post("/centre/answer", data={"file": (io.BytesIO(rubbish), "x")})
        assert refused.status_code == 422 and "đã hỏng" in refused.text


def test_the_same_centre_may_move(app: Flask, head: FlaskClient, centre: tuple[Running, str]) -> None:
    running, url = centre
    issued = running.office.issue(Wish(LA_DEE))
    head.post("/centre", data={"code": issued.words, "address": url})
    assert head.post("/centre/address", data={"address": "centre.example"}).status_code == 303
    kept = read_membership(services_of(app).folder)
    assert kept is not None and kept.url == "https://centre.example"
    wrong = head.post("/centre/address", data={"address": "x y"})
    assert wrong.status_code == 422 and 'value="x y"' in wrong.text
    assert re.findall(r'<details class="panel[^"]*"( open)?>', wrong.text) == [" open", ""]
    assert server_of(app) == running.office.registry.keys.id


def test_a_secretary_is_not_sent_to_the_secretary(app: Flask, village: Village) -> None:
    refused = log_in(app.test_client(), "secretary").get("/centre")
    assert refused.status_code == 403
    assert "tổ trưởng" in refused.text and "thư ký" not in refused.text


def test_an_invented_village_is_told_that_it_never_joins(app: Flask, head: FlaskClient) -> None:
    services_of(app).folder.write_settings(demo=True)
    page = head.get("/centre").text
    assert "không bao giờ vào trung tâm được" in page and 'name="code"' not in page
    assert head.post("/centre/request").status_code == 409


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("centre.example", "https://centre.example"),
        (" https://centre.example/a/ ", "https://centre.example/a"),
        ("http://192.0.2.1:8350", "http://192.0.2.1:8350"),
        ("https://[2001:db8::1]:8350/", "https://[2001:db8::1]:8350"),
    ],
)
def test_addresses_are_read_as_people_type_them(typed: str, read: str, centre: tuple[Running, str]) -> None:
    words = centre[0].office.issue(Wish(LA_DEE)).words
    assert read_typed(words.upper(), typed).address == read
    assert read_typed(f"{typed}#{words.replace(' ', '-')}") == (words, read)
