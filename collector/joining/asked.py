"""Remembers when this computer last asked by a file to belong to a centre, so that its pages can say that it waits."""

from typing import Final

from collector.clock import now, utc_text
from collector.folder import DataFolder
from collector.wording import write_moment

ASKED: Final = "asked_centre_at"
"""The setting that holds the moment."""


def note_asked(folder: DataFolder) -> None:
    """Note that the request was written now."""
    folder.write_settings(**{ASKED: utc_text(now())})


def when_asked(folder: DataFolder) -> str:
    """Say when the request was written, "" if it never was."""
    asked = folder.read_settings().get(ASKED)
    return write_moment(asked) if asked else ""
