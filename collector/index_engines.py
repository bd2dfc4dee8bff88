"""How each engine keeps the words of the search index. One contract, nothing else of the application knows which.

Words come folded, with single spaces between them, the word of the kind first. A query is a list of words of which each
begins a word of the entry; one that begins with `_` is the whole word of a kind.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from sync.storage import Connection

WORD_LIMIT: Final = 255
"""Of longer words PostgreSQL's index holds the beginning. SQLite's holds all of it."""


class Entry(NamedTuple):
    """What the index holds of a record."""

    record: str
    kind: str
    unit: str
    folded: str


class WordIndex(Protocol):
    """Keeps the words of records in tables of its own, of which `search_entry` has `entry`, `record` and `kind`."""

    schema: str
    select: str

    def match(self, words: Sequence[str]) -> str:
        """Write the words of a query as `:query` of `select`."""
        ...

    def empty(self, connection: Connection, *, anew: bool) -> None:
        """Take everything out; make the tables again where they may be missing or of another version."""
        ...

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add entries after all others, in their order."""
        ...

    def take_out(self, connection: Connection, records: Sequence[str]) -> None:
        """Take the entries of these records out."""
        ...

    def entries(self, connection: Connection) -> Iterator[Entry]:
        """Give everything that is held."""
        ...

    def settle(self, connection: Connection) -> None:
        """Do what pays once everything was added anew."""
        ...

    def merge_parts(self, connection: Connection) -> None:
        """Have nothing left of words that were taken out."""
        ...


class FullText:
    """SQLite's FTS5. The tokenizer only splits at spaces.

    Every beginning of a word of up to seven letters is indexed (no Vietnamese syllable is longer), and the name of the
    kind as a word of its own: so the newest entries of a frequent word are read from the end of one list, however long
    that is.
    """

    schema = """
-- One entry per record that search can find; `entry` grows with every change, so the newest comes last.
CREATE TABLE search_entry (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    record TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL
) {strict};
-- The folded words of each entry (rowid = entry). Positions are not kept: nothing asks for phrases.
CREATE VIRTUAL TABLE search_text USING fts5 (
    folded, tokenize = "ascii tokenchars '_'", prefix = '1 2 3 4 5 6 7', detail = none
);
"""
    select = (
        "SELECT rowid AS entry FROM search_text WHERE search_text MATCH :query AND rowid > :low AND rowid < :high"
        " ORDER BY rowid {order} LIMIT :{limit}"
    )

    def match(self, words: Sequence[str]) -> str:
        """Write the words of a query as `:query` of `select`."""
        return " ".join(word if word.startswith("_") else f'"{word}"*' for word in words) or '""'

    def empty(self, connection: Connection, *, anew: bool) -> None:
        """Take everything out by making the tables again, which is the quickest way here."""
        for table in ("search_text", "search_entry"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.define(self.schema)

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add entries after all others, in their order."""
        for entry in entries:
            number = connection.value(
                "INSERT INTO search_entry (record, kind, unit) VALUES (:record, :kind, :unit) RETURNING entry",
                {"record": entry.record, "kind": entry.kind, "unit": entry.unit},
            )
            connection.execute(
                "INSERT INTO search_text (rowid, folded) VALUES (:entry, :folded)",
                {"entry": number, "folded": entry.folded},
            )

    def take_out(self, connection: Connection, records: Sequence[str]) -> None:
        """Take the entries of these records out."""
        for record in records:
            entry = connection.value("SELECT entry FROM search_entry WHERE record = :record", {"record": record})
            if entry is not None:
                connection.execute("DELETE FROM search_text WHERE rowid = :entry", {"entry": entry})
                connection.execute("DELETE FROM search_entry WHERE entry = :entry", {"entry": entry})

    def entries(self, connection: Connection) -> Iterator[Entry]:
        """Give everything that is held."""
        rows = connection.rows(
            "SELECT record, kind, unit, folded FROM search_entry LEFT JOIN search_text ON search_text.rowid = entry"
        )
        return (Entry(**row) for row in rows)

    def settle(self, connection: Connection) -> None:
        """Nothing to do."""

    def merge_parts(self, connection: Connection) -> None:
        """Make one part of all: what was taken out stands in the older parts, and that it was in the newer ones."""
        connection.execute("INSERT INTO search_text (search_text) VALUES ('optimize')")


class Vectors:
    """PostgreSQL's text search vectors, made of the words as they are: no dictionary, no language.

    The planner reads a frequent word from the newest entry backwards and a rare one from the index of words. It tells
    them apart by statistics of ten times as many words as usual; without them it takes every word for a frequent one.
    """

    schema = rf"""
-- One entry per record that search can find; `entry` grows with every change, so the newest comes last. `words` are
-- the words of `folded`, as far as such a vector holds them.
CREATE TABLE search_entry (
    entry {{serial}},
    record TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    folded TEXT NOT NULL,
    words tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(
        regexp_replace(left(folded, 200000), '([^ ]{{{{{WORD_LIMIT}}}}})[^ ]+', '\1', 'g'), ' '))) STORED
);
CREATE INDEX search_entry_words ON search_entry USING gin (words);
ALTER TABLE search_entry ALTER words SET STATISTICS 1000;
"""
    select = (
        "SELECT entry FROM search_entry WHERE words @@ CAST(:query AS tsquery) AND entry > :low AND entry < :high"
        " ORDER BY entry {order} LIMIT :{limit}"
    )

    def match(self, words: Sequence[str]) -> str:
        """Write the words of a query as `:query` of `select`."""
        return " & ".join(f"'{word}'" if word.startswith("_") else f"'{word[:WORD_LIMIT]}':*" for word in words)

    def empty(self, connection: Connection, *, anew: bool) -> None:
        """Take everything out. The table itself is left, where it can be: readers must not meet a newer one."""
        if anew:
            connection.execute("DROP TABLE IF EXISTS search_entry")
            connection.define(self.schema)
        else:
            connection.execute("DELETE FROM search_entry")

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add entries after all others, in their order."""
        connection.execute_many(
            "INSERT INTO search_entry (record, kind, unit, folded) VALUES (:record, :kind, :unit, :folded)",
            [entry._asdict() for entry in entries],
        )

    def take_out(self, connection: Connection, records: Sequence[str]) -> None:
        """Take the entries of these records out."""
        connection.execute_many(
            "DELETE FROM search_entry WHERE record = :record", [{"record": record} for record in records]
        )

    def entries(self, connection: Connection) -> Iterator[Entry]:
        """Give everything that is held."""
        rows = connection.rows("SELECT record, kind, unit, folded FROM search_entry")
        return (Entry(**row) for row in rows)

    def settle(self, connection: Connection) -> None:
        """Have the planner count the words now and not when it comes round to it."""
        connection.execute("ANALYZE search_entry")

    def merge_parts(self, connection: Connection) -> None:
        """Nothing to do: the server clears away what was deleted."""
