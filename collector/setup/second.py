"""The first run with a code: a further computer of a village takes everything over from the centre.

The code is asked for before the village is. If it names a village that the centre knows, the computer joins at once,
what is on record arrives, and only who logs in here is asked. If not, the code waits in what was answered so far, and
the computer joins with it when the first run is finished.
"""

from typing import Any, Final

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.errors import CollectorError
from collector.folder import DataFolder
from collector.folding import fold
from collector.joining.forms import JoinForm
from collector.membership import read_membership
from collector.query import count_records, find_record, list_records
from collector.setup.blueprint import Answer, current_progress, go_on_from, show_question, show_within, stay
from collector.setup.progress import Progress, is_second, save_progress
from collector.setup.store import VILLAGE_ROLES, SecondPlan, TeamMember
from collector.units.aliases import canonical
from collector.web import close_reading, reading, services
from collector.wording import put_together
from sync.errors import EnrolmentRefused, SyncError
from sync.storage import Row

COUNTED: Final = ("household", "meeting", "opinion", "programme")
"""What the page of the arrival counts, so that people recognise their village."""
LATER: Final = {"new_village": "village", "role": "commune"}
"""Why a good code cannot be used yet, and for which role it is then kept until the first run is finished."""


def enter_code() -> Answer:
    """Ask for the code and the address of the centre; join, or keep the code for the end."""
    from collector.joining.errors import CodeMistyped
    from collector.joining.store import read_typed
    from collector.joining.views import explain_code, explain_refusal

    if is_second(current_progress()):
        return stay("arrival")
    form = JoinForm()
    if request.method == "GET":
        return show_within("code", form=form)
    try:
        typed = read_typed(form.code.data or "", form.address.data or "")
        return _join(typed.words, typed.address)
    except CodeMistyped as error:
        form.code.errors = explain_code(error)
    except (CollectorError, SyncError) as error:
        form.form_errors.append(put_together(*explain_refusal(error)))
    return show_within("code", 422, form=form)


def _join(words: str, address: str) -> Answer:
    from collector.joining.sending import send_request
    from collector.joining.store import Typed, join_as_second

    found = services()
    close_reading()
    try:
        join_as_second(found.folder, Typed(words, address), send_request)
    except EnrolmentRefused as error:
        role = LATER.get(str(error.context.get("reason", "")))
        if role is None:
            raise
        save_progress(found.folder, code=words, address=address, role=role)
        return _keep_for_later(role)
    save_progress(found.folder, joined=True)
    _receive()
    return stay("arrival")


def _keep_for_later(role: str) -> Response:
    of_village = _("The code is good and for a new village. Please describe the village now; at the end this computer"
                   " joins the centre by itself.")  # fmt: skip
    of_commune = _("The code is good and for the computer of the commune. Please go on; at the end this computer joins"
                   " the centre by itself.")  # fmt: skip
    flash(of_commune if role == "commune" else of_village, "ok")
    return redirect(url_for("setup.show_step", step="commune"), 303)


def _receive() -> None:
    from collector.replication.background import Wish, ensure_exchanger
    from collector.replication.errors import SyncRunning

    try:
        ensure_exchanger(current_app).ask(Wish(None))
    except SyncRunning:
        return


def show_arrival() -> Answer:
    """Show what arrives of the village; go on when the village itself is here."""
    village = _find_village()
    if request.method == "POST" and request.form.get("action") == "again":
        _receive()
        return stay("arrival")
    if request.method == "POST" and village is not None:
        team = current_progress().get("team") or _list_team(str(village["id"]))
        save_progress(services().folder, arrived=True, team=team)
        return go_on_from("arrival")
    return show_question("arrival", village=village, **_describe_arrival(village))


def _find_village() -> Row | None:
    membership = read_membership(services().folder)
    return find_record(reading(), "unit", canonical(reading(), membership.unit)) if membership else None


def _describe_arrival(village: Row | None) -> dict[str, Any]:
    from collector.replication.background import ensure_exchanger
    from collector.replication.speaking import explain_problem, say_step

    exchanger = ensure_exchanger(current_app)
    progress = exchanger.progress
    problems = exchanger.last.report.problems if exchanger.last and not exchanger.is_busy else []
    return {
        "is_busy": exchanger.is_busy,
        "sentence": say_step(progress.step) if progress else "",
        "problems": [explain_problem(each) for each in problems],
        "counts": {kind: count_records(reading(), kind) for kind in COUNTED} if village else {},
        "centre": read_membership(services().folder),
    }


def _list_team(unit: str) -> list[dict[str, Any]]:
    """List who is on record as the team, as rows of the step that gives passwords; whom two computers noted, once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in list_records(reading(), "person", unit=unit, order="name, id"):
        if row["role"] in VILLAGE_ROLES:
            known = {"id": row["id"], "name": row["name"], "role": row["role"], "post": row["post"] or ""}
            found.setdefault((fold(row["name"]), row["role"]), known | {"password_hash": ""})
    return list(found.values())


def make_second_plan(progress: Progress) -> SecondPlan:
    """Turn the answers into what is written at the end, with the village that arrived."""
    village = _find_village() or {}
    return SecondPlan(
        unit=str(village["id"]),
        unit_code=str(village["commune_code"] or ""),
        village_name=str(village["name"] or ""),
        team=tuple((each.get("id", ""), _member(each)) for each in progress["team"]),
        language=progress["language"],
    )


def _member(row: dict[str, Any]) -> TeamMember:
    return TeamMember(row["name"], row["role"], row["post"], row["password_hash"])


def join_with_kept_code(folder: DataFolder, progress: Progress) -> str:
    """Join with the code that waited for the end of the first run; give what to say, "" if no code waited."""
    from collector.joining.sending import send_request
    from collector.joining.store import Typed, join
    from collector.joining.views import explain_refusal

    if not progress.get("code"):
        return ""
    try:
        join(folder, services().database, Typed(progress["code"], progress["address"]), send_request)
    except (CollectorError, SyncError) as error:
        why = put_together(*explain_refusal(error))
        said = _("This computer does not belong to the centre yet. %(why)s After logging in, type the code once more at"
                 " “Send and receive”.", why=why)  # fmt: skip
        return str(said)
    return ""
