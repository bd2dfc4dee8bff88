"""What every storage keeps to. `StorageContract` runs on each engine: a subclass gives the fixture `storage`."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from sync.storage import Connection, Migration, Storage

TABLE = Migration(1, "note", "CREATE TABLE note (id {serial}, words TEXT NOT NULL, raw {bytes}) {strict};")
ODD_TEXTS = (
    "Họp thôn: 100 % đồng thuận", "it's", 'a "b"', ":name", "::text", "$1 $$x$$", "\\x41", "%(name)s", "-- x", "",
    "\U0001f33e",
)  # fmt: skip
ROWS = [{"words": str(number)} for number in range(1_500)]
NUMBERS = (0, 1, -1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63))


def add(storage: Storage, words: str) -> int:
    """Write one row; give its number."""
    with storage.writing() as connection:
        number: int = connection.value("INSERT INTO note (words) VALUES (:words) RETURNING id", {"words": words})
        return number


def words_in(storage: Storage) -> list[str]:
    """List what was written, in order."""
    with storage.reading() as connection:
        return [row["words"] for row in connection.rows("SELECT words FROM note ORDER BY id")]


def in_thread(act: Callable[[], object]) -> None:
    """Do something in another thread and wait for its end."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result()


@dataclass
class Pull:
    """Reads on and on what is above the last number that it saw, as a laptop does with its cursor."""

    storage: Storage
    seen: list[int] = field(default_factory=list)

    def once(self) -> int:
        """Read what is new; give how many rows that was."""
        last = self.seen[-1] if self.seen else 0
        with self.storage.reading() as connection:
            rows = connection.rows("SELECT id FROM note WHERE id > :last ORDER BY id LIMIT 1000", {"last": last})
            found = [row["id"] for row in rows]
        self.seen.extend(found)
        return len(found)

    def until(self, stopped: threading.Event) -> None:
        """Read until told to stop, and then to the end."""
        while not stopped.is_set():
            if not self.once():
                time.sleep(0.001)
        while self.once():
            pass


def write_batches(
    opening: Callable[[], AbstractContextManager[Connection]], batches: int, rows: int, seed: int
) -> list[int]:
    """Write batches of rows, lingering between the first row and the end as a busy server does; give their numbers."""
    moments, numbers = random.Random(seed), []
    for _ in range(batches):
        with opening() as connection:
            for _ in range(rows - 1):
                numbers.append(connection.value("INSERT INTO note (words) VALUES ('x') RETURNING id"))
            if moments.random() < 0.2:
                time.sleep(moments.uniform(0.0, 0.004))
            numbers.append(connection.value("INSERT INTO note (words) VALUES ('x') RETURNING id"))
    return numbers


def count_missed(storage: Storage, opening: Callable[[], AbstractContextManager[Connection]], rows: int) -> int:
    """Let several write `rows` rows at once while one pulls; give how many that one never saw."""
    writers, batch = 6, 20
    stopped, pull = threading.Event(), Pull(storage)
    with ThreadPoolExecutor(writers + 1) as pool:
        pulling = pool.submit(pull.until, stopped)
        batches = rows // (writers * batch) + 1
        writing = [pool.submit(write_batches, opening, batches, batch, seed) for seed in range(writers)]
        try:
            written = [number for each in writing for number in each.result()]
        finally:
            stopped.set()
        pulling.result()
    assert len(written) >= rows
    assert len(set(pull.seen)) == len(pull.seen)
    return len(set(written) - set(pull.seen))


class StorageContract:
    """The tests of the contract."""

    def test_what_was_written_is_there_after_reopening(self, storage: Storage) -> None:
        add(storage, "Họp thôn")
        storage.close()
        assert words_in(storage) == ["Họp thôn"]

    def test_rows_are_numbered_from_one_and_upwards(self, storage: Storage) -> None:
        assert [add(storage, "x") for _ in range(3)] == [1, 2, 3]

    def test_an_error_undoes_the_whole_block(self, storage: Storage) -> None:
        for opening in (storage.writing, storage.merging):
            with pytest.raises(RuntimeError), opening() as connection:
                connection.execute("INSERT INTO note (words) VALUES ('x')")
                raise RuntimeError
        assert words_in(storage) == []
        add(storage, "y")
        assert words_in(storage) == ["y"]

    def test_even_an_interruption_undoes_the_whole_block(self, storage: Storage) -> None:
        with pytest.raises(KeyboardInterrupt), storage.writing() as connection:
            connection.execute("INSERT INTO note (words) VALUES ('x')")
            raise KeyboardInterrupt
        assert words_in(storage) == []

    def test_a_statement_that_fails_undoes_the_whole_block(self, storage: Storage) -> None:
        with pytest.raises(Exception, match=r"(?i)null"), storage.writing() as connection:
            connection.execute("INSERT INTO note (words) VALUES ('x')")
            connection.execute("INSERT INTO note (words) VALUES (NULL)")
        assert words_in(storage) == []

    def test_a_reading_view_stays_the_same_while_others_write(self, storage: Storage) -> None:
        add(storage, "first")
        with storage.reading() as connection:
            before = connection.value("SELECT count(*) FROM note")
            in_thread(lambda: add(storage, "second"))
            assert connection.value("SELECT count(*) FROM note") == before == 1
        assert len(words_in(storage)) == 2

    def test_nobody_sees_what_is_not_committed(self, storage: Storage) -> None:
        with storage.writing() as connection:
            connection.execute("INSERT INTO note (words) VALUES ('x')")
            in_thread(lambda: pytest.fail("seen") if words_in(storage) else None)
        assert words_in(storage) == ["x"]

    def test_reading_inside_a_writing_block_sees_what_it_wrote(self, storage: Storage) -> None:
        with storage.writing() as connection:
            connection.execute("INSERT INTO note (words) VALUES ('x')")
            assert words_in(storage) == ["x"]
        assert words_in(storage) == ["x"]

    def test_only_one_writes_at_a_time(self, storage: Storage) -> None:
        """Reading, adding one and writing loses nothing however many do it at once."""
        add(storage, "0")

        def count_up(_: int) -> None:
            with storage.writing() as connection:
                value = int(connection.value("SELECT words FROM note WHERE id = 1"))
                time.sleep(0.001)
                connection.execute("UPDATE note SET words = :words WHERE id = 1", {"words": str(value + 1)})

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(count_up, range(50)))
        assert words_in(storage) == ["50"]

    def test_a_view_cannot_be_written_into(self, storage: Storage) -> None:
        with storage.reading(), pytest.raises(Exception, match=r"(?i)transaction"), storage.writing():
            pytest.fail("opened")

    @pytest.mark.parametrize("words", ODD_TEXTS)
    def test_text_comes_back_as_it_went(self, storage: Storage, words: str) -> None:
        add(storage, words)
        with storage.reading() as connection:
            named = {"words": words, "name": "wrong"}
            assert connection.value("SELECT words FROM note WHERE words = :words", named) == words
            assert words_in(storage) == [words]

    def test_bytes_come_back_as_they_went(self, storage: Storage) -> None:
        raw = bytes(range(256))
        with storage.writing() as connection:
            connection.execute("INSERT INTO note (words, raw) VALUES ('x', :raw)", {"raw": raw})
            row = connection.row("SELECT words, raw FROM note WHERE raw = :raw", {"raw": raw})
        assert row == {"words": "x", "raw": raw}
        assert list(storage_rows(storage, "SELECT raw FROM note WHERE raw = :raw", raw=raw)) == [{"raw": raw}]

    def test_whole_numbers_of_64_bits_come_back_as_they_went(self, storage: Storage) -> None:
        table = "CREATE TABLE n (a INTEGER, b INTEGER NOT NULL DEFAULT 7) {strict};"
        storage.migrate("numbers", [Migration(1, "n", table)])
        with storage.writing() as connection:
            connection.execute_many("INSERT INTO n (a) VALUES (:a)", [{"a": number} for number in NUMBERS])
            found = [row["a"] for row in connection.rows("SELECT a FROM n ORDER BY a")]
            assert found == sorted(NUMBERS)
            assert connection.value("SELECT a FROM n WHERE a = :a", {"a": 2**63 - 1}) == 2**63 - 1
            assert connection.value("SELECT sum(b) FROM n") == 7 * len(NUMBERS)
            assert type(connection.value("SELECT sum(b) FROM n")) is int

    def test_truth_is_a_number(self, storage: Storage) -> None:
        storage.migrate("truth", [Migration(1, "t", "CREATE TABLE t (a INTEGER NOT NULL) {strict};")])
        with storage.writing() as connection:
            connection.execute("INSERT INTO t (a) VALUES (:a)", {"a": True})
            assert connection.value("SELECT a FROM t") == 1
            found = connection.value("SELECT EXISTS (SELECT 1 FROM t WHERE a = :a)", {"a": True})
            assert type(found) is int
            assert [row["a"] for row in connection.rows("SELECT a FROM t WHERE a = :a", {"a": True})] == [1]

    def test_nothing_is_a_parameter_like_others(self, storage: Storage) -> None:
        add(storage, "x")
        sql = "SELECT count(*) AS n FROM note WHERE (:words IS NULL OR words = :words)"
        with storage.reading() as connection:
            assert connection.value(sql, {"words": None}) == 1
            assert connection.value(sql, {"words": "y"}) == 0
            assert [row["n"] for row in connection.rows(sql, {"words": None})] == [1]
            sql = "SELECT words FROM note WHERE :words = words OR :words = 'all'"
            assert connection.value(sql, {"words": "all"}) == "x"

    def test_statements_tell_how_many_rows_they_touched(self, storage: Storage) -> None:
        for words in "abc":
            add(storage, words)
        with storage.writing() as connection:
            assert connection.execute("UPDATE note SET words = 'z' WHERE words <> :words", {"words": "a"}) == 2
            assert connection.execute("DELETE FROM note WHERE words = 'none'") == 0

    def test_a_statement_can_give_back_what_it_wrote(self, storage: Storage) -> None:
        with storage.writing() as connection:
            sql = "INSERT INTO note (words) VALUES (:words) RETURNING id, words"
            assert connection.row(sql, {"words": "a"}) == {"id": 1, "words": "a"}
            assert list(connection.rows(sql, {"words": "b"})) == [{"id": 2, "words": "b"}]
        assert words_in(storage) == ["a", "b"]

    def test_a_row_that_is_there_can_be_replaced(self, storage: Storage) -> None:
        table = "CREATE TABLE pair (id TEXT PRIMARY KEY, value TEXT) {unordered};"
        storage.migrate("pairs", [Migration(1, "p", table)])
        sql = "INSERT INTO pair (id, value) VALUES (:id, :value) ON CONFLICT (id) DO UPDATE SET value = excluded.value"
        with storage.writing() as connection:
            connection.execute_many(sql, [{"id": "a", "value": str(number)} for number in range(3)])
            connection.execute_many(sql, [])
            assert list(connection.rows("SELECT id, value FROM pair")) == [{"id": "a", "value": "2"}]

    def test_many_rows_are_added_in_their_order_whatever_they_hold(self, storage: Storage) -> None:
        table = "CREATE TABLE thing (number {serial}, id TEXT UNIQUE, size INTEGER, data BLOB) {strict};"
        storage.migrate("things", [Migration(1, "t", table)])
        sizes = [None, 1, -(2**63), 2**63 - 1, 70_000, 0]
        rows = [{"id": f"%s :x '{n}", "size": sizes[n % 6], "data": bytes([n % 256, 0])} for n in range(1_234)]
        sql = (
            "INSERT INTO thing (id, size, data) VALUES (:id, :size, :data)"
            " ON CONFLICT (id) DO UPDATE SET size = excluded.size"
        )
        with storage.writing() as connection:
            connection.execute_many(sql, rows)
            found = list(connection.rows("SELECT id, size, data FROM thing ORDER BY number"))
            assert [{**row, "data": bytes(row["data"])} for row in found] == rows
            connection.execute_many(sql, [{**row, "size": 5} for row in rows])
            assert connection.value("SELECT sum(size) FROM thing") == 5 * len(rows)

    def test_texts_are_sorted_by_their_bytes(self, storage: Storage) -> None:
        words = ["b", "B", "a-c", "ab", "a", "Á", "á", "_", "Z", "đ", "d", "e"]
        for each in words:
            add(storage, each)
        with storage.reading() as connection:
            found = [row["words"] for row in connection.rows("SELECT words FROM note ORDER BY words")]
            assert found == sorted(words, key=str.encode)
            assert connection.value("SELECT max(words) FROM note") == max(words, key=str.encode)

    def test_rows_can_be_read_while_others_are_asked_for(self, storage: Storage) -> None:
        with storage.writing() as connection:
            connection.execute_many("INSERT INTO note (words) VALUES (:words)", ROWS)
            outer = connection.rows("SELECT id FROM note ORDER BY id")
            for number, row in enumerate(outer, 1):
                assert row["id"] == number
                if number % 100 == 0:
                    inner = connection.rows("SELECT words FROM note WHERE id <= :id ORDER BY id", {"id": number})
                    assert len(list(inner)) == number
            assert number == 1_500

    def test_rows_that_are_not_read_to_the_end_disturb_nothing(self, storage: Storage) -> None:
        with storage.writing() as connection:
            connection.execute_many("INSERT INTO note (words) VALUES (:words)", ROWS)
            for _ in range(5):
                assert len(list(islice(connection.rows("SELECT id FROM note ORDER BY id"), 700))) == 700
            assert connection.row("SELECT id FROM note WHERE id = 9999") is None
            assert connection.value("SELECT id FROM note WHERE id = 9999") is None
        assert len(words_in(storage)) == 1_500

    def test_migrations_run_once_and_in_order(self, storage: Storage) -> None:
        more = "ALTER TABLE note ADD COLUMN more TEXT;\n-- a; comment\nCREATE INDEX note_words ON note (words);"
        second = Migration(2, "more", more)
        assert storage.migrate("test", [TABLE, second]) == [2]
        assert storage.migrate("test", [TABLE, second]) == []
        own = Migration(1, "own", "CREATE TABLE own (id INTEGER, words TEXT DEFAULT 'a;b INTEGER') {strict};")
        assert storage.migrate("other", [own]) == [1]
        with storage.writing() as connection:
            sql = "INSERT INTO own (id) VALUES (1) RETURNING words"
            assert connection.value(sql) == "a;b INTEGER"

    def test_a_migration_that_fails_leaves_nothing_behind(self, storage: Storage) -> None:
        broken = Migration(2, "broken", "CREATE TABLE half (id INTEGER) {strict};\nCREATE TABLE note (id INTEGER);")
        with pytest.raises(Exception, match=r"(?i)exists"):
            storage.migrate("test", [broken])
        whole = Migration(2, "whole", "CREATE TABLE half (id INTEGER) {strict};")
        assert storage.migrate("test", [whole]) == [2]

    def test_several_processes_may_migrate_at_once(self, storage: Storage) -> None:
        more = [Migration(number, "t", f"CREATE TABLE t{number} (id INTEGER) {{strict}};") for number in range(2, 6)]
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: storage.migrate("test", [TABLE, *more]), range(4)))
        assert sorted(number for each in done for number in each) == [2, 3, 4, 5]

    @pytest.mark.parametrize("way", ["writing", "merging"])
    def test_a_cursor_misses_nothing_while_many_write(self, storage: Storage, way: str) -> None:
        assert count_missed(storage, getattr(storage, way), 20_000) == 0

    @pytest.mark.slow
    @pytest.mark.parametrize("way", ["writing", "merging"])
    def test_a_cursor_misses_nothing_of_half_a_million(self, storage: Storage, way: str) -> None:
        assert count_missed(storage, getattr(storage, way), 500_000) == 0


def storage_rows(storage: Storage, sql: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Run a query in a view of its own."""
    with storage.reading() as connection:
        yield from connection.rows(sql, parameters)
