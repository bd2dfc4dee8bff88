"""Adding, showing and removing the files of records.

A file is shown from a page of its own without rights: it runs nothing and loads nothing.
"""

import re
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from collector.accounts.access import TEAM, WRITERS, allow
from collector.attachments import store
from collector.attachments.files import FileMissing
from collector.attachments.formats import JPEG, PDF, PNG, WEBP
from collector.attachments.sounds import SOUNDS
from collector.errors import CollectorError
from collector.web import reading, recording, services
from collector.wording import add_errors, say, tell
from collector.words import N_
from sync.storage import Row

blueprint = Blueprint("attachments", __name__)

PICTURE_POLICY: Final = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
SOUND_POLICY: Final = "sandbox; default-src 'none'; media-src 'self'"
PDF_POLICY: Final = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
"""Browsers refuse to show a PDF in a sandbox; their viewer runs it apart from this site."""
_POLICIES: Final = {
    **dict.fromkeys((JPEG, PNG, WEBP), PICTURE_POLICY),
    **dict.fromkeys(SOUNDS, SOUND_POLICY),
    PDF: PDF_POLICY,
}
_LOCAL_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")

add_errors(
    {
        "file_not_known": (
            N_("This file cannot be attached."),
            N_(
                "Please choose a photo (JPEG, PNG or WebP), for a signed scan also a PDF, for a questionnaire also a"
                " recording (MP3, OGG, M4A or WAV)."
            ),
        ),
        "file_heic": (
            N_("This photo is in the HEIC format, which most computers cannot show."),
            N_(
                "On the telephone, choose “Most compatible” under Settings, Camera, Formats and take the photo"
                " again, or send it from the telephone as JPEG."
            ),
        ),
        "file_broken": (
            N_("This photo is damaged and cannot be read."),
            N_("Please copy it from the telephone again, or take it again."),
        ),
        "picture_too_large": (
            N_("This photo has %(width)s × %(height)s points, too many for this computer."),
            N_("Please take it again at a lower resolution."),
        ),
        "disk_nearly_full": (
            N_("The disk of this computer is nearly full: %(free_mb)s MB are free. The file was not saved."),
            N_("Please delete files that are not needed until %(needed_mb)s MB are free, then add it again."),
        ),
        "file_stays": (
            N_("This paper belongs to finalised minutes and stays."),
            N_("If something in it is wrong, please make an amendment."),
        ),
        "attachment_unknown": (
            N_("The centre knows no record of this file that this computer may see."),
            N_("Please send and receive once more: records go before their photos."),
        ),
        "file_not_chosen": (N_("No file is chosen yet."), N_("Please choose a file, then press the button again.")),
    }
)


@blueprint.app_template_global()
def has_file(row: Row) -> bool:
    """Tell templates whether the bytes of a file have come to this computer."""
    return services().files.size(row["sha256"] or "") is not None


class FileNotChosen(CollectorError):
    """The form was sent without a file."""

    code = "file_not_chosen"
    status = 422


@blueprint.post("/files")
@allow(WRITERS)
def add_file() -> Response:
    """Attach a photo or a scan to a record."""
    try:
        _add()
    except CollectorError as problem:
        if "next" not in request.form:
            raise
        flash(tell(problem), "error")
    else:
        flash(say(N_("The file is saved on this computer.")), "ok")
    return redirect(_next_path(), 303)


def _add() -> None:
    owner_kind, owner = request.form.get("owner_kind", ""), request.form.get("owner", "")
    unit = store.get_owner(reading(), owner_kind, owner)["unit"]
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if sent is None or not data:
        raise FileNotChosen()
    new = store.read_upload(owner_kind, owner, request.form.get("role", ""), name=sent.filename or "", data=data)
    files = services().files
    store.store_bytes(files, new.data)  # before the transaction, so that nobody waits for the disk
    with recording() as recorder:
        store.add_attachment(recorder, files, unit, new)


@blueprint.get("/files/<attachment_id>")
@allow(TEAM)
def show_file(attachment_id: str) -> Response | tuple[str, int]:
    """Show a picture or a PDF, or give another file to be saved. Checked again on every visit, by its hash."""
    row = store.get_attachment(reading(), attachment_id)
    try:
        path = services().files.path(row["sha256"] or "")
    except FileMissing as error:
        return render_template("attachments/missing.html", attachment=row), error.status
    policy = _POLICIES.get(row["media_type"])
    response = send_file(
        path,
        mimetype=row["media_type"] if policy else "application/octet-stream",
        as_attachment=policy is None,
        download_name=row["name"],
        etag=row["sha256"],
    )
    response.headers["Content-Security-Policy"] = policy or PICTURE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.post("/files/<attachment_id>/remove")
@allow(WRITERS)
def remove_file(attachment_id: str) -> Response:
    """Take a photo or a scan away from its record."""
    with recording() as recorder:
        store.remove_attachment(recorder, attachment_id)
    flash(say(N_("The file was taken away. It can be brought back from “What was removed”.")), "ok")
    return redirect(_next_path(), 303)


def _next_path() -> str:
    wanted = request.form.get("next", "")
    return wanted if _LOCAL_PATH.fullmatch(wanted) else url_for("today.show_today")
