"""The village of this laptop: its name and number, its registers, its days off."""

from flask import abort, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import HEADS, KEEPERS, TEAM, allow
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import RecordForm, form_values, record_form
from collector.law.working_days import has_lunar_dates
from collector.pages import go
from collector.query import get_record
from collector.units import store
from collector.units.blueprint import blueprint
from collector.units.ethnic_groups import list_groups
from collector.units.forms import VILLAGE_NAMES, RegisterForm
from collector.villages.current import current_unit, draft_of, is_village_laptop
from collector.web import current_role, posted_record_id, reading, recording, services
from sync.storage import Row


@blueprint.get("/village")
@allow(TEAM)
def show_village() -> str:
    """Show the village, its registers, the years of its days off, and where else settings are."""
    unit = current_unit()
    registers = store.list_registers(reading(), unit["id"])
    years = sorted(store.years_with_holidays(reading(), unit["id"]) | {today().year, today().year + 1})
    return render_template(
        "units/village.html",
        unit=unit,
        registers=registers,
        groups={row["id"]: store.list_register_groups(reading(), row["id"]) for row in registers[:1]},
        years=[(year, len(store.list_holidays(reading(), year, unit["id"]))) for year in years],
        difference=store.count_difference(reading(), unit["id"]),
        may_change=current_role() in KEEPERS,
        may_manage=current_role() in HEADS,
    )


@blueprint.route("/village/edit", methods=["GET", "POST"])
@allow(HEADS)
def edit_village() -> str | Response | tuple[str, int]:
    """Change the village's name, its number in the commune, or the letters after numbers of minutes."""
    unit = current_unit()
    draft = draft_of("unit")
    form = record_form("unit", VILLAGE_NAMES)(data=form_values("unit", unit, VILLAGE_NAMES))
    if request.method == "POST":
        values = form.check(current=unit)
        if values is not None:
            with recording() as recorder:
                recorder.update("unit", unit["id"], values)
                forget_draft(recorder, draft)
            if is_village_laptop():
                services().folder.write_settings(village_name=values["name"])
            return go("units.show_village", _("What you changed of the village is saved."))
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    page = render_template("units/village_form.html", form=form, unit=unit, draft=draft, restored=restored)
    return (page, 422) if form.errors else page


@blueprint.route("/village/registers/new", methods=["GET", "POST"])
@allow(KEEPERS)
def add_register() -> str | Response | tuple[str, int]:
    """Add a register; the ethnic groups of the newest one are proposed, without their numbers."""
    unit = current_unit()["id"]
    newest = store.current_register(reading(), unit)
    known = store.list_register_groups(reading(), newest["id"]) if newest else []
    proposed = [{"ethnic_group": group["ethnic_group"]} for group in known]
    form = RegisterForm({"as_of": today().isoformat()}, proposed, sent())
    if request.method == "POST":
        checked = form.check()
        if checked is not None:
            with recording() as recorder:
                store.add_register(recorder, unit, *checked, record=posted_record_id())
            return go("units.show_village", _("The register is saved. The older registers are still there."))
    return show_register_form(form, None)


@blueprint.route("/village/registers/<register_id>", methods=["GET", "POST"])
@allow(KEEPERS)
def edit_register(register_id: str) -> str | Response | tuple[str, int]:
    """Correct a register or its ethnic groups."""
    register = get_record(reading(), "register", register_id)
    form = RegisterForm(register, store.list_register_groups(reading(), register_id), sent())
    if request.method == "POST":
        checked = form.check(register)
        if checked is not None:
            with recording() as recorder:
                store.update_register(recorder, register, *checked)
            return go("units.show_village", _("What you changed of the register is saved."))
    return show_register_form(form, register)


@blueprint.get("/village/holidays/<int:year>")
@allow(TEAM)
def show_holidays(year: int) -> str:
    """Show the days off of a year and the ones to add."""
    check_year(year)
    unit = current_unit()["id"]
    return render_template(
        "units/holidays.html",
        year=year,
        holidays=store.list_holidays(reading(), year, unit),
        suggestions=store.missing_suggestions(reading(), year, unit),
        lunar_known=has_lunar_dates(year),
        may_change=current_role() in KEEPERS,
    )


@blueprint.post("/village/holidays/<int:year>/suggested")
@allow(KEEPERS)
def add_suggested_holidays(year: int) -> Response:
    """Enter all suggested days off of a year with one tap."""
    check_year(year)
    unit = current_unit()["id"]
    with recording() as recorder:
        count = store.add_suggested_holidays(recorder, unit, year)
    message = _("%(count)s days off were added. Please compare them with this year's announcement.", count=count)
    return go("units.show_holidays", message, year=year)


@blueprint.route("/village/holidays/<int:year>/new", methods=["GET", "POST"])
@allow(KEEPERS)
def add_holiday(year: int) -> str | Response | tuple[str, int]:
    """Add a day off."""
    check_year(year)
    unit = current_unit()["id"]
    form = record_form("holiday", ("day", "name"))(data={"day": f"{year}-01-01"})
    if request.method == "POST":
        values = form.check()
        if values is not None:
            with recording() as recorder:
                recorder.add("holiday", unit, values, posted_record_id())
            year = int(str(values["day"])[:4])
            return go("units.show_holidays", _("The day off is saved."), year=year)
    return show_holiday_form(form, year, None)


@blueprint.route("/village/holidays/day/<holiday_id>", methods=["GET", "POST"])
@allow(KEEPERS)
def edit_holiday(holiday_id: str) -> str | Response | tuple[str, int]:
    """Change the date or the name of a day off."""
    holiday = get_record(reading(), "holiday", holiday_id)
    form = record_form("holiday", ("day", "name"))(data=form_values("holiday", holiday, ("day", "name")))
    year = int(holiday["day"][:4])
    if request.method == "POST":
        values = form.check(current=holiday)
        if values is not None:
            with recording() as recorder:
                recorder.update("holiday", holiday_id, values)
            return go("units.show_holidays", _("The day off is saved."), year=int(str(values["day"])[:4]))
    return show_holiday_form(form, year, holiday)


@blueprint.post("/village/holidays/day/<holiday_id>/remove")
@allow(KEEPERS)
def remove_holiday(holiday_id: str) -> Response:
    """Take a day out of the days off; it can be brought back from its history."""
    holiday = get_record(reading(), "holiday", holiday_id)
    with recording() as recorder:
        recorder.remove("holiday", holiday_id)
    return go("units.show_holidays", _("The day is no longer a day off."), year=int(holiday["day"][:4]))


def sent() -> dict[str, str] | None:
    """Give the fields that were sent, or None when the page is only shown."""
    return request.form.to_dict() if request.method == "POST" else None


def check_year(year: int) -> None:
    """Refuse years that no record can hold."""
    if not 2000 <= year <= 2199:
        abort(404)


def show_register_form(form: RegisterForm, register: Row | None) -> str | tuple[str, int]:
    """Show the form of a register with its lines for ethnic groups."""
    names = [group.name for group in list_groups()]
    page = render_template("units/register_form.html", form=form, register=register, group_names=names)
    return (page, 422) if form.errors else page


def show_holiday_form(form: RecordForm, year: int, holiday: Row | None) -> str | tuple[str, int]:
    """Show the form of a day off."""
    page = render_template("units/holiday_form.html", form=form, year=year, holiday=holiday)
    return (page, 422) if form.errors else page
