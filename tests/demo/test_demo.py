"""The invented village: what it holds, that it says so, and that it never touches a real one."""

from pathlib import Path

import pytest
from commands.runs import copy_demo, export_records, read_json, run_command, serve

from collector.accounts.recovery import matches
from collector.accounts.store import Accounts
from collector.answers.urn import count_waiting
from collector.clock import today
from collector.database import Database, open_database
from collector.demo.names import CLUSTERS, list_heads
from collector.demo.village import HOUSEHOLDS, demo_phrase, list_demo_accounts, make_demo
from collector.folder import DataFolder
from collector.query import count_records, list_records
from collector.results.recording import get_result
from collector.results.suppressing import INSIDE
from collector.rounds.ticking import count_ticks


@pytest.fixture
def demo(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "data")


@pytest.fixture
def database(demo: DataFolder) -> Database:
    return open_database(demo.place)


def test_village_has_households_programmes_and_meetings(database: Database) -> None:
    with database.reading() as connection:
        [unit] = list_records(connection, "unit")
        assert (unit["demo"], unit["commune_code"]) == (1, "20455")
        assert "giả định" in unit["name"]
        assert count_records(connection, "household") == HOUSEHOLDS
        assert {row["cluster"] for row in list_records(connection, "household")} == set(CLUSTERS)
        assert count_records(connection, "programme") == 2
        past, coming = list_records(connection, "meeting", order="starts_at")
        assert (past["state"], coming["state"]) == ("ended", "planned")
        assert coming["starts_at"][:10] > today().isoformat()
        states = {row["state"]: row for row in list_records(connection, "follow_up")}
        assert states["waiting"]["deadline"] < today().isoformat()


def test_one_round_has_a_result_and_one_is_being_asked(database: Database) -> None:
    with database.reading() as connection:
        closed, asked = list_records(connection, "round", order="starts_on")
        assert (closed["state"], asked["state"]) == ("closed", "open")
        assert len(list_records(connection, "answer_sheet", round=closed["id"])) == 64
        assert count_waiting(connection, asked["id"]) == 24
        counts = count_ticks(connection, closed["id"])
        assert (counts.asked, counts.refused, counts.not_met, counts.ineligible, counts.left) == (64, 2, 1, 1, 0)
        result = get_result(connection, closed["id"], INSIDE)
        assert result.sheets == 64
        verdicts = {cell.dimension: cell.verdict for cell in result.total.cells}
        assert (verdicts["know"], verdicts["inspect"]) == ("met", "not_met")


def test_everything_is_sound_and_marked_as_invented(demo: DataFolder) -> None:
    assert demo.read_settings()["demo"] is True
    assert read_json("check", "--data", demo.root)["sound"]


def test_everybody_named_can_log_in_and_the_phrase_opens_backups(demo: DataFolder) -> None:
    accounts = Accounts(demo)
    by_name = {account.name: account for account in accounts.list_accounts()}
    for invented in list_demo_accounts():
        account = by_name[invented.name]
        assert account.role == invented.role
        assert accounts.verify(account.id, invented.password)
    assert matches(demo, demo_phrase())


def test_the_same_people_are_invented_every_time() -> None:
    assert list_heads(HOUSEHOLDS) == list_heads(HOUSEHOLDS)
    assert len({head.name for head in list_heads(HOUSEHOLDS)}) == HOUSEHOLDS


def test_second_demo_on_the_same_folder_keeps_what_was_recorded(demo: DataFolder) -> None:
    before = export_records(demo.root)
    make_demo(demo)
    assert export_records(demo.root) == before


def test_demo_interrupted_before_its_records_is_completed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    folder.write_settings(demo=True)
    make_demo(folder)
    assert read_json("check", "--data", folder.root)["sound"]


def test_folder_with_anything_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    result = run_command("demo", "--data", tmp_path, "--port", 0)
    assert result.exit_code == 1
    assert "not an invented village" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_demo_command_serves_the_village(tmp_path: Path) -> None:
    with serve(tmp_path / "new", command="demo") as served:
        assert served.get("/healthz")[0] == 200
        status, text = served.get("/login")
        assert status == 200
        assert list_demo_accounts()[0].name in text
        assert served.stop() == 0
