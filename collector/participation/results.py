"""All figures of one survey: every dimension, all of them together, their mean, and the plan's sentence.

This is what the results page, the report and `collector estimate` show.
"""

from dataclasses import dataclass
from fractions import Fraction

from collector.participation.answers import Treatment, Variable
from collector.participation.design import Chosen
from collector.participation.estimates import Estimate, estimate_share
from collector.participation.exact import ExactVerdict
from collector.participation.intervals import Interval
from collector.participation.judging import Case, Judgement, judge
from collector.participation.survey import Survey, Where
from collector.participation.verdicts import Basis, Verdict, judge_every_dimension


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the results.

    `strict` counts everything but yes as not-yes and is what the verdict is on; `answered` is the share among those
    who answered (None: nobody did); `missing_as_yes` is the other end of `missing_range`. `judgement` is None for the
    mean, which is for charts only. `exact` is there for one village with equal chances.
    """

    name: str
    strict: Estimate
    answered: Estimate | None
    missing_as_yes: Estimate
    judgement: Judgement | None
    exact: ExactVerdict | None
    depends_on_unanswered: bool
    has_interval: bool
    target: Fraction

    @property
    def shown(self) -> Interval | None:
        """What people are shown as the range: what is certain if it was judged on that, else the clipped interval.

        None: respondents were not drawn and it is not known out of how many.
        """
        if self.judgement and self.judgement.basis is Basis.CERTAIN_RANGE:
            return self.strict.certain
        return self.strict.shown90 if self.has_interval else None

    @property
    def further(self) -> int | None:
        """The fewest further interviews that could settle it, 0 if it is settled; None if that is not known."""
        if self.exact is None or self.judgement is None:
            return None
        if self.judgement.basis is Basis.CERTAIN_RANGE:
            return self.exact.certain_further
        return self.exact.further

    @property
    def missing_range(self) -> tuple[float, float]:
        """The share if all missing answers were no, and if all were yes."""
        return self.strict.p, self.missing_as_yes.p

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, None for the mean."""
        return self.judgement.verdict if self.judgement else None


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a survey or of a domain of it."""

    dimensions: tuple[Result, ...]
    all_of_them: Result
    mean: Result
    every_dimension: Verdict
    merged_cells: tuple[tuple[tuple[str, ...], ...], ...] = ()


def estimate_survey(survey: Survey, where: Where | None = None) -> Results | None:
    """Estimate everything, for all or for those picked by `where`; None if that is nobody."""
    shares = len(survey.dimensions)
    found = [_estimate(survey, variable, where, shares) for variable in survey.variables]
    dimensions = tuple(each for each in found if each is not None)
    all_of_them = _estimate(survey, survey.all_of_them, where)
    mean = _estimate(survey, survey.mean, where)
    if all_of_them is None or mean is None or not dimensions:
        return None
    judged = [each.judgement for each in dimensions if each.judgement]
    every = judge_every_dimension((each.verdict, each.is_below_at_share) for each in judged)
    merged = survey.calibration.merged if survey.calibration else ()
    return Results(dimensions, all_of_them, mean, every, merged)


def _estimate(survey: Survey, variable: Variable, where: Where | None, shares: int = 1) -> Result | None:
    strict = estimate_share(survey, variable, Treatment.STRICT, where)
    best = estimate_share(survey, variable, Treatment.MISSING_AS_YES, where)
    if strict is None or best is None:
        return None
    case = Case(survey, variable, strict, where=where)
    judgement = None if variable.is_mean else judge(case, shares)
    depends = False
    if judgement and best.yes != strict.yes:
        depends = judge(Case(survey, variable, best, Treatment.MISSING_AS_YES, where)).verdict != judgement.verdict
    return Result(
        name=variable.name,
        strict=strict,
        answered=estimate_share(survey, variable, Treatment.ANSWERED, where),
        missing_as_yes=best,
        judgement=judgement,
        exact=None if variable.is_mean else case.exact,
        depends_on_unanswered=depends,
        has_interval=survey.design.chosen is not Chosen.OTHER,
        target=survey.design.target,
    )
