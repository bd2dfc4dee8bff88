"""The end of the first run: writes what was asked as records, accounts and settings.

Used by the pages of the first run and by `collector init` alike. Holds no question and no word for the screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from uuid6 import uuid7

from collector.accounts.store import Accounts, make_account
from collector.database import Database
from collector.errors import CollectorError, FolderAlreadySetUp
from collector.folder import ROLES, DataFolder
from collector.query import count_records
from collector.recorder import Recorder
from collector.units.communes import make_unit_id
from collector.units.official import find_commune

VILLAGE_ROLES: Final = ("head", "secretary", "member")
SECOND_KEEPERS: Final = ("head", "secretary")
"""Whoever of a village's team can look after a further computer of it: one of them has to log in there."""
KEEPER_OF: Final = {"village": "head", "commune": "officer", "central": "administrator"}
"""The role of the account that a laptop or centre cannot do without."""


class SetupIncomplete(CollectorError):
    """Something that the first run needs was not given."""

    code = "setup_incomplete"
    status = 422


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody on the team; with a password hash (`Accounts.hash`) also somebody who can log in."""

    name: str
    role: str
    post: str = ""
    password_hash: str = ""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """Everything that the first run asks.

    `register` holds values of the kind `register`, each of `groups` those of `register_group` without its
    reference. A village needs `village_name`; a commune or a centre `unit_code` and its officer or administrator.
    """

    role: str = "village"
    unit_code: str = ""
    unit_valid_from: date | None = None
    village_name: str = ""
    local_number: str = ""
    register: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[Mapping[str, Any], ...] = ()
    team: tuple[TeamMember, ...] = ()
    language: str = "vi"
    demo: bool = False


@dataclass(frozen=True, slots=True)
class SecondPlan:
    """What a further computer of a village keeps: the village that arrived, and who logs in here.

    `team` pairs everybody with the id of the record; "" is somebody who is on record nowhere yet.
    """

    unit: str
    unit_code: str
    village_name: str
    team: tuple[tuple[str, TeamMember], ...]
    language: str = "vi"


def set_up_second(folder: DataFolder, database: Database, accounts: Accounts, plan: SecondPlan) -> str:
    """Write down who logs in on a further computer of a village; nothing of the village is recorded again.

    :raises FolderAlreadySetUp: if a first run was finished here.
    :raises SetupIncomplete: if neither head nor secretary can log in.
    """
    if folder.read_settings().get("set_up"):
        raise FolderAlreadySetUp(path=str(folder.root))
    team = [(known or str(uuid7()), known, member) for known, member in plan.team]
    keeper = next((person for person, _, each in team if each.role in SECOND_KEEPERS and each.password_hash), None)
    if keeper is None:
        raise SetupIncomplete(missing="head")
    folder.write_settings(
        role="village",
        unit=plan.unit,
        unit_code=plan.unit_code,
        village_name=plan.village_name,
        language=plan.language,
        demo=False,
    )
    with database.recording(author=keeper) as recorder:
        for person, known, member in team:
            if not known:
                values = {"name": member.name, "role": member.role, "post": member.post}
                recorder.add("person", plan.unit, values, record=person)
        accounts.replace_all(
            make_account(person, member.name, member.role, member.password_hash)
            for person, _known, member in team
            if member.password_hash
        )
    folder.write_settings(set_up=True)
    return plan.unit


def set_up(folder: DataFolder, database: Database, accounts: Accounts, plan: SetupPlan) -> str:
    """Write the plan and return the id of the unit; the folder counts as set up when all of it is on the disk.

    A commune or a centre is no record of its own: its id is derived from its code, the same on every computer.

    :raises FolderAlreadySetUp: if a first run was finished here.
    :raises SetupIncomplete: if the role, the unit or somebody who can log in is missing.
    :raises RecordInvalid: if a value breaks the declaration of its kind.
    """
    if folder.read_settings().get("set_up"):
        raise FolderAlreadySetUp(path=str(folder.root))
    _refuse_incomplete(plan)
    unit = _begun(folder, database)
    if unit is None:
        unit = str(uuid7()) if plan.role == "village" else make_unit_id(plan.role, plan.unit_code, plan.unit_valid_from)
        folder.write_settings(**_settings(plan, unit))
        _write(database, accounts, plan, unit)
    folder.write_settings(set_up=True)
    return unit


def _begun(folder: DataFolder, database: Database) -> str | None:
    """Give the unit of a first run whose records were written before the power went, or None."""
    unit = folder.read_settings().get("unit")
    with database.reading() as connection:
        return unit if unit and count_records(connection, "person", unit=unit) else None


def _settings(plan: SetupPlan, unit: str) -> dict[str, Any]:
    commune = find_commune(plan.unit_code, plan.unit_valid_from)
    name = plan.village_name if plan.role == "village" or commune is None else commune.name
    return {
        "role": plan.role,
        "unit": unit,
        "unit_code": plan.unit_code,
        "village_name": " ".join(name.split()),
        "language": plan.language,
        "demo": plan.demo,
    }


def _write(database: Database, accounts: Accounts, plan: SetupPlan, unit: str) -> None:
    team = [(str(uuid7()), member) for member in plan.team]
    keeper = next(person for person, member in team if member.role == KEEPER_OF[plan.role])
    with database.recording(author=keeper) as recorder:
        if plan.role == "village":
            _add_village(recorder, unit, plan)
        for person, member in team:
            recorder.add(
                "person", unit, {"name": member.name, "role": member.role, "post": member.post}, record=person
            )
        accounts.replace_all(
            make_account(person, member.name, member.role, member.password_hash)
            for person, member in team
            if member.password_hash
        )


def _refuse_incomplete(plan: SetupPlan) -> None:
    if plan.role not in ROLES:
        raise SetupIncomplete(missing="role")
    if plan.role != "central" and find_commune(plan.unit_code, plan.unit_valid_from) is None:
        raise SetupIncomplete(missing="unit_code")
    if plan.role == "village" and not plan.village_name.strip():
        raise SetupIncomplete(missing="village_name")
    keeper = KEEPER_OF[plan.role]
    if not any(member.role == keeper and member.password_hash for member in plan.team):
        raise SetupIncomplete(missing=keeper)


def _add_village(recorder: Recorder, unit: str, plan: SetupPlan) -> None:
    commune = find_commune(plan.unit_code, plan.unit_valid_from)
    if commune is None:
        raise SetupIncomplete(missing="unit_code")
    values = {
        "name": plan.village_name,
        "commune_code": commune.code,
        "commune_valid_from": commune.valid_from,
        "local_number": plan.local_number,
        "commune_name": commune.name,
        "province_name": commune.province,
    }
    recorder.add("unit", unit, values | ({"demo": True} if plan.demo else {}), record=unit)
    if plan.register:
        register = recorder.add("register", unit, plan.register)
        for group in plan.groups:
            recorder.add("register_group", unit, {**group, "register": register})
