"""Makers of laptops that read many villages: a commune's or the centre's folder with what villages sent."""

from pathlib import Path

from factories import CHEAP, LA_DEE, PASSWORD, Village, make_plan, make_village, services_of
from flask import Flask

from collector import cache, create_app
from collector.accounts.store import Accounts
from collector.escrow import make_escrow
from collector.folder import DataFolder
from collector.registry import KINDS
from collector.setup.store import KEEPER_OF, TeamMember, set_up
from collector.units.grants import FOR_COMMUNES

RESERVE = b"reserve reserve reserve"

__all__ = ["PASSWORD", "bring", "make_app", "make_official", "make_other_village"]


def make_app(place: Path) -> Flask:
    """Make an application on an empty folder; the caller closes its database."""
    folder = DataFolder(place)
    folder.prepare()
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    services_of(app).accounts = Accounts(folder, CHEAP)
    return app


def make_other_village(place: Path, name: str, number: str) -> tuple[Flask, Village]:
    """Make the laptop of one more village of the same commune."""
    app = make_app(place)
    return app, make_village(app, village_name=name, local_number=number)


def make_official(place: Path, role: str) -> Flask:
    """Make the laptop of the commune, or the centre."""
    app = make_app(place)
    keeper = TeamMember("Hồ Thị Mận", KEEPER_OF[role], "", CHEAP.hash(PASSWORD))
    plan = make_plan(role=role, unit_code=LA_DEE, village_name="", register={}, groups=(), team=(keeper,))
    found = services_of(app)
    if role == "central":
        make_escrow(found.folder, lambda size: RESERVE[:size])
    set_up(found.folder, found.database, found.accounts, plan)
    found.database.storage.close()
    return make_app(place)  # what an application is made of depends on what the folder is for


def bring(source: Flask, target: Flask) -> None:
    """Bring what leaves a village from its log into another's, as the exchange would; of the rest come the hashes."""
    with services_of(source).database.reading() as connection:
        epochs = list(connection.rows("SELECT * FROM epoch WHERE lane = 'records'"))
        revisions = list(
            connection.rows("SELECT r.* FROM revision r JOIN epoch USING (device, epoch) WHERE lane = 'records'")
        )
    with services_of(target).database.storage.writing() as connection:
        for row in epochs:
            _insert(connection, "epoch", {**row, "own": 0})
        for row in revisions:
            row.pop("position")
            hidden = {"record": "", "kind": "", "unit": "", "stamp": 0, "body": None, "absent": "outside"}
            _insert(connection, "revision", row if row["kind"] in FOR_COMMUNES else row | hidden)
        cache.refresh(connection, KINDS, {row["record"] for row in revisions})


def _insert(connection: object, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING", row)  # type: ignore[attr-defined]
