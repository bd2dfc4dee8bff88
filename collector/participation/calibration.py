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
_NEARLY_AGREES: Final = 1e-9

Cell = tuple[str, ...]
Project = Callable[[Sequence[float]], list[float]]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Rows, how many sheets each stands for, and the sum of their base weights."""

    rows: Sequence[Row]
    counts: Sequence[int]
    masses: Sequence[float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors on the base weights, how to project the known totals out of residuals, and which cells were merged."""

    factors: list[float]
    project: Project
    merged: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """The cell of each row after merging, the size of every cell, and the groups of cells that were merged."""

    cells: list[Cell]
    sizes: dict[Cell, float]
    merged: tuple[tuple[Cell, ...], ...]


def calibrate(sheets: Sheets, known: PostStratification | Raking) -> Calibration:
    """Calibrate the base weights to what is known.

    :raises CellUnknown: if respondents belong to a cell that was not given a size.
    :raises CalibrationFailed: if no weights satisfy all margins.
    """
    return _post_stratify(sheets, known) if isinstance(known, PostStratification) else _rake(sheets, known)


def _post_stratify(sheets: Sheets, known: PostStratification) -> Calibration:
    placed = _place(sheets, known)
    sums = _sums(placed.cells, sheets.masses)
    factors = [placed.sizes[cell] / sums[cell] for cell in placed.cells]

    def project(residuals: Sequence[float]) -> list[float]:
        products = [mass * value for mass, value in zip(sheets.masses, residuals, strict=True)]
        means = {cell: total / sums[cell] for cell, total in _sums(placed.cells, products).items()}
        return [value - means[cell] for value, cell in zip(residuals, placed.cells, strict=True)]

    return Calibration(factors, project, placed.merged)


def _rake(sheets: Sheets, known: Raking) -> Calibration:
    margins = [
        _place(sheets, PostStratification((column,), {(value,): size for value, size in sizes.items()}))
        for column, sizes in known.margins.items()
    ]
    merged = tuple(cells for margin in margins for cells in margin.merged)
    return Calibration(_fit(sheets, margins), _projection(sheets, [margin.cells for margin in margins]), merged)


def _fit(sheets: Sheets, margins: Sequence[_Placed]) -> list[float]:
    # Iterative proportional fitting. Margins whose totals differ are brought to the first one's total.
    factors, total, worst = [1.0] * len(sheets.rows), sum(margins[0].sizes.values()), 0.0
    for _ in range(_ROUNDS):
        worst = 0.0
        for margin in margins:
            sums = _sums(margin.cells, [mass * factor for mass, factor in zip(sheets.masses, factors, strict=True)])
            scale = total / sum(margin.sizes.values())
            steps = {cell: margin.sizes[cell] * scale / found for cell, found in sums.items()}
            worst = max(worst, *(abs(step - 1) for step in steps.values()))
            factors = [factor * steps[cell] for factor, cell in zip(factors, margin.cells, strict=True)]
        if worst < _AGREES:
            return factors
    if worst > _NEARLY_AGREES:
        raise CalibrationFailed(off=worst)
    return factors


def _sums(cells: Sequence[Cell], masses: Sequence[float]) -> dict[Cell, float]:
    parts: dict[Cell, list[float]] = {}
    for cell, mass in zip(cells, masses, strict=True):
        parts.setdefault(cell, []).append(mass)
    return {cell: math.fsum(each) for cell, each in parts.items()}


def _place(sheets: Sheets, known: PostStratification) -> _Placed:
    cells = [tuple(row.groups.get(column, "") for column in known.columns) for row in sheets.rows]
    unknown = {cell for cell in cells if not known.counts.get(cell, 0) > 0}
    if unknown:
        raise CellUnknown(columns=known.columns, cells=["/".join(cell) or "-" for cell in sorted(unknown)])
    groups = _merge(_tally(cells, sheets, known.counts))
    home = {cell: group.name for group in groups for cell in group.cells}
    merged = tuple(tuple(group.cells) for group in groups if len(group.cells) > 1)
    return _Placed([home[cell] for cell in cells], {group.name: group.size for group in groups}, merged)


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


def _tally(cells: Sequence[Cell], sheets: Sheets, sizes: Mapping[Cell, float]) -> list[_Group]:
    groups = {cell: _Group([cell], 0, 0.0, size) for cell, size in sorted(sizes.items()) if size > 0}
    for cell, count, mass in zip(cells, sheets.counts, sheets.masses, strict=True):
        groups[cell].respondents += count
        groups[cell].weight += mass
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


def _projection(sheets: Sheets, columns: list[list[Cell]]) -> Project:
    """Project out every margin at once: least squares on their indicators with the base weights."""
    keys = [(place, cell) for place, cells in enumerate(columns) for cell in sorted(set(cells))]
    index = {key: i for i, key in enumerate(keys)}
    marks = [[index[(place, cells[i])] for place, cells in enumerate(columns)] for i in range(len(sheets.rows))]
    matrix = [[0.0] * len(keys) for _ in keys]
    for mark, mass in zip(marks, sheets.masses, strict=True):
        for a in mark:
            for b in mark:
                matrix[a][b] += mass

    def project(residuals: Sequence[float]) -> list[float]:
        right = [0.0] * len(keys)
        for mark, mass, value in zip(marks, sheets.masses, residuals, strict=True):
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
