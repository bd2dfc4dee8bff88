"""What is printed for a round: lists that name no sheet, sheets that name no household, each on one page."""

import json
import re
from pathlib import Path

import pytest
from answer_scenes import answer, rows_of
from commands.runs import run_command
from documents.rendered import read_pages, read_text
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from round_scenes import add_households, draw, plan_round

from collector import documents
from collector.answers.sheets import hash_withdrawal_code
from collector.answers.urn import BATCH, withdraw
from collector.documents.content import BlankSheets
from collector.documents.errors import InvalidQrText
from collector.documents.qr import make_sheet_text, parse_sheet_text
from collector.query import get_record
from collector.rounds.closing import close_round
from collector.rounds.draw import choose_adult
from collector.rounds.errors import RoundNotPrintable, TooManyForms
from collector.rounds.lists import make_blank_sheets, make_visit_list
from collector.rounds.papers import MOST_SHEETS, find_paper_code, next_number
from collector.rounds.questionnaires import take_questionnaire

TITLE = "Khảo sát người dân tham gia đường bê tông từ trung tâm thôn vào khu sản xuất phía sau đồi, đợt thứ nhất"
BOTH = ("supervise", "benefit")
OPTIONAL = {"participation_household": BOTH, "participation_adult": BOTH, "policy": ()}


def open_round(app: Flask, village: Village, code: str = "participation_household", **changes: object) -> str:
    """Prepare and draw a round of 20 households with a questionnaire that comes with the program."""
    with services_of(app).database.recording() as recorder:
        taken = take_questionnaire(recorder, village.unit, f"built-in:{code}", OPTIONAL[code])
    add_households(app, village.unit, 68)
    made = plan_round(app, village, **{**taken, "title": TITLE, "keep_until": "2028-03-31", **changes})
    draw(app, made)
    return made


def print_sheets(app: Flask, round_id: str, count: int = 2) -> BlankSheets:
    with services_of(app).database.recording() as recorder:
        return make_blank_sheets(recorder, round_id, count)


@pytest.mark.parametrize("code", OPTIONAL)
def test_every_sheet_fits_on_one_page(app: Flask, village: Village, code: str) -> None:
    paper = print_sheets(app, open_round(app, village, code))
    pages = read_pages(documents.render_pdf("blank_sheets", paper, draft=False))
    assert len(pages) == 2
    for sheet, page in zip(paper.sheets, pages, strict=True):
        assert f"Số phiếu {sheet.number} " in page
        assert f"Mã rút lại: {sheet.withdrawal_code}" in page
        assert "Không muốn trả lời" in page.replace("\n", " ")
        assert "Ông (bà) là người dân tộc nào? (chỉ khi câu" in page
        assert "Hộ Mẫu" not in page


def test_the_questions_of_a_sheet_are_those_of_the_round(app: Flask, village: Village) -> None:
    round_id = open_round(app, village, dimensions="know,discuss,do,inspect")
    questions = print_sheets(app, round_id).questions
    assert [question.form for question in questions[:4]] == ["answer"] * 4
    assert [question.number for question in questions] == list(range(1, len(questions) + 1))
    words = " ".join(question.text for question in questions)
    assert "được biết" in words
    assert "giám sát" not in words
    assert "thụ hưởng" not in words
    assert [(choice.digit, choice.words) for choice in questions[0].choices] == [
        ("1", "Có"), ("2", "Không"), ("3", "Không nhớ rõ"), ("4", "Không muốn trả lời"),
    ]  # fmt: skip
    assert questions[-1].condition == f"chỉ khi câu {questions[-2].number} là “Đồng ý”"


@pytest.mark.in_file
def test_no_number_is_printed_twice_and_only_hashes_are_kept(app: Flask, village: Village) -> None:
    round_id = open_round(app, village)
    first, second = print_sheets(app, round_id, 12), print_sheets(app, round_id, 3)
    assert sorted(sheet.number for sheet in first.sheets) == list(range(1, 13))
    assert sorted(sheet.number for sheet in second.sheets) == [13, 14, 15]
    sheet = first.sheets[0]
    with services_of(app).database.reading() as connection:
        assert find_paper_code(connection, round_id, sheet.number) == hash_withdrawal_code(sheet.withdrawal_code)
        assert find_paper_code(connection, round_id, 16) is None
    data = services_of(app).folder.database.read_bytes()
    wal = Path(f"{services_of(app).folder.database}-wal")
    assert sheet.withdrawal_code.encode() not in data + (wal.read_bytes() if wal.exists() else b"")


def test_sheets_come_out_in_another_order_than_their_numbers(app: Flask, village: Village) -> None:
    numbers = [sheet.number for sheet in print_sheets(app, open_round(app, village), 40).sheets]
    assert numbers != sorted(numbers)


def test_a_number_that_was_entered_without_being_printed_is_not_printed(app: Flask, village: Village) -> None:
    round_id = open_round(app, village)
    answer(app, village, round_id, paper_number=7)
    with services_of(app).database.reading() as connection:
        assert next_number(connection, round_id) == 8


def test_the_number_is_forgotten_when_the_sheet_leaves_the_urn(app: Flask, village: Village) -> None:
    round_id = open_round(app, village)
    paper = print_sheets(app, round_id, 2 * BATCH)
    hashes = {sheet.number: hash_withdrawal_code(sheet.withdrawal_code) for sheet in paper.sheets}
    for number, hashed in hashes.items():
        answer(app, village, round_id, paper_number=number, withdrawal_hash=hashed)
    left = {row["withdrawal_hash"] for row in rows_of(app, "answer_sheet")}
    assert len(left) == BATCH
    with services_of(app).database.reading() as connection:
        known = {number: find_paper_code(connection, round_id, number) for number in hashes}
    assert {number for number, hashed in known.items() if hashed} == {n for n, h in hashes.items() if h not in left}
    with services_of(app).database.recording() as recorder:
        close_round(recorder, round_id)
    with services_of(app).database.reading() as connection:
        assert connection.value("SELECT count(*) FROM paper_code WHERE withdrawal_hash IS NOT NULL") == 0
        assert next_number(connection, round_id) == 2 * BATCH + 1


def test_sheets_are_printed_while_people_are_asked_and_not_too_many(app: Flask, village: Village) -> None:
    round_id = open_round(app, village)
    for count in (0, MOST_SHEETS + 1):
        with pytest.raises(TooManyForms):
            print_sheets(app, round_id, count)
    with services_of(app).database.recording() as recorder:
        close_round(recorder, round_id)
    with pytest.raises(RoundNotPrintable):
        print_sheets(app, round_id)


def test_the_list_says_whom_to_visit_and_which_adult_to_ask(app: Flask, village: Village) -> None:
    round_id = open_round(app, village, "participation_adult", counted="adults")
    with services_of(app).database.reading() as connection:
        paper = make_visit_list(connection, get_record(connection, "round", round_id))
    rows = {row["household"]: row for row in rows_of(app, "drawn_household") if not row["reserve"]}
    numbers = {str(row["number"]): row["id"] for row in rows_of(app, "household")}
    assert len(paper.rows) == 20
    for row in paper.rows:
        drawn = rows[numbers[row.household_number]]["adult_draw"]
        assert row.adult_places == tuple(choose_adult(drawn, adults) for adults in range(2, 13))
    assert [row.household_number for row in paper.rows] != sorted(row.household_number for row in paper.rows)
    text = read_text(documents.render_pdf("visits", paper, draft=False))
    assert "DANH SÁCH HỘ CẦN HỎI" in text
    assert "hỏi người đứng thứ ghi trong ô" in text
    assert all(row.head_name in text for row in paper.rows)


def test_a_list_of_households_has_no_column_for_adults(app: Flask, village: Village) -> None:
    round_id = open_round(app, village)
    with services_of(app).database.reading() as connection:
        paper = make_visit_list(connection, get_record(connection, "round", round_id))
    assert all(row.adult_places == () for row in paper.rows)
    assert "hỏi người đứng thứ" not in read_text(documents.render_pdf("visits", paper, draft=False))


def test_list_and_sheets_are_given_as_pdf_or_as_pages(
    app: Flask, client: FlaskClient, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"/rounds/{open_round(app, village)}"
    log_in(client)
    listed = client.get(f"{where}/list.pdf")
    assert (listed.status_code, listed.mimetype) == (200, "application/pdf")
    assert "DANH SÁCH HỘ CẦN HỎI" in client.get(f"{where}/list.html").text
    sheets = client.post(f"{where}/sheets", data={"count": "1"})
    assert (sheets.status_code, sheets.mimetype) == (200, "application/pdf")
    for count in ("", "x", "0", str(MOST_SHEETS + 1), "9" * 30):
        assert client.post(f"{where}/sheets", data={"count": count}).status_code == 422
    assert len(rows_of_paper_codes(app)) == 1

    def unavailable(*_: object, **__: object) -> bytes:
        raise documents.PdfUnavailable("none")

    monkeypatch.setattr("collector.rounds.printing.render_pdf", unavailable)
    assert client.get(f"{where}/list.pdf").status_code == 503
    page = client.post(f"{where}/sheets", data={"count": "1"})
    assert "PHIẾU TRẢ LỜI" in page.text


def rows_of_paper_codes(app: Flask) -> list[object]:
    with services_of(app).database.reading() as connection:
        return list(connection.rows("SELECT * FROM paper_code"))


def test_the_code_of_a_sheet_names_round_and_number() -> None:
    round_id = "01900000-0000-7000-8000-000000000001"
    assert parse_sheet_text(make_sheet_text(round_id, 14)) == (round_id, 14)
    for text in ("COLLECTORSHEET1:x:1", f"COLLECTORSHEET1:{round_id}:0", f"COLLECTOR1:{round_id}:1", ""):
        with pytest.raises(InvalidQrText):
            parse_sheet_text(text)


def test_the_command_writes_sheets_and_says_which(app: Flask, village: Village, tmp_path: Path) -> None:
    round_id = open_round(app, village)
    folder = services_of(app).folder.root
    target = tmp_path / "sheets.pdf"
    result = run_command("form", round_id, "-o", target, "--count", "3", "--data", folder, "--format", "json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["first"], said["last"]) == (1, 3)
    assert len(read_pages(target.read_bytes())) == 3
    refused = run_command("form", round_id, "-o", target, "--count", "9999", "--data", folder)
    assert refused.exit_code == 1
    assert str(MOST_SHEETS) in refused.stderr
    assert run_command("form", "x", "-o", target, "--data", folder).exit_code == 1


def test_a_paper_takes_its_withdrawal_code_along_when_it_is_entered(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    round_id = open_round(app, village, dimensions="know,discuss,do,inspect")
    [sheet] = print_sheets(app, round_id, 1).sheets
    page = log_in(client).get(f"/rounds/{round_id}/papers").text
    names = sorted(set(re.findall(r'name="(q\d+)"', page)))
    numbers = re.findall(r'<span class="number">(\d+)\.</span>', page)
    assert numbers == [str(question.number) for question in print_sheets(app, round_id, 1).questions]
    sent = dict.fromkeys(names, "(blank)") | {"number": str(sheet.number), "village": village.unit}
    assert client.post(f"/rounds/{round_id}/papers", data=sent).status_code == 303
    with services_of(app).database.recording() as recorder:
        assert withdraw(recorder, sheet.withdrawal_code) == round_id
