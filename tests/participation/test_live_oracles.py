"""The metric against `svy` and scipy, which are installed for tests only, on invented answers of this very run."""

import random

import pytest

from collector.participation.answers import Answer, Row
from collector.participation.design import Design
from collector.participation.estimates import estimate_share
from collector.participation.hypergeometric import lower_tail, upper_tail
from collector.participation.special import beta_quantile, incomplete_beta, t_quantile
from collector.participation.survey import Survey
from tests.participation.cases import differences

polars = pytest.importorskip("polars")
svy = pytest.importorskip("svy")
special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")


def make_rows(chance: random.Random, villages: dict[str, int]) -> list[Row]:
    rows = []
    for village, size in villages.items():
        asked = size // 4
        for household in range(asked):
            for _ in range(chance.choice((1, 1, 2, 3))):
                answer = chance.choices((Answer.YES, Answer.NO), (0.85, 0.15))[0]
                weight = size / asked * chance.choice((1.0, 1.5, 2.0))
                groups = {"sex": chance.choice("FM")}
                rows.append(Row(village, (answer,), f"{village}-{household}", weight, groups))
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_shares_and_standard_errors_agree_with_svy(seed: int) -> None:
    chance = random.Random(seed)
    villages = {name: chance.randrange(40, 200) for name in "ABCD"}
    rows = make_rows(chance, villages)
    frame = polars.DataFrame(
        {
            "y": [float(row.answers[0] is Answer.YES) for row in rows],
            "village": [row.stratum for row in rows],
            "hh": [row.cluster for row in rows],
            "weight": [row.weight for row in rows],
            "size": [villages[row.stratum] for row in rows],
            "sex": [row.groups["sex"] for row in rows],
        }
    )
    design = svy.Design(stratum="village", psu="hh", wgt="weight", pop_size="size")
    sample = svy.Sample(data=frame, design=design)
    survey = Survey(rows, ("know",), Design(villages))
    [know] = survey.variables
    [whole] = sample.estimation.mean(y="y").estimates
    ours = estimate_share(survey, know)
    assert ours is not None
    assert differences([ours.p, ours.se, ours.df, ours.n], [whole.est, whole.se, whole.df, whole.n]) == []
    for theirs in sample.estimation.mean(y="y", by="sex").estimates:
        sex = theirs.by_level[0] if isinstance(theirs.by_level, list | tuple) else theirs.by_level
        part = estimate_share(survey, know, where=lambda row, sex=sex: row.groups["sex"] == sex)
        assert part is not None
        assert differences([part.p, part.se], [theirs.est, theirs.se]) == []


def test_special_functions_agree_with_scipy() -> None:
    chance = random.Random(3)
    for _ in range(400):
        a, b = 10 ** chance.uniform(-0.5, 4), 10 ** chance.uniform(-0.5, 4)
        q = chance.choice((0.0125, 0.025, 0.05, 0.5, 0.95, 0.975))
        x = special.betaincinv(a, b, q)
        assert beta_quantile(a, b, q) == pytest.approx(x, rel=1e-10, abs=1e-14)
        assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-9)
    for df in (1, 2, 3, 4, 7, 19, 38, 112, 1000, 30_000):
        for q in (0.9, 0.95, 0.975, 0.9875):
            assert t_quantile(q, df) == pytest.approx(stats.t.ppf(q, df), rel=1e-10)


def test_tails_agree_with_scipy_up_to_a_hundred_thousand() -> None:
    chance = random.Random(4)
    for _ in range(150):
        population = chance.choice((30, 500, 20_000, 100_000))
        yes, asked = chance.randrange(1, population), chance.randrange(1, population)
        law = stats.hypergeom(population, yes, asked)
        x = int(law.mean() + chance.uniform(-4, 4) * law.std())
        assert upper_tail(population, yes, asked, x) == pytest.approx(law.sf(x - 1), rel=1e-8, abs=1e-200)
        assert lower_tail(population, yes, asked, x) == pytest.approx(law.cdf(x), rel=1e-8, abs=1e-200)
