"""The pages of rounds: the list, a new one, what may change later, and the page from which everything starts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, allow
from collector.answers.records import DIMENSION_WORDS
from collector.answers.urn import count_sheets
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.errors import CollectorError
from collector.forms import RecordForm
from collector.pages import go
from collector.people.store import list_people
from collector.query import find_record, get_record, list_in_units
from collector.recorder import Recorder
from collector.rounds import store
from collector.rounds.blueprint import blueprint
from collector.rounds.errors import DimensionNotAsked
from collector.rounds.forms import (
    KEEP_MONTHS,
    add_months,
    check_design,
    check_keep_until,
    check_known,
    later_form,
    planned_form,
    start_values,
)
from collector.rounds.questionnaires import list_offers, take_questionnaire
from collector.rounds.records import split_dimensions
from collector.rounds.retention import NOTICE
from collector.rounds.store import Plan
from collector.rounds.tasks import list_tasks, list_tasks_elsewhere
from collector.rounds.ticking import count_ticks
from collector.units.store import current_register, list_households
from collector.villages.current import chosen_unit, current_unit, draft_of, is_village_laptop, shared_units
from collector.web import current_role, posted_record_id, reading, recording
from collector.wording import explain, put_together, say
from sync.revisions import Value
from sync.storage import Row


@blueprint.get("/rounds")
@allow(TEAM)
def list_rounds() -> str:
    """Show the rounds, the newest first."""
    rows, after = store.list_rounds(reading(), request.args.get("after", ""), chosen_unit())
    return render_template(
        "rounds/list.html",
        rounds=rows,
        next_href=url_for("rounds.list_rounds", after=after) if after else "",
        may_change=current_role() in KEEPERS,
    )


@blueprint.route("/rounds/new", methods=["GET", "POST"])
@allow(KEEPERS)
def add_round() -> str | Response | tuple[str, int]:
    """Prepare a round."""
    unit = current_unit()
    row = {**start_values(today()), "programme": request.args.get("programme", "")} if request.method == "GET" else {}
    form, draft = make_planned_form(row, [unit["id"]], []), draft_of("round:new")
    made = posted_record_id()
    if request.method == "POST":
        if made and find_record(reading(), "round", made):
            return go("rounds.show_round", round_id=made)
        plan = read_plan(form, {})

        def add(recorder: Recorder) -> str:
            assert plan is not None
            forget_draft(recorder, draft)
            return store.add_round(recorder, unit["id"], take_plan(recorder, unit["id"], form, plan), made)

        if plan is not None and (saved := save(form, add)):
            return go("rounds.show_round", _("The round is saved. Next: the draw."), round_id=saved)
    return show_form(form, draft, None)


@blueprint.route("/rounds/<round_id>/edit", methods=["GET", "POST"])
@allow(KEEPERS)
def edit_round(round_id: str) -> str | Response | tuple[str, int]:
    """Change a round: everything while it is being prepared, afterwards what the draw did not fix."""
    row = get_record(reading(), "round", round_id)
    return edit_planned(row) if row["state"] == "planned" else edit_later(row)


def edit_planned(row: Row) -> str | Response | tuple[str, int]:
    """Change a round that is being prepared."""
    villages = [each["village"] for each in store.list_villages(reading(), row["id"])]
    askers = [each["person"] for each in store.list_askers(reading(), row["id"])]
    form, draft = make_planned_form(row, villages, askers), f"round:{row['id']}"
    if request.method == "POST":
        plan = read_plan(form, row)

        def change(recorder: Recorder) -> str:
            assert plan is not None
            store.update_round(recorder, row["id"], take_plan(recorder, row["unit"], form, plan))
            forget_draft(recorder, draft)
            return str(row["id"])

        if plan is not None and save(form, change):
            return go("rounds.show_round", _("What you changed of the round is saved."), round_id=row["id"])
    return show_form(form, draft, row)


def edit_later(row: Row) -> str | Response | tuple[str, int]:
    """Change what may still change of a round that is open or closed."""
    askers = [each["person"] for each in store.list_askers(reading(), row["id"])]
    people = list_people(reading(), current_unit()["id"])
    form = later_form(row, list_in_units(reading(), "programme", shared_units()), people, askers)
    draft = f"round:{row['id']}"
    if request.method == "POST":
        values = form.check(current=row)
        if row["state"] == "open":
            check_known(form, "askers")
        if values is not None and check_keep_until(form, row, today()) and not form.errors:
            with recording() as recorder:
                recorder.update("round", row["id"], with_keep_until(values, row))
                if row["state"] == "open":
                    store.update_askers(recorder, row, form.askers.data)
                forget_draft(recorder, draft)
            return go("rounds.show_round", _("What you changed of the round is saved."), round_id=row["id"])
    return show_form(form, draft, row)


def make_planned_form(row: Mapping[str, Any], villages: list[str], askers: list[str]) -> RecordForm:
    """Make the form of a round that is being prepared, with everything that can be chosen."""
    unit = current_unit()["id"]
    lists = {
        "programme": list_in_units(reading(), "programme", shared_units()),
        "villages": store.list_units(reading(), unit),
        "askers": list_people(reading(), unit),
    }
    offers = list_offers(reading(), row.get("questionnaire"), chosen_unit())
    return planned_form(row, offers, lists, {"villages": villages, "askers": askers})


def read_plan(form: RecordForm, row: Mapping[str, Any]) -> Plan | None:
    """Give what was planned, or None after putting sentences at the fields."""
    values = form.check(current=row)
    if values is None:
        return None
    offers = list_offers(reading(), row.get("questionnaire"), chosen_unit())
    if not check_design(form, offers, values) or not check_keep_until(form, row, today()):
        return None
    if values["chosen"] != "other":
        values["chosen_how"] = None
    return Plan(with_keep_until(values, row), tuple(form.villages.data), tuple(form.askers.data or ()))


def with_keep_until(values: dict[str, Value], row: Mapping[str, Any]) -> dict[str, Value]:
    """Fill in until when sheets are kept, if nothing was typed: 24 months after the end."""
    if values.get("keep_until"):
        return values
    end = values.get("ends_on") or row.get("ends_on")
    first = max(date.fromisoformat(str(end)), today()) if end else today()
    return {**values, "keep_until": add_months(first, KEEP_MONTHS).isoformat()}


def take_plan(recorder: Recorder, unit: str, form: RecordForm, plan: Plan) -> Plan:
    """Give the plan with its questionnaire and what that asks about."""
    taken = take_questionnaire(recorder, unit, form.questionnaire.data, tuple(form.optional.data or ()))
    return Plan({**plan.values, **taken}, plan.villages, plan.askers)


def save(form: RecordForm, write: Any) -> str | None:
    """Run `write` in the one transaction; None after putting what it refused on top of the form."""
    try:
        with recording() as recorder:
            return str(write(recorder))
    except CollectorError as refused:
        if refused.status not in (409, 422):
            raise
        form.form_errors.append(put_together(*explain_refusal(refused)))
        return None


def explain_refusal(refused: CollectorError) -> tuple[str, str]:
    """Give title and advice of a refusal; a dimension is named by its word."""
    if isinstance(refused, DimensionNotAsked):
        refused = DimensionNotAsked(dimension=say(DIMENSION_WORDS[refused.context["dimension"]]))
    return explain(refused)


def show_form(form: RecordForm, draft: str, row: Row | None) -> str | tuple[str, int]:
    """Show the form of a round, with what the village still lacks for it."""
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    unit = current_unit()["id"]
    page = render_template(
        "rounds/form.html",
        form=form,
        draft=draft,
        round=row,
        restored=restored,
        register_missing=current_register(reading(), unit) is None,
        list_missing=not list_households(reading(), unit),
        months=KEEP_MONTHS,
    )
    return (page, 422) if form.errors or form.form_errors else page


@blueprint.route("/rounds/<round_id>/remove", methods=["GET", "POST"])
@allow(KEEPERS)
def remove_round(round_id: str) -> str | Response:
    """Ask before a round that nobody was asked in is taken out of the list, then do it."""
    row = store.require_planned(reading(), round_id)
    if request.method == "POST":
        with recording() as recorder:
            store.remove_round(recorder, round_id)
        return go("rounds.list_rounds", _("“%(name)s” is no longer in the list.", name=row["title"]))
    return render_template("rounds/remove.html", round=row)


@blueprint.get("/rounds/<round_id>")
@allow(TEAM)
def show_round(round_id: str) -> str:
    """Show a round: what it is about, and the list of what is to be done."""
    connection = reading()
    row = get_record(connection, "round", round_id)
    counts = count_ticks(connection, round_id)
    return render_template(
        "rounds/show.html",
        round=row,
        programme=find_record(connection, "programme", row["programme"]) if row["programme"] else None,
        questionnaire=find_record(connection, "questionnaire", row["questionnaire"]),
        villages=store.list_villages(connection, round_id),
        askers=store.list_askers(connection, round_id),
        at_home=store.list_own_hamlets(connection, round_id),
        asked=[say(DIMENSION_WORDS[each]) for each in split_dimensions(row["dimensions"])],
        tasks=list_tasks(row, counts, current_role()) if is_village_laptop() else list_tasks_elsewhere(row),
        counts=counts,
        erased_soon=is_erased_soon(row),
        erased=is_erased(row),
        may_change=current_role() in KEEPERS,
    )


def is_erased(row: Row) -> bool:
    """Tell whether the day has passed until which the sheets are kept."""
    return bool(row["keep_until"] and row["keep_until"] < today().isoformat())


def is_erased_soon(row: Row) -> bool:
    """Tell whether sheets that are kept now will be erased within 30 days."""
    return bool(
        row["keep_until"]
        and not is_erased(row)
        and row["keep_until"] <= (today() + NOTICE).isoformat()
        and count_sheets(reading(), row["id"])
    )
