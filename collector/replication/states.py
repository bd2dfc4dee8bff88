"""Where records are: only on this laptop, received by the centre, or in a backup of the centre too.

Nothing is remembered for it. `epoch.received` and `epoch.backed_up` say up to which number the centre is known to hold
an epoch, as it is now; a centre that was restored sets them back, and so the states. Of answer sheets there are totals
only: a single one is never looked at. Storage functions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from collector.kinds import Kind
from collector.registry import KINDS
from sync.branches import base_of
from sync.departures import find_departure
from sync.storage import Connection, Row

ONLY_HERE: Final = "only_here"
RECEIVED: Final = "received"
BACKED_UP: Final = "backed_up"
_AT_ONCE: Final = 500
_SHEETS: Final = "sheets"
_SHEET: Final = "answer_sheet"
_PLACES: Final = (
    "SELECT revision.record, min(CASE WHEN sequence <= backed_up AND sequence <= received THEN 2"
    " WHEN sequence <= received THEN 1 ELSE 0 END) AS place"
    " FROM revision JOIN epoch USING (device, epoch) WHERE revision.record IN ({listed}) AND lane <> 'sheets'"
    " GROUP BY revision.record"
)
_STATES: Final = (ONLY_HERE, RECEIVED, BACKED_UP)


class Totals(NamedTuple):
    """How many revisions are in which state; together they are all that is held here."""

    only_here: int
    received: int
    backed_up: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """What the centre does not have: revisions in all, and how many records of which kind they belong to."""

    revisions: int
    records: Mapping[str, int]
    is_exact: bool = True


def record_state(connection: Connection, record: str) -> str | None:
    """Say where a record is, by the part of it that came least far; None if it is not held, or is an answer sheet."""
    return list_states(connection, [record]).get(record)


def list_states(connection: Connection, records: Iterable[str]) -> dict[str, str]:
    """Say of each of these records where it is; answer sheets and what is not held are left out."""
    rows = _rows_of(connection, _PLACES, list(dict.fromkeys(records)))
    return {row["record"]: _STATES[row["place"]] for row in rows}


def family_state(connection: Connection, kind: str, record: str) -> str | None:
    """Say where a record is with all that belongs to it: a meeting with its opinions, votes, papers and photos."""
    return min(list_states(connection, _list_whole(connection, kind, record)).values(), key=_STATES.index, default=None)


def family_departure(connection: Connection, kind: str, record: str) -> str | None:
    """Give when all that is only here of a record and what belongs to it was on a stick; None if a part never was."""
    return find_departure(connection, _list_whole(connection, kind, record))


def _list_whole(connection: Connection, kind: str, record: str) -> list[str]:
    family = _list_family(connection, kind, [record])
    return [*family, *_list_below(connection, "attachment", "owner", family)]


def find_unsent(connection: Connection, records: Sequence[str], at_most: int = 2_000) -> set[str]:
    """Find those of these records of which a part is only here, be it something that belongs to them.

    It goes up from what was not sent, so that it costs nothing where all was; where very much was not sent, only the
    records themselves are looked at.
    """
    unsent = count_totals(connection).only_here
    if not unsent or not records:
        return set()
    if unsent > at_most:
        return {record for record, state in list_states(connection, records).items() if state == ONLY_HERE}
    level = _list_unsent(connection)
    found: set[str] = set()
    while level:
        found.update(*level.values())
        level = _go_up(connection, level)
    return found.intersection(records)


def _go_up(connection: Connection, level: Mapping[str, set[str]]) -> dict[str, set[str]]:
    above: dict[str, set[str]] = {}
    for name, records in level.items():
        for kind, field in _PARENTS.get(name, ()):
            sql = f'SELECT DISTINCT "{field}" AS parent FROM "{name}" WHERE id IN ({{listed}})'
            above.setdefault(kind, set()).update(
                row["parent"] for row in _rows_of(connection, sql, sorted(records)) if row["parent"]
            )
    return above


def _list_family(connection: Connection, kind: str, records: Sequence[str]) -> list[str]:
    found = list(records)
    for child, field in _CHILDREN.get(kind, ()):
        below = _list_below(connection, child, field, records)
        if below:
            found.extend(_list_family(connection, child, below))
    return found


def _list_below(connection: Connection, kind: str, field: str, records: Sequence[str]) -> list[str]:
    sql = f'SELECT id FROM "{kind}" WHERE "{field}" IN ({{listed}})'
    return [row["id"] for row in _rows_of(connection, sql, records)]


def _rows_of(connection: Connection, sql: str, records: Sequence[str], **more: str) -> Iterator[Row]:
    """Run a query over many records, some hundred at a time."""
    for start in range(0, len(records), _AT_ONCE):
        named = {f"r{place}": record for place, record in enumerate(records[start : start + _AT_ONCE])}
        yield from connection.rows(sql.format(listed=", ".join(f":{name}" for name in named)), {**named, **more})


def _find_children(kinds: Mapping[str, Kind]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for kind in kinds.values():
        if kind.belongs_to and not kind.anonymous:
            found.setdefault(kind.field(kind.belongs_to).refers_to, []).append((kind.name, kind.belongs_to))
    return found


_CHILDREN: Final = _find_children(KINDS)
"""The kinds whose records are part of records of a kind, and the field that says of which."""
_PARENTS: Final = {
    **{child: ((kind, field),) for kind, children in _CHILDREN.items() for child, field in children},
    "attachment": (("snapshot", "owner"),),
}
"""Of which kind the records are that records of a kind are part of, and the field that says so. What a photo belongs
to is of any kind; of those only finalised minutes are part of something else."""


def count_totals(connection: Connection) -> Totals:
    """Count the revisions in each state. Looks at the ends of epochs only, however long they are."""
    counted = [part for _lane, part in _count_epochs(connection)]
    return Totals(*(sum(part[place] for part in counted) for place in range(3)))


def count_pending(connection: Connection) -> tuple[int, int]:
    """Count the revisions that the centre does not have: of records, and of answer sheets."""
    found = {True: 0, False: 0}
    for lane, part in _count_epochs(connection):
        found[lane == _SHEETS] += part.only_here
    return found[False], found[True]


def _count_epochs(connection: Connection) -> Iterator[tuple[str, Totals]]:
    rows = connection.rows("SELECT epoch, lane, head_sequence, received, backed_up FROM epoch WHERE head_sequence > 0")
    for row in rows:
        first = base_of(row["epoch"]) - 1
        end = max(row["head_sequence"], first)
        there = min(max(row["received"], first), end)
        safe = min(max(row["backed_up"], first), there)
        yield row["lane"], Totals(end - there, there - safe, safe - first)


def count_unsent(connection: Connection, at_most: int = 20_000) -> Unsent:
    """Count what the centre does not have yet, by kinds of records; of very much only the revisions are counted."""
    revisions = count_totals(connection).only_here
    if revisions > at_most:
        return Unsent(revisions, {}, is_exact=False)
    return Unsent(revisions, {kind: len(records) for kind, records in sorted(_list_unsent(connection).items())})


def _list_unsent(connection: Connection) -> dict[str, set[str]]:
    """Give the records of which the centre does not have everything, by kind."""
    found: dict[str, set[str]] = {}
    # Epoch by epoch: asked for all at once, an engine may look through the whole log.
    for epoch in list(connection.rows("SELECT device, epoch, received FROM epoch WHERE head_sequence > received")):
        rows = connection.rows(
            "SELECT DISTINCT kind, record FROM revision WHERE device = :device AND epoch = :epoch"
            " AND sequence > :received AND record <> ''",
            epoch,
        )
        for row in rows:
            found.setdefault(row["kind"], set()).add(row["record"])
    return found


def count_unsent_sheets(connection: Connection, round_id: str) -> int:
    """Count the answer sheets of a round that left the urn and that the centre does not have."""
    sheets = sorted(_list_unsent(connection).get(_SHEET, ()))
    sql = "SELECT id FROM answer_sheet WHERE round = :round AND removed = 0 AND id IN ({listed})"
    return sum(1 for _ in _rows_of(connection, sql, sheets, round=round_id))
