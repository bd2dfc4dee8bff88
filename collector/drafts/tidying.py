"""Finds drafts that nobody can save any more, because another laptop removed the record or finalised its meeting.

What was typed may tell of people, so it does not stay for ever; for a week it stays, in case the record comes back.
"""

import re
from datetime import timedelta
from typing import Final

from collector.clock import now, utc_text
from collector.recorder import is_finalised
from collector.registry import KINDS
from sync.storage import Connection

KEPT: Final = timedelta(days=7)
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_OF_MEETING: Final = re.compile(rf"meeting:({_IDENTIFIER.pattern})(?::.*)?")


def list_stale_drafts(connection: Connection) -> list[str]:
    """List the forms of removed records and finalised meetings into which nobody typed for a week."""
    rows = connection.rows(
        "SELECT form FROM draft GROUP BY form HAVING max(saved_at) < :before", {"before": utc_text(now() - KEPT)}
    )
    return [row["form"] for row in list(rows) if _is_stale(connection, row["form"])]


def _is_stale(connection: Connection, form: str) -> bool:
    meeting = _OF_MEETING.fullmatch(form)
    if meeting and is_finalised(connection, meeting[1]):
        return True
    return any(_is_removed(connection, record) for record in _IDENTIFIER.findall(form))


def _is_removed(connection: Connection, record: str) -> bool:
    kind = connection.value("SELECT kind FROM revision WHERE record = :record LIMIT 1", {"record": record})
    if kind not in KINDS:
        return False
    sql = f'SELECT 1 FROM "{kind}" WHERE id = :record AND removed = 1 AND conflicts = 0'
    return connection.value(sql, {"record": record}) is not None
