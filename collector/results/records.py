"""The result of a round as records: the only thing about answers that leaves the village.

One record per group of people (everybody, a village, a sex, an ethnic group) and dimension, besides one that carries
the verdict over all dimensions. A cell that could tell what single people answered is marked as suppressed and has no
values; see `suppressing`. Shares are decimal text between 0 and 1.
"""

from typing import Final

from collector.answers.records import DIMENSION_WORDS
from collector.kinds import Choice, Field, Kind, Type
from collector.words import N_

ALL: Final = "all"
"""The dimension of those who said yes to every question, and the grouping of everybody."""
EVERY_DIMENSION: Final = "every_dimension"
"""The dimension under which the verdict of the plan's sentence stands."""

GROUPINGS = (
    Choice(ALL, N_("Everybody")),
    Choice("village", N_("By village")),
    Choice("sex", N_("By sex")),
    Choice("ethnic_group", N_("By ethnic group")),
)
DIMENSION_CHOICES = (
    *(Choice(name, words) for name, words in DIMENSION_WORDS.items()),
    Choice(ALL, N_("All of them together")),
    Choice(EVERY_DIMENSION, N_("Verdict over all questions")),
)
VERDICTS = (
    Choice("met", N_("Met")),
    Choice("not_met", N_("Not met")),
    Choice("not_enough_evidence", N_("Not enough evidence")),
    Choice("not_comparable", N_("Not comparable")),
)
EDGES = (
    Choice("at_most_5", N_("At most 5%")),
    Choice("at_least_95", N_("At least 95%")),
)
"""What is said instead of nobody or everybody in a small group."""
_SHARE_CHARACTERS: Final = 20


def _count(name: str, words: str) -> Field:
    return Field(name, words, Type.INTEGER, maximum=10_000_000)


def _share(name: str, words: str) -> Field:
    return Field(name, words, limit=_SHARE_CHARACTERS)


RESULT = Kind(
    name="result",
    one_way=True,
    belongs_to="round",
    words=N_("Result of a round"),
    title="dimension",
    fields=(
        Field("round", N_("Survey round"), Type.REFERENCE, required=True, refers_to="round"),
        Field("grouping", N_("Grouped"), Type.CHOICE, required=True, choices=GROUPINGS),
        Field("group_value", N_("Group"), limit=60),
        Field("village", N_("Village"), Type.REFERENCE, refers_to="unit"),
        Field("dimension", N_("Question"), Type.CHOICE, required=True, choices=DIMENSION_CHOICES),
        Field("suppressed", N_("Hidden: too few people"), Type.BOOLEAN),
        _count("population", N_("Population")),
        _count("asked", N_("Asked")),
        _count("sheets", N_("Answer sheets")),
        _count("yes", N_("Yes")),
        _count("answered_no", N_("No")),
        _count("dont_know", N_("Does not remember clearly")),
        _count("refused", N_("Does not want to answer")),
        _count("blank", N_("Left blank")),
        _share("share", N_("Share of yes")),
        _share("low", N_("Lower end of the interval (90%)")),
        _share("high", N_("Upper end of the interval (90%)")),
        _share("answered_share", N_("Share of yes among those who answered")),
        _share("certain_low", N_("Share if nobody else said yes")),
        _share("certain_high", N_("Share if everybody else said yes")),
        Field("edge", N_("Bound of the share"), Type.CHOICE, choices=EDGES),
        Field("verdict", N_("Verdict"), Type.CHOICE, choices=VERDICTS),
        Field("basis", N_("Rule that was used"), limit=40),
        Field("reason", N_("Why it is not settled"), limit=40),
        _count("further", N_("Further interviews that could settle it")),
        Field("depends_on_unanswered", N_("Depends on those who did not answer"), Type.BOOLEAN),
        _count("households_refused", N_("Households that did not want to answer")),
        _count("households_not_met", N_("Households not met after two visits")),
    ),
    indexes=(("round",),),
)

KINDS = (RESULT,)
