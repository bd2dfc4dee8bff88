"""Communes as units of their own: their ids, what they took over from others, and which villages are theirs.

A commune or a centre is no record. Its id is derived from its code and the day from which the code is valid, so that it
is the same on every computer and that a code given again later means another unit. Pure; knows no database.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from collector.units.official import Commune, find_commune, list_predecessors

WHOLE: Final = "whole"


class TakenOver(NamedTuple):
    """A code that a commune took over on the day `since`; `share` is "part" where it was split over several."""

    code: str
    since: date
    share: str


def make_unit_id(role: str, code: str, valid_from: date | None = None) -> str:
    """Give the id of a commune or a centre (`role`) with this code; without `valid_from` the one in force now."""
    commune = find_commune(code, valid_from)
    since = commune.valid_from.isoformat() if commune else ""
    return str(uuid5(NAMESPACE_URL, f"collector:{role}:{code}:{since}"))


def list_taken_over(code: str, day: date) -> list[TakenOver]:
    """List the codes that the commune of this code took over up to a day; a bare old code may equal its own."""
    commune = find_commune(code)
    if commune is None or commune.valid_from > day:
        return []
    return [TakenOver(former.code, commune.valid_from, former.share) for former in list_predecessors(code)]


def belongs(village: Mapping[str, Any], commune: Commune, day: date) -> bool:
    """Tell whether a village (a row of `unit`) lies in a commune on a day, also if its code is one that was taken over.

    Of a commune that was split nobody can tell from the code where a village went; its own record has to say it.
    """
    code, since = village["commune_code"], village["commune_valid_from"]
    if since is None or since >= commune.valid_from.isoformat():
        return bool(code == commune.code)
    return any(taken.code == code and taken.share == WHOLE for taken in list_taken_over(commune.code, day))
