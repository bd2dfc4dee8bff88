"""A survey: rows and their design, checked and arranged so that estimates over it are quick.

Equal sheets of clusters of one are kept once with their number. Strata, clusters, weights and the finite population
correction live here; what is estimated from them stands in `estimates`.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, Final

from collector.participation.answers import Answer, Row, Treatment, Variable
from collector.participation.calibration import Calibration, Sheets, calibrate
from collector.participation.design import Design
from collector.participation.errors import (
    AnswersMismatch,
    NoAnswers,
    PopulationMissing,
    StratumTooSmall,
    TooManyAsked,
    WeightInvalid,
)

Where = Callable[[Row], bool]
"""Picks the rows of a domain."""
Scores = Sequence[float | None]
"""What each row counts as; None outside the domain."""
SMALLEST_WEIGHT: Final = 1e-12
LARGEST_WEIGHT: Final = 1e15
"""Squares and sums of weights outside these could be more, or less, than floating point numbers can say."""
_STRATUM: Final = attrgetter("stratum")
_KEY: Final = attrgetter("stratum", "answers", "weight")


@dataclass(frozen=True, slots=True)
class Stratum:
    """One village: how many live there (None: unknown), how many clusters were asked, and where its rows stand.

    `clusters` is empty if every sheet is a cluster of its own.
    """

    name: str
    population: int | None
    asked: int
    members: tuple[int, ...]
    clusters: tuple[tuple[int, ...], ...]

    @property
    def is_complete(self) -> bool:
        """Whether every household was asked."""
        return self.population == self.asked

    @property
    def left_out(self) -> float:
        """The finite population correction, 1 - n / N."""
        return 1.0 if self.population is None else 1 - self.asked / self.population


class Survey:
    """Rows and their design. `counts` says how many sheets each of its rows stands for.

    :raises ParticipationError: if the rows cannot be estimated from; the subclass names the village and the reason.
    """

    def __init__(self, rows: Iterable[Row], dimensions: Sequence[str], design: Design | None = None) -> None:
        self.design = design or Design()
        self.dimensions = tuple(dimensions)
        self._sheets = _arrange(list(rows))
        self.counts, self.has_clusters = self._sheets.counts, self._sheets.has_clusters
        self.has_weights = self._check_rows()
        self.asked = sum(self.counts)
        self.strata = self._divide()
        self.base_weights = self._weigh()
        self.calibration: Calibration | None = None
        self.weights = self.base_weights
        if self.design.calibration:
            masses = [weight * count for weight, count in zip(self.base_weights, self.counts, strict=True)]
            self.calibration = calibrate(Sheets(self.rows, self.counts, masses), self.design.calibration)
            factors = self.calibration.factors
            self.weights = [weight * factor for weight, factor in zip(self.base_weights, factors, strict=True)]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows, equal sheets once, village by village."""
        return self._sheets.find_rows()

    @property
    def variables(self) -> list[Variable]:
        """One variable per dimension."""
        return [Variable(name, (place,)) for place, name in enumerate(self.dimensions)]

    @property
    def all_of_them(self) -> Variable:
        """Whether somebody said yes to every dimension."""
        return Variable("all", tuple(range(len(self.dimensions))))

    @property
    def mean(self) -> Variable:
        """The share of the dimensions that somebody said yes to; for charts only."""
        return Variable("mean", tuple(range(len(self.dimensions))), is_mean=True)

    @cached_property
    def population(self) -> int | None:
        """How many units live in the villages, or None if that is unknown."""
        known = [stratum.population for stratum in self.strata if stratum.population is not None]
        return sum(known) if known and self.design.area_villages is None else None

    @cached_property
    def is_countable(self) -> bool:
        """Whether sheets and population are in the same unit, so that plain counting is certain."""
        return not self.has_clusters and self.population is not None

    @cached_property
    def is_plain(self) -> bool:
        """Whether sheets are clusters of one with equal chances inside each village, so that counts say all."""
        return None not in self.stratum_weights and not self.has_clusters and self.calibration is None

    @cached_property
    def stratum_weights(self) -> list[float | None]:
        """The base weight of each village; None where it differs from sheet to sheet."""
        if not self.has_weights:
            return [self.base_weights[stratum.members[0]] for stratum in self.strata]
        found = [{self.base_weights[i] for i in stratum.members} for stratum in self.strata]
        return [each.pop() if len(each) == 1 else None for each in found]

    @cached_property
    def samples_villages(self) -> bool:
        """Whether there are villages in the area that were not drawn."""
        return self.design.area_villages is not None and self.design.area_villages > len(self.strata)

    @cached_property
    def is_simple(self) -> bool:
        """Whether this is one village with equal chances for all, so that the exact verdict applies."""
        return len(self.strata) == 1 and self.is_plain and self.population is not None

    def village(self, name: str) -> "Survey":
        """Give one village as a survey of its own, without the calibration over the area."""
        rows = [
            replace(row, cluster=row.cluster if self.has_clusters else None, count=n)
            for row, n in zip(self.rows, self.counts, strict=True)
            if row.stratum == name
        ]
        populations = {key: size for key, size in self.design.populations.items() if key == name}
        design = replace(self.design, populations=populations, area_villages=None, calibration=None)
        return Survey(rows, self.dimensions, design)

    def score(self, variable: Variable, treatment: Treatment, where: Where | None = None) -> list[float | None]:
        """Give what each row counts as; None for those outside the domain that `where` picks."""
        places, patterns = self._patterns
        found = [variable.score(pattern, treatment) for pattern in patterns]
        if where is None:
            return [found[place] for place in places]
        return [found[place] if where(row) else None for place, row in zip(places, self.rows, strict=True)]

    def variance(self, residuals: Sequence[float]) -> float:
        """Give the variance of the sum of `residuals`, one per row, over repeated samples of this design."""
        totals = [self._totals(stratum, residuals) for stratum in self.strata]
        sums = [math.fsum(total * count for total, count in each) for each in totals]
        return self.combine([_spread(each) for each in totals], sums)

    def combine(self, spreads: Sequence[float], sums: Sequence[float]) -> float:
        """Give the variance from each village's n / (n - 1) times sum of squares, and each village's sum."""
        within = math.fsum(stratum.left_out * spread for stratum, spread in zip(self.strata, spreads, strict=True))
        villages = self.design.area_villages
        if villages is None:
            return within
        taken = len(self.strata) / villages
        between = (1 - taken) * _spread([(each, 1) for each in sums]) if self.samples_villages else 0.0
        return between + taken * within

    def degrees_of_freedom(self, clusters: Sequence[int]) -> int:
        """Give clusters less villages of a domain with so many clusters in each village.

        Where villages were drawn: villages less one.
        """
        present = [each for each in clusters if each]
        return len(present) - 1 if self.design.area_villages is not None else sum(present) - len(present)

    def count_clusters(self, domain: Scores) -> list[int]:
        """Count the clusters of each village with at least one row in the domain."""
        if not self.has_clusters:
            return [sum(self.counts[i] for i in each.members if domain[i] is not None) for each in self.strata]
        return [
            sum(any(domain[i] is not None for i in cluster) for cluster in stratum.clusters) for stratum in self.strata
        ]

    @cached_property
    def _patterns(self) -> tuple[list[int], list[tuple[Answer, ...]]]:
        known: dict[tuple[Answer, ...], int] = {}
        places = [known.setdefault(answers, len(known)) for _, answers, *_ in self._sheets.keys]
        return places, list(known)

    def _totals(self, stratum: Stratum, residuals: Sequence[float]) -> list[tuple[float, int]]:
        if not self.has_clusters:
            return [(residuals[i], self.counts[i]) for i in stratum.members]
        return [(math.fsum(residuals[i] * self.counts[i] for i in cluster), 1) for cluster in stratum.clusters]

    def _check_rows(self) -> bool:
        if not self.counts:
            raise NoAnswers
        for stratum, answers, *_ in self._sheets.keys:
            if len(answers) != len(self.dimensions):
                raise AnswersMismatch(stratum=stratum, found=len(answers), expected=len(self.dimensions))
        given = [weight for _, _, weight, *_ in self._sheets.keys if weight is not None]
        if given and len(given) < len(self.counts):
            raise WeightInvalid(weight="-")
        for weight in given:
            if not SMALLEST_WEIGHT <= weight <= LARGEST_WEIGHT:
                raise WeightInvalid(weight=weight)
        return bool(given)

    def _divide(self) -> tuple[Stratum, ...]:
        members: dict[str, list[int]] = {}
        for i, (stratum, *_) in enumerate(self._sheets.keys):
            members.setdefault(stratum, []).append(i)
        populations, villages = self.design.populations, self.design.area_villages
        strata = []
        for name, places in members.items():
            if populations and name not in populations:
                raise PopulationMissing(stratum=name)
            clusters = self._cluster(places) if self.has_clusters else ()
            asked = len(clusters) if self.has_clusters else sum(self.counts[i] for i in places)
            strata.append(_checked(Stratum(name, populations.get(name), asked, tuple(places), clusters)))
        if villages is not None and len(strata) > villages:
            raise TooManyAsked(stratum="", asked=len(strata), population=villages)
        if len(strata) == 1 and villages is not None and villages > 1:
            raise StratumTooSmall(stratum=strata[0].name)
        return tuple(strata)

    def _cluster(self, places: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        found: dict[object, list[int]] = {}
        for i in places:
            cluster = self.rows[i].cluster
            found.setdefault(i if cluster is None else cluster, []).append(i)
        return tuple(tuple(each) for each in found.values())

    def _weigh(self) -> list[float]:
        if self.has_weights:
            return [weight or 1.0 for _, _, weight, *_ in self._sheets.keys]
        scale = (self.design.area_villages or len(self.strata)) / len(self.strata)
        weights = [scale] * len(self.counts)
        for stratum in self.strata:
            for i in stratum.members if stratum.population else ():
                weights[i] = scale * (stratum.population or 1) / stratum.asked
        return weights


def _checked(stratum: Stratum) -> Stratum:
    if stratum.population is not None and stratum.asked > stratum.population:
        raise TooManyAsked(stratum=stratum.name, asked=stratum.asked, population=stratum.population)
    if stratum.asked == 1 and not stratum.is_complete:
        raise StratumTooSmall(stratum=stratum.name)
    return stratum


def _spread(totals: list[tuple[float, int]]) -> float:
    # n / (n - 1) times the sum of squares about the mean; one cluster alone was refused or is complete.
    n = sum(count for _, count in totals)
    if n < 2:
        return 0.0
    mean = math.fsum(total * count for total, count in totals) / n
    return n / (n - 1) * math.fsum(count * (total - mean) ** 2 for total, count in totals)


@dataclass(frozen=True, slots=True)
class _Sheets:
    """Equal sheets once: stratum, answers, weight, groups; how many there are of each, and how to find their rows."""

    keys: list[tuple[Any, ...]]
    counts: list[int]
    has_clusters: bool
    find_rows: Callable[[], list[Row]]


def _arrange(rows: list[Row]) -> _Sheets:
    """Put equal sheets together and count them, village by village, unless clusters hold several."""
    is_counted = set(map(attrgetter("count"), rows)) != {1}
    if _has_clusters(rows, is_counted):
        spelled = [row for row in rows for _ in range(row.count if row.cluster is None else 1)]
        spelled.sort(key=_STRATUM)
        counts = [1 if row.cluster is None else row.count for row in spelled]
        return _Sheets(list(map(_KEY, spelled)), counts, True, lambda: spelled)
    keys: list[tuple[Any, ...]] = list(map(_KEY, rows))
    if any(map(attrgetter("groups"), rows)):
        keys = [(*key, frozenset(row.groups.items())) for key, row in zip(keys, rows, strict=True)]
    times = Counter(keys)
    if is_counted:
        times = Counter()
        for key, row in zip(keys, rows, strict=True):
            times[key] += row.count
    order = sorted(times, key=itemgetter(0))

    def find_rows() -> list[Row]:
        unlike = dict(zip(keys, rows, strict=True))
        return [unlike[key] for key in order]

    return _Sheets(order, [times[key] for key in order], False, find_rows)


def _has_clusters(rows: list[Row], is_counted: bool) -> bool:
    names = set(map(attrgetter("cluster"), rows)) - {None}
    if not names:
        return False
    named = [row for row in rows if row.cluster is not None]
    if is_counted and any(row.count > 1 for row in named):
        return True
    return len(names) < len(named) and len(set(map(attrgetter("stratum", "cluster"), named))) < len(named)
