"""Attachments of records: what was photographed, scanned or printed, beside the record it belongs to."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from collector.attachments.files import Files
from collector.attachments.formats import JPEG, PDF, PNG, WEBP, FileNotKnown, read_format
from collector.attachments.privacy import strip_metadata
from collector.attachments.sounds import SOUNDS, strip_sound
from collector.errors import CollectorError, RecordNotFound
from collector.query import get_record, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row

OWNER_KINDS: Final = frozenset(
    {
        "meeting", "snapshot", "amendment", "opinion", "follow_up", "programme", "disclosure", "register", "unit",
        "questionnaire",
    }
)  # fmt: skip
"""The kinds that can have a file. People, households and contacts have none."""
_PICTURES: Final = frozenset({JPEG, PNG, WEBP})
UPLOADED_ROLES: Final = {"photo": _PICTURES, "signed_scan": _PICTURES | {PDF}, "media": _PICTURES | SOUNDS}
"""What people add and may take away, and of which types; finished papers belong to their minutes."""
FREE_BYTES_KEPT: Final = 200 * 1024 * 1024
"""What stays free on the disk, so that a meeting can always be saved."""
_NAME_LIMIT: Final = 100
_NO_NAME: Final = "file"


class DiskNearlyFull(CollectorError):
    """Storing this file would leave too little room for what is recorded."""

    code = "disk_nearly_full"
    status = 507


class FileStays(CollectorError):
    """A finished paper cannot be taken away from its minutes."""

    code = "file_stays"
    status = 409


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to attach: its owner (kind and id), its role, name, bytes and type; `document` names a printed paper."""

    owner_kind: str
    owner: str
    role: str
    name: str
    data: bytes
    media_type: str
    document: str | None = None


def read_upload(owner_kind: str, owner: str, role: str, *, name: str, data: bytes) -> NewFile:
    """Make an attachment of what somebody sent: its type from the bytes, without place and camera.

    :raises FileNotKnown: if it is of no type that this role takes.
    :raises FileHeic: if it is a HEIC photo.
    :raises FileBroken: if a picture cannot be read.
    :raises PictureTooLarge: if a picture has too many pixels.
    """
    found = read_format(data)
    if found.media_type not in UPLOADED_ROLES.get(role, ()):
        raise FileNotKnown()
    strip = strip_sound if found.media_type in SOUNDS else strip_metadata
    stripped = strip(data, found.media_type)
    return NewFile(owner_kind, owner, role, clean_name(name, found.suffix), stripped, found.media_type)


def clean_name(name: str, suffix: str) -> str:
    """Give a file name without folders, invisible characters or a false ending."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    words = " ".join(re.sub(r'[<>:"|?*]', " ", shown).split())
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", words).strip(". ")[:_NAME_LIMIT].rstrip(". ")
    return f"{stem or _NO_NAME}{suffix}"


def store_bytes(files: Files, data: bytes) -> str:
    """Store bytes if the disk has room enough; return their SHA-256.

    :raises DiskNearlyFull: if under 200 MB would stay free.
    :raises FileTooLarge: if they exceed what is taken.
    """
    free = files.free_bytes()
    if free - len(data) < FREE_BYTES_KEPT:
        raise DiskNearlyFull(free_mb=free // 1024**2, needed_mb=(FREE_BYTES_KEPT + len(data)) // 1024**2 + 1)
    return files.add(data)


def add_attachment(recorder: Recorder, files: Files, unit: str, new: NewFile) -> str:
    """Store a file and record it beside its owner; the same file twice is recorded once. Return its id.

    :raises RecordNotFound: if the owner is not there, or of a kind that has no files.
    :raises DiskNearlyFull: if the disk has too little room.
    """
    get_owner(recorder.connection, new.owner_kind, new.owner)
    sha256 = store_bytes(files, new.data)
    for known in list_attachments(recorder.connection, new.owner, new.role):
        if known["sha256"] == sha256 and known["document"] == new.document:
            return str(known["id"])
    values = {
        "owner_kind": new.owner_kind,
        "owner": new.owner,
        "role": new.role,
        "document": new.document,
        "sha256": sha256,
        "size_bytes": len(new.data),
        "media_type": new.media_type,
        "name": new.name,
    }
    return recorder.add("attachment", unit, values)


def get_owner(connection: Connection, kind: str, record: str) -> Row:
    """Give the record that a file is to belong to.

    :raises RecordNotFound: if it is not there, or of a kind that has no files.
    """
    if kind not in OWNER_KINDS:
        raise RecordNotFound(kind=kind, record=record)
    return get_record(connection, kind, record)


def list_attachments(connection: Connection, owner: str, role: str | None = None) -> list[Row]:
    """List the files of a record, oldest first; of one role if it is named."""
    wanted = {"owner": owner} if role is None else {"owner": owner, "role": role}
    return list_records(connection, "attachment", **wanted)


def get_attachment(connection: Connection, attachment_id: str) -> Row:
    """Give the row of a file.

    :raises RecordNotFound: if it is not there or was removed.
    """
    return get_record(connection, "attachment", attachment_id)


def remove_attachment(recorder: Recorder, attachment_id: str) -> None:
    """Take a photo or scan away from its record; its bytes stay, so that it can be brought back.

    :raises FileStays: if it is a finished paper.
    """
    if get_attachment(recorder.connection, attachment_id)["role"] not in UPLOADED_ROLES:
        raise FileStays()
    recorder.remove("attachment", attachment_id)
