"""Fixtures of the browser tests: one Chromium per worker, and for each test a village of its own being served."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from factories import CHEAP, make_village, services_of
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from browser.driving import CHECKOUT, LAPTOP, Served, Watch, invent_households, log_in, watch_for
from collector import create_app
from collector.accounts.store import Accounts
from collector.folder import DataFolder

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 60_000
"""How long a page may take for anything; a slow computer is no failure."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def translations() -> None:
    """Vietnamese words for a checkout that was not installed since they changed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in CHECKOUT.glob("translations/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        temporary = target.with_suffix(f".{os.getpid()}.tmp")
        with source.open("rb") as file, temporary.open("wb") as compiled:
            write_mo(compiled, read_po(file, locale=source.parent.parent.name))
        temporary.replace(target)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this worker."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "no Chromium here; please run: sh tools/system-packages.sh test"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def village_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented village of 68 households that nobody changes."""
    folder = DataFolder(tmp_path_factory.mktemp("village") / "data")
    folder.prepare()
    app = create_app(folder)
    services = services_of(app)
    services.accounts = Accounts(folder, CHEAP)
    village = make_village(app)
    with services.database.recording() as recorder:
        for household in invent_households():
            recorder.add("household", village.unit, household)
    services.database.storage.close()
    return folder.root


@pytest.fixture
def village_folder(village_template: Path, tmp_path: Path) -> DataFolder:
    """A copy of that village for one test."""
    shutil.copytree(village_template, tmp_path / "data")
    return DataFolder(tmp_path / "data")


@pytest.fixture
def served(village_folder: DataFolder, translations: None) -> Iterator[Served]:
    """That village, being served."""
    made = Served(village_folder.root)
    made.start()
    yield made
    made.end()


class Opener:
    """Opens pages of the served village; what goes wrong in them fails the test when it ends."""

    def __init__(self, chromium: Browser, served: Served) -> None:
        self._chromium = chromium
        self._served = served
        self._open: list[AbstractContextManager[Watch]] = []

    def __call__(
        self, size: ViewportSize = LAPTOP, *, name: str = "Zơrâm Văn Nhíp", **options: Any
    ) -> tuple[Page, Watch]:
        """Open a page in a context of its own; with a name, that person is logged in."""
        context = self._chromium.new_context(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **options)
        context.set_default_timeout(PATIENCE_MS)
        watching = watch_for(context, self._served.address)
        watch = watching.__enter__()
        self._open.append(watching)
        page = context.new_page()
        if name:
            log_in(page, self._served.address, name)
        return page, watch

    def close(self) -> None:
        """Close every context, the newest first."""
        while self._open:
            self._open.pop().__exit__(None, None, None)


@pytest.fixture
def open_page(chromium: Browser, served: Served) -> Iterator[Opener]:
    """Opens pages that are watched."""
    opener = Opener(chromium, served)
    yield opener
    opener.close()
