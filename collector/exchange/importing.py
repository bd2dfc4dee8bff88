"""Writes lines of records as edits: new ids are added, known ones changed, what is the same is left alone.

Runs inside a transaction that the edge opened; the edge undoes it when anything was refused, unless it wants the
rest. Finalised meetings come last: whatever belongs to them could not be added afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Final

from uuid6 import uuid7

from collector.errors import CollectorError, RecordInvalid
from collector.exchange.reading import Entry, Refusal, read_entries
from collector.recorder import Recorder
from collector.registry import KINDS
from collector.units.aliases import FIELD, add_alias, canonical
from collector.units.aliases import KIND as VILLAGE
from sync.errors import BodyRefused
from sync.log import read_revisions
from sync.merge import RecordState, merge

MAX_REFUSALS: Final = 1_000
"""After so many refused lines the rest is not read."""


@dataclass(slots=True)
class ImportResult:
    """What an import did: numbers of records, conflicts that a line listed and that are not made anew, refusals."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    conflicts_left_out: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def import_records(recorder: Recorder, own_unit: str, source: IO[bytes]) -> ImportResult:
    """Write every line of a file; `own_unit` is the village of lines that name none."""
    result = ImportResult()
    for found in _finalised_last(read_entries(source)):
        if isinstance(found, Refusal):
            result.refusals.append(found)
        else:
            _import_entry(recorder, own_unit, found, result)
        if len(result.refusals) >= MAX_REFUSALS:
            break
    result.refusals.sort(key=lambda refusal: refusal.line)
    return result


def _finalised_last(found: Iterable[Entry | Refusal]) -> Iterator[Entry | Refusal]:
    later: list[Entry | Refusal] = []
    for each in found:
        if isinstance(each, Entry) and each.kind == "meeting" and each.values.get("state") == "finalised":
            later.append(each)
        else:
            yield each
    yield from later


def _import_entry(recorder: Recorder, own_unit: str, entry: Entry, result: ImportResult) -> None:
    try:
        same_as = entry.values.pop(FIELD, None) if entry.kind == VILLAGE else None
        state = _known_state(recorder, entry)
        if state is None:
            record = entry.record or str(uuid7())
            unit = record if entry.kind == VILLAGE else canonical(recorder.connection, entry.unit or own_unit)
            recorder.add(entry.kind, unit, entry.values, record=record)
            outcome = "added"
        elif not _differs(entry, state):
            outcome = "unchanged"
        else:
            outcome = "changed" if recorder.update(entry.kind, entry.record, entry.values) else "unchanged"
        if isinstance(same_as, str) and not (state is not None and state.values.get(FIELD) == same_as):
            add_alias(recorder, entry.record, same_as)
            outcome = "changed" if state is not None else outcome
        if entry.removed and not (state is not None and state.removed):
            recorder.remove(entry.kind, entry.record)
            outcome = "removed"
    except _NotImported as refused:
        result.refusals.append(Refusal(entry.line, refused.code, refused.field, refused.context, entry.kind))
    except RecordInvalid as error:
        result.refusals.extend(
            Refusal(entry.line, each.code, each.field, kind=entry.kind, error=each) for each in error.errors
        )
    except (CollectorError, BodyRefused) as error:
        result.refusals.append(Refusal(entry.line, error.code, context=dict(error.context), kind=entry.kind))
    else:
        setattr(result, outcome, getattr(result, outcome) + 1)
        result.conflicts_left_out += entry.conflicts


class _NotImported(Exception):
    def __init__(self, code: str, name: str, **context: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = name
        self.context = {"field": name, **context}


def _known_state(recorder: Recorder, entry: Entry) -> RecordState | None:
    if not entry.record:
        if entry.removed:
            raise _NotImported("not_an_id", "id")
        return None
    known = read_revisions(recorder.connection, entry.record)
    if not known:
        return None
    state = merge(known)
    if state.kind != entry.kind:
        raise _NotImported("other_kind", "id", kind=state.kind)
    unit = state.record if entry.kind == VILLAGE else state.unit
    if entry.unit and canonical(recorder.connection, entry.unit) != canonical(recorder.connection, unit):
        raise _NotImported("other_unit", "unit")
    return state


def _differs(entry: Entry, state: RecordState) -> bool:
    """Tell whether writing the line would change anything; a line that is as it is touches no finalised minutes."""
    cleaned, errors = KINDS[entry.kind].clean(entry.values, complete=False)
    if errors:
        return True
    return any(
        type(state.values.get(name)) is not type(value) or state.values.get(name) != value
        for name, value in cleaned.items()
    )
