"""The page of backups: how old the newest is, making one now, copying it to a stick, and what to do with it."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from babel.dates import format_timedelta
from flask import Blueprint, Response, render_template, send_file
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import StringField

from collector.accounts.access import KEEPERS, allow
from collector.accounts.recovery import recipient
from collector.backups.archive import write_archive
from collector.backups.errors import WORDS
from collector.backups.rotation import copy_archive, get_archive, is_due, list_archives, remove_old_archives
from collector.clock import local_time, now, utc_text
from collector.drives import list_sticks
from collector.errors import CollectorError
from collector.pages import go
from collector.web import services
from collector.wording import add_errors, tell, write_moment
from sync.errors import SyncError

blueprint = Blueprint("backups", __name__)
add_errors(WORDS)

SHOWN: Final = 12


class StickForm(FlaskForm):  # type: ignore[misc]
    """Where a copy goes."""

    folder = StringField(lazy_gettext("Folder on the stick"))


@blueprint.get("/backups")
@allow(KEEPERS)
def show_backups() -> str:
    """Show the backups of this computer."""
    return _render(StickForm(data={"folder": next((str(path) for path in list_sticks()), "")}))


def _render(form: StickForm) -> str:
    folder = services().folder
    archives = list_archives(folder.backups)
    settings = folder.read_settings()
    return render_template(
        "backups/backups.html",
        form=form,
        archives=archives[:SHOWN],
        more=max(len(archives) - SHOWN, 0),
        newest=_describe(archives[0].made_at) if archives else None,
        late=is_due(archives, now()),
        has_phrase=recipient(folder) is not None,
        copied=_describe_copy(settings),
        sticks=list_sticks(),
        folder=folder.backups,
    )


def _describe(moment: datetime) -> dict[str, str]:
    age = format_timedelta(moment - now(), add_direction=True, locale=get_locale())
    return {"moment": write_moment(moment), "age": str(age)}


def _describe_copy(settings: dict[str, Any]) -> dict[str, str] | None:
    copied_at = settings.get("backup_copied_at")
    if not copied_at:
        return None
    return {**_describe(local_time(copied_at)), "place": str(settings.get("backup_copied_to", ""))}


@blueprint.post("/backups")
@allow(KEEPERS)
def make_backup() -> Answer:
    """Make a backup now."""
    _make()
    return go("backups.show_backups", _("The backup was made and read back."))


def _make() -> Path:
    served = services()
    made = write_archive(served.folder, served.database)
    remove_old_archives(served.folder.backups, made)
    served.warnings.pop("backup_failed", None)
    return made


@blueprint.post("/backups/copy")
@allow(KEEPERS)
def copy_backup() -> str | Answer | tuple[str, int]:
    """Make a backup and copy it into a folder, such as that of a USB stick."""
    form = StickForm()
    folder = services().folder
    target = Path((form.folder.data or "").strip())
    if not form.validate() or not _is_elsewhere(target, folder.root):
        return _refuse(form, _("This is not a folder outside of the data folder yet. Please plug in the stick first."))
    try:
        path = copy_archive(get_archive(folder.backups, _make().name), target)
    except (CollectorError, SyncError) as error:
        return _refuse(form, tell(error))
    folder.write_settings(backup_copied_at=utc_text(now()), backup_copied_to=str(target))
    return go("backups.show_backups", _("The copy was written and read back: %(path)s", path=path))


def _refuse(form: StickForm, sentence: str) -> tuple[str, int]:
    form.folder.errors = [*form.folder.errors, sentence]
    return _render(form), 422


def _is_elsewhere(target: Path, root: Path) -> bool:
    if not target.is_absolute() or not target.is_dir():
        return False
    return not target.resolve().is_relative_to(root)


@blueprint.get("/backups/<name>")
@allow(KEEPERS)
def download_backup(name: str) -> Response:
    """Send a backup to the browser; it is encrypted and opens only with the recovery phrase."""
    archive = get_archive(services().folder.backups, name)
    return send_file(archive.path, mimetype="application/octet-stream", as_attachment=True, download_name=name)
