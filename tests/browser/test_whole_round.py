"""A whole round on a phone: drawn, 20 people asked on the screen, 20 papers, one ODK client, a result, and the log."""

import re
from datetime import date

import pytest
from factories import PASSWORD
from playwright.sync_api import Page, expect

from browser.conftest import Opener
from browser.driving import PHONE, Served, overflow_of
from browser.test_asking import answer, begin, hand_over, press
from browser.test_phones import CONSENT, choose, send, serve_client
from browser.test_round import TITLE, draw, prepare
from collector.checks import find_chain_problem, rebuild_cache
from collector.database import open_database
from collector.folder import DataFolder
from collector.openrosa.phones import Phones
from collector.query import list_records

pytestmark = pytest.mark.browser

ASKED = 41
ON_SCREEN = ON_PAPER = 20
QUESTIONS = ("có được biết", "có được bàn", "có tham gia làm", "có được kiểm tra")


def ask_on_screen(page: Page, served: Served, survey: str, count: int) -> None:
    """Hand the phone over to people one after the other; every tenth does not know of the project."""
    for person in range(count):
        hand_over(page, served, survey)
        begin(page)
        answer(page, "no" if person % 10 == 9 else "yes")
        while page.locator("input[name=answer]").count():
            answer(page)
        press(page, "send")
        expect(page.locator(".withdrawal-code")).to_have_text(re.compile(r"^(\w{4}-){2}\w{4}$"))
        press(page, "return")
        page.goto(f"{served.address}/meetings")
        assert page.url == f"{served.address}/ask", "nothing else opens in a browser that was handed over"
        take_back(page, served)


def take_back(page: Page, served: Served) -> None:
    """Take the phone back with the password of the team."""
    page.goto(f"{served.address}/ask/take-back")
    page.get_by_label("Zơrâm Văn Nhíp").check()
    page.fill("input[type=password]", PASSWORD)
    page.click("main form button.primary")
    expect(page.locator("h1")).to_contain_text("Hỏi trên")


def enter_papers(page: Page, survey: str, count: int) -> None:
    """Type papers in by keyboard, one after the other."""
    page.goto(f"{survey}/papers")
    for number in range(1, count + 1):
        expect(page.locator("#number")).to_have_value(str(number))
        expect(page.locator("[data-paper] input[type=radio]").first).to_be_focused()
        for digit in "11211112":
            page.keyboard.press(digit)
        page.keyboard.press("Enter")
        expect(page.locator("#notices")).to_contain_text(f"Đã lưu phiếu {number}.")


def send_from_odk(page: Page, served: Served, key: str) -> None:
    """Fill the round's form in with ODK Web Forms and send it."""
    serve_client(page, served.address)
    page.goto(f"{served.address}/odk-client/?server={served.address}/openrosa/{key}&form={TITLE}")
    expect(page.locator(".odk-form")).to_be_visible()
    choose(page, CONSENT, "Có, tôi đồng ý")
    for question in QUESTIONS:
        choose(page, question, "Có")
    choose(page, "là nữ hay nam", "Nam")
    choose(page, "ở nhóm tuổi nào", "Từ 60 tuổi trở lên")
    assert send(page)[0]["status"] == 201


def tick_and_close(page: Page, survey: str) -> None:
    """Tick everybody as asked, look the round over and close it."""
    page.goto(f"{survey}/ticks")
    for box in page.locator("#ticks input[type=checkbox]").all():
        box.check()
    page.click("button:has-text('Lưu đánh dấu')")
    expect(page.get_by_text(f"Đã đánh dấu {ASKED} hộ, có {ASKED} phiếu.")).to_be_visible()
    page.goto(f"{survey}/close")
    page.click("button:has-text('Kết thúc đợt khảo sát')")
    expect(page.get_by_text("Đợt khảo sát đã kết thúc.")).to_be_visible()


@pytest.mark.slow
def test_a_whole_round_on_a_phone(served: Served, village_folder: DataFolder, open_page: Opener) -> None:
    page, watch = open_page(PHONE)
    watch.expect("favicon.ico")
    survey = prepare(page, served.address)
    draw(page, survey, ASKED)
    key = Phones(village_folder).add("Máy 1", date(2026, 3, 1)) or ""

    resident, _ = open_page(PHONE)
    ask_on_screen(resident, served, survey.rpartition("/")[2], ON_SCREEN)
    enter_papers(page, survey, ON_PAPER)
    phone, _ = open_page(PHONE, name="")
    send_from_odk(phone, served, key)
    tick_and_close(page, survey)

    page.goto(f"{survey}/results")
    assert overflow_of(page) <= 0
    shown = " ".join(page.locator("main").inner_text().split())
    assert "Kết luận chung" in shown
    # Of 41 asked 39 know (two on the screen did not), 21 took part: the papers all say no to that.
    assert re.search(r"Biết .*?39", shown)
    assert "Đủ căn cứ: chưa đạt" in shown

    database = open_database(village_folder.place)
    try:
        with database.reading() as connection:
            sheets = list_records(connection, "answer_sheet")
            outcomes = [row["outcome"] for row in list_records(connection, "drawn_household") if not row["reserve"]]
            assert find_chain_problem(connection)[1] == ""
        assert sorted(row["source"] for row in sheets) == ["openrosa"] + ["paper"] * ON_PAPER + ["screen"] * ON_SCREEN
        assert [sum(row["know"] == "yes" for row in sheets), sum(row["do"] == "yes" for row in sheets)] == [39, 21]
        assert outcomes == ["asked"] * ASKED
        assert rebuild_cache(database)["equal"]
    finally:
        database.storage.close()
