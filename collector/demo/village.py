"""Makes the invented village: its team, households, programmes, meetings and rounds, with days around today.

Everything is recorded through the same stores as in a real village, marked as invented.
"""

import hashlib
from datetime import timedelta
from typing import Any, Final, NamedTuple

import platformdirs

from collector.accounts.recovery import set_recovery_phrase
from collector.accounts.store import Accounts
from collector.clock import today
from collector.database import Database, open_database
from collector.demo.meetings import add_meetings
from collector.demo.names import list_heads
from collector.demo.programmes import add_programmes
from collector.demo.rounds import add_rounds
from collector.device import ensure_epoch
from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.phrase import make_phrase
from collector.query import count_records, list_records
from collector.recorder import Recorder
from collector.setup.store import SetupPlan, TeamMember, set_up

COMMUNE: Final = "20455"
VILLAGE: Final = "Thôn A Râng (giả định)"
HOUSEHOLDS: Final = 68
PASSWORD: Final = "guol a rang"  # noqa: S105 - public, like everything here
TEAM: Final = (
    ("Alăng Văn Đrớt", "head", "Trưởng thôn"),
    ("Zơrâm Thị Mây", "secretary", "Chi hội trưởng Chi hội Phụ nữ"),
    ("Arâl Văn Pích", "member", "Trưởng ban công tác Mặt trận"),
)


class NotADemo(CollectorError):
    """The folder holds something else than an invented village."""

    code = "not_a_demo"
    status = 409


class DemoAccount(NamedTuple):
    """Somebody who can log in to the invented village."""

    name: str
    role: str
    password: str


def default_demo_folder() -> str:
    """Give the folder of the invented village when none is named: never that of a real one."""
    return platformdirs.user_data_dir("collector-demo", appauthor=False)


def list_demo_accounts() -> list[DemoAccount]:
    """List who can log in to the invented village."""
    return [DemoAccount(name, role, PASSWORD) for name, role, _ in TEAM]


def demo_phrase() -> str:
    """Give the recovery phrase of every invented village. It is public: nothing there is secret."""
    return make_phrase(lambda size: hashlib.sha256(VILLAGE.encode()).digest()[:size])


def make_demo(folder: DataFolder) -> None:
    """Fill a new or empty folder with the invented village; one that is there already is left as it is.

    :raises NotADemo: if the folder holds anything else, or its database is elsewhere, where it may be a real one.
    """
    if not _is_free(folder):
        raise NotADemo(path=str(folder.root))
    if folder.place != folder.database:
        raise NotADemo(path=str(folder.place).rpartition("@")[2])
    folder.prepare()
    folder.write_settings(demo=True)
    database = open_database(folder.database)
    try:
        ensure_epoch(database, folder)
        _fill(folder, database)
    finally:
        database.storage.close()


def _is_free(folder: DataFolder) -> bool:
    if not folder.root.exists() or bool(folder.read_settings().get("demo")):
        return True
    return folder.root.is_dir() and not any(folder.root.iterdir())


def _fill(folder: DataFolder, database: Database) -> None:
    accounts = Accounts(folder)
    if not folder.read_settings().get("set_up"):
        set_up(folder, database, accounts, _plan(accounts))
        set_recovery_phrase(folder, demo_phrase())
    unit = folder.read_settings()["unit"]
    with database.reading() as connection:
        filled = count_records(connection, "household")
        secretary = list_records(connection, "person", role="secretary")[0]["id"]
    if filled:
        return
    with database.recording(author=secretary) as recorder:
        _add_households(recorder, unit)
        programmes = add_programmes(recorder, unit, today())
        add_meetings(recorder, unit, programmes, today())
        add_rounds(recorder, unit, programmes, today())


def _plan(accounts: Accounts) -> SetupPlan:
    hashed = accounts.hash(PASSWORD)
    register: dict[str, Any] = {
        "as_of": (today() - timedelta(days=200)).isoformat(),
        "households": HOUSEHOLDS,
        "women": 109,
        "men": 104,
        "source": "Số liệu giả định",
    }
    groups = (
        {"ethnic_group": "Cơ Tu", "households": 62, "women": 100, "men": 96},
        {"ethnic_group": "Kinh", "households": 6, "women": 9, "men": 8},
    )
    team = tuple(TeamMember(name, role, post, hashed) for name, role, post in TEAM)
    return SetupPlan(
        unit_code=COMMUNE, village_name=VILLAGE, register=register, groups=groups, team=team, demo=True
    )


def _add_households(recorder: Recorder, unit: str) -> None:
    for number, head in enumerate(list_heads(HOUSEHOLDS), start=1):
        recorder.add(
            "household",
            unit,
            {"number": number, "head_name": head.name, "head_sex": head.sex, "cluster": head.cluster},
        )
