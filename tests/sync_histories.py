"""Random histories of one record on several devices, built revision by revision, without a database.

Every device knows some revisions; it writes on top of what it knows, and takes over what others know. What each
author saw is kept, so that a test can tell which writes were overwritten knowingly.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from sync.log import Edit, _changes, _replaces
from sync.merge import merge
from sync.revisions import REMOVED, Body, Reference, Revision, Value

GROUPS = (("number", "year"),)
FIELDS = ("title", "place", "number", "year")
DEVICES = ("an", "binh", "chi")


@dataclass
class Device:
    """What one device knows, and how many revisions it wrote."""

    name: str
    known: dict[Reference, Revision] = field(default_factory=dict)
    written: int = 0

    def write(self, values: dict[str, Value], stamp: int) -> Revision | None:
        """Write values on top of what this device knows; None if nothing differs."""
        state = merge(self.known.values()) if self.known else None
        edit = Edit("r", "meeting", "u", values, author=self.name, groups=GROUPS, settles=frozenset(values))
        changes = _changes(edit, state)
        if not changes and state is not None:
            return None
        head = {"device": self.name, "epoch": "e"}
        body = Body(
            record="r",
            kind="meeting",
            unit="u",
            stamp=stamp,
            salt=f"{self.name}{self.written}",
            set=changes,
            replaces=_replaces(changes, state, head),
            author=self.name,
        )
        self.written += 1
        revision = Revision(Reference(self.name, "e", self.written), body)
        self.known[revision.reference] = revision
        return revision


@dataclass
class History:
    """All revisions, the order in which they were written, and for each what its author knew."""

    revisions: list[Revision] = field(default_factory=list)
    seen: dict[Reference, frozenset[Reference]] = field(default_factory=dict)


_values = st.dictionaries(
    st.sampled_from(FIELDS), st.sampled_from(["a", "b", 1, True, None]), min_size=1, max_size=3
) | st.sampled_from([{REMOVED: True}, {REMOVED: False}])
_writes = st.tuples(st.just("write"), st.sampled_from(DEVICES), _values, st.integers(1, 50))
_exchanges = st.tuples(st.just("exchange"), st.sampled_from(DEVICES), st.sampled_from(DEVICES), st.just(0))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history; stamps are as wrong as clocks can be."""
    devices = {name: Device(name) for name in DEVICES}
    made = History()
    first = devices["an"].write({"title": "x", "number": 1, "year": 2026}, draw(st.integers(1, 50)))
    assert first
    _keep(made, first, frozenset())
    for device in devices.values():
        device.known[first.reference] = first
    for act, one, other, stamp in draw(st.lists(_writes | _exchanges, max_size=12)):
        if act == "exchange":
            devices[one].known.update(devices[other].known)
            continue
        before = frozenset(devices[one].known)
        revision = devices[one].write(dict(other), stamp)
        if revision:
            _keep(made, revision, before)
    return made


def _keep(history: History, revision: Revision, seen: frozenset[Reference]) -> None:
    history.revisions.append(revision)
    history.seen[revision.reference] = seen
