"""Lists and counts of opinions that stay fast with very many of them.

Lists are read in pages by key, never by counting off. What no index answers is asked of a bounded number of records
per page; such a page can hold few rows or none and still name where the next one begins.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from collector.opinions.sources import (
    COLUMNS,
    OVERDUE,
    Filters,
    Source,
    choose_source,
    make_conditions,
    overdue_sources,
)
from sync.storage import Connection, Row

PAGE: Final = 30
STEPS: Final = (100, 400, 1_500, 3_000)
"""So many records are looked at in each step that is made for one page."""
COUNT_LIMIT: Final = 300
COUNT_SCANNED: Final = 1_500
AGENCY_LIMIT: Final = 100

SELECT: Final = (
    "SELECT o.*, f.id AS follow_up, coalesce(f.state, 'new') AS state, coalesce(f.agency, o.agency) AS reply_agency,"
    " coalesce(f.deadline, o.deadline) AS due, f.forwarded_on, f.replied_on, f.told_on,"
    " m.title AS meeting_title, m.starts_at AS meeting_starts_at, p.name AS programme_name"
)
FOLLOWED: Final = " LEFT JOIN follow_up f ON f.opinion = o.id AND f.removed = 0"
NAMED: Final = " LEFT JOIN meeting m ON m.id = o.meeting LEFT JOIN programme p ON p.id = o.programme"
_OPINION: Final = " JOIN opinion o ON o.id = s.id AND o.removed = 0"


@dataclass(frozen=True, slots=True)
class Page:
    """Some opinions with their follow-up, and what to pass as `after` for the next ones ("": these are the last)."""

    rows: list[Row]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A number that was not counted beyond a limit; not exact means "so many or more"."""

    number: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """A source, what is asked of its rows, and on which day."""

    source: Source
    filters: Filters
    today: date
    overdue: bool | None = None

    def ask(self, after: str, limit: int, scanned: int) -> tuple[str, dict[str, Any]]:
        """Give the conditions and all parameters of one step over `scanned` records behind the key `after`."""
        conditions, parameters = make_conditions(self.filters, self.overdue)
        if self.source.condition:
            conditions = f"{conditions} AND {self.source.condition}"
        fixed = {"today": self.today.isoformat(), "scanned": scanned, "limit": limit}
        return conditions, {**fixed, **parameters, **self.source.parameters, **self.source.begin(after)}


def list_opinions(
    connection: Connection,
    filters: Filters,
    today: date,
    *,
    overdue: bool | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Page:
    """List opinions that pass the filters, the newest first (by words: the latest change first).

    `overdue` asks only for those that are overdue, or only for those that are not.
    """
    return _collect(connection, _Question(choose_source(connection, filters), filters, today, overdue), after, limit)


def list_overdue(
    connection: Connection, today: date, filters: Filters | None = None, *, after: str = "", limit: int = PAGE
) -> Page:
    """List opinions whose deadline passed without a reply: by deadline, then those that nobody followed up yet."""
    wanted = filters or Filters()
    followed, untouched = (_Question(each, wanted, today, True) for each in overdue_sources(wanted))
    phase, _, key = after.partition(":")
    rows: list[Row] = []
    if phase != "b":
        page = _collect(connection, followed, key, limit)
        if page.after:
            return Page(page.rows, f"a:{page.after}")
        rows, key = page.rows, ""
        if len(rows) == limit:
            return Page(rows, "b:")
    page = _collect(connection, untouched, key, limit - len(rows))
    return Page([*rows, *page.rows], f"b:{page.after}" if page.after else "")


def _collect(connection: Connection, question: _Question, after: str, limit: int) -> Page:
    rows: dict[str, Row] = {}
    for scanned in STEPS:
        conditions, parameters = question.ask(after, limit - len(rows) + 1, scanned)
        source = question.source
        sql = f"{SELECT}, s.key AS key FROM ({source.sql}) s{_OPINION}{FOLLOWED}{NAMED}"
        sql = f"{sql} WHERE {conditions} ORDER BY s.key {source.direction} LIMIT :limit"
        for row in connection.rows(sql, parameters):
            rows.setdefault(row["id"], row)
        if len(rows) > limit:
            kept = list(rows.values())[:limit]
            return Page(kept, str(kept[-1]["key"]))
        keys = [row["key"] for row in connection.rows(source.sql, parameters)]
        if len(keys) < scanned:
            return Page(list(rows.values()))
        after = str(keys[-1])
    return Page(list(rows.values()), after)


def count_by_state(connection: Connection, today: date, filters: Filters | None = None) -> dict[str, Count]:
    """Count the overdue opinions and, per column, those that are not overdue; none beyond 300."""
    wanted = replace(filters or Filters(), state="")
    found = {OVERDUE: count_overdue(connection, today, wanted)}
    for state in COLUMNS:
        column = replace(wanted, state=state)
        found[state] = _count(connection, _Question(choose_source(connection, column), column, today, False))
    return found


def count_overdue(connection: Connection, today: date, filters: Filters) -> Count:
    """Count the overdue opinions; none beyond 300 of each sort."""
    late = [_count(connection, _Question(each, filters, today, True)) for each in overdue_sources(filters)]
    return Count(sum(each.number for each in late), all(each.is_exact for each in late))


def _count(connection: Connection, question: _Question) -> Count:
    conditions, parameters = question.ask("", COUNT_LIMIT + 1, COUNT_SCANNED)
    sql = question.source.sql
    matching = f"SELECT 1 FROM ({sql}) s{_OPINION}{FOLLOWED} WHERE {conditions} LIMIT :limit"
    number = int(connection.value(f"SELECT count(*) FROM ({matching}) found", parameters))
    scanned = int(connection.value(f"SELECT count(*) FROM ({sql}) scanned", parameters))
    is_exact = number <= COUNT_LIMIT and scanned < COUNT_SCANNED
    return Count(min(number, COUNT_LIMIT), is_exact)


def list_agencies(connection: Connection) -> list[str]:
    """List the agencies that opinions or their follow-ups name, by name, up to 100; no table is read through."""
    found: set[str] = set()
    for table in ("opinion", "follow_up"):
        sql = (
            f"WITH RECURSIVE named (agency, place) AS (SELECT min(agency), 1 FROM {table} UNION ALL"
            f" SELECT (SELECT min(agency) FROM {table} WHERE agency > named.agency), place + 1 FROM named"
            " WHERE named.agency IS NOT NULL AND place < :limit)"
            " SELECT agency FROM named WHERE agency IS NOT NULL"
        )
        found.update(row["agency"] for row in connection.rows(sql, {"limit": AGENCY_LIMIT}))
    return sorted(found)[:AGENCY_LIMIT]
