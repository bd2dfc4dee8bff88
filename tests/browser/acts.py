"""What a secretary does in a meeting, as acts on the pages: through buttons, fields and keys alone."""

import re
from datetime import timedelta
from typing import Any, Final

from playwright.sync_api import Page, expect

from browser.driving import settle, state_line
from collector.clock import now
from collector.folding import fold

TITLE: Final = "góp công làm hệ thống nước tự chảy"
QUESTION: Final = "Mỗi hộ góp 10 ngày công làm hệ thống nước tự chảy, xong trước ngày 30 tháng 4."
WITHHELD: Final = "Bhnướch Thị Zrắh"
"""A speaker who does not want to be named; the name must be printed nowhere."""

PEOPLE: Final = {
    "chair": "Alăng Thị Bhơ",
    "chair_post": "Trưởng thôn",
    "secretary": "Zơrâm Văn Nhíp",
    "secretary_post": "Thư ký",
    "village_head": "Alăng Thị Bhơ",
    "front_head": "Bling Thị Pơi",
    "representative_1": "Bríu Thị Ngăm",
    "representative_2": "Hôih Văn Dzung",
}
AGENDA: Final = (
    ("Trình bày phương án lấy nước từ suối A Rớt", "Alăng Thị Bhơ"),
    ("Bàn mức góp ngày công của mỗi hộ", ""),
    ("Biểu quyết", "Zơrâm Văn Nhíp"),
)
OPINIONS: Final = (
    ("Nước mùa khô rất ít, gia đình tôi ủng hộ làm ngay.", {"speaker": "Coor Văn Tối"}),
    ("Hộ già yếu không có người làm thì góp thế nào?", {}),
    ("Đề nghị làm thêm một vòi ở gần trường học.", {"speaker": "Alăng Thị Nhơm"}),
    ("Ống cũ bị bể nhiều chỗ, đề nghị thay hết.", {}),
    ("Có người chặt cây ở đầu nguồn, bà con ngại nói tên.", {"speaker": WITHHELD, "anonymous": True}),
    ("Nên làm sau vụ lúa để đủ người.", {}),
    ("Ai giữ chìa khóa bể chứa?", {"speaker": "Zơrâm Văn Chrớ"}),
    ("Đề nghị xã hỗ trợ xi măng và thép.", {}),
    ("Mỗi hộ góp mười công là vừa.", {}),
    ("Hộ ở xa nên góp ít hơn.", {}),
    ("Đồng ý với mức đã nêu.", {}),
    ("Đề nghị ghi sổ ngày công công khai ở gươl.", {}),
    ("Cần cử tổ giám sát ba người.", {}),
    ("Xin làm hàng rào quanh bể để trâu bò không vào.", {}),
)
REPLY: Final = "Hộ già yếu, neo đơn được miễn; cả thôn làm thay."


def press_primary(page: Page) -> None:
    """Press the main button of the page's form and wait for the answer."""
    with page.expect_navigation():
        page.click("main form button.primary >> visible=true")


def plan_meeting(page: Page, address: str, **changes: str) -> str:
    """Plan a community meeting that began an hour ago; return its address."""
    began = (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page.goto(f"{address}/meetings/new")
    page.check("input[name=meeting_type][value=community]")
    page.fill("#title", changes.get("title", TITLE))
    page.fill("#starts_at", began)
    page.fill("#place", "Gươl thôn A Rớt")
    press_primary(page)
    page.wait_for_url(re.compile(r"/meetings/[0-9a-f-]{36}$"))
    return page.url


def prepare_meeting(page: Page, meeting: str) -> None:
    """Enter agenda, guests, signers and the question."""
    for title, presenter in AGENDA:
        page.goto(f"{meeting}/agenda")
        page.fill("#title", title)
        page.fill("#presenter", presenter)
        press_primary(page)
    page.goto(f"{meeting}/guests")
    page.fill("#name", "Bhling Văn Ngọ (giả định)")
    page.fill("#post", "Phó Chủ tịch UBND xã La Dêê")
    page.check("#present")
    press_primary(page)
    name_signers(page, meeting)
    ask_question(page, meeting)


def name_signers(page: Page, meeting: str) -> None:
    """Name the chair, the secretary and the four who sign."""
    page.goto(f"{meeting}/edit/people")
    for name, value in PEOPLE.items():
        page.fill(f"#{name}", value)
    press_primary(page)


def ask_question(page: Page, meeting: str) -> None:
    """Enter the question of matter 1, voted by hands."""
    page.goto(f"{meeting}/questions")
    page.fill("#text", QUESTION)
    page.select_option("#matter", "1")
    press_primary(page)
    expect(page.locator("ol.roll li")).to_have_count(1)


def start_meeting(page: Page, meeting: str) -> None:
    """Start the meeting from its page; the live page opens."""
    page.goto(meeting)
    page.click("form[action$='/start'] button >> visible=true")
    page.wait_for_url(f"{meeting}/live")


def tick_by_keyboard(page: Page, heads: list[str]) -> None:
    """Tick households with part of the name, typed without accents, and Enter; the box keeps the focus."""
    box = page.locator("#filter-roll")
    box.focus()
    for place, head in enumerate(heads, start=1):
        page.keyboard.type(fold(" ".join(head.split()[-2:])))
        page.keyboard.press("Enter")
        expect(box).to_have_value("")
        if place % 10 == 0:
            settle(page)
    settle(page)
    expect(page.locator("#represented strong")).to_have_text(re.compile(rf"^{len(heads)}\s*/"))
    assert page.evaluate("document.activeElement.id") == "filter-roll"


def record_opinion(page: Page, text: str, details: dict[str, Any]) -> None:
    """Type an opinion and record it with Ctrl+Enter; the next one can be typed at once."""
    box = page.locator("#opinion-form #text")
    expect(box).to_be_focused()
    page.keyboard.insert_text(text)
    if details:
        more = page.locator("#opinion-form details")
        if more.get_attribute("open") is None:
            more.locator("summary").click()
        page.fill("#opinion-form #speaker", details["speaker"])
        page.set_checked("#opinion-form #anonymous", bool(details.get("anonymous")))
        box.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#opinion-list .said").first).to_have_text(text)
    expect(box).to_have_value("")


def record_reply(page: Page, number: int, answer: str) -> None:
    """Record a reply that was given in the room, over the numbered menu."""
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(page.locator("#reply-form #number")).to_be_focused()
    page.keyboard.type(str(number))
    page.fill("#reply-form #answer", answer)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#opinion-list li[value='{number}']")).to_contain_text(answer)


def count_votes(page: Page, yes: int, no: int, other: int) -> None:
    """Type the votes on the first question and save them."""
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    for name, value in {"yes": yes, "no": no, "other": other}.items():
        page.fill(f"#q1-1-{name}", str(value))
    page.click("#question-1 button:not([name])")
    settle(page)


def go_to(page: Page, digit: str) -> None:
    """Go somewhere on the live page over the numbered menu."""
    page.keyboard.press("Escape")
    expect(page.locator("#jump-menu")).to_be_visible()
    page.keyboard.press(digit)
    expect(page.locator("#jump-menu")).to_be_hidden()


def finalise(page: Page, meeting: str) -> None:
    """End the meeting, look everything over, and finalise."""
    page.click("form[action$='/end'] button")
    page.wait_for_url(f"{meeting}/review")
    page.check("input[name=read_aloud]")
    page.click("form[action$='/finalise'] button")
    page.wait_for_url(f"{meeting}#papers")


def saved_at(page: Page) -> str:
    """Wait until the header says that the words are on the village computer; return what it says."""
    expect(page.locator("#save-state")).to_contain_text("Đã lưu vào máy tính thôn lúc")
    return state_line(page)
