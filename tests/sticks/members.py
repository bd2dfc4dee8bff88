"""Makes an application's folder a member of the invented centre, and lets others write sticks for it."""

from pathlib import Path

from factories import services_of
from flask import Flask

from collector.device import ensure_keys
from collector.folder import DataFolder
from collector.membership import keep_membership
from collector.sticks.gathering import make_party
from collector.sticks.party import Party
from sticks.world import CENTRE, ESCROW, World
from sync.enrolment import Membership, sign_membership
from sync.keys import Keys
from sync.log import RECORDS
from sync.scopes import Grant

SHEETS = "sheets"


def join(world: World, app: Flask, unit: str, role: str = "village", demo: bool = False) -> Keys:
    """Enrol the folder of an application as a laptop of a unit; give its keys."""
    served = services_of(app)
    keys = ensure_keys(served.folder)
    lanes = (RECORDS, SHEETS) if role == "village" else (RECORDS,)
    world.certify(keys, (Grant(unit, (), True, lanes),))
    keep_membership(served.folder, sign_member(world, keys, unit))
    return keys


def sign_member(world: World, keys: Keys, unit: str, issued_ms: int = 1) -> bytes:
    """Sign the membership of a laptop."""
    membership = Membership(
        device=keys.id,
        encryption=CENTRE.public_encryption,
        escrow=ESCROW.public_encryption,
        certificate=world.certificates[keys.id],
        unit=unit,
        commune="u0",
        issued_ms=issued_ms,
        key=CENTRE.public_signing,
    )
    return sign_membership(membership, CENTRE)


def party_of(app: Flask) -> Party:
    """Give who reads and writes sticks for an application's folder."""
    served = services_of(app)
    return make_party(served.folder, served.database)


def folder_of(app: Flask) -> DataFolder:
    """Give the folder of an application."""
    return services_of(app).folder


def stick_of(place: Path) -> str:
    """Give a stick's folder as it is typed."""
    place.mkdir(exist_ok=True)
    return str(place)
