"""Where pages send keystrokes within seconds, and how forms get them back after a power cut."""

from datetime import datetime

from flask import Blueprint, Response, abort, jsonify, request
from flask_wtf import FlaskForm
from wtforms import BooleanField

from collector.accounts.access import TEAM, allow
from collector.clock import ZONE, now, utc_text
from collector.drafts.store import find_draft, save_draft, wipe_draft
from collector.recorder import Recorder
from collector.web import current_author, reading, recording

blueprint = Blueprint("drafts", __name__)


@blueprint.post("/drafts")
@allow(TEAM)
def save() -> Response:
    """Keep the keystrokes of a form on the disk and say when that was done."""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        abort(400)
    fields = sent.get("fields") if isinstance(sent, dict) else None
    form = sent.get("form") if isinstance(sent, dict) else None
    if not isinstance(fields, dict) or not isinstance(form, str) or not form:
        abort(400)
    moment = now()
    typed = {_whole(str(name)): _whole(str(value)) for name, value in fields.items() if value is not None}
    with recording() as recorder:
        save_draft(recorder.connection, current_author() or "", _whole(form), typed, utc_text(moment))
    return jsonify(saved_at=moment.strftime("%H:%M:%S"))


def _whole(text: str) -> str:
    """Put a question mark in the place of half a character, which no database keeps; all other words stay."""
    return text.encode("utf-8", "replace").decode("utf-8")


def restore_draft(form: FlaskForm, key: str) -> str:
    """Put kept keystrokes back into a form that is shown afresh; return their time of day, or ''."""
    draft = find_draft(reading(), current_author() or "", key)
    if draft is None:
        return ""
    for name, value in draft.fields.items():
        field = form._fields.get(name.removeprefix(form._prefix))
        if field is not None and field.short_name != "csrf_token":
            field.data = value not in ("", "0", "false") if isinstance(field, BooleanField) else value
    return datetime.fromisoformat(draft.saved_at).astimezone(ZONE).strftime("%H:%M:%S")


def forget_draft(recorder: Recorder, key: str) -> None:
    """Wipe the keystrokes of a form in the transaction that saves it."""
    wipe_draft(recorder.connection, current_author() or "", key)
