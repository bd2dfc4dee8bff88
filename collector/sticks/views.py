"""The pages of USB sticks: choosing one, looking what lies there, writing, reading, and what it came to.

What seals and opens bundles is loaded when somebody writes or reads, not with the pages.
"""

import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import MultipleFileField, RadioField, StringField

from collector.accounts.access import HEADS, KEEPERS, allow
from collector.clock import utc_text
from collector.drives import Drive, list_drives
from collector.errors import CollectorError
from collector.joining.asked import note_asked, when_asked
from collector.joining.errors import WORDS as JOINING_WORDS
from collector.membership import belongs_to_centre
from collector.pages import go
from collector.replication.showing import link_if_there
from collector.sticks.errors import WORDS, StickPlaceMissing, StickPlaceRefused
from collector.sticks.jobs import Job, JobDesk
from collector.sticks.places import check_place
from collector.sticks.report import MAX_TOLD, Progress, ReadReport, read_report, read_write_report
from collector.sticks.sentences import (
    MISSING,
    Name,
    tell_contents,
    tell_left,
    tell_missing,
    tell_odd,
    tell_papers,
    tell_problem,
    tell_read,
    tell_written,
)
from collector.sticks.standing import Standing, count_carried, find_standing
from collector.sticks.store import count_kept, find_departures, list_missing_parts
from collector.web import current_role, reading, services
from collector.wording import add_errors, explain, say, say_numbers, tell
from collector.words import N_
from sync.devices import find_device
from sync.errors import SyncError
from sync.parking import list_papers
from sync.storage import Connection

blueprint = Blueprint("sticks", __name__)
add_errors(WORDS)
add_errors(JOINING_WORDS)

INCOMING: Final = "incoming"
FORGOTTEN_SECONDS: Final = 24 * 60 * 60
REFRESH_SECONDS: Final = "2"
SHOWN_PATH: Final = 200
APPROVING: Final = "central.approve_request"
PROTECTED: Final = N_("%(label)s (%(path)s), write protected: can be read only")
FREE: Final = N_("%(label)s (%(path)s), %(free)s MB free")


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """Where the stick is: one that was found, or a folder that is typed."""

    drive = RadioField(lazy_gettext("USB stick"), validate_choice=False)
    folder = StringField(lazy_gettext("Another folder"))

    def offer(self, drives: list[Drive]) -> "PlaceForm":
        """Offer the sticks that were found; a single one is chosen already."""
        self.drive.choices = [(str(drive.path), _describe(drive)) for drive in drives]
        if not self.drive.data and len(drives) == 1:
            self.drive.data = str(drives[0].path)
        return self

    @property
    def place(self) -> Path:
        """What was chosen: what was typed goes before what was ticked."""
        return Path((self.folder.data or "").strip() or self.drive.data or "")


class FilesForm(FlaskForm):  # type: ignore[misc]
    """Files that came another way than on a stick that is plugged in here."""

    files = MultipleFileField(lazy_gettext("Files"))


def _describe(drive: Drive) -> str:
    free = str(drive.free_bytes // 1_000_000)
    if not drive.is_writable:
        return say(PROTECTED, label=drive.label, path=str(drive.path))
    return say(FREE, label=drive.label, path=str(drive.path), free=free)


def _desk() -> JobDesk:
    desk: JobDesk = current_app.extensions.setdefault("sticks", JobDesk(services().folder))
    return desk


@blueprint.get("/sticks")
@allow(KEEPERS)
def show_sticks() -> str:
    """Show what can be written and read, and what of sticks is kept here."""
    return _render(PlaceForm())


def _render(form: PlaceForm, files: FilesForm | None = None) -> str:
    served = services()
    is_member = _is_member()
    connection = reading()
    name = _name_laptops() if is_member else None
    parts = list(list_missing_parts(connection))
    return render_template(
        "sticks/sticks.html",
        form=form.offer(list_drives()),
        files=files or FilesForm(),
        is_member=is_member,
        refusal=None if is_member else explain_code("sticks_not_enrolled"),
        kept=count_kept(connection),
        departures=find_departures(connection),
        photos=_find_photos(connection) if is_member else None,
        asked=when_asked(served.folder),
        carried_pieces=count_carried(served.folder.attachments),
        missing=[
            _(MISSING, name=name(each.device), first=each.first, last=each.last) for each in parts if name is not None
        ],
        last=_desk().find_last(),
        role=served.folder.read_settings().get("role", "village"),
        requests=_list_requests(connection) if served.folder.read_settings().get("role") == "central" else [],
        may_join=current_role() in HEADS,
        approve_url=url_for(APPROVING) if link_if_there(APPROVING) else "",
    )


def _find_photos(connection: Connection) -> Standing | None:
    """Count the photos that are only here and those that the centre has; the centre itself has nothing to say of it."""
    folder = services().folder
    return None if folder.read_settings().get("role") == "central" else find_standing(connection, folder.attachments)


def _list_requests(connection: Connection) -> list[dict[str, Any]]:
    """Name, at the centre, the laptops whose requests came on a stick, and say which of them were approved since."""
    from collector.sticks.joining import name_requester
    from sync.enrolment import REQUEST

    requests = [paper for paper in list_papers(connection) if paper.purpose == REQUEST]
    devices = [find_device(connection, paper.subject) for paper in requests]
    return [
        {"name": name_requester(paper.data), "is_approved": device is not None and device.revoked_at is None}
        for paper, device in zip(requests, devices, strict=True)
    ]


def explain_code(code: str) -> dict[str, str]:
    """Give title and advice of one of our own refusals."""
    title, advice = WORDS[code]
    return {"title": say(title), "advice": say(advice)}


def _name_laptops() -> Name:
    """Give what names laptops.

    :raises NotEnrolledForSticks: if the folder belongs to no centre.
    """
    from collector.sticks.exchange import make_namer

    return make_namer(services().folder, services().database, say)


def _is_member() -> bool:
    folder = services().folder
    return belongs_to_centre(folder) or folder.read_settings().get("role") == "central"


@blueprint.get("/sticks/look")
@allow(KEEPERS)
def look() -> str | Answer | tuple[str, int]:
    """Show what lies on a stick before it is read: from whom, how much, since when."""
    from collector.sticks.joining import find_answers
    from collector.sticks.looking import look_at

    if not request.args:
        return redirect(url_for("sticks.show_sticks"))
    form = PlaceForm(request.args, meta={"csrf": False})
    served = services()
    try:
        place = _choose(form)
        if not _is_member():
            return render_template("sticks/answers.html", place=place, answers=find_answers(served.folder, place))
        found = look_at(place)
        name = _name_laptops()
    except (CollectorError, SyncError) as error:
        return _refuse(form, error)
    return render_template("sticks/look.html", found=found, place=place, name=name)


def _choose(form: PlaceForm) -> Path:
    """Give the folder that was chosen.

    :raises StickPlaceMissing: if none was.
    :raises StickPlaceRefused: if it is none that a stick could have.
    """
    if not form.place.parts:
        raise StickPlaceMissing()
    if not form.place.is_absolute():
        raise StickPlaceRefused(path=str(form.place)[:SHOWN_PATH])
    return check_place(services().folder, form.place)


def _refuse(form: PlaceForm, error: CollectorError | SyncError) -> tuple[str, int]:
    form.folder.errors = [*form.folder.errors, tell(error)]
    return _render(form), 422


@blueprint.post("/sticks/write")
@allow(KEEPERS)
def write() -> str | Answer | tuple[str, int]:
    """Write onto a stick what others lack."""
    from collector.sticks.exchange import write_onto

    def work(place: Path, progress: Progress) -> dict[str, Any]:
        return write_onto(folder, database, place, progress).as_values()

    folder, database = services().folder, services().database
    return _start("write", work)


@blueprint.post("/sticks/read")
@allow(KEEPERS)
def read() -> str | Answer | tuple[str, int]:
    """Read everything that lies on a stick."""
    from collector.sticks.exchange import read_from
    from collector.sticks.reading import list_sources

    def work(place: Path, progress: Progress) -> dict[str, Any]:
        return read_from(folder, database, list_sources(place), progress).as_values()

    folder, database = services().folder, services().database
    return _start("read", work)


def _start(what: str, work: Callable[[Path, Progress], dict[str, Any]]) -> Answer | tuple[str, int]:
    """Begin work on the stick that was chosen, and lead to what comes of it."""
    form = PlaceForm()
    try:
        place = _choose(form)
        _name_laptops()
    except (CollectorError, SyncError) as error:
        return _refuse(form, error)
    _desk().start(Job(what, str(place)), lambda progress: work(place, progress))
    return redirect(url_for("sticks.show_result"), 303)


@blueprint.post("/sticks/request")
@allow(HEADS)
def ask_to_join() -> str | Answer | tuple[str, int]:
    """Write a request to belong to a centre onto a stick."""
    from collector.sticks.joining import write_request

    form = PlaceForm()
    served = services()
    try:
        write_request(served.folder, served.database, _choose(form))
        note_asked(served.folder)
    except (CollectorError, SyncError) as error:
        return _refuse(form, error)
    return go("sticks.show_sticks", _("The request is on the stick. Please give it to the commune officer."))


@blueprint.post("/sticks/join")
@allow(HEADS)
def join() -> str | Answer | tuple[str, int]:
    """Take in the answer of a centre, after a person compared its words."""
    from collector.sticks.joining import join_by_stick

    form = PlaceForm()
    served = services()
    try:
        join_by_stick(served.folder, served.database, _choose(form), request.form.get("words", ""))
    except (CollectorError, SyncError) as error:
        return _refuse(form, error)
    return go("sticks.show_sticks", _("This computer belongs to the centre now. Please write the stick."))


@blueprint.post("/sticks/files")
@allow(KEEPERS)
def read_files() -> str | Answer | tuple[str, int]:
    """Read files that the browser sends, any number at once."""
    from collector.sticks.exchange import read_from
    from collector.sticks.reading import make_file_source

    form = FilesForm()
    served = services()
    sent = [each for each in request.files.getlist("files") if each.filename]
    if not sent:
        form.files.errors = [*form.files.errors, _("No file is chosen yet. Please choose one or several.")]
        return _render(PlaceForm(formdata=None), form), 422
    _remove_forgotten(served.folder.root / INCOMING)
    place = served.folder.root / INCOMING / secrets.token_hex(8)
    place.mkdir(parents=True)
    sources = []
    for number, each in enumerate(sent):
        path = place / str(number)
        each.save(path)
        sources.append(make_file_source(path, Path(each.filename or "").name[:200]))
    folder, database = served.folder, served.database

    def work(progress: Any) -> dict[str, Any]:
        try:
            return read_from(folder, database, sources, progress).as_values()
        finally:
            shutil.rmtree(place, ignore_errors=True)

    _desk().start(Job("read", ""), work)
    return redirect(url_for("sticks.show_result"), 303)


def _remove_forgotten(incoming: Path) -> None:
    """Remove what was sent by a browser and left behind when the program was ended."""
    for old in incoming.glob("*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > FORGOTTEN_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


@blueprint.get("/sticks/result")
@allow(KEEPERS)
def show_result() -> Answer | Response:
    """Show how far writing or reading is, or what it came to."""
    job = _desk().find_last()
    if job is None:
        return redirect(url_for("sticks.show_sticks"))
    told: dict[str, Any] = {}
    if job.report:
        name = _name_laptops()
        told = _tell_write(job, name) if job.act == "write" else _tell_read(job, name)
    page = make_response(
        render_template("sticks/result.html", job=job, told=told, problem=_explain(job), moment=utc_text(job.moment))
    )
    if job.is_running:
        page.headers["Refresh"] = REFRESH_SECONDS
    return page


def _tell_write(job: Job, name: Name) -> dict[str, Any]:
    report = read_write_report(job.report)
    lines = tell_written(report, say_numbers, name)
    return {"lines": lines, "is_empty": report.is_empty, "is_full": report.contents_left > 0}


def _tell_read(job: Job, name: Name) -> dict[str, Any]:
    report = read_report(job.report)
    rows = [{"name": name(device), **found} for device, found in report.as_values()["laptops"].items()]
    return {
        "lines": _tell_rest(report, name) if rows else tell_read(report, say_numbers, name),
        "rows": sorted(rows, key=lambda row: str(row["name"]))[:MAX_TOLD],
        "missing": tell_missing(report, say_numbers, name),
        "parked": [tell_problem(each, say) for each in report.parked],
        "left": tell_left(report, say_numbers, were_sent=job.is_of_browser),
    }


def _tell_rest(report: ReadReport, name: Name) -> list[str]:
    lines = tell_odd(report, say_numbers, name)
    return lines + tell_papers(report, say_numbers) + tell_contents(report, say_numbers)


def _explain(job: Job) -> dict[str, str] | None:
    """Say why a job ended early, if it did."""
    if job.is_cut_off:
        return {
            "title": _("The program ended before this did."),
            "advice": _("Nothing is lost. Please do it again: only what is missing is done."),
        }
    if not job.code:
        return None
    title, advice = explain(_Ended(job.code, job.context))
    return {"title": title, "advice": advice}


class _Ended(CollectorError):
    """A problem that ended a job, as it was kept."""

    def __init__(self, code: str, context: dict[str, str]) -> None:
        self.code = code  # type: ignore[misc]
        super().__init__(**context)
