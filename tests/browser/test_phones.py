"""Phones: the pages that set them up, and a real client of ODK that fetches a form, fills it in and sends it.

The client is ODK Web Forms as it is published, in Chromium, against the real server. Only the page around it is ours;
it is answered by the test under the server's own address, as browsers let pages send to their own origin only.
"""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from browser.conftest import Opener
from browser.driving import CHECKOUT, LAPTOP, PHONE, Served
from browser.test_every_page import check_page
from collector.answers.sheets import hash_withdrawal_code
from collector.database import Database, open_database
from collector.folder import DataFolder
from collector.openrosa.phones import Phones
from collector.questionnaires.built_in import ensure_built_in

pytestmark = pytest.mark.browser

CLIENT = Path(__file__).with_name("odk_client")
MODULES = CHECKOUT / "node_modules"
TYPES = {".html": "text/html", ".js": "text/javascript"}
TITLE = "Khảo sát đường vào bản"
CONSENT = "đồng ý trả lời không?"


@pytest.fixture
def key(village_folder: DataFolder) -> str:
    """The key of a phone of a village with an open round."""
    database = open_database(village_folder.place)
    try:
        open_round(database, village_folder.read_settings()["unit"])
    finally:
        database.storage.close()
    return Phones(village_folder).add("Máy 1", date(2026, 3, 1)) or ""


def open_round(database: Database, unit: str) -> None:
    """Record an open round of the built-in questionnaire."""
    with database.recording() as recorder:
        values = {
            "title": TITLE, "questionnaire": ensure_built_in(recorder, unit, "participation_household"),
            "counted": "households", "chosen": "everyone", "dimensions": "know,discuss,do,inspect", "state": "open",
        }  # fmt: skip
        made = recorder.add("round", unit, values)
        recorder.add("round_village", unit, {"round": made, "village": unit, "households": 68})


def read_urn(folder: DataFolder) -> list[dict[str, Any]]:
    """Give the sheets in the urn."""
    database = open_database(folder.place)
    try:
        with database.reading() as connection:
            return [json.loads(row["sheet"]) for row in connection.rows("SELECT sheet FROM urn")]
    finally:
        database.storage.close()


def serve_client(page: Page, address: str) -> None:
    """Answer the client's own files under the server's address."""

    def answer(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/odk-client/")
        own = CLIENT / (name or "index.html")
        path = own if own.is_file() else MODULES / name
        route.fulfill(path=path, content_type=TYPES.get(path.suffix, "application/octet-stream"))

    page.route(f"{address}/odk-client/**", answer)


def open_form(page: Page, served: Served, key: str) -> None:
    """Open the form of the round in ODK Web Forms."""
    serve_client(page, served.address)
    page.goto(f"{served.address}/odk-client/?server={served.address}/openrosa/{key}&form={TITLE}")
    expect(page.locator(".odk-form")).to_be_visible()


def choose(page: Page, question: str, answer: str) -> None:
    """Choose an answer of the question whose words contain these."""
    asked = page.locator(".question-container").filter(has_text=question)
    asked.get_by_text(answer, exact=True).click()


def send(page: Page) -> list[dict[str, Any]]:
    """Press the client's button; give what the server answered."""
    page.get_by_role("button", name="Send").click()
    page.wait_for_function("window.sent !== undefined")
    answers: list[dict[str, Any]] = page.evaluate("window.sent")
    return answers


def test_a_real_client_fetches_fills_in_and_sends(
    village_folder: DataFolder, key: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(PHONE, name="")
    open_form(page, served, key)
    expect(page.get_by_text("Gia đình ông (bà) có được biết")).to_have_count(0)
    choose(page, CONSENT, "Có, tôi đồng ý")
    drawing = page.locator(".question-container").filter(has_text="có được biết").locator("img")
    expect(drawing).to_be_visible()
    assert drawing.evaluate("(each) => each.decode().then(() => each.naturalWidth)") > 0
    choose(page, "có được biết", "Có")
    choose(page, "có được bàn", "Không")
    choose(page, "có tham gia làm", "Không nhớ rõ")
    choose(page, "có được kiểm tra", "Không muốn trả lời")
    expect(page.get_by_text("giám sát việc")).to_have_count(0)
    choose(page, "là nữ hay nam", "Nữ")
    choose(page, "ở nhóm tuổi nào", "Từ 30 đến 44 tuổi")
    shown = page.get_by_text("Mã rút lại là").inner_text()
    (answer,) = send(page)
    assert answer["status"] == 201
    assert "Đã nhận phiếu." in answer["text"]

    (sheet,) = read_urn(village_folder)
    answered = {name: sheet.get(name) for name in ("know", "discuss", "do", "inspect", "supervise", "sex", "source")}
    assert answered == {
        "know": "yes", "discuss": "no", "do": "dont_know", "inspect": "refused", "supervise": None, "sex": "female",
        "source": "openrosa",
    }  # fmt: skip
    code = re.search(r"[A-H2-9]{4}(?:-[A-H2-9]{4}){2}", shown)
    assert code
    assert sheet["withdrawal_hash"] == hash_withdrawal_code(code[0])
    assert code[0] in page.evaluate("window.instance")
    assert code[0] not in json.dumps(sheet)

    again = page.request.post(
        f"{served.address}/openrosa/{key}/submission",
        multipart={
            "xml_submission_file": {
                "name": "sheet.xml", "mimeType": "text/xml", "buffer": page.evaluate("window.instance").encode(),
            }
        },
    )  # fmt: skip
    assert again.status == 201, "the reply was lost, so it was sent again"
    assert len(read_urn(village_folder)) == 1


def test_a_real_client_corrects_what_it_sent(
    village_folder: DataFolder, key: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(PHONE, name="")
    open_form(page, served, key)
    choose(page, CONSENT, "Có, tôi đồng ý")
    for question in ("có được biết", "có được bàn", "có tham gia làm", "có được kiểm tra"):
        choose(page, question, "Có")
    choose(page, "là nữ hay nam", "Nam")
    choose(page, "ở nhóm tuổi nào", "Từ 60 tuổi trở lên")
    assert send(page)[0]["status"] == 201
    code = page.get_by_text("Mã rút lại là").inner_text()
    earlier = page.evaluate("window.instance")

    page.add_init_script(f"window.earlier = {json.dumps(earlier)};")
    open_form(page, served, key)
    assert page.get_by_text("Mã rút lại là").inner_text() == code, "the resident's slip stays right"
    choose(page, "có được bàn", "Không")
    (answer,) = send(page)
    assert answer["status"] == 201
    assert "phiếu đã sửa" in answer["text"]
    assert "deprecatedID>" in page.evaluate("window.instance")
    (sheet,) = read_urn(village_folder)
    assert (sheet["know"], sheet["discuss"], sheet["sex"]) == ("yes", "no", "male")


def test_a_real_client_keeps_nothing_without_consent(
    village_folder: DataFolder, key: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(PHONE, name="")
    open_form(page, served, key)
    choose(page, CONSENT, "Không, tôi không muốn trả lời")
    (answer,) = send(page)
    assert answer["status"] == 201
    assert "không giữ lại gì" in answer["text"]
    assert read_urn(village_folder) == []


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_phone_is_set_up_by_a_picture_shown_once(
    village_folder: DataFolder, served: Served, open_page: Opener, size: ViewportSize
) -> None:
    page, _watch = open_page(size)
    page.goto(f"{served.address}/village")
    page.get_by_role("link", name="Điện thoại đi hỏi").click()
    page.get_by_role("link", name="Thêm điện thoại").click()
    assert check_page(page, is_paper=False) == []
    page.fill("input[name=name]", "Máy của tổ 2")
    page.get_by_role("button", name="Thêm điện thoại").click()
    expect(page.locator("svg.qr")).to_be_visible()
    assert check_page(page, is_paper=False) == []
    box = page.locator("svg.qr").bounding_box()
    assert box
    assert box["width"] >= 260, "a cheap camera can read it"
    url = page.locator("code").inner_text()
    assert Phones(village_folder).find(url.rpartition("/")[2])
    page.get_by_role("link", name="Đã cài xong điện thoại").click()
    assert check_page(page, is_paper=False) == []
    page.get_by_role("link", name="Khóa lại Máy của tổ 2").click()
    assert check_page(page, is_paper=False) == []
    page.get_by_role("button", name="Khóa điện thoại lại").click()
    expect(page.get_by_text("Đã khóa từ ngày")).to_be_visible()
    assert Phones(village_folder).find(url.rpartition("/")[2]) is None
