"""Makers of invented things for tests: a village, its team, and clients that act for them."""

from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from collector.query import list_records
from collector.setup.store import SetupPlan, TeamMember, set_up
from collector.web import Services, User

PASSWORD = "chim tring bay cao"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LA_DEE = "20704"


@dataclass(frozen=True)
class Village:
    """The ids of an invented village and of its team."""

    unit: str
    register: str
    head: str
    secretary: str
    member: str


def make_plan(**changes: Any) -> SetupPlan:
    """Make the answers of a first run: 68 households, 60 of them Cơ Tu, a team of three who can log in."""
    hashed = CHEAP.hash(PASSWORD)
    plan: dict[str, Any] = {
        "unit_code": LA_DEE,
        "village_name": "Thôn A Rớt",
        "local_number": "3",
        "register": {"as_of": "2026-01-01", "households": 68, "women": 101, "men": 97},
        "groups": (
            {"ethnic_group": "Cơ Tu", "households": 60},
            {"ethnic_group": "Kinh", "households": 8},
        ),
        "team": (
            TeamMember("Alăng Thị Bhơ", "head", "Trưởng thôn", hashed),
            TeamMember("Zơrâm Văn Nhíp", "secretary", "Công chức hưu trí", hashed),
            TeamMember("Bling Thị Pơi", "member", "Chi hội trưởng phụ nữ", hashed),
        ),
    }
    return SetupPlan(**plan | changes)


def make_village(app: Flask, **changes: Any) -> Village:
    """Finish the first run of an application with an invented village."""
    found = services_of(app)
    unit = set_up(found.folder, found.database, found.accounts, make_plan(**changes))
    with found.database.reading() as connection:
        team = {row["role"]: row["id"] for row in list_records(connection, "person")}
        register = list_records(connection, "register", unit=unit)[0]["id"]
    return Village(unit, register, team["head"], team["secretary"], team["member"])


def services_of(app: Flask) -> Services:
    """Give the services of an application outside a request."""
    found: Services = app.extensions["collector"]
    return found


def log_in(client: FlaskClient, role: str = "secretary") -> FlaskClient:
    """Have the client act as the first account of a role."""
    accounts = services_of(client.application).accounts
    account = next(each for each in accounts.list_accounts() if each.role == role)
    with client.session_transaction() as session:
        session["_user_id"] = User(account).get_id()
        session["_fresh"] = True
    return client
