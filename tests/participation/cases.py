"""Reads the reference cases: answers as CSV, what R's `survey` makes of them as JSON."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from collector.participation.answers import Answer, Row
from collector.participation.design import Design
from collector.participation.estimates import Estimate
from collector.participation.survey import Survey, Where

ORACLE = Path(__file__).parent / "oracle"
DIMENSIONS = ("know", "discuss", "do", "inspect")
CODES = {"1": Answer.YES, "0": Answer.NO, "8": Answer.DONT_KNOW, "9": Answer.REFUSED, "": Answer.BLANK}
NAMES = {"all": "all4", "mean": "mean4"}


def read_expected(name: str = "expected.json") -> dict[str, Any]:
    """Read a file of expected figures."""
    found: dict[str, Any] = json.loads((ORACLE / name).read_text(encoding="utf-8"))
    return found


def read_sheets(case: str) -> list[dict[str, str]]:
    """Read the answers of a case as they stand in its file."""
    with (ORACLE / f"{case}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make_rows(sheets: Iterable[Mapping[str, str]], *, has_weights: bool = True) -> list[Row]:
    """Make rows of sheets; without weights the population says them."""
    return [
        Row(
            stratum=sheet["village"],
            answers=tuple(CODES[sheet[name]] for name in DIMENSIONS),
            cluster=sheet["hh"],
            weight=float(sheet["weight"]) if has_weights else None,
            groups={name: sheet[name] for name in ("gender", "ethnicity", "round")},
        )
        for sheet in sheets
    ]


def make_survey(case: str, *, population: str | None = "n_hh", has_weights: bool = True, **design: Any) -> Survey:
    """Make the survey of a case; `population` names the column of the finite population correction."""
    sheets = read_sheets(case)
    sizes = {sheet["village"]: int(sheet[population]) for sheet in sheets} if population else {}
    return Survey(make_rows(sheets, has_weights=has_weights), DIMENSIONS, Design(populations=sizes, **design))


def in_group(column: str, value: str) -> Where:
    """Pick those of one group."""
    return lambda row: row.groups[column] == value


def in_village(name: str) -> Where:
    """Pick those of one village."""
    return lambda row: row.stratum == name


def differences(found: Any, expected: Any, tolerance: float = 1e-9) -> list[str]:
    """List where numbers, or lists of them, differ by more than a relative tolerance."""
    if isinstance(expected, list):
        pairs = zip(found, expected, strict=True)
        return [line for one, other in pairs for line in differences(one, other, tolerance)]
    if found is None or expected is None:
        return [] if found is expected else [f"{found} is not {expected}"]
    return [] if abs(found - expected) <= tolerance * abs(expected) else [f"{found} is not {expected}"]


def differences_of(estimate: Estimate, expected: Mapping[str, Any], tolerance: float = 1e-9) -> list[str]:
    """List where an estimate differs from what R found."""
    method = "linear" if estimate.is_mean else "kg_deff1"
    figures = [(getattr(estimate, name), expected[name]) for name in ("p", "se", "df", "n")]
    figures += [(list(getattr(estimate, ci)), expected[ci][method]) for ci in ("ci90", "ci95")]
    if not estimate.is_mean:
        figures.append((estimate.n_eff, expected["n_eff"]))
    return [line for found, wanted in figures for line in differences(found, wanted, tolerance)]
