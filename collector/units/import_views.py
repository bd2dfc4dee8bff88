"""Taking over a list of households: choose or paste, look at every row, then save all at once."""

import csv
import io
from collections.abc import Iterable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, allow
from collector.pages import go
from collector.units import store
from collector.units.blueprint import blueprint
from collector.units.forms import ListForm
from collector.units.household_lists import COLUMNS, HouseholdRow, NoHouseholdColumns, Plan, read_households
from collector.units.records import HOUSEHOLD
from collector.units.tables import (
    MAX_TABLE_BYTES,
    Line,
    TableEmpty,
    TableOldExcel,
    TableTooLarge,
    TableUnreadable,
    read_table,
    read_text,
)
from collector.villages.current import current_unit
from collector.web import reading, recording
from collector.wording import field_sentence, tell, write_number

REFUSALS = (TableEmpty, TableOldExcel, TableTooLarge, TableUnreadable, NoHouseholdColumns)


@blueprint.route("/households/import", methods=["GET", "POST"])
@allow(KEEPERS)
def import_households() -> str | tuple[str, int]:
    """Ask for a list of households and show, row by row, what taking it over would do."""
    form = ListForm()
    if request.method == "POST" and form.validate():
        try:
            rows = read_households(read_sent(form))
            plan = store.plan_import(reading(), current_unit()["id"], rows)
            return render_template(
                "units/import_preview.html",
                plan=plan,
                sentences=say_errors(plan),
                rows=write_rows(planned.row for planned in plan.rows if planned.outcome in ("added", "changed")),
                register=store.current_register(reading(), current_unit()["id"]),
                listed=len(store.list_households(reading(), current_unit()["id"])) + plan.count("added"),
            )
        except REFUSALS as refused:
            form.form_errors.append(tell(refused))
    page = render_template("units/import.html", form=form)
    return (page, 422) if form.form_errors else page


@blueprint.post("/households/import/save")
@allow(KEEPERS)
def save_import() -> Response:
    """Save what the preview showed, all at once."""
    try:
        rows = read_households(read_text(request.form.get("rows", "")))
    except REFUSALS:
        return redirect(url_for("units.import_households"), 303)
    unit = current_unit()["id"]
    with recording() as recorder:
        plan = store.import_households(recorder, unit, rows)
    message = _(
        "The list was taken over: %(added)s households added, %(changed)s changed.",
        added=write_number(plan.count("added")),
        changed=write_number(plan.count("changed")),
    )
    return go("units.show_households", message)


def read_sent(form: ListForm) -> list[Line]:
    """Read the file that was chosen, else the text that was pasted."""
    if form.file.data:
        return read_table(form.file.data.stream.read(MAX_TABLE_BYTES + 1))
    return read_text(form.text.data or "")


def write_rows(rows: Iterable[HouseholdRow]) -> str:
    """Write the rows that would be saved as text, for the form of the preview."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter="\t")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["" if row.values.get(name) is None else row.values[name] for name in COLUMNS])
    return written.getvalue()


def say_errors(plan: Plan) -> dict[int, str]:
    """Say what is wrong with every wrong row and what to do, by the number of its line."""
    return {
        planned.row.line: " ".join(field_sentence(HOUSEHOLD, error) for error in planned.row.errors)
        for planned in plan.rows
        if planned.row.errors
    }
