"""`collector device` at the centre and on laptops, with files and codes."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from commands.runs import copy_demo, init_village, read_json, run_command

from collector.device import ensure_keys
from collector.escrow import FILE, escrow_identity, get_escrow
from collector.folder import DataFolder
from collector.joining.store import name_centre
from collector.membership import read_membership
from collector.phrase import CODE_WORDS, check
from sync.keys import public_encryption

LA_DEE = "20704"


def init_centre(target: Path) -> dict[str, Any]:
    """Set up a centre; give what was printed."""
    made: dict[str, Any] = read_json(
        "init", "--data", target, "--role", "central", "--name", "Quản trị", COLLECTOR_PASSWORD="mat khau dai"
    )
    return made


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """The folder of a centre."""
    init_centre(tmp_path / "centre")
    return tmp_path / "centre"


def test_the_reserve_key_of_a_centre_exists_on_paper_only(tmp_path: Path) -> None:
    printed = init_centre(tmp_path / "centre")
    folder = DataFolder(tmp_path / "centre")
    words = printed["reserve_words"]
    assert check(words) == [] and words != printed["recovery_phrase"]
    assert public_encryption(escrow_identity(words)) == get_escrow(folder)
    private = escrow_identity(words)
    for path in folder.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert private not in content and base64.b64encode(private) not in content, path
            assert words.encode() not in content, path
    again = run_command("device", "reserve", "--data", folder.root)
    assert again.exit_code == 1 and "already" in again.stderr
    (folder.secrets / FILE).unlink()
    refused = run_command("device", "issue", "--unit", LA_DEE, "--data", folder.root)
    assert refused.exit_code == 1 and "collector device reserve" in refused.stderr
    new = read_json("device", "reserve", "--data", folder.root)["reserve_words"]
    assert public_encryption(escrow_identity(new)) == get_escrow(folder)


def test_a_code_is_printed_once_and_kept_nowhere(centre: Path) -> None:
    issued = read_json("device", "issue", "--unit", LA_DEE, "--village", "Thôn A Rớt", "--data", centre)
    assert check(issued["code"], CODE_WORDS) == []
    assert (issued["commune"], issued["village"], issued["unit"]) == (LA_DEE, "Thôn A Rớt", "")
    assert issued["centre"] == name_centre(ensure_keys(DataFolder(centre)).public_signing)
    for path in centre.rglob("*"):
        if path.is_file():
            assert issued["code"].encode() not in path.read_bytes(), path
    wish = ("device", "issue", "--unit", LA_DEE, "--for", "commune", "--data", centre)
    said = run_command(*wish, "--format", "text")
    assert said.exit_code == 0 and "collector device enrol CODE --server" in said.stdout
    assert check(json.loads(run_command(*wish).stdout)["code"], CODE_WORDS) == []


def test_only_a_centre_gives_codes_and_only_in_real_communes(centre: Path, tmp_path: Path) -> None:
    village = init_village(tmp_path / "village")
    refused = run_command("device", "issue", "--unit", LA_DEE, "--data", village.root)
    assert refused.exit_code == 1 and "not that of a centre" in refused.stderr
    unknown = run_command("device", "issue", "--unit", "99999", "--data", centre)
    assert unknown.exit_code == 1 and "99999" in unknown.stderr
    half = run_command("device", "issue", "--unit", LA_DEE, "--request", "x", "--data", centre)
    assert half.exit_code == 2


def carry(centre: Path, village: DataFolder, tmp_path: Path, *more: str) -> tuple[dict[str, Any], Path]:
    """Carry a request to the centre and have it approved; give what was printed and the answer."""
    asked, answer = tmp_path / "request.collector", tmp_path / "answer.collector"
    read_json("device", "request", "-o", asked, "--data", village.root)
    given = read_json("device", "issue", "--unit", "20455", "--request", asked, "-o", answer, *more, "--data", centre)
    return given, answer


def test_a_laptop_joins_by_files_when_somebody_compared_the_words(centre: Path, tmp_path: Path) -> None:
    village = init_village(tmp_path / "village")
    given, answer = carry(centre, village, tmp_path)
    unsure = run_command("device", "accept", answer, "--data", village.root)
    assert unsure.exit_code == 1 and given["centre"] in unsure.stderr
    wrong = run_command("device", "accept", answer, "--centre", "hoa hoa hoa", "--data", village.root)
    assert wrong.exit_code == 1 and read_membership(village) is None
    joined = read_json("device", "accept", answer, "--centre", given["centre"].upper(), "--data", village.root)
    assert joined["server"] == ensure_keys(DataFolder(centre)).id
    assert joined["unit"] == village.read_settings()["unit"]
    assert read_json("device", "accept", answer, "--data", village.root) == joined
    (device,) = read_json("device", "list", "--data", centre)["devices"]
    assert (device["id"], device["village"], device["kind"]) == (given["device"], "Thôn Thử (giả định)", "village")
    assert (device["last_contact"], device["revoked_at"]) == (None, None)
    shown = run_command("device", "list", "--data", centre)
    assert device["id"] in shown.stdout and "never in contact" in shown.stdout


def test_a_laptop_does_not_change_its_centre_by_itself(centre: Path, tmp_path: Path) -> None:
    village = init_village(tmp_path / "village")
    given, answer = carry(centre, village, tmp_path)
    read_json("device", "accept", answer, "--centre", given["centre"], "--data", village.root)
    init_centre(tmp_path / "other")
    other, lure = carry(tmp_path / "other", village, tmp_path)
    refused = run_command("device", "accept", lure, "--centre", other["centre"], "--data", village.root)
    assert refused.exit_code == 1 and "another centre" in refused.stderr
    kept = read_membership(village)
    assert kept is not None and kept.server == ensure_keys(DataFolder(centre)).id
    moved = read_json("device", "accept", lure, "--centre", other["centre"], "--leave", "--data", village.root)
    assert moved["server"] == ensure_keys(DataFolder(tmp_path / "other")).id


def test_the_answer_for_another_laptop_is_refused(centre: Path, tmp_path: Path) -> None:
    first, second = init_village(tmp_path / "first"), init_village(tmp_path / "second")
    given, answer = carry(centre, first, tmp_path)
    refused = run_command("device", "accept", answer, "--centre", given["centre"], "--data", second.root)
    assert refused.exit_code == 1 and "another laptop" in refused.stderr
    for rubbish in (b"", b"x" * 100, answer.read_bytes()[:-1]):
        answer.write_bytes(rubbish)
        refused = run_command("device", "accept", answer, "--data", first.root)
        assert refused.exit_code == 1 and "damaged" in refused.stderr


def test_a_second_laptop_of_a_village_becomes_the_same_village(centre: Path, tmp_path: Path) -> None:
    first, second = init_village(tmp_path / "first"), init_village(tmp_path / "second")
    given, answer = carry(centre, first, tmp_path)
    read_json("device", "accept", answer, "--centre", given["centre"], "--data", first.root)
    given, answer = carry(centre, second, tmp_path, "--village", "THÔN thử (giả định)")
    joined = read_json("device", "accept", answer, "--centre", given["centre"], "--data", second.root)
    assert joined["unit"] == first.read_settings()["unit"]
    lines = run_command("export", "records", "--data", second.root).stdout.splitlines()
    units = [json.loads(line) for line in lines if '"kind": "unit"' in line or '"kind":"unit"' in line]
    assert [unit["same_as"] for unit in units] == [joined["unit"]]
    similar = run_command("device", "issue", "--unit", "20455", "--village", "Thôn Thu (gia dinh)", "--data", centre)
    assert similar.exit_code == 1 and "almost this name" in similar.stderr
    new = read_json(
        "device", "issue", "--unit", "20455", "--village", "Thôn Thu (gia dinh)", "--new-village", "--data", centre
    )
    assert new["unit"] == ""


def test_an_invented_village_never_joins(centre: Path, tmp_path: Path) -> None:
    demo = copy_demo(tmp_path / "demo")
    for arguments in (
        ("request", "-o", tmp_path / "request"),
        ("enrol", *("hoa " * 8).split(), "--server", "https://centre.example"),
    ):
        refused = run_command("device", *arguments, "--data", demo.root)
        assert refused.exit_code == 1, refused.output
    assert "invented village" in run_command("device", "request", "-o", tmp_path / "r", "--data", demo.root).stderr
    assert not (tmp_path / "request").exists()
    at_centre = run_command("device", "request", "-o", tmp_path / "request", "--data", centre)
    assert at_centre.exit_code == 1 and "Only laptops" in at_centre.stderr


def test_words_that_are_no_code_are_named_one_by_one(tmp_path: Path) -> None:
    village = init_village(tmp_path / "village")
    refused = run_command("device", "enrol", "hoa bay xyz", "--server", "https://c.example", "--data", village.root)
    assert refused.exit_code == 1
    assert "Word 3" in refused.stderr and "3 words, not 8" in refused.stderr


def test_a_device_is_revoked_by_its_id(centre: Path, tmp_path: Path) -> None:
    village = init_village(tmp_path / "village")
    given, _ = carry(centre, village, tmp_path)
    unknown = run_command("device", "revoke", "nobody", "--data", centre)
    assert unknown.exit_code == 1 and "nobody" in unknown.stderr
    assert read_json("device", "revoke", given["device"], "--data", centre)["revoked"] is True
    (device,) = read_json("device", "list", "--data", centre)["devices"]
    assert device["revoked_at"] is not None
    assert "locked out since" in run_command("device", "list", "--data", centre).stdout
