"""The search index over the current records: a cache as well, derived from the tables of the kinds.

Words are folded before they are indexed. Every record that search can find has one entry; entries are numbered and the
number grows with every change, so the newest comes last. How an engine keeps the words, and how it finds those that
begin as asked, stands in `collector/index_engines.py`; the answers are the same everywhere.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from collector.folding import fold, query_words
from collector.index_engines import Entry, FullText, Vectors, WordIndex
from collector.kinds import Kind
from sync.storage import SQLITE, Connection

_BATCH: Final = 500
_ENGINES: Final[tuple[WordIndex, WordIndex]] = (FullText(), Vectors())


def get_engine(connection: Connection) -> WordIndex:
    """Give what keeps the words on this connection's engine."""
    return _ENGINES[0] if connection.engine == SQLITE else _ENGINES[1]


def signature(connection: Connection, kinds: Mapping[str, Kind]) -> str:
    """Give a short text that changes whenever the index must be made again."""
    searched = [f"{kind.name}: {' '.join(kind.searched)}" for kind in kinds.values()]
    return hashlib.sha256("\n".join([get_engine(connection).schema, *searched]).encode()).hexdigest()[:16]


def kind_word(kind_name: str) -> str:
    """Give the word under which all entries of a kind are indexed; nobody can type it."""
    return f"_{kind_name}"


def make_query(words: str, kind: str = "") -> str:
    """Make the query for whatever was typed, of one kind if it is named; "" when nothing is left to look for.

    Each of its words begins a word of what is found.
    """
    found = query_words(words)
    return " ".join([*found, kind_word(kind)] if kind else found) if found else ""


def select_entries(connection: Connection, order: str = "DESC", limit: str = "limit") -> str:
    """Give the statement that lists the column `entry` of as many entries as the parameter `limit` says.

    They match `:query` (see `match`), lie above `:low` and below `:high`, and come in that order of their numbers.
    """
    return get_engine(connection).select.format(order=order, limit=limit)


def match(connection: Connection, query: str) -> str:
    """Write a query as the engine takes it in `:query`."""
    return get_engine(connection).match(query.split())


def put(connection: Connection, changed: Sequence[tuple[Kind, Mapping[str, Any]]]) -> None:
    """Put the words of records into the index as its newest entries; those of removed ones are taken out."""
    searched = [(kind, row) for kind, row in changed if kind.searched]
    if not searched:
        return
    take_out(connection, [row["id"] for _, row in searched])
    get_engine(connection).add(connection, [entry for kind, row in searched for entry in _make_entry(kind, row)])


def _make_entry(kind: Kind, row: Mapping[str, Any]) -> Iterator[Entry]:
    words = fold(" ".join(str(row[name]) for name in kind.searched if row[name] is not None))
    if words and not row["removed"]:
        yield Entry(row["id"], kind.name, row["unit"], f"{kind_word(kind.name)} {words}")


def take_out(connection: Connection, records: Sequence[str]) -> None:
    """Take the words of records out of the index."""
    get_engine(connection).take_out(connection, records)


def move(connection: Connection, units: Mapping[str, str]) -> None:
    """Say in which other village each of these records lies; their words and places among the newest stay."""
    connection.execute_many(
        "UPDATE search_entry SET unit = :unit WHERE record = :record",
        [{"record": record, "unit": unit} for record, unit in units.items()],
    )


def merge_parts(connection: Connection) -> None:
    """Have nothing left of words that were taken out, where the engine keeps them for a while."""
    get_engine(connection).merge_parts(connection)


def rebuild(connection: Connection, kinds: Mapping[str, Kind], *, anew: bool = False) -> int:
    """Make the index again from the tables, in the order of the last changes; return the number of entries.

    `anew` makes its own tables again as well, because they are missing or of another version.
    """
    engine = get_engine(connection)
    engine.empty(connection, anew=anew)
    total = 0
    entries = _expected(connection, kinds)
    while batch := list(islice(entries, _BATCH)):
        engine.add(connection, batch)
        total += len(batch)
    engine.settle(connection)
    return total


def differences(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Compare the index with the tables; name each record that differs, as `search/id`."""
    held = {entry.record: entry for entry in get_engine(connection).entries(connection)}
    for entry in _expected(connection, kinds):
        if held.pop(entry.record, None) != entry:
            yield f"search/{entry.record}"
    yield from (f"search/{record}" for record in held)


def _expected(connection: Connection, kinds: Mapping[str, Kind]) -> Iterator[Entry]:
    found = [_selection(kind) for kind in kinds.values() if kind.searched]
    if not found:
        return
    for row in connection.rows(f"{' UNION ALL '.join(found)} ORDER BY last_stamp, record"):
        if words := fold(row["text"]):
            yield Entry(row["record"], row["kind"], row["unit"], f"{kind_word(row['kind'])} {words}")


def _selection(kind: Kind) -> str:
    text = " || ' ' || ".join(f"coalesce(\"{name}\", '')" for name in kind.searched)
    return (
        f"SELECT id AS record, '{kind.name}' AS kind, unit, last_stamp, {text} AS text"
        f' FROM "{kind.name}" WHERE removed = 0'
    )
