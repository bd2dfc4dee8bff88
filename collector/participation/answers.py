"""What a respondent answered, and how answers become numbers.

Answers are stored apart and never deleted. The strict rule counts yes as 1 and everything else as 0, with everybody
asked in the denominator; otherwise a "no" turned into "refused" would gain points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Answer(StrEnum):
    """One answer of one sheet to the question of one dimension."""

    __hash__ = str.__hash__  # that of enumerations runs in Python, and millions of answers are counted by it

    YES = "yes"
    NO = "no"
    DONT_KNOW = "dont_know"
    REFUSED = "refused"
    BLANK = "blank"
    NOT_ASKED = "not_asked"


MISSING: Final = frozenset({Answer.REFUSED, Answer.BLANK, Answer.NOT_ASKED})
"""Answers that could be yes as well as no. "Don't know" is an answer: this person does not know."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer sheet, or `count` sheets that are alike.

    `stratum` is the village. `answers` holds one answer per dimension, in the order of the survey. `cluster` is the
    household when several of its people answer; None: a cluster of its own. `weight` None: (households in the village
    / households asked). `groups` holds sex, ethnic group and the like. Somebody who was drawn and not met is a row of
    blanks. A database may count equal sheets and give one row with their `count`; the figures are the same.
    """

    stratum: str
    answers: tuple[Answer, ...]
    cluster: str | None = None
    weight: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    count: int = 1


class Treatment(StrEnum):
    """What becomes of missing answers."""

    STRICT = "strict"
    """Missing is not yes; everybody asked is counted. The verdict's rule."""
    ANSWERED = "answered"
    """Only those who answered, a domain of the sample."""
    MISSING_AS_YES = "missing_as_yes"
    """As if everyone whose answer is missing had said yes."""


_SCORES: Final[dict[Treatment, dict[Answer, float | None]]] = {
    Treatment.STRICT: {each: float(each is Answer.YES) for each in Answer},
    Treatment.ANSWERED: {each: None if each in MISSING else float(each is Answer.YES) for each in Answer},
    Treatment.MISSING_AS_YES: {each: float(each is Answer.YES or each in MISSING) for each in Answer},
}
"""What an answer to a single dimension counts as; None: outside the domain."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What is estimated: one dimension, all of them together, or their mean."""

    name: str
    places: tuple[int, ...]
    is_mean: bool = False

    def score(self, answers: tuple[Answer, ...], treatment: Treatment) -> float | None:
        """Give the number that these answers count as, or None if they are outside the domain."""
        if len(self.places) == 1:
            return _SCORES[treatment][answers[self.places[0]]]
        chosen = [answers[place] for place in self.places]
        yes, missing = chosen.count(Answer.YES), sum(each in MISSING for each in chosen)
        if treatment is Treatment.MISSING_AS_YES:
            yes += missing
        if self.is_mean:
            return None if missing and treatment is Treatment.ANSWERED else yes / len(chosen)
        if treatment is Treatment.ANSWERED and missing and yes + missing == len(chosen):
            return None  # with a no or a don't know it is certain that this person did not do all
        return float(yes == len(chosen))
