"""Writes the result of a closed round as records without small cells, and reads them back.

When a resident withdraws a sheet afterwards, the records are erased and written anew, not changed: the difference of
two results would be that person's answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from collector.query import get_record
from collector.recorder import Recorder
from collector.results import store
from collector.results.computing import compute
from collector.results.model import COUNTS, SHARES, Cell, Group, RoundResult
from collector.results.records import ALL, EVERY_DIMENSION
from collector.results.suppressing import INSIDE, OUTSIDE, Rule, suppress
from sync.storage import Connection, Row

SHARE_PLACES: Final = 12
"""Shares are kept and told to so many decimal places."""
_KIND: Final = "result"
_WORDS: Final = ("edge", "verdict", "basis", "reason")


def record_results(recorder: Recorder, round_id: str) -> int:
    """Record what may be known of a round outside its village, in place of what was recorded; return how many records.

    :raises RecordNotFound: if there is no such round.
    """
    result = suppress(compute(recorder.connection, round_id), OUTSIDE)
    for row in store.list_result_rows(recorder.connection, round_id):
        recorder.erase(_KIND, row["id"])
    made = list(_list_records(result))
    for values in made:
        recorder.add(_KIND, result.round["unit"], values)
    return len(made)


def recompute_results(recorder: Recorder, round_id: str) -> int:
    """Record the result anew after a sheet was withdrawn; nothing happens before the round is closed.

    :raises RecordNotFound: if there is no such round.
    """
    if get_record(recorder.connection, "round", round_id)["state"] != "closed":
        return 0
    return record_results(recorder, round_id)


def _list_records(result: RoundResult) -> Iterator[dict[str, Any]]:
    named = {"round": result.round["id"]}
    yield named | {
        "grouping": ALL,
        "village": result.total.village or None,
        "dimension": EVERY_DIMENSION,
        "suppressed": result.suppressed,
        "population": result.population,
        "asked": result.asked,
        "sheets": result.sheets,
        "verdict": result.every_dimension or None,
        "reason": result.problem or None,
        "households_refused": result.households_refused,
        "households_not_met": result.households_not_met,
    }
    for group in result.all_groups():
        where = {"grouping": group.grouping, "group_value": group.value or None, "village": group.village or None}
        for cell in group.cells:
            yield named | where | {"population": group.population} | _cell_values(cell)


def _cell_values(cell: Cell) -> dict[str, Any]:
    values: dict[str, Any] = {"dimension": cell.dimension, "suppressed": cell.suppressed}
    values |= {name: getattr(cell, name) for name in COUNTS}
    values |= {name: write_share(getattr(cell, name)) for name in SHARES}
    values |= {name: getattr(cell, name) or None for name in _WORDS}
    return values | {"depends_on_unanswered": cell.depends_on_unanswered or None}


def write_share(share: float | None) -> str | None:
    """Write a share as decimal text, to twelve places."""
    return None if share is None else f"{share:.{SHARE_PLACES}f}".rstrip("0").rstrip(".")


def read_results(connection: Connection, round_id: str) -> RoundResult | None:
    """Give the recorded result of a round, or None if nothing was recorded.

    :raises RecordNotFound: if there is no such round.
    """
    round_row = get_record(connection, "round", round_id)
    rows = store.list_result_rows(connection, round_id)
    head = next((row for row in rows if row["dimension"] == EVERY_DIMENSION), None)
    if head is None:
        return None
    names = {village.id: village.name for village in store.list_villages(connection, round_id)}
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row is not head:
            groups.setdefault((row["grouping"], row["group_value"] or ""), []).append(row)
    made = {key: _read_group(*key, rows, names) for key, rows in groups.items()}
    total = made.pop((ALL, ""), Group(grouping=ALL))
    return RoundResult(
        round=round_row,
        dimensions=store.list_dimensions(round_row),
        total=total,
        groups=tuple(made.values()),
        every_dimension=head["verdict"] or "",
        sheets=head["sheets"],
        asked=head["asked"],
        population=head["population"],
        households_refused=head["households_refused"] or 0,
        households_not_met=head["households_not_met"] or 0,
        is_final=True,
        problem=head["reason"] or "",
        suppressed=bool(head["suppressed"]),
    )


def _read_group(grouping: str, value: str, rows: list[Row], names: dict[str, str]) -> Group:
    first = rows[0]
    return Group(
        grouping=grouping,
        value=value,
        label=names.get(value, "") if grouping == "village" else "",
        village=first["village"] or "",
        population=first["population"],
        cells=tuple(_read_cell(row) for row in rows),
    )


def _read_cell(row: Row) -> Cell:
    found: dict[str, Any] = {name: row[name] for name in COUNTS}
    found |= {name: None if row[name] is None else float(row[name]) for name in SHARES}
    found |= {name: row[name] or "" for name in _WORDS}
    found |= {name: bool(row[name]) for name in ("suppressed", "depends_on_unanswered")}
    return Cell(dimension=row["dimension"], **found)


def get_result(connection: Connection, round_id: str, rule: Rule) -> RoundResult:
    """Give the result of a round as it may be seen under a rule.

    Outside the village it is the recorded one, so that everybody there sees the same, and nothing before the round is
    closed. Inside it is counted from the sheets for as long as they are kept.

    :raises RecordNotFound: if there is no such round.
    """
    recorded = read_results(connection, round_id) if rule is OUTSIDE else None
    if recorded is not None:
        return recorded
    result = compute(connection, round_id)
    if rule is INSIDE and not result.sheets:
        return read_results(connection, round_id) or result
    if rule is OUTSIDE and not result.is_final:
        return replace(result, total=Group(grouping=ALL), sheets=None, asked=None, problem="not_closed")
    return suppress(result, rule)
