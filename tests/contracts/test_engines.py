"""The whole application on PostgreSQL: what was recorded there is shown and written out as it is on SQLite."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contracts.scenes import address, get_rules, make_scene
from factories import CHEAP, log_in, make_village, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector import create_app
from collector.accounts.store import Accounts
from collector.checks import check_folder, rebuild_cache
from collector.exchange.lines import write_lines
from collector.folder import DATABASE, DataFolder

if TYPE_CHECKING:
    from postgres_server import Server

OTHER_EACH_TIME = re.compile(
    r'name="(?:csrf_token|record_id)"[^>]*value="[^"]*"|content="[^"]{60,}"|value="[^"]*" name="csrf_token"'
)
"""What differs between two looks at the same page: tokens and proposed ids."""
NOWHERE = ("/meetings/%00", "/history/meeting/a%00", "/search?q=%00&before=99999999999999", "/meetings/" + "x" * 5_000)
SEARCHES = ("/search?q=duong", "/search?q=ban", "/search?q=a&kind=household", "/opinions?q=cau", "/search?q=xin+l")


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, database_server: "Server"
) -> Iterator[tuple[Flask, Flask, dict[str, str]]]:
    """A village that was filled on PostgreSQL, a copy of it in a file, and an id for each part of an address."""
    place = tmp_path_factory.mktemp("engines")
    on_server, in_file = DataFolder(place / "server"), DataFolder(place / "file")
    on_server.prepare()
    on_server.write_settings(database=database_server.make_prepared_database())
    there = open_app(on_server)
    scene = make_scene(there, make_village(there))
    shutil.copytree(on_server.root, in_file.root)
    services_of(there).database.copy_into(in_file.root / DATABASE)
    in_file.write_settings(database=None)
    here = open_app(in_file)
    yield there, here, scene
    for app in (there, here):
        services_of(app).database.storage.close()


def open_app(folder: DataFolder) -> Flask:
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=True)
    services_of(app).accounts = Accounts(folder, CHEAP)
    return app


def look(client: FlaskClient, where: str, root: Path) -> tuple[int, str]:
    with client.get(where) as page:
        shown = page.text if page.mimetype == "text/html" else page.mimetype
    return page.status_code, OTHER_EACH_TIME.sub("", shown.replace(str(root), "DATA"))


def test_every_page_is_the_same_on_both_engines(pair: tuple[Flask, Flask, dict[str, str]]) -> None:
    there, here, scene = pair
    assert services_of(there).database.storage.engine == "postgresql"
    assert services_of(here).database.storage.engine == "sqlite"
    clients = [log_in(app.test_client(), "head") for app in (there, here)]
    roots = [services_of(app).folder.root for app in (there, here)]
    shown = 0
    for where in [*(address(rule, scene) for rule in get_rules(there)), *SEARCHES]:
        on_server, in_file = (look(client, where, root) for client, root in zip(clients, roots, strict=True))
        assert on_server == in_file, where
        shown += on_server[0] == 200
    for where in NOWHERE:
        assert all(look(client, where, roots[0])[0] in (200, 400, 404, 414) for client in clients), where
    assert shown > 50
    assert "<mark>" in look(clients[0], SEARCHES[0], roots[0])[1]


def test_both_engines_write_the_same_bytes_and_are_sound(pair: tuple[Flask, Flask, dict[str, str]]) -> None:
    written = []
    for app in pair[:2]:
        found = services_of(app)
        checked = check_folder(found.database, found.files)
        assert checked["sound"], checked
        rebuilt = rebuild_cache(found.database)
        assert rebuilt["equal"], rebuilt
        with found.database.reading() as connection:
            written.append(b"".join(write_lines(connection, village_only=True)))
    assert written[0] == written[1]
    assert written[0].count(b"\n") > 200
