"""Makes forms and interviews for tests."""

from typing import Any

from collector import clock
from collector.questionnaires.form import Form
from collector.questionnaires.interview import Interview
from questionnaires.workbooks import YES_NO, Row, make_workbook


def make_form(*survey: Row, choices: list[Row] | None = None, **settings: Any) -> Form:
    """Make a form of the rows of a survey sheet."""
    from pyxform.xls2xform import convert

    workbook = make_workbook(survey, YES_NO if choices is None else choices, **settings)
    return Form.parse(convert(workbook, file_type=".xlsx", form_name="data").xform)


def ask(form: Form, answers: dict[str, str] | None = None, **how: Any) -> Interview:
    """Begin an interview, or continue it from answers."""
    return Interview(form, answers, **{"now": clock.now(), "seed": "one", **how})
