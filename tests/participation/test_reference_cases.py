"""The metric against the reference cases computed with R's `survey`, every case, group, variable and table."""

import json
from fractions import Fraction
from typing import Any

import pytest

from collector.participation.answers import Treatment, Variable
from collector.participation.errors import StratumTooSmall
from collector.participation.estimates import estimate_share
from collector.participation.exact import ExactVerdict
from collector.participation.intervals import clopper_pearson
from collector.participation.results import estimate_survey
from collector.participation.rounds import compare_fresh
from collector.participation.samples import count_needed, sample_for_chance, smallest_sample
from collector.participation.special import beta_quantile
from collector.participation.spread import all_yes_p
from collector.participation.survey import Survey, Where
from collector.participation.verdicts import Basis
from tests.participation.cases import (
    DIMENSIONS,
    NAMES,
    Design,
    differences,
    differences_of,
    in_group,
    in_village,
    make_rows,
    make_survey,
    read_expected,
    read_sheets,
)

EXPECTED = read_expected()
CASES = EXPECTED["cases"]
DESIGNS: dict[tuple[str, str], dict[str, Any]] = {
    ("c04_two_stage", "overall"): {"area_villages": 12},
    ("c15_one_adult_per_hh", "person_fpc"): {"population": "n_person"},
    ("c15_one_adult_per_hh", "no_fpc"): {"population": None},
}
APART = {"c12_lonely_psu", "c13_two_rounds_fresh"}
GROUPS = [(case, group) for case in CASES if case not in APART for group in CASES[case] if group != "exact"]


def variables(survey: Survey) -> dict[str, Variable]:
    every = [*survey.variables, survey.all_of_them, survey.mean]
    return {NAMES.get(variable.name, variable.name): variable for variable in every}


def domain_of(group: str) -> tuple[Treatment, Where | None]:
    if group == "answered_only":
        return Treatment.ANSWERED, None
    if group == "missing_as_yes":
        return Treatment.MISSING_AS_YES, None
    wheres = {"domain_female": in_group("gender", "F"), "domain_minority": in_group("ethnicity", "minority")}
    if group.startswith("village_"):
        return Treatment.STRICT, in_village(group.removeprefix("village_"))
    return Treatment.STRICT, wheres.get(group)


@pytest.mark.parametrize(("case", "group"), GROUPS, ids=str)
def test_estimates_agree_with_the_reference(case: str, group: str) -> None:
    survey = make_survey(case, **DESIGNS.get((case, group), {}))
    treatment, where = domain_of(group)
    for name, expected in CASES[case][group].items():
        found = estimate_share(survey, variables(survey)[name], treatment, where)
        assert found is not None
        assert differences_of(found, expected) == [], name


@pytest.mark.parametrize("case", ["c01_srs_fpc", "c02_strat_fpc", "c04_two_stage"])
def test_weights_left_out_follow_from_the_population(case: str) -> None:
    survey = make_survey(case, has_weights=False, **DESIGNS.get((case, "overall"), {}))
    for name, expected in CASES[case]["overall"].items():
        found = estimate_share(survey, variables(survey)[name])
        assert found is not None
        assert differences_of(found, expected) == [], name


@pytest.mark.parametrize(("case", "group"), [pair for pair in GROUPS if pair[1] == "overall"], ids=str)
def test_verdicts_agree_with_the_reference(case: str, group: str) -> None:
    results = estimate_survey(make_survey(case, **DESIGNS.get((case, group), {})))
    assert results is not None
    for result in results.dimensions:
        if result.judgement and result.judgement.basis is not Basis.EXACT:
            assert result.verdict == CASES[case][group][result.name]["verdict_kg_deff1"]


def test_a_village_with_a_single_answer_is_refused_by_name() -> None:
    assert CASES["c12_lonely_psu"]["fail"] == "error"
    with pytest.raises(StratumTooSmall) as refused:
        make_survey("c12_lonely_psu")
    assert refused.value.context == {"stratum": "C"}


@pytest.mark.parametrize("case", [case for case in CASES if "exact" in CASES[case]])
def test_exact_results_agree_with_the_reference(case: str) -> None:
    results = estimate_survey(make_survey(case))
    assert results is not None
    for result in (*results.dimensions, results.all_of_them):
        assert result.exact is not None
        assert exact_differences(result.exact, CASES[case]["exact"][NAMES.get(result.name, result.name)]) == []
    assert results.every_dimension == CASES[case]["exact"]["every_dimension"]


def exact_differences(found: ExactVerdict, expected: dict[str, Any]) -> list[str]:
    whole = {
        "N": found.population,
        "n": found.asked,
        "x": found.yes,
        "M0": found.needed,
        "certain": list(found.certain),
        "certain_verdict": found.certain_verdict,
        "ci95": list(found.ci95),
        "ci90": list(found.ci90),
        "verdict": found.verdict,
    }
    lines = [f"{name}: {value}" for name, value in whole.items() if value != expected[name]]
    chances = differences([found.p_met, found.p_not_met], [expected["p_met"], expected["p_not_met"]])
    return [*lines, *chances]


@pytest.mark.parametrize("row", EXPECTED["exact_hypergeometric"], ids=json.dumps)
def test_the_hypergeometric_table_agrees(row: dict[str, Any]) -> None:
    assert exact_differences(ExactVerdict(row["N"], row["n"], row["x"]), row) == []


@pytest.mark.parametrize("row", EXPECTED["stratified_all_yes"], ids=json.dumps)
def test_the_all_yes_table_agrees(row: dict[str, Any]) -> None:
    assert differences(all_yes_p(row["N"], row["n"]), row["p"]) == []


@pytest.mark.parametrize("row", EXPECTED["min_sample_size"], ids=json.dumps)
def test_the_table_of_smallest_samples_agrees(row: dict[str, Any]) -> None:
    population = row["N"]
    assert count_needed(population) == row["M0"]
    for short in (0, 1, 2, 3, 5):
        assert smallest_sample(population, short) == row[f"n_{short}_no"]
    for truth in (95, 97):
        assert sample_for_chance(population, Fraction(truth, 100)) == row[f"n_power80_if_{truth}"]


@pytest.mark.parametrize("row", EXPECTED["binomial"], ids=json.dumps)
def test_the_binomial_table_agrees(row: dict[str, Any]) -> None:
    x, n = row["x"], row["n"]
    for ci, tail in (("ci90", 0.05), ("ci95", 0.025)):
        assert differences(list(clopper_pearson(x, n, tail)), row[ci]["clopper_pearson"]) == []
        jeffreys = [0.0 if x == 0 else beta_quantile(x + 0.5, n - x + 0.5, tail)]
        jeffreys.append(1.0 if x == n else beta_quantile(x + 0.5, n - x + 0.5, 1 - tail))
        assert differences(jeffreys, row[ci]["jeffreys"]) == []


def test_two_fresh_rounds_agree_with_the_reference() -> None:
    first, second = (survey_of_round(number) for number in ("1", "2"))
    for name, expected in CASES["c13_two_rounds_fresh"].items():
        one, other = (estimate_share(survey, variables(survey)[name]) for survey in (first, second))
        assert one is not None
        assert other is not None
        change = compare_fresh(one, other)
        found = [one.p, other.p, one.se, other.se, change.covariance, change.diff, change.se, change.df]
        wanted = [expected[key] for key in ("p1", "p2", "se1", "se2", "cov12", "diff", "se", "df")]
        assert differences(found, wanted) == [], name
        assert differences(list(change.mover90 or ()), expected["ci90"]["mover_beta"]) == [], name
        assert differences(list(change.mover95 or ()), expected["ci95"]["mover_beta"]) == [], name


def survey_of_round(number: str) -> Survey:
    sheets = [sheet for sheet in read_sheets("c13_two_rounds_fresh") if sheet["round"] == number]
    sizes = {sheet["village"]: int(sheet["n_hh"]) for sheet in sheets}
    return Survey(make_rows(sheets), DIMENSIONS, Design(populations=sizes))
