"""An empty database of either engine, for what has to hold on both, and a centre that is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arriving_scenes import make_reader
from faults.proxy import Proxy
from postgres_server import Server, running_server
from sync_scenes import Laptop, ServedCentre, make_centre, serving

from sync.postgres import PostgresStorage
from sync.sqlite import SqliteStorage
from sync.storage import Storage


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that ends with this module."""
    with running_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty database of either engine."""
    if request.param == "sqlite":
        made: Storage = SqliteStorage(tmp_path / "a.sqlite")
        yield made
        made.close()
        return
    running: Server = request.getfixturevalue("server")
    url = running.make_database()
    made = PostgresStorage(url)
    yield made
    made.close()
    running.remove_database(url)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    """A centre on SQLite."""
    made = make_centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def url(centre: ServedCentre) -> Iterator[str]:
    """The address at which the centre is served."""
    with serving(centre.make_app()) as found:
        yield found


@pytest.fixture
def reader(centre: ServedCentre) -> Laptop:
    """A laptop that lacks some 300 kB, which come as one page."""
    return make_reader(centre)


@pytest.fixture
def proxy(centre: ServedCentre, reader: Laptop) -> Iterator[Proxy]:
    """A line to the centre that can be cut; nothing has gone over it yet."""
    with serving(centre.make_app()) as url:
        made = Proxy(int(url.rpartition(":")[2]))
        yield made
        made.close()
