"""Finding records by their words: newest first, page by page, never counting beyond a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collector.folding import fts_query
from collector.index import kind_word
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


def make_query(words: str, kind: str = "") -> str:
    """Make the query of the index; '' when nothing is left to look for."""
    query = fts_query(words)
    return f"{query} {kind_word(kind)}" if query and kind else query


def list_found(connection: Connection, query: str, *, before: int | None = None, after: int | None = None) -> Page:
    """List what a query finds, newest first: the page before an entry, after one, or the first."""
    if not query:
        return Page([])
    order = "DESC" if after is None else "ASC"
    wanted = {
        "query": query,
        "low": -1 if after is None else after,
        "high": _LAST_ENTRY if before is None else before,
        "limit": PAGE_SIZE + 1,
    }
    rows = list(
        connection.rows(
            "SELECT entry, record, kind FROM (SELECT rowid AS found FROM search_text WHERE search_text MATCH :query"
            f" AND rowid > :low AND rowid < :high ORDER BY rowid {order} LIMIT :limit)"
            f" JOIN search_entry ON entry = found ORDER BY entry {order}",
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
        "SELECT count(*) FROM (SELECT rowid FROM search_text WHERE search_text MATCH :query LIMIT :limit)",
        {"query": query, "limit": COUNT_LIMIT + 1},
    )
    return int(found)
