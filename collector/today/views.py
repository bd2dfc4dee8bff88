"""The first page: the meeting that is on or comes next, and what is due."""

from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow, permits
from collector.backups.rotation import list_archives
from collector.clock import now, today
from collector.conflicts.listing import count_differences, count_to_look_at
from collector.today import store
from collector.today.store import Code, Due
from collector.villages.current import chosen_unit, current_unit
from collector.web import current_role, is_set_up, reading, services
from collector.wording import ngettext, say, write_day
from collector.words import N_

blueprint = Blueprint("today", __name__)

WORDS: Final = {
    Code.NOT_STARTED: N_("This meeting was not started: %(title)s"),
    Code.FINISH_MINUTES: N_("Finalise the minutes: %(title)s"),
    Code.SEND_DECISION: N_("Send decision %(title)s to the People's Committee of the commune"),
    Code.OVERDUE_OPINION: N_("No reply yet: %(title)s"),
    Code.MISSING_DISCLOSURE: N_("Not yet made public as it should be: %(title)s"),
    Code.BEGIN_ROUND: N_("This round was not begun: %(title)s"),
    Code.ASK_ROUND: N_("People are being asked: %(title)s"),
    Code.CLOSE_ROUND: N_("Look the round over and close it: %(title)s"),
    Code.ERASE_SHEETS: N_("The single sheets will be erased: %(title)s"),
}
_PAGES: Final = {
    Code.NOT_STARTED: ("meetings.show_meeting", "meeting_id"),
    Code.FINISH_MINUTES: ("meetings.review_meeting", "meeting_id"),
    Code.SEND_DECISION: ("meetings.show_meeting", "meeting_id"),
    Code.OVERDUE_OPINION: ("opinions.show_opinion", "opinion_id"),
    Code.MISSING_DISCLOSURE: ("programmes.show_programme", "programme_id"),
    **dict.fromkeys(
        (Code.BEGIN_ROUND, Code.ASK_ROUND, Code.CLOSE_ROUND, Code.ERASE_SHEETS), ("rounds.show_round", "round_id")
    ),
}
_DAY_WORDS: Final = {
    Code.OVERDUE_OPINION: N_("overdue since %(day)s"),
    Code.SEND_DECISION: N_("by %(day)s"),
    Code.ASK_ROUND: N_("until %(day)s"),
    Code.BEGIN_ROUND: N_("since %(day)s"),
    Code.CLOSE_ROUND: N_("ended on %(day)s"),
    Code.ERASE_SHEETS: N_("after %(day)s"),
}
_TITLE_LIMIT: Final = 120
_BACKUP_OLD_AFTER: Final = timedelta(days=7)


@blueprint.get("/")
@allow(TEAM)
def show_today() -> str | Response:
    """Show what is on, what comes next and what is due."""
    if not is_set_up():
        return redirect(url_for("setup.show_step"))
    connection = reading()
    day, unit = today(), current_unit()["id"]
    coming = store.find_next_meeting(connection, unit, day)
    return render_template(
        "today/today.html",
        in_session=store.list_in_session(connection, unit),
        coming=coming,
        has_meetings=store.has_meetings(connection, unit),
        tasks=[make_task(due) for due in store.list_due(connection, unit, day)],
        village=chosen_unit() or None,
        differing_here=count_differences(chosen_unit()),
        to_look_at=count_to_look_at(chosen_unit()),
        backup=describe_backup(),
        may_write=permits(WRITERS, current_role()),
        may_keep=permits(KEEPERS, current_role()),
    )


def make_task(due: Due) -> dict[str, Any]:
    """Put one thing to do into the words of a task list."""
    endpoint, name = _PAGES[due.code]
    address: dict[str, Any] = {name: due.record}
    title = due.title if len(due.title) <= _TITLE_LIMIT else f"{due.title[:_TITLE_LIMIT].rstrip()} …"
    return {
        "label": say(WORDS[due.code], title=title),
        "href": url_for(endpoint, **address),
        "hint": _("If it was sent already, nothing needs to be done.") if due.code is Code.SEND_DECISION else "",
        "state": _state_words(due, due.day),
        "tone": "late" if due.late else "warn",
    }


def _state_words(due: Due, day: date | None) -> str:
    if due.code is Code.MISSING_DISCLOSURE:
        return str(ngettext("%(num)s thing is missing", "%(num)s things are missing", due.number))
    if due.code is Code.ASK_ROUND and due.number:
        return str(ngettext("%(num)s household left", "%(num)s households left", due.number))
    if day is None:
        return str(_("going on") if due.code is Code.ASK_ROUND else _("overdue"))
    return say(_DAY_WORDS.get(due.code, N_("meeting of %(day)s")), day=write_day(day))


def describe_backup() -> dict[str, Any]:
    """Say how old the newest backup is; it counts as old after a week."""
    archives = list_archives(services().folder.backups)
    if not archives:
        return {"text": _("No backup yet"), "tone": "warn"}
    made_at = archives[0].made_at
    old = now() - made_at > _BACKUP_OLD_AFTER
    return {
        "text": _("Newest backup: %(moment)s", moment=made_at.strftime("%H:%M, %d/%m/%Y")),
        "tone": "warn" if old else "ok",
    }
