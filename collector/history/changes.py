"""What each revision of a record changed, told from its own point of view. Pure.

The old value of a field is what the author saw and replaced, not what happened to be shown here: two people who
changed the same thing without knowing of each other both changed the same old value. Whoever settles a difference
replaces several values at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sync.merge import RecordState, merge
from sync.revisions import ERASES, REMOVED, Reference, Revision, Value


class Act(StrEnum):
    """What a revision did to the record as a whole."""

    RECORDED = "recorded"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTORED = "restored"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Change:
    """One field: the values its author saw (none, one, or several that differed) and the value it got.

    `contested` says that another value, which the author did not see, stands beside it until somebody chooses.
    """

    field: str
    before: tuple[Value, ...]
    after: Value
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision as history tells it."""

    reference: Reference
    stamp: int
    author: str | None
    source: str | None
    act: Act
    changes: tuple[Change, ...]


def list_entries(revisions: Iterable[Revision]) -> list[Entry]:
    """Tell the history of one record, newest first.

    :raises RecordUnknown: if there is no revision.
    """
    known = {revision.reference: revision for revision in revisions}
    state = merge(known.values())
    first = min(known.values(), key=_rank)
    ordered = sorted(known.values(), key=_rank, reverse=True)
    return [_entry(revision, known, state, is_first=revision is first) for revision in ordered]


def _rank(revision: Revision) -> tuple[int, Reference]:
    return (revision.body.stamp, revision.reference)


def _entry(revision: Revision, known: dict[Reference, Revision], state: RecordState, *, is_first: bool) -> Entry:
    body = revision.body
    act = Act.RECORDED if is_first else Act.CHANGED
    if REMOVED in body.set:
        act = Act.REMOVED if body.set[REMOVED] is True else Act.RESTORED
    if ERASES in body.replaces:
        act = Act.ERASED
    changes = (_change(revision, name, known, state) for name in body.set if name != REMOVED)
    return Entry(
        revision.reference,
        body.stamp,
        body.author,
        body.source,
        act,
        tuple(change for change in changes if _is_visible(change)),
    )


def _change(revision: Revision, name: str, known: dict[Reference, Revision], state: RecordState) -> Change:
    seen = [known[reference].body.set.get(name) for reference in revision.replaced(name) if reference in known]
    before = tuple({(type(value), value): value for value in seen}.values())
    rivals = state.conflicts.get(name, ())
    contested = any(sibling.reference == revision.reference for sibling in rivals)
    return Change(name, before, revision.body.set[name], contested)


def _is_visible(change: Change) -> bool:
    """Leave out fields that were written only because they belong to a changed group, and empty ones that stay so."""
    old = change.before or (None,)
    return change.contested or [(type(value), value) for value in old] != [(type(change.after), change.after)]


def trim_pair(before: str, after: str, context: int = 40) -> tuple[str, str]:
    """Cut from two long texts what they begin and end with alike, except a little around the difference."""
    if max(len(before), len(after)) <= 4 * context:
        return before, after
    shortest = min(len(before), len(after))
    begin = next((index for index in range(shortest) if before[index] != after[index]), shortest)
    left = shortest - begin
    end = next((index for index in range(left) if before[-1 - index] != after[-1 - index]), left)
    return _trim(before, begin - context, end - context), _trim(after, begin - context, end - context)


def _trim(text: str, begin: int, end: int) -> str:
    begin, end = max(0, begin), max(0, end)
    middle = text[begin : len(text) - end]
    return f"{'… ' if begin else ''}{middle.strip()}{' …' if end else ''}"
