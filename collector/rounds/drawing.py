"""The draw of a round as records: what it is drawn from, the draw itself, replacements.

All of a draw happens in the caller's one transaction: either every household and the seed are recorded, or nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collector.clock import now, utc_text
from collector.identity import shared_id
from collector.query import count_records, get_record, list_records
from collector.recorder import Recorder
from collector.rounds.draw import Drawn, allocate, draw_adult, draw_sample, spread
from collector.rounds.errors import (
    AlreadyDrawn,
    HouseholdListMissing,
    MoreAskedThanRegistered,
    NotReplaceable,
    RoundNotPlanned,
)
from collector.rounds.store import freeze_population
from sync.storage import Connection, Row

SEED_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """One village of a round as it can be drawn from: households in the list, and the counts of its register."""

    village: str
    name: str
    households: tuple[str, ...]
    registered: int
    adults: int

    @property
    def listed(self) -> int:
        """The number of households in the list."""
        return len(self.households)

    def count(self, counted: str) -> int:
        """Give N: adults if they are counted and the register knows their number, else households."""
        return self.adults if counted == "adults" and self.adults else self.registered


def list_frame(connection: Connection, villages: Sequence[Row]) -> list[Frame]:
    """Give the list of households of each of these villages of a round."""
    frame = []
    for each in villages:
        rows = list_records(connection, "household", order="number, id", unit=each["village"])
        found = tuple(row["id"] for row in rows)
        adults = (each["women"] or 0) + (each["men"] or 0)
        frame.append(Frame(each["village"], each["name"] or "", found, each["households"] or 0, adults))
    return frame


def open_round(
    recorder: Recorder, round_id: str, *, wanted: int | None = None, reserves: int = 0, seed: str | None = None
) -> list[Drawn]:
    """Draw the households of a round as it says, and open it. Return what was drawn.

    Everyone: every household of the list. Drawn: `wanted` households and `reserves`. Chosen in another way: nothing
    is drawn. Where adults are counted, one of each household is drawn besides. The seed is made here unless a test
    gives one.

    :raises AlreadyDrawn: if it is open or closed.
    :raises HouseholdListMissing: if a village has no list of households.
    :raises RoundRegisterMissing: if a village has no register.
    :raises MoreAskedThanRegistered: if more households of a village would be asked than its register counts.
    :raises SampleTooSmall: if every village cannot have its least number.
    :raises SampleTooLarge: if there are not so many households.
    """
    row = get_record(recorder.connection, "round", round_id)
    if row["state"] != "planned" or count_records(recorder.connection, "drawn_household", round=round_id):
        raise AlreadyDrawn(round=round_id)
    villages = freeze_population(recorder, round_id)
    changes: dict[str, object] = {"state": "open"}
    drawn: list[Drawn] = []
    if row["chosen"] != "other":
        frame = list_frame(recorder.connection, villages)
        seed = seed or secrets.token_hex(SEED_BYTES)
        drawn = _draw(frame, row["chosen"], seed, wanted or 0, reserves)
        _record(recorder, row, villages, drawn)
        if row["chosen"] == "drawn" or row["counted"] == "adults":
            changes |= {"seed": seed, "drawn_at": utc_text(now())}
    recorder.update("round", round_id, changes)
    return drawn


def _draw(frame: Sequence[Frame], chosen: str, seed: str, wanted: int, reserves: int) -> list[Drawn]:
    for each in frame:
        if not each.households:
            raise HouseholdListMissing(village=each.name)
    sizes = {each.village: each.listed for each in frame}
    if chosen == "everyone":
        counts, spare = sizes, dict.fromkeys(sizes, 0)
    else:
        counts = allocate(wanted, sizes)
        spare = spread(reserves, counts, {name: sizes[name] - count for name, count in counts.items()})
    for each in frame:
        if counts[each.village] > each.registered:
            raise MoreAskedThanRegistered(
                village=each.name, asked=counts[each.village], registered=each.registered
            )
    households = {each.village: each.households for each in frame}
    if chosen == "everyone":
        return [
            Drawn(village, household, place, False, draw_adult(seed, village, household))
            for village, listed in households.items()
            for place, household in enumerate(listed, start=1)
        ]
    return draw_sample(seed, households, counts, spare)


def _record(recorder: Recorder, row: Row, villages: Sequence[Row], drawn: Sequence[Drawn]) -> None:
    chooses_adult = row["counted"] == "adults"
    for each in drawn:
        values: dict[str, object] = {
            "round": row["id"],
            "village": each.village,
            "household": each.household,
            "place": each.place,
            "reserve": each.reserve,
        }
        if chooses_adult:
            values["adult_draw"] = each.adult_draw
        record = shared_id("drawn_household", row["id"], each.household)
        recorder.add("drawn_household", each.village, values, record=record)
    for village in villages:
        planned = sum(each.village == village["village"] and not each.reserve for each in drawn)
        recorder.update("round_village", village["id"], {"planned": planned})


def list_drawn(connection: Connection, round_id: str, *, reserves: bool = False) -> list[Row]:
    """List the households of a round that are to be asked, with `number`, `head_name`, `cluster`, `village_name`.

    Ordered as somebody walks: by village, group of houses and number, never by place in the draw. With `reserves`
    the households that still wait as reserves, in the order in which they come.
    """
    walk = ("u.name", "d.place") if reserves else ("u.name", "h.cluster IS NULL", "h.cluster", "h.number")
    order = ", ".join(f"{each} NULLS FIRST" for each in walk)
    return list(
        connection.rows(
            "SELECT d.*, h.number, h.head_name, h.cluster, u.name AS village_name FROM drawn_household d"
            " LEFT JOIN household h ON h.id = d.household LEFT JOIN unit u ON u.id = d.village"
            " WHERE d.round = :round AND d.removed = 0 AND coalesce(d.reserve, 0) = :reserve"
            f" ORDER BY {order}, d.id",
            {"round": round_id, "reserve": int(reserves)},
        )
    )


def replace_household(recorder: Recorder, drawn_id: str, reason: str) -> Row | None:
    """Record that a drawn household cannot be asked, and let the next reserve of its village take its place.

    Returns the reserve's row, or None when no reserve is left: then one household less is asked.

    :raises NotReplaceable: if it was asked, refused, was not met, is a reserve or was replaced.
    :raises RoundNotPlanned: if the round is not open.
    :raises RecordInvalid: if the reason is none of the list.
    """
    connection = recorder.connection
    row = get_record(connection, "drawn_household", drawn_id)
    if get_record(connection, "round", row["round"])["state"] != "open":
        raise RoundNotPlanned(round=row["round"])
    if row["outcome"] or row["reserve"] or _is_ticked(connection, row):
        raise NotReplaceable(drawn=drawn_id)
    recorder.update("drawn_household", drawn_id, {"outcome": "ineligible", "reason": reason})
    reserves = list_drawn(connection, row["round"], reserves=True)
    waiting = [each for each in reserves if each["village"] == row["village"]]
    if not waiting:
        return None
    recorder.update("drawn_household", waiting[0]["id"], {"reserve": False, "replaces": drawn_id})
    return waiting[0]


def take_back_replacement(recorder: Recorder, drawn_id: str) -> None:
    """Undo a replacement that was a mistake: the household is asked after all, its reserve waits again.

    :raises NotReplaceable: if the household was not replaced, or its reserve was asked or has an outcome already.
    :raises RoundNotPlanned: if the round is not open.
    """
    connection = recorder.connection
    row = get_record(connection, "drawn_household", drawn_id)
    if get_record(connection, "round", row["round"])["state"] != "open":
        raise RoundNotPlanned(round=row["round"])
    reserves = list_records(connection, "drawn_household", replaces=drawn_id)
    if row["outcome"] != "ineligible" or any(each["outcome"] or _is_ticked(connection, each) for each in reserves):
        raise NotReplaceable(drawn=drawn_id)
    for each in reserves:
        recorder.update("drawn_household", each["id"], {"reserve": True, "replaces": None})
    recorder.update("drawn_household", drawn_id, {"outcome": None, "reason": None})


def _is_ticked(connection: Connection, row: Row) -> bool:
    sql = "SELECT 1 FROM asked_household WHERE drawn = :drawn"
    return connection.value(sql, {"drawn": row["id"]}) is not None
