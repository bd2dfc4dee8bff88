"""What must hold for any answers at all."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.participation.answers import Answer, Row, Treatment
from collector.participation.design import Design
from collector.participation.estimates import estimate_share
from collector.participation.exact import ExactVerdict
from collector.participation.hypergeometric import exact_upper_tail, is_upper_at_most, lower_tail, upper_tail
from collector.participation.intervals import Sizes, kg_deff1
from collector.participation.judging import Case, judge
from collector.participation.moments import linearise, tally
from collector.participation.results import estimate_survey
from collector.participation.rounds import compare_fresh
from collector.participation.samples import allocate_sample, smallest_sample
from collector.participation.special import beta_quantile, incomplete_beta, t_quantile
from collector.participation.spread import all_yes_p
from collector.participation.survey import Survey
from collector.participation.verdicts import ALPHA, Verdict
from tests.participation.strategies import surveys

RANK = {Verdict.NOT_MET: 0, Verdict.NOT_ENOUGH_EVIDENCE: 1, Verdict.MET: 2}


@st.composite
def villages(draw: st.DrawFn, most: int = 300) -> tuple[int, int, int]:
    """Draw people, asked, yes."""
    population = draw(st.integers(1, most))
    asked = draw(st.integers(1, population))
    return population, asked, draw(st.integers(0, asked))


@settings(max_examples=150, deadline=None)
@given(surveys(), st.sampled_from([None, "F", "M"]))
def test_nothing_leaves_the_unit_interval_and_no_interval_excludes_its_estimate(
    survey: Survey, sex: str | None
) -> None:
    where = None if sex is None else (lambda row: row.groups["sex"] == sex)
    results = estimate_survey(survey, where)
    if results is None:
        assert sex not in {row.groups["sex"] for row in survey.rows}
        return
    for result in (*results.dimensions, results.all_of_them, results.mean):
        for estimate in filter(None, (result.strict, result.answered, result.missing_as_yes)):
            assert estimate.variance >= 0
            for low, high in (estimate.ci90, estimate.ci95, estimate.shown90):
                assert 0 <= low <= estimate.p <= high <= 1
            assert estimate.ci95[0] <= estimate.ci90[0] + 1e-12
            assert estimate.ci90[1] <= estimate.ci95[1] + 1e-12
        low, high = result.missing_range
        assert low <= high + 1e-12
    every = results.every_dimension
    if every is Verdict.MET:
        assert all(result.verdict is Verdict.MET for result in results.dimensions)


@settings(max_examples=60, deadline=None)
@given(surveys(), surveys())
def test_a_change_stays_between_minus_one_and_one_and_in_its_interval(one: Survey, other: Survey) -> None:
    for variable in (*one.variables, one.all_of_them):
        first, second = estimate_share(one, variable), estimate_share(other, variable)
        assert first is not None
        assert second is not None
        change = compare_fresh(first, second)
        for interval in filter(None, (change.mover90, change.mover95)):
            assert -1 <= interval[0] <= change.diff + 1e-12
            assert change.diff - 1e-12 <= interval[1] <= 1


@settings(max_examples=100, deadline=None)
@given(surveys(is_plain=True), st.sampled_from(list(Treatment)))
def test_counting_and_going_row_by_row_agree(survey: Survey, treatment: Treatment) -> None:
    for variable in (*survey.variables, survey.all_of_them, survey.mean):
        scores = survey.score(variable, treatment)
        counted, by_row = tally(survey, scores), linearise(survey, scores)
        if counted is None or by_row is None:
            assert counted is by_row
            continue
        assert counted.p == pytest.approx(by_row.p, rel=1e-12)
        assert counted.variance == pytest.approx(by_row.variance, rel=1e-9, abs=1e-25)
        assert (counted.n, counted.yes, counted.clusters) == (by_row.n, pytest.approx(by_row.yes), by_row.clusters)


@settings(max_examples=60, deadline=None)
@given(surveys(is_plain=True), st.integers(2, 4))
def test_counted_rows_give_the_figures_of_the_rows_they_stand_for(survey: Survey, times: int) -> None:
    populations = {name: size * times for name, size in survey.design.populations.items()}
    design = Design(populations)
    counted = [replace(row, count=n * times) for row, n in zip(survey.rows, survey.counts, strict=True)]
    spelled = [
        replace(row, cluster=f"{i}-{j}", count=1)
        for i, (row, n) in enumerate(zip(survey.rows, survey.counts, strict=True))
        for j in range(n * times)
    ]
    results = [estimate_survey(Survey(rows, survey.dimensions, design)) for rows in (counted, spelled)]
    assert results[0] == results[1]


@settings(max_examples=200, deadline=None)
@given(villages())
def test_another_yes_never_makes_the_exact_verdict_worse(village: tuple[int, int, int]) -> None:
    population, asked, yes = village
    now = ExactVerdict(population, asked, yes)
    if yes < asked:
        better = ExactVerdict(population, asked, yes + 1)
        assert RANK[better.verdict] >= RANK[now.verdict]
        assert RANK[better.certain_verdict] >= RANK[now.certain_verdict]
        assert better.ci90[0] >= now.ci90[0]
        assert better.ci90[1] >= now.ci90[1]
    if asked < population:
        assert RANK[ExactVerdict(population, asked + 1, yes + 1).verdict] >= RANK[now.verdict]


@settings(max_examples=200, deadline=None)
@given(villages())
def test_exact_intervals_hold_the_estimate_and_agree_with_the_verdict(village: tuple[int, int, int]) -> None:
    exact = ExactVerdict(*village)
    population, asked, yes = village
    for low, high in (exact.ci90, exact.ci95):
        assert exact.certain[0] <= low <= high <= exact.certain[1]
        assert low <= math.ceil(population * yes / asked)
        assert high >= math.floor(population * yes / asked)
    assert (exact.verdict is Verdict.MET) == (exact.ci90[0] >= exact.needed)
    assert (exact.verdict is Verdict.NOT_MET) == (exact.ci90[1] < exact.needed)


@settings(max_examples=60, deadline=None)
@given(villages(most=60))
def test_further_interviews_are_the_fewest_that_could_settle_it(village: tuple[int, int, int]) -> None:
    population, asked, yes = village
    exact = ExactVerdict(population, asked, yes)
    settling = [
        more
        for more in range(population - asked + 1)
        if any(
            ExactVerdict(population, asked + more, yes + also).verdict is not Verdict.NOT_ENOUGH_EVIDENCE
            for also in range(more + 1)
        )
    ]
    assert exact.further == min(settling)
    assert exact.certain_further <= population - asked


@settings(max_examples=200, deadline=None)
@given(villages(), st.integers(0, 300))
def test_tails_agree_with_whole_numbers(village: tuple[int, int, int], would: int) -> None:
    population, asked, yes = village
    would = min(would, population)
    exact = exact_upper_tail(population, would, asked, yes)
    assert upper_tail(population, would, asked, yes) == pytest.approx(float(exact), rel=1e-12, abs=1e-300)
    below = 1 - exact_upper_tail(population, would, asked, yes + 1)
    assert lower_tail(population, would, asked, yes) == pytest.approx(float(below), rel=1e-12, abs=1e-300)
    assert is_upper_at_most(population, would, asked, yes, exact)
    if exact:
        assert not is_upper_at_most(population, would, asked, yes, exact - Fraction(1, 10**40))


def test_a_level_hit_exactly_counts_as_reached() -> None:
    # 1 of 20 would say no, 19 are asked, all say yes: the chance is 1/20 and not a hair more.
    assert exact_upper_tail(20, 19, 19, 19) == ALPHA
    assert is_upper_at_most(20, 19, 19, 19, ALPHA)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2, 12), min_size=1, max_size=3), st.data())
def test_the_all_yes_rule_finds_the_worst_spread(populations: list[int], data: st.DataObject) -> None:
    asked = [data.draw(st.integers(1, size)) for size in populations]
    total = sum(populations)
    wanted = -(-9 * total // 10) - 1
    chances = [
        math.prod(math.comb(m, n) / math.comb(size, n) for m, n, size in zip(spread, asked, populations, strict=True))
        for spread in product(*(range(size + 1) for size in populations))
        if sum(spread) == wanted
    ]
    assert all_yes_p(populations, asked) == pytest.approx(max(chances), rel=1e-12, abs=1e-300)


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-3, 2e4), st.floats(1e-3, 2e4), st.sampled_from([0.0125, 0.025, 0.05, 0.5, 0.95, 0.975, 0.9875]))
def test_the_quantile_undoes_the_incomplete_beta(a: float, b: float, q: float) -> None:
    x = beta_quantile(a, b, q)
    assert 0 <= x <= 1
    if 1e-12 < x < 1:
        # No float between the neighbours of x can be nearer, so the tail at one of them is as far as it may be off.
        below, above = (incomplete_beta(a, b, math.nextafter(x, end)) for end in (0, 1))
        assert below - 1e-9 * q <= q <= above + 1e-9 * q
    if 1e-6 < x < 1:
        step = incomplete_beta(a, b, math.nextafter(x, 1)) - incomplete_beta(a, b, math.nextafter(x, 0))
        assert incomplete_beta(a, b, x) + incomplete_beta(b, a, 1 - x) == pytest.approx(1, abs=1e-9 + step)


def test_the_t_quantile_is_known_at_one_two_and_many_degrees() -> None:
    assert t_quantile(0.975, 1) == pytest.approx(math.tan(math.pi * 0.475), rel=1e-12)
    assert t_quantile(0.95, 2) == pytest.approx(0.9 / math.sqrt(2 * 0.95 * 0.05), rel=1e-12)
    assert t_quantile(0.975, 1e7) == pytest.approx(1.959964, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1), st.floats(0, 0.3), st.integers(1, 500), st.integers(0, 499), st.floats(1, 1e5))
def test_kg_deff1_stays_in_bounds(p: float, variance: float, n: int, df: int, population: float) -> None:
    for limited in (True, False):
        low, high = kg_deff1(p, variance, 0.05, Sizes(n, df, population), is_limited=limited)
        assert 0 <= low <= p <= high <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(2, 60), st.integers(0, 40), st.integers(0, 40), st.data())
def test_another_yes_never_makes_the_verdict_over_villages_worse(
    a: int, b: int, rest_a: int, rest_b: int, data: st.DataObject
) -> None:
    """Within one village the answers change, everything else stays."""
    x = data.draw(st.integers(0, a - 1))
    y = data.draw(st.integers(0, b))
    found = []
    for yes in (x, x + 1):
        counts = {("A", Answer.YES): yes, ("A", Answer.NO): a - yes, ("B", Answer.YES): y, ("B", Answer.NO): b - y}
        rows = [Row(name, (answer,), count=n) for (name, answer), n in counts.items() if n]
        survey = Survey(rows, ("know",), Design({"A": a + rest_a, "B": b + rest_b}))
        estimate = estimate_share(survey, survey.variables[0])
        assert estimate is not None
        found.append((estimate.p, judge(Case(survey, survey.variables[0], estimate)).verdict))
    assert found[1][0] > found[0][0]
    assert not (found[0][1] is Verdict.MET and found[1][1] is Verdict.NOT_MET)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 400), min_size=1), st.integers(1, 900))
def test_an_allocation_adds_up_and_asks_enough_of_every_village(populations: dict[str, int], size: int) -> None:
    asked = allocate_sample(size, populations)
    least = {name: min(5, population) for name, population in populations.items()}
    assert sum(asked.values()) == min(max(size, sum(least.values())), sum(populations.values()))
    total = sum(populations.values())
    for name, population in populations.items():
        assert least[name] <= asked[name] <= population
        if all(size * each / total >= 5 for each in populations.values()):
            assert abs(asked[name] - min(size, total) * population / total) < 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(0, 4))
def test_the_smallest_sample_is_the_smallest(population: int, short: int) -> None:
    found = smallest_sample(population, short)
    met = [
        n
        for n in range(short, population + 1)
        if ExactVerdict(population, n, n - short).verdict is Verdict.MET and n > 0
    ]
    assert found == (met[0] if met else None)
