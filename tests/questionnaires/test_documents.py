"""What the page for authors says is so: functions, choice names, types that pages cannot ask."""

import re
from pathlib import Path

from collector.questionnaires.dimensions import MEANINGS, read_meaning
from collector.questionnaires.functions import FUNCTIONS, REFUSED
from collector.questionnaires.workbooks import MAX_BYTES, MAX_QUESTION_ROWS, MAX_ROWS

TEXT = (Path(__file__).parents[2] / "docs" / "questionnaires.md").read_text(encoding="utf-8")


def test_every_function_is_listed_and_no_other() -> None:
    listed = TEXT.partition("these functions of ODK XForms:")[2].partition("They mean what")[0]
    assert set(re.findall(r"`([^`]+)`", listed)) == set(FUNCTIONS)
    assert not REFUSED & set(FUNCTIONS)


def test_every_name_of_a_choice_is_listed_under_its_meaning() -> None:
    rows = [line.split("|")[2] for line in TEXT.splitlines() if re.match(r"\| (yes|no|do not) ?", line)]
    rows = [row for row in rows if "`" in row]
    assert [set(re.findall(r"`([^`]+)`", row)) for row in rows] == [set(names) for names in MEANINGS.values()]
    for meaning, names in MEANINGS.items():
        assert all(read_meaning(name) == meaning == read_meaning(name.upper()) for name in names)
    assert read_meaning("Không-nhớ-rõ") == "dont_know"
    assert read_meaning("perhaps") == ""


def test_limits_are_those_of_the_program() -> None:
    assert f"larger than {MAX_BYTES // 1024**2} MB" in TEXT
    assert f"{MAX_ROWS:,} rows ({MAX_QUESTION_ROWS:,} in `survey`)" in TEXT
