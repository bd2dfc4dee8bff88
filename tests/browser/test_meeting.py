"""A whole meeting recorded in the browser, from the plan to the printed paper."""

import io
import re
import unicodedata

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from browser.acts import (
    AGENDA,
    OPINIONS,
    PEOPLE,
    QUESTION,
    REPLY,
    TITLE,
    WITHHELD,
    ask_question,
    count_votes,
    finalise,
    go_to,
    name_signers,
    plan_meeting,
    prepare_meeting,
    press_primary,
    record_opinion,
    record_reply,
    start_meeting,
    tick_by_keyboard,
)
from browser.conftest import Opener
from browser.driving import PHONE, Served, invent_households, overflow_of
from collector.folder import DataFolder

pytestmark = pytest.mark.browser

HEADS = [str(household["head_name"]) for household in invent_households()]


def read_pdf(data: bytes) -> str:
    """Give all text of a PDF with single spaces, and what is embedded in it."""
    reader = PdfReader(io.BytesIO(data))
    text = " ".join(page.extract_text() for page in reader.pages)
    attached = " ".join(
        part.decode("utf-8", "replace") for parts in reader.attachments.values() for part in parts
    )
    return unicodedata.normalize("NFC", " ".join(f"{text} {attached}".split()))


def download_papers(page: Page, address: str) -> dict[str, bytes]:
    """Download every PDF that the page of a meeting links to."""
    links = page.eval_on_selector_all("main a[href$='.pdf']", "links => links.map(link => link.getAttribute('href'))")
    found = {}
    for link in sorted(set(links)):
        answer = page.request.get(f"{address}{link}")
        assert answer.status == 200, link
        assert answer.headers["content-type"] == "application/pdf", link
        found[link.rpartition("/")[2]] = answer.body()
    return found


def test_a_meeting_is_recorded_by_keyboard_and_passes(
    served: Served, open_page: Opener, village_folder: DataFolder
) -> None:
    page, watch = open_page()
    watch.expect("status of 422")  # the votes that do not add up
    meeting = plan_meeting(page, served.address)
    prepare_meeting(page, meeting)
    start_meeting(page, meeting)

    go_to(page, "1")
    tick_by_keyboard(page, HEADS[:55])
    women = sum(place % 3 == 0 for place in range(55))
    expect(page.locator("#represented")).to_contain_text(f"{women} nữ")

    go_to(page, "2")
    for text, details in OPINIONS:
        record_opinion(page, text, details)
    expect(page.locator("#opinion-count")).to_have_text("(14)")
    record_reply(page, 2, REPLY)

    count_votes(page, 47, 5, 2)
    summary = page.locator("#question-1 .error-summary")
    expect(summary).to_contain_text("54")
    expect(summary).to_contain_text("55")
    expect(summary).to_be_focused()
    expect(page.locator("#q1-1-yes")).to_have_value("47")
    count_votes(page, 48, 5, 2)
    result = page.locator("#question-1 .result")
    expect(result).to_contain_text("48/68 hộ tán thành, cần ít nhất 46 hộ.")
    expect(result).to_contain_text("Được thông qua")

    finalise(page, meeting)
    papers = download_papers(page, served.address)
    check_papers(papers)
    assert WITHHELD.encode() not in b"".join(
        path.read_bytes() for path in village_folder.attachments.rglob("*") if path.is_file()
    )
    page.goto(f"{meeting}/live")
    expect(page).to_have_url(meeting)


def check_papers(papers: dict[str, bytes]) -> None:
    """Check what the papers of the meeting above say."""
    assert {"resolution.pdf", "attendance.pdf", "opinions.pdf", "invitation.pdf"} <= papers.keys()
    texts = {name: read_pdf(data) for name, data in papers.items()}
    for name, text in texts.items():
        assert WITHHELD not in text, name
        assert "Zrắh" not in text, name
        assert "BẢN NHÁP" not in text, name
    resolution = texts["resolution.pdf"]
    for said in (QUESTION, TITLE, REPLY, *(title for title, _ in AGENDA), *(text for text, _ in OPINIONS)):
        assert said in resolution, said
    for name in PEOPLE.values():
        assert name in resolution, name
    assert re.search(r"\b68 hộ", resolution)
    assert re.search(r"\b55 hộ|\b55/68", resolution)
    assert "48/68" in resolution
    assert "Coor Văn Tối" in resolution
    attendance = texts["attendance.pdf"]
    for head in HEADS[:55]:
        assert head in attendance, head


def test_a_vote_short_of_two_thirds_fails_and_the_minutes_say_why(served: Served, open_page: Opener) -> None:
    page, _watch = open_page()
    meeting = plan_meeting(page, served.address, title="góp công lần thứ hai")
    name_signers(page, meeting)
    ask_question(page, meeting)
    page.goto(f"{meeting}/edit/closing")
    page.fill("#represented_counted", "52")
    press_primary(page)
    start_meeting(page, meeting)
    count_votes(page, 45, 5, 2)
    result = page.locator("#question-1 .result")
    expect(result).to_contain_text("45/68 hộ tán thành, cần ít nhất 46 hộ.")
    expect(result).to_contain_text("Không được thông qua")
    finalise(page, meeting)
    text = read_pdf(download_papers(page, served.address)["resolution.pdf"])
    assert "45/68" in text
    assert "46 hộ" in text
    assert re.search(r"[Kk]hông được thông qua", text)


@pytest.mark.slow
def test_a_meeting_is_recorded_on_a_phone(served: Served, open_page: Opener) -> None:
    page, _watch = open_page(PHONE, has_touch=True, is_mobile=True)
    meeting = plan_meeting(page, served.address)
    name_signers(page, meeting)
    ask_question(page, meeting)
    start_meeting(page, meeting)
    assert overflow_of(page) <= 0

    page.get_by_role("tab", name="Điểm danh").tap()
    expect(page.locator("#writing")).to_be_hidden()
    for head in HEADS[:3]:
        page.locator("#roll li", has_text=head).locator("[data-first]").tap()
        expect(page.locator("#roll li", has_text=head).locator("[data-first]")).to_have_count(0)
    expect(page.locator("#represented strong")).to_have_text(re.compile(r"^3\s*/"))

    page.get_by_role("tab", name="Ý kiến").tap()
    page.fill("#opinion-form #text", "Đề nghị thay ống cũ.")
    page.locator("#opinion-form button.primary").tap()
    expect(page.locator("#opinion-list .said")).to_have_text("Đề nghị thay ống cũ.")

    page.get_by_role("tab", name="biểu quyết").tap()
    for name, value in (("yes", "3"), ("no", "0"), ("other", "0")):
        page.fill(f"#q1-1-{name}", value)
    page.locator("#question-1 button:not([name])").tap()
    expect(page.locator("#question-1 .result")).to_contain_text("3/68 hộ tán thành")
    assert overflow_of(page) <= 0
    finalise(page, meeting)
    assert "3/68" in read_pdf(download_papers(page, served.address)["resolution.pdf"])
