"""Programmes, the villages they touch, and what of them was made public.

Which items a programme must make public is not said by any record. An item counts as soon as anything was recorded
for it; before that, the one item that every programme has: policies and support (item 7 of article 11) for those of
that sector, projects and land (item 3) for all others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from collector.folding import fold
from collector.law.disclosure import FORMS, ITEMS, Missing, Posting, missing
from collector.query import find_record, get_record, in_units, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row

PAGE: Final = 60
SHORT_LIST: Final = 20
_ITEM_CODES: Final = {item.code for item in ITEMS}
_FORM_CODES: Final = {form.code for form in FORMS}


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme with what was made public of it and what is still missing."""

    row: Row
    disclosures: tuple[Row, ...]
    gaps: tuple[Missing, ...]
    photographed: frozenset[str]
    """The ids of the disclosures that have a photo."""


def list_programmes(
    connection: Connection, today: date, after: str = "", units: Sequence[str] = ()
) -> tuple[list[Programme], str]:
    """List one page of programmes (of these units), the newest page first, on it those with something missing first.

    Gives with them what to pass as `after` for the next page, or "" when this is the last.
    """
    where, named = in_units(units)
    rows = list(
        connection.rows(
            f"SELECT * FROM programme WHERE removed = 0 AND (:after = '' OR id < :after){where}"
            " ORDER BY id DESC LIMIT :limit",
            {"after": after, "limit": PAGE + 1, **named},
        )
    )
    page = [_judge(connection, row, today) for row in rows[:PAGE]]
    page.sort(key=lambda programme: (not programme.gaps, fold(programme.row["name"] or "")))
    return page, rows[PAGE - 1]["id"] if len(rows) > PAGE else ""


def get_programme(connection: Connection, programme: str, today: date) -> Programme:
    """Give a programme with its disclosures and what is missing on a day.

    :raises RecordNotFound: if there is no such programme.
    """
    return _judge(connection, get_record(connection, "programme", programme), today)


def _judge(connection: Connection, row: Row, today: date) -> Programme:
    # What belongs to a programme lies in its unit; another village may write its id into records of its own.
    of_it = {"programme": row["id"], "unit": row["unit"]}
    disclosures = list_records(connection, "disclosure", order="starts_on, first_stamp, id", **of_it)
    photographed = list_photographed(connection, [each["id"] for each in disclosures])
    return Programme(row, tuple(disclosures), tuple(find_gaps(row, disclosures, photographed, today)), photographed)


def find_gaps(programme: Row, disclosures: Iterable[Row], photographed: Iterable[str], today: date) -> list[Missing]:
    """List what a programme still lacks to count as made public (Law 10/2022/QH15, articles 11 to 13)."""
    with_photo = set(photographed)
    postings = [_make_posting(row, row["id"] in with_photo) for row in disclosures if _is_known(row)]
    items = {posting.item for posting in postings} or {"7" if programme["sector"] == "support" else "3"}
    return missing(postings, today, items)


def _is_known(disclosure: Row) -> bool:
    """Tell whether this version knows the disclosure's item and form; a newer one may have sent others."""
    return bool(disclosure["item"] in _ITEM_CODES and disclosure["form"] in _FORM_CODES and disclosure["starts_on"])


def _make_posting(disclosure: Row, has_photo: bool) -> Posting:
    return Posting(
        item=disclosure["item"],
        form=disclosure["form"],
        starts_on=date.fromisoformat(disclosure["starts_on"]),
        ends_on=date.fromisoformat(disclosure["ends_on"]) if disclosure["ends_on"] else None,
        place=disclosure["place"] or "",
        has_photo=has_photo,
    )


def list_photographed(connection: Connection, disclosures: Iterable[str]) -> frozenset[str]:
    """Give those of these disclosures that have a photo."""
    sql = (
        "SELECT 1 FROM attachment JOIN disclosure ON disclosure.id = attachment.owner"
        " WHERE owner = :owner AND role = 'photo' AND attachment.unit = disclosure.unit AND attachment.removed = 0"
        " LIMIT 1"
    )
    return frozenset(owner for owner in disclosures if connection.value(sql, {"owner": owner}))


def list_photos(connection: Connection, disclosure: str) -> list[Row]:
    """List the photos of a disclosure, the first one first."""
    unit = get_record(connection, "disclosure", disclosure)["unit"]
    return list_records(connection, "attachment", owner=disclosure, role="photo", unit=unit)


def add_programme(
    recorder: Recorder, unit: Row, values: Mapping[str, object], record: str | None = None, *, is_village: bool = True
) -> str:
    """Record a programme and return the id. One of a village touches that village first; one of a commune none yet.

    An id that is held already is the same programme sent again.

    :raises RecordInvalid: if a value breaks the declaration or the dates are not in order.
    """
    if record is not None and find_record(recorder.connection, "programme", record) is not None:
        return record
    programme = recorder.add("programme", unit["id"], values, record)
    if is_village:
        add_village(recorder, unit["id"], programme, {"village": unit["name"]})
    return programme


def list_villages(connection: Connection, programme: str) -> list[Row]:
    """List the villages that a programme touches, in the order in which they were recorded."""
    unit = get_record(connection, "programme", programme)["unit"]
    return list_records(connection, "programme_village", programme=programme, unit=unit)


def add_village(recorder: Recorder, unit: str, programme: str, values: Mapping[str, object]) -> str:
    """Record one more village that a programme touches and return the id of the record."""
    return recorder.add("programme_village", unit, {"programme": programme, **values})


def add_disclosure(recorder: Recorder, programme: Row, values: Mapping[str, object], record: str | None = None) -> str:
    """Record that an item of a programme was made public and return the id, `record` if one is given.

    :raises RecordInvalid: if a value breaks the declaration or the dates are not in order.
    """
    return recorder.add("disclosure", programme["unit"], {"programme": programme["id"], **values}, record)


def list_meetings_about(connection: Connection, programme: str) -> list[Row]:
    """List the newest meetings about a programme."""
    return list(
        connection.rows(
            "SELECT * FROM meeting WHERE programme = :programme AND removed = 0"
            " ORDER BY starts_at DESC NULLS LAST, id LIMIT :limit",
            {"programme": programme, "limit": SHORT_LIST},
        )
    )
