"""Single answers as files: complete, explained, harmless in a spreadsheet, noted, and taken over again as they were."""

import csv
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from answer_scenes import answer, close_survey, hand_over, make_survey, rows_of
from commands.runs import run_command
from factories import Village, log_in, services_of
from flask import Flask
from openpyxl import load_workbook

from collector.answers import exporting
from collector.answers.urn import count_waiting
from collector.exchange.tables import write_csv

COLUMNS = ("know", "discuss", "do", "inspect", "supervise", "benefit", "sex", "age_band", "ethnic_consent",
           "ethnic_group")  # fmt: skip


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """A closed round of three sheets."""
    made = make_survey(app, village)
    for know in ("yes", "no", "refused"):
        resident = hand_over(app, made)
        resident.consent()
        resident.answer_all(know=know, ethnic_group="co_tu")
        resident.press("send")
    close_survey(app, made)
    return made


def data_of(app: Flask) -> Path:
    return services_of(app).folder.root


def read_csv(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def export(app: Flask, target: Path, *more: str) -> list[Path]:
    result = run_command("export", "answers", "--data", data_of(app), "--format", "csv", "-o", target, *more)
    assert result.exit_code == 0, result.output
    return sorted(target.glob("*.csv"))


def test_answers_come_as_csv_with_their_dictionary(app: Flask, survey: str, tmp_path: Path) -> None:
    answers, dictionary = export(app, tmp_path / "out", "--round", survey)
    raw = answers.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "a mark for Excel"
    rows = read_csv(raw)
    assert sorted(row["know"] for row in rows) == ["no", "refused", "yes"]
    assert sorted(row["dimension_know"] for row in rows) == ["no", "refused", "yes"]
    assert {row["village"] for row in rows} == {"Thôn A Rớt"}
    assert set(COLUMNS) <= set(rows[0])
    assert [row["sheet_id"] for row in rows] == sorted(row["sheet_id"] for row in rows)
    assert "withdrawal_hash" not in rows[0]
    explained = {row["column"]: row for row in read_csv(dictionary.read_bytes())}
    assert set(rows[0]) == set(explained)
    assert "biết về dự án" in explained["know"]["label_vi"]
    assert "project" in explained["know"]["label_en"]
    assert "yes = Có" in explained["know"]["choices_vi"]
    assert "yes = Yes" in explained["know"]["choices_en"]
    assert explained["know"]["measures"] == "know"


def test_answers_come_as_one_workbook(app: Flask, survey: str, tmp_path: Path) -> None:
    target = tmp_path / "answers.xlsx"
    result = run_command("export", "answers", "--data", data_of(app), "--format", "xlsx", "-o", target)
    assert result.exit_code == 0, result.output
    book = load_workbook(target, read_only=True)
    answers, dictionary = book.sheetnames
    assert len(list(book[answers].iter_rows())) == 4
    assert dictionary.startswith("dict ")
    book.close()


def test_answers_come_as_lines_with_a_dictionary_beside(app: Flask, survey: str, tmp_path: Path) -> None:
    printed = run_command("export", "answers", "--data", data_of(app), "--round", survey)
    lines = [json.loads(line) for line in printed.stdout.splitlines()]
    assert sorted(line["answers"]["/data/know"] for line in lines) == ["no", "refused", "yes"]
    target = tmp_path / "answers.ndjson"
    run_command("export", "answers", "--data", data_of(app), "-o", target)
    assert (tmp_path / "answers-dictionary.ndjson").read_text(encoding="utf-8").count('"column"') > len(COLUMNS)


def test_every_export_of_answers_is_noted(app: Flask, survey: str, tmp_path: Path) -> None:
    export(app, tmp_path / "out", "--round", survey)
    log_in(app.test_client(), "head").post(f"/rounds/{survey}/answers", data={"shape": "xlsx"}).close()
    noted = [json.loads(line) for line in (data_of(app) / "exports.ndjson").read_text().splitlines()]
    assert [(entry["what"], entry["format"], entry["sheets"]) for entry in noted] == [
        ("answers", "csv", 3), ("answers", "xlsx", 3),
    ]  # fmt: skip
    assert "know" not in json.dumps(noted)


@pytest.mark.parametrize("shape", ["csv", "xlsx", "ndjson"])
def test_the_page_gives_the_files_to_keepers_alone(app: Flask, survey: str, shape: str) -> None:
    where = f"/rounds/{survey}/answers"
    assert log_in(app.test_client(), "member").get(where).status_code == 403
    head = log_in(app.test_client(), "head")
    assert ">3<" in head.get(where).text
    with head.post(where, data={"shape": shape}) as sent:
        assert sent.headers["Content-Disposition"].startswith("attachment")
        data = sent.data
    if shape == "csv":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert len(archive.namelist()) == 2
            assert len(read_csv(archive.read(archive.namelist()[0]))) == 3
    assert head.post(where, data={"shape": "pdf"}).status_code == 422


def test_sheets_that_are_not_mixed_yet_are_in_no_file(app: Flask, village: Village, tmp_path: Path) -> None:
    survey = make_survey(app, village)
    answer(app, village, survey, count=5)
    assert read_csv(export(app, tmp_path / "out", "--round", survey)[0].read_bytes()) == []
    page = log_in(app.test_client(), "head").get(f"/rounds/{survey}/answers").text
    assert "chưa trộn" in page


def test_formulas_are_defused_and_what_no_column_holds_is_kept(
    app: Flask, village: Village, tmp_path: Path
) -> None:
    survey = make_survey(app, village)
    said = {"/data/know": "=HYPERLINK(1)", "/data/children[2]/name": "B"}
    answer(app, village, survey, count=1, answers=json.dumps(said))
    close_survey(app, survey)
    row = read_csv(export(app, tmp_path / "out", "--round", survey)[0].read_bytes())[0]
    assert row["know"] == "'=HYPERLINK(1)"
    assert json.loads(row["other_answers"]) == {"/data/children[2]/name": "B"}


def test_versions_never_mix(app: Flask, village: Village, tmp_path: Path) -> None:
    for code in ("participation_household", "policy"):
        survey = make_survey(app, village, code)
        answer(app, village, survey, count=2)
        close_survey(app, survey)
    files = export(app, tmp_path / "out")
    assert len(files) == 4
    assert len(export(app, tmp_path / "one", "--round", survey)) == 2


def test_only_a_village_has_single_answers(app: Flask, survey: str) -> None:
    services_of(app).folder.write_settings(role="commune")
    refused = run_command("export", "answers", "--data", data_of(app))
    assert refused.exit_code == 1
    assert "stay on the computer of the village" in refused.output
    assert log_in(app.test_client(), "head").get(f"/rounds/{survey}/answers").status_code == 409


def test_memory_stays_flat_however_many_sheets_there_are(app: Flask, village: Village, tmp_path: Path) -> None:
    survey = make_survey(app, village)
    answer(app, village, survey, count=20, answers=json.dumps({"/data/know": "yes" * 300}))
    close_survey(app, survey)

    def peak(times: int) -> int:
        with services_of(app).database.reading() as connection:
            tracemalloc.start()
            many = exporting.list_tables(connection, str, survey, lambda rows: _repeat(rows, times))
            write_csv(many, tmp_path / str(times))
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(1)
    assert peak(200) < 2 * peak(5) + 200_000


def _repeat(rows: Any, times: int) -> Any:
    for row in rows:
        for _ in range(times):
            yield row


def take_over(app: Flask, survey: str, text: str, *more: str) -> Any:
    return run_command(
        "import", "answers", "-", "--round", survey, "--data", data_of(app), "--format", "json", *more, stdin=text
    )


def waiting(app: Flask, survey: str) -> int:
    with services_of(app).database.reading() as connection:
        return count_waiting(connection, survey)


def test_exported_answers_are_taken_over_once(app: Flask, village: Village, survey: str, tmp_path: Path) -> None:
    text = export(app, tmp_path / "out", "--round", survey)[0].read_text(encoding="utf-8-sig")
    fresh = make_survey(app, village)
    first, again = take_over(app, fresh, text), take_over(app, fresh, text)
    assert (first.exit_code, json.loads(first.stdout)["added"]) == (0, 3)
    assert json.loads(again.stdout) | {"refused": []} == {"added": 0, "changed": 0, "unchanged": 3, "refused": []}
    assert waiting(app, fresh) == 3
    close_survey(app, fresh)
    before = {row["know"]: row["answers"] for row in rows_of(app, "answer_sheet", round=survey)}
    after = {row["know"]: row["answers"] for row in rows_of(app, "answer_sheet", round=fresh)}
    assert before == after


def test_foreign_answers_are_asked_question_by_question(app: Flask, village: Village) -> None:
    survey = make_survey(app, village)
    text = "know;discuss;sex;ethnic_consent;ethnic_group\nyes;no;female;no;co_tu\n;dont_know;male;yes;\n"
    assert take_over(app, survey, text).exit_code == 0
    close_survey(app, survey)
    by_sex = {row["sex"]: row for row in rows_of(app, "answer_sheet", round=survey)}
    assert by_sex["female"]["know"] == "yes"
    assert by_sex["female"]["ethnic_group"] is None, "not asked for without consent"
    assert by_sex["male"]["know"] == "blank"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("know\nyes\nperhaps\n", "know"),
        ("know,village\nyes,Thôn Khác\n", "Thôn Khác"),
        ("know,day\nyes,2999-01-01\n", "2999-01-01"),
        ("know,day\nyes,hôm qua\n", "hôm qua"),
        ("know,weather\nyes,rain\n", "weather"),
        ("know,know\nyes,no\n", "know"),
        ("day\n2026-01-01\n", "know"),
        ("", "know"),
    ],
)
def test_what_is_wrong_is_refused_as_a_whole_with_its_reason(
    app: Flask, village: Village, text: str, said: str
) -> None:
    survey = make_survey(app, village)
    refused = take_over(app, survey, text)
    assert refused.exit_code == 1
    assert said in refused.output
    assert "Traceback" not in refused.output
    assert waiting(app, survey) == 0


def test_answers_need_a_round_and_nothing_else_takes_one(app: Flask, survey: str) -> None:
    assert run_command("import", "answers", "-", "--data", data_of(app), stdin="know\nyes\n").exit_code == 2
    assert run_command("import", "records", "-", "--round", survey, "--data", data_of(app), stdin="").exit_code == 2
    closed = take_over(app, survey, "know\nyes\n")
    assert closed.exit_code == 1
