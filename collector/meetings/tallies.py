"""The form on which the votes of one question are typed: a row of numbers per option and group of houses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from collector import wording
from collector.kinds import FieldError
from collector.meetings import votes
from collector.meetings.papers import MeetingSource
from collector.registry import get_kind
from collector.words import N_
from sync.storage import Connection, Row

VOTE_WORDS: Final = {"yes": N_("For"), "no": N_("Against"), "other": N_("Other opinion")}
BALLOT_WORDS: Final = {
    "issued": N_("Ballots given out"),
    "collected": N_("Ballots collected"),
    "valid": N_("Valid ballots"),
    "invalid": N_("Invalid ballots"),
}


@dataclass(slots=True)
class Cell:
    """The numbers of one option in one group of houses, as typed, with the sentences at them."""

    option: Row | None
    cluster: str | None
    prefix: str
    names: tuple[str, ...]
    typed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> str:
        """Give the name of the input of one number."""
        return f"{self.prefix}-{name}"

    def words(self, name: str) -> str:
        """Give the label of one number."""
        return wording.say((VOTE_WORDS | BALLOT_WORDS)[name])


class TallySheet:
    """The typed votes of one question: read, checked to add up, ready to store."""

    def __init__(
        self, connection: Connection, question: Row, source: MeetingSource, typed: Mapping[str, str] | None = None
    ) -> None:
        self.question = question
        self.is_ballot = question["voting"] == "secret_ballot"
        self.some_left = bool(typed.get("some_left") if typed is not None else question["some_left"])
        self._source = source
        known = {
            (row["option"], row["cluster"]): row
            for each in source.results
            if each.question["id"] == question["id"]
            for row in each.tallies
        }
        self.cells: list[Cell] = []
        for place, (option, cluster) in enumerate(votes.list_cells(connection, question), start=1):
            cell = Cell(option, cluster, f"q{question['position']}-{place}", self._names(option))
            row = known.get((option["id"] if option else None, cluster), {})
            for name in cell.names:
                stored = "" if row.get(name) is None else str(row[name])
                cell.typed[name] = typed.get(cell.id(name), "").strip() if typed is not None else stored
            self.cells.append(cell)

    def _names(self, option: Row | None) -> tuple[str, ...]:
        # One ballot names all candidates, so ballots are counted with the first one only.
        first = option is None or option["position"] == 1
        return (*votes.BALLOTS, *votes.COUNTS) if self.is_ballot and first else votes.COUNTS

    @property
    def errors(self) -> list[tuple[str, str]]:
        """List the sentences with the input they belong to."""
        return [(cell.id(name), sentence) for cell in self.cells for name, sentence in cell.errors.items()]

    def check(self) -> bool:
        """Read the numbers, put a sentence at every wrong one, and tell whether all is well."""
        kind = get_kind("tally")
        for cell in self.cells:
            cell.values, found = kind.clean({name: cell.typed[name] for name in cell.names}, complete=False)
            errors = found or list(kind.rule(cell.values)) or self._check_sum(cell)
            for error in errors:
                cell.errors.setdefault(error.field, wording.field_sentence(kind, error))
        return not self.errors

    def _check_sum(self, cell: Cell) -> list[FieldError]:
        needed = votes.COUNTS if cell.option is None else votes.COUNTS[:1]
        ballots = cell.names[: -len(votes.COUNTS)]
        missing = [name for name in (*ballots, *needed) if cell.values.get(name) is None]
        if missing:
            return [FieldError(name, "missing", {}) for name in missing]
        total = sum(cell.values.get(name) or 0 for name in votes.COUNTS)
        expected, exact = self._expected(cell)
        if expected is None or total == expected or (total < expected and not exact):
            return []
        return [FieldError("yes", "votes_not_the_sum", {"sum": total, "expected": expected})]

    def _expected(self, cell: Cell) -> tuple[int | None, bool]:
        """Give how many votes there can be, and whether it must be all of them."""
        if self.is_ballot:
            return self._valid(cell.cluster), cell.option is None
        present = self._present(cell.cluster)
        if not present:
            return self._source.total, False
        return present, cell.option is None and not self.some_left

    def _present(self, cluster: str | None) -> int:
        if len({cell.cluster for cell in self.cells}) == 1 and cluster is None:
            return self._source.counts.represented
        return sum(row.is_present for row in self._source.rows if (row.household["cluster"] or None) == cluster)

    def _valid(self, cluster: str | None) -> int | None:
        first = next((cell for cell in self.cells if cell.cluster == cluster and "valid" in cell.names), None)
        return first.values.get("valid") if first else None

    def counted(self) -> Iterator[tuple[str | None, str | None, dict[str, Any]]]:
        """Give what is to be stored: option, group of houses, counts."""
        for cell in self.cells:
            counts = {name: value or 0 for name, value in cell.values.items()}
            yield (cell.option["id"] if cell.option else None, cell.cluster, counts)
