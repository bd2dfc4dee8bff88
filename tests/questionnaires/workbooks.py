"""Makes XLSForm workbooks for tests: each sheet from a list of rows, each row from its columns."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

Row = Mapping[str, Any]
YES_NO: list[Row] = [
    {"list_name": "yn", "name": "yes", "label": "Có"},
    {"list_name": "yn", "name": "no", "label": "Không"},
]


def make_workbook(survey: Sequence[Row], choices: Sequence[Row] = (), **settings: Any) -> bytes:
    """Make the bytes of an .xlsx file with the sheets survey, choices and settings."""
    settings = {"form_id": "test", "form_title": "Thử", "version": "1", **settings}
    return make_sheets({"survey": survey, "choices": choices, "settings": [settings]})


def make_sheets(sheets: Mapping[str, Sequence[Row]]) -> bytes:
    """Make the bytes of an .xlsx file with any sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
