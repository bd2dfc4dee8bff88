"""The estimate of 10 villages with 150 answers each, 4 dimensions, against `svy` on the same answers."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.processes import milliseconds
from benchmarks.table import Figure, median
from collector.participation.answers import Answer, Row
from collector.participation.design import Design
from collector.participation.estimates import estimate_share
from collector.participation.survey import Survey

BUDGET = 0.1
BUDGET_FROM_FILE = 0.2
"""Half of what remains from a file is the start of the interpreter."""
DIMENSIONS = ("know", "discuss", "do", "inspect")
CODED = {Answer.YES: "1", Answer.NO: "0", Answer.DONT_KNOW: "8", Answer.REFUSED: "9", Answer.BLANK: ""}
SCRIPT = """
import sys, polars, svy
frame = polars.read_csv(sys.argv[1])
names = ["know", "discuss", "do", "inspect"]
asked = polars.len().over("village")
frame = frame.with_columns(
    [(polars.col(name) == 1).fill_null(False).cast(float) for name in names]
    + [(polars.col("size") / asked).alias("weight"), polars.int_range(polars.len()).alias("hh")]
)
design = svy.Design(stratum="village", psu="hh", wgt="weight", pop_size="size")
sample = svy.Sample(data=frame, design=design)
for name in names:
    print(sample.estimation.prop(y=name, ci_method="korn-graubard", alpha=0.1))
"""
CODES = (Answer.YES, Answer.NO, Answer.DONT_KNOW, Answer.REFUSED, Answer.BLANK)


def measure_estimate(villages: int = 10, answers: int = 150, runs: int = 40) -> list[Figure]:
    """Measure from the same sheets to four shares with their 90 % intervals: warm, and from a file in a new process."""
    rows = make_rows(villages, answers)
    sizes = {row.stratum: 2 * answers + int(row.stratum) for row in rows}
    ours, theirs = [], []
    for _ in range(runs + 1):
        ours.append(milliseconds(estimate_with_ours, rows, sizes))
        theirs.append(milliseconds(estimate_with_svy, rows, sizes))
    what = f"estimate of {villages} x {answers} answers"
    return [
        Figure(f"{what}, warm", median(ours[1:]), median(theirs[1:]), BUDGET),
        _measure_commands(rows, sizes, what),
    ]


def estimate_with_ours(rows: list[Row], sizes: dict[str, int]) -> list[tuple[float, float, float]]:
    """Give share and interval of each dimension."""
    survey = Survey(rows, DIMENSIONS, Design(sizes))
    found = [estimate_share(survey, variable) for variable in survey.variables]
    return [(each.p, *each.ci90) for each in found if each is not None]


def estimate_with_svy(rows: list[Row], sizes: dict[str, int]) -> list[tuple[float, float, float]]:
    """Give share and interval of each dimension by `svy`."""
    import polars
    import svy

    columns: dict[str, list[Any]] = {
        name: [float(row.answers[i] is Answer.YES) for row in rows] for i, name in enumerate(DIMENSIONS)
    }
    columns["village"] = [row.stratum for row in rows]
    columns["hh"] = list(range(len(rows)))
    columns["size"] = [sizes[row.stratum] for row in rows]
    columns["weight"] = [sizes[row.stratum] * len(sizes) / len(rows) for row in rows]
    design = svy.Design(stratum="village", psu="hh", wgt="weight", pop_size="size")
    sample = svy.Sample(data=polars.DataFrame(columns), design=design)
    shares = [sample.estimation.prop(y=name, ci_method="korn-graubard", alpha=0.1) for name in DIMENSIONS]
    return [(each.est, each.lci, each.uci) for share in shares for each in share.estimates if each.y_level == 1]


def _measure_commands(rows: list[Row], sizes: dict[str, int], what: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="collector-estimate-") as folder:
        file = Path(folder) / "answers.csv"
        lines = [
            ",".join((row.stratum, str(sizes[row.stratum]), *(CODED[each] for each in row.answers))) for row in rows
        ]
        file.write_text("\n".join([",".join(("village", "size", *DIMENSIONS)), *lines]), encoding="utf-8")
        named = ["--dimensions", ",".join(DIMENSIONS), "--stratum", "village", "--population", "size"]
        ours = [sys.executable, "-m", "collector", "estimate", str(file), *named, "--format", "json"]
        theirs = [sys.executable, "-c", SCRIPT, str(file)]
        measured = [(milliseconds(_run, ours), milliseconds(_run, theirs)) for _ in range(3)]
    return Figure(f"{what}, from a file", *(median(column) for column in zip(*measured, strict=True)), BUDGET_FROM_FILE)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def make_rows(villages: int, answers: int) -> list[Row]:
    """Make up answers; most are yes, and they differ from village to village."""
    chance = random.Random(7)
    rows = []
    for village in range(villages):
        weights = (0.85 + 0.01 * village, 0.06, 0.04, 0.02, 0.02)
        for _ in range(answers):
            codes = tuple(chance.choices(CODES, weights, k=len(DIMENSIONS)))
            rows.append(Row(str(village), codes))
    return rows
