"""Post-stratification and raking: weights that agree with what the register knows, and the residuals they leave.

The variance of a calibrated estimate is that of its residuals after the known cells (or margins) were projected out
with the base weights; the calibrated weights multiply what is left.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.participation.answers import Row
from collector.participation.design import PostStratification, Raking
from collector.participation.errors import CalibrationFailed, CellUnknown

SMALLEST_CELL: Final = 5
LARGEST_FACTOR: Final = 3.0
_ROUNDS: Final = 10_000
_AGREES: Final = 1e-14

Cell = tuple[str, ...]
Project = Callable[[Sequence[float]], list[float]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated weights, how to project the known totals out of residuals, and which cells were merged."""

    weights: list[float]
    project: Project
    merged: tuple[tuple[Cell, ...], ...]


def calibrate(
    rows: Sequence[Row], base: Sequence[float], known: PostStratification | Raking | None
) -> Calibration | None:
    """Calibrate the base weights to what is known; None if nothing is.

    :raises CellUnknown: if respondents belong to a cell that was not given a size.
    :raises CalibrationFailed: if no weights satisfy all margins.
    """
    if known is None:
        return None
    if isinstance(known, PostStratification):
        return _post_stratify(rows, base, known)
    return _rake(rows, base, known)


def _post_stratify(rows: Sequence[Row], base: Sequence[float], known: PostStratification) -> Calibration:
    cells, counts, merged = _place(rows, base, known)
    sums = _sums(cells, rows, base)
    weights = [weight * counts[cell] / sums[cell] for weight, cell in zip(base, cells, strict=True)]

    def project(residuals: Sequence[float]) -> list[float]:
        masses = [weight * value for weight, value in zip(base, residuals, strict=True)]
        means = {cell: total / sums[cell] for cell, total in _sums(cells, rows, masses).items()}
        return [value - means[cell] for value, cell in zip(residuals, cells, strict=True)]

    return Calibration(weights, project, merged)


def _rake(rows: Sequence[Row], base: Sequence[float], known: Raking) -> Calibration:
    margins: list[tuple[list[Cell], Mapping[Cell, float]]] = []
    merged: list[tuple[Cell, ...]] = []
    for column, sizes in known.margins.items():
        alone = PostStratification((column,), {(value,): size for value, size in sizes.items()})
        cells, counts, joined = _place(rows, base, alone)
        margins.append((cells, counts))
        merged.extend(joined)
    weights = _fit(rows, base, margins)
    return Calibration(weights, _projection(rows, base, [cells for cells, _ in margins]), tuple(merged))


def _fit(
    rows: Sequence[Row], base: Sequence[float], margins: list[tuple[list[Cell], Mapping[Cell, float]]]
) -> list[float]:
    # Iterative proportional fitting. Margins whose totals differ are brought to the first one's total.
    weights, total = list(base), sum(margins[0][1].values())
    for _ in range(_ROUNDS):
        worst = 0.0
        for cells, counts in margins:
            sums, scale = _sums(cells, rows, weights), total / sum(counts.values())
            factors = {cell: counts[cell] * scale / found for cell, found in sums.items()}
            worst = max(worst, *(abs(factor - 1) for factor in factors.values()))
            weights = [weight * factors[cell] for weight, cell in zip(weights, cells, strict=True)]
        if worst < _AGREES:
            return weights
    if worst > 1e-9:
        raise CalibrationFailed(off=worst)
    return weights


def _sums(cells: Sequence[Cell], rows: Sequence[Row], values: Sequence[float]) -> dict[Cell, float]:
    parts: dict[Cell, list[float]] = {}
    for cell, row, value in zip(cells, rows, values, strict=True):
        parts.setdefault(cell, []).append(value * row.count)
    return {cell: math.fsum(each) for cell, each in parts.items()}


def _place(
    rows: Sequence[Row], base: Sequence[float], known: PostStratification
) -> tuple[list[Cell], dict[Cell, float], tuple[tuple[Cell, ...], ...]]:
    """Give each row's cell after merging, the size of every cell, and the groups of cells that were merged."""
    cells = [tuple(row.groups.get(column, "") for column in known.columns) for row in rows]
    unknown = {cell for cell in cells if not known.counts.get(cell, 0) > 0}
    if unknown:
        raise CellUnknown(columns=known.columns, cells=["/".join(cell) or "-" for cell in sorted(unknown)])
    groups = _merge(_tally(cells, rows, base, known.counts))
    home = {cell: group.name for group in groups for cell in group.cells}
    merged = tuple(tuple(group.cells) for group in groups if len(group.cells) > 1)
    return [home[cell] for cell in cells], {group.name: group.size for group in groups}, merged


@dataclass(slots=True)
class _Group:
    cells: list[Cell]
    respondents: int
    weight: float
    size: float

    @property
    def name(self) -> Cell:
        return self.cells[0]

    def absorb(self, other: "_Group") -> None:
        self.cells = sorted([*self.cells, *other.cells])
        self.respondents += other.respondents
        self.weight += other.weight
        self.size += other.size


def _tally(
    cells: Sequence[Cell], rows: Sequence[Row], base: Sequence[float], sizes: Mapping[Cell, float]
) -> list[_Group]:
    groups = {cell: _Group([cell], 0, 0.0, size) for cell, size in sorted(sizes.items()) if size > 0}
    for cell, row, weight in zip(cells, rows, base, strict=True):
        groups[cell].respondents += row.count
        groups[cell].weight += weight * row.count
    return list(groups.values())


def _merge(groups: list[_Group]) -> list[_Group]:
    while len(groups) > 1:
        size, weight = sum(each.size for each in groups), sum(each.weight for each in groups)
        weak = [each for each in groups if _is_weak(each, size / weight)]
        if not weak:
            break
        first = min(weak, key=lambda each: (each.respondents, each.name))
        partner = min((each for each in groups if each is not first), key=lambda each: _distance(first, each))
        groups.remove(first)
        partner.absorb(first)
    return groups


def _is_weak(group: _Group, usual: float) -> bool:
    if group.respondents < SMALLEST_CELL:
        return True
    factor = group.size / group.weight / usual
    return not 1 / LARGEST_FACTOR <= factor <= LARGEST_FACTOR


def _distance(one: _Group, other: _Group) -> tuple[int, int, Cell]:
    # Cells that share more of the first columns are nearer; among those the one with the fewest respondents.
    shared = max(_shared(a, b) for a in one.cells for b in other.cells)
    return -shared, other.respondents, other.name


def _shared(a: Cell, b: Cell) -> int:
    alike = 0
    for x, y in zip(a, b, strict=True):
        if x != y:
            break
        alike += 1
    return alike


def _projection(rows: Sequence[Row], base: Sequence[float], columns: list[list[Cell]]) -> Project:
    """Project out every margin at once: least squares on their indicators with the base weights."""
    keys = [(place, cell) for place, cells in enumerate(columns) for cell in sorted(set(cells))]
    index = {key: i for i, key in enumerate(keys)}
    marks = [[index[(place, cells[i])] for place, cells in enumerate(columns)] for i in range(len(rows))]
    masses = [weight * row.count for weight, row in zip(base, rows, strict=True)]
    matrix = [[0.0] * len(keys) for _ in keys]
    for mark, mass in zip(marks, masses, strict=True):
        for a in mark:
            for b in mark:
                matrix[a][b] += mass

    def project(residuals: Sequence[float]) -> list[float]:
        right = [0.0] * len(keys)
        for mark, mass, value in zip(marks, masses, residuals, strict=True):
            for a in mark:
                right[a] += mass * value
        solution = _solve(matrix, right)
        return [value - sum(solution[a] for a in mark) for mark, value in zip(marks, residuals, strict=True)]

    return project


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve normal equations by elimination; a column that the others already explain gets 0."""
    size = len(right)
    work = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    pivots: list[int] = []
    for i in range(size):
        if work[i][i] <= 1e-10 * matrix[i][i]:
            continue
        pivots.append(i)
        for other in range(size):
            if other != i and work[other][i]:
                factor = work[other][i] / work[i][i]
                work[other] = [a - factor * b for a, b in zip(work[other], work[i], strict=True)]
    solution = [0.0] * size
    for i in pivots:
        solution[i] = work[i][size] / work[i][i]
    return solution
