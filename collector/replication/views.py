"""The page "Send and receive": where everything is, sending over the network, and what is left to do."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import HEADS, KEEPERS, TEAM, WRITERS, allow
from collector.history.store import list_names
from collector.membership import belongs_to_centre
from collector.pages import AT_CENTRE, go
from collector.replication import automatic
from collector.replication.background import Wish, ensure_exchanger
from collector.replication.connecting import find_address
from collector.replication.errors import WORDS, NotEnrolled
from collector.replication.journal import Ended, find_failure
from collector.replication.lock import is_running
from collector.replication.progress import Progress, Step
from collector.replication.showing import (
    describe_refused,
    find_clock_warning,
    link_if_there,
    list_unsent,
    make_overview,
    show_place,
)
from collector.replication.speaking import explain_problem, name_asker, say_report, say_step
from collector.replication.states import count_totals, count_unsent_sheets
from collector.rights import list_visible_kinds
from collector.sticks.store import find_departures
from collector.web import current_author, current_role, reading, services
from collector.wording import add_errors, write_moment

blueprint = Blueprint("replication", __name__)
add_errors(WORDS)


@blueprint.app_template_global()
def place_of(kind: str, record: str) -> dict[str, Any] | None:
    """Say where a record is with all that belongs to it, for its page."""
    return None if _is_centre() else show_place(reading(), kind, record)


@blueprint.app_template_global()
def unsent_of(records: Iterable[str]) -> set[str]:
    """Find those records of a list of which a part is only on this laptop."""
    return set() if _is_centre() else list_unsent(reading(), records)


@blueprint.app_template_global()
def only_here() -> int:
    """Count what a laptop that belongs to a centre has not sent yet."""
    return 0 if _is_centre() or not belongs_to_centre(services().folder) else count_totals(reading()).only_here


@blueprint.app_template_global()
def clock_warning() -> str:
    """Say that the clock of this laptop was wrong in the newest exchange and was not put right since."""
    return "" if _is_centre() else find_clock_warning(reading(), ensure_exchanger(current_app).clock)


@blueprint.app_template_global()
def unsent_sheets_of(round_id: str) -> int:
    """Count the answer sheets of a round that are only on this laptop."""
    return 0 if _is_centre() else count_unsent_sheets(reading(), round_id)


def _is_centre() -> bool:
    return services().folder.read_settings().get("role") == "central"


@blueprint.get("/send-and-receive")
@allow(TEAM)
def show_sync() -> str | Answer:
    """Show where everything is, and what an exchange that goes on or ended came to."""
    if _is_centre():
        return go(AT_CENTRE)
    connection, folder = reading(), services().folder
    exchanger = ensure_exchanger(current_app)
    overview = make_overview(connection, folder, exchanger.clock)
    names = list_names(connection)
    shown = {kind.name for kind in list_visible_kinds(current_role())}
    return render_template(
        "replication/send_and_receive.html",
        overview=overview,
        address=find_address(folder),
        is_member=belongs_to_centre(folder),
        success=_describe(overview.success, names),
        failure=_describe(overview.failure or _find_unwritten(exchanger.last, overview.success), names),
        step=_describe_progress(exchanger.progress) if exchanger.is_busy else None,
        elsewhere=not exchanger.is_busy and is_running(folder),
        automatic=automatic.is_allowed(folder),
        may_send=current_role() in WRITERS,
        may_decide=current_role() in KEEPERS,
        may_join=current_role() in HEADS,
        refused=[describe_refused(connection, each, shown) for each in overview.refused],
        has_page=link_if_there,
        departures=find_departures(connection),
    )


def _find_unwritten(last: Ended | None, success: Ended | None) -> Ended | None:
    """Give a failure that could not be written down, unless an exchange went through since."""
    return last if last is not None and (success is None or success.at <= last.at) else None


def _describe(ended: Ended | None, names: dict[str, str]) -> dict[str, Any] | None:
    if ended is None:
        return None
    return {
        "moment": write_moment(ended.at),
        "who": name_asker(ended.author, names),
        "sentence": say_report(ended.report),
        "problems": [explain_problem(each) for each in ended.report.problems],
    }


def _describe_progress(progress: Progress | None) -> dict[str, Any]:
    step = progress.step if progress else Step()
    return {"sentence": say_step(step), "done": step.done, "total": step.total}


@blueprint.get("/send-and-receive/progress")
@allow(TEAM)
def show_progress() -> Response:
    """Say how far the exchange is, for the page that asks every second."""
    exchanger = ensure_exchanger(current_app)
    if not exchanger.is_busy:
        return jsonify(running=is_running(services().folder))
    return jsonify(running=True, **_describe_progress(exchanger.progress))


@blueprint.post("/send-and-receive")
@allow(WRITERS)
def start_sync() -> Answer:
    """Begin to send and receive; it goes on when the page is closed."""
    if not find_address(services().folder):
        raise NotEnrolled()
    ensure_exchanger(current_app).ask(Wish(current_author()))
    return go("replication.show_sync")


@blueprint.post("/send-and-receive/accept")
@allow(KEEPERS)
def accept_centre() -> Answer:
    """Go on with a centre that shows less than it showed before, because a person says that it is the right one."""
    if not find_address(services().folder):
        raise NotEnrolled()
    incarnation = request.form.get("incarnation", "")
    failure = find_failure(reading())
    shown = {each.context.get("incarnation") for each in failure.report.problems} if failure else set()
    if not incarnation or incarnation not in shown:
        return go("replication.show_sync")
    ensure_exchanger(current_app).ask(Wish(current_author(), incarnation))
    return go("replication.show_sync")


@blueprint.post("/send-and-receive/automatic")
@allow(KEEPERS)
def choose_automatic() -> Answer:
    """Allow this laptop to send and receive by itself, or not any more."""
    allowed = request.form.get("automatic") == "yes"
    automatic.allow(services().folder, allowed=allowed)
    said = _("From now on this laptop sends and receives by itself when there is a network.")
    return go(
        "replication.show_sync",
        said if allowed else _("This laptop sends and receives only when you press the button."),
    )
