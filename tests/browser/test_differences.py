"""Choosing between what two laptops recorded: with a finger on a phone, also without JavaScript."""

import re

import pytest
from elsewhere import write_elsewhere
from playwright.sync_api import expect

from browser.conftest import Opener
from browser.driving import LAPTOP, PHONE, Served, hold_meeting, overflow_of
from collector.database import open_database
from collector.folder import DataFolder
from collector.meetings import store
from collector.query import get_record

pytestmark = pytest.mark.browser

HERE = "Xin làm cầu treo mới, vì cầu cũ đã mục và trẻ em đi học qua đó mỗi ngày."
THERE = "Xin làm cầu treo ở đầu thôn, chỗ suối hẹp nhất."


@pytest.fixture
def opinion(village_folder: DataFolder) -> str:
    """An opinion whose words and topic two laptops wrote differently."""
    meeting = hold_meeting(village_folder)
    database = open_database(village_folder.database)
    try:
        with database.recording() as recorder:
            row = get_record(recorder.connection, "meeting", meeting)
            made = store.add_opinion(recorder, row, {"text": "Xin làm cầu treo.", "topic": "land"})
        with database.recording() as recorder:
            recorder.update("opinion", made, {"text": HERE, "topic": "infrastructure"})
        write_elsewhere(database, "opinion", made, {"text": THERE, "topic": "security"}, seen=1)
    finally:
        database.storage.close()
    return made


def text_of(folder: DataFolder, opinion: str) -> tuple[str, str, int]:
    database = open_database(folder.database)
    try:
        with database.reading() as connection:
            row = get_record(connection, "opinion", opinion)
    finally:
        database.storage.close()
    return row["text"], row["topic"], row["conflicts"]


def test_a_finger_chooses_without_script(
    village_folder: DataFolder, opinion: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(PHONE, java_script_enabled=False)
    page.goto(served.address)
    page.locator(".top-badge").click()
    expect(page.locator("h1")).to_have_text("Chỗ khác nhau")
    page.locator("main .tasks a").click()
    expect(page.locator("#field-text .option")).to_have_count(2)
    page.locator("#field-text .option", has_text=THERE).get_by_role("button", name="Chọn bản này").click()
    expect(page.locator("#field-text")).to_have_count(0)
    page.locator("#field-topic .option", has_text="Đường, nước, điện").get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("Không có chỗ nào khác nhau.")
    expect(page.locator(".top-badge")).to_have_count(0)
    assert text_of(village_folder, opinion) == (THERE, "infrastructure", 0)


def test_texts_are_combined_on_a_phone_without_script(
    village_folder: DataFolder, opinion: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(PHONE, java_script_enabled=False)
    page.goto(f"{served.address}/differences/opinion/{opinion}")
    page.get_by_role("link", name="Ghép").click()
    assert overflow_of(page) == 0
    both = page.locator("#text").input_value()
    page.locator("#text").fill(f"{both} Bà con góp công.")
    page.get_by_role("button", name="Lưu bản ghép").click()
    expect(page.locator("#field-text")).to_have_count(0)
    text, _topic, _conflicts = text_of(village_folder, opinion)
    assert HERE in text and THERE in text and text.endswith("Bà con góp công.")


def test_texts_are_combined_and_survive_a_page_that_was_closed(
    village_folder: DataFolder, opinion: str, served: Served, open_page: Opener
) -> None:
    page, _watch = open_page(LAPTOP)
    page.goto(f"{served.address}/differences/opinion/{opinion}")
    boxes = [each.bounding_box() for each in page.locator("#field-text .option").all()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    page.get_by_role("link", name="Ghép").click()
    expect(page.locator("#text")).to_have_value(re.compile(f"{re.escape(THERE)}|{re.escape(HERE)}"))
    page.locator("#text").press("Control+End")
    page.keyboard.type(" Bà con góp công.")
    expect(page.locator("#save-state")).to_contain_text("Đã lưu")
    page.goto(f"{served.address}/differences/opinion/{opinion}/combine/text")
    expect(page.locator("#text")).to_have_value(re.compile("Bà con góp công"))
    page.get_by_role("button", name="Lưu bản ghép").click()
    expect(page.locator("#field-text")).to_have_count(0)
    text, _topic, conflicts = text_of(village_folder, opinion)
    assert HERE in text
    assert THERE in text
    assert text.endswith("Bà con góp công.")
    assert conflicts == 1


def test_values_stand_below_each_other_on_a_phone(opinion: str, served: Served, open_page: Opener) -> None:
    page, _watch = open_page(PHONE)
    page.goto(f"{served.address}/differences/opinion/{opinion}")
    first, second = (each.bounding_box() for each in page.locator("#field-text .option").all())
    assert first
    assert second
    assert second["y"] >= first["y"] + first["height"]
    assert overflow_of(page) == 0
