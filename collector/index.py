"""The search index over the current records: a cache as well, derived from the tables of the kinds.

Words are folded before they are indexed, so the tokenizer only splits at spaces. Every beginning of a word of up to
seven letters is indexed (no Vietnamese syllable is longer), and the name of the kind is indexed as a word of its
own: so the newest entries of a frequent word are read from the end of one list, however long that is.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from collector.folding import fold
from collector.kinds import Kind
from sync.storage import Connection

_SCHEMA: Final = (
    # One entry per record that search can find; `entry` grows with every change, so the newest comes last.
    "CREATE TABLE search_entry (entry INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL, unit TEXT NOT NULL) STRICT",
    # The folded words of each entry (rowid = entry). Positions are not kept: nothing asks for phrases.
    "CREATE VIRTUAL TABLE search_text USING fts5 (folded, tokenize = \"ascii tokenchars '_'\","
    " prefix = '1 2 3 4 5 6 7', detail = none)",
)
_BATCH: Final = 1_000


def signature(kinds: Mapping[str, Kind]) -> str:
    """Give a short text that changes whenever the index must be made again."""
    searched = [f"{kind.name}: {' '.join(kind.searched)}" for kind in kinds.values()]
    return hashlib.sha256("\n".join([*_SCHEMA, *searched]).encode()).hexdigest()[:16]


def kind_word(kind_name: str) -> str:
    """Give the word under which all entries of a kind are indexed; nobody can type it."""
    return f"_{kind_name}"


def put(connection: Connection, kind: Kind, row: Mapping[str, Any]) -> None:
    """Put a record's words into the index as its newest entry, or take them out if it was removed."""
    if not kind.searched:
        return
    take_out(connection, row["id"])
    words = fold(" ".join(str(row[name]) for name in kind.searched if row[name] is not None))
    if row["removed"] or not words:
        return
    entry = connection.value(
        "INSERT INTO search_entry (record, kind, unit) VALUES (:record, :kind, :unit) RETURNING entry",
        {"record": row["id"], "kind": kind.name, "unit": row["unit"]},
    )
    connection.execute(
        "INSERT INTO search_text (rowid, folded) VALUES (:entry, :folded)",
        {"entry": entry, "folded": f"{kind_word(kind.name)} {words}"},
    )


def take_out(connection: Connection, record: str) -> None:
    """Take a record's words out of the index."""
    entry = connection.value("SELECT entry FROM search_entry WHERE record = :record", {"record": record})
    if entry is not None:
        connection.execute("DELETE FROM search_text WHERE rowid = :entry", {"entry": entry})
        connection.execute("DELETE FROM search_entry WHERE entry = :entry", {"entry": entry})


def move(connection: Connection, record: str, unit: str) -> None:
    """Say that a record lies in another village; its words and its place among the newest stay."""
    connection.execute(
        "UPDATE search_entry SET unit = :unit WHERE record = :record", {"record": record, "unit": unit}
    )


def rebuild(connection: Connection, kinds: Mapping[str, Kind]) -> int:
    """Make the index again from the tables, in the order of the last changes; return the number of entries."""
    for table in ("search_text", "search_entry"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _SCHEMA:
        connection.execute(statement)
    total = 0
    batch: list[dict[str, Any]] = []
    for row in _expected(connection, kinds):
        total += 1
        batch.append({**row, "entry": total})
        if len(batch) == _BATCH:
            _insert(connection, batch)
            batch.clear()
    _insert(connection, batch)
    return total


def differences(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Compare the index with the tables; name each record that differs, as `search/id`."""
    held = {
        row["record"]: (row["kind"], row["unit"], row["folded"])
        for row in connection.rows(
            "SELECT record, kind, unit, folded FROM search_entry LEFT JOIN search_text ON search_text.rowid = entry"
        )
    }
    for row in _expected(connection, kinds):
        if held.pop(row["record"], None) != (row["kind"], row["unit"], row["folded"]):
            yield f"search/{row['record']}"
    yield from (f"search/{record}" for record in held)


def _expected(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[dict[str, Any]]:
    found = [_selection(kind) for kind in kinds.values() if kind.searched]
    if not found:
        return
    for row in connection.rows(f"{' UNION ALL '.join(found)} ORDER BY last_stamp, record"):
        if words := fold(row["text"]):
            yield {**row, "folded": f"{kind_word(row['kind'])} {words}"}


def _selection(kind: Kind) -> str:
    text = " || ' ' || ".join(f"coalesce(\"{name}\", '')" for name in kind.searched)
    return (
        f"SELECT id AS record, '{kind.name}' AS kind, unit, last_stamp, {text} AS text"
        f' FROM "{kind.name}" WHERE removed = 0'
    )


def _insert(connection: Connection, batch: list[dict[str, Any]]) -> None:
    connection.execute_many(
        "INSERT INTO search_entry (entry, record, kind, unit) VALUES (:entry, :record, :kind, :unit)", batch
    )
    connection.execute_many("INSERT INTO search_text (rowid, folded) VALUES (:entry, :folded)", batch)
