"""Answer sheets: what one person answered, without a name, a household, an asker or a time of day."""

from typing import Final

from collector.kinds import Choice, Field, Kind, Privacy, Scope, Type
from collector.rounds.records import DIMENSIONS
from collector.units.records import SEXES
from collector.words import N_

CODES = (
    Choice("yes", N_("Yes")),
    Choice("no", N_("No")),
    Choice("dont_know", N_("Does not remember clearly")),
    Choice("refused", N_("Does not want to answer")),
    Choice("blank", N_("Left blank")),
    Choice("not_asked", N_("Not asked")),
)
SOURCES = (
    Choice("screen", N_("On the screen")),
    Choice("paper", N_("On paper")),
    Choice("openrosa", N_("With a collecting app")),
)
DIMENSION_WORDS: Final = {
    "know": N_("Know"),
    "discuss": N_("Discuss"),
    "do": N_("Do"),
    "inspect": N_("Inspect"),
    "supervise": N_("Supervise"),
    "benefit": N_("Benefit"),
}
MAX_ANSWERS: Final = 100_000

ANSWER_SHEET = Kind(
    name="answer_sheet",
    belongs_to="round",
    words=N_("Answer sheet"),
    title="day",
    scope=Scope.VILLAGE,
    anonymous=True,
    fields=(
        Field("round", N_("Survey round"), Type.REFERENCE, required=True, refers_to="round"),
        Field("village", N_("Village"), Type.REFERENCE, required=True, refers_to="unit"),
        Field("questionnaire", N_("Questionnaire"), Type.REFERENCE, required=True, refers_to="questionnaire"),
        Field("day", N_("Day"), Type.DATE, required=True),
        Field("source", N_("How it was answered"), Type.CHOICE, required=True, choices=SOURCES),
        Field("consent_version", N_("Version of the consent text"), limit=40),
        Field("withdrawal_hash", N_("Hash of the withdrawal code"), Type.SHA256),
        *(
            Field(name, DIMENSION_WORDS[name], Type.CHOICE, choices=CODES, privacy=Privacy.SENSITIVE)
            for name in DIMENSIONS
        ),
        Field("sex", N_("Sex"), Type.CHOICE, choices=SEXES, privacy=Privacy.PERSONAL),
        Field("ethnic_group", N_("Ethnic group"), limit=60, privacy=Privacy.SENSITIVE),
        Field("adults", N_("Adults in the household"), Type.INTEGER, minimum=1, maximum=100, measure=N_("people")),
        Field("answers", N_("All answers"), Type.LONG_TEXT, limit=MAX_ANSWERS, privacy=Privacy.SENSITIVE),
    ),
    indexes=(("round", "village"), ("withdrawal_hash",)),
)

KINDS = (ANSWER_SHEET,)
