"""Remembers how exchanges with the centre ended: the newest that went through, and the newest that did not.

Also which contents of attachments the centre has, so that it is not asked again and again. Storage functions.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from collector.attachments.naming import list_named
from collector.clock import local_time, utc_text
from collector.replication.report import SyncReport, read_report
from sync.lives import current_life
from sync.storage import Connection

DONE: Final = "done"
FAILED: Final = "failed"
HEARD: Final = "heard"
BY_COMMAND: Final = "(command)"
"""Stands for who asked for an exchange where it was a command, which knows nobody's name."""


class Ended(NamedTuple):
    """An exchange that ended: when, who asked for it (None: nobody, it began by itself), and what it came to."""

    at: datetime
    author: str | None
    report: SyncReport


def note_ended(connection: Connection, at: datetime, author: str | None, report: SyncReport) -> None:
    """Remember how an exchange ended; one that went through ends what went wrong before."""
    if report.is_done:
        connection.execute("DELETE FROM exchange WHERE outcome = :outcome", {"outcome": FAILED})
    _put(connection, DONE if report.is_done else FAILED, at, author, report)


def note_heard(connection: Connection, at: datetime) -> None:
    """Remember that the centre spoke at this moment, be it on a stick or in an exchange that was cut off."""
    known = _find(connection, HEARD)
    if known is None or known.at < at:
        _put(connection, HEARD, at, None, SyncReport())


def _put(connection: Connection, outcome: str, at: datetime, author: str | None, report: SyncReport) -> None:
    connection.execute(
        "INSERT INTO exchange (outcome, at, author, report) VALUES (:outcome, :at, :author, :report)"
        " ON CONFLICT (outcome) DO UPDATE SET at = excluded.at, author = excluded.author, report = excluded.report",
        {
            "outcome": outcome,
            "at": utc_text(at),
            "author": author,
            "report": json.dumps(report.as_values(), ensure_ascii=False, sort_keys=True),
        },
    )


def find_success(connection: Connection) -> Ended | None:
    """Give the newest exchange that went through."""
    return _find(connection, DONE)


def find_failure(connection: Connection) -> Ended | None:
    """Give the newest exchange, if it did not go through."""
    return _find(connection, FAILED)


def find_heard(connection: Connection) -> datetime | None:
    """Say of which moment the newest word of the centre is, by whatever way it came."""
    return max((each.at for each in (_find(connection, DONE), _find(connection, HEARD)) if each), default=None)


def _find(connection: Connection, outcome: str) -> Ended | None:
    row = connection.row("SELECT at, author, report FROM exchange WHERE outcome = :outcome", {"outcome": outcome})
    return None if row is None else Ended(local_time(row["at"]), row["author"], read_report(json.loads(row["report"])))


def list_unshelved(connection: Connection) -> dict[str, int]:
    """Give the contents that records name of which it is not known that the centre has them now; with their sizes."""
    rows = connection.rows("SELECT sha256 FROM shelved WHERE incarnation = :life", {"life": current_life(connection)})
    shelved = {row["sha256"] for row in rows}
    return {name: size for name, size in list_named(connection).items() if name not in shelved}


def note_shelved(connection: Connection, names: Iterable[str], life: str = "") -> int:
    """Remember that the centre has these contents, in its present life if none is named; tell how many are new."""
    life = life or current_life(connection)
    rows = connection.rows("SELECT sha256 FROM shelved WHERE incarnation = :life", {"life": life})
    new = set(names) - {row["sha256"] for row in rows}
    connection.execute_many(
        "INSERT INTO shelved (sha256, incarnation) VALUES (:name, :life)"
        " ON CONFLICT (sha256) DO UPDATE SET incarnation = excluded.incarnation",
        [{"name": name, "life": life} for name in sorted(new)],
    )
    return len(new)
