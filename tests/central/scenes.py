"""A centre in a folder of its own, its application, and laptops that join it over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factories import CHEAP, PASSWORD, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector import create_app
from collector.accounts.recovery import set_recovery_phrase
from collector.accounts.store import Accounts
from collector.central.building import EXTENSION, Running
from collector.escrow import make_escrow
from collector.folder import DataFolder
from collector.phrase import make_phrase
from collector.setup.store import SetupPlan, TeamMember, set_up

RESERVE = b"reserve reserve reserve"


def set_up_centre(root: Path) -> DataFolder:
    """Set a centre up in a new folder."""
    folder = DataFolder(root)
    folder.prepare()
    app = create_app(folder)
    accounts = services_of(app).accounts = Accounts(folder, CHEAP)
    set_recovery_phrase(folder, make_phrase(lambda size: RESERVE[:size]))
    make_escrow(folder, lambda size: RESERVE[:size])
    administrator = TeamMember("Quản trị", "administrator", password_hash=CHEAP.hash(PASSWORD))
    database = services_of(app).database
    set_up(folder, database, accounts, SetupPlan(role="central", team=(administrator,)))
    database.storage.close()
    return folder


@contextmanager
def open_centre(folder: DataFolder) -> Iterator[Flask]:
    """Open the application of a centre."""
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    yield app
    services_of(app).database.storage.close()


def running_in(app: Flask) -> Running:
    """Give the centre of an application."""
    found: Running = app.extensions[EXTENSION]
    return found


def administrator_of(app: Flask) -> FlaskClient:
    """Give a browser in which the administrator is logged in."""
    return log_in(app.test_client(), "administrator")
