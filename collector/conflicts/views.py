"""The pages on which people choose between what two laptops recorded differently. They block nothing meanwhile."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import TEAM, WRITERS, allow
from collector.conflicts import listing, minutes, store
from collector.conflicts.choices import Difference, Option, combine, find_difference, find_option, list_differences
from collector.conflicts.words import Writer
from collector.drafts.views import forget_draft, restore_draft
from collector.errors import ChoiceOutdated, RecordInvalid, RecordNotFound
from collector.forms import RecordForm, record_form
from collector.history.store import list_names
from collector.history.words import label_of
from collector.kinds import Kind
from collector.pages import go
from collector.registry import KINDS
from collector.rights import get_visible_kind, list_visible_kinds, may_settle
from collector.search.places import find_place
from collector.search.views import place_href
from collector.web import current_role, reading, recording
from collector.wording import say
from sync.storage import Connection

blueprint = Blueprint("conflicts", __name__)
blueprint.add_app_template_global(listing.differences_of, "differences_of")




@blueprint.get("/differences")
@allow(TEAM)
def show_differences() -> str:
    """Show every record of which values differ, by village and meeting, and what does not fit together."""
    connection = reading()
    kinds = list_visible_kinds(current_role())
    within = (request.args.get("kind", ""), request.args.get("record", ""))
    unit = request.args.get("village", "")
    if all(within):
        rows = store.list_parts(connection, kinds, *within)
        return render_template("conflicts/list.html", groups=listing.group_rows(connection, rows), within=True)
    page = listing.read_page(connection, kinds, store.DIFFERING, request.args.get("before", ""), unit)
    broken = listing.read_page(connection, kinds, store.BROKEN, request.args.get("broken_before", ""), unit)
    return render_template(
        "conflicts/list.html",
        groups=listing.group_rows(connection, page.rows),
        older_href=url_for(".show_differences", before=page.after, village=unit) if page.after else "",
        broken=[
            *(listing.describe_broken(connection, row) for row in broken.rows),
            *([] if request.args.get("broken_before") else listing.describe_double_households(connection, unit)),
        ],
        broken_href=url_for(".show_differences", broken_before=broken.after, village=unit, _anchor="broken")
        if broken.after
        else "",
        villages=listing.list_villages(connection),
        village=unit,
    )


@blueprint.get("/differences/<kind>/<record_id>")
@allow(TEAM)
def show_record(kind: str, record_id: str) -> str | Response:
    """Show what differs in one record, all values side by side."""
    declared = _kind(kind)
    if kind == "signed_minutes":
        meeting = minutes.get_meeting_of(reading(), record_id)
        return redirect(url_for("conflicts.show_minutes", meeting_id=meeting), 303)
    connection = reading()
    held = store.get_held(connection, declared, record_id)
    writer = Writer(connection, held, list_names(connection))
    return render_template(
        "conflicts/record.html",
        **_frame(connection, declared, record_id),
        differences=[writer.describe(each) for each in list_differences(held)],
        is_locked=held.signed is not None,
    )


@blueprint.post("/differences/<kind>/<record_id>/choose")
@allow(WRITERS)
def choose(kind: str, record_id: str) -> Response:
    """Take one of the values that stand side by side; the others stay in the history."""
    declared = _kind(kind)
    _refuse_settling(declared)
    try:
        with recording() as recorder:
            difference, option = _read_choice(recorder.connection, declared, record_id)
            recorder.settle(kind, record_id, option.values, difference.seen)
    except ChoiceOutdated:
        return _look_again(kind, record_id)
    return _after(declared, record_id)


@blueprint.route("/differences/<kind>/<record_id>/combine/<name>", methods=["GET", "POST"])
@allow(WRITERS)
def combine_texts(kind: str, record_id: str, name: str) -> str | Response | tuple[str, int]:
    """Make one text of several, beginning with all of them below each other."""
    declared = _kind(kind)
    _refuse_settling(declared)
    connection = reading()
    held = store.get_held(connection, declared, record_id)
    difference = find_difference(list_differences(held), name)
    writer = Writer(connection, held, list_names(connection))
    if difference is None or not writer.describe(difference)["can_combine"]:
        return _look_again(kind, record_id)
    texts = [str(option.values[name]) for option in difference.options if option.values[name]]
    form = record_form(kind, (name,))(data={name: combine(texts)})
    draft = f"differences:{record_id}:{name}"
    restored = restore_draft(form, draft) if request.method == "GET" else ""
    outdated = False
    if request.method == "POST":
        outdated = request.form.get("seen") != difference.seen
        if not outdated and _save_text(form, declared, record_id, difference, draft):
            return _after(declared, record_id)
    page = render_template(
        "conflicts/combine.html",
        **_frame(connection, declared, record_id),
        difference=writer.describe(difference),
        form=form,
        draft=draft,
        restored=restored,
        outdated=outdated,
        label=label_of(declared, name),
    )
    return (page, 409 if outdated else 422) if outdated or form.errors else page


def _save_text(form: RecordForm, kind: Kind, record_id: str, difference: Difference, draft: str) -> bool:
    """Save the combined text, or put a sentence at the field."""
    typed = form.check({})
    if typed is None:
        return False
    try:
        with recording() as recorder:
            recorder.settle(kind.name, record_id, typed, difference.seen)
            forget_draft(recorder, draft)
    except RecordInvalid as refused:
        form.show_refusal(refused)
        return False
    return True


@blueprint.get("/meetings/<meeting_id>/minutes-of-two-laptops")
@allow(TEAM)
def show_minutes(meeting_id: str) -> str:
    """Show the minutes that several laptops finalised of one meeting, side by side."""
    connection = reading()
    return render_template(
        "conflicts/minutes.html",
        **minutes.describe(connection, meeting_id, list_names(connection)),
        may_settle=may_settle(KINDS["signed_minutes"], current_role()),
    )


def _kind(name: str) -> Kind:
    return get_visible_kind(name, current_role())


def _refuse_settling(kind: Kind) -> None:
    if not may_settle(kind, current_role()):
        abort(403)


def _read_choice(connection: Connection, kind: Kind, record_id: str) -> tuple[Difference, Option]:
    """Give what was tapped, if it still stands there as it did on the page."""
    held = store.get_held(connection, kind, record_id)
    difference = find_difference(list_differences(held), request.form.get("field", ""))
    option = find_option(difference, request.form.get("choice", "")) if difference else None
    if difference is None or option is None or request.form.get("seen") != difference.seen:
        raise ChoiceOutdated(kind=kind.name, record=record_id)
    return difference, option


def _look_again(kind: str, record_id: str) -> Response:
    flash(_("The content has just changed. Please choose again."), "warn")
    return redirect(url_for(".show_record", kind=kind, record_id=record_id), 303)


def _after(kind: Kind, record_id: str) -> Response:
    """Go on to what else differs in the record, else back to the list."""
    message = _("Chosen. What was not chosen stays in the history.")
    if kind.name != "signed_minutes" and list_differences(store.get_held(reading(), kind, record_id)):
        return go("conflicts.show_record", message, kind=kind.name, record_id=record_id)
    return go("conflicts.show_differences", message)


def _say_settler(kind: Kind, unit: str) -> str:
    """Say who chooses, to whoever may not."""
    if unit == listing.place_here().but:
        return str(_("This belongs to the commune, which chooses here."))
    if may_settle(kind, "secretary"):
        return str(_("The head or the secretary of the team chooses here."))
    return str(_("The head of the team chooses here."))


def _frame(connection: Connection, kind: Kind, record_id: str) -> dict[str, Any]:
    """Gather what the pages of a record show around the values."""
    row = connection.row(f'SELECT * FROM "{kind.name}" WHERE id = :id', {"id": record_id})
    if row is None:
        raise RecordNotFound(kind=kind.name, record=record_id)
    top_kind, top = store.find_top(connection, kind, row)
    return {
        "kind": kind,
        "record_id": record_id,
        "title": listing.title_of(kind, row) or say(kind.words),
        "above": listing.title_of(top_kind, top) if top_kind is not kind else "",
        "href": "" if row["removed"] else place_href(find_place(connection, kind.name, row)),
        "may_settle": may_settle(kind, current_role()) and row["unit"] != listing.place_here().but,
        "settler": _say_settler(kind, row["unit"]),
        "meeting_href": url_for("meetings.show_meeting", meeting_id=top["id"]) if top_kind.name == "meeting" else "",
    }
