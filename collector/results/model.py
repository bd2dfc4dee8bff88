"""What a result is: cells of figures, in groups of people, of one round.

A figure that is None is not known, or was taken out because it could tell what single people answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from collector.results.records import ALL
from sync.storage import Row

COUNTS: Final = ("asked", "sheets", "yes", "answered_no", "dont_know", "refused", "blank", "further")
SHARES: Final = ("share", "low", "high", "answered_share", "certain_low", "certain_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One dimension in one group of people.

    `asked` is the denominator of the strict rule, `sheets` how many of them there is a sheet of. `share` and its 90 %
    interval (`low`, `high`) are under the strict rule; the interval is missing where there is no sampling error to
    compute. `certain_low` and `certain_high` need no statistics. `edge` stands in for 0 % and 100 % in small groups.
    """

    dimension: str
    suppressed: bool = False
    asked: int | None = None
    sheets: int | None = None
    yes: int | None = None
    answered_no: int | None = None
    dont_know: int | None = None
    refused: int | None = None
    blank: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    answered_share: float | None = None
    certain_low: float | None = None
    certain_high: float | None = None
    edge: str = ""
    verdict: str = ""
    basis: str = ""
    reason: str = ""
    further: int | None = None
    depends_on_unanswered: bool = False

    def hide(self) -> "Cell":
        """Give the cell without any of its figures."""
        return Cell(dimension=self.dimension, suppressed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Everybody, or those of one village, sex or ethnic group; `value` says which."""

    grouping: str
    value: str = ""
    label: str = ""
    village: str = ""
    population: int | None = None
    cells: tuple[Cell, ...] = ()

    def cell(self, dimension: str) -> Cell:
        """Give the cell of a dimension.

        :raises KeyError: if the group has none.
        """
        for each in self.cells:
            if each.dimension == dimension:
                return each
        raise KeyError(dimension)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """The result of one round.

    `is_final` is false while the round is open: then it counts the sheets that left the urn so far, and there are no
    groups, because the difference of two looks at a small group would be one person's answers. `problem` is the code
    of what keeps figures from being computed. `households_refused` and `households_not_met` count households.
    """

    round: Row
    dimensions: tuple[str, ...]
    total: Group
    groups: tuple[Group, ...] = ()
    every_dimension: str = ""
    sheets: int | None = 0
    asked: int | None = 0
    population: int | None = None
    households_refused: int = 0
    households_not_met: int = 0
    is_final: bool = False
    problem: str = ""
    suppressed: bool = False

    @property
    def target(self) -> float:
        """The target as a share."""
        return (self.round["target_percent"] or 90) / 100

    @property
    def counts_adults(self) -> bool:
        """Whether people are counted, not households."""
        return bool(self.round["counted"] == "adults")

    @property
    def rows(self) -> tuple[str, ...]:
        """The dimensions and the one of those who said yes to all of them."""
        return (*self.dimensions, ALL)

    def by(self, grouping: str) -> tuple[Group, ...]:
        """Give the groups of one grouping."""
        return tuple(group for group in self.groups if group.grouping == grouping)

    def all_groups(self) -> Iterator[Group]:
        """Give everybody, then each group."""
        yield self.total
        yield from self.groups


def replace_cells(group: Group, cells: dict[str, Cell]) -> Group:
    """Give the group with some of its cells exchanged, by dimension."""
    return replace(group, cells=tuple(cells.get(each.dimension, each) for each in group.cells))
