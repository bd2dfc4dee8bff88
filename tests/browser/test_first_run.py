"""The first run in the browser: from an empty folder to the first page of somebody who logged in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import PASSWORD
from playwright.sync_api import Page, expect

from browser.acts import press_primary
from browser.conftest import Opener
from browser.driving import LAPTOP, PHONE, Served, overflow_of
from collector.accounts.recovery import matches
from collector.database import open_database
from collector.folder import DataFolder
from collector.query import list_records

pytestmark = pytest.mark.browser

HEAD = "Alăng Thị Bhơ"


@pytest.fixture
def served(tmp_path: Path, translations: None) -> Iterator[Served]:
    """An empty folder, being served."""
    made = Served(tmp_path / "empty")
    made.start()
    yield made
    made.end()


def answer_until_the_phrase(page: Page, address: str) -> None:
    """Answer every question before the recovery phrase, with keyboard and buttons."""
    page.goto(address)
    expect(page).to_have_url(re.compile("/setup/language$"))
    page.click("button[value=vi]")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.focus("#words")
    page.keyboard.type("la dee", delay=30)
    expect(page.get_by_role("option").first).to_contain_text("La Dêê")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#picked")).not_to_have_value("")
    press_primary(page)
    page.fill("#name", "Thôn A Rớt")
    page.fill("#local_number", "3")
    press_primary(page)
    for name, value in {"as_of": "2026-01-01", "households": "68", "women": "101", "men": "97"}.items():
        page.fill(f"#{name}", value)
    press_primary(page)
    for group, households in (("Cơ Tu", "60"), ("Kinh", "8")):
        page.select_option("#ethnic_group", group)
        page.fill("#households", households)
        with page.expect_navigation():
            page.click("button[value=add]")
    with page.expect_navigation():
        page.click("button[value=next]")
    for name, role in ((HEAD, "head"), ("Zơrâm Văn Nhíp", "secretary")):
        page.fill("#name", name)
        page.check(f"input[value={role}]")
        if role == "head":
            page.fill("#password", PASSWORD)
            page.fill("#password_again", PASSWORD)
        with page.expect_navigation():
            page.click("button[value=add]")
        assert overflow_of(page) <= 0
    with page.expect_navigation():
        page.click("button[value=next]")
    expect(page).to_have_url(re.compile("/setup/phrase$"))


def read_phrase(page: Page) -> list[str]:
    """Read the words that are to be written down."""
    return page.locator("main ol li strong").all_inner_texts()


def type_back(page: Page, words: list[str], *, wrong: bool = False) -> None:
    """Type the two words that are asked for from the paper."""
    for name in ("first", "second"):
        label = page.locator(f"label[for={name}]").inner_text()
        number = int(re.findall(r"\d+", label)[0])
        page.fill(f"#{name}", "khong" if wrong else words[number - 1])
    press_primary(page)


@pytest.mark.parametrize("size", [PHONE, pytest.param(LAPTOP, marks=pytest.mark.slow)], ids=["phone", "laptop"])
def test_an_empty_folder_becomes_a_village_somebody_logs_in_to(
    served: Served, open_page: Opener, size: dict[str, int]
) -> None:
    page, watch = open_page(size, name="")
    answer_until_the_phrase(page, served.address)
    words = read_phrase(page)
    assert len(words) == 11
    press_primary(page)
    watch.expect("status of 422")
    type_back(page, words, wrong=True)
    expect(page.locator(".error-summary")).to_be_focused()
    type_back(page, words)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label(HEAD).check()
    page.fill("input[type=password]", PASSWORD)
    press_primary(page)
    expect(page).to_have_url(f"{served.address}/")
    expect(page.locator(".brand-village").first).to_contain_text("Thôn A Rớt")
    assert overflow_of(page) <= 0
    page.goto(f"{served.address}/setup/language")
    watch.expect("status of 404")
    expect(page.locator("main")).not_to_contain_text("Choose a language")

    folder = DataFolder(served.folder)
    assert matches(folder, " ".join(words))
    database = open_database(folder.place)
    with database.reading() as connection:
        (unit,) = list_records(connection, "unit")
        (register,) = list_records(connection, "register")
    database.storage.close()
    assert (unit["name"], unit["commune_name"]) == ("Thôn A Rớt", "Xã La Dêê")
    assert (register["households"], register["women"]) == (68, 101)


@pytest.mark.slow
def test_power_cut_during_the_first_run_keeps_the_answers(served: Served, open_page: Opener) -> None:
    page, watch = open_page(name="")
    watch.expect("net::ERR_")
    answer_until_the_phrase(page, served.address)
    served.kill()
    served.start()
    page.goto(served.address)
    expect(page).to_have_url(re.compile("/setup/phrase$"))
    words = read_phrase(page)
    press_primary(page)
    type_back(page, words)
    expect(page).to_have_url(re.compile("/login"))
    expect(page.get_by_label(HEAD)).to_be_visible()
    expect(page.get_by_label("Zơrâm Văn Nhíp")).to_have_count(0)
