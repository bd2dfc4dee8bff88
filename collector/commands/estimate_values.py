"""The results of `collector estimate` as one JSON object: per dimension, `all`, `mean`, `every_dimension`."""

from collections.abc import Sequence
from typing import Any

from collector.commands.estimating import Compared
from collector.participation.estimates import Estimate
from collector.participation.exact import ExactVerdict
from collector.participation.results import Result, Results
from collector.participation.verdicts import Verdict


def result_values(results: Results) -> dict[str, Any]:
    """Give the results of a file; the exact ones stand in their dimension and once more together."""
    lines = [*results.dimensions, results.all_of_them, results.mean]
    values: dict[str, Any] = {result.name: _result_values(result) for result in lines}
    values["every_dimension"] = results.every_dimension.value
    exact = {result.name: _exact_values(result.exact) for result in lines if result.exact}
    if exact:
        values["exact"] = {**exact, "every_dimension": results.every_dimension.value}
    if results.merged_cells:
        values["merged_cells"] = [[list(cell) for cell in cells] for cells in results.merged_cells]
    return values


def change_values(names: tuple[str, str], compared: Sequence[Compared], later: Results) -> dict[str, Any]:
    """Give the comparison of two rounds; verdicts are those on the later round."""
    values: dict[str, Any] = {each.name: _change_values(each) for each in compared}
    values["every_dimension"] = later.every_dimension.value
    values["rounds"] = list(names)
    return values


def _result_values(result: Result) -> dict[str, Any]:
    judged = result.judgement
    values: dict[str, Any] = {
        **_estimate_values(result.strict, has_interval=result.has_interval),
        "yes": result.strict.yes if result.strict.is_mean else round(result.strict.yes),
        "answered": result.answered and _estimate_values(result.answered, has_interval=result.has_interval),
        "missing_range": list(result.missing_range) if result.has_interval else None,
        "certain": result.strict.certain and list(result.strict.certain),
        "verdict": result.verdict,
        "judged_on": judged.basis.value if judged else None,
        "reasons": [reason.value for reason in judged.reasons] if judged else [],
        "depends_on_unanswered": result.depends_on_unanswered,
        "further": result.further,
    }
    if result.exact:
        values["exact"] = _exact_values(result.exact)
    return values


def _estimate_values(estimate: Estimate, *, has_interval: bool) -> dict[str, Any]:
    if not has_interval:
        empty = dict.fromkeys(("p", "se", "df", "n_eff", "ci90", "ci95", "shown90"))
        return {**empty, "n": estimate.n}
    return {
        "p": estimate.p,
        "se": estimate.se,
        "df": estimate.df,
        "n": estimate.n,
        "n_eff": estimate.n_eff,
        "ci90": list(estimate.ci90),
        "ci95": list(estimate.ci95),
        "shown90": list(estimate.shown90),
    }


def _exact_values(exact: ExactVerdict) -> dict[str, Any]:
    return {
        "N": exact.population,
        "n": exact.asked,
        "x": exact.yes,
        "M0": exact.needed,
        "certain": list(exact.certain),
        "certain_verdict": exact.certain_verdict.value,
        "p_met": exact.p_met,
        "p_not_met": exact.p_not_met,
        "ci90": list(exact.ci90),
        "ci95": list(exact.ci95),
        "verdict": exact.verdict.value,
        "further": exact.further,
        "further_to_met": exact.further_to_met,
        "further_to_not_met": exact.further_to_not_met,
    }


def _change_values(compared: Compared) -> dict[str, Any]:
    change, later = compared.change, compared.later
    if change is None:
        empty = ("p1", "p2", "se1", "se2", "cov12", "diff", "se", "df", "mover90", "mover95")
        return {**dict.fromkeys(empty), "verdict": Verdict.NOT_COMPARABLE.value, "is_fact": False}
    return {
        "p1": change.first.p,
        "p2": change.second.p,
        "se1": change.first.se,
        "se2": change.second.se,
        "n1": change.first.n,
        "n2": change.second.n,
        "cov12": change.covariance,
        "diff": change.diff,
        "se": change.se,
        "df": change.df,
        "mover90": change.mover90 and list(change.mover90),
        "mover95": change.mover95 and list(change.mover95),
        "is_fact": change.is_fact,
        "verdict": later.verdict if later else None,
    }
