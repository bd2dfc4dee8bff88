"""Writes the invented answers of the cases d01 to d08 beside this file; the seed is fixed, so they never change.

python tests/participation/oracle/make_answers.py && Rscript tests/participation/oracle/make_expected.R
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
COLUMNS = (
    "village",
    "hh",
    "person",
    "round",
    "gender",
    "ethnicity",
    "adults",
    "n_hh",
    "n_person",
    "n_villages",
    "weight",
)
DIMENSIONS = ("know", "discuss", "do", "inspect")


def main() -> None:
    """Write every case."""
    villages = {"A": 64, "B": 120, "C": 210}
    write("d01_household_clusters", clusters(random.Random(101), villages, share=0.25))
    write("d02_post_strata", singles(random.Random(102), villages, {"A": 30, "B": 40, "C": 50}))
    write("d03_raked", singles(random.Random(103), villages, {"A": 32, "B": 30, "C": 60}))
    write("d04_one_village_complete", singles(random.Random(104), {"A": 30, **villages}, {"A": 30, "B": 40, "C": 60}))
    write("d05_two_stages_clusters", clusters(random.Random(105), {**villages, "D": 80}, share=0.3, area=9))
    write("d06_panel", panel(random.Random(106), villages))
    write("d07_relative_weights", singles(random.Random(107), villages, {"A": 12, "B": 33, "C": 41}, relative=True))
    write("d08_raked_one_village", singles(random.Random(108), {"A": 200}, {"A": 90}))


def person(chance: random.Random, village: str, number: int, **more: Any) -> dict[str, Any]:
    """Make up one sheet; the four answers hang together a little, and some are missing."""
    lean = chance.betavariate(8, 1.2)
    codes = [
        chance.choices((1, 0, 8, 9, ""), (lean, (1 - lean) * 0.7, (1 - lean) * 0.3, 0.03, 0.02))[0] for _ in range(4)
    ]
    groups = {
        "gender": chance.choice("FM"),
        "ethnicity": chance.choices(("majority", "minority"), (0.4, 0.6))[0],
    }
    answers = dict(zip(DIMENSIONS, codes, strict=True))
    return {"village": village, "hh": f"{village}-{number:03}", "person": 1, **groups, **answers, **more}


def singles(
    chance: random.Random, villages: dict[str, int], asked: dict[str, int], relative: bool = False
) -> Iterator[dict[str, Any]]:
    """Make one sheet per household; relative weights have a mean near 1 and differ within a village."""
    for village, size in villages.items():
        taken = sorted(chance.sample(range(1, size + 1), asked.get(village, 0)))
        for number in taken:
            adults = chance.choice((1, 2, 2, 3, 4))
            weight = adults / 2.4 if relative else size / len(taken)
            yield person(chance, village, number, n_hh=size, adults=adults, weight=weight)


def clusters(
    chance: random.Random, villages: dict[str, int], share: float, area: int | None = None
) -> Iterator[dict[str, Any]]:
    """Make sheets of one to three people of each household asked; the weights differ from sheet to sheet."""
    for village, size in villages.items():
        taken = sorted(chance.sample(range(1, size + 1), round(share * size)))
        for number in taken:
            base = size / len(taken) * ((area or len(villages)) / len(villages))
            for each in range(chance.choice((1, 1, 2, 3))):
                weight = base * chance.choice((1.0, 1.0, 1.25))
                yield person(
                    chance, village, number, **{"person": each + 1, "n_hh": size, "n_villages": area, "weight": weight}
                )


def panel(chance: random.Random, villages: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Make two rounds of the same households; some drop out of the second and some join it."""
    for village, size in villages.items():
        taken = chance.sample(range(1, size + 1), 44)
        for number in taken[:40]:
            yield person(chance, village, number, round=1, n_hh=size, weight=size / 40)
        for number in sorted(taken[3:]):
            yield person(chance, village, number, round=2, n_hh=size, weight=size / 41)


def write(case: str, sheets: Iterator[dict[str, Any]]) -> None:
    """Write the sheets of one case."""
    with (HERE / f"{case}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *DIMENSIONS], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sheets)


if __name__ == "__main__":
    main()
