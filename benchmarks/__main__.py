"""Runs benchmarks by name: `python -m benchmarks [NAME …|all]`; an unknown name lists the known ones."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.bundles import measure_bundles
from benchmarks.designs import measure_designs
from benchmarks.estimating import measure_estimate
from benchmarks.exchange import measure_exchange
from benchmarks.lists import measure_lists
from benchmarks.papers import measure_minutes
from benchmarks.saving import measure_phones, measure_saving
from benchmarks.sheets import measure_sheets
from benchmarks.starting import measure_memory, measure_start
from benchmarks.table import print_table
from benchmarks.words import measure_words


def main() -> None:
    """Run what was asked for and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", default=["all"])
    parser.add_argument("--folder", type=Path, help="where to put data; kept, so that large data is made once")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long phones save (60 for the budget)")
    parser.add_argument("--meetings", type=int, default=1_000, help="meetings in lists (50000 for the budget)")
    parser.add_argument("--opinions", type=int, default=10, help="opinions per meeting (20: 1,000,000 in all)")
    parser.add_argument("--documents", type=Path, help="lines of JSON to put into bundles instead of invented ones")
    parser.add_argument("--samples", type=int, default=1_000, help="samples drawn from each failing area in designs")
    parser.add_argument("--sheets", type=int, default=20_000, help="answer sheets (1000000 for the budget)")
    parser.add_argument("--revisions", type=int, default=100_000, help="longest log in sync (1000000 for the budget)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collector-benchmark-") as temporary:
        folder = asked.folder or Path(temporary)
        measures = {
            "start": lambda: measure_start(folder),
            "memory": lambda: measure_memory(folder),
            "save": lambda: measure_saving(folder),
            "phones": lambda: measure_phones(folder, asked.seconds),
            "lists": lambda: measure_lists(folder, asked.meetings, asked.opinions),
            "sheets": lambda: measure_sheets(folder, asked.sheets),
            "minutes": lambda: measure_minutes(folder),
            "bundles": lambda: measure_bundles(folder, asked.documents),
            "sync": lambda: measure_exchange(folder, asked.documents, asked.revisions),
            "words": measure_words,
            "estimate": measure_estimate,
            "designs": lambda: measure_designs(asked.samples),
        }
        names = list(measures) if asked.what == ["all"] else asked.what
        unknown = set(names) - set(measures)
        if unknown:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(measures)}")
        figures = [figure for name in names for figure in measures[name]()]
    sys.exit(0 if print_table(figures) else 1)


if __name__ == "__main__":
    main()
