"""Keeping the promise of when sheets are erased: after the day that a round names, its single sheets end for good.

The recorded result stays. A round that nobody closed by then is closed first, so that its result is not lost. Storage
functions; the background thread of the served folder opens the transactions.
"""

from datetime import date, timedelta
from typing import Final

from collector.query import get_record
from collector.recorder import Recorder
from collector.rounds.closing import close_round
from sync.storage import Connection

NOTICE: Final = timedelta(days=30)
"""So long before the sheets of a round are erased its page and the first page say so."""
_LEFT: Final = ("entered_paper", "paper_code", "received_instance")
"""Local tables with numbers of papers and of sendings: without sheets they serve nothing."""


def list_due_rounds(connection: Connection, today: date) -> list[str]:
    """List the rounds whose day of keeping has passed and of which sheets are still here."""
    rows = connection.rows(
        "SELECT r.id FROM round r WHERE r.removed = 0 AND r.keep_until < :today AND r.state <> 'planned' AND ("
        " EXISTS (SELECT 1 FROM answer_sheet s WHERE s.round = r.id AND s.removed = 0)"
        " OR EXISTS (SELECT 1 FROM urn u WHERE u.round = r.id)"
        " OR EXISTS (SELECT 1 FROM open_sheet o WHERE o.round = r.id)) ORDER BY r.id",
        {"today": today.isoformat()},
    )
    return [row["id"] for row in rows]


def erase_sheets(recorder: Recorder, round_id: str) -> int:
    """Erase every sheet of a round, all at once so that no result counts a part of them; return how many.

    :raises RecordNotFound: if there is no such round.
    """
    connection = recorder.connection
    if get_record(connection, "round", round_id)["state"] == "open":
        close_round(recorder, round_id)
    sql = "SELECT id FROM answer_sheet WHERE round = :round AND removed = 0"
    sheets = [row["id"] for row in connection.rows(sql, {"round": round_id})]
    for sheet in sheets:
        recorder.erase("answer_sheet", sheet)
    for table in _LEFT:
        connection.execute(f"DELETE FROM {table} WHERE round = :round", {"round": round_id})
    return len(sheets)
