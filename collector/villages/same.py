"""Two villages that are really one: an officer says so, sees before what happens, and can take it back.

On the laptop of a commune and at the centre only. The village that the page is about stays; the other one becomes
another name of it (decision 11). At the centre the laptops of both may have all of it from that moment.
"""

from collections.abc import Iterable
from typing import Any, Final

from flask import abort, current_app, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import OFFICE, allow
from collector.folding import fold
from collector.pages import go
from collector.query import count_records, list_records
from collector.units.aliases import add_alias, read_aliases, remove_alias
from collector.villages import store
from collector.villages.current import ADDRESS, current_unit
from collector.villages.views import blueprint, refuse_village_laptop
from collector.web import reading, recording
from sync.storage import Connection, Row

__all__ = ["blueprint"]

COUNTED: Final = ("household", "meeting", "opinion", "programme", "round")
"""What is counted of each of the two villages, so that people see what comes together."""


@blueprint.get("/village/same")
@allow(OFFICE)
def show_same() -> str:
    """Show the villages of the commune that may be this one, and those that were made one with it."""
    refuse_village_laptop()
    village = current_unit()
    return render_template(
        "villages/same.html", village=village, others=list_others(reading(), village), parts=list_parts(village["id"])
    )


def list_others(connection: Connection, village: Row) -> list[Row]:
    """List the other villages of the commune, those whose names are most alike first."""
    words = set(fold(village["name"] or "").split())
    others = [
        row
        for row in store.list_villages(connection)
        if row["id"] != village["id"] and not row["demo"] and row["commune_code"] == village["commune_code"]
    ]
    return sorted(others, key=lambda row: -len(words & set(fold(row["name"] or "").split())))


def list_parts(unit: str) -> list[Row]:
    """List the villages that turned out to be this one."""
    aliases = read_aliases(reading())
    return [row for row in _list_units(reading()) if aliases.get(row["id"]) == unit]


def _list_units(connection: Connection) -> Iterable[Row]:
    return list_records(connection, "unit", order="name, id")


@blueprint.route("/village/same/<other>", methods=["GET", "POST"])
@allow(OFFICE)
def join_same(other: str) -> str | Response:
    """Say what follows if the other village is this one, then record that it is."""
    refuse_village_laptop()
    village = current_unit()
    found = next((row for row in list_others(reading(), village) if row["id"] == other), None)
    if found is None:
        abort(404)
    if request.method == "POST":
        with recording() as recorder:
            add_alias(recorder, other, village["id"])
            _let_laptops_have_both(recorder.connection, other, village["id"])
        done = _("%(other)s and %(name)s are one village now.", other=found["name"], name=village["name"])
        return _go_to(village, done)
    sides = [{"row": row, "counts": _count(row["id"])} for row in (village, found)]
    return render_template("villages/same_confirm.html", village=village, other=found, sides=sides)


def _let_laptops_have_both(connection: Connection, other: str, village: str) -> None:
    """At the centre, let the laptops of either village have all of it."""
    running: Any = current_app.extensions.get("collector_centre")
    if running is not None:
        running.office.registry.merge_in(connection, other, village)


def _count(unit: str) -> dict[str, int]:
    return {kind: count_records(reading(), kind, unit=unit) for kind in COUNTED}


@blueprint.route("/village/same/<other>/apart", methods=["GET", "POST"])
@allow(OFFICE)
def part_same(other: str) -> str | Response:
    """Say what follows if the other village is one of its own after all, then record that it is."""
    refuse_village_laptop()
    village = current_unit()
    found = next((row for row in list_parts(village["id"]) if row["id"] == other), None)
    if found is None:
        abort(404)
    if request.method == "POST":
        with recording() as recorder:
            remove_alias(recorder, other)
        return _go_to(village, _("%(name)s is a village of its own again.", name=found["name"]))
    return render_template("villages/same_apart.html", village=village, other=found)


def _go_to(village: Row, done: str) -> Response:
    return go("villages.show_same", done, **{ADDRESS: village["id"]})
