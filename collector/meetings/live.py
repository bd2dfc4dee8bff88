"""The page for one person typing during a meeting: attendance, opinions, replies, votes, agenda.

Every form stands on one page and works alone; with script each is sent in the background and only its part of the
page changes. A form that is refused comes back with what was typed and a sentence at each wrong field.
"""

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from collector.accounts.access import WRITERS, allow
from collector.drafts.store import wipe_drafts_of
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import form_values, offer, record_form
from collector.meetings import attendance, store, votes
from collector.meetings.blueprint import blueprint
from collector.meetings.papers import MeetingSource
from collector.meetings.tallies import TallySheet
from collector.pages import go
from collector.query import get_record, list_records
from collector.web import posted_record_id, reading, recording
from sync.storage import Row

OPINION_FIELDS = ("text", "speaker", "anonymous", "topic", "programme", "agency", "deadline")
REPLY_FIELDS = ("number", "answer", "answered_by")
NOTE_FIELDS = ("notes",)
GUEST_FIELDS = ("name", "sex")

Page = str | Response | tuple[str, int]


def opinion_form(meeting: Row, **options: Any) -> Any:
    """Make the form of one opinion with the programmes to choose from."""
    form = record_form("opinion", OPINION_FIELDS)(data={"programme": meeting["programme"] or ""}, **options)
    offer(form.programme, list_records(reading(), "programme", order="name, id"), "name")
    return form


def render_live(meeting: Row, **changed: Any) -> str:
    """Show the live page; `changed` replaces forms that were refused."""
    connection = reading()
    source = MeetingSource(connection, meeting)
    key = f"meeting:{meeting['id']}"
    opinion = changed.pop("opinion", None)
    restored = ""
    if opinion is None:
        opinion = opinion_form(meeting, formdata=None)
        restored = restore_draft(opinion, f"{key}:opinion")
    reply = changed.pop("reply", None)
    if reply is None:
        reply = record_form("opinion", REPLY_FIELDS)(formdata=None)
        restored = restore_draft(reply, f"{key}:reply") or restored
    refused = changed.pop("sheet", None)
    sheets = {each.question["id"]: TallySheet(connection, each.question, source) for each in source.results}
    if refused is not None:
        sheets[refused.question["id"]] = refused
    return render_template(
        "meetings/live.html",
        meeting=meeting,
        source=source,
        agenda=[_note_form(row, key) for row in store.list_parts(connection, "agenda_item", meeting["id"])],
        opinion=opinion,
        reply=reply,
        restored=restored,
        sheets=sheets,
        key=key,
        representative=changed.pop("representative", None) or _representative(source),
    )


def _note_form(row: Row, key: str) -> dict[str, Any]:
    form = record_form("agenda_item", NOTE_FIELDS)(
        formdata=None, data=form_values("agenda_item", row, NOTE_FIELDS), prefix=f"{row['position']}-"
    )
    return {"row": row, "form": form, "restored": restore_draft(form, f"{key}:agenda:{row['id']}")}


def _representative(source: MeetingSource) -> dict[str, Any] | None:
    wanted = request.args.get("household", "")
    row = next((each for each in source.rows if each.household["id"] == wanted), None)
    if row is None:
        return None
    return {"row": row, "form": record_form("attendance", GUEST_FIELDS)(formdata=None)}


def _open_meeting(meeting_id: str) -> Row:
    return store.get_meeting(reading(), meeting_id)


def _back(meeting_id: str, anchor: str = "", **values: Any) -> Response:
    return redirect(url_for("meetings.run_meeting", meeting_id=meeting_id, _anchor=anchor, **values), 303)


@blueprint.get("/meetings/<meeting_id>/live")
@allow(WRITERS)
def run_meeting(meeting_id: str) -> Page:
    """Record the meeting while it happens."""
    meeting = _open_meeting(meeting_id)
    if meeting["state"] == "finalised":
        return redirect(url_for("meetings.show_meeting", meeting_id=meeting_id), 303)
    return render_live(meeting)


@blueprint.post("/meetings/<meeting_id>/start")
@allow(WRITERS)
def start_meeting(meeting_id: str) -> Response:
    """Start the meeting, or open it again before its minutes are finalised."""
    with recording() as recorder:
        store.start_meeting(recorder, meeting_id)
    return _back(meeting_id)


@blueprint.post("/meetings/<meeting_id>/end")
@allow(WRITERS)
def end_meeting(meeting_id: str) -> Response:
    """End the meeting and go on to look everything over."""
    with recording() as recorder:
        store.end_meeting(recorder, meeting_id)
    return go("meetings.review_meeting", _("The meeting has ended. Look everything over."), meeting_id=meeting_id)


@blueprint.post("/meetings/<meeting_id>/attendance/<household_id>")
@allow(WRITERS)
def tick_household(meeting_id: str, household_id: str) -> Response:
    """Tick a household as represented, or take the tick back."""
    meeting = _open_meeting(meeting_id)
    with recording() as recorder:
        if request.form.get("tick") == "0":
            attendance.untick_household(recorder, meeting, household_id)
        else:
            attendance.tick_household(recorder, meeting, household_id)
    return _back(meeting_id, "attendance")


@blueprint.post("/meetings/<meeting_id>/representatives/<household_id>")
@allow(WRITERS)
def add_representative(meeting_id: str, household_id: str) -> Page:
    """Record one more person who came for a household, by name and sex."""
    meeting = _open_meeting(meeting_id)
    get_record(reading(), "household", household_id)
    form = record_form("attendance", GUEST_FIELDS)()
    values = form.check()
    if values is not None and not values.get("name"):
        form.name.errors = [*form.name.errors, _("The name is not filled in yet. Please type the name.")]
        values = None
    if values is None:
        rows = attendance.list_attendance(reading(), meeting)
        row = next((each for each in rows if each.household["id"] == household_id), None)
        return render_live(meeting, representative={"row": row, "form": form} if row else None), 422
    with recording() as recorder:
        attendance.add_representative(recorder, meeting, household_id, values, posted_record_id())
    return _back(meeting_id, "attendance", household=household_id)


@blueprint.post("/meetings/<meeting_id>/representatives/<entry>/remove")
@allow(WRITERS)
def remove_representative(meeting_id: str, entry: str) -> Response:
    """Take back one person who was ticked."""
    with recording() as recorder:
        store.require_part(recorder.connection, "attendance", entry, meeting_id)
        row = recorder.connection.row("SELECT household FROM attendance WHERE id = :id", {"id": entry})
        recorder.remove("attendance", entry)
    return _back(meeting_id, "attendance", household=row["household"] if row else None)


@blueprint.post("/meetings/<meeting_id>/opinions")
@allow(WRITERS)
def add_opinion(meeting_id: str) -> Page:
    """Record an opinion as it falls."""
    meeting = _open_meeting(meeting_id)
    form = opinion_form(meeting)
    values = form.check()
    if values is not None and not _deadline_fits(form, meeting):
        values = None
    if values is None:
        return render_live(meeting, opinion=form), 422
    with recording() as recorder:
        store.add_opinion(recorder, meeting, values, posted_record_id())
        forget_draft(recorder, f"meeting:{meeting_id}:opinion")
    return _back(meeting_id, "writing")


def _deadline_fits(form: Any, meeting: Row) -> bool:
    if not form.deadline.data or form.deadline.data > store.meeting_day(meeting).isoformat():
        return True
    sentence = _("The deadline is not right yet. Please choose a day after the meeting.")
    form.deadline.errors = [*form.deadline.errors, sentence]
    return False


@blueprint.post("/meetings/<meeting_id>/reply")
@allow(WRITERS)
def reply_in_room(meeting_id: str) -> Page:
    """Record the answer that was given in the room, by the number of the opinion."""
    meeting = _open_meeting(meeting_id)
    form = record_form("opinion", REPLY_FIELDS)()
    values = form.check()
    opinion = None
    if values is not None:
        opinions = store.list_parts(reading(), "opinion", meeting_id)
        opinion = next((row for row in opinions if row["number"] == values["number"]), None)
        if opinion is None:
            form.number.errors = [*form.number.errors, _("There is no opinion of this number. Please look again.")]
        elif not values["answer"]:
            form.answer.errors = [*form.answer.errors, _("The answer is not filled in yet. Please type it.")]
    if values is None or form.errors or opinion is None:
        return render_live(meeting, reply=form), 422
    with recording() as recorder:
        recorder.update("opinion", opinion["id"], {name: values[name] for name in ("answer", "answered_by")})
        forget_draft(recorder, f"meeting:{meeting_id}:reply")
    return _back(meeting_id, "writing")


@blueprint.route("/meetings/<meeting_id>/opinions/<opinion_id>", methods=["GET", "POST"])
@allow(WRITERS)
def edit_opinion(meeting_id: str, opinion_id: str) -> Page:
    """Change an opinion while the minutes are open."""
    meeting = _open_meeting(meeting_id)
    store.require_part(reading(), "opinion", opinion_id, meeting_id)
    opinion = get_record(reading(), "opinion", opinion_id)
    names = (*OPINION_FIELDS, "answer", "answered_by")
    form = record_form("opinion", names)(data=form_values("opinion", opinion, names))
    offer(form.programme, list_records(reading(), "programme", order="name, id"), "name")
    key = f"meeting:{meeting_id}:opinion:{opinion_id}"
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "POST":
        values = form.check(current=opinion)
        if values is not None and _deadline_fits(form, meeting):
            with recording() as recorder:
                store.update_opinion(recorder, opinion_id, values)
                forget_draft(recorder, key)
            return _back(meeting_id, "writing")
    page = render_template(
        "meetings/opinion.html", meeting=meeting, opinion=opinion, form=form, draft=key, restored=restored
    )
    return (page, 422) if form.errors else page


@blueprint.post("/meetings/<meeting_id>/opinions/<opinion_id>/remove")
@allow(WRITERS)
def remove_opinion(meeting_id: str, opinion_id: str) -> Response:
    """Take an opinion that was recorded by mistake out of the minutes; its history stays."""
    with recording() as recorder:
        store.require_part(recorder.connection, "opinion", opinion_id, meeting_id)
        recorder.remove("opinion", opinion_id)
        wipe_drafts_of(recorder.connection, opinion_id)
    return _back(meeting_id, "writing")


@blueprint.post("/meetings/<meeting_id>/notes/<entry>")
@allow(WRITERS)
def save_notes(meeting_id: str, entry: str) -> Page:
    """Save what was presented under an agenda item."""
    meeting = _open_meeting(meeting_id)
    store.require_part(reading(), "agenda_item", entry, meeting_id)
    row = get_record(reading(), "agenda_item", entry)
    form = record_form("agenda_item", NOTE_FIELDS)(prefix=f"{row['position']}-")
    values = form.check(current=row)
    if values is None:
        return render_live(meeting), 422
    with recording() as recorder:
        recorder.update("agenda_item", entry, values)
        forget_draft(recorder, f"meeting:{meeting_id}:agenda:{entry}")
    return _back(meeting_id, "votes")


@blueprint.post("/meetings/<meeting_id>/votes/<question_id>")
@allow(WRITERS)
def save_votes(meeting_id: str, question_id: str) -> Page:
    """Save the votes on a question, checked to add up."""
    meeting = _open_meeting(meeting_id)
    connection = reading()
    store.require_part(connection, "question", question_id, meeting_id)
    question = get_record(connection, "question", question_id)
    sheet = TallySheet(connection, question, MeetingSource(connection, meeting), request.form)
    if not sheet.check():
        return render_live(meeting, sheet=sheet), 422
    with recording() as recorder:
        recorder.update("question", question_id, {"some_left": sheet.some_left})
        votes.save_tallies(recorder, question, sheet.counted())
        forget_draft(recorder, f"meeting:{meeting_id}:votes:{question_id}")
    return _back(meeting_id, f"question-{question['position']}")
