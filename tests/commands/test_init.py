"""The first run without a browser."""

from pathlib import Path

from collector.accounts.recovery import matches
from collector.accounts.store import Accounts
from collector.folder import DataFolder
from collector.phrase import check
from commands.runs import read_json, run_command

VILLAGE = ("--role", "village", "--unit", "20455", "--village", "Thôn Thử (giả định)")
PASSWORD = {"COLLECTOR_PASSWORD": "mat khau dai"}


def test_init_makes_a_village_with_a_head_and_prints_its_phrase_once(tmp_path: Path) -> None:
    said = read_json("init", "--data", tmp_path / "data", *VILLAGE, "--name", "Alăng Văn Thử", **PASSWORD)
    folder = DataFolder(tmp_path / "data")
    [account] = Accounts(folder).list_accounts()
    assert (account.name, account.role) == ("Alăng Văn Thử", "head")
    assert Accounts(folder).verify(account.id, "mat khau dai")
    assert check(said["recovery_phrase"]) == []
    assert matches(folder, said["recovery_phrase"])
    assert not any(
        said["recovery_phrase"] in path.read_text(errors="ignore") for path in folder.root.rglob("*") if path.is_file()
    )
    assert read_json("check", "--data", folder.root)["sound"]


def test_second_init_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    read_json("init", "--data", tmp_path / "data", *VILLAGE, **PASSWORD)
    recipient = (tmp_path / "data" / "secrets" / "recovery.recipient").read_bytes()
    result = run_command("init", "--data", tmp_path / "data", *VILLAGE, **PASSWORD)
    assert result.exit_code == 1
    assert (tmp_path / "data" / "secrets" / "recovery.recipient").read_bytes() == recipient


def test_password_is_asked_for_twice_when_the_environment_has_none(tmp_path: Path) -> None:
    typed = "mat khau dai\nmat khau dai\n"
    assert run_command("init", "--data", tmp_path / "data", *VILLAGE, stdin=typed).exit_code == 0


def test_short_password_and_unknown_commune_are_refused(tmp_path: Path) -> None:
    short = run_command("init", "--data", tmp_path / "a", *VILLAGE, COLLECTOR_PASSWORD="ngan")
    assert short.exit_code == 1
    assert "at least 8 characters" in short.stderr
    unknown = run_command(
        "init", "--data", tmp_path / "b", "--role", "village", "--unit", "99999", "--village", "X", **PASSWORD
    )
    assert unknown.exit_code == 1
    assert "unit_code" in unknown.stderr
