"""Sending over the network in a real browser: the bar follows by itself, and the page shows what it came to."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from replication.scenes import CentreHere
from sync_scenes import serving

from browser.conftest import Opener
from browser.driving import PHONE, Served
from collector.folder import DataFolder
from sync.server import make_blueprint

pytestmark = pytest.mark.browser


@pytest.fixture
def gate() -> threading.Event:
    """What the centre waits for before it answers."""
    return threading.Event()


@pytest.fixture
def enrolled(village_folder: DataFolder, gate: threading.Event, tmp_path: Path) -> Iterator[str]:
    """The village's folder belongs to a centre that is served over HTTP; gives its address."""
    centre = CentreHere(tmp_path / "centre")
    app = Flask("centre")
    app.register_blueprint(make_blueprint(centre.site))

    @app.before_request
    def wait() -> None:
        gate.wait(60)

    with serving(app) as address:
        centre.enrol(village_folder, village_folder.read_settings()["unit"], address)
        yield address
        gate.set()


def test_the_bar_follows_an_exchange_to_its_end(
    enrolled: str, served: Served, open_page: Opener, gate: threading.Event
) -> None:
    page, watch = open_page(PHONE)
    page.goto(f"{served.address}/send-and-receive")
    page.get_by_role("button", name="Gửi qua mạng").click()
    bar = page.locator("[data-exchange-bar]")
    expect(bar).to_be_visible()
    expect(page.locator("[data-exchange-words]")).to_have_text(re.compile("Đang"))
    gate.set()
    expect(page.get_by_text("đã xong")).to_be_visible()
    expect(bar).to_have_count(0)
    expect(page.get_by_text("Không còn gì chờ gửi.")).to_be_visible()
    watch.check()


@pytest.mark.slow
def test_without_script_the_page_looks_again_by_itself(
    enrolled: str, served: Served, open_page: Opener, gate: threading.Event
) -> None:
    page, watch = open_page(java_script_enabled=False)
    page.goto(f"{served.address}/send-and-receive")
    page.get_by_role("button", name="Gửi qua mạng").click()
    expect(page.locator("[data-exchange]")).to_be_visible()
    gate.set()
    expect(page.get_by_text("đã xong")).to_be_visible()
    watch.check()
