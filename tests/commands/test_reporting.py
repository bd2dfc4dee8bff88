"""`collector report`: the results of closed rounds as files, with what is suppressed absent, noted in the journal."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from answer_scenes import answer, make_round
from factories import Village, services_of
from flask import Flask
from openpyxl import load_workbook

from collector.clock import today
from collector.law.periods import reporting_period
from collector.rounds.closing import close_round
from commands.runs import run_command

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"


@pytest.fixture
def closed(app: Flask, village: Village) -> str:
    """A closed round of 60 sheets, eight of them by men; another one is open."""
    made = make_round(app, village, QUESTIONNAIRE)
    answer(app, village, made, count=52, sex="female", ethnic_group="Cơ Tu")
    answer(app, village, made, count=8, sex="male", know="no", ethnic_group="=1+1")
    with services_of(app).database.recording(author=village.head) as recorder:
        close_round(recorder, made)
    return made


def report(app: Flask, *args: Any) -> Any:
    return run_command("report", *args, "--data", services_of(app).folder.root)


def test_json_holds_figures_sentences_and_no_suppressed_value(app: Flask, closed: str) -> None:
    found = json.loads(report(app, closed).stdout)["rounds"]
    assert [each["id"] for each in found] == [closed]
    total, *groups = found[0]["groups"]
    know = next(cell for cell in total["cells"] if cell["dimension"] == "know")
    assert (know["yes"], know["sheets"], know["verdict"]) == (52, 60, "not_met")
    assert know["sentence"].startswith("Of 68 households, 52 answered yes and 8 were not asked")
    assert {group["grouping"] for group in groups} == {"sex", "ethnic_group"}
    cells = [cell for group in groups for cell in group["cells"]]
    assert cells
    assert all(set(cell) == {"dimension", "suppressed"} for cell in cells if cell["suppressed"])
    assert any(cell["suppressed"] for cell in cells)


def test_csv_opens_in_a_spreadsheet_and_leaves_hidden_cells_empty(app: Flask, closed: str, tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    assert report(app, closed, "--format", "csv", "-o", target).exit_code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    hidden = [row for row in rows if row["suppressed"] == "true"]
    assert hidden
    assert all(row[name] == "" for row in hidden for name in ("asked", "sheets", "yes", "share", "low", "population"))
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_a_workbook_holds_numbers(app: Flask, closed: str, tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    assert report(app, closed, "--format", "xlsx", "-o", target).exit_code == 0
    header, *rows = load_workbook(target).active.iter_rows(values_only=True)
    shares = [row[header.index("share")] for row in rows if row[header.index("share")] is not None]
    assert shares
    assert all(isinstance(share, float | int) for share in shares)


def test_a_period_takes_every_round_closed_in_it(app: Flask, village: Village, closed: str, tmp_path: Path) -> None:
    found = json.loads(report(app, "--period", reporting_period(today()).label).stdout)
    assert [each["id"] for each in found["rounds"]] == [closed]
    target = tmp_path / "report.pdf"
    assert report(app, "--period", found["period"], "--format", "pdf", "-o", target).exit_code == 0
    assert target.read_bytes().startswith(b"%PDF-")


def test_what_cannot_be_reported_is_refused_with_advice(app: Flask, village: Village, closed: str) -> None:
    opened = make_round(app, village, QUESTIONNAIRE)
    for args, status, words in (
        ((opened,), 1, "Please close the round first"),
        (("--period", "1999"), 1, "No round was closed in this period: 1999"),
        (("--period", "spring"), 1, "There is no such period: spring"),
        (("01900000-0000-7000-8000-00000000dead",), 1, "This is not here"),
        ((), 2, "Please name either a round or a --period."),
        ((closed, "--format", "pdf"), 2, "Please name a file with -o."),
    ):
        result = report(app, *args)
        assert result.exit_code == status, args
        assert words in result.output, args


def test_every_report_is_noted(app: Flask, closed: str) -> None:
    report(app, closed)
    lines = (services_of(app).folder.root / "exports.ndjson").read_text(encoding="utf-8").splitlines()
    noted = json.loads(lines[-1])
    assert (noted["what"], noted["format"], noted["rounds"]) == ("report", "json", [closed])
