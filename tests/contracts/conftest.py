"""A village with one of everything, made once and copied for every test that asks for it as `scene`.

Where the database is on a server it is made anew for each of them.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ON_SERVER
from contracts.scenes import make_scene
from factories import CHEAP, Village, make_village, services_of
from flask import Flask

from collector import create_app
from collector.accounts.store import Accounts
from collector.folder import DataFolder


@dataclass(frozen=True)
class Template:
    """A folder that nobody changes, and what is in it."""

    root: Path
    village: Village
    scene: dict[str, str]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The village that is copied."""
    folder = DataFolder(tmp_path_factory.mktemp("scene") / "data")
    folder.prepare()
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    village = make_village(app)
    made = Template(folder.root, village, make_scene(app, village))
    services_of(app).database.storage.close()
    return made


def _find_template(request: pytest.FixtureRequest) -> Template | None:
    if ON_SERVER or "scene" not in request.fixturenames:
        return None
    found: Template = request.getfixturevalue("template")
    return found


@pytest.fixture
def folder(request: pytest.FixtureRequest, folder: DataFolder) -> DataFolder:
    """A prepared folder: empty, or a copy of the village."""
    found = _find_template(request)
    if found is not None:
        shutil.copytree(found.root, folder.root, dirs_exist_ok=True)
    return folder


@pytest.fixture
def village(request: pytest.FixtureRequest, app: Flask) -> Village:
    """An invented village in the application under test."""
    found = _find_template(request)
    return make_village(app) if found is None else found.village


@pytest.fixture
def scene(request: pytest.FixtureRequest, app: Flask, village: Village) -> dict[str, str]:
    """One of everything in that village; an id for each part of an address."""
    found = _find_template(request)
    return make_scene(app, village) if found is None else dict(found.scene)
