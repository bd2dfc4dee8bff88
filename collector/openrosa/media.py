"""The pictures, recordings and tables that a form names, as files that phones can fetch."""

import hashlib
from functools import lru_cache
from pathlib import Path

from collector.attachments.files import FileMissing, Files
from collector.questionnaires.form import Form
from collector.questionnaires.media import Medium, MediumNotFound, find_medium, list_recordings
from sync.storage import Connection, Row


def list_form_files(connection: Connection, files: Files, questionnaire: Row) -> list[Medium]:
    """List the files of a form that are on this laptop, spoken questions too; what is missing hinders nobody."""
    form, found = Form.parse(questionnaire["xform"]), []
    spoken = {row["name"] for row in list_recordings(connection, form, questionnaire["id"]).values()}
    for name in sorted({name for _sort, name in form.media} | spoken):
        try:
            found.append(find_medium(connection, files, questionnaire["id"], name))
        except (MediumNotFound, FileMissing):
            continue
    return found


def hash_file(path: Path) -> str:
    """Give the MD5 of a file, the only hash that OpenRosa names."""
    changed_at = path.stat().st_mtime_ns
    return _hash(path, changed_at)


@lru_cache(maxsize=512)
def _hash(path: Path, _changed_at: int) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
