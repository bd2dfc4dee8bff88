"""What differs in a record and what there is to choose from: every live value, with the revisions that gave it. Pure.

Fields of a merge group are chosen together, as one revision wrote them. Where an edit stands against a removal, the
choice is to keep the record or to remove it; all else waits until that is decided. Of a record that belongs to
finalised minutes what they say is among the options, and nothing else can be chosen.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collector.kinds import Kind
from collector.recorder import mark_siblings
from sync.clock import stamp_to_ms
from sync.merge import RecordState
from sync.revisions import REMOVED, Reference, Revision, Value

_DAY_MS: Final = 24 * 3600 * 1000
_EARLIEST_MS: Final = 1_735_689_600_000
"""The beginning of 2025. Whoever wrote before that had a wrong clock."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A revision that gave a value; `is_doubtful` says that the clock of its laptop was plainly wrong."""

    reference: Reference
    stamp: int
    author: str | None
    source: str | None
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: the values that it gives to the fields, who gave them, and what only a removal would lose.

    `key` names it on the page. `is_shown`: the value that stands in the lists for now; `is_signed`: that of the
    finalised minutes. `edits` are the fields and values that a removal did not know of.
    """

    key: str
    values: Mapping[str, Value]
    witnesses: tuple[Witness, ...]
    is_shown: bool
    is_signed: bool = False
    edits: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Fields that are settled together. `seen` changes as soon as another value comes or goes."""

    fields: tuple[str, ...]
    options: tuple[Option, ...]
    seen: str

    @property
    def name(self) -> str:
        """The field, or the first of the group."""
        return self.fields[0]

    @property
    def differing(self) -> tuple[str, ...]:
        """The fields of which the options differ."""
        found = tuple(name for name in self.fields if len({_typed(each.values[name]) for each in self.options}) > 1)
        return found or self.fields


@dataclass(frozen=True, slots=True)
class Held:
    """A record as it is held: its revisions, what they make, what the signed minutes have of it, and the time now."""

    kind: Kind
    known: Mapping[Reference, Revision]
    state: RecordState
    signed: RecordState | None
    now_ms: int


def list_differences(held: Held) -> list[Difference]:
    """List what is to be settled in a record, in the order of its fields."""
    differing = set(held.state.unsettled) | _list_unsigned(held)
    if REMOVED in differing:
        return [_choose_removal(held)]
    found: dict[tuple[str, ...], None] = {}
    for name in (*held.kind.field_names, *sorted(differing)):
        if name in differing:
            found[_fields_with(held.kind, name)] = None
    return [_choose_values(held, fields) for fields in found]


def find_difference(differences: Iterable[Difference], name: str) -> Difference | None:
    """Give the difference that a field belongs to, or None."""
    return next((each for each in differences if name in each.fields), None)


def find_option(difference: Difference, key: str) -> Option | None:
    """Give an option by its key, or None."""
    return next((option for option in difference.options if option.key == key), None)


def _list_unsigned(held: Held) -> set[str]:
    """Name the fields that are not as the finalised minutes have them."""
    if held.signed is None:
        return set()
    now, signed = held.state, held.signed
    if now.removed != signed.removed:
        return {REMOVED}
    names = set(now.values) | set(signed.values)
    return {name for name in names - {REMOVED} if _typed(now.values.get(name)) != _typed(signed.values.get(name))}


def _fields_with(kind: Kind, name: str) -> tuple[str, ...]:
    return next((group for group in kind.groups if name in group), (name,))


def _typed(value: Value) -> tuple[str, Value]:
    return (type(value).__name__, value)


def _make_key(values: Mapping[str, Value]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _choose_values(held: Held, fields: tuple[str, ...]) -> Difference:
    """Put together what each revision gave to the fields; what several gave alike is one option."""
    ranked = {
        each.reference: each.rank for name in fields for each in held.state.siblings.get(name, ())
    }
    found: dict[str, tuple[dict[str, Value], list[Witness]]] = {}
    for reference in sorted(ranked, key=lambda each: ranked[each], reverse=True):
        values = _values_of(held, fields, reference)
        found.setdefault(_make_key(values), (values, []))[1].append(_witness(held, reference))
    signed = {name: held.signed.values.get(name) for name in fields} if held.signed else None
    signed_key = "" if signed is None else _make_key(signed)
    if signed is not None:
        found.setdefault(signed_key, (signed, []))
    shown_key = _make_key({name: held.state.values.get(name) for name in fields})
    options = tuple(
        Option(key, values, tuple(witnesses), is_shown=key == shown_key, is_signed=key == signed_key)
        for key, (values, witnesses) in found.items()
    )
    return Difference(fields, options, mark_siblings(held.state, fields))


def _values_of(held: Held, fields: tuple[str, ...], reference: Reference) -> dict[str, Value]:
    """Give what a revision says of a group; what it left to others is as it is shown, for a first one it is empty."""
    body = held.known[reference].body
    is_first = not any(name in body.replaces for name in fields)
    left: Mapping[str, Value] = {} if is_first else held.state.values
    return {name: body.set[name] if name in body.set else left.get(name) for name in fields}


def _choose_removal(held: Held) -> Difference:
    state = held.state
    removing = [each.reference for each in state.siblings.get(REMOVED, ()) if each.value is True]
    keeping = [each.reference for each in state.siblings.get(REMOVED, ()) if each.value is not True]
    keeping += [each for each in state.contested_removal if each not in keeping]
    edits = tuple(
        (name, value)
        for reference in state.contested_removal
        for name, value in held.known[reference].body.set.items()
        if name != REMOVED and value is not None and reference in state.live(name)
    )
    signed = held.signed.removed if held.signed else None
    options = tuple(
        Option(
            _make_key({REMOVED: removed}),
            {REMOVED: removed},
            tuple(_witness(held, each) for each in references),
            is_shown=state.removed is removed,
            is_signed=signed is removed,
            edits=() if removed else edits,
        )
        for removed, references in ((False, keeping), (True, removing))
    )
    return Difference((REMOVED,), options, mark_siblings(state, (REMOVED,)))


def _witness(held: Held, reference: Reference) -> Witness:
    revision = held.known[reference]
    body = revision.body
    return Witness(reference, body.stamp, body.author, body.source, _is_doubtful(held, revision))


def _is_doubtful(held: Held, revision: Revision) -> bool:
    """Tell whether the clock was plainly wrong: ahead of now, before this program began, or before what it changed."""
    moment = stamp_to_ms(revision.body.stamp)
    if moment > held.now_ms + _DAY_MS or moment < _EARLIEST_MS:
        return True
    seen = [each for name in revision.body.replaces for each in revision.replaced(name) if each in held.known]
    return any(stamp_to_ms(held.known[each].body.stamp) > moment + _DAY_MS for each in seen)


def combine(texts: Iterable[str]) -> str:
    """Put texts below each other; one that stands in another already is not repeated."""
    kept: list[str] = []
    for text in dict.fromkeys(texts):
        if any(text in other for other in kept):
            continue
        kept = [other for other in kept if other not in text]
        kept.append(text)
    return "\n\n".join(kept)
