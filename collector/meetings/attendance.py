"""Who came: one record per representative of a household. Counts are of households, women and men."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.identity import shared_id
from collector.query import get_record, list_records
from collector.recorder import Recorder
from sync.storage import Connection, Row


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One household of the list and who came for it, in the order in which they were ticked."""

    household: Row
    representatives: tuple[Row, ...]

    @property
    def is_present(self) -> bool:
        """Whether anybody came for the household."""
        return bool(self.representatives)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of all households are represented, and by whom. `people` counts everybody who was ticked."""

    total: int | None
    represented: int
    women: int
    men: int
    people: int

    @property
    def not_represented(self) -> int | None:
        """How many households have nobody in the room; None without a register."""
        return None if self.total is None else max(self.total - self.represented, 0)


def list_attendance(connection: Connection, meeting: Mapping[str, Any]) -> list[HouseholdRow]:
    """List every household of the village with its representatives at this meeting.

    A household that was taken out of the list afterwards stays in the meeting to which somebody came for it.
    """
    came: dict[str, list[Row]] = {}
    for row in list_records(connection, "attendance", meeting=meeting["id"]):
        came.setdefault(row["household"], []).append(row)
    households = connection.rows(
        "SELECT * FROM household WHERE unit = :unit AND (removed = 0 OR id IN (SELECT household FROM attendance"
        " WHERE meeting = :meeting AND removed = 0)) ORDER BY number NULLS FIRST, id",
        {"unit": meeting["unit"], "meeting": meeting["id"]},
    )
    return [HouseholdRow(household, tuple(came.get(household["id"], ()))) for household in households]


def count_attendance(rows: list[HouseholdRow], meeting: Mapping[str, Any], total: int | None) -> Counts:
    """Count who came; a count of represented households made by hand holds when nobody was ticked."""
    people = [person for row in rows for person in row.representatives]
    represented = sum(row.is_present for row in rows)
    if not represented and meeting["represented_counted"]:
        represented = int(meeting["represented_counted"])
    return Counts(
        total=total,
        represented=represented,
        women=sum(person["sex"] == "female" for person in people),
        men=sum(person["sex"] == "male" for person in people),
        people=int(meeting["people_present"] or len(people)),
    )


def tick_household(recorder: Recorder, meeting: Mapping[str, Any], household_id: str) -> str:
    """Record that the head of a household came; a household that is ticked already stays so."""
    household = get_record(recorder.connection, "household", household_id)
    known = list_records(recorder.connection, "attendance", meeting=meeting["id"], household=household_id)
    if known:
        return str(known[0]["id"])
    head = {"name": household["head_name"], "sex": household["head_sex"]}
    named = {**head, "meeting": meeting["id"], "household": household_id}
    return recorder.put("attendance", meeting["unit"], named, shared_id("attendance", meeting["id"], household_id))


def untick_household(recorder: Recorder, meeting: Mapping[str, Any], household_id: str) -> int:
    """Take back that anybody came for a household; return how many people that were."""
    known = list_records(recorder.connection, "attendance", meeting=meeting["id"], household=household_id)
    for row in known:
        recorder.remove("attendance", row["id"])
    return len(known)


def add_representative(
    recorder: Recorder,
    meeting: Mapping[str, Any],
    household_id: str,
    values: Mapping[str, object],
    record: str | None = None,
) -> str:
    """Record one more person who came for a household."""
    named = {**values, "meeting": meeting["id"], "household": household_id}
    return recorder.add("attendance", meeting["unit"], named, record=record)
