"""Pages after a meeting: look everything over, finalise, amend."""

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.clock import today
from collector.drafts.views import forget_draft, restore_draft
from collector.forms import record_form
from collector.meetings import finalising, papers, store
from collector.meetings.blueprint import blueprint
from collector.meetings.late_words import begin_amendment
from collector.meetings.printing import main_page
from collector.pages import go
from collector.web import close_reading, posted_record_id, reading, recording, services

GAP_WORDS: Final = {
    "no_secretary": lazy_gettext("There is no secretary yet. Please name the secretary."),
    "no_chair": lazy_gettext("There is nobody in the chair yet. Please name the chair."),
    "not_ended": lazy_gettext("The end of the meeting is not recorded yet. Please end the meeting or enter its end."),
    "nothing_recorded": lazy_gettext("Nothing is recorded yet. Please go back to the meeting."),
    "no_register": lazy_gettext("The number of all households is not known yet. Please enter the household register."),
    "not_counted": lazy_gettext("A question has no votes yet. Please enter the votes or take the question out."),
    "too_many": lazy_gettext(
        "The register does not have so many households yet. Please correct the register, the attendance or the votes."
    ),
    "no_signers": lazy_gettext("Not all four who sign are named yet. Please name them, or they sign on empty lines."),
    "no_board": lazy_gettext("The counting board and two witnesses are not complete yet. Please name them."),
    "double_numbers": lazy_gettext(
        "Two laptops gave the same number to different opinions. Please number them anew, or both are printed with it."
    ),
    "no_attendance": lazy_gettext("No household is ticked yet. Please tick who came, or enter the number."),
}
GAP_PLACES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "no_secretary": ("meetings.edit_meeting", {"part": "people"}),
    "no_chair": ("meetings.edit_meeting", {"part": "people"}),
    "not_ended": ("meetings.edit_meeting", {"part": "closing"}),
    "no_signers": ("meetings.edit_meeting", {"part": "people"}),
    "no_board": ("meetings.edit_list", {"part": "board"}),
}
AMENDMENT_FIELDS: Final = ("reason", "text", "made_on")


@blueprint.get("/meetings/<meeting_id>/review")
@allow(TEAM)
def review_meeting(meeting_id: str) -> str | Response:
    """Look everything over before the minutes are finalised."""
    connection = reading()
    meeting = store.get_meeting(connection, meeting_id)
    if meeting["state"] == "finalised":
        return redirect(url_for("meetings.show_meeting", meeting_id=meeting_id), 303)
    gaps = [
        {"code": gap.code, "words": GAP_WORDS[gap.code], "blocking": gap.blocking, "href": _place(gap.code, meeting_id)}
        for gap in finalising.list_gaps(connection, meeting)
    ]
    return render_template(
        "meetings/review.html",
        meeting=meeting,
        source=papers.MeetingSource(connection, meeting),
        gaps=gaps,
        blocked=any(gap["blocking"] for gap in gaps),
        unsaved=store.count_unsaved_drafts(connection, meeting_id),
        agenda=store.list_parts(connection, "agenda_item", meeting_id),
        preview=main_page(connection, meeting),
    )


def _place(code: str, meeting_id: str) -> str:
    if code == "no_register":
        return url_for("units.show_village")
    endpoint, values = GAP_PLACES.get(code, ("meetings.run_meeting", {}))
    return url_for(endpoint, meeting_id=meeting_id, **values)


@blueprint.post("/meetings/<meeting_id>/number-opinions")
@allow(WRITERS)
def number_opinions(meeting_id: str) -> Response:
    """Give opinions that carry the number of another one a number of their own, before anything is printed."""
    with recording() as recorder:
        store.number_opinions_anew(recorder, meeting_id)
    return go("meetings.review_meeting", _("The opinions are numbered."), meeting_id=meeting_id)


@blueprint.post("/meetings/<meeting_id>/finalise")
@allow(KEEPERS)
def finalise_meeting(meeting_id: str) -> Response:
    """Finalise the minutes: number, hash, PDF. Afterwards only amendments can be added."""
    read_aloud = request.form.get("read_aloud") == "1"
    with recording() as recorder:
        recorder.update("meeting", meeting_id, {"read_aloud": read_aloud})
    close_reading()
    found = services()
    finalising.finalise_meeting(found.database.reading, recording, found.files, meeting_id)
    return go("meetings.show_meeting", _("The minutes are finalised."), meeting_id=meeting_id, _anchor="papers")


@blueprint.route("/meetings/<meeting_id>/amend", methods=["GET", "POST"])
@allow(KEEPERS)
def amend_minutes(meeting_id: str) -> str | Response | tuple[str, int]:
    """Add an amendment with its reason to finalised minutes."""
    meeting = store.get_meeting(reading(), meeting_id)
    snapshot = store.find_snapshot(reading(), meeting_id)
    if snapshot is None:
        raise store.MeetingNotReady(meeting=meeting_id, state=meeting["state"])
    of = request.args.get("of", "")
    begun = begin_amendment(reading(), snapshot, of) if of else {}
    form = record_form("amendment", AMENDMENT_FIELDS)(data={"made_on": today().isoformat(), **begun})
    key = f"amendment:{meeting_id}"
    restored = restore_draft(form, key) if request.method == "GET" else ""
    if request.method == "POST":
        values = form.check()
        if values is not None:
            close_reading()
            found = services()
            finalising.amend_minutes(
                found.database.reading, recording, found.files, meeting_id, values, posted_record_id()
            )
            with recording() as recorder:
                forget_draft(recorder, key)
            return go("meetings.show_meeting", _("The amendment is added."), meeting_id=meeting_id, _anchor="papers")
    page = render_template(
        "meetings/amend.html", meeting=meeting, snapshot=snapshot, form=form, draft=key, restored=restored
    )
    return (page, 422) if form.errors else page
