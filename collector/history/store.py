"""Reads for history: the revisions of a record, what was removed, and what needs somebody to look at it."""

from collections.abc import Callable, Iterable
from typing import Final

from collector.errors import RecordNotFound
from collector.kinds import Kind
from collector.recorder import values_at
from sync.log import read_revisions
from sync.merge import RecordState, merge
from sync.revisions import REMOVED, Reference, Revision, Value
from sync.storage import Connection, Row

LIST_SIZE: Final = 50


def get_revisions(connection: Connection, kind: Kind, record: str) -> list[Revision]:
    """Give the revisions of a record in the order of their arrival.

    :raises RecordNotFound: if there is no such record of this kind.
    """
    known = read_revisions(connection, record)
    if not known or known[0].body.kind != kind.name:
        raise RecordNotFound(kind=kind.name, record=record)
    return known


def read_reference(text: str) -> Reference:
    """Read a revision's name as `Reference` writes it.

    :raises RecordNotFound: if it is none.
    """
    device, _, rest = text.partition("/")
    epoch, _, sequence = rest.partition("/")
    if not sequence.isdecimal() or len(sequence) > 18:
        raise RecordNotFound(revision=text[:100])
    return Reference(device, epoch, int(sequence))


def seen_mark(state: RecordState) -> str:
    """Give a short text that changes with every revision of the record."""
    return f"{state.revisions}-{state.last.reference}"


def list_differences(
    connection: Connection, kind: Kind, record: str, reference: Reference
) -> list[tuple[str, Value, Value]]:
    """List what bringing a revision back would change, as (field, now, then).

    :raises RecordNotFound: if the record has no such revision.
    """
    now = merge(get_revisions(connection, kind, record)).values
    then = values_at(connection, record, reference)
    return [
        (name, now[name], then.get(name))
        for name in sorted(now, key=_order(kind))
        if name != REMOVED and (type(now[name]), now[name]) != (type(then.get(name)), then.get(name))
    ]


def _order(kind: Kind) -> Callable[[str], tuple[int, str]]:
    places = {name: place for place, name in enumerate(kind.field_names)}
    return lambda name: (places.get(name, len(places)), name)


def list_names(connection: Connection) -> dict[str, str]:
    """Give the names of everybody who was ever on the team, by their ids."""
    return {row["id"]: row["name"] for row in connection.rows("SELECT id, name FROM person") if row["name"]}


def list_removed(connection: Connection, kinds: Iterable[Kind], before: int | None = None) -> list[Row]:
    """List removed records, last removed first, at most `LIST_SIZE` + 1; each with its `kind`."""
    selections = [
        f"SELECT '{kind.name}' AS kind, id, last_stamp FROM \"{kind.name}\""
        " WHERE removed = 1 AND last_stamp < :before"
        for kind in kinds
    ]
    found = connection.rows(
        f"{' UNION ALL '.join(selections)} ORDER BY last_stamp DESC, id LIMIT {LIST_SIZE + 1}",
        {"before": 2**63 - 1 if before is None else before},
    )
    return [{**_row(connection, each), "kind": each["kind"]} for each in list(found)]


def _row(connection: Connection, found: Row) -> Row:
    return connection.row(f'SELECT * FROM "{found["kind"]}" WHERE id = :id', {"id": found["id"]}) or found
