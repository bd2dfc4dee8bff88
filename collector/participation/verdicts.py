"""The words of the verdict, why it was given or withheld, and the plan's sentence over several dimensions."""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Final

TARGET: Final = Fraction(9, 10)
"""At least 90 % of the people."""
ALPHA: Final = Fraction(1, 20)
"""The level of every one-sided test."""


class Verdict(StrEnum):
    """What the answers show about the target."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NOT_COMPARABLE = "not_comparable"


class Basis(StrEnum):
    """What a verdict was judged on."""

    EXACT = "exact"
    """One village, a simple random sample: the hypergeometric test."""
    CERTAIN_RANGE = "certain_range"
    """A full count with gaps, or people chosen otherwise: only what is certain."""
    ALL_YES = "all_yes"
    """Every answer over several villages is yes: the exact all-yes rule."""
    INTERVAL = "interval"
    """The 90 % interval."""
    FULL_COUNT = "full_count"
    """Everybody was asked and answered for: nothing is uncertain."""


class Reason(StrEnum):
    """Why "met" was withheld."""

    INTERVAL = "interval"
    """The interval holds the target."""
    TOO_FEW_ASKED = "too_few_asked"
    """So few were asked that even all yes could not show it."""
    UNEQUAL_FRACTIONS = "unequal_fractions"
    """Villages were asked in shares that differ by more than a factor 1.5."""
    REST_COULD_CHANGE = "rest_could_change"
    """More than half was asked, and the few who were not could still change it."""
    VILLAGES_SAMPLED = "villages_sampled"
    """Only some villages were asked; that gives an interval, never "met"."""
    POPULATION_UNKNOWN = "population_unknown"
    """Nobody said how many live there."""
    NOT_DRAWN = "not_drawn"
    """Respondents were not drawn at random, so there is no sampling error to compute."""
    GAPS = "gaps"
    """A full count with gaps, which are not random."""
    NOT_COVERED = "not_covered"
    """Villages without answers could change it."""


def judge_every_dimension(judged: Iterable[tuple[Verdict, bool]]) -> Verdict:
    """Judge the plan's sentence from (verdict at 5 %, below at 5 %/k) of each of its k dimensions.

    Met if every one is met; not met if one is below at 5 %/k, so that k chances to fail do not add up.
    """
    verdicts = list(judged)
    if verdicts and all(verdict is Verdict.MET for verdict, _ in verdicts):
        return Verdict.MET
    if any(below for _, below in verdicts):
        return Verdict.NOT_MET
    return Verdict.NOT_ENOUGH_EVIDENCE
