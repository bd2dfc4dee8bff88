"""The verdict on an estimate: which rule applies to which design, and the guards on "met".

Over several villages "met" also needs that even all yes would have been proof with so many asked, and that villages
were asked in like shares; without these guards up to half of the failing areas were called "met" (`docs/method.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from collector.participation.answers import Treatment, Variable
from collector.participation.design import Chosen
from collector.participation.estimates import Estimate, exact_verdict, list_scores
from collector.participation.exact import ExactVerdict
from collector.participation.spread import all_yes_p, fractions_are_alike
from collector.participation.survey import Stratum, Survey, Where
from collector.participation.verdicts import ALPHA, Basis, Reason, Verdict

_ROUNDING: float = 1e-12


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, what it was judged on, why "met" was withheld, and whether it is below the target at 5 %/k."""

    verdict: Verdict
    basis: Basis
    reasons: tuple[Reason, ...] = ()
    is_below_at_share: bool = False


@dataclass(frozen=True)
class Case:
    """One estimate with the survey it comes from: all that a judgement needs."""

    survey: Survey
    variable: Variable
    estimate: Estimate
    treatment: Treatment = Treatment.STRICT
    where: Where | None = None

    @property
    def exact(self) -> ExactVerdict | None:
        """The exact verdict, if this design has one and nobody was left out."""
        if self.where is not None or self.treatment is Treatment.ANSWERED:
            return None
        return exact_verdict(self.survey, self.variable, self.treatment)


def judge(case: Case, shares: int = 1) -> Judgement:
    """Judge an estimate at 5 %; `shares` is the k of the plan's sentence, for which 5 %/k is tried too."""
    level = ALPHA / shares
    chosen, exact = case.survey.design.chosen, case.exact
    if case.estimate.is_complete and chosen is not Chosen.OTHER:
        return _judge_full_count(case)
    if chosen is not Chosen.DRAWN:
        return _judge_certain(case, Reason.GAPS if chosen is Chosen.EVERYONE else Reason.NOT_DRAWN)
    if exact is not None:
        reasons = () if exact.verdict is not Verdict.NOT_ENOUGH_EVIDENCE else _reasons_of(exact)
        return Judgement(exact.verdict, Basis.EXACT, reasons, exact.is_below(level))
    if case.estimate.p == 1 and len(case.survey.strata) > 1 and not case.survey.samples_villages:
        return _judge_all_yes(case)
    return _judge_interval(case, level)


def _judge_full_count(case: Case) -> Judgement:
    estimate, target = case.estimate, case.survey.design.target
    if case.survey.has_clusters or case.survey.calibration or len(set(case.survey.base_weights)) > 1:
        met = estimate.p >= float(target) - _ROUNDING
    else:
        met = Fraction(estimate.yes) >= target * estimate.n
    return Judgement(Verdict.MET if met else Verdict.NOT_MET, Basis.FULL_COUNT, (), not met)


def _judge_certain(case: Case, reason: Reason) -> Judgement:
    population, certain = case.survey.population, case.estimate.certain
    if certain is None or population is None:
        unknown = (Reason.POPULATION_UNKNOWN,) if population is None else ()
        return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, Basis.CERTAIN_RANGE, (reason, *unknown))
    yes = round(case.estimate.yes)
    verdict = ExactVerdict(population, case.survey.asked, yes, case.survey.design.target).certain_verdict
    reasons = (reason,) if verdict is Verdict.NOT_ENOUGH_EVIDENCE else ()
    return Judgement(verdict, Basis.CERTAIN_RANGE, reasons, verdict is Verdict.NOT_MET)


def _reasons_of(exact: ExactVerdict) -> tuple[Reason, ...]:
    best = ExactVerdict(exact.population, exact.asked, exact.asked, exact.target)
    return (Reason.INTERVAL,) if best.verdict is Verdict.MET else (Reason.TOO_FEW_ASKED,)


def _judge_all_yes(case: Case) -> Judgement:
    sizes = _guard_sizes(case)
    if sizes is None:
        return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, Basis.ALL_YES, (Reason.POPULATION_UNKNOWN,))
    if all_yes_p(*sizes, case.survey.design.target) <= float(ALPHA):
        return Judgement(Verdict.MET, Basis.ALL_YES)
    return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, Basis.ALL_YES, (Reason.TOO_FEW_ASKED,))


def _judge_interval(case: Case, level: Fraction) -> Judgement:
    target = float(case.survey.design.target)
    low, high = case.estimate.ci90
    below = case.estimate.interval(float(level))[1] < target - _ROUNDING
    if high < target - _ROUNDING:
        return Judgement(Verdict.NOT_MET, Basis.INTERVAL, (), below)
    if low < target - _ROUNDING:
        return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, Basis.INTERVAL, (Reason.INTERVAL,), below)
    reasons = tuple(_guards(case))
    return Judgement(Verdict.NOT_ENOUGH_EVIDENCE if reasons else Verdict.MET, Basis.INTERVAL, reasons, below)


def _guards(case: Case) -> list[Reason]:
    """Give the reasons against "met" although the interval lies above the target."""
    survey = case.survey
    if survey.samples_villages:
        return [Reason.VILLAGES_SAMPLED]
    sizes = _guard_sizes(case)
    if sizes is None:
        if len(survey.strata) > 1:
            return [Reason.POPULATION_UNKNOWN]
        clusters = survey.count_clusters(survey.strata[0], _domain(case))
        return [] if survey.design.target**clusters <= ALPHA else [Reason.TOO_FEW_ASKED]
    reasons = []
    if all_yes_p(*sizes, survey.design.target) > float(ALPHA):
        reasons.append(Reason.TOO_FEW_ASKED)
    whole = _guard_sizes(Case(survey, case.variable, case.estimate))
    if whole and not fractions_are_alike(*whole):
        reasons.append(Reason.UNEQUAL_FRACTIONS)
    return reasons


def _guard_sizes(case: Case) -> tuple[list[int], list[int]] | None:
    """Give how many households (or people) live in each village and were asked, in the domain; None if unknown.

    The size of a domain is not known; it is taken in the proportion of its weights.
    """
    survey, domain = case.survey, _domain(case)
    populations, asked = [], []
    for stratum in survey.strata:
        clusters = survey.count_clusters(stratum, domain)
        size = _size(survey, stratum)
        if size is None:
            return None
        if clusters:
            share = _mass(survey, stratum, domain) / _mass(survey, stratum, [True] * len(domain))
            populations.append(max(clusters, round(size * share)))
            asked.append(clusters)
    return populations, asked


def _domain(case: Case) -> Sequence[bool]:
    return [each is not None for each in list_scores(case.survey, case.variable, case.treatment, case.where)]


def _size(survey: Survey, stratum: Stratum) -> float | None:
    if stratum.population is not None:
        return stratum.population
    sheets = sum(survey.rows[i].count for cluster in stratum.clusters for i in cluster)
    mass = _mass(survey, stratum, [True] * len(survey.rows))
    return mass * stratum.asked / sheets if mass > sheets * 1.000001 else None


def _mass(survey: Survey, stratum: Stratum, domain: Sequence[bool]) -> float:
    members = (i for cluster in stratum.clusters for i in cluster if domain[i])
    return sum(survey.base_weights[i] * survey.rows[i].count for i in members)
