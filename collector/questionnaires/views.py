"""The pages of questionnaires: the list, sending a workbook, one questionnaire with what it measures, its files."""

import re
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Answer

from collector.accounts.access import KEEPERS, TEAM, WRITERS, allow
from collector.attachments.files import MAX_FILE_BYTES
from collector.attachments.views import FileNotChosen
from collector.clock import now
from collector.errors import CollectorError, RecordInvalid
from collector.pages import go
from collector.questionnaires import built_in, store
from collector.questionnaires.errors import FormRefused, WorkbookRefused, XmlRefused
from collector.questionnaires.form import Form
from collector.questionnaires.forms import (
    OTHER,
    UploadForm,
    make_mapping_form,
    make_medium_form,
    make_recording_form,
)
from collector.questionnaires.importing import finish_import, prepare_import
from collector.questionnaires.interview import Interview
from collector.questionnaires.languages import name_language
from collector.questionnaires.media import (
    DRAWINGS,
    add_medium,
    add_recording,
    find_medium,
    list_recordings,
    list_wanted,
)
from collector.questionnaires.records import MAPPED, QUESTIONNAIRE
from collector.questionnaires.showing import list_shown
from collector.questionnaires.wording import ERRORS, explain_refusal
from collector.questionnaires.workbooks import MAX_BYTES
from collector.villages.current import chosen_unit, current_unit
from collector.web import current_role, reading, recording, services
from collector.wording import add_errors, field_sentence, say, tell
from sync.storage import Row

blueprint = Blueprint("questionnaires", __name__)

add_errors(ERRORS)
MEDIUM_POLICY: Final = "default-src 'none'; media-src 'self'; sandbox"
WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/questionnaires")
@allow(TEAM)
def list_questionnaires() -> str:
    """Show the questionnaires in use, those that come with Collector, and those no longer used."""
    return render_template(
        "questionnaires/list.html",
        questionnaires=store.list_questionnaires(reading(), unit=chosen_unit()),
        retired=store.list_questionnaires(reading(), unit=chosen_unit(), retired=True),
        built_in=built_in.BUILT_IN,
        may_change=current_role() in KEEPERS,
    )


@blueprint.route("/questionnaires/new", methods=["GET", "POST"])
@allow(KEEPERS)
def add_questionnaire() -> str | Answer | tuple[str, int]:
    """Take over a questionnaire from an Excel file."""
    form = UploadForm()
    unit = current_unit()
    if request.method == "GET" or not form.validate_on_submit():
        return render_template("questionnaires/new.html", form=form)
    try:
        prepared = prepare_import(*_read_file(form.file.data), form.counted.data or "", now(), say)
        with recording() as recorder:
            taken = finish_import(recorder, unit["id"], prepared)
    except (WorkbookRefused, FormRefused, XmlRefused) as refused:
        form.file.errors = [explain_refusal(refused, say)]
    except RecordInvalid as refused:
        form.file.errors = [field_sentence(QUESTIONNAIRE, error) for error in refused.errors]
    except (FileNotChosen, store.VersionTaken) as refused:
        form.file.errors = [tell(refused)]
    else:
        message = _("The questionnaire is saved.") if taken.is_new else _("This questionnaire was here already.")
        return go("questionnaires.show_questionnaire", message, questionnaire_id=taken.questionnaire)
    return render_template("questionnaires/new.html", form=form), 422


def _read_file(sent: FileStorage | None, limit: int = MAX_BYTES) -> tuple[bytes, str]:
    data = sent.read(limit + 1) if sent else b""
    if sent is None or not data:
        raise FileNotChosen()
    return data, sent.filename or ""


@blueprint.get("/questionnaires/<questionnaire_id>")
@allow(TEAM)
def show_questionnaire(questionnaire_id: str) -> str:
    """Show a questionnaire: its questions, what they measure, its pictures and recordings."""
    return show_page(store.get_questionnaire(reading(), questionnaire_id))


def show_page(row: Row, mapping_form: Any = None) -> str:
    """Show the page of a questionnaire, with the form of its mapping as it was sent if there is something wrong."""
    form = Form.parse(row["xform"])
    interview = Interview(form, now=now(), language=_language())
    wanted = list_wanted(reading(), services().files, form, row["id"])
    return render_template(
        "questionnaires/show.html",
        questionnaire=row,
        form=form,
        questions=list_shown(form, interview),
        measured=[(say(QUESTIONNAIRE.field(name).words), interview.label(row[name])) for name in MAPPED if row[name]],
        rounds=store.count_rounds(reading(), row["id"]),
        mapping_form=mapping_form or make_mapping_form(row, form, interview),
        wanted=wanted,
        medium_form=make_medium_form(wanted),
        recordings=sorted(list_recordings(reading(), form, row["id"]).items()),
        recording_form=make_recording_form(form, interview),
        name_language=name_language,
        drawings=DRAWINGS,
        may_change=current_role() in KEEPERS,
        may_add=current_role() in WRITERS,
    )


def _language() -> str:
    return str(get_locale() or "vi")


@blueprint.post("/questionnaires/<questionnaire_id>/mapping")
@allow(KEEPERS)
def edit_mapping(questionnaire_id: str) -> Answer | tuple[str, int]:
    """Say which questions measure what."""
    row = store.get_questionnaire(reading(), questionnaire_id)
    form = Form.parse(row["xform"])
    sent = make_mapping_form(row, form, Interview(form, now=now(), language=_language()))
    offered = {name: {choice.value for choice in sent[name].choices} for name in MAPPED}
    values = {name: sent[name].data for name in ("counted", *MAPPED)}
    try:
        if not sent.validate_on_submit() or any(values[name] not in offered[name] for name in MAPPED):
            raise MappingNotOffered()
        with recording() as recorder:
            store.update_mapping(recorder, questionnaire_id, values)
    except RecordInvalid as refused:
        for error in refused.errors:
            sent[error.field].errors = [field_sentence(QUESTIONNAIRE, error)]
    except (store.MappingFixed, MappingNotOffered) as refused:
        sent.form_errors.append(tell(refused))
    else:
        message = _("What the questions measure is saved.")
        return go("questionnaires.show_questionnaire", message, questionnaire_id=questionnaire_id)
    return show_page(row, sent), 422


class MappingNotOffered(CollectorError):
    """A question was named that cannot stand for this, or none of the choices was sent."""

    code = "mapping_not_offered"
    status = 422


@blueprint.post("/questionnaires/<questionnaire_id>/media")
@allow(WRITERS)
def add_file(questionnaire_id: str) -> Answer:
    """Add a picture or a recording that the questionnaire names."""

    def work(data: bytes) -> None:
        with recording() as recorder:
            add_medium(recorder, services().files, questionnaire_id, request.form.get("name", ""), data)

    return _add(questionnaire_id, "file", work)


@blueprint.post("/questionnaires/<questionnaire_id>/recordings")
@allow(WRITERS)
def add_spoken_question(questionnaire_id: str) -> Answer:
    """Add a recording in which somebody speaks a question, in any language."""
    chosen = request.form.get("language", "")
    tag = request.form.get("other_language", "") if chosen == OTHER else chosen

    def work(data: bytes) -> None:
        with recording() as recorder:
            spoken = request.form.get("question", ""), tag
            add_recording(recorder, services().files, questionnaire_id, spoken, data)

    return _add(questionnaire_id, "recording", work)


def _add(questionnaire_id: str, field: str, work: Any) -> Answer:
    store.get_questionnaire(reading(), questionnaire_id)
    try:
        data, _name = _read_file(request.files.get(field), MAX_FILE_BYTES)
        work(data)
    except CollectorError as refused:
        flash(tell(refused), "error")
    else:
        flash(_("The file is saved on this computer."), "ok")
    return redirect(url_for("questionnaires.show_questionnaire", questionnaire_id=questionnaire_id) + "#media", 303)


@blueprint.post("/questionnaires/<questionnaire_id>/retire")
@allow(KEEPERS)
def retire_questionnaire(questionnaire_id: str) -> Answer:
    """Put a questionnaire out of use; rounds that ask it go on."""
    with recording() as recorder:
        store.set_status(recorder, questionnaire_id, "retired")
    return go("questionnaires.list_questionnaires", _("The questionnaire is no longer offered to new rounds."))


@blueprint.post("/questionnaires/<questionnaire_id>/use")
@allow(KEEPERS)
def use_questionnaire(questionnaire_id: str) -> Answer:
    """Put a questionnaire back in use."""
    with recording() as recorder:
        store.set_status(recorder, questionnaire_id, "active")
    message = _("The questionnaire is in use again.")
    return go("questionnaires.show_questionnaire", message, questionnaire_id=questionnaire_id)


@blueprint.get("/questionnaires/<questionnaire_id>/media/<name>")
@allow(TEAM)
def show_medium(questionnaire_id: str, name: str) -> Response:
    """Show a picture or play a recording of a questionnaire."""
    return send_medium(questionnaire_id, name)


def send_medium(questionnaire_id: str, name: str) -> Response:
    """Send a picture or a recording of a questionnaire, without any rights in the browser.

    :raises MediumNotFound: if there is none of this name.
    """
    found = find_medium(reading(), services().files, questionnaire_id, name, as_drawing=True)
    response = send_file(found.path, mimetype=found.media_type, download_name=found.path.name)
    response.headers["Content-Security-Policy"] = MEDIUM_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/questionnaires/<questionnaire_id>/form.xml")
@allow(TEAM)
def download_form(questionnaire_id: str) -> Response:
    """Give a questionnaire as XForm, for other programs."""
    row = store.get_questionnaire(reading(), questionnaire_id)
    name = re.sub(r"[^\w.-]+", "_", f"{row['form_id']}-{row['version']}")
    return _download(row["xform"].encode(), "text/xml", f"{name}.xml")


@blueprint.get("/questionnaires/built-in/<code>")
@allow(TEAM)
def show_built_in(code: str) -> str:
    """Show a questionnaire that comes with Collector, before any round has asked it."""
    form = Form.parse(built_in.read_xform(code))
    interview = Interview(form, now=now(), language=_language())
    return render_template(
        "questionnaires/built_in.html",
        built_in=built_in.get_built_in(code),
        form=form,
        questions=list_shown(form, interview),
        drawings=DRAWINGS,
        may_change=current_role() in KEEPERS,
    )


@blueprint.post("/questionnaires/built-in/<code>")
@allow(KEEPERS)
def use_built_in(code: str) -> Answer:
    """Put a questionnaire that comes with Collector on record, so that recordings can be added to it."""
    unit = current_unit()
    with recording() as recorder:
        made = built_in.ensure_built_in(recorder, unit["id"], code)
    return go("questionnaires.show_questionnaire", _("The questionnaire is in use."), questionnaire_id=made)


@blueprint.get("/questionnaires/built-in/<code>/workbook")
@allow(TEAM)
def download_workbook(code: str) -> Response:
    """Give the Excel file of a questionnaire that comes with Collector, to start an own one from."""
    return _download(built_in.read_workbook(code), WORKBOOK_TYPE, f"{code}.xlsx")


def _download(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
