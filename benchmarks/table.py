"""Figures as a table: what was measured, the baseline, their ratio, the budget."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `baseline` None: the budget is an amount and not a ratio."""

    what: str
    measured: float
    baseline: float | None
    budget: float
    unit: str = "ms"

    @property
    def compared(self) -> float:
        """What the budget limits: the ratio, or the amount itself."""
        return self.measured if self.baseline is None else self.measured / self.baseline

    @property
    def kept(self) -> bool:
        """Whether the budget was kept."""
        return self.compared <= self.budget


def print_table(figures: Sequence[Figure]) -> bool:
    """Print the figures; return whether every budget was kept."""
    print(f"{'what':<52} {'measured':>12} {'baseline':>12} {'ratio':>7} {'budget':>8}  ")
    for each in figures:
        baseline = "-" if each.baseline is None else f"{each.baseline:,.1f}"
        ratio = "-" if each.baseline is None else f"{each.compared:.2f}"
        limit = f"{each.budget:g} {each.unit}" if each.baseline is None else f"{each.budget:g} x"
        verdict = "kept" if each.kept else "MISSED"
        measured = f"{each.measured:,.1f} {each.unit}"
        print(f"{each.what:<52} {measured:>12} {baseline:>12} {ratio:>7} {limit:>8}  {verdict}", flush=True)
    return all(each.kept for each in figures)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Give the value in the middle."""
    return percentile(values, 0.5)
