"""Pictures and recordings of questionnaires: those that a form names, those that come with Collector, spoken questions.

A form names files (`jr://images/know.png`); they are attachments of its record, in the role `media`, under exactly this
name. Drawings of the six dimensions come with Collector and stand in for a file of their name that was not added.
A recording in which somebody speaks a question is named after it and its language: `know.ktv.mp3`.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from collector.attachments.files import FileMissing, Files
from collector.attachments.formats import FileNotKnown
from collector.attachments.sounds import SOUNDS
from collector.attachments.store import NewFile, add_attachment, list_attachments, read_upload
from collector.errors import CollectorError
from collector.questionnaires.form import Form
from collector.questionnaires.languages import clean_tag
from collector.questionnaires.store import get_questionnaire
from collector.recorder import Recorder
from collector.words import N_
from sync.storage import Connection, Row

DRAWINGS: Final = {
    "know.png": N_("Drawing: somebody listens to a loudspeaker"),
    "discuss.png": N_("Drawing: two people talk with each other"),
    "do.png": N_("Drawing: somebody works with a shovel"),
    "inspect.png": N_("Drawing: a road is looked at through a magnifying glass"),
    "supervise.png": N_("Drawing: an eye watches over buildings"),
    "benefit.png": N_("Drawing: a house with clean water"),
}
"""The drawings that come with Collector, and what is to be seen on them."""
_RECORDING: Final = re.compile(r"(?P<question>[^/\\]+)\.(?P<tag>[a-z0-9-]+)\.(?:mp3|ogg|m4a|wav)")
_PACKAGE: Final = Path(__file__).parents[1]
_TABLE_BYTES: Final = 2_000_000


class MediumNotFound(CollectorError):
    """The questionnaire has no file of this name here."""

    code = "medium_not_found"
    status = 404


class MediumNotWanted(CollectorError):
    """The questionnaire names no such file, or one of another sort."""

    code = "medium_not_wanted"
    status = 422


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of a questionnaire that is here: its name in the form, its type, where its bytes are."""

    name: str
    media_type: str
    path: Path
    attachment: str = ""
    """The id of its record; empty for a drawing that comes with Collector."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a form names: its sort (images, audio, video or file), its name, and whether it is here.

    Of one that is `awaited` only the record has come to this computer.
    """

    sort: str
    name: str
    attachment: str = ""
    drawn: bool = False
    awaited: bool = False

    @property
    def is_here(self) -> bool:
        """Whether it can be shown or played."""
        return (bool(self.attachment) and not self.awaited) or self.drawn


def find_medium(
    connection: Connection, files: Files, questionnaire: str, name: str, *, as_drawing: bool = False
) -> Medium:
    """Give a file of a questionnaire by its name; with `as_drawing` a drawing of ours as SVG, which is smaller.

    :raises MediumNotFound: if it has none of this name, or its bytes are not on this computer.
    """
    for row in _list_rows(connection, questionnaire):
        if row["name"] == name and (name not in DRAWINGS or _has(files, row)):
            return Medium(name, row["media_type"], files.path(row["sha256"]), row["id"])
    if name not in DRAWINGS:
        raise MediumNotFound(name=name[:100])
    return _find_drawing(name, as_drawing=as_drawing)


def _find_drawing(name: str, *, as_drawing: bool) -> Medium:
    if as_drawing:
        return Medium(name, "image/svg+xml", _PACKAGE / "static" / "questionnaires" / name.replace(".png", ".svg"))
    return Medium(name, "image/png", _PACKAGE / "data" / "questionnaires" / name)


def list_media(connection: Connection, files: Files, questionnaire: Row) -> list[Medium]:
    """List the files of a questionnaire that are here, drawings that it names among them, by their names."""
    found = {}
    for row in _list_rows(connection, questionnaire["id"]):
        with suppress(FileMissing):  # comes with the next exchange
            found[row["name"]] = Medium(row["name"], row["media_type"], files.path(row["sha256"]), row["id"])
    for _, name in Form.parse(questionnaire["xform"]).media:
        if name in DRAWINGS:
            found.setdefault(name, _find_drawing(name, as_drawing=False))
    return sorted(found.values(), key=lambda medium: medium.name)


def list_wanted(connection: Connection, files: Files, form: Form, questionnaire: str) -> list[Wanted]:
    """List the files that a form names, and say of each whether it is here."""
    held = {row["name"]: row for row in _list_rows(connection, questionnaire)}
    found = []
    for sort, name in sorted(form.media):
        row = held.get(name)
        is_awaited = row is not None and not _has(files, row)
        found.append(Wanted(sort, name, row["id"] if row else "", name in DRAWINGS, is_awaited))
    return found


def _has(files: Files, row: Row) -> bool:
    return files.size(row["sha256"] or "") is not None


def list_heard(
    connection: Connection, files: Files, form: Form, questionnaire: str
) -> dict[tuple[str, str], Row]:
    """Give the recordings of spoken questions that have come to this computer, as `list_recordings` does."""
    found = list_recordings(connection, form, questionnaire)
    return {spoken: row for spoken, row in found.items() if _has(files, row)}


def list_recordings(connection: Connection, form: Form, questionnaire: str) -> dict[tuple[str, str], Row]:
    """Give the rows of the recordings of spoken questions, by the name of the question and the tag of the language."""
    names = {question.name for question in form.questions}
    found = {}
    for row in _list_rows(connection, questionnaire):
        match = _RECORDING.fullmatch(row["name"])
        if match and match["question"] in names and clean_tag(match["tag"]):
            found[(match["question"], match["tag"])] = row
    return found


def add_medium(recorder: Recorder, files: Files, questionnaire: str, name: str, data: bytes) -> str:
    """Add a file that the form names, in place of an earlier one of this name; return the id of its record.

    :raises MediumNotWanted: if the form names no such file, or it is a picture where a recording should be.
    :raises FileNotKnown: if it is neither a picture nor a recording that is taken.
    """
    row = get_questionnaire(recorder.connection, questionnaire)
    sort = next((sort for sort, each in Form.parse(row["xform"]).media if each == name), "")
    if sort not in ("images", "audio", "file"):
        raise MediumNotWanted(name=name[:100])
    for known in _list_rows(recorder.connection, questionnaire):
        if known["name"] == name:
            recorder.remove("attachment", known["id"])
    if sort == "file":
        new = NewFile("questionnaire", questionnaire, "media", name, _read_table(name, data), "text/csv")
    else:
        new = _read_file(questionnaire, sort, data)
    return _add(recorder, files, row, replace(new, name=name))


def add_recording(recorder: Recorder, files: Files, questionnaire: str, spoken: tuple[str, str], data: bytes) -> str:
    """Add a recording of a question, named with the tag of its language; return the id of its record.

    :raises MediumNotWanted: if there is no such question, the tag is none, or it is no recording.
    :raises FileNotKnown: if it is of no type that is taken.
    """
    question, tag = spoken[0], clean_tag(spoken[1])
    row = get_questionnaire(recorder.connection, questionnaire)
    form = Form.parse(row["xform"])
    if form.find_by_name(question) is None or not tag:
        raise MediumNotWanted(name=f"{question}.{spoken[1]}"[:100])
    known = list_recordings(recorder.connection, form, questionnaire).get((question, tag))
    if known is not None:
        recorder.remove("attachment", known["id"])
    new = _read_file(questionnaire, "audio", data)
    suffix = new.name.rpartition(".")[2]
    return _add(recorder, files, row, replace(new, name=f"{question}.{tag}.{suffix}"))


def _read_file(questionnaire: str, sort: str, data: bytes) -> NewFile:
    new = read_upload("questionnaire", questionnaire, "media", name=sort, data=data)
    if (new.media_type in SOUNDS) is not (sort == "audio"):
        raise MediumNotWanted(name=sort)
    return new


def _read_table(name: str, data: bytes) -> bytes:
    if not name.lower().endswith(".csv") or len(data) > _TABLE_BYTES or b"\0" in data:
        raise FileNotKnown()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise FileNotKnown() from None
    return data


def _add(recorder: Recorder, files: Files, row: Row, new: NewFile) -> str:
    # The name stands as that of a paper too: the same bytes under two names are two files of the form.
    return add_attachment(recorder, files, row["unit"], replace(new, document=new.name[:60]))


def _list_rows(connection: Connection, questionnaire: str) -> list[Row]:
    return list_attachments(connection, questionnaire, "media")
