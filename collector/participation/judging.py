"""The verdict on an estimate: which rule applies to which design, and the guards on "met".

Over several villages "met" also needs that even all yes would have been proof with so many asked, and that villages
were asked in like shares; without these guards up to half of the failing areas were called "met" (`docs/method.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from collector.participation.answers import Treatment, Variable
from collector.participation.design import Chosen
from collector.participation.estimates import Estimate, exact_verdict
from collector.participation.exact import ExactVerdict, count_needed
from collector.participation.remainder import Counted, rest_could_change
from collector.participation.spread import fractions_are_alike, is_all_yes_proof
from collector.participation.survey import Scores, Stratum, Survey, Where
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

    @cached_property
    def scores(self) -> Scores:
        """What each row counts as."""
        return self.survey.score(self.variable, self.treatment, self.where)

    @cached_property
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
    if case.survey.is_plain and len(set(case.survey.stratum_weights)) == 1:
        met = Fraction(estimate.yes) >= target * estimate.n
    else:
        met = estimate.p >= float(target) - _ROUNDING
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
    if is_all_yes_proof(*sizes, case.survey.design.target):
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
        clusters = sum(survey.count_clusters(case.scores))
        return [] if survey.design.target**clusters <= ALPHA else [Reason.TOO_FEW_ASKED]
    reasons = []
    if not is_all_yes_proof(*sizes, survey.design.target):
        reasons.append(Reason.TOO_FEW_ASKED)
    whole = _guard_sizes(Case(survey, case.variable, case.estimate))
    if whole and not fractions_are_alike(*whole):
        reasons.append(Reason.UNEQUAL_FRACTIONS)
    if survey.is_plain and case.where is None and _rest_could_change(case):
        reasons.append(Reason.REST_COULD_CHANGE)
    return reasons


def _rest_could_change(case: Case) -> bool:
    survey, population = case.survey, case.survey.population
    if population is None:
        return False
    villages = [
        Counted(
            stratum.population or 0,
            stratum.asked,
            round(sum(survey.counts[i] * (case.scores[i] or 0) for i in stratum.members)),
        )
        for stratum in survey.strata
    ]
    return rest_could_change(villages, count_needed(population, survey.design.target))


def _guard_sizes(case: Case) -> tuple[list[int], list[int]] | None:
    """Give how many households (or people) live in each village and were asked, in the domain; None if unknown.

    The size of a domain is not known; it is taken in the proportion of its weights.
    """
    survey = case.survey
    populations, asked = [], []
    for stratum, clusters in zip(survey.strata, survey.count_clusters(case.scores), strict=True):
        size = _size(survey, stratum)
        if size is None:
            return None
        if clusters:
            inside = [i for i in stratum.members if case.scores[i] is not None]
            share = _mass(survey, inside) / _mass(survey, stratum.members)
            populations.append(max(clusters, round(size * share)))
            asked.append(clusters)
    return populations, asked


def _size(survey: Survey, stratum: Stratum) -> float | None:
    if stratum.population is not None:
        return stratum.population
    sheets = sum(survey.counts[i] for i in stratum.members)
    mass = _mass(survey, stratum.members)
    return mass * stratum.asked / sheets if mass > sheets * 1.000001 else None


def _mass(survey: Survey, members: Sequence[int]) -> float:
    return sum(survey.base_weights[i] * survey.counts[i] for i in members)
