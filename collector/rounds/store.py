"""Rounds with their villages and askers: what is planned before anybody is asked.

The numbers of households and adults of each village are copied from its register into the round, so that a verdict
stays what it was when the register is corrected later. They are frozen when asking begins.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collector.errors import RecordInvalid
from collector.identity import shared_id
from collector.kinds import FieldError
from collector.query import find_record, get_record, list_records
from collector.recorder import Recorder
from collector.rounds.errors import RoundNotPlanned, RoundRegisterMissing
from collector.units.store import current_register
from sync.storage import Connection, Row

PAGE: Final = 60
TARGET_PERCENT: Final = 90
POPULATION: Final = ("households", "women", "men", "as_of")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round is made of: the values of its record, the ids of its villages and of those who ask."""

    values: Mapping[str, object]
    villages: tuple[str, ...]
    askers: tuple[str, ...]


def list_rounds(connection: Connection, after: str = "", unit: str = "") -> tuple[list[Row], str]:
    """List one page of rounds (of one village), the newest first, and what to pass as `after` for the next page.

    On the last page that is "".
    """
    where = " AND unit = :unit" if unit else ""
    rows = list(
        connection.rows(
            f"SELECT * FROM round WHERE removed = 0 AND (:after = '' OR id < :after){where}"
            " ORDER BY id DESC LIMIT :limit",
            {"after": after, "limit": PAGE + 1, "unit": unit},
        )
    )
    return rows[:PAGE], rows[PAGE - 1]["id"] if len(rows) > PAGE else ""


def list_open_rounds(connection: Connection) -> list[Row]:
    """List the rounds in which people are being asked, the one that ends first on top."""
    return list_records(connection, "round", order="ends_on IS NULL, ends_on, id", state="open")


def list_units(connection: Connection, own: str) -> list[Row]:
    """List the villages that a round can cover: the one it is made in, then those whose register is known here."""
    rows = connection.rows(
        "SELECT * FROM unit u WHERE removed = 0 AND u.unit = u.id AND (id = :own OR EXISTS"
        " (SELECT 1 FROM register r WHERE r.unit = u.id AND r.removed = 0)) ORDER BY id <> :own, name NULLS FIRST, id",
        {"own": own},
    )
    return list(rows)


def list_villages(connection: Connection, round_id: str) -> list[Row]:
    """List the villages of a round with their `name`."""
    return list(
        connection.rows(
            "SELECT v.*, u.name FROM round_village v LEFT JOIN unit u ON u.id = v.village"
            " WHERE v.round = :round AND v.removed = 0 ORDER BY u.name NULLS FIRST, v.id",
            {"round": round_id},
        )
    )


def list_askers(connection: Connection, round_id: str) -> list[Row]:
    """List the people who ask in a round with their `name` and `cluster`."""
    return list(
        connection.rows(
            "SELECT a.*, p.name, p.cluster FROM round_asker a JOIN person p ON p.id = a.person"
            " WHERE a.round = :round AND a.removed = 0 AND p.removed = 0 ORDER BY p.name NULLS FIRST, a.id",
            {"round": round_id},
        )
    )


def list_own_hamlets(connection: Connection, round_id: str) -> list[Row]:
    """List the askers who live in a group of houses where households of the round are (`name`, `cluster`, `count`)."""
    return list(
        connection.rows(
            "SELECT p.name, p.cluster, count(*) AS count FROM round_asker a JOIN person p ON p.id = a.person"
            " JOIN household h ON h.unit = p.unit AND h.cluster = p.cluster AND h.removed = 0"
            " JOIN drawn_household d ON d.household = h.id AND d.round = a.round AND d.removed = 0"
            " WHERE a.round = :round AND a.removed = 0 AND p.removed = 0 AND coalesce(d.reserve, 0) = 0"
            " GROUP BY p.id, p.name, p.cluster ORDER BY p.name NULLS FIRST, p.id",
            {"round": round_id},
        )
    )


def add_round(recorder: Recorder, unit: str, plan: Plan, record: str | None = None) -> str:
    """Record a round that is being prepared, with its villages and askers; return its id.

    `record` is the id that it gets; one that is held already is the same round sent again.

    :raises RecordInvalid: if a value breaks the declaration, or no village is named.
    :raises RoundRegisterMissing: if a village has no register.
    """
    _refuse_no_village(plan)
    values = {"target_percent": TARGET_PERCENT, **plan.values, "state": "planned"}
    if record is not None and find_record(recorder.connection, "round", record) is not None:
        return record
    made = recorder.add("round", unit, values, record)
    for village in plan.villages:
        _add_village(recorder, unit, made, village)
    for person in plan.askers:
        _add_asker(recorder, unit, made, person)
    return made


def update_round(recorder: Recorder, round_id: str, plan: Plan) -> None:
    """Change a round that is being prepared, its villages and askers.

    :raises RoundNotPlanned: if people are being asked already.
    :raises RecordInvalid: if a value breaks the declaration, or no village is named.
    :raises RoundRegisterMissing: if a new village has no register.
    """
    row = require_planned(recorder.connection, round_id)
    _refuse_no_village(plan)
    recorder.update("round", round_id, plan.values)
    held = {each["village"]: each for each in list_villages(recorder.connection, round_id)}
    for village in plan.villages:
        if village not in held:
            _add_village(recorder, row["unit"], round_id, village)
    for village, each in held.items():
        if village not in plan.villages:
            recorder.remove("round_village", each["id"])
    update_askers(recorder, row, plan.askers)


def _add_asker(recorder: Recorder, unit: str, round_id: str, person: str) -> None:
    named = {"round": round_id, "person": person}
    recorder.put("round_asker", unit, named, shared_id("round_asker", round_id, person))


def update_askers(recorder: Recorder, row: Row, people: Iterable[str]) -> None:
    """Make these people the askers of a round."""
    wanted = set(people)
    held = {each["person"]: each for each in list_records(recorder.connection, "round_asker", round=row["id"])}
    for person in sorted(wanted - held.keys()):
        _add_asker(recorder, row["unit"], row["id"], person)
    for person in sorted(held.keys() - wanted):
        recorder.remove("round_asker", held[person]["id"])


def require_planned(connection: Connection, round_id: str) -> Row:
    """Give the row of a round that is still being prepared.

    :raises RecordNotFound: if there is no such round.
    :raises RoundNotPlanned: if it is open or closed.
    """
    row = get_record(connection, "round", round_id)
    if row["state"] != "planned":
        raise RoundNotPlanned(round=round_id)
    return row


def remove_round(recorder: Recorder, round_id: str) -> None:
    """Take a round out of the list before anybody was asked.

    :raises RoundNotPlanned: if it is open or closed.
    """
    require_planned(recorder.connection, round_id)
    recorder.remove("round", round_id)


def freeze_population(recorder: Recorder, round_id: str) -> list[Row]:
    """Copy the present registers into the round, for the last time; return its villages with their `name`.

    :raises RoundRegisterMissing: if a village has no register.
    """
    for each in list_villages(recorder.connection, round_id):
        recorder.update("round_village", each["id"], read_population(recorder.connection, each["village"]))
    return list_villages(recorder.connection, round_id)


def read_population(connection: Connection, village: str) -> dict[str, object]:
    """Give the counts of a village's newest register as a round keeps them.

    :raises RoundRegisterMissing: if it has none.
    """
    register = current_register(connection, village)
    if register is None:
        raise RoundRegisterMissing(village=get_record(connection, "unit", village)["name"])
    return {name: register[name] for name in POPULATION}


def _add_village(recorder: Recorder, unit: str, round_id: str, village: str) -> None:
    population = read_population(recorder.connection, village)
    values = {"round": round_id, "village": village, **population}
    recorder.put("round_village", unit, values, shared_id("round_village", round_id, village))


def _refuse_no_village(plan: Plan) -> None:
    if not plan.villages:
        raise RecordInvalid("round_village", [FieldError("village", "missing", {})])
