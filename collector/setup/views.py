"""Pages of the first run: one question per screen, in order, until nothing is open."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from collector.accounts.access import ANYONE, allow
from collector.setup import closing, questions, rows, second
from collector.setup.blueprint import Answer, blueprint, current_progress
from collector.setup.progress import find_open_step, list_steps

__all__ = ["blueprint"]

ASK: Final[Mapping[str, Callable[[], Answer]]] = {
    "language": questions.ask_language,
    "commune": questions.ask_commune,
    "arrival": second.show_arrival,
    "village": questions.ask_village,
    "register": questions.ask_register,
    "groups": rows.ask_groups,
    "team": rows.ask_team,
    "phrase": closing.show_phrase,
    "check": closing.check_phrase,
}


@blueprint.get("/setup/communes")
@allow(ANYONE)
def suggest_communes() -> Response:
    """List communes for what was typed."""
    return jsonify(questions.suggest_communes(request.args.get("q", "")))


@blueprint.route("/setup/code", methods=["GET", "POST"])
@allow(ANYONE)
def enter_code() -> Answer:
    """Take a code of the centre in, before anything else is asked."""
    if find_open_step(current_progress()) == "language":
        return redirect(url_for("setup.show_step", step="language"), 303)
    return second.enter_code()


@blueprint.get("/setup/print")
@allow(ANYONE)
def print_phrase() -> Answer:
    """Show the recovery phrase for the printer."""
    return closing.print_phrase()


@blueprint.route("/setup", methods=["GET", "POST"])
@blueprint.route("/setup/<step>", methods=["GET", "POST"])
@allow(ANYONE)
def show_step(step: str = "") -> Answer:
    """Ask one question of the first run; without a step the first one that is open."""
    progress = current_progress()
    still_open = find_open_step(progress)
    if step and step not in ASK:
        abort(404)
    if not step and progress:
        flash(_("What was entered before is still here."), "ok")
    steps = list_steps(progress)
    if step not in steps or steps.index(step) > steps.index(still_open):
        return redirect(url_for("setup.show_step", step=still_open), 303)
    return ASK[step]()
