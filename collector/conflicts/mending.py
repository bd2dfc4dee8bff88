"""Where a record is mended that breaks a rule: the form that holds the field, else the page on which it can be seen."""

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app, url_for

from collector.kinds import Kind
from collector.search.places import find_place
from collector.search.views import place_href
from sync.storage import Connection

_FORMS: Final = {
    "programme": ("programmes.edit_programme", {"programme_id": "id"}),
    "disclosure": ("programmes.edit_disclosure", {"disclosure_id": "id"}),
    "follow_up": ("opinions.show_opinion", {"opinion_id": "opinion"}),
    "opinion": ("meetings.edit_opinion", {"meeting_id": "meeting", "opinion_id": "id"}),
    "question": ("meetings.list_questions", {"meeting_id": "meeting"}),
    "household": ("units.edit_household", {"household_id": "id"}),
    "register": ("units.edit_register", {"register_id": "id"}),
    "holiday": ("units.edit_holiday", {"holiday_id": "id"}),
    "unit": ("units.edit_village", {}),
    "person": ("people.edit_person", {"person_id": "id"}),
    "round": ("rounds.edit_round", {"round_id": "id"}),
}
"""The form of each kind that has one of its own, and which columns its address needs."""


def find_mending(connection: Connection, kind: Kind, row: Mapping[str, Any]) -> str:
    """Give the address at which a record can be put right, '' if there is none."""
    if kind.name == "meeting":
        return url_for("meetings.edit_meeting", meeting_id=row["id"], part=_part_of(row))
    if kind.name == "tally":
        meeting = connection.value("SELECT meeting FROM question WHERE id = :id", {"id": row["question"]})
        return url_for("meetings.run_meeting", meeting_id=meeting, _anchor="questions-title") if meeting else ""
    endpoint, columns = _FORMS.get(kind.name, ("", {}))
    if endpoint in current_app.view_functions and all(row[column] for column in columns.values()):
        address: dict[str, Any] = {name: row[column] for name, column in columns.items()}
        return url_for(endpoint, **address)
    return place_href(find_place(connection, kind.name, row))


def _part_of(row: Mapping[str, Any]) -> str:
    return "closing" if "ended_at" in str(row["broken"]).split(",") else "basics"
