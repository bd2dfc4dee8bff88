"""What most tests begin with: a data folder, an application on it, an invented village and a browser.

Accounts hash passwords cheaply here, and forms pass without their token unless a test switches that on. Functions
that make things stand in `factories.py`. No test fails because a computer is slow: Hypothesis measures no time, and
whoever waits for something waits long. With `COLLECTOR_TEST_DATABASE=postgresql` the data folder of every test keeps
its database on a real server, which is started for it (`make test-postgres`).
"""

import functools
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel import Locale, support
from factories import CHEAP, Village, make_village, services_of
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from collector import create_app
from collector.accounts.store import Accounts
from collector.database import open_database
from collector.folder import DataFolder

if TYPE_CHECKING:
    from postgres_server import Server


ON_SERVER = os.environ.get("COLLECTOR_TEST_DATABASE") == "postgresql"

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_compile = Rule._compile_builder
_builders: dict[Any, Any] = {}


def _compile_once(self: Rule, append_unknown: bool = True) -> Any:
    """Compile what builds the addresses of a rule once for all the applications that a test run makes."""
    key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile(self, append_unknown)
    return _builders[key]


Rule._compile_builder = _compile_once  # type: ignore[method-assign]


class CompiledTemplates(BytecodeCache):
    """Compiled templates of all the applications that a test run makes."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


_load = support.Translations.load


@functools.cache
def _load_catalogue(folder: str, language: str, domain: str) -> support.NullTranslations:
    return _load(folder, [language], domain)


def _load_once(folder: str, locales: list[Locale], domain: str) -> support.NullTranslations:
    """Read the words of a language once for all the applications, which take over copies of them."""
    (locale,) = locales
    return _load_catalogue(str(folder), str(locale), domain)


support.Translations.load = _load_once


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


@functools.cache
def read_empty_database() -> bytes:
    """Give a database that was opened once; opening a copy costs much less than making it anew."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "collector.sqlite"
        open_database(path).storage.close()
        return path.read_bytes()


@pytest.fixture
def app(folder: DataFolder) -> Iterator[Flask]:
    """An application on an empty folder; nothing is set up yet."""
    if not ON_SERVER and not folder.database.exists():
        folder.database.write_bytes(read_empty_database())
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
