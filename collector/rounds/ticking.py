"""Which drawn households were asked: ticked afterwards, all together, in a local table without time or order.

Ticks are a set and never name a sheet; they can only be counted against the sheets. Those who refused or were not met
after two visits have no sheet and are recorded at once; they keep their place and are never replaced.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from collector.answers.urn import count_sheets, require_open
from collector.query import list_records
from collector.recorder import Recorder
from collector.rounds.drawing import list_drawn
from collector.rounds.errors import TickedTwice
from sync.storage import Connection, Row

NOT_ASKED: Final = ("refused", "not_met")


@dataclass(frozen=True, slots=True)
class TickCounts:
    """What is counted of a round's households: all to be asked, those asked, and by outcome the others."""

    households: int
    asked: int
    refused: int
    not_met: int
    ineligible: int
    sheets: int

    @property
    def left(self) -> int:
        """Households about which nothing is said yet."""
        return self.households - self.asked - self.refused - self.not_met - self.ineligible


def list_tickable(connection: Connection, round_id: str) -> list[Row]:
    """List the households of a round that can be ticked, as somebody walks; `ticked` says whether one was asked."""
    ticked = list_ticked(connection, round_id)
    rows = [each for each in list_drawn(connection, round_id) if each["outcome"] != "ineligible"]
    return [{**each, "ticked": each["id"] in ticked} for each in rows]


def list_ticked(connection: Connection, round_id: str) -> frozenset[str]:
    """Give the ids of the drawn households that are ticked as asked."""
    sql = "SELECT drawn FROM asked_household WHERE round = :round"
    return frozenset(row["drawn"] for row in connection.rows(sql, {"round": round_id}))


def save_ticks(recorder: Recorder, round_id: str, asked: Set[str], others: Mapping[str, str]) -> None:
    """Make `asked` the ticked households of a round, and record what came of the `others` (refused, not met).

    A household that is in neither has no outcome (again). Ids that are none of the round are passed over.

    :raises RoundNotOpen: if the round is not open.
    :raises TickedTwice: if a household is in both; `numbers` names them.
    """
    require_open(recorder.connection, round_id)
    rows = list_tickable(recorder.connection, round_id)
    twice = [each["number"] for each in rows if each["id"] in asked and others.get(each["id"]) in NOT_ASKED]
    if twice:
        raise TickedTwice(numbers=twice)
    for each in rows:
        outcome = others.get(each["id"])
        wanted = outcome if outcome in NOT_ASKED else None
        if each["outcome"] != wanted:
            recorder.update("drawn_household", each["id"], {"outcome": wanted})
    recorder.connection.execute("DELETE FROM asked_household WHERE round = :round", {"round": round_id})
    recorder.connection.execute_many(
        "INSERT INTO asked_household (drawn, round) VALUES (:drawn, :round)",
        [{"drawn": drawn, "round": round_id} for drawn in sorted(asked & {each["id"] for each in rows})],
    )


def count_ticks(connection: Connection, round_id: str) -> TickCounts:
    """Count the households of a round by what came of them, and its sheets."""
    rows = list_records(connection, "drawn_household", round=round_id)
    kept = [each for each in rows if not each["reserve"]]
    outcomes = [each["outcome"] for each in kept]
    ticked = list_ticked(connection, round_id)
    return TickCounts(
        households=len(kept),
        asked=sum(each["outcome"] == "asked" or each["id"] in ticked for each in kept),
        refused=outcomes.count("refused"),
        not_met=outcomes.count("not_met"),
        ineligible=outcomes.count("ineligible"),
        sheets=count_sheets(connection, round_id),
    )
