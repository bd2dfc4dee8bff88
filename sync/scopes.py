"""What a device may see and change: units by internal id, kinds, lanes, read or write.

The centre decides. A unit that took over from others (merged, split, renamed) is its own successor and theirs, by
date; a scope names a unit and means with it all that the unit came from. A record is visible when any revision of it
lies in scope: all revisions of a record stay together, else its state would differ from reader to reader. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from sync.log import RECORDS


class Succession(NamedTuple):
    """From a day on (YYYY-MM-DD), a unit takes over what belonged to another."""

    old: str
    new: str
    since: str


class Grant(msgspec.Struct, frozen=True, order=True):
    """A unit, the kinds of records there (none named: all), whether they may be written, and in which lanes."""

    unit: str
    kinds: tuple[str, ...] = ()
    write: bool = False
    lanes: tuple[str, ...] = (RECORDS,)

    def covers(self, unit: str, kind: str, lane: str | None = None) -> bool:
        """Tell whether records of this kind in this unit (and lane) are meant."""
        return self.unit == unit and (not self.kinds or kind in self.kinds) and (lane is None or lane in self.lanes)


class Scope(msgspec.Struct, frozen=True):
    """All grants of a device; `version` names this set and is never used for another."""

    version: str
    grants: tuple[Grant, ...] = ()

    def reads(self, unit: str, kind: str, lane: str) -> bool:
        """Tell whether the device may have records of this kind there."""
        return any(grant.covers(unit, kind, lane) for grant in self.grants)

    def reads_any(self, places: Iterable[tuple[str, str]], lane: str) -> bool:
        """Tell whether the device may have a record that lies in these places, (unit, kind): it is one whole.

        One of them is enough, for records move between units. Yet a record of several kinds, as only hostile programs
        write it, is kept from who has something of a unit where it lies and not that kind there: else a revision of
        another kind, written first under an id that can be foreseen, would open what comes later.
        """
        where = tuple(places)
        if not any(self.reads(unit, kind, lane) for unit, kind in where):
            return False
        if len({kind for _unit, kind in where}) == 1:
            return True
        units = {grant.unit for grant in self.grants}
        return all(unit not in units or self.reads(unit, kind, lane) for unit, kind in where)

    def writes(self, unit: str, kind: str) -> bool:
        """Tell whether the device may change records of this kind there."""
        return any(grant.write and grant.covers(unit, kind) for grant in self.grants)

    def lacks(self, other: "Scope") -> bool:
        """Tell whether the other scope lets more be read."""
        mine, others = ({(each.unit, each.kinds, each.lanes) for each in scope.grants} for scope in (self, other))
        return not others <= mine


@dataclass(frozen=True)
class Successions:
    """Which unit took over from which; `day` is today's date."""

    known: tuple[Succession, ...]

    def origins(self, unit: str, day: str) -> set[str]:
        """Name the unit and all that it took over by that day, directly or through others."""
        found, open_units = {unit}, [unit]
        while open_units:
            current = open_units.pop()
            for each in self.known:
                if each.new == current and each.since <= day and each.old not in found:
                    found.add(each.old)
                    open_units.append(each.old)
        return found

    def widen(self, grants: Iterable[Grant], day: str) -> tuple[Grant, ...]:
        """Write out grants so that each unit stands with all that it took over; sorted, each once."""
        found = {
            Grant(unit, grant.kinds, grant.write, grant.lanes)
            for grant in grants
            for unit in self.origins(grant.unit, day)
        }
        return tuple(sorted(found))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Scope)


def encode_scope(scope: Scope) -> str:
    """Write a scope as JSON."""
    return _encoder.encode(scope).decode()


def decode_scope(text: str) -> Scope:
    """Read what `encode_scope` wrote."""
    return _decoder.decode(text.encode())
