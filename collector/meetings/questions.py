"""Pages for the questions that a meeting votes on: their text, matter, way of voting and options."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from collector.accounts.access import WRITERS, allow
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import form_values, record_form
from collector.law import thresholds
from collector.meetings import store, votes
from collector.meetings.blueprint import blueprint
from collector.meetings.papers import MeetingSource
from collector.pages import go
from collector.query import get_record
from collector.web import posted_record_id, reading, recording
from sync.storage import Row

FIELDS = ("text", "matter", "voting", "by_cluster", "decision")


class QuestionForm(record_form("question", FIELDS)):  # type: ignore[misc]
    """A question and, one a line, its options or candidates."""

    options = TextAreaField(
        lazy_gettext("Options or candidates, one on each line"),
        description=lazy_gettext("Leave empty for a plain question that is answered for or against."),
    )


@blueprint.route("/meetings/<meeting_id>/questions", methods=["GET", "POST"])
@allow(WRITERS)
def list_questions(meeting_id: str) -> str | Response | tuple[str, int]:
    """Show the questions of a meeting and add one, or change one (`?entry=`)."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    entry = request.args.get("entry", "")
    if entry:
        store.require_part(connection, "question", entry, meeting_id)
    known = get_record(connection, "question", entry) if entry else None
    form = QuestionForm(data=_shown(known) if known else {"voting": "hands"})
    key = f"meeting:{meeting_id}:question:{entry}"
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "POST":
        values = form.check(current=known)
        if values is not None:
            _save_question(meeting, entry, values, form.options.data or "", key)
            return go("meetings.list_questions", _("Saved."), meeting_id=meeting_id)
    page = render_template(
        "meetings/questions.html",
        meeting=meeting,
        source=MeetingSource(reading(), meeting),
        entry=entry,
        form=form,
        draft=key,
        restored=restored,
        caveat=_(thresholds.CAVEAT),
    )
    return (page, 422) if form.errors else page


def _shown(question: Row) -> dict[str, Any]:
    labels = [row["label"] for row in votes.list_options(reading(), question["id"])]
    return {**form_values("question", question, FIELDS), "options": "\n".join(labels)}


def _save_question(meeting: Row, entry: str, values: dict[str, Any], options: str, key: str) -> None:
    with recording() as recorder:
        if entry:
            recorder.update("question", entry, values)
        question_id = entry or votes.add_question(recorder, meeting, values, posted_record_id())
        question = get_record(recorder.connection, "question", question_id)
        votes.set_options(recorder, question, options.splitlines())
        forget_draft(recorder, key)


@blueprint.post("/meetings/<meeting_id>/questions/<entry>/remove")
@allow(WRITERS)
def remove_question(meeting_id: str, entry: str) -> Response:
    """Take a question out of the meeting; its history stays."""
    with recording() as recorder:
        store.require_part(recorder.connection, "question", entry, meeting_id)
        recorder.remove("question", entry)
    return go("meetings.list_questions", _("Taken out of the list."), meeting_id=meeting_id)
