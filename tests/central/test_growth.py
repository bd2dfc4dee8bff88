"""How a centre on PostgreSQL can be spread over several machines: revisions by device, records by their id.

A table can be spread by a column only if all of its keys hold it. The operator guide names the tables; no extension is
needed to look at their keys.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import Server, running_server

from collector.database import open_database
from collector.registry import KINDS
from sync.storage import Connection

GUIDE = Path(__file__).parents[2] / "docs" / "operator-guide.md"
_KEYS = """
SELECT child.relname AS name, array_to_string(array_agg(pg_attribute.attname), ',') AS columns
FROM pg_index JOIN pg_class child ON child.oid = indrelid
JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indisunique AND child.relnamespace = CAST(current_schema() AS regnamespace)
GROUP BY child.relname, indexrelid ORDER BY 1
"""
_REFERENCES = """
SELECT DISTINCT child.relname AS name, parent.relname AS parent FROM pg_constraint
JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
WHERE contype = 'f' AND child.relnamespace = CAST(current_schema() AS regnamespace)
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """A view of the tables of a centre on PostgreSQL."""
    with running_server() as server:
        database = open_database(_address(server))
        with database.reading() as view:
            yield view
        database.storage.close()


def _address(server: Server) -> str:
    return server.make_database()


def list_keys(connection: Connection) -> dict[str, list[set[str]]]:
    """List the columns of every key, by table."""
    found: dict[str, list[set[str]]] = {}
    for row in connection.rows(_KEYS):
        found.setdefault(row["name"], []).append(set(row["columns"].split(",")))
    return found


def named_in_guide(column: str) -> set[str]:
    """List the tables that the guide spreads by a column."""
    return set(re.findall(rf"create_distributed_table\('(\w+)', '{column}'", GUIDE.read_text(encoding="utf-8")))


def test_the_tables_of_revisions_can_be_spread_by_device(connection: Connection) -> None:
    keys = list_keys(connection)
    spread = named_in_guide("device")
    assert {"revision", "epoch", "header", "quarantine"} <= spread
    for name in spread:
        assert keys[name], name
        assert all("device" in columns for columns in keys[name]), name


def test_the_tables_of_records_can_be_spread_by_id(connection: Connection) -> None:
    keys = list_keys(connection)
    for name in KINDS:
        assert keys[name], name
        assert all("id" in columns for columns in keys[name]), name


def test_no_table_that_is_spread_is_referred_to(connection: Connection) -> None:
    spread = named_in_guide("device") | set(KINDS)
    references = [(row["name"], row["parent"]) for row in connection.rows(_REFERENCES)]
    assert [(name, parent) for name, parent in references if parent in spread] == []
