"""Canonical lines out and strict lines in."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from commands.runs import copy_demo, export_records, import_lines, init_village, read_json

from collector.database import open_database
from collector.folder import DataFolder
from collector.query import count_records, list_records
from sync.log import list_states, store
from sync.revisions import REMOVED, Body, Reference, encode_body, start_chain
from sync.storage import Connection


@pytest.fixture
def demo(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "demo")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """An empty village that nobody changes."""
    return init_village(tmp_path_factory.mktemp("template") / "data")


@pytest.fixture
def empty(template: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy of that village for one test."""
    shutil.copytree(template.root, tmp_path / "empty")
    return DataFolder(tmp_path / "empty")


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def household(**changes: Any) -> str:
    return json.dumps({"kind": "household", "number": 70, "head_name": "Arâl Văn Thử", **changes}, ensure_ascii=False)


def households(folder: DataFolder) -> list[dict[str, Any]]:
    return [line for line in lines_of(export_records(folder.root)) if line["kind"] == "household"]


def test_lines_are_sorted_and_their_keys_too(demo: DataFolder) -> None:
    data = export_records(demo.root)
    lines = lines_of(data)
    assert lines == sorted(lines, key=lambda line: (line["kind"], line["id"]))
    for raw, line in zip(data.splitlines(), lines, strict=True):
        assert raw.decode() == json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert {"kind", "id", "unit"} <= line.keys()
        assert None not in line.values()


def test_booleans_and_numbers_keep_their_type(demo: DataFolder) -> None:
    lines = lines_of(export_records(demo.root))
    assert next(line for line in lines if line["kind"] == "unit")["demo"] is True
    assert next(line for line in lines if line["kind"] == "household")["number"] in range(1, 69)


def test_who_spoke_unnamed_never_leaves_unless_asked_for(demo: DataFolder) -> None:
    opinion = next(line for line in lines_of(export_records(demo.root)) if line["kind"] == "opinion")
    contact = {"kind": "speaker_contact", "opinion": opinion["id"], "name": "Không Ai"}
    assert import_lines(demo.root, json.dumps(contact, ensure_ascii=False)).exit_code == 0
    assert "Không Ai".encode() not in export_records(demo.root)
    assert "Không Ai".encode() in export_records(demo.root, "--village-only")


def test_export_imported_into_a_new_folder_exports_the_same_lines(demo: DataFolder, empty: DataFolder) -> None:
    own = {line["id"] for line in lines_of(export_records(empty.root))}
    data = export_records(demo.root, "--village-only")
    assert import_lines(empty.root, data, "--author", "Tổ cũ").exit_code == 0
    again = [
        raw for raw in export_records(empty.root, "--village-only").splitlines() if json.loads(raw)["id"] not in own
    ]
    assert again == data.splitlines()
    assert read_json("check", "--data", empty.root)["sound"]


def test_import_of_the_same_lines_again_writes_no_revision(demo: DataFolder) -> None:
    before = read_json("check", "--data", demo.root)["revisions"]
    result = import_lines(demo.root, export_records(demo.root), "--format", "json")
    assert json.loads(result.stdout)["unchanged"] == len(export_records(demo.root).splitlines())
    assert read_json("check", "--data", demo.root)["revisions"] == before


def test_finalised_minutes_come_whole_into_a_new_folder(demo: DataFolder, empty: DataFolder) -> None:
    lines = lines_of(export_records(demo.root))
    for line in lines:
        if line["kind"] == "meeting" and line["state"] == "ended":
            line["state"] = "finalised"
    data = "\n".join(json.dumps(line) for line in lines)
    assert import_lines(empty.root, data).exit_code == 0
    refused = import_lines(empty.root, json.dumps({**next(x for x in lines if x["kind"] == "opinion"), "text": "Khác"}))
    assert refused.exit_code == 1
    assert "finalised" in refused.stderr
    assert import_lines(empty.root, data).exit_code == 0


def test_missing_id_is_a_new_record_of_the_own_village_with_its_source(empty: DataFolder) -> None:
    assert import_lines(empty.root, household(), "--author", "  Zơrâm  Thị Mây ").exit_code == 0
    [line] = households(empty)
    assert line["unit"] == empty.read_settings()["unit"]
    database = open_database(empty.place)
    with database.reading() as connection:
        body = connection.value("SELECT body FROM revision ORDER BY position DESC LIMIT 1")
    database.storage.close()
    assert json.loads(body)["source"] == "Zơrâm Thị Mây"


def test_known_id_is_changed_and_fields_not_named_stay(empty: DataFolder) -> None:
    import_lines(empty.root, household(cluster="Cụm suối"))
    [line] = households(empty)
    changed = {"kind": "household", "id": line["id"], "head_name": "Arâl Thị Khác"}
    assert import_lines(empty.root, json.dumps(changed, ensure_ascii=False)).exit_code == 0
    assert households(empty) == [{**line, "head_name": "Arâl Thị Khác"}]


def test_line_of_a_removed_record_is_refused_and_the_record_has_no_line(demo: DataFolder) -> None:
    first = households(demo)[0]
    database = open_database(demo.place)
    with database.recording() as recorder:
        recorder.remove("household", first["id"])
    database.storage.close()
    assert first not in households(demo)
    assert import_lines(demo.root, json.dumps({**first, "note": "x"})).exit_code == 1


HOSTILE = {
    "no json": ("{kind: 1}", "no JSON object"),
    "list": ("[1, 2]", "no JSON object"),
    "number": ("7", "no JSON object"),
    "repeated key": ('{"kind":"household","number":1,"number":2,"head_name":"A"}', "stands twice"),
    "repeated key inside": (
        '{"kind":"household","number":1,"head_name":"A","conflicts":{"a":1,"a":2}}',
        "stands twice",
    ),
    "NaN": ('{"kind":"household","number":NaN,"head_name":"A"}', "NaN"),
    "infinity": ('{"kind":"household","number":-Infinity,"head_name":"A"}', "Infinity"),
    "huge number": ('{"kind":"household","number":' + "9" * 5000 + ',"head_name":"A"}', "no JSON object"),
    "large number": ('{"kind":"household","number":99999999999999999999,"head_name":"A"}', "whole number"),
    "fraction": ('{"kind":"household","number":1.5,"head_name":"A"}', "whole number"),
    "exponent": ('{"kind":"household","number":1e9,"head_name":"A"}', "whole number"),
    "truth": ('{"kind":"household","number":true,"head_name":"A"}', "whole number"),
    "depth bomb": ("[" * 200_000, "no JSON object"),
    "depth bomb of objects": ('{"a":' * 100_000, "no JSON object"),
    "long line": (household(note="x" * 1_100_000), "longer than 1 MB"),
    "long text": (household(note="x" * 301), "301 characters"),
    "object": (household(note={"a": 1}), "right shape"),
    "odd conflicts": (household(conflicts=5), "right shape"),
    "odd removal": (household(removed="yes"), "right shape"),
    "no kind": ('{"number":1}', "has no “kind”"),
    "unknown kind": ('{"kind":"spaceship"}', "“spaceship” is not known"),
    "unknown field": (household(wings=2), "wings"),
    "missing field": ('{"kind":"household","number":1}', "head_name"),
    "odd id": (household(id="1; DROP TABLE"), "is not an id"),
    "capital id": (household(id="01A20ABB-3CCA-7447-9DCB-08FCFFFF7E28"), "is not an id"),
    "number as id": (household(id=5), "is not an id"),
    "odd unit": (household(unit="thôn"), "is not an id"),
    "lone surrogate": ('{"kind":"household","number":1,"head_name":"\\ud800"}', "head_name"),
    "not utf-8": (b'{"kind":"household","number":1,"head_name":"\xff"}', "UTF-8"),
    "utf-16": (household().encode("utf-16"), "UTF-8"),
    "zero bytes": (b"\x00" * 100, "no JSON object"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_line_is_refused_with_its_number_and_nothing_is_written(name: str, empty: DataFolder) -> None:
    bad, told = HOSTILE[name]
    raw = bad if isinstance(bad, bytes) else bad.encode()
    before = export_records(empty.root)
    result = import_lines(empty.root, household().encode() + b"\n\n" + raw + b"\n" + household(number=71).encode())
    assert result.exit_code == 1
    assert "Nothing was taken over" in result.stderr
    assert "Line 3: " in result.stderr
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert export_records(empty.root) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_partial_import_takes_the_good_lines_and_tells_the_others(name: str, empty: DataFolder) -> None:
    bad = HOSTILE[name][0]
    raw = bad if isinstance(bad, bytes) else bad.encode()
    data = household().encode() + b"\n" + raw + b"\n" + household(number=71).encode()
    result = import_lines(empty.root, data, "--partial", "--format", "json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["added"] == 2
    assert {refused["line"] for refused in said["refused"]} == {2} if name != "utf-16" else said["refused"]
    assert {line["number"] for line in households(empty)} == {70, 71}


def test_id_twice_of_another_kind_or_of_another_village_is_refused(demo: DataFolder) -> None:
    line = households(demo)[0]
    twice = json.dumps(line) + "\n" + json.dumps(line)
    assert "line 1 already" in import_lines(demo.root, twice).stderr
    other_kind = json.dumps({"kind": "person", "id": line["id"], "name": "A", "role": "member"})
    assert "of the kind “household”" in import_lines(demo.root, other_kind).stderr
    other_unit = json.dumps({**line, "unit": line["id"]})
    assert "another village" in import_lines(demo.root, other_unit).stderr


def test_byte_order_mark_and_windows_line_ends_are_fine(empty: DataFolder) -> None:
    data = b"\xef\xbb\xbf" + household().encode() + b"\r\n" + household(number=71).encode() + b"\r\n"
    assert import_lines(empty.root, data).exit_code == 0
    assert len(households(empty)) == 2


def test_endless_refusals_are_cut_short(empty: DataFolder) -> None:
    result = import_lines(empty.root, "x\n" * 5_000)
    assert result.exit_code == 1
    assert "… and 950 more." in result.stderr


def put_foreign(connection: Connection, values: dict[str, Any], state: Any, replaces: dict[str, list[str]]) -> None:
    """Let a revision of another laptop arrive."""
    body = Body(
        record=state.record,
        kind=state.kind,
        unit=state.unit,
        stamp=state.last.stamp + 1,
        salt="A" * 22,
        set=values,
        replaces=replaces,
    )
    chain = start_chain("other", "epoch")
    connection.execute(
        "INSERT INTO epoch (device, epoch, own, reason, head_sequence, head_chain)"
        " VALUES ('other', 'epoch', 0, 'received', 0, :chain)",
        {"chain": chain},
    )
    store(connection, Reference("other", "epoch", 1), encode_body(body), chain)


def test_conflicts_are_listed_with_the_winner_first(demo: DataFolder) -> None:
    database = open_database(demo.place)
    with database.storage.writing() as connection:
        state = next(list_states(connection, "household"))
        put_foreign(connection, {"head_name": "Tên khác"}, state, {})
    database.storage.close()
    [line] = [line for line in households(demo) if line["id"] == state.record]
    assert line["head_name"] == "Tên khác"
    assert line["conflicts"] == {"head_name": ["Tên khác", state.values["head_name"]]}


def test_what_was_let_go_does_not_disturb_the_order(demo: DataFolder) -> None:
    before = [json.loads(line) for line in export_records(demo.root).splitlines()]
    gone = before[0]["id"]
    with sqlite3.connect(demo.database) as connection:
        connection.execute(
            "UPDATE revision SET body = NULL, absent = 'outside', record = '', kind = '', unit = '' WHERE record = ?",
            [gone],
        )
    after = [json.loads(line) for line in export_records(demo.root).splitlines()]
    assert after == [line for line in before if line["id"] != gone]


def test_removal_against_an_edit_keeps_its_line(demo: DataFolder) -> None:
    database = open_database(demo.place)
    with database.storage.writing() as connection:
        state = next(list_states(connection, "household"))
        put_foreign(connection, {REMOVED: True}, state, {"*": []})
    database.storage.close()
    [line] = [line for line in households(demo) if line["id"] == state.record]
    assert line["removed"] is True
    assert line["conflicts"] == {"removed": [True, False]}


def test_import_of_households_and_villages(empty: DataFolder, tmp_path: Path) -> None:
    table = tmp_path / "households.csv"
    table.write_text("Số;Chủ hộ;Giới tính\n1;Arâl Văn Một;Nam\n2;Bling Thị Hai;Nữ\n", encoding="utf-8")
    assert read_json("import", "households", table, "--data", empty.root)["added"] == 2
    assert read_json("import", "households", table, "--data", empty.root)["unchanged"] == 2
    villages = tmp_path / "villages.csv"
    villages.write_text("name,commune_code,local_number\nThôn Thử Hai (giả định),20455,2\n", encoding="utf-8")
    assert read_json("import", "units", villages, "--data", empty.root)["added"] == 1
    assert read_json("import", "units", villages, "--data", empty.root)["unchanged"] == 1
    database = open_database(empty.place)
    with database.reading() as connection:
        assert count_records(connection, "household") == 2
        assert {row["commune_name"] for row in list_records(connection, "unit")} == {"Xã Tây Giang"}
    database.storage.close()


def test_wrong_tables_are_refused_by_line(empty: DataFolder, tmp_path: Path) -> None:
    from commands.runs import run_command

    table = tmp_path / "table.csv"
    table.write_text("Số;Chủ hộ\n1;A\nx;B\n", encoding="utf-8")
    refused = run_command("import", "households", table, "--data", empty.root)
    assert refused.exit_code == 1
    assert "Line 3: " in refused.stderr
    assert households(empty) == []
    table.write_text("name,commune_code\nX,99999\n", encoding="utf-8")
    refused = run_command("import", "units", table, "--data", empty.root)
    assert refused.exit_code == 1
    assert "Line 2: " in refused.stderr
    table.write_text("foo,bar\nX,99999\n", encoding="utf-8")
    assert "name the columns" in run_command("import", "units", table, "--data", empty.root).stderr
