"""Words that are being typed survive the power cut, the lost server and the ended session."""

import re
import time
from datetime import timedelta

import pytest
from factories import PASSWORD
from playwright.sync_api import Page, expect

from browser.conftest import Opener
from browser.driving import Served, hold_meeting, state_line, wait_until
from collector.attachments.files import Files
from collector.checks import check_folder
from collector.clock import now
from collector.database import open_database
from collector.folder import DataFolder
from collector.query import list_records

pytestmark = pytest.mark.browser

LOSS_MS = 5_000
WORD_MS = 200
CONNECTION = r"net::ERR_|Failed to (load|fetch)"
BOX = "#opinion-form #text"


@pytest.fixture
def live(served: Served, open_page: Opener, village_folder: DataFolder) -> Page:
    """The live page of a meeting that has begun; losing the server is expected there."""
    page, watch = open_page()
    watch.expect(CONNECTION)
    watch.expect("status of 401")  # of the test that ends the session
    page.goto(f"{served.address}/meetings/{hold_meeting(village_folder)}/live")
    return page


def type_words(page: Page, count: int, first: int = 0) -> list[str]:
    """Type so many numbered words."""
    words = [f"w{number:04d}" for number in range(first, first + count)]
    for word in words:
        page.keyboard.type(f"{word} ", delay=15)
        page.wait_for_timeout(60)
    return words


def type_by_the_clock(page: Page, count: int) -> list[str]:
    """Type so many numbered words, each of which takes `WORD_MS` by the clock of the page, however long it takes."""
    page.clock.install()
    page.clock.pause_at(now() + timedelta(seconds=60))
    words = []
    for number in range(count):
        words += type_words(page, 1, number)
        page.clock.run_for(WORD_MS)
    page.clock.resume()
    return words


def test_power_cut_while_typing_loses_five_seconds_at_most(served: Served, live: Page) -> None:
    live.focus(BOX)
    words = type_by_the_clock(live, 45)
    served.kill()
    served.start()
    # The page of a browser that lost its power as well: only what reached the disk is left.
    other = live.context.new_page()
    other.goto(live.url)
    found = other.input_value(BOX).split()
    assert found, "nothing was kept"
    assert found[:-1] == words[: len(found) - 1], "what was kept is the beginning of what was typed"
    assert len(set(words) - set(found)) * WORD_MS <= LOSS_MS
    expect(other.locator(".restored")).to_contain_text("Đã lấy lại")
    live.close(run_before_unload=False)


def test_page_says_that_the_computer_is_gone_and_goes_on_by_itself(served: Served, live: Page) -> None:
    live.focus(BOX)
    before = type_words(live, 12)
    expect(live.locator("#save-state")).to_contain_text("Đã lưu vào máy tính thôn lúc")
    served.kill()
    during = type_words(live, 25, first=len(before))
    expect(live.locator("#save-state")).to_contain_text("Chưa lưu được từ")
    expect(live.locator("#save-retry")).to_be_visible()
    typed = " ".join(before + during)
    assert live.input_value(BOX).strip() == typed
    served.start()
    expect(live.locator("#save-state")).to_contain_text("Đã lưu vào máy tính thôn lúc")
    expect(live.locator("#save-retry")).to_be_hidden()
    assert live.input_value(BOX).strip() == typed
    live.keyboard.press("Control+Enter")
    expect(live.locator("#opinion-list .said")).to_have_text(typed)


def test_opinion_sent_while_the_computer_is_gone_is_recorded_once(
    served: Served, live: Page, village_folder: DataFolder
) -> None:
    live.fill(BOX, "Đề nghị sửa mương.")
    served.kill()
    live.focus(BOX)
    live.keyboard.press("Control+Enter")
    expect(live.locator("#save-state")).to_contain_text("Chữ còn trên trang")
    assert live.input_value(BOX) == "Đề nghị sửa mương."
    served.start()
    live.click("#save-retry")
    expect(live.locator("#opinion-list .said")).to_have_text(["Đề nghị sửa mương."])
    live.reload()
    expect(live.locator("#opinion-list .said")).to_have_text(["Đề nghị sửa mương."])
    assert live.input_value(BOX) == ""


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [3])
def test_power_cuts_while_saving_never_lose_what_was_acknowledged(
    served: Served, live: Page, village_folder: DataFolder, rounds: int
) -> None:
    acknowledged: list[str] = []
    sent = 0
    for turn in range(rounds):
        live.goto(live.url)
        live.focus(BOX)
        end = time.monotonic() + 2 + turn * 0.37
        while time.monotonic() < end:
            text = f"Ý kiến thử số {sent}."
            sent += 1
            live.keyboard.press("Control+A")  # what a power cut left unsaved stands in the box again
            live.keyboard.insert_text(text)
            live.keyboard.press("Control+Enter")
            if time.monotonic() + 0.2 > end:
                break  # the power goes while this one is being saved
            expect(live.locator("#opinion-list .said").first).to_have_text(text)
            acknowledged.append(text)
        served.kill()
        check_sound(village_folder, acknowledged, sent)
        served.start()
    live.close(run_before_unload=False)


def check_sound(folder: DataFolder, acknowledged: list[str], sent: int) -> None:
    """Check the log, its cache and the files as `collector check` does, and that nothing acknowledged is missing."""
    database = open_database(folder.place)
    try:
        found = check_folder(database, Files(folder.attachments))
        assert found["sound"], found
        with database.reading() as connection:
            rows = list_records(connection, "opinion")
    finally:
        database.storage.close()
    texts = [row["text"] for row in rows]
    assert sorted(set(texts)) == sorted(texts), "something was recorded twice"
    assert set(acknowledged) <= set(texts)
    assert len(texts) <= sent
    assert sorted(row["number"] for row in rows) == list(range(1, len(rows) + 1))


def test_ended_session_asks_for_the_password_in_place_and_keeps_the_words(served: Served, live: Page) -> None:
    live.focus(BOX)
    live.keyboard.type("Đường lên rẫy hỏng")
    expect(live.locator("#save-state")).to_contain_text("Đã lưu")
    url = live.url
    live.context.clear_cookies()
    live.keyboard.type(", xin sửa")
    dialog = live.locator("#login-dialog")
    expect(dialog).to_be_visible(timeout=10_000)
    assert "Chưa lưu được từ" in state_line(live)
    assert live.url == url
    dialog.get_by_label("Zơrâm Văn Nhíp").check()
    dialog.locator("input[type=password]").fill("not the password")
    dialog.locator("button.primary").click()
    expect(dialog.locator("[data-login-error]")).not_to_be_empty()
    dialog.locator("input[type=password]").fill(PASSWORD)
    dialog.locator("button.primary").click()
    expect(dialog).to_be_hidden()
    expect(live.locator("#save-state")).to_contain_text(re.compile("Đã lưu vào máy tính thôn lúc"))
    assert live.input_value(BOX) == "Đường lên rẫy hỏng, xin sửa"
    live.focus(BOX)
    live.keyboard.press("Control+Enter")
    expect(live.locator("#opinion-list .said")).to_have_text(["Đường lên rẫy hỏng, xin sửa"])
    assert live.url == url


def test_half_written_words_are_shown_before_finalising(served: Served, live: Page) -> None:
    live.fill(BOX, "Chữ gõ dở")
    expect(live.locator("#save-state")).to_contain_text("Đã lưu")
    other = live.context.new_page()
    other.goto(live.url.replace("/live", "/review"))
    assert wait_until(lambda: other.locator(".notice", has_text="chưa lưu").count() > 0)
    other.close()
    live.fill(BOX, "")
