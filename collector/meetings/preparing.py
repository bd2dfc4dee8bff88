"""Pages before a meeting: the list, the task list of one meeting, and the forms behind its tasks."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.attachments.store import list_attachments
from collector.drafts.views import forget_draft, restore_draft
from collector.errors import RecordInvalid
from collector.forms import RecordForm, form_values, offer, record_form
from collector.law import notices
from collector.meetings import finalising, late_words, store
from collector.meetings.blueprint import blueprint
from collector.meetings.late import list_marks, list_same_number
from collector.meetings.papers import MeetingSource
from collector.pages import go
from collector.query import get_record, list_in_units
from collector.signed import list_minutes
from collector.villages.current import chosen_unit, current_unit, draft_of, shared_units
from collector.web import posted_record_id, reading, recording
from collector.wording import say, write_day
from sync.storage import Row

NOTICE_KINDS: Final = {
    "community": notices.COMMUNITY_MEETING,
    "conference": notices.VILLAGE_CONFERENCE,
    "dialogue": notices.DIALOGUE,
}
FORM_PARTS: Final = {
    "basics": ("meeting_type", "title", "programme", "starts_at", "place"),
    "people": (
        "chair",
        "chair_post",
        "secretary",
        "secretary_post",
        "village_head",
        "front_head",
        "representative_1",
        "representative_2",
    ),
    "invitation": ("invited_on", "addressee", "convener", "convener_post", "documents", "contact"),
    "closing": ("ended_at", "represented_counted", "people_present", "procedure_agreed", "conclusion", "read_aloud"),
}


@dataclass(frozen=True, slots=True)
class ListPart:
    """A list that belongs to a meeting and is edited on a page of its own."""

    kind: str
    fields: tuple[str, ...]


LIST_PARTS: Final = {
    "agenda": ListPart("agenda_item", ("title", "presenter", "notes")),
    "guests": ListPart("guest", ("name", "post", "present")),
    "board": ListPart("board_member", ("name", "role")),
}


@blueprint.get("/meetings")
@allow(TEAM)
def list_meetings() -> str:
    """List meetings, the latest first."""
    state = request.args.get("state", "")
    starts_at, _sep, record = request.args.get("before", "").partition(" ")
    before = (starts_at, record) if record else None
    rows = store.list_meetings(reading(), unit=chosen_unit(), before=before, state=state)
    more = f"{rows[-1]['starts_at']} {rows[-1]['id']}" if len(rows) == store.PAGE_SIZE else ""
    marks = list_marks(reading(), rows)
    return render_template("meetings/list.html", meetings=rows, more=more, state=state, marks=marks)


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@allow(WRITERS)
def add_meeting() -> str | Response | tuple[str, int]:
    """Plan a meeting."""
    form = _offer_programmes(record_form("meeting", FORM_PARTS["basics"])())
    key = draft_of("meeting:new")
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "GET" and request.args.get("programme"):
        form.programme.data = request.args["programme"]
    if request.method == "POST":
        values = form.check()
        if values is not None:
            unit = current_unit()["id"]
            with recording() as recorder:
                meeting_id = store.add_meeting(recorder, unit, values, posted_record_id())
                forget_draft(recorder, key)
            return go("meetings.show_meeting", _("The meeting is planned."), meeting_id=meeting_id)
    page = render_template(
        "meetings/edit.html", form=form, part="basics", meeting=None, draft=key, restored=restored
    )
    return (page, 422) if form.errors else page


def _offer_programmes(form: Any) -> Any:
    offer(form.programme, list_in_units(reading(), "programme", shared_units(), order="name, id"), "name")
    return form


@blueprint.get("/meetings/<meeting_id>")
@allow(TEAM)
def show_meeting(meeting_id: str) -> str:
    """Show a meeting: what is prepared, what was recorded, what can be printed."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    source = MeetingSource(connection, meeting)
    snapshot = store.find_snapshot(connection, meeting_id)
    amendments = finalising.list_amendments(connection, meeting_id)
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        source=source,
        tasks=list_tasks(source),
        snapshot=snapshot,
        late=late_words.describe_late(connection, snapshot) if snapshot else [],
        other_minutes=list_minutes(connection, meeting_id)[1:],
        same_number=list_same_number(connection, snapshot) if snapshot else [],
        amendments=amendments,
        double_amendments=finalising.list_double_amendments(amendments),
        scans=list_attachments(connection, snapshot["id"], role="signed_scan") if snapshot else [],
        programme_name=store.find_programme_name(connection, meeting["programme"]),
        unsaved=store.count_unsaved_drafts(connection, meeting_id) if not snapshot else 0,
        has_tally=finalising.has_tally,
    )


def check_notice(meeting: Row) -> notices.NoticeResult | None:
    """Check the notice period of a meeting; None while nobody was invited or no period is known."""
    kind = NOTICE_KINDS.get(meeting["meeting_type"])
    if kind is None or not meeting["invited_on"]:
        return None
    found = notices.check_notice(kind, date.fromisoformat(meeting["invited_on"]), store.meeting_day(meeting))
    return None if found.needed_days is None else found


def list_tasks(source: MeetingSource) -> list[dict[str, str]]:
    """List what is to be prepared, with its state."""
    meeting, connection = source.meeting, source.connection
    counts = {name: len(store.list_parts(connection, part.kind, meeting["id"])) for name, part in LIST_PARTS.items()}
    notice = check_notice(meeting)
    invitation = _("Invited on %(day)s", day=write_day(meeting["invited_on"])) if meeting["invited_on"] else ""
    if notice is not None and not notice.enough:
        invitation = say(
            notices.NOTICE_TOO_SHORT,
            needed_days=notice.needed_days,
            earliest_start=write_day(notice.earliest_start),
        )
    people = ("chair", "secretary") + (("village_head", "front_head") if source.is_deciding else ())
    named = all(meeting[name] for name in people)
    tasks = [
        _task(_("Kind, topic, time and place"), _edit(meeting, "basics"), _("Done"), "ok"),
        _listed(_("Agenda"), meeting, "agenda", counts),
        _listed(_("Invited guests"), meeting, "guests", counts),
        _task(
            _("Invitation"),
            _edit(meeting, "invitation"),
            invitation or _("Not done yet"),
            "warn" if notice is not None and not notice.enough else ("ok" if invitation else "draft"),
        ),
        _task(
            _("Chair, secretary and signers"),
            _edit(meeting, "people"),
            _("Done") if named else _("Not done yet"),
            "ok" if named else "draft",
        ),
        _task(
            _("Questions to vote on"),
            url_for("meetings.list_questions", meeting_id=meeting["id"]),
            str(len(source.results)) if source.results else _("None"),
            "ok" if source.results or not source.is_deciding else "draft",
        ),
    ]
    if any(each.question["voting"] == "secret_ballot" for each in source.results) or source.is_deciding:
        tasks.append(_listed(_("Counting board and witnesses"), meeting, "board", counts))
    return tasks


def _edit(meeting: Row, part: str) -> str:
    return url_for("meetings.edit_meeting", meeting_id=meeting["id"], part=part)


def _listed(label: str, meeting: Row, part: str, counts: dict[str, int]) -> dict[str, str]:
    href = url_for("meetings.edit_list", meeting_id=meeting["id"], part=part)
    count = counts[part]
    return _task(label, href, str(count) if count else _("Not done yet"), "ok" if count else "draft")


def _task(label: str, href: str, state: str, tone: str) -> dict[str, str]:
    return {"label": label, "href": href, "state": state, "tone": tone}


@blueprint.route("/meetings/<meeting_id>/edit/<part>", methods=["GET", "POST"])
@allow(WRITERS)
def edit_meeting(meeting_id: str, part: str) -> str | Response | tuple[str, int]:
    """Change one part of a meeting."""
    if part not in FORM_PARTS:
        abort(404)
    names = FORM_PARTS[part]
    meeting = store.get_meeting(reading(), meeting_id)
    form = record_form("meeting", names)(data=form_values("meeting", meeting, names))
    if part == "basics":
        _offer_programmes(form)
    key = f"meeting:{meeting_id}:{part}"
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "POST":
        values = form.check(current=meeting)
        if values is not None:
            with recording() as recorder:
                recorder.update("meeting", meeting_id, values)
                forget_draft(recorder, key)
            target = "meetings.review_meeting" if part == "closing" else "meetings.show_meeting"
            return go(target, _("Saved."), meeting_id=meeting_id)
    page = render_template(
        "meetings/edit.html", form=form, part=part, meeting=meeting, draft=key, restored=restored
    )
    return (page, 422) if form.errors else page


@blueprint.route("/meetings/<meeting_id>/<any(agenda,guests,board):part>", methods=["GET", "POST"])
@allow(WRITERS)
def edit_list(meeting_id: str, part: str) -> str | Response | tuple[str, int]:
    """Show a list of the meeting and add to it, or change one entry (`?entry=`)."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    listed = LIST_PARTS[part]
    entry = request.args.get("entry", "")
    if entry:
        store.require_part(connection, listed.kind, entry, meeting_id)
    known = get_record(connection, listed.kind, entry) if entry else None
    shown = form_values(listed.kind, known, listed.fields) if known else {}
    form = record_form(listed.kind, listed.fields)(data=shown)
    key = f"meeting:{meeting_id}:{part}:{entry}"
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "POST":
        values = form.check(current=known)
        if values is not None and _save_entry(form, meeting, listed, entry, values, key):
            return go("meetings.edit_list", _("Saved."), meeting_id=meeting_id, part=part)
    page = render_template(
        "meetings/entries.html",
        meeting=meeting,
        part=part,
        listed=listed,
        entries=store.list_parts(reading(), listed.kind, meeting_id),
        entry=entry,
        form=form,
        draft=key,
        restored=restored,
    )
    return (page, 422) if form.errors else page


def _save_entry(
    form: RecordForm, meeting: Row, listed: ListPart, entry: str, values: dict[str, Any], key: str
) -> bool:
    try:
        with recording() as recorder:
            if entry:
                recorder.update(listed.kind, entry, values)
            else:
                if listed.kind == "agenda_item":
                    values["position"] = store.next_position(
                        recorder.connection, listed.kind, "meeting", meeting["id"]
                    )
                named = {**values, "meeting": meeting["id"]}
                recorder.add(listed.kind, meeting["unit"], named, record=posted_record_id())
            forget_draft(recorder, key)
    except RecordInvalid as refused:
        form.show_refusal(refused)
        return False
    return True


@blueprint.post("/meetings/<meeting_id>/<any(agenda,guests,board):part>/<entry>/remove")
@allow(WRITERS)
def remove_entry(meeting_id: str, part: str, entry: str) -> Response:
    """Take an entry out of a list of the meeting; its history stays."""
    with recording() as recorder:
        store.require_part(recorder.connection, LIST_PARTS[part].kind, entry, meeting_id)
        recorder.remove(LIST_PARTS[part].kind, entry)
    return go("meetings.edit_list", _("Taken out of the list."), meeting_id=meeting_id, part=part)


@blueprint.post("/meetings/<meeting_id>/<any(agenda):part>/<entry>/move")
@allow(WRITERS)
def move_entry(meeting_id: str, part: str, entry: str) -> Response:
    """Move an agenda item one place up."""
    with recording() as recorder:
        store.require_part(recorder.connection, LIST_PARTS[part].kind, entry, meeting_id)
        rows = store.list_parts(recorder.connection, LIST_PARTS[part].kind, meeting_id)
        place = next((place for place, row in enumerate(rows) if row["id"] == entry), 0)
        if place:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
        for position, row in enumerate(rows, start=1):
            recorder.update(LIST_PARTS[part].kind, row["id"], {"position": position})
    return redirect(url_for("meetings.edit_list", meeting_id=meeting_id, part=part), 303)


@blueprint.post("/meetings/<meeting_id>/remove")
@allow(KEEPERS)
def remove_meeting(meeting_id: str) -> Response:
    """Take a meeting that was planned by mistake out of the lists; its history stays."""
    with recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        if meeting["state"] != "planned":
            raise store.MeetingNotReady(meeting=meeting_id, state=meeting["state"])
        recorder.remove("meeting", meeting_id)
    return go("meetings.list_meetings", _("The meeting was taken out of the list. Its history can bring it back."))
