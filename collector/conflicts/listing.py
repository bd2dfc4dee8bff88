"""The list of what differs: pages of it, grouped by village and by the meeting or programme that records belong to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from collector.conflicts import store
from collector.conflicts.choices import list_differences
from collector.conflicts.mending import find_mending
from collector.conflicts.words import list_labels
from collector.history.store import list_names
from collector.history.words import who
from collector.kinds import Kind
from collector.query import list_records
from collector.recorder import find_lock
from collector.registry import KINDS
from collector.rights import list_visible_kinds
from collector.search.views import make_title
from collector.villages.current import commune_of, is_village_laptop
from collector.web import current_role, is_set_up, own_unit, reading
from collector.wording import field_sentence, say, write_moment
from sync.storage import Connection, Row

TITLE: Final = 140
"""How many characters of a title stand in the list."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and what to ask for the next ones ("": these are the last)."""

    rows: list[Row]
    after: str


def place_here(unit: str = "") -> store.Place:
    """Give whose records are settled here: a village's laptop reads what its commune writes and leaves it to that."""
    is_village = is_set_up() and is_village_laptop()
    return store.Place(unit, commune_of(own_unit()) if is_village else "")


def read_page(connection: Connection, kinds: Iterable[Kind], condition: str, before: str, unit: str) -> Page:
    """Read one page of records that differ or break a rule; `before` is the `after` of the page in front of it."""
    stamp, _separator, record = before.partition("-")
    is_stamp = stamp.isdecimal() and len(stamp) < 20
    begin = store.Before(min(int(stamp), store.NEWEST), record) if is_stamp else None
    rows = store.list_rows(connection, kinds, condition, begin, place_here(unit))
    shown = rows[: store.PAGE]
    return Page(shown, f"{shown[-1]['last_stamp']}-{shown[-1]['id']}" if len(rows) > len(shown) else "")


def group_rows(connection: Connection, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Put rows under their village and what they belong to; groups stand in the order of their newest record."""
    names = list_names(connection)
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        kind = KINDS[row["kind"]]
        top_kind, top = store.find_top(connection, kind, row)
        is_part = top_kind is not kind or top_kind.name in ("meeting", "programme", "round")
        key = (row["unit"], top["id"] if is_part else kind.name)
        if key not in groups:
            groups[key] = {
                "village": store.find_unit_name(connection, row["unit"]),
                "title": _title_of_group(top_kind, top) if is_part else say(kind.words),
                "items": [],
            }
        item = _describe(connection, kind, row, names)
        groups[key]["items"].append(item | {"label": _label(item, is_part=is_part, is_top=top["id"] == row["id"])})
    found = list(groups.values())
    several = len({group["village"] for group in found}) > 1
    return [{**group, "village": group["village"] if several else ""} for group in found]


def _label(item: Mapping[str, Any], *, is_part: bool, is_top: bool) -> str:
    """Name an entry without saying again what the heading above it says."""
    words, title = say(item["kind"].words), str(item["title"])[:TITLE]
    if is_part and is_top:
        return item["fields"] or words
    if not is_part:
        return title or words
    return f"{words}: {title}" if title else words


def _title_of_group(kind: Kind, row: Mapping[str, Any]) -> str:
    title = f"{say(kind.words)}: {title_of(kind, row)}"
    return f"{title}, {write_moment(row['starts_at'])}" if row.get("starts_at") else title


def _describe(connection: Connection, kind: Kind, row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    held = store.get_held(connection, kind, row["id"])
    return {
        "kind": kind,
        "title": title_of(kind, row),
        "fields": list_labels(held, list_differences(held)),
        "who": who(row["last_author"], names),
        "stamp": row["last_stamp"],
        "is_locked": held.signed is not None,
        "href": url_for("conflicts.show_record", kind=kind.name, record_id=row["id"]),
    }


def title_of(kind: Kind, row: Mapping[str, Any]) -> str:
    """Give the words that stand for a record; what has none of its own is named after what it belongs to."""
    declared = kind.field(kind.title)
    if declared.refers_to in KINDS:
        return _title_of_other(declared.refers_to, row.get(kind.title))
    title = "".join(text for text, _found in make_title(kind.name, dict(row)))
    if title or not kind.belongs_to:
        return title
    return _title_of_other(kind.field(kind.belongs_to).refers_to, row.get(kind.belongs_to))


def _title_of_other(kind_name: str, record: str | None) -> str:
    found = reading().row(f'SELECT * FROM "{kind_name}" WHERE id = :id', {"id": record}) if record else None
    return title_of(KINDS[kind_name], found) if found else ""


def describe_broken(connection: Connection, row: Row) -> dict[str, Any]:
    """Say what does not fit together in a record, and where it is mended."""
    kind = KINDS[row["kind"]]
    lock = find_lock(connection, kind, row, row["id"])
    top_kind, top = store.find_top(connection, kind, row)
    return {
        "kind": kind,
        "title": title_of(kind, row),
        "above": title_of(top_kind, top) if top_kind is not kind else "",
        "sentences": [field_sentence(kind, error) for error in store.list_errors(kind, row)],
        "is_locked": lock is not None,
        "href": url_for("meetings.show_meeting", meeting_id=lock) if lock else find_mending(connection, kind, row),
    }


def describe_double_households(connection: Connection, unit: str) -> list[dict[str, Any]]:
    """Say which households of a village carry the same number, since two laptops entered them."""
    kind = KINDS["household"]
    return [
        {
            "kind": kind,
            "title": title_of(kind, row),
            "above": store.find_unit_name(connection, row["unit"]),
            "sentences": [_("Another household has the number %(number)s too.", number=row["number"])],
            "is_locked": False,
            "href": find_mending(connection, kind, row),
        }
        for row in store.list_double_households(connection, unit)
    ]


def list_villages(connection: Connection) -> list[Row]:
    """List the villages to choose from, none if there is only one; another name of a village is none of its own."""
    rows = [row for row in list_records(connection, "unit", order="name, id") if row["unit"] == row["id"]]
    return rows if len(rows) > 1 else []


def count_differences(unit: str = "") -> int:
    """Count the records that differ and that whoever is logged in may see, of one village or of all."""
    return store.count_rows(reading(), list_visible_kinds(current_role()), store.DIFFERING, place_here(unit))


def count_to_look_at(unit: str = "") -> int:
    """Count the records that break a rule of their kind and that whoever is logged in sees, in one village or all."""
    return store.count_rows(reading(), list_visible_kinds(current_role()), store.BROKEN, place_here(unit))


def differences_of(kind: str, record: str) -> dict[str, Any]:
    """Say how many records differ of a record and its parts, and where to choose: for the banner on its page."""
    rows = store.list_parts(reading(), list_visible_kinds(current_role()), kind, record)
    rows = [row for row in rows if row["unit"] != place_here().but]
    if len(rows) == 1:
        href = url_for("conflicts.show_record", kind=rows[0]["kind"], record_id=rows[0]["id"])
    else:
        href = url_for("conflicts.show_differences", kind=kind, record=record)
    return {"number": len(rows), "href": href}
