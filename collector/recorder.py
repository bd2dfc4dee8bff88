"""Writes records: checks values against their kind, appends a revision to the log, brings the cache up to date.

The only way by which the application changes a record. It runs inside a transaction that the edge opened.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from uuid6 import uuid7

from collector import cache
from collector.errors import (
    ChoiceOutdated,
    RecordInvalid,
    RecordLocked,
    RecordNotFound,
    RecordOneWay,
    RecordUnsettled,
)
from collector.kinds import FieldError, Kind
from collector.registry import KINDS, get_kind
from collector.signed import find_signed_state, has_minutes
from sync.log import RECORDS, Edit, Log, read_revisions
from sync.merge import RecordState, merge
from sync.revisions import REMOVED, Reference, Revision, Value
from sync.storage import Connection

SHEETS: Final = "sheets"
"""The lane of records that name no author."""


class Recorder:
    """Records changes as one author inside one transaction."""

    def __init__(
        self, connection: Connection, log: Log, *, author: str | None = None, source: str | None = None
    ) -> None:
        self.connection = connection
        self.author = author
        self._log = log
        self._source = source

    def add(self, kind_name: str, unit: str, values: Mapping[str, object], record: str | None = None) -> str:
        """Record something new and return its id. An id that is held already is the same thing sent again.

        :raises RecordNotFound: if that id is held by another kind.
        :raises RecordInvalid: if a value breaks the declaration of the kind.
        :raises RecordLocked: if it belongs to finalised minutes.
        """
        kind = get_kind(kind_name)
        cleaned, errors = kind.clean(values)
        _refuse(kind, errors or list(kind.rule(cleaned)))
        self._refuse_locked(kind, cleaned)
        if record is not None and (held := read_revisions(self.connection, record)):
            if held[0].body.kind != kind_name:
                raise RecordNotFound(kind=kind_name, record=record)
            return record
        record = record or str(uuid7())
        self._append(kind, record, unit, cleaned, [])
        return record

    def update(self, kind_name: str, record: str, changes: Mapping[str, object], unit: str = "") -> bool:
        """Change fields of a record, in its unit or in another; return whether anything differed.

        :raises RecordNotFound: if there is no such record of this kind, or it was removed.
        :raises RecordInvalid: if a value breaks the declaration or the rule of the kind.
        :raises RecordLocked: if its minutes are finalised.
        """
        kind = get_kind(kind_name)
        known = self._known(kind, record)
        state = merge(known)
        if state.removed:
            raise RecordNotFound(kind=kind.name, record=record)
        cleaned, errors = kind.clean(changes, complete=False)
        _refuse(kind, errors or list(kind.rule(state.values | cleaned)))
        self._refuse_locked(kind, state.values, record)
        self._refuse_locked(kind, cleaned)
        return self._append(kind, record, unit or state.unit, cleaned, known, state).revisions != state.revisions

    def put(self, kind_name: str, unit: str, values: Mapping[str, object], record: str) -> str:
        """Record something of which there is one under its `shared_id`, or bring it back and up to date.

        :raises RecordInvalid: if a value breaks the declaration or the rule of the kind.
        :raises RecordLocked: if it belongs to finalised minutes.
        """
        known = read_revisions(self.connection, record)
        if not known:
            return self.add(kind_name, unit, values, record=record)
        if merge(known).removed:
            self.restore(kind_name, record)
        self.update(kind_name, record, values)
        return record

    def remove(self, kind_name: str, record: str) -> None:
        """Take a record out of the lists. Its history stays and it can be brought back."""
        self._set_removed(kind_name, record, removed=True)

    def restore(self, kind_name: str, record: str) -> None:
        """Put a removed record back."""
        self._set_removed(kind_name, record, removed=False)

    def erase(self, kind_name: str, record: str) -> None:
        """Remove a record for good: what its revisions said is erased, their hashes stay.

        :raises RecordNotFound: if there is no such record of this kind.
        """
        kind = get_kind(kind_name)
        known = self._known(kind, record)
        state = merge(known)
        self._refuse_locked(kind, state.values, record)
        self._append(kind, record, state.unit, {REMOVED: True}, known, state, erases=True)

    def erase_fields(self, kind_name: str, record: str, replacements: Mapping[str, Value]) -> None:
        """Erase for good what some fields of a record ever said; everything else it says is kept and said anew.

        Also of finalised minutes: what is erased is what is held as data, not the paper that was signed.

        :raises RecordNotFound: if there is no such record of this kind.
        :raises RecordUnsettled: if values differ in it, of which one would be erased unseen.
        """
        kind = get_kind(kind_name)
        known = self._known(kind, record)
        state = merge(known)
        if state.conflicts:
            raise RecordUnsettled(kind=kind_name, record=record)
        kept = {name: value for name, value in state.values.items() if value is not None or name in replacements}
        self._append(kind, record, state.unit, {**kept, **replacements}, known, state, erases=True)

    def bring_back(self, kind_name: str, record: str, reference: Reference) -> bool:
        """Give the record the values it had after the revision `reference` arrived; return whether any differed.

        Fields that did not exist then become empty. A new revision is written: nothing is undone.

        :raises RecordNotFound: if the record has no such revision.
        :raises RecordOneWay: if no earlier version of this kind comes back.
        """
        kind = get_kind(kind_name)
        if kind.one_way:
            raise RecordOneWay(kind=kind_name, record=record)
        known = self._known(kind, record)
        state = merge(known)
        values = values_at(self.connection, record, reference)
        self._refuse_locked(kind, state.values, record)
        self._refuse_locked(kind, values)
        wanted: dict[str, Value] = {name: values.get(name) for name in state.values if name != REMOVED}
        if REMOVED in state.values:
            wanted[REMOVED] = bool(values.get(REMOVED, False))
        return self._append(kind, record, state.unit, wanted, known, state, decided=True).revisions != state.revisions

    def settle(self, kind_name: str, record: str, values: Mapping[str, object], seen: str) -> None:
        """Choose among values that differ: one revision replaces all that stood on the page of whoever chose.

        `seen` is what `mark_siblings` said of these fields when the page was made. `REMOVED` chooses between an edit
        and a removal. A value that stands there already is taken as it is, others are cleaned; the rule of the kind
        is not asked, since a record that breaks it is marked. Of finalised minutes only what they say can be chosen.

        :raises RecordNotFound: if there is no such record of this kind.
        :raises ChoiceOutdated: if other values stand there by now.
        :raises RecordInvalid: if a new value breaks the declaration of the kind.
        :raises RecordLocked: if it is not what the finalised minutes say.
        """
        kind = get_kind(kind_name)
        known = self._known(kind, record)
        state = merge(known)
        if seen != mark_siblings(state, values):
            raise ChoiceOutdated(kind=kind_name, record=record)
        chosen = {name: _take_value(kind, state, name, value) for name, value in values.items()}
        self._refuse_unsigned(kind, state, known, chosen)
        self._append(kind, record, state.unit, chosen, known, state, decided=True)

    def _refuse_unsigned(
        self, kind: Kind, state: RecordState, known: list[Revision], chosen: Mapping[str, Value]
    ) -> None:
        meeting = find_lock(self.connection, kind, state.values, state.record)
        signed = find_signed_state(self.connection, meeting, known) if meeting else None
        if signed and any(signed.values.get(name, _EMPTY.get(name)) != value for name, value in chosen.items()):
            raise RecordLocked(kind=kind.name, meeting=meeting)

    def _set_removed(self, kind_name: str, record: str, *, removed: bool) -> None:
        kind = get_kind(kind_name)
        known = self._known(kind, record)
        state = merge(known)
        self._refuse_locked(kind, state.values, record)
        if removed or state.removed or REMOVED in state.conflicts:
            self._append(kind, record, state.unit, {REMOVED: removed}, known, state, decided=True)

    def _known(self, kind: Kind, record: str) -> list[Revision]:
        known = read_revisions(self.connection, record)
        if not known or known[0].body.kind != kind.name:
            raise RecordNotFound(kind=kind.name, record=record)
        return known

    def _append(
        self,
        kind: Kind,
        record: str,
        unit: str,
        values: Mapping[str, Value],
        known: list[Revision],
        state: RecordState | None = None,
        *,
        decided: bool = False,
        erases: bool = False,
    ) -> RecordState:
        edit = Edit(
            record,
            kind.name,
            unit,
            values,
            author=None if kind.anonymous else self.author,
            source=None if kind.anonymous else self._source,
            groups=kind.groups,
            settles=frozenset(values) if decided else frozenset(),
            lane=SHEETS if kind.anonymous else RECORDS,
            erases=erases,
        )
        written = self._log.append(self.connection, edit, known, state)
        cache.write(self.connection, KINDS, written)
        return written

    def _refuse_locked(self, kind: Kind, values: Mapping[str, Value], record: str | None = None) -> None:
        meeting = find_lock(self.connection, kind, values, record)
        if meeting is not None:
            raise RecordLocked(kind=kind.name, meeting=meeting)


_EMPTY: Final[Mapping[str, Value]] = {REMOVED: False}
"""What a field is that no revision ever wrote, where that is not nothing."""


def mark_siblings(state: RecordState, names: Iterable[str]) -> str:
    """Give a short text that changes with every value of these fields that comes or goes.

    Whether a record is removed is judged by all that is known of it, so there every live revision counts.
    """
    wanted = list(names)
    fields = state.siblings if REMOVED in wanted else {name: state.siblings.get(name, ()) for name in wanted}
    live = sorted(f"{name} {each.reference} {each.mark}" for name, found in fields.items() for each in found)
    return hashlib.sha256("\n".join(live).encode()).hexdigest()[:32]


def _take_value(kind: Kind, state: RecordState, name: str, value: object) -> Value:
    for sibling in state.siblings.get(name, ()):
        if type(sibling.value) is type(value) and sibling.value == value:
            return sibling.value
    if name == REMOVED:
        return bool(value)
    cleaned, errors = kind.clean({name: value}, complete=False)
    _refuse(kind, errors)
    return cleaned[name]


def _refuse(kind: Kind, errors: list[FieldError]) -> None:
    if errors:
        raise RecordInvalid(kind.name, errors)


def find_lock(
    connection: Connection, kind: Kind, values: Mapping[str, Value], record: str | None = None
) -> str | None:
    """Give the meeting whose finalised minutes hold a record with these values, or None if it can be changed."""
    if not kind.locked:
        return None
    meeting = record if kind.name == "meeting" else _meeting_of(connection, kind, values)
    return meeting if meeting is not None and is_finalised(connection, meeting) else None


def _meeting_of(connection: Connection, kind: Kind, values: Mapping[str, Value]) -> str | None:
    parent = values.get(kind.belongs_to)
    if not isinstance(parent, str):
        return None
    declared = kind.field(kind.belongs_to).refers_to
    if declared == "meeting":
        return parent
    above = get_kind(declared)
    row = connection.row(f'SELECT "{above.belongs_to}" FROM "{declared}" WHERE id = :id', {"id": parent})
    return None if row is None else _meeting_of(connection, above, row)


def is_finalised(connection: Connection, meeting: str) -> bool:
    """Tell whether the minutes of this meeting are finalised, whatever a later edit says of its state."""
    state = connection.value("SELECT state FROM meeting WHERE id = :id", {"id": meeting})
    return bool(state == "finalised") or has_minutes(connection, meeting)


def values_at(connection: Connection, record: str, reference: Reference) -> dict[str, Value]:
    """Give the values of a record as they were shown here after one of its revisions arrived.

    :raises RecordNotFound: if the record has no such revision.
    """
    known = read_revisions(connection, record)
    names = [revision.reference for revision in known]
    if reference not in names:
        raise RecordNotFound(record=record, revision=str(reference))
    return merge(known[: names.index(reference) + 1]).values
