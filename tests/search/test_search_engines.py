"""Search gives the same answers on both engines, whatever was written and whatever is asked."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collector import cache
from collector.database import Database, open_database
from collector.device import ensure_epoch
from collector.folder import DataFolder
from collector.index import make_query
from collector.index_engines import WORD_LIMIT
from collector.opinions.lists import count_by_state, list_opinions
from collector.opinions.sources import Filters
from collector.registry import KINDS
from collector.search.store import COUNT_LIMIT, count_found, list_found

if TYPE_CHECKING:
    from postgres_server import Server

UNIT = "0192a0b0-0000-7000-8000-00000000000a"
WORDS = (
    "Đường", "đường", "duong", "Suối", "suôi", "Zơ", "Rượt", "A", "Ă", "B52", "2026", "ß", "ﷺ", "道路", "x'y", "ﬁ",
    "naïve", "AND", "OR", "NOT", "_opinion", "&", "|", ":*", "\\", "'", '"', "--", "İ", "ǅ", "\U0001e900", "cầu" * 30,
    "d" * (WORD_LIMIT + 40), "đườ", "duo", "0", "00", "a\u0301", "🌾", "i", "y", "quy", "quý",
)  # fmt: skip


@pytest.fixture
def databases(tmp_path: Path, database_server: "Server") -> Iterator[tuple[Database, Database]]:
    """The same records, changed and removed in the same order, on SQLite and on PostgreSQL."""
    address = database_server.make_prepared_database()
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    both = open_database(folder.database), open_database(address)
    for database in both:
        ensure_epoch(database, folder)
        fill(database)
    yield both
    for database in both:
        database.storage.close()
    database_server.remove_database(address)


def fill(database: Database) -> None:
    chance = random.Random(5)
    meeting = "0192a0b0-0000-7000-8000-00000000000b"
    made = []
    with database.recording() as recorder:
        recorder.add(
            "meeting", UNIT,
            {"meeting_type": "other", "title": "Họp", "starts_at": "2026-03-05T12:30:00Z", "place": "Gươl"},
            record=meeting,
        )  # fmt: skip
        for number in range(1, 151):
            text, record = " ".join(chance.choices(WORDS, k=chance.randrange(1, 7))), f"r{number:03d}"
            if number % 3:
                recorder.add("household", UNIT, {"number": number, "head_name": text[:300]}, record=record)
            else:
                values = {"meeting": meeting, "number": number, "text": text}
                recorder.add("opinion", UNIT, values, record=record)
            made.append(("household" if number % 3 else "opinion", record))
    with database.recording() as recorder:
        for kind, record in chance.sample(made, 60):
            if chance.random() < 0.3:
                recorder.remove(kind, record)
            elif kind == "household":
                recorder.update(kind, record, {"cluster": chance.choice(WORDS[:9])})
            else:
                recorder.update(kind, record, {"agency": chance.choice(WORDS[:9])})


def ask(database: Database, words: str, kind: str) -> list[object]:
    """Everything that a query gives: its number, its pages forwards, and the way back."""
    found: list[object] = []
    with database.reading() as connection:
        query = make_query(words, kind)
        found.append(count_found(connection, query))
        page = list_found(connection, query)
        while True:
            found.append([(row["kind"], row["id"]) for row in page.rows])
            if page.older is None:
                break
            page = list_found(connection, query, before=page.older)
        if page.newer is not None:
            found.append([row["id"] for row in list_found(connection, query, after=page.newer).rows])
    return found


def test_any_query_finds_the_same_in_the_same_order(databases: tuple[Database, Database]) -> None:
    chance = random.Random(9)
    sizes: set[int] = set()
    for number in range(200):
        words = " ".join(chance.choices(WORDS, k=chance.randrange(1, 4)))
        words = words[: chance.randrange(1, 30)] if number % 2 else words
        kind = chance.choice(("", "", "household", "opinion", "nothing"))
        here, there = (ask(database, words, kind) for database in databases)
        assert here == there, (words, kind)
        sizes.add(here[0])  # type: ignore[arg-type]
    assert {0, 1} < sizes
    assert max(sizes) > 40


def test_the_index_made_again_is_the_same_and_nothing_differs(databases: tuple[Database, Database]) -> None:
    before = [ask(database, "duong", "") for database in databases]
    for database in databases:
        with database.storage.writing() as connection:
            assert list(cache.differences(connection, KINDS)) == []
            cache.rebuild(connection, KINDS)
            assert list(cache.differences(connection, KINDS)) == []
    assert [ask(database, "duong", "")[0] for database in databases] == [before[0][0]] * 2


def test_opinions_by_words_are_the_same(databases: tuple[Database, Database]) -> None:
    day = date(2026, 3, 9)
    for words in ("duong", "a", "suoi a", "xyz", "?!"):
        found = []
        for database in databases:
            with database.reading() as connection:
                filters = Filters(words=words)
                rows = list_opinions(connection, filters, day).rows
                found.append(([row["id"] for row in rows], count_by_state(connection, day, filters)))
        assert found[0] == found[1]


def test_totals_end_at_a_thousand_on_a_server(databases: tuple[Database, Database]) -> None:
    _, there = databases
    with there.recording() as recorder:
        for number in range(1_000, 1_000 + COUNT_LIMIT + 5):
            recorder.add("household", UNIT, {"number": number, "head_name": "Bling"}, record=f"b{number}")
    with there.reading() as connection:
        assert count_found(connection, make_query("bling")) == COUNT_LIMIT + 1
        assert list_found(connection, make_query("bling")).rows[0]["id"] == f"b{1_000 + COUNT_LIMIT + 4}"
