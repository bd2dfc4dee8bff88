"""Counts of answer sheets and of households for the results of a round; no sheet is ever read by itself.

Sheets that answer alike are counted by the database in one pass, so a round of a million sheets gives a few thousand
patterns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from collector.answers.records import CODES
from collector.query import list_records
from collector.rounds.records import DIMENSIONS, OUTCOMES, split_dimensions
from collector.units.ethnic_groups import find_group
from sync.storage import Connection, Row

_CODES: Final = frozenset(choice.code for choice in CODES)
_OUTCOMES: Final = frozenset(choice.code for choice in OUTCOMES)
NOT_ASKED: Final = "not_asked"
STILL_OPEN: Final = "9999"
"""An instant after every other."""
OTHER_GROUP: Final = "other"
"""The ethnic group of all that no official list names."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """So many `sheets` of one village with the same sex, ethnic group, number of adults and answers."""

    village: str
    sex: str
    ethnic_group: str
    adults: int | None
    answers: tuple[str, ...]
    sheets: int


@dataclass(frozen=True, slots=True)
class Households:
    """What became of the households of one village that were to be asked."""

    drawn: int = 0
    """Drawn or standing in for an ineligible one, and not ineligible themselves."""
    asked: int = 0
    refused: int = 0
    not_met: int = 0
    ineligible: int = 0


@dataclass(frozen=True, slots=True)
class VillageCounts:
    """One village of a round: its numbers in the register and what became of its households."""

    id: str
    name: str
    households: int | None = None
    adults: int | None = None
    outcomes: Households = field(default_factory=Households)


def list_dimensions(round_row: Row) -> tuple[str, ...]:
    """Give the dimensions of a round; all four of the plan when it names none."""
    return split_dimensions(round_row["dimensions"]) or DIMENSIONS[:4]


def count_sheets(connection: Connection, round_id: str) -> int:
    """Count the sheets of a round that left the urn."""
    sql = "SELECT count(*) FROM answer_sheet WHERE round = :round AND removed = 0"
    return int(connection.value(sql, {"round": round_id}))


def count_patterns(connection: Connection, round_row: Row) -> tuple[Pattern, ...]:
    """Count the sheets of a round that left the urn, by all that results look at."""
    dimensions = list_dimensions(round_row)
    by_adults = "adults" if round_row["counted"] == "adults" else "NULL"
    named = [f'"{name}"' for name in ("village", "sex", "ethnic_group", *dimensions)]
    columns = ", ".join([*named[:3], f"{by_adults} AS adults", *named[3:]])
    grouped = ", ".join(str(place) for place in range(1, len(dimensions) + 5))
    ordered = ", ".join(f"{place} NULLS FIRST" for place in range(1, len(dimensions) + 5))
    sql = (
        f"SELECT {columns}, count(*) AS sheets FROM answer_sheet"
        f" WHERE round = :round AND removed = 0 GROUP BY {grouped} ORDER BY {ordered}"
    )
    return tuple(
        Pattern(
            village=row["village"] or "",
            sex=row["sex"] or "",
            ethnic_group=name_ethnic_group(row["ethnic_group"] or ""),
            adults=row["adults"],
            answers=tuple(row[name] if row[name] in _CODES else NOT_ASKED for name in dimensions),
            sheets=row["sheets"],
        )
        for row in connection.rows(sql, {"round": round_row["id"]})
    )


@cache
def name_ethnic_group(answered: str) -> str:
    """Give the official name of a group by its name or code; nothing if it was not told, else `other`.

    Words of a respondent's own never become the name of a group: they could name the respondent.
    """
    known = find_group(answered.replace("_", " ")) if answered else None
    if known is not None:
        return known.name
    return "" if answered in ("", "refused", "blank", "dont_know") else OTHER_GROUP


def list_villages(connection: Connection, round_id: str) -> list[VillageCounts]:
    """List the villages of a round in the order in which they were added."""
    outcomes = count_outcomes(connection, round_id)
    names = {row["id"]: row["name"] for row in connection.rows("SELECT id, name FROM unit")}
    found: dict[str, VillageCounts] = {}
    for row in list_records(connection, "round_village", round=round_id):
        people = [row[name] for name in ("women", "men") if row[name] is not None]
        found.setdefault(
            row["village"],
            VillageCounts(
                id=row["village"],
                name=names.get(row["village"]) or "",
                households=row["households"],
                adults=sum(people) if len(people) == 2 else None,
                outcomes=outcomes.get(row["village"], Households()),
            ),
        )
    return list(found.values())


def count_outcomes(connection: Connection, round_id: str) -> Mapping[str, Households]:
    """Count the households of a round by village and by what came of them.

    Counted as drawn are those of the first draw and the reserves that were used, except ineligible ones: whoever
    refused or was not met stays in.
    """
    sql = (
        "SELECT village, outcome, count(*) AS households FROM drawn_household WHERE round = :round AND removed = 0"
        " AND (coalesce(reserve, 0) = 0 OR replaces IS NOT NULL OR outcome IS NOT NULL) GROUP BY village, outcome"
    )
    counted: dict[str, dict[str, int]] = {}
    for row in connection.rows(sql, {"round": round_id}):
        here = counted.setdefault(row["village"], {"drawn": 0})
        if row["outcome"] != "ineligible":
            here["drawn"] += row["households"]
        if row["outcome"] in _OUTCOMES:
            here[row["outcome"]] = row["households"]
    return {village: Households(**here) for village, here in counted.items()}


def list_result_rows(connection: Connection, round_id: str) -> list[Row]:
    """List the recorded results of a round."""
    return list_records(connection, "result", round=round_id)


def find_previous_round(connection: Connection, round_row: Row) -> Row | None:
    """Give the round of the same programme and unit that was closed last before this one, or None."""
    if not round_row["programme"]:
        return None
    return connection.row(
        "SELECT * FROM round WHERE programme = :programme AND unit = :unit AND id <> :id AND removed = 0"
        " AND state = 'closed' AND (closed_at < :closed OR (closed_at = :closed AND id < :id))"
        " ORDER BY closed_at DESC, id DESC LIMIT 1",
        {
            "programme": round_row["programme"],
            "unit": round_row["unit"],
            "id": round_row["id"],
            "closed": round_row["closed_at"] or STILL_OPEN,
        },
    )


def list_closed_rounds(connection: Connection, first: str, last: str) -> list[Row]:
    """List the rounds closed between two instants (the second left out), the oldest first."""
    sql = (
        "SELECT * FROM round WHERE removed = 0 AND state = 'closed' AND closed_at >= :first AND closed_at < :last"
        " ORDER BY closed_at, id"
    )
    return list(connection.rows(sql, {"first": first, "last": last}))


def find_programme_name(connection: Connection, round_row: Row) -> str:
    """Give the name of the programme that a round is about, or nothing."""
    sql = "SELECT name FROM programme WHERE id = :id"
    return str(connection.value(sql, {"id": round_row["programme"]}) or "") if round_row["programme"] else ""
