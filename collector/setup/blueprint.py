"""What all pages of the first run share: where they lead, who may see them, and the frame around a question."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from werkzeug.wrappers import Response

from collector import wording
from collector.accounts.security import is_on_this_computer
from collector.setup.progress import Progress, list_steps, read_progress
from collector.web import is_set_up, services
from collector.words import N_

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("setup", __name__)

OPEN_BEFORE: frozenset[str] = frozenset({"static", "healthz", "accounts.choose_language"})
"""What can be asked before the first run is finished, besides its own pages."""

wording.add_errors({
    "folder_already_set_up": (
        N_("A village was already set up on this computer."),
        N_("Please log in. For another village choose another data folder: %(path)s"),
    ),
    "setup_incomplete": (
        N_("Something is still missing for the first steps: %(missing)s."),
        N_("Please go through the steps again."),
    ),
})


@blueprint.before_app_request
def lead_to_first_run() -> Response | None:
    """Send every request to the first run until that is finished."""
    endpoint = request.endpoint or ""
    if endpoint in OPEN_BEFORE or endpoint.startswith("setup.") or is_set_up():
        return None
    return redirect(url_for("setup.show_step"), 303)


@blueprint.before_request
def guard_first_run() -> tuple[str, int] | None:
    """Let only somebody at the computer itself do the first run, and only once; speak the language chosen in it."""
    if is_set_up():
        abort(404)
    if not is_on_this_computer():
        title = _("The first steps are done on the village computer itself.")
        advice = _("Please open Collector there. Afterwards other devices can log in.")
        return render_template("error.html", code=403, title=title, advice=advice), 403
    chosen = read_progress(services().folder).get("language")
    if chosen and "language" not in session:
        session["language"] = chosen
        refresh()
    return None


def show_question(step: str, status: int = 200, **values: Any) -> tuple[str, int]:
    """Show the page of a step inside the frame that says how far one is and leads back."""
    steps = list_steps(current_progress())
    place = steps.index(step)
    back = url_for("setup.show_step", step=steps[place - 1]) if place else ""
    return (
        render_template(
            f"setup/{step}.html", step=step, number=place + 1, total=len(steps), back_url=back, **values
        ),
        status,
    )


def show_within(page: str, status: int = 200, **values: Any) -> tuple[str, int]:
    """Show a page that is no step of its own: it leads away from the first question, and back to it."""
    back = url_for("setup.show_step", step="commune")
    return render_template(f"setup/{page}.html", step=page, number=0, total=0, back_url=back, **values), status


def go_on_from(step: str) -> Response:
    """Lead to the step after this one."""
    steps = list_steps(current_progress())
    return redirect(url_for("setup.show_step", step=steps[steps.index(step) + 1]), 303)


def stay(step: str) -> Response:
    """Show this step once more."""
    return redirect(url_for("setup.show_step", step=step), 303)


def current_progress() -> Progress:
    """Give what was answered so far."""
    return read_progress(services().folder)
