"""Hostile and mistaken workbooks are refused with our own errors, soon, and in plain words."""

import io
import re
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError

from collector import clock
from collector.errors import CollectorError
from collector.questionnaires.converting import convert_workbook
from collector.questionnaires.errors import WorkbookRefused
from collector.questionnaires.wording import explain_refusal
from collector.questionnaires.workbooks import MAX_ROWS, read_sheets
from questionnaires.workbooks import YES_NO, make_sheets, make_workbook
from questionnaires.xforms import ask

ASK = {"type": "text", "name": "a", "label": "A"}


def rewrite(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Change one part of a workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.namelist():
            part = source.read(each)
            target.writestr(each, change(part) if each == name else part)
    return made.getvalue()


def make_bomb() -> bytes:
    """Make a small file that unzips to 200 MB."""
    return rewrite(make_workbook([ASK]), "xl/worksheets/sheet1.xml", lambda _: b" " * 200_000_000)


def make_entities() -> bytes:
    """Make a workbook whose sheet expands entities."""
    dtd = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return rewrite(make_workbook([ASK]), "xl/worksheets/sheet1.xml", lambda part: dtd + part)


def make_formula() -> bytes:
    """Make a workbook in which a cell is worked out, without a value beside it."""
    return make_workbook([ASK, {"type": "text", "name": "b", "label": "=CONCATENATE(1,2)"}])


def make_long() -> bytes:
    """Make a workbook of 100,000 rows."""
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>text</t></is></c></row>'
    rows = b"".join(row % (number, number) for number in range(1, 100_001))
    return rewrite(
        make_workbook([ASK]),
        "xl/worksheets/sheet1.xml",
        lambda part: re.sub(
            rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", part, flags=re.DOTALL
        ),
    )


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "not_a_workbook"),
    ("a text", lambda: b"type,name,label\ntext,a,A\n", "not_a_workbook"),
    ("an old Excel file", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_000, "old_excel"),
    ("rubbish in a zip's clothes", lambda: b"PK\x03\x04" + bytes(range(256)) * 8, "damaged"),
    ("another zip", lambda: rewrite(make_workbook([ASK]), "xl/workbook.xml", lambda _: b"<x/>"), "no_survey"),
    ("a zip bomb", make_bomb, "too_large"),
    ("too many bytes", lambda: b"PK\x03\x04" + b"\0" * (6 * 1024**2), "too_large"),
    ("entities", make_entities, "damaged"),
    ("a formula", make_formula, "formula"),
    ("100,000 rows", make_long, "too_many_rows"),
    ("no sheet survey", lambda: make_sheets({"choices": YES_NO}), "no_survey"),
    ("an empty sheet", lambda: make_sheets({"survey": []}), "no_survey"),
    ("no names of columns", lambda: make_sheets({"survey": [{"a": "b"}]}), "columns_missing"),
    ("half a file", lambda: make_workbook([ASK])[:-600], "damaged"),
]


@pytest.mark.parametrize(("make", "reason"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_it_is_refused_soon_and_in_words(make: Callable[[], bytes], reason: str) -> None:
    data = make()
    began = time.monotonic()
    with pytest.raises(WorkbookRefused) as refused:
        convert_workbook(data, "x.xlsx", clock.now())
    assert time.monotonic() - began < 60
    assert refused.value.context["reason"] == reason
    sentence = explain_refusal(refused.value, lambda words, **values: words % values if values else words)
    assert sentence
    assert "%(" not in sentence


def test_a_formula_is_named_by_sheet_row_and_column() -> None:
    with pytest.raises(WorkbookRefused) as refused:
        read_sheets(make_formula())
    assert {name: refused.value.context[name] for name in ("sheet", "row", "column")} == {
        "sheet": "survey",
        "row": 3,
        "column": "label",
    }


def test_as_many_rows_as_allowed_are_read() -> None:
    rows = [{"list_name": "l", "name": str(number), "label": "A"} for number in range(MAX_ROWS - 1)]
    assert len(read_sheets(make_workbook([ASK], rows)).rows["choices"]) == MAX_ROWS - 1


@pytest.mark.parametrize(
    ("rows", "path", "row"),
    [
        ([ASK, {"type": "begin group", "name": "g", "label": "G"}, {**ASK, "name": "b"}], "/data/g/b", 4),
        ([{"type": "begin_group", "name": "g"}, {"type": "end_group"}, ASK], "/data/a", 4),
        ([{"type": "select_one l or_other", "name": "s", "label": "S"}], "/data/s_other", 2),
    ],
)
def test_a_question_is_found_in_its_row(rows: list[dict[str, str]], path: str, row: int) -> None:
    found = read_sheets(make_workbook(rows)).find_place(path)
    assert found is not None
    assert (found.sheet, found.row) == ("survey", row)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ({"relevant": "pulldata('x', 'a', 'b', 'c') = 1"}, "relevant", "“pulldata”"),
        ({"constraint": "(1 = 1"}, "constraint", "(1 = 1"),
        ({"constraint": "regex(., '(a)\\1')"}, "", "(a)\\1"),
        ({"calculation": "date('soon')", "type": "calculate"}, "", "“soon”"),
    ],
)
def test_logic_that_pages_cannot_do_is_named_by_row_and_column(row: dict[str, str], column: str, said: str) -> None:
    from collector.questionnaires.wording import say_obstacles

    converted = convert_workbook(make_workbook([{**ASK, "name": "z"}, {**ASK, **row}]), "x.xlsx", clock.now())
    places = [place for _, place in converted.obstacles if place is not None]
    assert column in {place.column for place in places} or not column
    sentences = say_obstacles(converted.obstacles, lambda words, **values: words % values if values else words)
    assert said in sentences


def test_a_form_without_name_or_version_gets_them_from_the_file() -> None:
    data = make_workbook([ASK], form_id=None, version=None, form_title=None)
    form = convert_workbook(data, "C:\\Phiếu hỏi (2).xlsx", clock.now()).form
    assert form.form_id == "phieu_hoi_2"
    assert form.version.startswith("sha-")
    assert form.version == convert_workbook(data, "other.xlsx", clock.now()).form.version


def test_a_long_form_of_questions_that_hang_together_can_be_asked() -> None:
    rows = []
    for number in range(150):
        before = f"${{q{number - 1}}} = 'yes'" if number else ""
        rows.append({"type": "select_one yn", "name": f"q{number}", "label": "A", "relevant": before})
        sum_up = f"if(${{q{number}}} = 'yes', 1, 0)" + (f" + ${{c{number - 1}}}" if number else "")
        rows.append({"type": "calculate", "name": f"c{number}", "calculation": sum_up})
    converted = convert_workbook(make_workbook(rows, YES_NO), "x.xlsx", clock.now())
    assert converted.obstacles == ()
    interview = ask(converted.form)
    for number in range(150):
        assert interview.answer(f"/data/q{number}", "yes") is None
    assert interview.answers()["/data/c149"] == "150"


CELLS = st.one_of(
    st.sampled_from(
        ["text", "integer", "select_one yn", "begin group", "end group", "begin repeat", "end repeat", "note",
         "calculate", "a", "b", "${a}", "${b} + 1", "yes", "", "today()", "selected(${a}, 'x')", "if(1, 2, 3)",
         "image", "rank yn",
         "range", "audit", "select_multiple yn or_other", "../x", "concat(", "'", "<b>&amp;", "${", "/data/a", "\x0b"]
    ),
    st.text(max_size=8),
)  # fmt: skip
COLUMNS = (
    "type",
    "name",
    "label",
    "relevant",
    "constraint",
    "calculation",
    "required",
    "default",
    "hint",
    "appearance",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS, max_size=5), max_size=6))
def test_no_sheet_raises_anything_but_our_own_errors(rows: list[dict[str, str]]) -> None:
    try:
        data = make_workbook(rows, YES_NO)
    except (ValueError, IllegalCharacterError):  # openpyxl itself writes no control characters
        return
    try:
        converted = convert_workbook(data, "x.xlsx", clock.now())
    except CollectorError as refused:
        assert explain_refusal(refused, lambda words, **values: words % values if values else words)
    else:
        assert converted.form.form_id == "test"
