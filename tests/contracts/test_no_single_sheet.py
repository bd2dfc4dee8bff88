"""Whole-app rule: nobody is shown a single sheet, a household beside an answer, or a cell about too few people.

Every page as every role, every export and report, and the log of the program are searched for marks that only sheets
carry. Then somebody who holds everything that leaves the village tries to compute what is hidden.
"""

import csv
import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answer_scenes import answer, make_round, rows_of
from commands.runs import run_command
from contracts.scenes import address, get_rules
from factories import Village, log_in, services_of
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader

from collector.rounds.closing import close_round

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"
MARK = "MARKOFASHEET"
ROLES = ("head", "secretary", "member", "officer", "administrator", None)
DIMENSIONS = ("know", "discuss", "do", "inspect")
People = tuple[int, dict[str, Any]]
"""So many sheets with the same values."""


def make_marked(app: Flask, village: Village, people: Iterable[People], *, closed: bool = True, **changes: Any) -> str:
    """Record a round whose sheets carry a mark in what was answered, and close it."""
    made = make_round(app, village, QUESTIONNAIRE, **changes)
    place = 0
    for count, values in people:
        for _ in range(count):
            place += 1
            texts = {"answers": json.dumps({"/data/note": f"{MARK}{place}"}), "withdrawal_hash": f"{place:064x}"}
            answer(app, village, made, **values, **texts)
    if closed:
        with services_of(app).database.recording(author=village.head) as recorder:
            close_round(recorder, made)
    return made


def list_secrets(app: Flask) -> set[str]:
    """List what only sheets carry: their ids, their hashes, the mark in their answers."""
    sheets = rows_of(app, "answer_sheet")
    with services_of(app).database.reading() as connection:
        waiting = [row["id"] for row in connection.rows("SELECT id FROM urn")]
    assert sheets
    assert waiting
    return {MARK, *waiting} | {row[name] for row in sheets for name in ("id", "withdrawal_hash") if row[name]}


@pytest.fixture
def surveyed(app: Flask, village: Village, scene: dict[str, str]) -> dict[str, str]:
    """A village with one of everything, a closed round with a single Kinh woman in it, and one that is being asked."""
    for role in ("officer", "administrator"):
        services_of(app).accounts.add(role, role, role, "mat khau dai lam")
    people: list[People] = [
        (40, {"sex": "female", "ethnic_group": "co_tu"}),
        (1, {"sex": "female", "ethnic_group": "kinh", "inspect": "no"}),
        (20, {"sex": "male", "ethnic_group": "co_tu", "know": "dont_know"}),
    ]
    scene["closed_id"] = make_marked(app, village, people)
    scene["round_id"] = make_marked(app, village, people, closed=False)
    return scene


@pytest.mark.parametrize("role", ROLES)
def test_no_page_and_no_log_line_holds_a_sheet(
    app: Flask, surveyed: dict[str, str], role: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = list_secrets(app)
    client = log_in(app.test_client(), role) if role else app.test_client()
    rounds = (surveyed["round_id"], surveyed["closed_id"])
    pages = {address(rule, surveyed | {"round_id": each}) for rule in get_rules(app) for each in rounds}
    pages |= {f"/rounds/{surveyed['closed_id']}/report.{shape}" for shape in ("csv", "json", "xlsx", "pdf")}
    pages |= {f"/search?q={MARK}", "/search?q=kinh", f"/history/answer_sheet/{next(iter(secrets))}"}
    pages |= {f"/history/answer_sheet/{row['id']}" for row in rows_of(app, "answer_sheet")[:2]}
    for where in sorted(pages):
        with client.get(where) as page:
            held = [secret for secret in secrets if secret.encode() in page.data and secret not in where]
            assert not held, f"{role} {where}: {held[:3]}"
    said = caplog.text
    assert not [secret for secret in secrets if secret in said]


def test_no_export_for_others_holds_a_sheet_or_what_came_of_a_household(
    app: Flask, surveyed: dict[str, str], tmp_path: Path
) -> None:
    data, out = services_of(app).folder.root, tmp_path / "out"
    out.mkdir()
    secrets = list_secrets(app) | {row["id"] for row in rows_of(app, "drawn_household")}
    written = [run_command("export", "records", "--data", data).stdout_bytes]
    run_command("export", "records", "--format", "csv", "-o", out / "csv", "--data", data)
    run_command("export", "records", "--format", "xlsx", "-o", out / "all.xlsx", "--data", data)
    run_command("export", "dictionary", "-o", out / "dictionary.ndjson", "--data", data)
    for shape in ("json", "csv", "xlsx", "pdf"):
        run_command("report", surveyed["closed_id"], "--format", shape, "-o", out / f"r.{shape}", "--data", data)
    names = {path.name for path in out.rglob("*.*")}
    assert {"r.pdf", "all.xlsx", "result.csv"} <= names
    assert not {"answer_sheet.csv", "drawn_household.csv", "urn.csv"} & names
    written += [read_file(path) for path in out.rglob("*") if path.is_file()]
    for text in written:
        assert not [secret for secret in secrets if secret.encode() in text]
    kinds = {json.loads(line)["kind"] for line in written[0].splitlines()}
    assert "result" in kinds
    assert not kinds & {"answer_sheet", "drawn_household", "speaker_contact"}


def read_file(path: Path) -> bytes:
    """Give what a file says, unpacked."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        return "\n".join(str(row) for sheet in book for row in sheet.iter_rows(values_only=True)).encode()
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages).encode()
    return path.read_bytes()


VILLAGES: dict[str, list[People]] = {
    "one Kinh woman among Cơ Tu": [
        (30, {"sex": "female", "ethnic_group": "co_tu"}),
        (25, {"sex": "male", "ethnic_group": "co_tu", "know": "no"}),
        (1, {"sex": "female", "ethnic_group": "kinh", "know": "refused"}),
    ],
    "two single people of different groups": [
        (50, {"sex": "female", "ethnic_group": "co_tu"}),
        (1, {"sex": "male", "ethnic_group": "kinh", "do": "no"}),
        (1, {"sex": "male", "ethnic_group": "mnong"}),
    ],
    "a group that answers alike beside a single person": [
        (30, {"sex": "female", "ethnic_group": "co_tu", "know": "no"}),
        (15, {"sex": "male", "ethnic_group": "mnong"}),
        (1, {"sex": "male", "ethnic_group": "kinh"}),
    ],
    "one who answered otherwise": [(29, {"sex": "female"}), (31, {"sex": "male"}), (1, {"sex": "male", "know": "no"})],
    "a few people": [(7, {"sex": "female", "ethnic_group": "co_tu"}), (2, {"sex": "male", "know": "no"})],
    "a small village, one no": [(19, {"sex": "female"}), (6, {"sex": "male"}), (1, {"sex": "male", "inspect": "no"})],
    "everybody said no": [(12, {"sex": "female", "know": "no"}), (12, {"sex": "male", "know": "no"})],
}


@pytest.mark.parametrize("name", VILLAGES)
@pytest.mark.parametrize("chosen", ["everyone", "other"])
def test_whoever_holds_all_that_leaves_the_village_computes_nobodys_answer(
    app: Flask, village: Village, tmp_path: Path, name: str, chosen: str
) -> None:
    people = VILLAGES[name]
    how = {"chosen_how": "Tình cờ"} if chosen == "other" else {}
    made = make_marked(app, village, people, chosen=chosen, **how)
    data = services_of(app).folder.root
    exported = run_command("export", "records", "--data", data).stdout_bytes.splitlines()
    lines = [line for line in map(json.loads, exported) if line["kind"] == "result"]
    run_command("report", made, "--format", "csv", "-o", tmp_path / "r.csv", "--data", data)
    table = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text(encoding="utf-8-sig"))))
    reported = [{"group_value": row["group"], **row} for row in table]
    for cells in (lines, reported):
        assert {cell["dimension"] for cell in cells} >= set(DIMENSIONS)
        for dimension in (*DIMENSIONS, "all"):
            attack([cell for cell in cells if cell["dimension"] == dimension], dimension, people)


def attack(cells: list[dict[str, Any]], dimension: str, people: list[People]) -> None:
    """Subtract what is shown from the total, and fail if too few people remain."""
    total = next(cell for cell in cells if cell["grouping"] == "all")
    check_shown(total, count(people, dimension))
    for grouping in ("sex", "ethnic_group"):
        row = [cell for cell in cells if cell["grouping"] == grouping]
        shown = [cell for cell in row if is_shown(cell)]
        for cell in shown:
            check_shown(cell, count(people, dimension, grouping, cell.get("group_value") or ""))
        if not shown:
            continue
        assert is_shown(total), "groups of a hidden total would add up to it"
        rest, yes = count(people, dimension)
        for cell in shown:
            known, known_yes = count(people, dimension, grouping, cell.get("group_value") or "")
            rest, yes = rest - known, yes - known_yes
        if rest:
            assert not is_too_few(rest, yes), f"{grouping}: {rest} people, {yes} of them with a yes"
            assert 0 < yes < rest, "all who are hidden answered alike"


def count(people: list[People], dimension: str, grouping: str = "", value: str = "") -> tuple[int, int]:
    """Count the sheets of a group, and those with a yes, from what the test itself put in."""
    sheets = yes = 0
    for number, values in people:
        named = {"co_tu": "Cơ Tu", "kinh": "Kinh", "mnong": "Mnông"}.get(values.get(grouping, ""), values.get(grouping))
        if grouping and (named or "") != value:
            continue
        sheets += number
        asked = DIMENSIONS if dimension == "all" else (dimension,)
        yes += number if all(values.get(each, "yes") == "yes" for each in asked) else 0
    return sheets, yes


def is_shown(cell: dict[str, Any]) -> bool:
    return cell["suppressed"] not in (True, "true")


def check_shown(cell: dict[str, Any], truth: tuple[int, int]) -> None:
    """Fail if a cell is shown that is about too few people, or if a hidden one still says something."""
    if is_shown(cell):
        assert not is_too_few(*truth), cell
        if truth[0] < 30 and truth[1] in (0, truth[0]):
            assert cell.get("edge"), cell
            assert all(cell.get(name) in (None, "") for name in ("yes", "share", "low", "high", "answered_no")), cell
        return
    spoken = set(list_spoken(cell))
    assert not spoken, f"a hidden cell still says {spoken}"


def list_spoken(cell: dict[str, Any]) -> Iterator[str]:
    for name in ("asked", "sheets", "yes", "answered_no", "dont_know", "refused", "blank", "share", "low", "high",
                 "answered_share", "certain_low", "certain_high", "edge", "verdict", "further"):  # fmt: skip
        if cell.get(name) not in (None, ""):
            yield name


def is_too_few(people: int, yes: int) -> bool:
    """Section 9 of the statistics, outside the village, in words of this test's own."""
    return people < 10 or (people < 30 and bool({yes, people - yes} & {1, 2}))


def test_two_looks_at_an_open_round_differ_by_a_whole_batch_and_show_no_group(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    client = log_in(app.test_client(), "head")
    seen = set()
    for place in range(75):
        answer(app, village, made, sex="female" if place % 9 else "male", know="no" if place % 2 else "yes")
        page = client.get(f"/rounds/{made}/results").text
        assert "Theo giới tính" not in page
        assert "Theo dân tộc" not in page
        seen.add(len(rows_of(app, "answer_sheet")))
    assert seen == {0, 20, 40}


def test_an_officer_sees_nothing_of_an_open_round(app: Flask, village: Village) -> None:
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=60, know="no")
    services_of(app).accounts.add("officer", "officer", "officer", "mat khau dai lam")
    page = log_in(app.test_client(), "officer").get(f"/rounds/{made}/results").text
    assert "interval-plot" not in page
    assert "<td" not in page
