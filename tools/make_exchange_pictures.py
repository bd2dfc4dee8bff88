"""Makes the pictures of sending and receiving: an invented centre, two laptops of one village and that of its commune.

    python tools/make_exchange_pictures.py [FOLDER]        (default docs/pictures; needs Chromium)

Villages for practice never belong to a centre, so these are set up in folders that go away afterwards.
"""

import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from make_pictures import ARGUMENTS, PHONE, WIDE, find_browser, keep, serve
from playwright.sync_api import Page, sync_playwright

from collector.accounts.recovery import set_recovery_phrase
from collector.accounts.store import Accounts
from collector.central.office import ADDRESS, Office, Wish
from collector.clock import today
from collector.database import Database, open_database
from collector.demo.village import PASSWORD
from collector.device import ensure_epoch
from collector.escrow import make_escrow
from collector.folder import DataFolder
from collector.joining.sending import send_request
from collector.joining.store import join, read_typed
from collector.meetings import store
from collector.membership import move_centre
from collector.phrase import make_phrase
from collector.query import list_records
from collector.replication.connecting import connect
from collector.replication.progress import Progress
from collector.replication.running import synchronise
from collector.setup.store import SetupPlan, TeamMember, set_up
from sync.devices import COMMUNE, VILLAGE

CODE: Final = "20704"
SHOWN_ADDRESS: Final = "https://trung-tam.example"
VILLAGE_NAME: Final = "Thôn A Râng (giả định)"
HEAD, SECRETARY, OFFICER, ADMINISTRATOR = "Alăng Thị Bhớt", "Bríu Văn Tơớt", "Hôih Thị Mrơơi", "Pơloong Văn Nghír"
MEETING: Final = {
    "meeting_type": "community",
    "title": "góp công làm hệ thống nước tự chảy",
    "starts_at": f"{today()}T12:30:00Z",
    "place": "Gươl thôn A Râng",
}
OPINION: Final = "Đề nghị làm bể chứa lớn hơn để mùa khô đủ nước."
LONGER: Final = "Đề nghị làm bể chứa lớn hơn để mùa khô đủ nước cho cả ba cụm."
AT_SCHOOL: Final = "Đề nghị làm bể chứa lớn hơn và thêm vòi nước ở trường học."


class Laptop:
    """A data folder that was set up, and its database."""

    def __init__(self, root: Path, plan: SetupPlan) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        self.database: Database = open_database(self.folder.database)
        ensure_epoch(self.database, self.folder)
        set_recovery_phrase(self.folder, make_phrase(secrets.token_bytes))
        if plan.role == "central":
            make_escrow(self.folder, secrets.token_bytes)
        set_up(self.folder, self.database, Accounts(self.folder), plan)

    def exchange(self) -> None:
        """Exchange once with the centre."""
        laptop, way = connect(self.folder, self.database, Progress())
        report = synchronise(laptop, way)
        assert report.is_done, report.problems


def plan_village(folder: Path) -> SetupPlan:
    """Plan the laptop of the village, with a head and a secretary who log in."""
    hashed = Accounts(DataFolder(folder)).hash(PASSWORD)
    team = (TeamMember(HEAD, "head", "Trưởng thôn", hashed), TeamMember(SECRETARY, "secretary", "", hashed))
    register = {"as_of": "2026-01-01", "households": 68}
    return SetupPlan(unit_code=CODE, village_name=VILLAGE_NAME, register=register, team=team)


def plan_office(folder: Path, role: str, name: str, keeper: str) -> SetupPlan:
    """Plan the laptop of a commune, or a centre."""
    member = TeamMember(name, keeper, "", Accounts(DataFolder(folder)).hash(PASSWORD))
    code = CODE if role == "commune" else ""
    return SetupPlan(role=role, unit_code=code, village_name="Thành phố (giả định)", team=(member,))


def issue(centre: Laptop, village: str = "", kind: str = VILLAGE) -> str:
    """Have the centre give a code."""
    return Office(centre.folder, centre.database).issue(Wish(CODE, village, kind)).words


def enrol(laptop: Laptop, words: str, address: str) -> None:
    """Have a laptop join and exchange for the first time."""
    join(laptop.folder, laptop.database, read_typed(words, address), send_request)
    laptop.exchange()


def record(laptop: Laptop) -> str:
    """Record programmes, and an opinion at a meeting; return the id of the opinion."""
    unit = laptop.folder.read_settings()["unit"]
    with laptop.database.recording(author=find_person(laptop, SECRETARY)) as recorder:
        for name in ("Hệ thống nước tự chảy", "Đường bê tông vào nhà Gươl", "Giống cây quế cho hộ nghèo"):
            recorder.add("programme", unit, {"name": name})
        meeting_id = store.add_meeting(recorder, unit, MEETING)
        store.start_meeting(recorder, meeting_id)
        meeting = store.get_meeting(recorder.connection, meeting_id)
        return str(store.add_opinion(recorder, meeting, {"text": OPINION}))


def find_person(laptop: Laptop, name: str) -> str:
    """Give the id of somebody on the team."""
    with laptop.database.reading() as connection:
        return str(next(row["id"] for row in list_records(connection, "person") if row["name"] == name))


def write_apart(first: Laptop, second: Laptop, opinion: str) -> None:
    """Have two laptops change one opinion before they exchange; then both of them know it."""
    for laptop, name, text in ((first, HEAD, LONGER), (second, SECRETARY, AT_SCHOOL)):
        with laptop.database.recording(author=find_person(laptop, name)) as recorder:
            recorder.update("opinion", opinion, {"text": text})
    for laptop in (first, second, first):
        laptop.exchange()
    with first.database.recording(author=find_person(first, HEAD)) as recorder:
        unit = first.folder.read_settings()["unit"]
        for name in ("Sửa mái nhà Gươl", "Lớp dệt thổ cẩm"):
            recorder.add("programme", unit, {"name": name})


def log_in(page: Page, address: str, name: str, *, typed: bool = False) -> None:
    """Log in as somebody, in Vietnamese; at a centre the name is typed."""
    page.goto(f"{address}login")
    if typed:
        page.locator("main form input:not([type=hidden]):not([type=password])").first.fill(name)
    else:
        page.get_by_text(name).first.click()
    page.fill("[type=password]", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: not url.endswith("/login"))


def shoot(player: Any, laptop: Laptop, name: str, pictures: Mapping[Path, tuple[str, Any]]) -> None:
    """Log in on a laptop and save what pages show; a picture says which page and how large."""
    browser = player.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
    with serve(laptop.folder) as serving:
        for path, (where, size) in pictures.items():
            page = browser.new_page(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
            log_in(page, serving.server.address, name)
            page.goto(serving.server.address + where)
            keep(page, path)
            page.close()
    browser.close()


def shoot_code(player: Any, centre: Laptop, path: Path) -> None:
    """Save the page on which the centre shows a code."""
    browser = player.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
    with serve(centre.folder) as serving:
        page = browser.new_page(viewport=WIDE, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        log_in(page, serving.server.address, ADMINISTRATOR, typed=True)
        page.goto(serving.server.address + "laptops/codes/new")
        page.fill("input[name=words]", CODE)
        page.fill("input[name=village]", VILLAGE_NAME)
        page.click("main form button.primary")
        keep(page, path)
    browser.close()


def main(target: Path) -> None:
    """Make all pictures of sending and receiving."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as player:
        root = Path(place)
        centre = Laptop(root / "c", plan_office(root / "c", "central", ADMINISTRATOR, "administrator"))
        first, second = (Laptop(root / name, plan_village(root / name)) for name in ("a", "b"))
        commune = Laptop(root / "x", plan_office(root / "x", "commune", OFFICER, "officer"))
        opinion = record(first)
        with serve(centre.folder) as serving:
            address = serving.server.address
            enrol(first, issue(centre), address)
            enrol(second, issue(centre, VILLAGE_NAME), address)
            enrol(commune, issue(centre, kind=COMMUNE), address)
            write_apart(first, second, opinion)
        centre.folder.write_settings(**{ADDRESS: SHOWN_ADDRESS})
        move_centre(first.folder, SHOWN_ADDRESS)
        send, differ = "send-and-receive", f"differences/opinion/{opinion}"
        pictures = {
            target / "exchange.png": (send, WIDE),
            target / "exchange-phone.png": (send, PHONE),
            target / "differences.png": (differ, WIDE),
            target / "differences-phone.png": (differ, PHONE),
        }
        shoot(player, first, HEAD, pictures)
        shoot_code(player, centre, target / "code.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures")
