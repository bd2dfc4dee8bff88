"""The seam to the database: named parameters, transactions, migrations. One contract, several engines.

SQL above this seam keeps to what SQLite and PostgreSQL share (`INSERT … ON CONFLICT (…) DO …`, `RETURNING`, no `INSERT
OR REPLACE`, no `rowid`, no scalar `max`); the few words that differ (`{strict}`, `{unordered}`, `{serial}`, `{bytes}`,
`{nulls_first}` behind a column of an index) stand in migrations as placeholders that each engine fills in; a line that
begins with `{postgresql}` is for that one. `INTEGER` holds 64 bits, `TEXT` is sorted by its bytes, truth values are 0
and 1. Whoever sorts by a column that may be NULL says `NULLS FIRST`, or `DESC NULLS LAST`: that is the order of SQLite
and of the indexes. Rows of a table with a `{serial}` become visible in the order of their numbers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
Row = dict[str, Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered, forward-only change of the schema. `sql` may hold several statements."""

    number: int
    name: str
    sql: str


class Connection(Protocol):
    """Statements inside one transaction. Nothing here commits.

    `engine` is for the very few places that cannot do with what both engines share, such as the search index.
    """

    engine: str

    def define(self, sql: str) -> None:
        """Change the schema, in the words of migrations."""
        ...

    def execute(self, sql: str, parameters: Parameters = ...) -> int:
        """Run a statement; return the number of rows it touched."""
        ...

    def execute_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Run a statement once per set of parameters."""
        ...

    def rows(self, sql: str, parameters: Parameters = ...) -> Iterator[Row]:
        """Run a query; give its rows one at a time."""
        ...

    def row(self, sql: str, parameters: Parameters = ...) -> Row | None:
        """Run a query; give its first row, or None."""
        ...

    def value(self, sql: str, parameters: Parameters = ...) -> Any:
        """Run a query; give the first column of its first row, or None."""
        ...


class Storage(Protocol):
    """A database that several threads may use."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a consistent view that writes nothing."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Open the one writing transaction: durable when the block ends, undone when it raises.

        :raises StorageFull: if the disk is full.
        :raises StorageBusy: if another process holds the lock too long.
        :raises StorageReadOnly: if the file cannot be written.
        :raises StorageUnreachable: if the database server does not answer.
        """
        ...

    def merging(self) -> AbstractContextManager[Connection]:
        """Open a writing transaction beside others, where the engine can; else the one writing transaction.

        Others may have changed what was read before the first row with a `{serial}` was written, so nothing may be
        derived from it afterwards.

        :raises StorageBusy: if another transaction wrote the same row; the whole block may be tried again.
        """
        ...

    def migrate(self, namespace: str, migrations: Sequence[Migration]) -> list[int]:
        """Apply, in order and each in its own transaction, the migrations not yet applied; name them."""
        ...

    def close(self) -> None:
        """Close every connection of this process."""
        ...


class KeptStorage(Storage, Protocol):
    """A storage that its folder looks after. `place` names it to people, without the password."""

    engine: str
    place: str

    def integrity_errors(self) -> list[str]:
        """Look for damage as far as the engine lets us; list what is wrong, in its words. Empty when sound."""
        ...

    def empty_journal(self) -> None:
        """Wipe what the engine's journal tells of the order in which rows came, where that file is ours."""
        ...

    def rewrite(self) -> bool:
        """Write everything anew, so that nothing of deleted rows is left in files of ours; tell whether that is so.

        :raises StorageBusy: if somebody else is writing.
        :raises StorageFull: if there is no room for it.
        """
        ...

    def copy_into(self, target: Path, leave_out: frozenset[str] = ...) -> None:
        """Write a consistent copy of every table of the migrations into a new SQLite file.

        An engine that cannot copy what else there is leaves out the rows of the tables in `leave_out`, too.
        """
        ...

    def get_interrupter(self) -> Callable[[], None]:
        """Give what stops, from any other thread, the statement that this thread is running then."""
        ...
