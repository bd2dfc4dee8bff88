"""Which village a page is about: the laptop's own, or on a commune's laptop and at the centre the one that was chosen.

There the address says it: by the record that it names, else by `village=`, which every address of such a page gets by
itself; so two windows can be about two villages. What was looked at last is remembered for addresses that say nothing.
"""

from datetime import date
from typing import Final

from flask import g, request, session

from collector.errors import CollectorError
from collector.query import find_record
from collector.registry import KINDS
from collector.units.aliases import canonical
from collector.units.communes import make_unit_id
from collector.villages import store
from collector.web import own_unit, reading, services
from sync.storage import Row

ADDRESS: Final = "village"
"""The name under which an address, and the session, hold the id of the village."""
_SHORTENED: Final = {"drawn": "drawn_household", "village": "programme_village"}
"""Ids in addresses that are not called after their kind."""


class VillageNotChosen(CollectorError):
    """This page is about one village, and none was chosen yet."""

    code = "village_not_chosen"
    status = 409


class VillageLaptopOnly(CollectorError):
    """Only the village does this, on its own computer: here are neither its urn nor its draw."""

    code = "village_laptop_only"
    status = 409


class RecordOfCommune(CollectorError):
    """A village's laptop reads this record of its commune and may not change it."""

    code = "record_of_commune"
    status = 409


def laptop_role() -> str:
    """Give what this computer is for: village, commune or central."""
    return str(services().folder.read_settings().get("role", "village"))


def is_village_laptop() -> bool:
    """Tell whether this is the laptop of one village."""
    return laptop_role() == "village"


def current_unit() -> Row:
    """Give the village that this page is about.

    :raises FolderNotSetUp: if the first run was not finished.
    :raises VillageNotChosen: if there are several and none was chosen.
    """
    if is_village_laptop():
        return own_unit()
    if g.get(ADDRESS) is None:
        g.village = _find_chosen()
    if g.village is None:
        raise VillageNotChosen()
    session[ADDRESS] = g.village["id"]
    return dict(g.village)


def chosen_unit() -> str:
    """Give the id of the village that lists are narrowed to; on the laptop of one village "": all of it is shown."""
    return "" if is_village_laptop() else str(current_unit()["id"])


def shared_units() -> tuple[str, ...]:
    """Give the units whose programmes concern the village: itself and its commune; none on its own laptop: any."""
    return () if is_village_laptop() else (current_unit()["id"], commune_of(current_unit()))


def draft_of(key: str) -> str:
    """Give the key of a draft that belongs to the village: what was typed for one never appears in another."""
    return key if is_village_laptop() else f"{key}:{current_unit()['id']}"


def commune_of(village: Row) -> str:
    """Give the id of the commune in which a village lies."""
    since = village["commune_valid_from"]
    return make_unit_id("commune", village["commune_code"] or "", date.fromisoformat(since) if since else None)


def _find_chosen() -> Row | None:
    connection = reading()
    for unit in (find_unit_of_record(), request.args.get(ADDRESS, ""), session.get(ADDRESS, "")):
        row = find_record(connection, "unit", canonical(connection, unit)) if unit else None
        if row is not None:
            return row
    return store.find_only_village(connection)


def find_unit_of_record() -> str:
    """Give the unit of the record that the address names, "" if it names none."""
    named = dict(request.view_args or {})
    if "kind" in named and "record_id" in named:
        named = {f"{named['kind']}_id": named["record_id"]}
    for name, record in named.items():
        kind = name.removesuffix("_id")
        kind = _SHORTENED.get(kind, kind)
        if name.endswith("_id") and kind in KINDS:
            row = find_record(reading(), kind, str(record))
            return row["unit"] if row else ""
    return ""
