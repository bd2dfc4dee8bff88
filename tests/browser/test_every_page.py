"""Every page, on a phone and on the laptop: axe-core finds nothing, nothing is too wide, too small or cut off."""

from typing import Any

import pytest
from contracts.scenes import address, get_rules, make_scene
from factories import CHEAP, make_village, services_of
from flask import Flask
from playwright.sync_api import Page, ViewportSize

from browser.conftest import Opener
from browser.driving import CHECKOUT, LAPTOP, PHONE, Served, overflow_of
from collector import create_app
from collector.accounts.store import Accounts
from collector.folder import DataFolder

pytestmark = pytest.mark.browser

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
MISSING = ("/nothing-here", "/meetings/nothing", "/setup")
OTHER_TYPES = (
    *(".pdf", ".csv", ".css", ".age", ".xml", ".png", "/workbook", "/healthz"),
    "/send-and-receive/progress",
)
SMALLEST_TARGET_PX = 44
SMALLEST_GAP_PX = 4
SMALLEST_TEXT_PX = 15
RUN_AXE = """
async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
}
"""
SMALL_TARGETS = """
(smallest) => [...document.querySelectorAll("main button, main a.button, main input, main select, main summary")]
  .filter((each) => each.checkVisibility() && !["hidden", "checkbox", "radio", "file"].includes(each.type))
  .filter((each) => each.getBoundingClientRect().height < smallest - 0.5)
  .map((each) => `${Math.round(each.getBoundingClientRect().height)} px: ${each.outerHTML.slice(0, 120)}`)
"""
TOUCHING = """
(smallest) => {
  const shown = [...document.querySelectorAll("main button, main a.button, main .choice, main textarea, main select")]
    .filter((each) => each.checkVisibility() && !each.closest(".choice .choice, [role=listbox]"));
  const boxes = shown.map((each) => each.getBoundingClientRect());
  const found = [];
  boxes.forEach((one, place) => boxes.forEach((other, rank) => {
    if (place === rank || shown[place].contains(shown[rank])) return;
    const beside = one.left < other.right && other.left < one.right;
    const gap = other.top - one.bottom;
    if (beside && gap > -4 && gap < smallest) {
      found.push(`${Math.round(gap)} px between "${shown[place].innerText}" and "${shown[rank].innerText}"`);
    }
  }));
  return found;
}
"""
SMALL_TEXT = """
(smallest) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const isShown = walker.currentNode.textContent.trim() && parent.checkVisibility();
    if (isShown && parseFloat(getComputedStyle(parent).fontSize) < smallest) found.add(parent.outerHTML.slice(0, 120));
  }
  return [...found];
}
"""


@pytest.fixture
def everything(village_folder: DataFolder) -> tuple[list[str], str]:
    """A village with one of everything in it; gives the addresses of its pages and the name of its head."""
    for path in village_folder.root.rglob("*"):
        if path.is_file():
            path.unlink()
    village_folder.prepare()
    app = create_app(village_folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(village_folder, CHEAP)
    scene = make_scene(app, make_village(app))
    pages = list_pages(app, scene)
    services_of(app).database.storage.close()
    return pages, "Alăng Thị Bhơ"


def list_pages(app: Flask, scene: dict[str, str]) -> list[str]:
    """List the addresses of all pages of a scene, some with a part of them opened."""
    pages = {address(rule, scene) for rule in get_rules(app)}
    pages = {each for each in pages if not each.partition("?")[0].endswith(OTHER_TYPES)}
    pages |= {
        f"/meetings/{scene['signed_id']}",
        f"/meetings/{scene['meeting_id']}/guests",
        f"/meetings/{scene['meeting_id']}/board",
        f"/meetings/{scene['meeting_id']}/edit/people",
        f"/meetings/{scene['meeting_id']}/edit/invitation",
        f"/meetings/{scene['meeting_id']}/edit/closing",
        f"/meetings/{scene['meeting_id']}/live?household={scene['household_id']}",
        f"/meetings/{scene['meeting_id']}/live#attendance",
        f"/meetings/{scene['meeting_id']}/live#votes",
        f"/rounds/{scene['closed_id']}/results",
        "/search?q=cau&kind=",
        f"/differences/programme/{scene['programme_id']}",
        f"/history/opinion/{scene['opinion_id']}",
        f"/history/household/{scene['household_id']}/erase",
        *MISSING,
    }
    return sorted(each for each in pages if "/files/" not in each and not each.startswith("/openrosa/"))


@pytest.mark.parametrize("size", [PHONE, pytest.param(LAPTOP, marks=pytest.mark.slow)], ids=["phone", "laptop"])
def test_every_page_is_accessible_and_fits(
    everything: tuple[list[str], str], served: Served, open_page: Opener, size: ViewportSize
) -> None:
    pages, head = everything
    page, watch = open_page(size, name=head)
    watch.expect("40[0-9]|Failed to load resource")
    found: dict[str, Any] = {}
    for where in pages:
        page.goto(served.address + where)
        problems = check_page(page, is_paper=where.endswith(".html"))
        if problems:
            found[where] = problems
    assert found == {}
    assert len(pages) > 50


def check_page(page: Page, *, is_paper: bool) -> list[str]:
    """List what is wrong with the page that is shown; papers are made for A4, not for the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    problems: list[str] = page.evaluate(RUN_AXE)
    if is_paper:
        return problems
    if overflow_of(page) > 0:
        problems.append(f"{overflow_of(page)} px too wide")
    problems += [f"target of {each}" for each in page.evaluate(SMALL_TARGETS, SMALLEST_TARGET_PX)]
    problems += [f"only {each}" for each in page.evaluate(TOUCHING, SMALLEST_GAP_PX)]
    problems += [f"text under {SMALLEST_TEXT_PX} px: {each}" for each in page.evaluate(SMALL_TEXT, SMALLEST_TEXT_PX)]
    if page.evaluate("document.documentElement.lang") != "vi":
        problems.append("not marked as Vietnamese")
    return problems


def test_the_pages_before_logging_in_are_accessible(served: Served, open_page: Opener) -> None:
    for size in (PHONE, LAPTOP):
        page, watch = open_page(size, name="")
        watch.expect("40[0-9]|Failed to load resource")
        for where in ("/login", "/recover", "/meetings"):
            page.goto(served.address + where)
            assert check_page(page, is_paper=False) == [], where
