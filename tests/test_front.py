"""The log-in page comes before anything else is read; everything else waits for the whole application."""

import functools
import threading
from typing import Any

import pytest
from factories import CHEAP, PASSWORD, make_village, services_of
from flask import Flask
from werkzeug.test import Client

from collector import create_app
from collector.accounts.store import Accounts
from collector.damage import DatabaseDamaged
from collector.folder import DataFolder
from collector.front import Front
from collector.serving import make_front


class Counting:
    """Makes the whole application and counts how often."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.made = 0

    def __call__(self) -> Flask:
        self.made += 1
        app = create_app(self.folder)
        services_of(app).accounts = Accounts(self.folder, CHEAP)
        app.config.update(WTF_CSRF_ENABLED=False)
        return app


@pytest.fixture
def counting(app: Flask, folder: DataFolder) -> Counting:
    """A folder in which a village was set up, not yet read."""
    make_village(app)
    services_of(app).database.storage.close()
    return Counting(folder)


@pytest.fixture
def front(counting: Counting) -> Any:
    """Its front."""
    made = Front(counting.folder, counting)
    yield made
    made.close()


def test_logging_in_is_shown_before_the_rest_is_read(front: Front, counting: Counting) -> None:
    client = browse(front)
    page = client.get("/login")
    assert page.status_code == 200 and "Zơrâm Văn Nhíp" in page.text
    with client.get("/static/collector.css") as style:
        assert style.status_code == 200
    assert front.asked.is_set()
    assert counting.made == 0


@pytest.mark.parametrize("path", ["/", "/login?part=form", "/meetings", "/healthz", "/nowhere"])
def test_everything_else_waits_for_the_whole(front: Front, counting: Counting, path: str) -> None:
    assert Client(front).get(path).status_code in (200, 302, 404)
    assert counting.made == 1


def test_a_log_in_begun_at_the_front_ends_in_the_whole(front: Front, counting: Counting) -> None:
    client = browse(front)
    client.get("/login")
    account = Accounts(counting.folder, CHEAP).list_accounts()[0]
    answer = client.post("/login", data={"account": account.id, "password": PASSWORD})
    assert answer.status_code == 303
    assert client.get("/").status_code == 200
    assert client.get("/login").status_code == 303
    assert counting.made == 1


def test_the_whole_is_read_once_for_many(front: Front, counting: Counting) -> None:
    threads = [threading.Thread(target=lambda: Client(front).get("/healthz")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.made == 1


@pytest.mark.in_file
def test_damage_that_shows_late_is_said_on_every_page(front: Front, counting: Counting) -> None:
    size = counting.folder.database.stat().st_size
    with counting.folder.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    for path in ("/", "/meetings"):
        page = Client(make_front_of(counting)).get(path, headers={"Accept-Language": "vi"})
        assert page.status_code == 503
        assert "collector restore" in page.text


def browse(front: Front) -> Client:
    """A browser on the laptop itself."""
    client = Client(front)
    client.open = functools.partial(client.open, environ_base={"REMOTE_ADDR": "127.0.0.1"})  # type: ignore[method-assign]
    return client


def make_front_of(counting: Counting) -> Front:
    from collector.serving import make_served_app

    return Front(counting.folder, lambda: make_served_app(counting.folder))


@pytest.mark.in_file
@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look like one" * 40])
def test_what_is_no_database_is_refused_at_once(counting: Counting, content: bytes) -> None:
    counting.folder.database.write_bytes(content)
    with pytest.raises(DatabaseDamaged):
        make_front(counting.folder)
    assert counting.folder.database.read_bytes() == content


def test_a_folder_that_is_not_set_up_is_read_at_once(folder: DataFolder) -> None:
    front = make_front(folder)
    try:
        assert Client(front).get("/").status_code == 303
    finally:
        front.close()
