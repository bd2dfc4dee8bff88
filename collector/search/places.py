"""Where a record can be seen: the page of its own, or the page of the record that it is part of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.kinds import Kind
from collector.registry import get_kind
from sync.storage import Connection

_PAGES: Final = {
    "meeting": ("meetings.show_meeting", "meeting_id"),
    "opinion": ("opinions.show_opinion", "opinion_id"),
    "programme": ("programmes.show_programme", "programme_id"),
    "questionnaire": ("questionnaires.show_questionnaire", "questionnaire_id"),
    "round": ("rounds.show_round", "round_id"),
    "unit": ("units.show_village", ""),
    "register": ("units.show_village", ""),
    "holiday": ("units.show_village", ""),
    "household": ("units.show_households", ""),
    "person": ("people.list_people", ""),
    "attachment": ("attachments.show_file", "attachment_id"),
}
"""The page of each kind that has one, and the name of the id in its address. Other kinds are shown where the record
that they belong to is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its endpoint, the values of its address, the part of the page, and the village that it is about."""

    endpoint: str
    values: Mapping[str, str]
    anchor: str
    unit: str = ""


def find_place(connection: Connection, kind_name: str, row: Mapping[str, Any]) -> Place | None:
    """Give the page on which a record can be seen, or None if there is none."""
    anchor = f"{kind_name}-{row['id']}"
    while kind_name not in _PAGES:
        kind = get_kind(kind_name)
        above = _find_above(connection, kind, row)
        if above is None:
            return None
        kind_name, row = kind.field(kind.belongs_to).refers_to, above
    endpoint, name = _PAGES[kind_name]
    return Place(endpoint, {name: row["id"]} if name else {}, anchor, row["unit"])


def _find_above(connection: Connection, kind: Kind, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not kind.belongs_to:
        return None
    above = kind.field(kind.belongs_to).refers_to
    return connection.row(f'SELECT * FROM "{above}" WHERE id = :id', {"id": row[kind.belongs_to]})
