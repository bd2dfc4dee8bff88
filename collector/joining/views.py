"""The pages on which a laptop joins a centre, and which say to which one it belongs."""

import base64
import io
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import HEADS, allow
from collector.errors import CollectorError
from collector.joining.asked import note_asked, when_asked
from collector.joining.errors import WORDS, AddressMistyped, AnswerNotConfirmed, CodeMistyped, JoinedAlready
from collector.joining.forms import AnswerForm, JoinForm, MoveForm
from collector.joining.reasons import NO_CENTRE_THERE, explain_enrolment
from collector.joining.reasons import WORDS as ENROLMENT_WORDS
from collector.membership import move_centre, read_membership
from collector.pages import go
from collector.phrase import CODE_PROBLEM_WORDS, CODE_WORDS
from collector.web import close_reading, services
from collector.wording import add_errors, explain, put_together, say, tell
from sync.errors import CaptivePortal, SyncError

blueprint = Blueprint("joining", __name__)
add_errors(WORDS)
add_errors(ENROLMENT_WORDS)

REQUEST_NAME: Final = "request.collector"


@blueprint.route("/centre", methods=["GET", "POST"])
@allow(HEADS)
def show_centre() -> str | Answer | tuple[str, int]:
    """Say to which centre this computer belongs, or let it join one with a code."""
    from collector.joining.sending import send_request
    from collector.joining.store import join, read_typed

    form = JoinForm()
    if request.method == "GET":
        return _show(form)
    try:
        typed = read_typed(form.code.data or "", form.address.data or "")
        close_reading()
        join(services().folder, services().database, typed, send_request, leaves=bool(form.leaves.data))
    except CodeMistyped as error:
        form.code.errors = explain_code(error)
        return _show(form), 422
    except AddressMistyped as error:
        form.address.errors = [tell(error)]
        return _show(form), 422
    except (CollectorError, SyncError) as error:
        form.form_errors.append(put_together(*explain_refusal(error)))
        return _show(form), 422
    return go("joining.show_centre", _("This computer belongs to the centre now."))


def _show(form: JoinForm, moved: str | None = None) -> str:
    from collector.joining.store import name_centre

    folder = services().folder
    settings, membership = folder.read_settings(), read_membership(folder)
    return render_template(
        "joining/centre.html",
        form=form,
        membership=membership,
        words=name_centre(membership.signing) if membership else "",
        answer_form=AnswerForm(formdata=None),
        move_form=MoveForm(formdata=None, data={"address": moved or (membership.url if membership else "")}),
        is_moving=moved is not None,
        asked=when_asked(folder),
        is_demo=bool(settings.get("demo")),
        is_centre=settings.get("role") == "central",
    )


def explain_code(error: CodeMistyped) -> list[str]:
    """Say for every word that is none of a code what is wrong with it; of a whole text only how many words it has."""
    problems = error.context["problems"]
    return [
        say(CODE_PROBLEM_WORDS[each.code], position=each.position, word=each.word, have=each.have, need=each.need)
        for each in (problems if len(problems) <= CODE_WORDS else problems[-1:])
    ]


def explain_refusal(error: CollectorError | SyncError) -> tuple[str, str]:
    """Say why this computer did not join, by the reason where there is one."""
    reason = NO_CENTRE_THERE if isinstance(error, CaptivePortal) else explain_enrolment(error)
    return (say(reason[0]), say(reason[1])) if reason else explain(error)


@blueprint.post("/centre/request")
@allow(HEADS)
def download_request() -> Response:
    """Send the file with which this computer asks to belong to a centre."""
    from collector.joining.store import make_request

    data = make_request(services().folder, services().database)
    note_asked(services().folder)
    return send_file(
        io.BytesIO(data), mimetype="application/octet-stream", as_attachment=True, download_name=REQUEST_NAME
    )


@blueprint.post("/centre/answer")
@allow(HEADS)
def take_answer() -> str | Answer | tuple[str, int]:
    """Take in the answer of a centre: first its words are shown, then somebody says that they are the right ones."""
    from collector.joining.store import MAX_ANSWER_BYTES
    from collector.joining.store import take_answer as take

    form = AnswerForm()
    content = form.read(MAX_ANSWER_BYTES)
    confirmed = request.form.get("confirmed", "")
    if not (form.file.data or form.content.data):
        form.file.errors = [_("No file was chosen yet. Please choose the file of the answer.")]
        return render_template("joining/answer.html", form=form), 422
    close_reading()
    try:
        take(services().folder, services().database, content, confirmed, leaves=bool(form.leaves.data))
    except AnswerNotConfirmed as error:
        return _compare(form, content, error.context["words"])
    except JoinedAlready as error:
        form.form_errors.append(tell(error))
        return _compare(form, content, confirmed), 422
    except (CollectorError, SyncError) as error:
        form.form_errors.append(put_together(*explain_refusal(error)))
        return render_template("joining/answer.html", form=form), 422
    return go("joining.show_centre", _("This computer belongs to the centre now."))


def _compare(form: Any, content: bytes, words: str) -> str:
    form.content.data = base64.b64encode(content).decode()
    belongs = read_membership(services().folder) is not None
    return render_template("joining/compare.html", form=form, words=words, belongs=belongs)


@blueprint.post("/centre/address")
@allow(HEADS)
def change_address() -> Answer | tuple[str, int]:
    """Note that the same centre is reached at another address."""
    from collector.joining.store import check_address

    folder = services().folder
    form = MoveForm()
    try:
        address = check_address(form.address.data or "")
    except CollectorError as error:
        shown = JoinForm(formdata=None)
        shown.form_errors.append(tell(error))
        return _show(shown, form.address.data or ""), 422
    if read_membership(folder) is not None:
        move_centre(folder, address)
    return go("joining.show_centre", _("The address is noted."))
