"""Where lists of opinions are read from: for every filter the index that answers it, and what is asked besides.

Pure SQL text: each source gives at most `:scanned` rows of `id` and `key`, in the order of `key`, beginning behind
the place that `begin` names. Which opinions really pass is asked of those rows by the conditions.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from collector.index import make_query, match, select_entries
from sync.storage import Connection

OVERDUE: Final = "overdue"
COLUMNS: Final = {
    "not_forwarded": ("new",),
    "waiting": ("forwarded", "waiting"),
    "not_told": ("replied",),
    "done": ("told",),
}
"""The columns of the page of opinions and the states that stand in each."""
OPEN_STATES: Final = ("new", "forwarded", "waiting")

IS_OVERDUE: Final = (
    "coalesce(f.deadline, o.deadline) < :today AND coalesce(f.state, 'new') IN ('new', 'forwarded', 'waiting')"
    " AND f.replied_on IS NULL"
)
_FIRST, _LAST, _LAST_ENTRY = "", "~", 2**62


@dataclass(frozen=True, slots=True)
class Filters:
    """Which opinions to list. `state` is one of `COLUMNS` or `OVERDUE`, `unit` a village; nothing else is asked."""

    state: str = ""
    agency: str = ""
    topic: str = ""
    programme: str = ""
    words: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A statement that gives ids and keys, and how it begins: behind an id, an entry of search, or a deadline.

    `condition` is asked of its rows besides, so that two sources never give the same opinion.
    """

    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    begins: Literal["id", "entry", "deadline"] = "id"
    direction: Literal["ASC", "DESC"] = "DESC"
    condition: str = ""

    def begin(self, after: str) -> dict[str, Any]:
        """Give the parameters that make the statement begin behind the key `after` ("": at its beginning)."""
        if self.begins == "entry":
            return {"high": int(after) if after.isdecimal() else _LAST_ENTRY}
        if self.begins == "id":
            return {"after": after or _LAST}
        day, _, record = after.partition(" ")
        if self.direction == "ASC":
            return {"day": day or _FIRST, "after": record or _FIRST}
        return {"day": day or _LAST, "after": record or _LAST}


def choose_source(connection: Connection, filters: Filters) -> Source:
    """Choose the index that leaves the fewest opinions to look at."""
    if filters.words:
        return _by_words(connection, filters.words)
    if filters.programme:
        return Source(_by_column("programme"))
    if filters.agency:
        return Source(_BY_AGENCY)
    if filters.topic:
        return Source(_by_column("topic"))
    states = COLUMNS.get(filters.state, ("new",))
    if states != ("new",):
        return Source(_merge([_by_state(state, _lies_in(filters)) for state in states], "DESC"))
    return Source(
        f"SELECT id, id AS key FROM opinion WHERE {_lies_in(filters)}id < :after ORDER BY id DESC LIMIT :scanned"
    )


def overdue_sources(filters: Filters) -> tuple[Source, Source]:
    """Give the sources of overdue opinions: those with a deadline in their follow-up, and those without."""
    followed = _merge([_overdue_in(state, _lies_in(filters)) for state in OPEN_STATES], "ASC")
    return (
        Source(followed, {}, "deadline", "ASC", "f.deadline IS NOT NULL"),
        Source(_untouched(_lies_in(filters)), {}, "deadline", "DESC", "f.deadline IS NULL"),
    )


def _lies_in(filters: Filters) -> str:
    return "unit = :unit AND " if filters.unit else ""


def make_conditions(filters: Filters, overdue: bool | None) -> tuple[str, dict[str, Any]]:
    """Give what is asked of every opinion of a source; `overdue` None asks for both."""
    asked = ["1 = 1"]
    if overdue is not None:
        asked.append(f"CASE WHEN {IS_OVERDUE} THEN 1 ELSE 0 END = {int(overdue)}")
    if filters.state in COLUMNS:
        states = ", ".join(f"'{state}'" for state in COLUMNS[filters.state])
        asked.append(f"coalesce(f.state, 'new') IN ({states})")
    parameters: dict[str, Any] = {}
    for name, column in (
        ("agency", "coalesce(f.agency, o.agency)"),
        ("topic", "o.topic"),
        ("programme", "o.programme"),
        ("unit", "o.unit"),
    ):
        if value := getattr(filters, name):
            asked.append(f"{column} = :{name}")
            parameters[name] = value
    return " AND ".join(asked), parameters


def _by_words(connection: Connection, words: str) -> Source:
    query = make_query(words, "opinion")
    if not query:
        return Source("SELECT record AS id, entry AS key FROM search_entry WHERE entry < 0", {}, "entry")
    return Source(
        f"SELECT e.record AS id, e.entry AS key FROM ({select_entries(connection, limit='scanned')}) found"
        " JOIN search_entry e ON e.entry = found.entry ORDER BY e.entry DESC",
        {"query": match(connection, query), "low": -1},
        "entry",
    )


def _by_column(column: str) -> str:
    return (
        f"SELECT id, id AS key FROM opinion WHERE {column} = :{column} AND id < :after"
        " ORDER BY id DESC LIMIT :scanned"
    )


def _by_state(state: str, place: str) -> str:
    return (
        f"SELECT opinion AS id, opinion AS key FROM follow_up WHERE {place}state = '{state}' AND opinion < :after"
        " ORDER BY opinion DESC NULLS LAST LIMIT :scanned"
    )


def _overdue_in(state: str, place: str) -> str:
    return (
        f"SELECT opinion AS id, deadline || ' ' || opinion AS key FROM follow_up WHERE {place}state = '{state}'"
        " AND deadline < :today AND deadline >= :day AND (deadline > :day OR opinion > :after)"
        " ORDER BY deadline NULLS FIRST, opinion NULLS FIRST LIMIT :scanned"
    )


def _merge(sources: list[str], direction: str) -> str:
    """Read several sources of the same order as one; each stops by itself, so none is read to its end."""
    parts = " UNION ALL ".join(f"SELECT id, key FROM ({sql}) part_{place}" for place, sql in enumerate(sources))
    return f"SELECT id, key FROM ({parts}) parts ORDER BY key {direction} LIMIT :scanned"


def _untouched(place: str) -> str:
    return (
        f"SELECT id, deadline || ' ' || id AS key FROM opinion WHERE {place}deadline < :today AND deadline <= :day"
        " AND (deadline < :day OR id < :after) ORDER BY deadline DESC NULLS LAST, id DESC LIMIT :scanned"
    )


_BY_AGENCY: Final = (
    "SELECT DISTINCT id, key FROM ("
    + _merge(
        [
            _by_column("agency"),
            "SELECT opinion AS id, opinion AS key FROM follow_up WHERE agency = :agency AND opinion < :after"
            " ORDER BY opinion DESC NULLS LAST LIMIT :scanned",
        ],
        "DESC",
    )
    + ") both_parts ORDER BY key DESC"
)
