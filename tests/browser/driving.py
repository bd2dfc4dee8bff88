"""What the browser tests share: an invented village on disk, a served folder, and pages that tell on themselves.

The server is the real command in a process of its own, so that it can be killed in the middle of anything. Pages
collect every error of the console, every uncaught exception and every refusal by the content security policy.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from factories import PASSWORD
from playwright.sync_api import BrowserContext, Page, Request, ViewportSize, expect
from ports import find_port

from collector.clock import now, utc_text
from collector.database import open_database
from collector.folder import DataFolder
from collector.meetings import store, votes

CHECKOUT: Final = Path(__file__).parents[2]
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
LAPTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
SIZES: Final = (PHONE, LAPTOP)
SERVER_SECONDS: Final = 60.0

FAMILIES: Final = ("Alăng", "Bríu", "Zơrâm", "Hôih", "Pơloong", "Bhling", "Coor", "A Ting")
FIRST: Final = ("Bhơ", "Đíp", "Nhơm", "Crênh", "Ngăm", "Chrớ", "Dzung", "Tối", "Xớp")
SECOND: Final = ("Lơr", "Mưn", "Pâng", "Riáh", "Sớt", "Váh", "Húc", "Kíu")
CLUSTERS: Final = ("Tổ 1", "Tổ 2", "Tổ 3")

_TELL_ON_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
});
"""


def invent_households(count: int = 68) -> list[dict[str, Any]]:
    """Invent up to 72 households: numbers, heads, sexes, groups of houses. Given names are all different."""
    found = []
    for place in range(count):
        is_woman = place % 3 == 0
        given = f"{'Thị' if is_woman else 'Văn'} {FIRST[place % len(FIRST)]} {SECOND[place // len(FIRST)]}"
        found.append(
            {
                "number": place + 1,
                "head_name": f"{FAMILIES[place % len(FAMILIES)]} {given}",
                "head_sex": "female" if is_woman else "male",
                "cluster": CLUSTERS[place % len(CLUSTERS)],
            }
        )
    return found


def hold_meeting(folder: DataFolder, **changes: Any) -> str:
    """Record a meeting that has begun, with agenda, signers and a question, beside the server; return its id."""
    database = open_database(folder.place)
    unit = folder.read_settings()["unit"]
    began = utc_text(now() - timedelta(hours=1))
    try:
        with database.recording() as recorder:
            values = {
                "meeting_type": "community",
                "title": "góp công làm hệ thống nước tự chảy",
                "starts_at": began,
                "place": "Gươl thôn A Rớt",
                "village_head": "Alăng Thị Bhơ",
                "front_head": "Bling Thị Pơi",
                "representative_1": "Bríu Thị Ngăm",
                "representative_2": "Hôih Văn Dzung",
            }
            meeting = store.add_meeting(recorder, unit, values | changes)
            item = {"meeting": meeting, "position": 1, "title": "Trình bày phương án", "notes": "Lấy nước từ suối."}
            recorder.add("agenda_item", unit, item)
            question = {"text": "Mỗi hộ góp 10 ngày công.", "matter": "1"}
            votes.add_question(recorder, store.get_meeting(recorder.connection, meeting), question)
            store.start_meeting(recorder, meeting)
    finally:
        database.storage.close()
    return meeting


class Served:
    """One data folder served by the real command; it can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = find_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where the pages are, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start serving; return when pages are answered."""
        command = ["serve", "--data", str(self.folder), "--port", str(self.port), "--format", "json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "collector", *command],
            cwd=CHECKOUT,
            env={**os.environ, "COLLECTOR_LANG": "en", "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        said = self.process.stdout.readline()
        assert said, self.process.stderr.read()
        assert json.loads(said)["address"].rstrip("/") == self.address
        assert wait_until(self._answers, SERVER_SECONDS), "the server does not answer"

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process; `SIGKILL` is the power cut."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.communicate(timeout=SERVER_SECONDS)
        self.process = None

    def kill(self) -> None:
        """Cut the power."""
        self.end(signal.SIGKILL)


def wait_until(check: Callable[[], Any], seconds: float = 60.0, pause: float = 0.05) -> bool:
    """Wait until something is so; tell whether it came about."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(pause)
    return False


@dataclass
class Watch:
    """What went wrong in the pages of one context, and what a test expects to go wrong."""

    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Let problems that match pass from now on."""
        self.expected.append(pattern)

    def follow(self, context: BrowserContext, address: str) -> None:
        """Listen to every page of a context."""
        context.add_init_script(_TELL_ON_POLICY)
        context.on("weberror", lambda error: self.problems.append(f"exception: {error.error}"))
        context.on("console", lambda said: self._heard(said.type, f"{said.text} ({said.location.get('url', '')})"))
        context.on("request", lambda request: self._asked(request, address))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"{kind}: {text}")

    def _asked(self, request: Request, address: str) -> None:
        if not request.url.startswith((address, "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)

    def check(self) -> None:
        """Fail if anything unexpected went wrong, or a page asked for anything outside the laptop."""
        unexpected = [each for each in self.problems if not any(re.search(p, each) for p in self.expected)]
        assert unexpected == [], unexpected
        assert self.elsewhere == [], self.elsewhere


@contextmanager
def watch_for(context: BrowserContext, address: str) -> Iterator[Watch]:
    """Watch a context until the block ends, then close it and fail if something went wrong in it."""
    watch = Watch()
    watch.follow(context, address)
    try:
        yield watch
    finally:
        context.close()
    watch.check()


def log_in(page: Page, address: str, name: str = "Zơrâm Văn Nhíp") -> None:
    """Log in as somebody of the team (the secretary, if nobody is named)."""
    page.goto(f"{address}/login")
    page.get_by_label(name).check()
    page.fill("input[type=password]", PASSWORD)
    page.click("main form button.primary")
    page.wait_for_url(f"{address}/")


def overflow_of(page: Page) -> int:
    """Give by how many pixels a page is wider than the screen."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def settle(page: Page) -> None:
    """Wait until nothing is being sent in the background and nothing waits to be sent."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def state_line(page: Page) -> str:
    """Give what the header says about where the words are."""
    return page.locator("#save-state").inner_text().strip()
