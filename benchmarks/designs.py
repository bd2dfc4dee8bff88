"""How often a failing area, one yes short of 90 %, is called "met": by simulation over many designs.

The budget is 8 % in every design. The designs differ in the number and size of villages, in the shares asked, in where
the missing yes live, and in whether whole households or one adult of each are asked. The first ones broke the
rule before it had its guards, and so did those in which few are left.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb

from benchmarks.table import Figure
from collector.participation.answers import Answer, Row
from collector.participation.design import Design
from collector.participation.estimates import estimate_share
from collector.participation.exact import count_needed
from collector.participation.judging import Case, judge
from collector.participation.survey import Survey
from collector.participation.verdicts import Verdict

BUDGET = 8.0
VILLAGES: list[tuple[list[int], list[int]]] = [
    ([100, 30], [5, 30]),
    ([60, 120, 200], [10, 20, 10]),
    ([64, 95, 142, 288], [12, 17, 25, 50]),
    ([120, 120], [40, 40]),
    ([100, 100, 100], [30, 30, 30]),
    ([80] * 5, [16] * 5),
    ([62, 75, 88, 90, 104, 110, 118, 127, 139, 150], [9, 11, 12, 13, 15, 16, 17, 18, 19, 20]),
    ([50, 300], [10, 60]),
    ([30, 40, 50], [20, 27, 33]),
    ([100] * 10, [10] * 10),
    ([200, 50], [100, 25]),
    ([100] * 4, [50] * 4),
    ([50] * 20, [5] * 20),
    ([90, 130, 40], [21, 30, 10]),
    ([300, 310], [36, 52]),
    ([25, 25, 25, 25], [13, 14, 15, 16]),
    ([35, 94], [33, 94]),
    ([31, 198], [25, 195]),
    ([60, 80, 100], [50, 72, 94]),
    ([38, 31], [18, 15]),
    ([72, 197], [62, 187]),
]
"""Households of each village, and how many of them are asked."""
HOUSEHOLDS: list[tuple[list[int], list[int]]] = [
    ([60, 60], [25, 25]),
    ([80, 120], [20, 30]),
    ([50, 70, 90], [20, 28, 36]),
    ([100], [40]),
    ([40] * 6, [10] * 6),
    ([60, 60], [52, 56]),
]
"""The same for designs in which every adult of a household, or one of them, is asked."""


@dataclass(frozen=True)
class Area:
    """An area that fails by one yes, and how it is asked; `draw` gives verdicts with how often each came."""

    name: str
    draw: Callable[[random.Random, int], Iterator[tuple[Verdict, int]]]
    ease: int = 1


def measure_designs(samples: int, seed: int = 90) -> list[Figure]:
    """Simulate every design and give the share called "met", in percent.

    Designs of single answers repeat the same few counts, so they are simulated ten times as often for the same effort.
    """
    return [
        Figure(
            area.name,
            100 * share_met(area, samples * area.ease, random.Random(f"{seed} {area.name}")),
            None,
            BUDGET,
            "%",
        )
        for area in list_areas()
    ]


def share_met(area: Area, samples: int, chance: random.Random) -> float:
    """Give the share of samples from a failing area that are called "met"."""
    met = sum(times for verdict, times in area.draw(chance, samples) if verdict is Verdict.MET)
    return met / samples


def list_areas() -> list[Area]:
    """List all designs with every way the missing yes are spread."""
    areas = []
    for populations, asked in VILLAGES:
        for where in ("spread out", "in the smallest", "in the largest"):
            lives = place_missing(populations, where)
            name = f"{_say(populations, asked)}, missing {where}"
            areas.append(Area(name, _drawing_singles(populations, asked, lives), ease=10))
    for populations, asked in HOUSEHOLDS:
        for one_adult in (False, True):
            who = "one adult" if one_adult else "all adults"
            for where in ("households alike", "adults apart"):
                draw = _drawing_adults(populations, asked, where == "households alike", one_adult)
                areas.append(Area(f"{_say(populations, asked)}, {who}, {where}", draw))
    return areas


def _say(populations: Sequence[int], asked: Sequence[int]) -> str:
    if len(populations) > 4:
        return f"{sum(asked)} of {sum(populations)} in {len(populations)} villages"
    return " + ".join(f"{n} of {size}" for n, size in zip(asked, populations, strict=True))


def place_missing(populations: Sequence[int], where: str) -> list[int]:
    """Give how many of each village would say yes, one short of the target in all."""
    missing = sum(populations) - count_needed(sum(populations)) + 1
    left = list(populations)
    if where == "spread out":
        for _ in range(missing):
            left[max(range(len(left)), key=lambda i: left[i] / populations[i])] -= 1
        return left
    order = sorted(range(len(left)), key=lambda i: populations[i], reverse=where == "in the largest")
    for i in order:
        taken = min(missing, left[i])
        left[i] -= taken
        missing -= taken
    return left


def judge_counts(populations: Sequence[int], asked: Sequence[int], yes: Sequence[int]) -> Verdict:
    """Judge the answers of clusters of one, given as counts per village."""
    rows = []
    for i, (n, x) in enumerate(zip(asked, yes, strict=True)):
        rows += [Row(str(i), (answer,), count=k) for answer, k in ((Answer.YES, x), (Answer.NO, n - x)) if k]
    return _judge(Survey(rows, ("know",), Design({str(i): size for i, size in enumerate(populations)})))


def _judge(survey: Survey) -> Verdict:
    [variable] = survey.variables
    estimate = estimate_share(survey, variable)
    assert estimate is not None
    return judge(Case(survey, variable, estimate)).verdict


def _drawing_singles(
    populations: Sequence[int], asked: Sequence[int], lives: Sequence[int]
) -> Callable[[random.Random, int], Iterator[tuple[Verdict, int]]]:
    def draw(chance: random.Random, samples: int) -> Iterator[tuple[Verdict, int]]:
        columns = []
        for size, n, yes in zip(populations, asked, lives, strict=True):
            ways = [comb(yes, x) * comb(size - yes, n - x) for x in range(n + 1)]
            most = max(ways)
            columns.append(chance.choices(range(n + 1), [way / most for way in ways], k=samples))
        for counts, times in Counter(zip(*columns, strict=True)).items():
            yield judge_counts(populations, asked, counts), times

    return draw


def _drawing_adults(
    populations: Sequence[int], asked: Sequence[int], alike: bool, one_adult: bool
) -> Callable[[random.Random, int], Iterator[tuple[Verdict, int]]]:
    def draw(chance: random.Random, samples: int) -> Iterator[tuple[Verdict, int]]:
        villages = _settle(chance, populations, alike)
        ask = _ask_one_adult if one_adult else _ask_all_adults
        for _ in range(samples):
            yield _judge(ask(chance, villages, asked)), 1

    return draw


def _settle(chance: random.Random, populations: Sequence[int], alike: bool) -> list[list[list[bool]]]:
    """Make villages of households of one to four adults; the missing yes live together or apart."""
    villages = [[[True] * chance.choice((1, 2, 2, 3, 4)) for _ in range(size)] for size in populations]
    homes = [household for village in villages for household in village]
    adults = sum(map(len, homes))
    missing = adults - count_needed(adults) + 1
    places = [(household, i) for household in homes for i in range(len(household))]
    if alike:
        chance.shuffle(homes)
        places = [(household, i) for household in homes for i in range(len(household))]
    else:
        chance.shuffle(places)
    for household, i in places[:missing]:
        household[i] = False
    return villages


def _ask_all_adults(chance: random.Random, villages: list[list[list[bool]]], asked: Sequence[int]) -> Survey:
    rows = []
    for v, (village, n) in enumerate(zip(villages, asked, strict=True)):
        for h in chance.sample(range(len(village)), n):
            rows += [_row(v, says, cluster=str(h), weight=len(village) / n) for says in village[h]]
    return Survey(rows, ("know",), Design({str(v): len(village) for v, village in enumerate(villages)}))


def _ask_one_adult(chance: random.Random, villages: list[list[list[bool]]], asked: Sequence[int]) -> Survey:
    rows = []
    for v, (village, n) in enumerate(zip(villages, asked, strict=True)):
        for household in chance.sample(village, n):
            rows.append(_row(v, chance.choice(household), weight=len(village) / n * len(household)))
    return Survey(rows, ("know",), Design({str(v): sum(map(len, village)) for v, village in enumerate(villages)}))


def _row(village: int, says: bool, cluster: str | None = None, weight: float | None = None) -> Row:
    return Row(str(village), (Answer.YES if says else Answer.NO,), cluster=cluster, weight=weight)
