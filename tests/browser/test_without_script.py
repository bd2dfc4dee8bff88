"""Everything that a meeting needs works in a browser without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from browser.acts import TITLE, ask_question, name_signers, plan_meeting, press_primary
from browser.conftest import Opener
from browser.driving import PHONE, Served, invent_households

pytestmark = pytest.mark.browser

HEADS = [str(household["head_name"]) for household in invent_households()]


def test_a_meeting_is_recorded_and_finalised_without_script(served: Served, open_page: Opener) -> None:
    page, watch = open_page(PHONE, java_script_enabled=False)
    watch.expect("status of 422")  # the votes that do not add up
    meeting = plan_meeting(page, served.address)
    name_signers(page, meeting)
    ask_question(page, meeting)
    page.goto(meeting)
    page.click("form[action$='/start'] button >> visible=true")
    expect(page.locator("h1")).to_contain_text(TITLE)

    for head in HEADS[:2]:
        page.locator("#roll li", has_text=head).get_by_role("button").click()
    expect(page.locator("#represented strong")).to_have_text(re.compile(r"^2\s*/"))
    page.locator("#roll li", has_text=HEADS[0]).locator("a", has_text="Thêm").click()
    page.fill("#representative #name", "Alăng Văn Khách")
    page.check("#representative input[name=sex][value=male]")
    page.click("#representative button.plain")
    expect(page.locator("#roll li", has_text=HEADS[0])).to_contain_text("Alăng Văn Khách")
    expect(page.locator("#represented strong")).to_have_text(re.compile(r"^2\s*/"))

    page.fill("#opinion-form #text", "Đề nghị thay ống cũ.")
    page.click("#opinion-form button.primary")
    expect(page.locator("#opinion-list .said")).to_have_text("Đề nghị thay ống cũ.")
    page.locator("details.reply summary").click()
    page.fill("#reply-form #number", "1")
    page.fill("#reply-form #answer", "Xã sẽ xem.")
    page.click("#reply-form button.plain")
    expect(page.locator("#opinion-list li[value='1']")).to_contain_text("Xã sẽ xem.")

    for wrong in (True, False):
        for name, value in (("yes", "1"), ("no", "0" if wrong else "1"), ("other", "0")):
            page.fill(f"#q1-1-{name}", value)
        page.locator("#question-1 button:not([name])").click()
        expect(page.locator("#question-1 .error-summary")).to_have_count(int(wrong))
    expect(page.locator("#question-1 .result")).to_contain_text("1/68 hộ tán thành")

    page.locator("form[action$='/end'] button").click()
    page.check("input[name=read_aloud]")
    page.locator("form[action$='/finalise'] button").click()
    expect(page.locator("#papers-title")).to_contain_text("01/")


def test_typing_is_kept_when_the_session_ended_before_sending(served: Served, open_page: Opener) -> None:
    page, watch = open_page(PHONE, java_script_enabled=False)
    watch.expect("status of 401")
    page.goto(f"{served.address}/meetings/new")
    page.check("input[name=meeting_type][value=dialogue]")
    page.fill("#title", "đối thoại về đường, nước")
    page.fill("#starts_at", "2026-05-04T19:30")
    page.fill("#place", "Gươl thôn A Rớt")
    page.context.clear_cookies()
    page.click("main form button.primary")
    page.get_by_label("Zơrâm Văn Nhíp").check()
    page.fill("input[type=password]", "chim tring bay cao")
    press_primary(page)
    press_primary(page)
    expect(page.locator("h1")).to_contain_text("đối thoại về đường, nước")
