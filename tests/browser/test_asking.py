"""Residents and paper sheets in a real browser: large targets, no script needed, few keystrokes, no power lost."""

import re
from contextlib import suppress

import pytest
from answer_scenes import make_survey
from factories import CHEAP, PASSWORD, Village
from playwright.sync_api import Error, Page, ViewportSize, expect

from browser.conftest import Opener
from browser.driving import LAPTOP, PHONE, Served, log_in, overflow_of, settle
from browser.test_every_page import check_page
from collector import create_app
from collector.accounts.store import Accounts
from collector.answers.urn import count_waiting, find_paper
from collector.database import open_database
from collector.folder import DataFolder
from collector.query import list_records

pytestmark = pytest.mark.browser

ANSWER_PX = 72
SMALL_ANSWERS = """
(smallest) => [...document.querySelectorAll("main .choice, main .answer-button")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < smallest - 0.5)
  .map((each) => `${Math.round(each.getBoundingClientRect().height)} px: ${each.outerHTML.slice(0, 120)}`)
"""


@pytest.fixture
def survey(village_folder: DataFolder) -> str:
    """An open round in the served village."""
    app = create_app(village_folder)
    services = app.extensions["collector"]
    services.accounts = Accounts(village_folder, CHEAP)
    with services.database.reading() as connection:
        head = next(row["id"] for row in list_records(connection, "person") if row["role"] == "head")
        unit = village_folder.read_settings()["unit"]
    made = make_survey(app, Village(unit, "", head, "", ""))
    services.database.storage.close()
    return made


def counted(folder: DataFolder, survey: str) -> int:
    """Count the sheets in the urn, beside the server."""
    database = open_database(folder.place)
    try:
        with database.reading() as connection:
            return count_waiting(connection, survey)
    finally:
        database.storage.close()


def hand_over(page: Page, served: Served, survey: str) -> None:
    """Hand the browser over from the page of the round."""
    page.goto(f"{served.address}/rounds/{survey}/ask")
    page.click("main button.primary")
    page.wait_for_url(f"{served.address}/ask")


def press(page: Page, act: str) -> None:
    """Press a button and wait for the screen that comes after it."""
    with page.expect_navigation():
        page.locator(f'button[name=act][value="{act}"]').first.click()


def begin(page: Page) -> None:
    press(page, "language")
    press(page, "consent")


def answer(page: Page, value: str = "") -> None:
    """Choose an answer, the first one unless told otherwise, and go on."""
    choice = page.locator(f'input[name=answer][value="{value}"]' if value else "input[name=answer]").first
    if choice.get_attribute("type") == "radio":
        choice.check()
    else:
        choice.fill("3")
    press(page, "answer")


def check_resident_page(page: Page) -> None:
    assert check_page(page, is_paper=False) == [], page.url
    assert page.evaluate(SMALL_ANSWERS, ANSWER_PX) == []


@pytest.mark.parametrize("size", [PHONE, pytest.param(LAPTOP, marks=pytest.mark.slow)], ids=["phone", "laptop"])
def test_a_resident_is_asked_in_large_calm_pages(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener, size: ViewportSize
) -> None:
    page, watch = open_page(size)
    watch.expect("422")
    hand_over(page, served, survey)
    check_resident_page(page)
    page.get_by_role("button", name="Tiếng Việt").click()
    check_resident_page(page)
    press(page, "consent")
    expect(page.locator("h1")).to_contain_text("biết về dự án này")
    check_resident_page(page)
    press(page, "answer")
    expect(page.locator(".error-summary")).to_contain_text("Chưa chọn. Hãy chọn một ô.")
    check_resident_page(page)
    while page.locator("input[name=answer]").count():
        answer(page)
        assert overflow_of(page) <= 0
    check_resident_page(page)
    press(page, "back")
    expect(page.locator("input:checked")).to_have_count(0)
    check_resident_page(page)
    press(page, "answer")
    press(page, "stop")
    check_resident_page(page)
    press(page, "go_on")
    press(page, "send")
    expect(page.locator(".withdrawal-code")).to_have_text(re.compile(r"^(\w{4}-){2}\w{4}$"))
    check_resident_page(page)
    press(page, "return")
    check_resident_page(page)
    assert counted(village_folder, survey) == 1
    page.goto(f"{served.address}/ask/take-back")
    assert check_page(page, is_paper=False) == []


def test_a_resident_needs_no_script(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener
) -> None:
    page, _ = open_page(PHONE, java_script_enabled=False)
    hand_over(page, served, survey)
    begin(page)
    while page.locator("input[name=answer]").count():
        answer(page)
    press(page, "send")
    expect(page.locator(".withdrawal-code")).to_be_visible()
    assert counted(village_folder, survey) == 1


def test_the_browsers_back_button_shows_no_answer(
    served: Served, survey: str, open_page: Opener
) -> None:
    page, _ = open_page(PHONE)
    hand_over(page, served, survey)
    begin(page)
    answer(page, "no")
    answer(page, "no")
    asked = page.locator("h1").inner_text()
    for _ in range(6):
        page.go_back()
        page.wait_for_load_state()
        assert page.url in (f"{served.address}/ask", "about:blank")
        if page.url == "about:blank":
            break
        expect(page.locator("input:checked")).to_have_count(0)
        expect(page.locator("h1")).to_have_text(asked)
    page.goto(f"{served.address}/meetings")
    expect(page.locator("h1")).to_have_text(asked)


@pytest.mark.slow
def test_power_cuts_lose_no_answer_and_double_no_sheet(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener
) -> None:
    page, watch = open_page(PHONE)
    watch.expect("ERR_|Failed to load")
    hand_over(page, served, survey)
    begin(page)
    answer(page, "no")
    answer(page, "dont_know")
    asked = page.locator("h1").inner_text()
    served.kill()
    served.start()
    page.goto(f"{served.address}/login")
    expect(page.locator("h1")).to_have_text(asked)
    for turn in range(20):
        if not is_asked(page, served):
            break
        page.locator("input[name=answer]").first.check()
        if turn % 2:
            press(page, "answer")
        else:
            page.click("button[value=answer]", no_wait_after=True)
        served.kill()  # every other time in the middle: whether the answer arrived or not
        served.start()
    press(page, "send")
    code = page.locator(".withdrawal-code").inner_text()
    served.kill()
    served.start()
    page.reload()
    expect(page.locator(".withdrawal-code")).to_have_text(code)
    assert counted(village_folder, survey) == 1
    press(page, "return")
    page.goto(f"{served.address}/ask/take-back")
    page.get_by_label("Zơrâm Văn Nhíp").check()
    page.fill("input[type=password]", PASSWORD)
    page.click("main form button.primary")
    expect(page.locator("h1")).to_contain_text("Hỏi trên")


def is_asked(page: Page, served: Served) -> bool:
    """Load the asking page anew; tell whether it shows a question."""
    with suppress(Error):  # what was under way when the power went may end the first try
        page.goto(f"{served.address}/ask")
    page.goto(f"{served.address}/ask")
    return page.locator("input[name=answer]").count() > 0


class Keys:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1


def wait_for_the_first_cell(page: Page) -> None:
    """Wait until the page takes keys: its script puts the focus on the first question."""
    expect(page.locator("[data-paper] input[type=radio]").first).to_be_focused()


def stored(folder: DataFolder, survey: str, number: int) -> dict[str, str]:
    database = open_database(folder.place)
    try:
        with database.reading() as connection:
            row = find_paper(connection, survey, number)
            assert row is not None
            return dict(row["values"])
    finally:
        database.storage.close()


def test_a_sheet_of_eight_questions_takes_ten_keys_at_most(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener
) -> None:
    page, _ = open_page(LAPTOP)
    page.goto(f"{served.address}/rounds/{survey}/papers")
    expect(page.locator("[data-paper] [data-cell]")).to_have_count(8)
    for number, digits in ((1, "12341111"), (2, "10321112")):
        wait_for_the_first_cell(page)
        keys = Keys(page)
        keys.press(*digits, "Enter")
        expect(page.locator("#notices")).to_contain_text(f"Đã lưu phiếu {number}.")
        expect(page.locator("#number")).to_have_value(str(number + 1))
        assert keys.count <= 10
    first, second = stored(village_folder, survey, 1), stored(village_folder, survey, 2)
    names = ("know", "discuss", "do", "inspect")
    assert [first[name] for name in names] == ["yes", "no", "dont_know", "refused"]
    assert [second[name] for name in names] == ["yes", "blank", "dont_know", "no"]


def test_backspace_goes_back_and_enter_in_the_number_goes_on(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener
) -> None:
    page, _ = open_page(LAPTOP)
    page.goto(f"{served.address}/rounds/{survey}/papers")
    wait_for_the_first_cell(page)
    keys = Keys(page)
    keys.press("1", "1", "Backspace", "2", "Backspace", "Backspace", "Backspace")
    expect(page.locator("#number")).to_be_focused()
    keys.press("4", "7", "Enter")
    keys.press(*"12111111", "Enter")
    expect(page.locator("#notices")).to_contain_text("Đã lưu phiếu 47.")
    assert stored(village_folder, survey, 47)["discuss"] == "no"


@pytest.mark.parametrize("size", [PHONE, pytest.param(LAPTOP, marks=pytest.mark.slow)], ids=["phone", "laptop"])
def test_a_paper_sheet_fits_and_needs_no_script(
    served: Served, survey: str, village_folder: DataFolder, open_page: Opener, size: ViewportSize
) -> None:
    page, watch = open_page(size)
    watch.expect("422")
    page.goto(f"{served.address}/rounds/{survey}/papers")
    assert check_page(page, is_paper=False) == []
    page.click("#paper button.primary")
    expect(page.locator(".error-summary li")).to_have_count(7)
    assert check_page(page, is_paper=False) == []
    plain, _ = open_page(size, java_script_enabled=False)
    plain.goto(f"{served.address}/rounds/{survey}/papers")
    for cell in plain.locator("[data-paper] [data-cell]").all():
        cell.locator("input").first.check()
    plain.click("#paper button.primary")
    expect(plain.locator("#notices")).to_contain_text("Đã lưu phiếu 1.")


@pytest.mark.slow
def test_a_half_typed_sheet_survives_a_power_cut(served: Served, survey: str, open_page: Opener) -> None:
    page, watch = open_page(LAPTOP)
    watch.expect("ERR_|Failed to load")
    page.goto(f"{served.address}/rounds/{survey}/papers")
    wait_for_the_first_cell(page)
    Keys(page).press(*"1234")
    expect(page.locator("#save-state[data-tone=ok]")).to_be_visible()
    settle(page)
    served.kill()
    served.start()
    other, _ = open_page(LAPTOP, name="")
    log_in(other, served.address)
    other.goto(f"{served.address}/rounds/{survey}/papers")
    expect(other.locator("[data-paper] input:checked")).to_have_count(4)
