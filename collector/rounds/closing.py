"""Closing a round: its sheets leave the urn, and only then the ticks of asked households become records.

Both in random order and in one transaction, so that the order of neither says anything about the other.
"""

import random
from dataclasses import dataclass

from collector.answers.urn import empty, require_open
from collector.clock import now, utc_text
from collector.recorder import Recorder
from collector.results.recording import record_results
from collector.rounds.papers import forget_codes_of_round
from sync.storage import Connection, Row


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How many sheets of a round wait for their second entry, and how many were begun on a screen and not finished."""

    second_entries: int
    open_sheets: int


def count_unfinished(connection: Connection, round_id: str) -> Unfinished:
    """Count what would be left undone if the round were closed now."""
    named = {"round": round_id}
    waiting = connection.value("SELECT count(*) FROM urn WHERE round = :round AND waits = 1", named)
    begun = connection.value("SELECT count(*) FROM open_sheet WHERE round = :round", named)
    return Unfinished(int(waiting), int(begun))


def close_round(recorder: Recorder, round_id: str) -> Row:
    """Close an open round and return its row as it was before. Nothing can be added to it afterwards.

    :raises RoundNotOpen: if it is not open.
    """
    row = require_open(recorder.connection, round_id)
    empty(recorder, round_id)
    forget_codes_of_round(recorder.connection, round_id)
    record_asked(recorder, round_id)
    recorder.connection.execute("DELETE FROM open_sheet WHERE round = :round", {"round": round_id})
    recorder.update("round", round_id, {"state": "closed", "closed_at": utc_text(now())})
    record_results(recorder, round_id)
    return row


def record_asked(recorder: Recorder, round_id: str) -> None:
    """Record which households were asked, in random order, and forget the ticks."""
    named = {"round": round_id}
    ticked = [row["drawn"] for row in recorder.connection.rows(
        "SELECT drawn FROM asked_household WHERE round = :round", named
    )]
    random.SystemRandom().shuffle(ticked)
    for drawn in ticked:
        recorder.update("drawn_household", drawn, {"outcome": "asked", "reason": None})
    recorder.connection.execute("DELETE FROM asked_household WHERE round = :round", named)
