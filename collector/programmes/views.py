"""The pages of programmes: cards with what is missing, one programme with its register of disclosures."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import RecordForm, form_values, record_form
from collector.law.disclosure import FORMS, ITEMS, MISSING_WORDS, Missing
from collector.opinions.store import Filters, list_opinions
from collector.pages import go
from collector.programmes import store
from collector.query import get_record
from collector.villages.current import (
    commune_of,
    current_unit,
    draft_of,
    is_village_laptop,
    laptop_role,
    shared_units,
)
from collector.web import current_role, own_unit, posted_record_id, reading, recording
from collector.wording import say, write_day, write_number
from sync.storage import Row

blueprint = Blueprint("programmes", __name__)

NAMES = (
    "name", "owner", "sector", "budget", "sources", "starts_on", "ends_on", "households_affected", "description",
)  # fmt: skip
DISCLOSURE_NAMES = ("item", "form", "starts_on", "ends_on", "place", "note")


@blueprint.get("/programmes")
@allow(TEAM)
def list_programmes() -> str:
    """Show the programmes as cards, those with something missing first."""
    found, after = store.list_programmes(reading(), today(), request.args.get("after", ""), shared_units())
    return render_template(
        "programmes/list.html",
        programmes=[(programme, say_gaps(programme.gaps)) for programme in found],
        next_href=url_for("programmes.list_programmes", after=after) if after else "",
        may_change=current_role() in WRITERS,
        commune=commune_of(current_unit()),
        may_add_for_commune=laptop_role() == "commune",
    )


@blueprint.get("/programmes/<programme_id>")
@allow(TEAM)
def show_programme(programme_id: str) -> str:
    """Show a programme: its facts, its villages, what was made public and what is missing, meetings, opinions."""
    programme = store.get_programme(reading(), programme_id, today())
    is_of_commune = programme.row["unit"] == commune_of(current_unit())
    is_only_read = is_of_commune and is_village_laptop()
    opinions = list_opinions(reading(), Filters(programme=programme_id), today())
    return render_template(
        "programmes/show.html",
        programme=programme.row,
        villages=store.list_villages(reading(), programme_id),
        village_form=make_village_form(),
        table=make_table(programme),
        gaps=say_gaps(programme.gaps),
        photographed=programme.photographed,
        meetings=store.list_meetings_about(reading(), programme_id),
        opinions=opinions.rows[: store.SHORT_LIST],
        is_of_commune=is_of_commune,
        may_change=current_role() in WRITERS and not is_only_read,
        may_remove=current_role() in KEEPERS and not is_only_read,
    )


@blueprint.route("/programmes/new", methods=["GET", "POST"])
@allow(WRITERS)
def add_programme() -> str | Response | tuple[str, int]:
    """Add a programme."""
    form = make_form({})
    for_commune = request.args.get("of") == "commune" and laptop_role() == "commune"
    unit = own_unit() if for_commune else current_unit()
    draft = "programme:new:commune" if for_commune else draft_of("programme:new")
    if request.method == "POST":
        values = form.check()
        if values is not None:
            with recording() as recorder:
                programme = store.add_programme(recorder, unit, values, posted_record_id(), is_village=not for_commune)
                forget_draft(recorder, draft)
            message = _("The programme is saved. Now record what of it was made public.")
            return go("programmes.show_programme", message, programme_id=programme)
    return show_form(form, draft, None)


@blueprint.route("/programmes/<programme_id>/edit", methods=["GET", "POST"])
@allow(WRITERS)
def edit_programme(programme_id: str) -> str | Response | tuple[str, int]:
    """Change the facts of a programme."""
    programme = get_record(reading(), "programme", programme_id)
    form = make_form(programme)
    draft = f"programme:{programme_id}"
    if request.method == "POST":
        values = form.check(current=programme)
        if values is not None:
            with recording() as recorder:
                recorder.update("programme", programme_id, values)
                forget_draft(recorder, draft)
            message = _("What you changed of the programme is saved.")
            return go("programmes.show_programme", message, programme_id=programme_id)
    return show_form(form, draft, programme)


@blueprint.route("/programmes/<programme_id>/remove", methods=["GET", "POST"])
@allow(KEEPERS)
def remove_programme(programme_id: str) -> str | Response:
    """Ask before a programme is taken out of the list, then do it."""
    programme = get_record(reading(), "programme", programme_id)
    if request.method == "POST":
        with recording() as recorder:
            recorder.remove("programme", programme_id)
        message = _("“%(name)s” is no longer in the list.", name=programme["name"])
        return go("programmes.list_programmes", message)
    return render_template("programmes/remove.html", programme=programme)


@blueprint.post("/programmes/<programme_id>/villages")
@allow(WRITERS)
def add_village(programme_id: str) -> Response:
    """Add a village that the programme touches."""
    programme = get_record(reading(), "programme", programme_id)
    form = make_village_form()
    values = form.check()
    if values is None:
        flash(" ".join(sentence for field in form for sentence in field.errors), "error")
        return redirect(url_for("programmes.show_programme", programme_id=programme_id), 303)
    with recording() as recorder:
        store.add_village(recorder, programme["unit"], programme_id, values)
    return go("programmes.show_programme", _("The village is added."), programme_id=programme_id)


@blueprint.post("/programmes/villages/<village_id>/remove")
@allow(WRITERS)
def remove_village(village_id: str) -> Response:
    """Take a village out of those that a programme touches."""
    village = get_record(reading(), "programme_village", village_id)
    with recording() as recorder:
        recorder.remove("programme_village", village_id)
    message = _("%(village)s is no longer among the villages of the programme.", village=village["village"])
    return go("programmes.show_programme", message, programme_id=village["programme"])


@blueprint.route("/programmes/<programme_id>/disclosures/new", methods=["GET", "POST"])
@allow(WRITERS)
def add_disclosure(programme_id: str) -> str | Response | tuple[str, int]:
    """Record that something of a programme was made public."""
    programme = get_record(reading(), "programme", programme_id)
    start = {"item": request.args.get("item", ""), "form": "posting", "starts_on": today().isoformat()}
    form = record_form("disclosure", DISCLOSURE_NAMES)(data=start)
    draft = f"disclosure:new:{programme_id}"
    if request.method == "POST":
        values = form.check()
        if values is not None:
            with recording() as recorder:
                disclosure = store.add_disclosure(recorder, programme, values, posted_record_id())
                forget_draft(recorder, draft)
            if values["form"] == "posting":
                message = _("The disclosure is saved. Please add a photo of the posting.")
                return go("programmes.edit_disclosure", message, disclosure_id=disclosure)
            return go("programmes.show_programme", _("The disclosure is saved."), programme_id=programme_id)
    return show_disclosure_form(form, draft, programme, None)


@blueprint.route("/programmes/disclosures/<disclosure_id>", methods=["GET", "POST"])
@allow(WRITERS)
def edit_disclosure(disclosure_id: str) -> str | Response | tuple[str, int]:
    """Change a disclosure, or add its photo."""
    disclosure = get_record(reading(), "disclosure", disclosure_id)
    programme = get_record(reading(), "programme", disclosure["programme"])
    form = record_form("disclosure", DISCLOSURE_NAMES)(data=form_values("disclosure", disclosure, DISCLOSURE_NAMES))
    draft = f"disclosure:{disclosure_id}"
    if request.method == "POST":
        values = form.check(current=disclosure)
        if values is not None:
            with recording() as recorder:
                recorder.update("disclosure", disclosure_id, values)
                forget_draft(recorder, draft)
            message = _("What you changed of the disclosure is saved.")
            return go("programmes.show_programme", message, programme_id=programme["id"])
    return show_disclosure_form(form, draft, programme, disclosure)


@blueprint.post("/programmes/disclosures/<disclosure_id>/remove")
@allow(WRITERS)
def remove_disclosure(disclosure_id: str) -> Response:
    """Take a disclosure out of the register; it can be brought back from its history."""
    disclosure = get_record(reading(), "disclosure", disclosure_id)
    with recording() as recorder:
        recorder.remove("disclosure", disclosure_id)
    message = _("The disclosure is no longer in the register.")
    return go("programmes.show_programme", message, programme_id=disclosure["programme"])


def make_form(programme: Row | dict[str, Any]) -> RecordForm:
    """Make the form of a programme; the budget is shown with separators."""
    values = form_values("programme", programme, NAMES)
    values["budget"] = write_number(programme.get("budget"))
    return record_form("programme", NAMES)(data=values)


def make_village_form() -> RecordForm:
    """Make the form that adds a village to a programme."""
    return record_form("programme_village", ("village", "households_affected"))(prefix="village-")


def make_table(programme: store.Programme) -> dict[str, Any]:
    """Lay the disclosures out as a table of item by form, with the items and forms that occur."""
    cells: dict[tuple[str, str], list[Row]] = {}
    for row in programme.disclosures:
        cells.setdefault((row["item"], row["form"]), []).append(row)
    shown = {row["item"] for row in programme.disclosures} | {gap.item for gap in programme.gaps}
    used = {row["form"] for row in programme.disclosures}
    return {
        "items": [item for item in ITEMS if item.code in shown],
        "forms": [form for form in FORMS if form.code in used],
        "cells": cells,
    }


def say_gaps(gaps: tuple[Missing, ...]) -> dict[str, list[str]]:
    """Say what is missing, by item."""
    found: dict[str, list[str]] = {}
    for gap in gaps:
        context = {name: write_day(value) if isinstance(value, date) else value for name, value in gap.context.items()}
        found.setdefault(gap.item, []).append(say(MISSING_WORDS[gap.code], **context))
    return found


def show_form(form: RecordForm, draft: str, programme: Row | None) -> str | tuple[str, int]:
    """Show the form of a programme."""
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    page = render_template(
        "programmes/form.html",
        form=form,
        draft=draft,
        programme=programme,
        restored=restored,
        for_commune=request.args.get("of") == "commune",
    )
    return (page, 422) if form.errors else page


def show_disclosure_form(
    form: RecordForm, draft: str, programme: Row, disclosure: Row | None
) -> str | tuple[str, int]:
    """Show the form of a disclosure with its photos."""
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    page = render_template(
        "programmes/disclosure_form.html",
        form=form,
        draft=draft,
        programme=programme,
        disclosure=disclosure,
        restored=restored,
        photos=store.list_photos(reading(), disclosure["id"]) if disclosure else [],
    )
    return (page, 422) if form.errors else page
