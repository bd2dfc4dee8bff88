"""The end of the first run: what stands in the folder afterwards."""

import pytest
from factories import CHEAP, LA_DEE, PASSWORD, make_plan, make_village, services_of
from flask import Flask

from collector.accounts.store import Accounts
from collector.database import open_database
from collector.device import ensure_epoch
from collector.errors import FolderAlreadySetUp, RecordInvalid
from collector.folder import DataFolder
from collector.query import list_records
from collector.setup.store import SetupIncomplete, TeamMember, set_up


def test_a_village_is_written_with_its_register_team_and_settings(app: Flask, folder: DataFolder):
    village = make_village(app)
    with services_of(app).database.reading() as connection:
        (unit,) = list_records(connection, "unit")
        (register,) = list_records(connection, "register")
        groups = list_records(connection, "register_group", register=register["id"])
        people = list_records(connection, "person", unit=village.unit)
    assert (unit["id"], unit["unit"]) == (village.unit, village.unit)
    assert (unit["commune_code"], unit["commune_name"], unit["commune_valid_from"]) == (
        LA_DEE, "Xã La Dêê", "2025-07-01",
    )
    assert unit["province_name"] == "Thành phố Đà Nẵng"
    assert (register["households"], [group["households"] for group in groups]) == (68, [60, 8])
    assert {person["last_author"] for person in people} == {village.head}
    settings = folder.read_settings()
    assert settings["unit"] == village.unit
    assert (settings["role"], settings["village_name"], settings["set_up"]) == ("village", "Thôn A Rớt", True)


def test_members_with_a_password_can_log_in_and_the_others_cannot(app: Flask):
    team = (*make_plan().team, TeamMember("Riáh Văn Đhơ", "member"))
    make_village(app, team=team)
    accounts = services_of(app).accounts
    assert len(accounts.list_accounts()) == 3
    assert all(accounts.verify(account.id, PASSWORD) for account in accounts.list_accounts())


def test_a_second_first_run_is_refused(app: Flask):
    make_village(app)
    with pytest.raises(FolderAlreadySetUp):
        make_village(app)


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "province"},
        {"unit_code": "00000"},
        {"village_name": "  "},
        {"team": ()},
        {"team": (TeamMember("Alăng Thị Bhơ", "head"),)},
    ],
)
def test_an_incomplete_plan_is_refused_and_writes_nothing(app: Flask, folder: DataFolder, changes: dict):
    before = folder.read_settings()
    with pytest.raises(SetupIncomplete):
        make_village(app, **changes)
    assert folder.read_settings() == before
    assert before.keys() <= {"database"}


def test_a_wrong_register_leaves_nothing_behind(app: Flask, folder: DataFolder):
    with pytest.raises(RecordInvalid):
        make_village(app, register={"as_of": "2026-01-01", "households": 0})
    with services_of(app).database.reading() as connection:
        assert list_records(connection, "unit") == []
    assert not folder.read_settings().get("set_up")
    assert services_of(app).accounts.list_accounts() == []
    make_village(app)


def test_a_power_cut_before_the_last_step_makes_no_second_village(app: Flask, folder: DataFolder):
    village = make_village(app)
    folder.write_settings(set_up=False)
    found = services_of(app)
    assert set_up(folder, found.database, found.accounts, make_plan()) == village.unit
    with found.database.reading() as connection:
        assert len(list_records(connection, "unit")) == 1
    assert found.accounts.find(village.head)


def test_a_commune_has_the_same_id_on_every_computer(tmp_path):
    ids = set()
    for name in ("one", "two"):
        folder = DataFolder(tmp_path / name)
        folder.prepare()
        database = open_database(folder.place)
        ensure_epoch(database, folder)
        accounts = Accounts(folder, CHEAP)
        officer = TeamMember("Cơlâu Thị Hạnh", "officer", "", accounts.hash(PASSWORD))
        plan = make_plan(role="commune", village_name="", register={}, groups=(), team=(officer,))
        ids.add(set_up(folder, database, accounts, plan))
        assert folder.read_settings()["village_name"] == "Xã La Dêê"
        database.storage.close()
    assert len(ids) == 1
