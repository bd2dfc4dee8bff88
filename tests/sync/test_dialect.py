"""SQL in the words of PostgreSQL: parameters become its, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.dialect import find_many_rows, translate, translate_schema


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :a", "SELECT %(a)s"),
        ("SELECT :a_1, :b", "SELECT %(a_1)s, %(b)s"),
        ("SELECT ':a' || :a", "SELECT ':a' || %(a)s"),
        ("SELECT 'it''s :a' || :a", "SELECT 'it''s :a' || %(a)s"),
        ("SELECT E'it\\'s :a' || :a", "SELECT E'it\\'s :a' || %(a)s"),
        ('SELECT ":a" FROM b WHERE c = :a', 'SELECT ":a" FROM b WHERE c = %(a)s'),
        ('SELECT "x"":a" , :a', 'SELECT "x"":a" , %(a)s'),
        ("SELECT :a::text, x::int", "SELECT %(a)s::text, x::int"),
        ("SELECT a -- :b\n, :c", "SELECT a -- :b\n, %(c)s"),
        ("SELECT /* :b */ :c", "SELECT /* :b */ %(c)s"),
        ("SELECT $$:a$$, $x$:a $$ $x$, :a", "SELECT $$:a$$, $x$:a $$ $x$, %(a)s"),
        ("SELECT a % 2, 'x%' LIKE :a", "SELECT a %% 2, 'x%%' LIKE %(a)s"),
        ("SELECT '%(a)s'", "SELECT '%%(a)s'"),
        ("SELECT a[1:2], b FROM c", "SELECT a[1:2], b FROM c"),
    ],
)
def test_parameters_are_translated_and_nothing_else(sql: str, expected: str) -> None:
    assert translate(sql).sql == expected


@given(st.text(alphabet="a:' \"%-\n$", max_size=30))
def test_any_text_inside_of_a_literal_stays(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    assert translate(f"SELECT {literal}, :a").sql == f"SELECT {literal.replace('%', '%%')}, %(a)s"


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("INSERT INTO revision (a) VALUES (:a)", "revision"),
        ('  insert  into "revision" (a) VALUES (1)', "revision"),
        ("INSERT INTO a SELECT 1 FROM revision", "a"),
        ("WITH x AS (SELECT 1) INSERT INTO revision (a) SELECT * FROM x", "revision"),
        ("SELECT 'INSERT INTO revision'", ""),
        ("UPDATE revision SET a = 1", ""),
    ],
)
def test_where_rows_are_added_is_known(sql: str, table: str) -> None:
    assert translate(sql).inserts_into == table


@pytest.mark.parametrize(
    ("sql", "is_query"),
    [
        ("SELECT 1", True),
        (" with x as (select 1) select * from x", True),
        ("WITH x AS (DELETE FROM a RETURNING b) SELECT * FROM x", False),
        ("INSERT INTO a (b) VALUES (1) RETURNING b", False),
        ("UPDATE a SET b = 1 RETURNING b", False),
        ("SHOW fsync", False),
    ],
)
def test_only_what_merely_reads_is_a_query(sql: str, is_query: bool) -> None:
    assert translate(sql).is_query == is_query


def test_a_parameter_without_a_type_is_marked() -> None:
    assert translate("SELECT 1 WHERE :a IS NULL OR b = :a").is_untyped
    assert translate("SELECT 1 WHERE :a is not null").is_untyped
    assert not translate("SELECT 1 WHERE b = :a AND c IS NULL").is_untyped
    assert not translate("SELECT b::text IS NULL").is_untyped


def test_a_schema_gets_the_types_of_postgresql() -> None:
    sql = """
    -- a table; of INTEGER
    CREATE TABLE a (n INTEGER, t TEXT DEFAULT 'TEXT; INTEGER', "INTEGER" BLOB);
    CREATE INDEX i ON a (n);
    -- the end;
    """
    table, index = translate_schema(sql)
    assert table.endswith(
        """CREATE TABLE a (n BIGINT, t TEXT COLLATE "C" DEFAULT 'TEXT; INTEGER', "INTEGER" BYTEA)"""
    )
    assert index == "CREATE INDEX i ON a (n)"


def test_an_insert_of_one_row_is_written_for_many() -> None:
    tail = ' ON CONFLICT (id) DO UPDATE SET "a" = excluded."a"'
    many = find_many_rows(f'INSERT INTO "k" ("id", "a") VALUES (:id, :a){tail}')
    assert many is not None
    assert many.write(2) == f'INSERT INTO "k" ("id", "a") VALUES ($1, $2), ($3, $4){tail}'
    assert many.may_join([{"id": "x", "a": 1}, {"id": "y", "a": 1}])
    assert not many.may_join([{"id": "x", "a": 1}, {"id": "x", "a": 2}])


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO n (a, b) VALUES (:a, 'x')",
        "INSERT INTO n (a) VALUES (:a) RETURNING a",
        "INSERT INTO n (a) SELECT :a",
        "INSERT INTO n (a) VALUES (:a) ON CONFLICT (b) DO UPDATE SET a = excluded.a",
        "INSERT INTO n (a) VALUES (:a) ON CONFLICT (a) DO UPDATE SET a = :b",
        "UPDATE n SET a = :a",
    ],
)
def test_other_statements_run_row_by_row(sql: str) -> None:
    assert find_many_rows(sql) is None
