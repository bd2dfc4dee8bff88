"""Records and the dictionary for spreadsheets, and the journal of what left."""

import csv
import json
from pathlib import Path

import pytest
from commands.runs import copy_demo, export_records, import_lines, run_command
from openpyxl import load_workbook

from collector.exchange.journal import JOURNAL
from collector.exchange.tables import MAX_CELL_CHARACTERS, Table, write_cell, write_workbook
from collector.folder import DataFolder
from collector.registry import KINDS


@pytest.fixture
def demo(tmp_path: Path) -> DataFolder:
    return copy_demo(tmp_path / "demo")


def write(demo: DataFolder, shape: str, target: Path, what: str = "records") -> None:
    result = run_command("export", what, "--format", shape, "-o", target, "--data", demo.root)
    assert result.exit_code == 0, result.output


def test_csv_has_a_byte_order_mark_and_one_file_per_kind(demo: DataFolder, tmp_path: Path) -> None:
    write(demo, "csv", tmp_path / "out")
    assert (tmp_path / "out" / "household.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    kinds = {json.loads(line)["kind"] for line in export_records(demo.root).splitlines()}
    assert {path.stem for path in (tmp_path / "out").iterdir()} == kinds
    with (tmp_path / "out" / "household.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 68


@pytest.mark.parametrize("text", ["=1+1", "+84 90", "-5", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert write_cell(text) == f"'{text}"


def test_numbers_truths_and_nothing_stay_what_they_are() -> None:
    assert [write_cell(value) for value in (-5, True, False, None, "a=b")] == [-5, "true", "false", None, "a=b"]


def test_formula_in_a_record_is_harmless_in_both_formats(demo: DataFolder, tmp_path: Path) -> None:
    import_lines(demo.root, '{"kind":"household","number":99,"head_name":"=HYPERLINK(\\"http://x\\")"}')
    write(demo, "csv", tmp_path / "out")
    assert "\"'=HYPERLINK" in (tmp_path / "out" / "household.csv").read_text(encoding="utf-8-sig")
    write(demo, "xlsx", tmp_path / "out.xlsx")
    sheet = load_workbook(tmp_path / "out.xlsx")["household"]
    cell = next(row[4] for row in sheet.iter_rows() if row[3].value == 99)
    assert (cell.data_type, cell.value) == ("s", '\'=HYPERLINK("http://x")')


def test_workbook_has_a_sheet_per_kind_with_its_fields(demo: DataFolder, tmp_path: Path) -> None:
    write(demo, "xlsx", tmp_path / "out.xlsx")
    book = load_workbook(tmp_path / "out.xlsx", read_only=True)
    rows = list(book["household"].iter_rows(values_only=True))
    assert rows[0][:5] == ("id", "unit", "unit_code", "number", "head_name")
    assert len(rows) == 69


def test_text_longer_than_a_cell_says_that_it_was_cut(tmp_path: Path) -> None:
    long = "x" * (MAX_CELL_CHARACTERS + 1)
    write_workbook([Table("t", ("a",), [{"a": long}, {"a": "bad \x07 bell"}])], tmp_path / "x.xlsx")
    values = [row[0].value for row in load_workbook(tmp_path / "x.xlsx")["t"].iter_rows()]
    assert values[1].endswith(f"[{len(long)}]")
    assert values[2] == "bad  bell"


def test_dictionary_describes_every_field_of_every_kind() -> None:
    result = run_command("export", "dictionary")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(row["kind"], row["field"]) for row in rows} == {
        (kind.name, field.name) for kind in KINDS.values() for field in kind.fields
    }
    sex = next(row for row in rows if (row["kind"], row["field"]) == ("household", "head_sex"))
    assert sex["privacy"] == "personal"
    assert sex["choices"][0] == {"code": "female", "words": "Female"}


def test_dictionary_comes_as_tables_too(demo: DataFolder, tmp_path: Path) -> None:
    write(demo, "csv", tmp_path / "out", "dictionary")
    write(demo, "xlsx", tmp_path / "out.xlsx", "dictionary")
    text = (tmp_path / "out" / "dictionary.csv").read_text(encoding="utf-8-sig")
    assert "female = Female; male = Male" in text


def test_every_export_of_records_is_noted_without_their_content(demo: DataFolder, tmp_path: Path) -> None:
    export_records(demo.root)
    write(demo, "csv", tmp_path / "out")
    noted = [json.loads(line) for line in (demo.root / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert [(each["what"], each["format"]) for each in noted] == [("records", "ndjson"), ("records", "csv")]


def test_table_that_cannot_be_written_is_refused_and_leaves_nothing(demo: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    result = run_command("export", "records", "--format", "csv", "-o", tmp_path / "out", "--data", demo.root)
    assert result.exit_code == 1
    assert "cannot be read or written" in result.stderr
