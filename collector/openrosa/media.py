"""The pictures and recordings that belong to a questionnaire, as files that phones can fetch."""

import contextlib
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from collector.attachments.files import FileMissing, Files
from collector.query import list_records
from sync.storage import Connection, Row


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form."""

    name: str
    path: Path
    media_type: str

    @property
    def md5(self) -> str:
        """The hash that OpenRosa asks for; files are named by their content, so it never changes for a path."""
        return _hash(self.path)


@lru_cache(maxsize=512)
def _hash(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def list_form_files(connection: Connection, files: Files, questionnaire: Row) -> list[FormFile]:
    """List the files of a questionnaire that are on this laptop, by name."""
    rows = list_records(connection, "attachment", order="name, id", owner=questionnaire["id"])
    found = {}
    for row in rows:
        with contextlib.suppress(FileMissing):
            found[row["name"]] = FormFile(row["name"], files.path(row["sha256"]), row["media_type"])
    return list(found.values())
