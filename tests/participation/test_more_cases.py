"""Further cases against R's `survey`: clusters, weights, post-strata, raking, two stages, a panel.

`oracle/make_answers.py` and `oracle/make_expected.R` made them; R is not needed here.
"""

import pytest

from collector.participation.answers import Treatment
from collector.participation.design import Design, PostStratification, Raking
from collector.participation.estimates import estimate_share
from collector.participation.rounds import compare_panel
from collector.participation.survey import Survey
from tests.participation.cases import (
    differences,
    differences_of,
    in_group,
    make_survey,
    read_expected,
)
from tests.participation.test_reference_cases import domain_of, variables

CASES = read_expected("expected_more.json")["cases"]
CELLS = PostStratification(
    ("gender", "ethnicity"),
    {("F", "majority"): 81, ("F", "minority"): 119, ("M", "majority"): 72, ("M", "minority"): 122},
)
DESIGNS: dict[str, Design] = {
    "d02_post_strata": Design(calibration=CELLS),
    "d03_raked": Design(
        calibration=Raking({"gender": {"F": 205, "M": 189}, "ethnicity": {"majority": 151, "minority": 243}})
    ),
    "d05_two_stages_clusters": Design(area_villages=9),
    "d08_raked_one_village": Design(
        calibration=Raking({"gender": {"F": 93, "M": 107}, "ethnicity": {"majority": 70, "minority": 130}})
    ),
}
GROUPS = [(case, group) for case in CASES if case != "d06_panel" for group in CASES[case]]


def survey_of(case: str, group: str = "overall") -> Survey:
    design = DESIGNS.get(case, Design())
    calibration = CELLS if group == "post_strata" else design.calibration
    return make_survey(case, area_villages=design.area_villages, calibration=calibration)


@pytest.mark.parametrize(("case", "group"), GROUPS, ids=str)
def test_estimates_agree_with_r(case: str, group: str) -> None:
    survey = survey_of(case, group)
    treatment, where = domain_of(group)
    for name, expected in CASES[case][group].items():
        found = estimate_share(survey, variables(survey)[name], treatment, where)
        assert found is not None
        assert differences_of(found, expected) == [], name


def test_a_panel_agrees_with_r_and_its_covariance_counts() -> None:
    survey = survey_of("d06_panel")
    for name, expected in CASES["d06_panel"].items():
        change = compare_panel(survey, variables(survey)[name], (in_group("round", "1"), in_group("round", "2")))
        assert change is not None
        one, other = change.first, change.second
        found = [one.p, other.p, one.se, other.se, change.covariance, change.diff, change.se, change.df]
        wanted = [expected[key] for key in ("p1", "p2", "se1", "se2", "cov12", "diff", "se", "df")]
        assert differences(found, wanted) == [], name
        assert differences(list(change.mover90 or ()), expected["ci90"]["mover_beta"]) == [], name
        assert differences(list(change.mover95 or ()), expected["ci95"]["mover_beta"]) == [], name
        assert change.covariance != 0


def test_weights_in_other_units_change_nothing_but_the_limit() -> None:
    survey = survey_of("d01_household_clusters")
    from dataclasses import replace

    scaled = Survey(
        [replace(row, weight=(row.weight or 0) * 7) for row in survey.rows], survey.dimensions, survey.design
    )
    for variable in survey.variables:
        one, other = (estimate_share(each, variable, Treatment.STRICT) for each in (survey, scaled))
        assert one is not None
        assert other is not None
        assert differences([other.p, other.se, other.df], [one.p, one.se, one.df], 1e-12) == []
