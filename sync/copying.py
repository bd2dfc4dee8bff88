"""Carries the content of a database into an empty one of either engine, row by row in little memory.

What is copied are the tables that migrations made in the target; what the application derives from them is left out
and made again there. Both transactions are the caller's.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sync.storage import SQLITE, Connection, Row

BATCH_ROWS: Final = 500
NOT_COPIED: Final = frozenset({"migration"})
"""The target has its own: it was migrated before."""
_TABLES: Final = (
    "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'"
    " ORDER BY name",
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
    " AND table_type = 'BASE TABLE' ORDER BY table_name",
)
_COLUMNS: Final = (
    "SELECT name FROM pragma_table_info(:name) ORDER BY cid",
    "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND table_name = :name ORDER BY ordinal_position",
)
_PARENTS: Final = (
    'SELECT DISTINCT "table" AS name FROM pragma_foreign_key_list(:name)',
    "SELECT DISTINCT parent.relname AS name FROM pg_constraint JOIN pg_class child ON child.oid = conrelid"
    " JOIN pg_class parent ON parent.oid = confrelid WHERE contype = 'f' AND child.relname = :name"
    " AND child.relnamespace = CAST(current_schema() AS regnamespace)",
)
_SERIALS: Final = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND is_identity = 'YES'"
)


def list_tables(connection: Connection) -> list[str]:
    """Name the tables of a database, each after those that it refers to."""
    names = [row["name"] for row in _ask(connection, _TABLES)]
    ordered: list[str] = []

    def add(name: str) -> None:
        if name not in ordered:
            for row in _ask(connection, _PARENTS, name):
                if row["name"] != name:
                    add(row["name"])
            ordered.append(name)

    for name in names:
        add(name)
    return ordered


def _ask(connection: Connection, sql: tuple[str, str], name: str = "") -> list[Row]:
    here = sql[0] if connection.engine == SQLITE else sql[1]
    return list(connection.rows(here, {"name": name} if name else {}))


def copy_tables(source: Connection, target: Connection, leave_out: frozenset[str] = frozenset()) -> int:
    """Copy the rows of every table that the target has; return how many that were.

    Tables that the source does not have stay empty. Rows that the target holds already are taken out first.
    """
    held = set(list_tables(source))
    wanted = [name for name in list_tables(target) if name in held and name not in NOT_COPIED | leave_out]
    for name in reversed(wanted):
        target.execute(f'DELETE FROM "{name}"')
    total = sum(_copy(source, target, name) for name in wanted)
    if target.engine != SQLITE:
        _continue_numbers(target)
        target.execute("ANALYZE")  # a server that has not counted yet reads the whole log for every bundle
    return total


def _copy(source: Connection, target: Connection, name: str) -> int:
    known = {row["name"] for row in _ask(source, _COLUMNS, name)}
    columns = [row["name"] for row in _ask(target, _COLUMNS, name) if row["name"] in known]
    listed = ", ".join(f'"{each}"' for each in columns)
    values = ", ".join(f":{each}" for each in columns)
    total = 0
    for batch in _batches(source.rows(f'SELECT {listed} FROM "{name}"')):
        target.execute_many(f'INSERT INTO "{name}" ({listed}) VALUES ({values})', batch)
        total += len(batch)
    return total


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def _continue_numbers(target: Connection) -> None:
    """Have the numbers that the engine gives go on after those that were copied."""
    for row in list(target.rows(_SERIALS)):
        table, column = row["table_name"], row["column_name"]
        last = target.value(f'SELECT max("{column}") FROM "{table}"')
        if last is not None:
            target.value(
                "SELECT setval(CAST(pg_get_serial_sequence(:quoted, :column) AS regclass), CAST(:last AS bigint))",
                {"quoted": f'"{table}"', "column": column, "last": last},
            )
