"""The state of a record as a function of the SET of its revisions, whatever the order of their arrival.

A field's siblings are the values that no known revision replaces. Several different ones are a conflict: a winner
decided by signed bytes alone is shown, the others are kept beside it until a revision replaces them all. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync.branches import root_of
from sync.errors import RecordUnknown
from sync.revisions import ERASES, EVERYTHING, REMOVED, Reference, Revision, Value

_Places = Mapping[Reference, list[Revision]]
"""The known revisions by the name that they have everywhere; more than one after a fork."""


class Sibling(NamedTuple):
    """One live value of a field, and the revision that gave it."""

    value: Value
    reference: Reference
    stamp: int
    author: str | None
    mark: str = ""

    @property
    def rank(self) -> tuple[int, str, str, int, str]:
        """What decides the winner: stamp, then device, epoch and number, then the hash."""
        return (self.stamp, *_root_of(self.reference), self.mark)


@dataclass(frozen=True, slots=True)
class RecordState:
    """A record as all known revisions make it.

    `siblings` lists the live values per field, winner first; `contested_removal` names the live revisions
    that a removal had not seen.
    """

    record: str
    kind: str
    unit: str
    siblings: Mapping[str, tuple[Sibling, ...]]
    first_stamp: int
    last: Sibling
    revisions: int
    contested_removal: tuple[Reference, ...] = ()
    values: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {name: found[0].value for name, found in self.siblings.items()})

    @property
    def removed(self) -> bool:
        """Whether the shown value of the record is that it was removed."""
        return self.values.get(REMOVED) is True

    @property
    def conflicts(self) -> dict[str, tuple[Sibling, ...]]:
        """The fields with more than one different live value, the winner first."""
        found = {name: kept for name, kept in self.siblings.items() if _differ(kept)}
        if self.contested_removal:
            found.setdefault(REMOVED, self.siblings[REMOVED])
        return found

    @property
    def unsettled(self) -> dict[str, tuple[Sibling, ...]]:
        """The conflicts that wait for somebody: none of a record that was removed by who knew all of it."""
        found = self.conflicts
        return {} if self.removed and REMOVED not in found else found

    def live(self, name: str) -> tuple[Reference, ...]:
        """Name the revisions whose value of this field is live: what an edit made now replaces."""
        return tuple(sibling.reference for sibling in self.siblings.get(name, ()))

    @property
    def marks(self) -> dict[Reference, str]:
        """The mark of every revision with a live value."""
        return {kept.reference: kept.mark for found in self.siblings.values() for kept in found}


def _differ(siblings: tuple[Sibling, ...]) -> bool:
    # The type takes part: True and 1 are equal in Python but not on the wire.
    return len(siblings) > 1 and len({(type(sibling.value).__name__, sibling.value) for sibling in siblings}) > 1


def merge(revisions: Iterable[Revision]) -> RecordState:
    """Compute the state of one record from its revisions, in any order, repeated or not.

    :raises RecordUnknown: if there are none.
    """
    known = {revision.reference: revision for revision in revisions}
    if not known:
        raise RecordUnknown()
    places: dict[Reference, list[Revision]] = {}
    for revision in known.values():
        places.setdefault(revision.root, []).append(revision)
    _drop_erased(known, places)
    if not known:
        raise RecordUnknown()
    ordered = sorted(known.values(), key=_rank)
    siblings = _live_siblings(ordered, places)
    first, newest = ordered[0], ordered[-1]
    return RecordState(
        record=first.body.record,
        kind=first.body.kind,
        unit=newest.body.unit,
        siblings=siblings,
        first_stamp=first.body.stamp,
        last=_sibling(newest, None),
        revisions=len(ordered),
        contested_removal=_unseen_by_removal(siblings, known, places),
    )


def _root_of(reference: Reference) -> Reference:
    return reference if "~" not in reference.epoch else reference._replace(epoch=root_of(reference.epoch))


def _rank(revision: Revision) -> tuple[int, Reference, str]:
    return (revision.body.stamp, revision.root, revision.mark)


def _sibling(revision: Revision, value: Value) -> Sibling:
    return Sibling(value, revision.reference, revision.body.stamp, revision.body.author, revision.mark)


def _find(revision: Revision, name: str, places: _Places) -> Iterator[Reference]:
    """Give the known revisions that are meant; a name without a mark means every branch."""
    for named in revision.names(name):
        if named.is_bare:
            yield named.reference
            continue
        for meant in places.get(named.reference, ()):
            if not named.mark or not meant.mark or named.mark == meant.mark:
                yield meant.reference


def _drop_erased(known: dict[Reference, Revision], places: _Places) -> None:
    redactions = [revision for revision in known.values() if ERASES in revision.body.replaces]
    for redaction in redactions:
        for reference in _find(redaction, ERASES, places):
            known.pop(reference, None)


def _live_siblings(ordered: list[Revision], places: _Places) -> dict[str, tuple[Sibling, ...]]:
    if len(ordered) == 1 and not ordered[0].body.replaces:
        (only,) = ordered
        return {name: (_sibling(only, value),) for name, value in only.body.set.items()}
    replaced: dict[str, set[Reference]] = {}
    for revision in ordered:
        for name in revision.body.replaces:
            replaced.setdefault(name, set()).update(_find(revision, name, places))
    live: dict[str, list[Sibling]] = {}
    for revision in ordered:
        for name, value in revision.body.set.items():
            if revision.reference not in replaced.get(name, ()):
                live.setdefault(name, []).append(_sibling(revision, value))
    return {
        name: tuple(sorted(found, key=lambda sibling: sibling.rank, reverse=True)) for name, found in live.items()
    }


def _unseen_by_removal(
    siblings: Mapping[str, tuple[Sibling, ...]], known: Mapping[Reference, Revision], places: _Places
) -> tuple[Reference, ...]:
    removals = [sibling.reference for sibling in siblings.get(REMOVED, ()) if sibling.value is True]
    if not removals:
        return ()
    seen: set[Reference] = set(removals)
    for reference in removals:
        seen.update(_find(known[reference], EVERYTHING, places))
    live = {sibling.reference for name, found in siblings.items() if name != REMOVED for sibling in found}
    return tuple(sorted(live - seen))
