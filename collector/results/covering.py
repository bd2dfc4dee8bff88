"""Judges a round in one of whose villages nobody was asked.

The people of such a village stay among those whom the round is about, so a verdict on the others stands only if these
could not change it: they are taken at 0 % and at 100 %. Pure.
"""

from dataclasses import dataclass

from collector.participation.exact import ExactVerdict
from collector.participation.intervals import Interval
from collector.participation.judging import Judgement
from collector.participation.results import Result
from collector.participation.verdicts import ALPHA, Basis, Reason, Verdict

COUNTED_OUT = frozenset({Basis.FULL_COUNT, Basis.CERTAIN_RANGE})
"""What is judged by counting alone."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How many of the people (None: unknown) of a round live where somebody was asked, and how many were asked."""

    asked: int
    covered: int | None
    population: int | None
    is_full: bool

    def widen(self, ends: Interval) -> Interval:
        """Give a range of shares of those covered as one of all: with everybody else at 0 % and at 100 %."""
        if self.is_full:
            return ends
        share = self.covered / self.population if self.covered and self.population else 0.0
        return ends[0] * share, ends[1] * share + 1 - share

    def judge(self, result: Result, ends: Interval | None, shares: int = 1) -> Judgement:
        """Judge a result whose 90 % interval is `ends` for all; `shares` as in `participation.judging.judge`."""
        found = result.judgement
        assert found is not None, "a dimension is judged"
        if self.is_full:
            return found
        if found.basis in COUNTED_OUT:
            return self._judge_counted(result)
        low, high = self.widen(ends or (0.0, 1.0))
        target = float(result.target)
        if {Verdict.MET: low >= target, Verdict.NOT_MET: high < target}.get(found.verdict, False):
            below = found.is_below_at_share and self.widen(result.strict.interval(float(ALPHA / shares)))[1] < target
            return Judgement(found.verdict, found.basis, (), below)
        return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, found.basis, (Reason.NOT_COVERED,))

    def _judge_counted(self, result: Result) -> Judgement:
        if self.population is None:
            return Judgement(Verdict.NOT_ENOUGH_EVIDENCE, Basis.CERTAIN_RANGE, (Reason.POPULATION_UNKNOWN,))
        yes = round(result.strict.yes)
        verdict = ExactVerdict(self.population, self.asked, yes, result.target).certain_verdict
        reasons = (Reason.NOT_COVERED,) if verdict is Verdict.NOT_ENOUGH_EVIDENCE else ()
        return Judgement(verdict, Basis.CERTAIN_RANGE, reasons, verdict is Verdict.NOT_MET)
