"""`collector bundle` on real data folders: two villages, their commune and the centre, which meet by stick alone."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from commands.runs import copy_demo, export_records, import_lines, init_village, read_json, run_command

from collector.device import ensure_keys
from collector.folder import DataFolder
from sync.sticks import FOLDER, list_files

COMMUNE = "20455"


def join(centre: Path, data: Path, place: Path, *more: str) -> None:
    """Have a laptop join the centre by files."""
    asked, answer = place / "request.collector", place / "answer.collector"
    read_json("device", "request", "-o", asked, "--data", data)
    given = read_json("device", "issue", "--unit", COMMUNE, "--request", asked, "-o", answer, *more, "--data", centre)
    read_json("device", "accept", answer, "--centre", given["centre"], "--data", data)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """The folders of the centre, a commune and two of its villages, all enrolled."""
    centre = tmp_path / "centre"
    made = read_json(
        "init", "--data", centre, "--role", "central", "--name", "Quản trị", COLLECTOR_PASSWORD="mat khau dai"
    )
    (tmp_path / "reserve.txt").write_text(made["reserve_words"])
    found = {"centre": centre}
    for name in ("an", "chi"):
        found[name] = init_village(tmp_path / name, f"Thôn {name} (giả định)").root
        join(centre, found[name], tmp_path)
    found["xa"] = tmp_path / "xa"
    read_json(
        "init", "--data", found["xa"], "--role", "commune", "--unit", COMMUNE, COLLECTOR_PASSWORD="mat khau dai"
    )
    join(centre, found["xa"], tmp_path, "--for", "commune")
    return found


def write(data: Path, stick: Path) -> dict[str, Any]:
    stick.mkdir(exist_ok=True)
    written: dict[str, Any] = read_json("bundle", "write", stick, "--data", data)
    return written


def read(data: Path, *places: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json("bundle", "read", *places, "--data", data)
    return found


def add_programme(data: Path, name: str) -> None:
    result = import_lines(data, json.dumps({"kind": "programme", "name": name}) + "\n")
    assert result.exit_code == 0, result.output


def lines_of(data: Path, unit: str) -> list[bytes]:
    """Give the exported lines of one village."""
    return [line for line in export_records(data).splitlines() if json.loads(line)["unit"] == unit]


def unit_of(data: Path) -> str:
    return str(DataFolder(data).read_settings()["unit"])


def count_unreceived(data: Path) -> int:
    with sqlite3.connect(DataFolder(data).database) as connection:
        own = ensure_keys(DataFolder(data)).id
        sql = "SELECT count(*) FROM epoch WHERE device = ? AND head_sequence > received"
        return int(connection.execute(sql, (own,)).fetchone()[0])


def test_sticks_alone_bring_everybody_to_the_same_records(folders: dict[str, Path], tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    add_programme(folders["an"], "Đường vào bản")
    add_programme(folders["chi"], "Kênh mương")
    write(folders["centre"], stick)
    for name in ("an", "chi", "xa"):
        assert read(folders[name], stick)["left"] == []
    for name in ("an", "chi"):
        assert write(folders[name], stick)["revisions"] > 0
        assert count_unreceived(folders[name]) > 0
    brought = read(folders["xa"], stick)
    assert sum(each["new"] for each in brought["laptops"].values()) > 0
    assert brought["left"] == []
    assert b"K\xc3\xaanh m\xc6\xb0\xc6\xa1ng" in export_records(folders["xa"])
    read(folders["centre"], stick)
    write(folders["centre"], stick)
    for name in ("an", "chi"):
        assert read(folders[name], stick)["own_receipts"] > 0
        assert count_unreceived(folders[name]) == 0
        unit = unit_of(folders[name])
        assert lines_of(folders[name], unit) == lines_of(folders["centre"], unit)
    assert write(folders["an"], stick)["bundles"] == 0


def test_reading_from_standard_input_and_single_files(folders: dict[str, Path], tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    add_programme(folders["an"], "Đường vào bản")
    write(folders["an"], stick)
    bundle = next(found.path for found in list_files(stick) if found.is_bundle)
    result = run_command(
        "bundle", "read", "-", "--data", folders["centre"], "--format", "json", stdin=bundle.read_bytes()
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["laptops"]
    again = read(folders["centre"], bundle)
    assert [each["new"] for each in again["laptops"].values()] == [0]


def test_what_was_left_is_said_and_the_exit_code_is_1(folders: dict[str, Path], tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    add_programme(folders["an"], "Đường vào bản")
    write(folders["an"], stick)
    bundle = next(found.path for found in list_files(stick) if found.is_bundle)
    (stick / FOLDER / "cut.bundle").write_bytes(bundle.read_bytes()[:-5])
    result = run_command("bundle", "read", stick, "--data", folders["centre"])
    assert result.exit_code == 1
    assert "Collector/cut.bundle: The file ends too early" in result.stdout
    assert "new entries:" in result.stdout


def test_usage_and_refusals_are_told_apart(folders: dict[str, Path], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cases: list[tuple[list[Any], int, str]] = [
        (["write", empty, empty, "--data", folders["an"]], 2, "Please name one folder"),
        (["write", tmp_path / "missing", "--data", folders["an"]], 1, "there is no such folder"),
        (["write", folders["an"] / "backups", "--data", folders["an"]], 1, "there is no such folder"),
        (["read", empty, "--data", folders["an"]], 1, "There is nothing of Collector here"),
        (["read", tmp_path / "missing", "--data", folders["an"]], 1, "cannot be read"),
        (["read", empty, "--import", "--data", folders["an"]], 2, "--import goes with --escrow"),
        (["eat", empty, "--data", folders["an"]], 2, "eat"),
    ]
    for arguments, code, words in cases:
        result = run_command("bundle", *arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert words in result.stderr, (arguments, result.stderr)


def test_a_laptop_without_a_centre_and_an_invented_village_are_told_what_to_do(tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    for folder in (init_village(tmp_path / "alone"), copy_demo(tmp_path / "demo")):
        for act in ("write", "read"):
            (stick / "x.bundle").write_bytes(b"x")
            result = run_command("bundle", act, stick, "--data", folder.root)
            assert result.exit_code == 1
            assert "does not belong to a centre yet" in result.stderr
        assert not (stick / FOLDER).exists()


def test_the_reserve_words_show_what_files_hold_and_nothing_of_what_they_say(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    stick = tmp_path / "usb"
    add_programme(folders["an"], "Đường vào bản")
    write(folders["an"], stick)
    words = (tmp_path / "reserve.txt").read_text()
    shown = read_json("bundle", "read", stick, "--escrow", "--data", folders["xa"], COLLECTOR_ESCROW=words)
    kinds = {kind for bundle in shown["bundles"] for kind in bundle["kinds"]}
    assert "programme" in kinds
    assert "Đường" not in json.dumps(shown, ensure_ascii=False)
    wrong = run_command(
        "bundle", "read", stick, "--escrow", "--data", folders["xa"], COLLECTOR_ESCROW="a ba ca"
    )
    assert wrong.exit_code == 1
    assert "do not open any of these files" in wrong.stderr


def test_a_new_centre_takes_in_what_was_sealed_for_one_whose_keys_are_lost(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    stick = tmp_path / "usb"
    add_programme(folders["an"], "Đường vào bản")
    write(folders["an"], stick)
    words = (tmp_path / "reserve.txt").read_text()
    new = tmp_path / "new"
    read_json("init", "--data", new, "--role", "central", "--name", "Quản trị", COLLECTOR_PASSWORD="mat khau dai")
    plain = run_command("bundle", "read", stick, "--data", new)
    assert plain.exit_code == 1
    refused = run_command("bundle", "read", stick, "--escrow", "--import", "--data", folders["an"])
    assert refused.exit_code == 1
    result = run_command(
        "bundle", "read", stick, "--escrow", "--import", "--data", new, "--format", "json", COLLECTOR_ESCROW=words
    )
    report = json.loads(result.stdout)
    assert sum(each["new"] for each in report["laptops"].values()) > 0
    with sqlite3.connect(DataFolder(new).database) as connection:
        set_aside = connection.execute("SELECT count(*) FROM quarantine").fetchone()[0]
    assert set_aside > 0, "nobody is enrolled there yet: all of it waits for a person"
