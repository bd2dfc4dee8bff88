"""A round on a phone: prepared, drawn, ticked and closed, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Opener
from browser.driving import PHONE, Served, overflow_of

pytestmark = pytest.mark.browser

TITLE = "Đường vào bản, đợt 1"


def prepare(page: Page, address: str) -> str:
    """Prepare a round through its form as it is proposed, except for the title; return its address."""
    page.goto(f"{address}/rounds")
    page.click("text=Chuẩn bị đợt khảo sát")
    page.fill("#title", TITLE)
    page.check("label:has-text('Bling Thị Pơi') input")
    page.click("main form button.primary")
    page.wait_for_url(re.compile(r"/rounds/[0-9a-f-]{36}$"))
    expect(page.locator("h1")).to_have_text(TITLE)
    return page.url


def draw(page: Page, survey: str, wanted: int) -> None:
    page.goto(f"{survey}/draw")
    assert overflow_of(page) <= 0
    expect(page.get_by_text("nếu tất cả trả lời Có")).to_be_visible()
    page.fill("#wanted", str(wanted))
    page.fill("#reserves", "2")
    page.click("main form button.primary")
    expect(page.get_by_text("Có thể bắt đầu hỏi.")).to_be_visible()


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["script", "no-script"])
def test_a_round_is_prepared_drawn_ticked_and_closed(served: Served, open_page: Opener, *, script: bool) -> None:
    page, watch = open_page(PHONE, java_script_enabled=script)
    watch.expect("favicon.ico")  # papers link no picture
    survey = prepare(page, served.address)
    draw(page, survey, 20)

    page.goto(f"{survey}/list.html")
    rows = page.locator("table.visits tbody tr")
    expect(rows).to_have_count(20)

    page.goto(f"{survey}/replace")
    page.select_option("#drawn", index=1)
    page.check("input[value=empty]")
    page.click("main form button.primary")
    expect(page.get_by_text("được hỏi thay.")).to_be_visible()

    page.goto(f"{survey}/ticks")
    boxes = page.locator("#ticks input[type=checkbox]")
    expect(boxes).to_have_count(20)
    for place in range(3):
        boxes.nth(place).check()
    page.locator("#ticks select").nth(3).select_option("refused")
    page.click("button:has-text('Lưu đánh dấu')")
    expect(page.get_by_text("Đã đánh dấu 3 hộ, có 0 phiếu.")).to_be_visible()
    expect(page.locator("#ticks input:checked")).to_have_count(3)

    page.goto(f"{survey}/close")
    expect(page.get_by_text("16 hộ chưa ghi gì.")).to_be_visible()
    page.click("button:has-text('Kết thúc đợt khảo sát')")
    expect(page.get_by_text("Đợt khảo sát đã kết thúc.")).to_be_visible()
    assert overflow_of(page) <= 0


def test_a_household_is_found_among_the_ticks_by_typing(served: Served, open_page: Opener) -> None:
    page, _watch = open_page(PHONE)
    survey = prepare(page, served.address)
    draw(page, survey, 68)
    page.goto(f"{survey}/ticks")
    page.fill("#filter-ticks", "21")
    shown = page.locator("#ticks li:visible")
    expect(shown).to_have_count(1)
    shown.locator("input[type=checkbox]").check()
    page.click("button:has-text('Lưu đánh dấu')")
    expect(page.get_by_text("Đã đánh dấu 1 hộ")).to_be_visible()
