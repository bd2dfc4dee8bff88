"""Erasing personal data for good: what it is of a record, where else it stands, and what becomes of it.

A redaction wipes every revision of the record here and on every laptop that it reaches; their hashes stay, so that the
log still verifies, and so do the fields that say nothing of a person. Papers, files and backups are not touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.drafts.store import wipe_drafts_of
from collector.errors import RecordUnsettled
from collector.kinds import Field, Kind, Privacy, Type
from collector.recorder import Recorder, find_lock
from collector.registry import KINDS, get_kind
from sync.log import get_state, read_revisions
from sync.revisions import REMOVED, Revision, Value
from sync.storage import Connection

ERASED_TEXT: Final = "(đã xóa)"
"""Stands where a text must stand and none may. It is data, so it is not translated."""
_RELATED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "household": (("attendance", "household"),),
    "opinion": (("speaker_contact", "opinion"),),
}
"""Where the same person stands besides, by kind: the kind of those records and the field that leads to it."""


@dataclass(frozen=True, slots=True)
class Erasable:
    """What can be erased: the fields of the record, the related records that go with it, and what holds a paper.

    `meeting` is the meeting whose finalised minutes hold the record.
    """

    fields: tuple[Field, ...]
    related: tuple[tuple[str, str], ...]
    meeting: str | None
    is_unsettled: bool
    is_removed: bool
    is_blank: bool

    @property
    def has_personal(self) -> bool:
        """Whether anything of a person was ever recorded and is not erased yet."""
        return bool(self.fields or self.related)

    @property
    def can_erase_all(self) -> bool:
        """Whether the whole record can be erased: it was removed, and no minutes hold it."""
        return self.is_removed and not self.is_blank and self.meeting is None


def list_personal(kind: Kind) -> tuple[Field, ...]:
    """List the fields of a kind that tell of a person."""
    return tuple(each for each in kind.fields if each.privacy is not Privacy.PUBLIC)


def find_erasable(connection: Connection, kind: Kind, record: str) -> Erasable:
    """Say what can be erased of a record.

    :raises RecordUnknown: if no revision of it is held.
    """
    state = get_state(connection, record)
    known = read_revisions(connection, record)
    fields = tuple(field for field in list_personal(kind) if _is_said(field, known))
    related = tuple(
        (other, row["id"])
        for other, name in _RELATED.get(kind.name, ())
        for row in _list_all(connection, other, name, record)
        if any(_is_said(field, read_revisions(connection, row["id"])) for field in list_personal(get_kind(other)))
    )
    lock = find_lock(connection, kind, state.values, record)
    is_unsettled = bool(state.conflicts) or any(get_state(connection, each).conflicts for _kind, each in related)
    return Erasable(fields, related, lock, is_unsettled, state.removed, is_blank(known))


def is_blank(known: Iterable[Revision]) -> bool:
    """Tell whether nothing is left of a record but that it was there."""
    return not any(value is not None for each in known for name, value in each.body.set.items() if name != REMOVED)


def _list_all(connection: Connection, kind: str, name: str, record: str) -> list[Mapping[str, Any]]:
    """List the records of a kind that lead to a record, removed ones too."""
    return list(connection.rows(f'SELECT id FROM "{kind}" WHERE "{name}" = :record ORDER BY id', {"record": record}))


def _is_said(field: Field, known: list[Revision]) -> bool:
    said = {revision.body.set.get(field.name) for revision in known}
    return bool(said - {None, ERASED_TEXT})


def erase_personal(recorder: Recorder, kind: Kind, record: str) -> None:
    """Erase what a record and those related to it say of a person, with what is typed and not saved of it.

    :raises RecordUnsettled: if values differ in one of them.
    """
    found = find_erasable(recorder.connection, kind, record)
    if found.is_unsettled:
        raise RecordUnsettled(kind=kind.name, record=record)
    if found.fields:
        recorder.erase_fields(kind.name, record, _replace(kind))
    for other, each in found.related:
        recorder.erase_fields(other, each, _replace(KINDS[other]))
    for each in (record, *(related for _kind, related in found.related)):
        wipe_drafts_of(recorder.connection, each)


def _replace(kind: Kind) -> dict[str, Value]:
    """Give what stands in the personal fields afterwards: nothing, but a word where something must stand."""
    is_text = (Type.TEXT, Type.LONG_TEXT)
    return {
        field.name: ERASED_TEXT if field.required and field.type in is_text else None for field in list_personal(kind)
    }


def erase_everything(recorder: Recorder, kind: Kind, record: str) -> None:
    """Erase all that a removed record ever said, and what its related records say of a person.

    :raises RecordLocked: if it belongs to finalised minutes.
    :raises RecordUnsettled: if it was not removed, or a change contests that.
    """
    found = find_erasable(recorder.connection, kind, record)
    if not found.is_removed or found.is_unsettled:
        raise RecordUnsettled(kind=kind.name, record=record)
    recorder.erase(kind.name, record)
    for other, each in found.related:
        recorder.erase_fields(other, each, _replace(KINDS[other]))
        wipe_drafts_of(recorder.connection, each)
    wipe_drafts_of(recorder.connection, record)


def count_related(found: Erasable) -> dict[str, int]:
    """Count the related records by kind, for the confirmation."""
    counts: dict[str, int] = {}
    for kind, _record in found.related:
        counts[kind] = counts.get(kind, 0) + 1
    return counts
