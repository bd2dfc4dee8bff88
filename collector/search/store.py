"""Finding records by their words: newest first, page by page, never counting beyond a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collector.index import match, select_entries
from sync.storage import Connection, Row

PAGE_SIZE: Final = 20
COUNT_LIMIT: Final = 1_000
_LAST_ENTRY: Final = 2**62


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page (each with its `kind` and its `entry`), and where the neighbours begin (None: no such page)."""

    rows: Sequence[Row]
    newer: int | None = None
    older: int | None = None


def list_found(connection: Connection, query: str, *, before: int | None = None, after: int | None = None) -> Page:
    """List what a query finds, newest first: the page before an entry, after one, or the first."""
    if not query:
        return Page([])
    order = "DESC" if after is None else "ASC"
    wanted = {
        "query": match(connection, query),
        "low": -1 if after is None else after,
        "high": _LAST_ENTRY if before is None else before,
        "limit": PAGE_SIZE + 1,
    }
    rows = list(
        connection.rows(
            f"SELECT e.entry, e.record, e.kind FROM ({select_entries(connection, order)}) found"
            f" JOIN search_entry e ON e.entry = found.entry ORDER BY e.entry {order}",
            wanted,
        )
    )
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if after is None:
        return _make_page(connection, rows, newer=before is not None, older=more)
    return _make_page(connection, rows[::-1], newer=more, older=True)


def _make_page(connection: Connection, rows: list[Row], *, newer: bool, older: bool) -> Page:
    if not rows:
        return Page([])
    found = [{**_record(connection, row), "kind": row["kind"], "entry": row["entry"]} for row in rows]
    return Page(found, rows[0]["entry"] if newer else None, rows[-1]["entry"] if older else None)


def _record(connection: Connection, row: Row) -> Row:
    found = connection.row(f'SELECT * FROM "{row["kind"]}" WHERE id = :id', {"id": row["record"]})
    return found or {"id": row["record"]}


def count_found(connection: Connection, query: str) -> int:
    """Count what a query finds; anything above `COUNT_LIMIT` means “more than that”."""
    if not query:
        return 0
    found = connection.value(
        f"SELECT count(*) FROM ({select_entries(connection)}) found",
        {"query": match(connection, query), "low": -1, "high": _LAST_ENTRY, "limit": COUNT_LIMIT + 1},
    )
    return int(found)
