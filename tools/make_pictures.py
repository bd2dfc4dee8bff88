"""Makes the pictures of README and guides with the program itself: an invented village, its screens and its papers.

    python tools/make_pictures.py [FOLDER]        (default docs/pictures; needs Chromium and pdftoppm)
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from collector.clock import today
from collector.demo.village import PASSWORD, TEAM, make_demo
from collector.documents import render_pdf
from collector.folder import DataFolder
from collector.meetings import attendance, finalising, store, votes
from collector.query import get_record, list_records
from collector.rounds.lists import make_blank_sheets
from collector.serving import Serving
from collector.web import Services

MEETING_DAY = today() - timedelta(days=20)
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
COLOURS = 96
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OPINIONS = (
    ("Đề nghị làm bể chứa lớn hơn để mùa khô đủ nước cho cả ba cụm.", "Hôih Văn Nghír", "UBND xã Tây Giang"),
    ("Ống nước đi qua rẫy của nhà tôi thì hỗ trợ cây trồng thế nào?", "", "UBND xã Tây Giang"),
    ("Hộ neo đơn, người già không góp được ngày công, xin cho con cháu góp thay.", "Alăng Thị Bhớt", ""),
    ("Xin giao cho thanh niên canh bể chứa, mỗi tháng một lần rửa bể.", "Bríu Văn Tơớt", ""),
    ("Nên làm trước mùa mưa, sau tháng 8 đường lên nguồn hay sạt.", "", "UBND xã Tây Giang"),
    ("Mỗi hộ góp 10 ngày công là nhiều, hộ ít người xin góp 7 ngày.", "Pơloong Thị Cơr", ""),
    ("Đề nghị công khai số tiền mua ống, van cho dân biết.", "Zơrâm Văn Adứt", "UBND xã Tây Giang"),
    ("Ai đi làm xa được góp bằng tiền theo giá ngày công của thôn.", "", ""),
    ("Cần có người của thôn kiểm tra chất lượng ống trước khi lắp.", "Bling Văn Chrưng", ""),
    ("Xin xã cử cán bộ kỹ thuật hướng dẫn khi lắp đường ống.", "", "UBND xã Tây Giang"),
    ("Trường học và nhà Gươl cũng phải có vòi nước.", "Riáh Thị Nhêm", ""),
    ("Phải có quy ước dùng nước tiết kiệm, không tưới rẫy bằng nước bể.", "", ""),
    ("Đề nghị rào khu đầu nguồn, không thả trâu bò.", "Alăng Văn Tưn", ""),
    ("Tổ quản lý nước nên có hai phụ nữ.", "Jơngâr Thị Đhưl", ""),
)


def record_meeting(services: Services) -> str:
    """Record the meeting that decides on the water system; return its id."""
    unit = services.folder.read_settings()["unit"]
    values = {
        "meeting_type": "community",
        "title": "góp công làm hệ thống nước tự chảy (giả định)",
        "starts_at": f"{MEETING_DAY}T12:30:00Z",
        "place": "Gươl thôn A Râng",
        "village_head": TEAM[0][0],
        "front_head": TEAM[2][0],
        "representative_1": OPINIONS[0][1],
        "representative_2": OPINIONS[2][1],
    }
    with services.database.recording() as recorder:
        meeting_id = store.add_meeting(recorder, unit, values)
        notes = "Dẫn nước từ suối về ba bể, 2.400 m ống. Nhà nước hỗ trợ ống và xi măng; dân góp công đào rãnh, xây bể."
        items = (("Báo cáo phương án làm nước tự chảy", notes), ("Thảo luận và biểu quyết mức góp công", ""))
        for position, (title, text) in enumerate(items, start=1):
            item = {"meeting": meeting_id, "position": position, "title": title, "presenter": TEAM[0][0], "notes": text}
            recorder.add("agenda_item", unit, item)
        recorder.add("guest", unit, {"meeting": meeting_id, "name": "Hôih Thị Mrơơi", "post": "Công chức UBND xã"})
        store.start_meeting(recorder, meeting_id)
        meeting = store.get_meeting(recorder.connection, meeting_id)
        households = list_records(recorder.connection, "household", order="number", unit=unit)
        for household in households[:55]:
            attendance.tick_household(recorder, meeting, household["id"])
        for text, speaker, agency in OPINIONS:
            due = str(MEETING_DAY + timedelta(days=15)) if agency else None
            said = {"text": text, "speaker": speaker, "agency": agency, "deadline": due}
            store.add_opinion(recorder, meeting, said)
        asked = {"text": "Mỗi hộ góp 10 ngày công làm hệ thống nước tự chảy", "matter": "1", "decision": notes}
        question = votes.add_question(recorder, meeting, asked)
        row = get_record(recorder.connection, "question", question)
        votes.save_tally(recorder, row, None, None, {"yes": 48, "no": 5, "other": 2})
    return meeting_id


def finalise(services: Services, meeting_id: str) -> bytes:
    """End and finalise the meeting; give the PDF of its resolution."""
    with services.database.recording() as recorder:
        changes = {"state": "ended", "ended_at": f"{MEETING_DAY}T14:20:00Z", "read_aloud": True}
        recorder.update("meeting", meeting_id, changes)
    database = services.database
    finalising.finalise_meeting(database.reading, database.recording, services.files, meeting_id)
    with database.reading() as connection:
        return finalising.minutes_pdf(connection, services.files, meeting_id)


def find_round(services: Services, state: str) -> str:
    """Give the round of the invented village that is in this state: the closed one has a result."""
    with services.database.reading() as connection:
        return str(list_records(connection, "round", state=state)[0]["id"])


@contextmanager
def serve(folder: DataFolder) -> Iterator[Serving]:
    """Serve a folder on a free port while the block runs."""
    serving = Serving(folder, 0)
    thread = threading.Thread(target=serving.server.serve, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        serving.close()
        thread.join(10)


def log_in(page: Page, address: str) -> None:
    """Log in as the head of the team, in Vietnamese."""
    page.goto(address + "login")
    page.get_by_text(TEAM[0][0]).click()
    page.fill("[type=password]", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(address)


def shoot(page: Page, address: str, path: Path) -> None:
    """Save what a page shows without scrolling."""
    page.goto(address)
    keep(page, path)


def keep(page: Page, path: Path) -> None:
    """Save what a page shows now."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    shrink(path)


def shoot_question(page: Page, address: str, round_id: str, path: Path) -> None:
    """Hand the browser over as to a resident, and save the first question."""
    page.goto(f"{address}rounds/{round_id}/ask")
    page.click("main button.primary")
    for act in ("language", "consent"):
        page.locator(f'button[name=act][value="{act}"]').first.click()
    page.locator("input[name=answer]").first.wait_for()
    keep(page, path)


def shrink(path: Path) -> None:
    """Save a picture with few colours."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
    small.save(path, optimize=True)


def print_sheet(services: Services, round_id: str) -> bytes:
    """Give the PDF of a blank paper sheet."""
    with services.database.recording() as recorder:
        paper = make_blank_sheets(recorder, round_id, 1)
    return render_pdf("blank_sheets", paper, draft=False)


def draw_paper(pdf: bytes, pictures: dict[int, Path]) -> None:
    """Save pages of a paper, by their place: 0 is the first, -1 the last."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "paper.pdf"
        source.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(source), str(source.with_suffix(""))], check=True)
        pages = sorted(Path(name).glob("paper-*.png"))
        for place, picture in pictures.items():
            shutil.copy(pages[place], picture)
            shrink(picture)


def main(target: Path) -> None:
    """Make all pictures."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as player:
        folder = DataFolder(Path(name) / "village")
        make_demo(folder)
        folder.write_settings(language="vi")
        browser: Any = player.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        with serve(folder) as serving:
            services, address = serving.services, serving.server.address
            meeting_id, asked = record_meeting(services), find_round(services, "open")
            shown = {"today": "", "live": f"meetings/{meeting_id}/live", "opinions": "opinions"}
            shown["results"] = f"rounds/{find_round(services, 'closed')}/results"
            for size, suffix in ((WIDE, ""), (PHONE, "-phone")):
                page = browser.new_page(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
                log_in(page, address)
                for picture, where in shown.items():
                    shoot(page, address + where, target / f"{picture}{suffix}.png")
                shoot_question(page, address, asked, target / f"question{suffix}.png")
                page.close()
            signed = {0: target / "resolution-1.png", -1: target / "resolution-signatures.png"}
            draw_paper(finalise(services, meeting_id), signed)
            draw_paper(print_sheet(services, asked), {0: target / "sheet.png"})
        browser.close()


def find_browser() -> str:
    """Find a Chromium on this computer."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return next(path for path in found if path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures")
