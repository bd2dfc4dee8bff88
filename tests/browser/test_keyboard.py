"""Hands that stay on the keyboard: the numbered menu, the tab order, the focus in sight, input methods."""

import pytest
from playwright.sync_api import Page, expect

from browser.acts import go_to
from browser.conftest import Opener
from browser.driving import Served, hold_meeting, invent_households, settle
from collector.folder import DataFolder

pytestmark = pytest.mark.browser

HEADS = [str(household["head_name"]) for household in invent_households()]
BOX = "#opinion-form #text"
PLACES = {"1": "#filter-roll", "2": BOX, "3": "#reply-form #number", "4": "#q1-1-yes", "5": "#votes textarea"}


@pytest.fixture
def live(served: Served, open_page: Opener, village_folder: DataFolder) -> Page:
    """The live page of a meeting that has begun."""
    page, _watch = open_page()
    page.goto(f"{served.address}/meetings/{hold_meeting(village_folder)}/live")
    return page


def test_menu_leads_everywhere_by_digits_and_esc_leads_back(live: Page) -> None:
    live.focus(BOX)
    live.keyboard.type("Chữ đang gõ")
    for digit, place in PLACES.items():
        go_to(live, digit)
        target = live.locator(place).first
        if digit in "45":
            # A target that is a heading passes the focus on to its place; the first field is one Tab away.
            for _ in range(3):
                if target.evaluate("element => element === document.activeElement"):
                    break
                live.keyboard.press("Tab")
        expect(target).to_be_focused()
    go_to(live, "2")
    live.keyboard.press("Escape")
    expect(live.locator("#jump-menu")).to_be_visible()
    expect(live.locator("#jump-menu button")).to_have_count(5)
    live.keyboard.press("Escape")
    expect(live.locator("#jump-menu")).to_be_hidden()
    expect(live.locator(BOX)).to_be_focused()
    assert live.input_value(BOX) == "Chữ đang gõ"


def test_digits_and_letters_are_only_letters_while_typing(live: Page) -> None:
    live.focus(BOX)
    live.keyboard.type("1 2 3 4 5 s f r x j w 10 cong")
    assert live.input_value(BOX) == "1 2 3 4 5 s f r x j w 10 cong"
    expect(live.locator("#jump-menu")).to_be_hidden()


def test_tab_reaches_everything_in_order_and_the_focus_is_in_sight(live: Page) -> None:
    live.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    seen: list[str] = []
    hidden: list[str] = []
    for _ in range(400):
        live.keyboard.press("Tab")
        found = live.evaluate(FOCUSED)
        if found is None or (len(seen) > 3 and found["name"] == seen[0]):
            break
        seen.append(found["name"])
        if not found["visible"] or not found["outlined"]:
            hidden.append(f"{found['name']} {found}")
    assert hidden == []
    assert seen[0].startswith("a.skip"), seen[:3]
    for wanted in ("textarea#text", "input#filter-roll", "input#q1-1-yes"):
        assert any(name.startswith(wanted) for name in seen), (wanted, len(seen))


FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const label = element.labels?.[0];
  const isMine = top && (element.contains(top) || top.contains(element) || label?.contains(top));
  const outlined = [element, element.parentElement, label].some((part) => {
    if (!part) return false;
    const drawn = getComputedStyle(part);
    return (drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2) || drawn.boxShadow !== "none";
  });
  const classes = element.className ? "." + String(element.className).split(" ").join(".") : "";
  return {
    name: element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") + classes
      + " " + (element.innerText || "").slice(0, 30),
    visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight && Boolean(isMine),
    outlined, top: Math.round(box.top), bottom: Math.round(box.bottom), style: style.outline,
  };
}"""


def test_right_arrow_adds_somebody_else_of_the_household(live: Page) -> None:
    go_to(live, "1")
    live.keyboard.type("7")
    live.keyboard.press("ArrowRight")
    expect(live.locator("#representative #name")).to_be_focused()
    live.keyboard.type("Hôih Thị Khách")
    live.keyboard.press("Tab")
    live.keyboard.press("ArrowDown")
    live.keyboard.press("Enter")
    expect(live.locator("#roll li", has_text=HEADS[6])).to_contain_text("Hôih Thị Khách")
    expect(live.locator("#filter-roll")).to_be_focused()
    expect(live.locator("#represented strong")).to_contain_text("1")


def compose(page: Page, selector: str, steps: list[str], end: str) -> None:
    """Type a syllable as an input method does: the text in work is replaced at every key, then fixed."""
    session = page.context.new_cdp_session(page)
    page.focus(selector)
    for step in steps:
        session.send("Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)})
        page.wait_for_timeout(40)
    session.send("Input.insertText", {"text": end})
    session.detach()


def test_input_method_loses_no_letter_while_others_are_saved(live: Page, served: Served) -> None:
    compose(live, BOX, ["d", "đ", "đu", "đươ", "đươn", "đường", "đường"], "đường")
    live.keyboard.type(" ")
    # A tick is answered, and its part of the page replaced, in the middle of a syllable.
    live.locator("#roll [data-first]").first.evaluate("button => button.click()")
    compose(live, BOX, ["l", "le", "lê", "lên"], "lên")
    live.keyboard.type(" ")
    live.wait_for_timeout(1500)  # a draft is saved in between
    compose(live, BOX, ["r", "râ", "rẫ", "rẫy"], "rẫy")
    settle(live)
    assert live.input_value(BOX) == "đường lên rẫy"
    live.keyboard.press("Control+Enter")
    expect(live.locator("#opinion-list .said")).to_have_text(["đường lên rẫy"])


def test_enter_inside_a_composition_ticks_nobody(live: Page) -> None:
    live.focus("#filter-roll")
    session = live.context.new_cdp_session(live)
    session.send("Input.imeSetComposition", {"text": "bh", "selectionStart": 2, "selectionEnd": 2})
    live.locator("#filter-roll").evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    session.detach()
    settle(live)
    expect(live.locator("#represented strong")).to_have_text("0/68")


def test_words_typed_while_an_opinion_is_on_its_way_go_into_the_next(live: Page) -> None:
    live.focus(BOX)
    live.route("**/opinions", lambda route: (live.wait_for_timeout(600), route.continue_())[1])
    live.keyboard.type("Ý kiến một.")
    live.keyboard.press("Control+Enter")
    live.keyboard.type("Ý kiến hai.")
    expect(live.locator("#opinion-list .said")).to_have_text(["Ý kiến một."])
    settle(live)
    assert live.input_value(BOX) == "Ý kiến hai."
    live.unroute("**/opinions")
    live.keyboard.press("Control+Enter")
    expect(live.locator("#opinion-list .said")).to_have_text(["Ý kiến hai.", "Ý kiến một."])
