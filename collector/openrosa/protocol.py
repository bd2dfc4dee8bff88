"""What phones ask for under `/openrosa/<key>/`: list of forms, forms, manifests, media, and sending a sheet.

Open to anyone whose address holds the key of a phone that is not locked out; no session, no cookie, no token. The
query is ignored: clients put the id of the device there.
"""

from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request, send_file, url_for
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from collector.accounts.access import ANYONE, allow
from collector.accounts.security import TooManyTries, address_keys, throttle
from collector.clock import today
from collector.errors import CollectorError, FolderError
from collector.openrosa import store
from collector.openrosa.errors import FormNotFound, PhoneNotAllowed, SubmissionNotReadable
from collector.openrosa.media import hash_file, list_form_files
from collector.openrosa.messages import ListedFile, ListedForm, write_form_list, write_manifest, write_response
from collector.openrosa.phones import Phones
from collector.openrosa.store import Asked, Outcome
from collector.openrosa.wording import SENTENCES
from collector.pages import LANGUAGES
from collector.web import close_reading, reading, services, tidy_after
from collector.wording import explain, explain_status, say
from sync.errors import SyncError

if TYPE_CHECKING:
    from collector.openrosa.served_form import ServedForm
    from collector.questionnaires.media import Medium

blueprint = Blueprint("phones", __name__, url_prefix="/openrosa/<key>")

XML: Final = "text/xml; charset=utf-8"
ACCEPTED_BYTES: Final = 10_000_000
"""How large one POST should be at most; clients split what is larger."""
SHEET_PART: Final = "xml_submission_file"


@blueprint.before_request
def check_key() -> None:
    """Let in who holds the key of a phone; others wait longer with each wrong key.

    :raises PhoneNotAllowed: if the key is unknown or was revoked.
    :raises TooManyTries: after several of them.
    """
    key = (request.view_args or {}).get("key", "")
    if Phones(services().folder).greet(key, today()) is not None:
        return
    wait = throttle().attempt(*address_keys())
    if wait > 0:
        raise TooManyTries(wait)
    raise PhoneNotAllowed()


@blueprint.after_request
def add_protocol_headers(response: Response) -> Response:
    """Add the headers that every answer of an OpenRosa server has."""
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = str(ACCEPTED_BYTES)
    response.headers["Date"] = formatdate(usegmt=True)
    response.headers["Content-Language"] = _language()
    return response


@blueprint.get("")
@blueprint.get("/")
@blueprint.get("/formList")
@allow(ANYONE)
def list_forms(key: str) -> Response:
    """List the forms of the open rounds, or the one that is named."""
    listed = [_list_form(key, asked) for asked in store.list_open_rounds(reading())]
    wanted = request.args.get("formID")
    return _xml(write_form_list(form for form in listed if wanted in (None, form.form_id)))


def _list_form(key: str, asked: Asked) -> ListedForm:
    served = _make_form(asked)
    place = {"key": key, "round_id": asked.round["id"], "_external": True}
    return ListedForm(
        form_id=served.form_id,
        name=served.title,
        version=served.version,
        md5=served.md5,
        download_url=url_for("phones.download_form", **place),
        manifest_url=url_for("phones.list_media", **place) if _list_files(asked) else "",
    )


@blueprint.get("/forms/<round_id>.xml")
@allow(ANYONE)
def download_form(key: str, round_id: str) -> Response:
    """Give the form of an open round."""
    return _xml(_make_form(store.get_open_round(reading(), round_id)).xml)


@blueprint.get("/forms/<round_id>/manifest")
@allow(ANYONE)
def list_media(key: str, round_id: str) -> Response:
    """List the pictures and recordings of a form."""
    files = _list_files(store.get_open_round(reading(), round_id))
    return _xml(
        write_manifest(
            ListedFile(
                file.name,
                hash_file(file.path),
                url_for("phones.download_media", key=key, round_id=round_id, name=file.name, _external=True),
            )
            for file in files
        )
    )


@blueprint.get("/forms/<round_id>/media/<path:name>")
@allow(ANYONE)
def download_media(key: str, round_id: str, name: str) -> Response:
    """Give a picture or recording of a form."""
    files = _list_files(store.get_open_round(reading(), round_id))
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise FormNotFound(file=name[:100])
    return send_file(found.path, mimetype=found.media_type, download_name=found.name)


def _make_form(asked: Asked) -> "ServedForm":
    from collector.openrosa.round_forms import make_form  # reading and changing XML is loaded for the first phone

    return make_form(asked)


def _list_files(asked: Asked) -> "list[Medium]":
    return list_form_files(reading(), services().files, asked.questionnaire)


@blueprint.route("/submission", methods=["HEAD", "POST"])
@allow(ANYONE)
def send_sheet(key: str) -> Response:
    """Say where to send (HEAD), or receive a sheet (POST); attached files are not kept."""
    if request.method == "HEAD":
        response = Response(status=204)
        response.headers["Location"] = url_for("phones.send_sheet", key=key, _external=True)
        return response
    outcome = receive(_read_part())
    with force_locale(_language()):
        sentences = [say(SENTENCES[outcome])]
        if any(name not in (SHEET_PART, "*isIncomplete*") for name in request.files):
            sentences.append(_("Files that came with it were not kept: sheets hold no pictures, sounds or places."))
    return tidy_after(_xml(write_response("submit_success", " ".join(sentences)), 201))


def _read_part() -> bytes:
    """Give the bytes of the sheet, sent as a file or as a field."""
    part = request.files.get(SHEET_PART)
    if part is not None:
        return bytes(part.read())
    field = request.form.get(SHEET_PART)
    if field is None:
        raise SubmissionNotReadable(reason="no_sheet")
    return field.encode()


def receive(xml: bytes) -> Outcome:
    """Read a sheet and keep it, as nobody: who is logged in in the same browser is not looked at."""
    from collector.openrosa.receiving import read_form_id, read_sheet

    asked = store.get_round_of_form(reading(), read_form_id(xml))
    received = read_sheet(xml, _make_form(asked), asked, today())
    close_reading()
    with services().database.recording(author=None) as recorder:
        return store.keep(recorder, received)


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(body, status, content_type=XML)


@blueprint.errorhandler(CollectorError)
@blueprint.errorhandler(SyncError)
def refuse(error: CollectorError | SyncError) -> Response:
    """Say what went wrong in a form that clients show to whoever sends; paths of this computer are not told."""
    if isinstance(error, FolderError):
        return _refuse(error.code, error.status, lambda: explain_status(error.status))
    return _refuse(error.code, error.status, lambda: explain(error))


@blueprint.errorhandler(HTTPException)
def refuse_request(error: HTTPException) -> Response:
    """Say what was wrong with the request itself."""
    return _refuse(error.name.lower().replace(" ", "_"), error.code or 500, lambda: explain_status(error.code or 500))


def _refuse(nature: str, status: int, words: Callable[[], tuple[str, str]]) -> Response:
    with force_locale(_language()):
        return _xml(write_response(nature, " ".join(words())), status)


def _language() -> Any:
    return request.accept_languages.best_match(list(LANGUAGES)) or str(get_locale())
