"""The list of households: show, add, edit, remove, and give it out as CSV."""

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.errors import RecordInvalid
from collector.forms import RecordForm, form_values, record_form
from collector.pages import go
from collector.query import get_record
from collector.units import store
from collector.units.blueprint import blueprint
from collector.units.forms import HOUSEHOLD_NAMES
from collector.units.records import HOUSEHOLD, SEXES
from collector.villages.current import current_unit, draft_of
from collector.web import current_role, reading, recording
from collector.wording import say
from sync.storage import Row


@blueprint.get("/households")
@allow(TEAM)
def show_households() -> str:
    """Show the list of households."""
    unit = current_unit()["id"]
    return render_template(
        "units/households.html",
        households=store.list_households(reading(), unit),
        difference=store.count_difference(reading(), unit),
        may_change=current_role() in WRITERS,
        may_export=current_role() in KEEPERS,
    )


@blueprint.get("/households/list.csv")
@allow(KEEPERS)
def export_households() -> Response:
    """Give the list of households as a file for spreadsheets."""
    headings = [say(HOUSEHOLD.field(name).words) for name in HOUSEHOLD_NAMES]
    sexes = {sex.code: say(sex.words) for sex in SEXES}
    data = store.export_households(reading(), current_unit()["id"], headings, sexes)
    name = f"ho-gia-dinh-{today().isoformat()}.csv"
    return Response(
        data, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.route("/households/new", methods=["GET", "POST"])
@allow(WRITERS)
def add_household() -> str | Response | tuple[str, int]:
    """Add a household; the next number is proposed."""
    unit = current_unit()["id"]
    draft = draft_of("household:new")
    start: dict[str, str] = {"number": str(store.suggest_number(reading(), unit))}
    form = record_form("household", HOUSEHOLD_NAMES)(data=start)
    if request.method == "POST":
        values = form.check()
        if values is not None:
            try:
                with recording() as recorder:
                    store.add_household(recorder, unit, values)
                    forget_draft(recorder, draft)
                message = _(
                    "Household %(number)s, %(name)s, is in the list.", number=values["number"], name=values["head_name"]
                )
                again = "units.add_household" if request.form.get("again") else "units.show_households"
                return go(again, message)
            except RecordInvalid as refused:
                form.show_refusal(refused)
    return show_form(form, draft, None)


@blueprint.route("/households/<household_id>", methods=["GET", "POST"])
@allow(WRITERS)
def edit_household(household_id: str) -> str | Response | tuple[str, int]:
    """Change a household."""
    household = get_record(reading(), "household", household_id)
    form = record_form("household", HOUSEHOLD_NAMES)(data=form_values("household", household, HOUSEHOLD_NAMES))
    draft = f"household:{household_id}"
    if request.method == "POST":
        values = form.check(current=household)
        if values is not None:
            try:
                with recording() as recorder:
                    store.update_household(recorder, household, values)
                    forget_draft(recorder, draft)
                message = _("What you changed of household %(number)s is saved.", number=values["number"])
                return go("units.show_households", message)
            except RecordInvalid as refused:
                form.show_refusal(refused)
    return show_form(form, draft, household)


@blueprint.route("/households/<household_id>/remove", methods=["GET", "POST"])
@allow(WRITERS)
def remove_household(household_id: str) -> str | Response:
    """Ask before a household is taken out of the list, then do it."""
    household = get_record(reading(), "household", household_id)
    if request.method == "POST":
        with recording() as recorder:
            recorder.remove("household", household_id)
        message = _(
            "Household %(number)s, %(name)s, is no longer in the list.",
            number=household["number"],
            name=household["head_name"],
        )
        return go("units.show_households", message)
    return render_template("units/remove_household.html", household=household)


def show_form(form: RecordForm, draft: str, household: Row | None) -> str | tuple[str, int]:
    """Show the form of a household, with the groups of houses that are known already."""
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    page = render_template(
        "units/household_form.html",
        form=form,
        draft=draft,
        household=household,
        restored=restored,
        clusters=store.list_clusters(reading(), current_unit()["id"]),
    )
    return (page, 422) if form.errors else page
