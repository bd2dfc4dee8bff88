"""Laptops of villages and communes in folders of their own, which join a served centre and exchange with it."""

import shutil
from pathlib import Path
from typing import Any

from factories import CHEAP, LA_DEE, PASSWORD, make_plan
from replication.scenes import Machine

from collector.accounts.store import Accounts
from collector.central.building import Running
from collector.central.office import Wish
from collector.database import open_database
from collector.device import ensure_epoch, ensure_keys
from collector.folder import DataFolder
from collector.joining.sending import send_request
from collector.joining.store import join, read_typed
from collector.query import list_records
from collector.replication.connecting import connect
from collector.replication.progress import Progress
from collector.replication.report import SyncReport
from collector.replication.running import synchronise
from collector.setup.store import SetupPlan, TeamMember, set_up
from sync.devices import COMMUNE


class RealLaptop(Machine):
    """A laptop on a data folder that speaks HTTP."""

    def __init__(self, root: Path, plan: SetupPlan | None = None) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        self.database = open_database(self.folder.database)
        ensure_epoch(self.database, self.folder)
        if not self.folder.read_settings().get("set_up"):
            set_up(self.folder, self.database, Accounts(self.folder), plan or make_plan())
        self.unit = str(self.folder.read_settings()["unit"])
        self.device = ensure_keys(self.folder).id

    def join_centre(self, running: Running, address: str, **wish: Any) -> None:
        """Get a code at the centre and join it."""
        named = {"kind": self.folder.read_settings()["role"]}
        issued = running.office.issue(Wish(LA_DEE, **named | wish))
        join(self.folder, self.database, read_typed(f"{address}#{issued.words.replace(' ', '-')}"), send_request)

    def exchange(self) -> SyncReport:
        """Exchange once over the network."""
        laptop, way = connect(self.folder, self.database, Progress())
        try:
            return synchronise(laptop, way)
        finally:
            way.close()

    def names(self, kind: str = "programme") -> list[str]:
        """List the names of what is on record here."""
        with self.database.reading() as connection:
            return sorted(row["name"] for row in list_records(connection, kind))

    def clone(self, root: Path) -> "RealLaptop":
        """Copy the whole folder, as somebody does with a disk."""
        self.database.storage.close()
        shutil.copytree(self.folder.root, root)
        return RealLaptop(root)


def make_commune_laptop(root: Path) -> RealLaptop:
    """Make the laptop of a commune."""
    officer = TeamMember("Cán bộ xã", "officer", password_hash=CHEAP.hash(PASSWORD))
    return RealLaptop(root, SetupPlan(role=COMMUNE, unit_code=LA_DEE, team=(officer,)))
