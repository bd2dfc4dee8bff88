"""The results of a round in a real browser: sentence, picture and table say the same, on a phone and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Opener
from browser.driving import LAPTOP, PHONE, Served, overflow_of
from collector.answers.sheets import Sheet
from collector.answers.urn import put_sheet
from collector.database import open_database
from collector.folder import DataFolder
from collector.questionnaires.built_in import ensure_built_in
from collector.recorder import Recorder
from collector.rounds.closing import close_round

pytestmark = pytest.mark.browser

PEOPLE = (
    (30, {"sex": "female", "ethnic_group": "co_tu"}),
    (8, {"sex": "male", "ethnic_group": "co_tu"}),
    (2, {"sex": "male", "ethnic_group": "kinh", "know": "no", "inspect": "dont_know"}),
)


def make_drawn_round(folder: DataFolder) -> str:
    """Record a closed round of 40 drawn households beside the server; return its id."""
    database = open_database(folder.place)
    unit = folder.read_settings()["unit"]
    try:
        with database.recording() as recorder:
            return _record(recorder, unit)
    finally:
        database.storage.close()


def _record(recorder: Recorder, unit: str) -> str:
    questionnaire = ensure_built_in(recorder, unit, "participation_household")
    values = {
        "title": "Khảo sát đường vào bản",
        "questionnaire": questionnaire,
        "counted": "households",
        "chosen": "drawn",
        "dimensions": "know,discuss,do,inspect",
        "target_percent": 90,
        "state": "open",
    }
    made = recorder.add("round", unit, values)
    recorder.add("round_village", unit, {"round": made, "village": unit, "households": 68, "as_of": "2026-01-01"})
    household = recorder.connection.value("SELECT id FROM household LIMIT 1")
    for place in range(1, 41):
        drawn = {"round": made, "village": unit, "household": household, "place": place}
        recorder.add("drawn_household", unit, drawn)
    for count, answers in PEOPLE:
        filled = dict.fromkeys(("know", "discuss", "do", "inspect"), "yes") | answers
        filled |= {"round": made, "village": unit, "questionnaire": questionnaire, "day": "2026-03-09"}
        for _place in range(count):
            put_sheet(recorder, Sheet({**filled, "source": "screen", "answers": "{}"}))
    close_round(recorder, made)
    return made


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_sentence_picture_and_table_say_the_same(
    served: Served, open_page: Opener, village_folder: DataFolder, size: dict[str, int], script: bool
) -> None:
    made = make_drawn_round(village_folder)
    page, watch = open_page(size, java_script_enabled=script)  # type: ignore[arg-type]
    page.goto(f"{served.address}/rounds/{made}/results")
    watch.check()
    know = page.locator("article.finding").first
    expect(know).to_contain_text("Biết")
    expect(know).to_contain_text("Trong 100 hộ, ước từ 89,7 đến 97 hộ trả lời Có.")
    advice = r"Chưa đủ căn cứ để nói đạt 90%\. Hỏi thêm ít nhất \d+ hộ thì có thể kết luận\."
    expect(know).to_contain_text(re.compile(advice))
    picture = know.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", "Biết: 95% (ước từ 89,7 đến 97)")
    row = page.locator("table").first.get_by_role("row").filter(has_text="Biết").first
    expect(row).to_contain_text("95% (ước từ 89,7 đến 97)")
    expect(row).to_contain_text("38")
    check_drawing(page)
    expect(page.get_by_text("Ẩn vì quá ít người").first).to_be_visible()
    assert overflow_of(page) == 0


def check_drawing(page: Page) -> None:
    """Look where the first picture was drawn: the dot inside its interval, the line of the target at 90."""
    axis = page.locator(".interval-plot >> nth=0 >> .plot-axis").first.bounding_box()
    assert axis is not None

    def place(name: str, nth: int = 0) -> float:
        box = page.locator(f".interval-plot >> nth=0 >> .{name} >> nth={nth}").bounding_box()
        assert box is not None
        return (box["x"] + box["width"] / 2 - axis["x"]) / axis["width"]

    assert place("plot-target") == pytest.approx(0.9, abs=0.005)
    assert place("plot-dot") == pytest.approx(38 / 40, abs=0.005)
    assert place("plot-end") == pytest.approx(61 / 68, abs=0.005)
    assert place("plot-end", 1) == pytest.approx(66 / 68, abs=0.005)


def test_the_report_is_printed_from_the_page(served: Served, open_page: Opener, village_folder: DataFolder) -> None:
    made = make_drawn_round(village_folder)
    page, _watch = open_page(PHONE)
    page.goto(f"{served.address}/rounds/{made}/results")
    address = page.get_by_role("link", name="In kết quả (PDF)").get_attribute("href")
    answer = page.request.get(served.address + str(address))
    assert answer.ok
    assert answer.body().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "report.csv"
