"""A survey: rows and their design, checked and arranged so that estimates over it are quick.

Equal sheets of clusters of one are counted once with their number. Strata, clusters, weights and the finite population
correction live here; what is estimated from them stands in `estimates`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from collector.participation.answers import Row, Variable
from collector.participation.calibration import Calibration, calibrate
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


@dataclass(frozen=True, slots=True)
class Stratum:
    """One village: how many live there (None: unknown), how many clusters were asked, and its rows by cluster."""

    name: str
    population: int | None
    asked: int
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
    """Rows and their design.

    :raises ParticipationError: if the rows cannot be estimated from; the subclass names the village and the reason.
    """

    def __init__(self, rows: Iterable[Row], dimensions: Sequence[str], design: Design | None = None) -> None:
        self.design = design or Design()
        self.dimensions = tuple(dimensions)
        self.rows, self.has_clusters = _arrange(list(rows))
        self._check_answers()
        self.has_weights = self._check_weights()
        self.strata = self._divide()
        self.base_weights = self._weigh()
        self.calibration: Calibration | None = calibrate(self.rows, self.base_weights, self.design.calibration)
        self.weights = self.calibration.weights if self.calibration else self.base_weights

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

    @property
    def population(self) -> int | None:
        """How many units live in the villages, or None if that is unknown."""
        known = [stratum.population for stratum in self.strata if stratum.population is not None]
        return sum(known) if known and self.design.area_villages is None else None

    @property
    def asked(self) -> int:
        """How many sheets there are."""
        return sum(row.count for row in self.rows)

    @property
    def is_countable(self) -> bool:
        """Whether sheets and population are in the same unit, so that plain counting is certain."""
        return not self.has_clusters and self.population is not None

    @property
    def samples_villages(self) -> bool:
        """Whether there are villages in the area that were not drawn."""
        return self.design.area_villages is not None and self.design.area_villages > len(self.strata)

    @property
    def is_simple(self) -> bool:
        """Whether this is one village with equal chances for all, so that the exact verdict applies."""
        alike = len(self.strata) == 1 and len(set(self.base_weights)) == 1
        return alike and self.is_countable and self.calibration is None

    @property
    def is_complete(self) -> bool:
        """Whether everybody of every village was asked."""
        return not self.samples_villages and all(stratum.is_complete for stratum in self.strata)

    def village(self, name: str) -> "Survey":
        """Give one village as a survey of its own, without the calibration over the area."""
        rows = [row for row in self.rows if row.stratum == name]
        populations = {key: size for key, size in self.design.populations.items() if key == name}
        design = replace(self.design, populations=populations, area_villages=None, calibration=None)
        return Survey(rows, self.dimensions, design)

    def variance(self, residuals: Sequence[float]) -> float:
        """Give the variance of the sum of `residuals`, one per row, over repeated samples of this design."""
        totals = [self._totals(stratum, residuals) for stratum in self.strata]
        within = [
            stratum.left_out * _spread(each) if stratum.left_out else 0.0
            for stratum, each in zip(self.strata, totals, strict=True)
        ]
        villages = self.design.area_villages
        if villages is None:
            return math.fsum(within)
        taken = len(self.strata) / villages
        sums = [(math.fsum(total * count for total, count in each), 1) for each in totals]
        between = (1 - taken) * _spread(sums) if self.samples_villages else 0.0
        return between + taken * math.fsum(within)

    def degrees_of_freedom(self, domain: Sequence[bool]) -> int:
        """Give clusters less strata of the rows in the domain; villages less one when villages were drawn."""
        seen = [(stratum, self.count_clusters(stratum, domain)) for stratum in self.strata]
        present = [clusters for _, clusters in seen if clusters]
        if self.design.area_villages is not None:
            return len(present) - 1
        return sum(present) - len(present)

    def count_clusters(self, stratum: Stratum, domain: Sequence[bool]) -> int:
        """Count the clusters of a village with at least one row in the domain."""
        if not self.has_clusters:
            return sum(self.rows[i].count for (i,) in stratum.clusters if domain[i])
        return sum(any(domain[i] for i in cluster) for cluster in stratum.clusters)

    def _totals(self, stratum: Stratum, residuals: Sequence[float]) -> list[tuple[float, int]]:
        if not self.has_clusters:
            return [(residuals[i], self.rows[i].count) for (i,) in stratum.clusters]
        return [(math.fsum(residuals[i] * self.rows[i].count for i in cluster), 1) for cluster in stratum.clusters]

    def _check_answers(self) -> None:
        if not self.rows:
            raise NoAnswers
        for row in self.rows:
            if len(row.answers) != len(self.dimensions):
                raise AnswersMismatch(stratum=row.stratum, found=len(row.answers), expected=len(self.dimensions))

    def _check_weights(self) -> bool:
        given = [row.weight for row in self.rows if row.weight is not None]
        if given and len(given) < len(self.rows):
            raise WeightInvalid(weight=None)
        for weight in given:
            if not (math.isfinite(weight) and weight > 0):
                raise WeightInvalid(weight=weight)
        return bool(given)

    def _divide(self) -> tuple[Stratum, ...]:
        members: dict[str, dict[object, list[int]]] = {}
        for i, row in enumerate(self.rows):
            key = i if row.cluster is None else row.cluster
            members.setdefault(row.stratum, {}).setdefault(key, []).append(i)
        populations = self.design.populations
        strata = []
        for name, clusters in members.items():
            if populations and name not in populations:
                raise PopulationMissing(stratum=name)
            groups = tuple(tuple(cluster) for cluster in clusters.values())
            asked = len(groups) if self.has_clusters else sum(self.rows[i].count for (i,) in groups)
            strata.append(_checked(Stratum(name, populations.get(name), asked, groups)))
        villages = self.design.area_villages
        if villages is not None and len(strata) > villages:
            raise TooManyAsked(stratum="", asked=len(strata), population=villages)
        if len(strata) == 1 and villages is not None and villages > 1:
            raise StratumTooSmall(stratum=strata[0].name)
        return tuple(strata)

    def _weigh(self) -> list[float]:
        if self.has_weights:
            return [row.weight or 1.0 for row in self.rows]
        per_village = {
            stratum.name: (stratum.population / stratum.asked if stratum.population else 1.0) for stratum in self.strata
        }
        scale = (self.design.area_villages or len(self.strata)) / len(self.strata)
        return [scale * per_village[row.stratum] for row in self.rows]


def _checked(stratum: Stratum) -> Stratum:
    if stratum.population is not None and stratum.asked > stratum.population:
        raise TooManyAsked(stratum=stratum.name, asked=stratum.asked, population=stratum.population)
    if stratum.asked == 1 and not stratum.is_complete:
        raise StratumTooSmall(stratum=stratum.name)
    return stratum


def _spread(totals: list[tuple[float, int]]) -> float:
    # n / (n - 1) times the sum of squares about the mean; the caller has refused a single cluster.
    n = sum(count for _, count in totals)
    if n < 2:
        return 0.0
    mean = math.fsum(total * count for total, count in totals) / n
    return n / (n - 1) * math.fsum(count * (total - mean) ** 2 for total, count in totals)


def _arrange(rows: list[Row]) -> tuple[list[Row], bool]:
    """Put equal sheets together; tell whether any cluster holds more than one sheet."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.stratum, row.cluster or "")
        if row.cluster is not None and (key in seen or row.count > 1):
            return [each for counted in rows for each in _spell_out(counted)], True
        seen.add(key)
    alike: dict[object, list[Row]] = {}
    for row in rows:
        key_of_all = (row.stratum, row.answers, row.weight, tuple(sorted(row.groups.items())))
        alike.setdefault(key_of_all, []).append(row)
    counted = [replace(each[0], cluster=None, count=sum(row.count for row in each)) for each in alike.values()]
    return counted, False


def _spell_out(row: Row) -> list[Row]:
    return [replace(row, count=1)] * row.count if row.cluster is None else [row]
