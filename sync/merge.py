"""The state of a record as a function of the SET of its revisions, whatever the order of their arrival.

A field's siblings are the values that no known revision replaces. Several different ones are a conflict: a winner
decided by signed bytes alone is shown, the others are kept beside it until a revision replaces them all. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync.errors import RecordUnknown
from sync.revisions import EVERYTHING, REMOVED, Reference, Revision, Value


@dataclass(frozen=True, slots=True)
class Sibling:
    """One live value of a field, and the revision that gave it."""

    value: Value
    reference: Reference
    stamp: int
    author: str | None

    @property
    def rank(self) -> tuple[int, str, str, int]:
        """What decides the winner: stamp, then device, epoch and number."""
        return (self.stamp, self.reference.device, self.reference.epoch, self.reference.sequence)


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

    def live(self, name: str) -> tuple[Reference, ...]:
        """Name the revisions whose value of this field is live: what an edit made now replaces."""
        return tuple(sibling.reference for sibling in self.siblings.get(name, ()))

    def all_live(self) -> tuple[Reference, ...]:
        """Name every revision with a live value of any field, in a fixed order."""
        return tuple(sorted({kept.reference for found in self.siblings.values() for kept in found}))


def _differ(siblings: tuple[Sibling, ...]) -> bool:
    # The type takes part: True and 1 are equal in Python but not on the wire.
    return len({(type(sibling.value).__name__, sibling.value) for sibling in siblings}) > 1


def merge(revisions: Iterable[Revision]) -> RecordState:
    """Compute the state of one record from its revisions, in any order, repeated or not.

    :raises RecordUnknown: if there are none.
    """
    known = {revision.reference: revision for revision in revisions}
    if not known:
        raise RecordUnknown()
    ordered = sorted(known.values(), key=_rank)
    siblings = _live_siblings(ordered)
    first, newest = ordered[0], ordered[-1]
    return RecordState(
        record=first.body.record,
        kind=first.body.kind,
        unit=newest.body.unit,
        siblings=siblings,
        first_stamp=first.body.stamp,
        last=_sibling(newest, None),
        revisions=len(ordered),
        contested_removal=_unseen_by_removal(siblings, known),
    )


def _rank(revision: Revision) -> tuple[int, Reference]:
    return (revision.body.stamp, revision.reference)


def _sibling(revision: Revision, value: Value) -> Sibling:
    return Sibling(value, revision.reference, revision.body.stamp, revision.body.author)


def _live_siblings(ordered: list[Revision]) -> dict[str, tuple[Sibling, ...]]:
    replaced: dict[str, set[Reference]] = {}
    for revision in ordered:
        for name in revision.body.replaces:
            replaced.setdefault(name, set()).update(revision.replaced(name))
    live: dict[str, list[Sibling]] = {}
    for revision in ordered:
        for name, value in revision.body.set.items():
            if revision.reference not in replaced.get(name, ()):
                live.setdefault(name, []).append(_sibling(revision, value))
    return {
        name: tuple(sorted(found, key=lambda sibling: sibling.rank, reverse=True)) for name, found in live.items()
    }


def _unseen_by_removal(
    siblings: Mapping[str, tuple[Sibling, ...]], known: Mapping[Reference, Revision]
) -> tuple[Reference, ...]:
    removals = [sibling.reference for sibling in siblings.get(REMOVED, ()) if sibling.value is True]
    if not removals:
        return ()
    seen: set[Reference] = set(removals)
    for reference in removals:
        seen.update(known[reference].replaced(EVERYTHING))
    live = {sibling.reference for name, found in siblings.items() if name != REMOVED for sibling in found}
    return tuple(sorted(live - seen))
