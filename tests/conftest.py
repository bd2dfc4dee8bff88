"""What most tests begin with: a data folder, an application on it, an invented village and a browser.

Accounts hash passwords cheaply here, and forms pass without their token unless a test switches that on. Functions
that make things stand in `factories.py`. With `COLLECTOR_TEST_DATABASE=postgresql` the data folder of every test keeps
its database on a real server, which is started for it (`make test-postgres`).
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factories import CHEAP, Village, make_village, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector import create_app
from collector.accounts.store import Accounts
from collector.folder import DataFolder

if TYPE_CHECKING:
    from postgres_server import Server


ON_SERVER = os.environ.get("COLLECTOR_TEST_DATABASE") == "postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what looks at the database file where there is none."""
    for item in items:
        if ON_SERVER and item.get_closest_marker("in_file"):
            item.add_marker(pytest.mark.skip(reason="the database is on a server"))


@pytest.fixture(scope="session")
def database_server() -> "Iterator[Server]":
    """A PostgreSQL server that ends with the tests; its databases are quick and not durable."""
    from postgres_server import QUICK, running_server

    with running_server(**QUICK) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DataFolder]:
    """A prepared, empty data folder."""
    made = DataFolder(tmp_path / "data")
    made.prepare()
    if not ON_SERVER:
        yield made
        return
    server: Server = request.getfixturevalue("database_server")
    address = server.make_prepared_database()
    made.write_settings(database=address)
    yield made
    server.remove_database(address)


@pytest.fixture
def app(folder: DataFolder) -> Iterator[Flask]:
    """An application on an empty folder; nothing is set up yet."""
    made = create_app(folder)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(made).accounts = Accounts(folder, CHEAP)
    yield made
    services_of(made).database.storage.close()


@pytest.fixture
def village(app: Flask) -> Village:
    """An invented village in that application."""
    return make_village(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody logged in with; see `factories.log_in`."""
    return app.test_client()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with 600 kB; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
