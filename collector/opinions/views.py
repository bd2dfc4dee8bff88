"""The pages of opinions: what still has to be forwarded, answered and told, and the follow-up of each opinion."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector import wording
from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.errors import RecordInvalid
from collector.forms import RecordForm, form_values, record_form
from collector.meetings.late import is_late
from collector.opinions import store
from collector.opinions.records import TOPICS
from collector.opinions.store import COLUMNS, OVERDUE, Count, Filters
from collector.pages import go
from collector.query import find_record, list_in_units, list_records
from collector.villages.current import chosen_unit, is_village_laptop, shared_units
from collector.web import current_role, reading, recording
from collector.wording import choice_words, ngettext, say, write_number
from collector.words import N_
from sync.storage import Row

blueprint = Blueprint("opinions", __name__)

FOLLOW_UP_NAMES = ("state", "agency", "forwarded_on", "deadline", "reply", "replied_on", "told_on")
CONTACT_NAMES = ("name", "phone")
COLUMN_WORDS = {
    OVERDUE: N_("Overdue"),
    "not_forwarded": N_("Not forwarded"),
    "waiting": N_("Waiting for a reply"),
    "not_told": N_("People not told"),
    "done": N_("Done"),
}
ASKED = ("state", "agency", "topic", "programme", "words")
"""What an address may narrow the list to; the village is chosen elsewhere."""
COLUMN_ROWS = 8
"""So many opinions stand in a column; the rest is behind a link."""

wording.FIELD_SENTENCES["before_meeting"] = N_(
    "“%(field)s” is not right yet. Please choose a day after the day of the meeting."
)


@blueprint.get("/opinions")
@allow(TEAM)
def list_opinions() -> str:
    """Show the opinions: overdue ones first, then by what has to be done; or one list when something is filtered."""
    filters = read_filters()
    is_whole = filters == Filters(unit=filters.unit)
    shown = show_columns(filters) if is_whole else show_filtered(filters, request.args.get("after", ""))
    return render_template(
        "opinions/list.html",
        filters=filters,
        column_words=COLUMN_WORDS,
        topics=[(topic.code, say(topic.words)) for topic in TOPICS],
        agencies=store.list_agencies(reading()),
        programmes=list_in_units(reading(), "programme", shared_units(), order="name, id LIMIT 200"),
        **shown,
    )


def read_filters() -> Filters:
    """Read what the list is narrowed to from the address."""
    asked = {name: request.args.get(name, "").strip()[:300] for name in ASKED}
    if asked["state"] not in COLUMN_WORDS:
        asked["state"] = ""
    return Filters(**asked, unit=chosen_unit())


def show_columns(filters: Filters) -> dict[str, Any]:
    """Gather the overdue opinions and the first ones of every column, with counts."""
    counts = store.count_by_state(reading(), today(), filters)
    late = store.list_overdue(reading(), today(), filters, limit=COLUMN_ROWS)
    wanted = {state: replace(filters, state=state) for state in COLUMNS}
    columns = {
        state: store.list_opinions(reading(), wanted[state], today(), overdue=False, limit=COLUMN_ROWS)
        for state in COLUMNS
    }
    return {
        "overdue": [describe(row) for row in sorted(late.rows, key=by_deadline)],
        "columns": {state: [describe(row) for row in page.rows] for state, page in columns.items()},
        "counts": {state: say_count(count) for state, count in counts.items()},
        "any": any(count.number for count in counts.values()),
    }


def show_filtered(filters: Filters, after: str) -> dict[str, Any]:
    """Gather one page of the opinions that pass the filters; on the first page the overdue ones stand first."""
    late = store.Page([])
    if filters.state == OVERDUE and not filters.words:
        page = store.list_overdue(reading(), today(), filters, after=after)
    elif filters.words:
        late_only = True if filters.state == OVERDUE else None
        page = store.list_opinions(reading(), filters, today(), overdue=late_only, after=after)
    else:
        late = store.Page([]) if after else store.list_overdue(reading(), today(), filters, limit=COLUMN_ROWS)
        page = store.list_opinions(reading(), filters, today(), overdue=False, after=after)
    asked = {name: value for name in ASKED if (value := getattr(filters, name))}
    return {
        "overdue": [describe(row) for row in sorted(late.rows, key=by_deadline)],
        "rows": [describe(row) for row in page.rows],
        "any": True,
        "next_href": url_for("opinions.list_opinions", after=page.after, **asked) if page.after else "",
        "overdue_href": url_for("opinions.list_opinions", **{**asked, "state": OVERDUE}) if late.after else "",
    }


def by_deadline(opinion: Row) -> tuple[str, str]:
    """Sort by deadline, the longest overdue first."""
    return opinion["due"], opinion["id"]


def describe(opinion: Row) -> Row:
    """Add to a listed opinion the badge that says where it stands."""
    if store.is_overdue(opinion, today()):
        badge = (_("Overdue"), "late")
    elif store.is_told_late(opinion, today()):
        badge = (_("People are not told yet"), "warn")
    else:
        tone = {"told": "ok", "replied": "info"}.get(opinion["state"], "plain")
        badge = (choice_words("follow_up", "state", opinion["state"]), tone)
    return {**opinion, "badge": badge}


def say_count(count: Count) -> str:
    """Say how many, or that it is so many or more."""
    number = write_number(count.number)
    return number if count.is_exact else _("%(number)s or more", number=number)


@blueprint.route("/opinions/<opinion_id>", methods=["GET", "POST"])
@allow(TEAM)
def show_opinion(opinion_id: str) -> str | Response | tuple[str, int]:
    """Show an opinion and its follow-up; writers record how far it has come."""
    opinion = store.get_opinion(reading(), opinion_id)
    follow_up = store.find_follow_up(reading(), opinion_id)
    form = make_form(opinion, follow_up)
    draft = f"follow_up:{opinion_id}"
    if request.method == "POST":
        return save_follow_up(opinion, form, draft)
    return show_page(opinion, form, restore_draft(form, draft))


def save_follow_up(opinion: Row, form: RecordForm, draft: str) -> str | Response | tuple[str, int]:
    """Save the follow-up, or show what is wrong with it."""
    if current_role() not in WRITERS:
        return show_page(opinion, form), 403
    values = form.check()
    if values is None:
        return show_page(opinion, form), 422
    try:
        with recording() as recorder:
            record = store.save_follow_up(recorder, opinion, values)
            forget_draft(recorder, draft)
    except RecordInvalid as refused:
        form.show_refusal(refused)
        return show_page(opinion, form), 422
    saved = find_record(reading(), "follow_up", record) or {}
    state = choice_words("follow_up", "state", saved.get("state"))
    message = _("The follow-up of opinion %(number)s is saved: %(state)s.", number=opinion["number"], state=state)
    return go("opinions.show_opinion", message, opinion_id=opinion["id"])


@blueprint.route("/opinions/<opinion_id>/contact", methods=["GET", "POST"])
@allow(KEEPERS)
def edit_contact(opinion_id: str) -> str | Response | tuple[str, int]:
    """Write down whom to ask or to tell; only keepers see it and it never leaves the village."""
    opinion = store.get_opinion(reading(), opinion_id)
    contact = store.find_contact(reading(), opinion_id)
    form = record_form("speaker_contact", CONTACT_NAMES)(
        data=form_values("speaker_contact", contact or {}, CONTACT_NAMES)
    )
    if request.method == "POST":
        values = form.check()
        if values is not None:
            with recording() as recorder:
                store.save_contact(recorder, opinion, values)
            return go("opinions.show_opinion", _("The private contact is saved."), opinion_id=opinion_id)
    page = render_template("opinions/contact.html", form=form, opinion=opinion)
    return (page, 422) if form.errors else page


def make_form(opinion: Row, follow_up: Row | None) -> RecordForm:
    """Make the form of the follow-up; a new one begins with the agency and deadline of the minutes."""
    start: Row = follow_up or {"state": "new", "agency": opinion["agency"], "deadline": opinion["deadline"]}
    return record_form("follow_up", FOLLOW_UP_NAMES)(data=form_values("follow_up", start, FOLLOW_UP_NAMES))


def show_page(opinion: Row, form: RecordForm, restored: str = "") -> str:
    """Show the page of an opinion."""
    follow_up = store.find_follow_up(reading(), opinion["id"])
    is_keeper = current_role() in KEEPERS and is_village_laptop()
    return render_template(
        "opinions/show.html",
        opinion=describe(opinion),
        follow_up=follow_up,
        form=form,
        draft=f"follow_up:{opinion['id']}",
        restored=restored,
        agencies=store.list_agencies(reading()),
        files=list_records(reading(), "attachment", owner=follow_up["id"]) if follow_up else [],
        contact=store.find_contact(reading(), opinion["id"]) if is_keeper else None,
        is_keeper=is_keeper,
        may_change=current_role() in WRITERS,
        overdue_days=count_days_late(opinion),
        is_late=is_late(reading(), opinion["meeting"], opinion["id"]),
    )


def count_days_late(opinion: Row) -> str:
    """Say since how many days the reply is due, or nothing."""
    if not store.is_overdue(opinion, today()):
        return ""
    days = (today() - today().fromisoformat(opinion["due"])).days
    return str(ngettext("The reply is %(num)s day late.", "The reply is %(num)s days late.", days))
