"""Survey rounds, the villages they cover, who asks, and the households that were drawn.

A drawn household never names a sheet, and no sheet names a household: the two can only be counted against each other.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from collector.kinds import Choice, Field, FieldError, Kind, Privacy, Scope, Type
from collector.words import N_
from sync.revisions import Value

DIMENSIONS: Final = ("know", "discuss", "do", "inspect", "supervise", "benefit")
"""What people are asked about a project, in the order of the questions."""

COUNTED = (Choice("households", N_("Households")), Choice("adults", N_("Adults")))
CHOSEN = (
    Choice("everyone", N_("Everyone is asked")),
    Choice("drawn", N_("Drawn by lot")),
    Choice("other", N_("Chosen in another way")),
)
STATES = (
    Choice("planned", N_("Being prepared")),
    Choice("open", N_("People are being asked")),
    Choice("closed", N_("Closed")),
)
OUTCOMES = (
    Choice("asked", N_("Asked")),
    Choice("refused", N_("Did not want to answer")),
    Choice("not_met", N_("Not met after two visits")),
    Choice("ineligible", N_("Cannot be asked: no such household here")),
)
REASONS = (
    Choice("empty", N_("House is empty")),
    Choice("moved", N_("Household moved away")),
    Choice("duplicate", N_("Stands twice in the list")),
)


def split_dimensions(text: object) -> tuple[str, ...]:
    """Give the dimensions named in a round's field, in the order of the questions; others are left out."""
    named = {each.strip() for each in str(text or "").split(",")}
    return tuple(each for each in DIMENSIONS if each in named)


def _round_rule(values: Mapping[str, Value]) -> Iterable[FieldError]:
    first, last = values.get("starts_on"), values.get("ends_on")
    if first and last and str(last) < str(first):
        yield FieldError("ends_on", "before_start", {"start": first})
    if values.get("chosen") == "other" and not values.get("chosen_how"):
        yield FieldError("chosen_how", "missing", {})


def _outcome_rule(values: Mapping[str, Value]) -> Iterable[FieldError]:
    if values.get("outcome") == "ineligible" and not values.get("reason"):
        yield FieldError("reason", "missing", {})


ROUND = Kind(
    name="round",
    one_way=True,
    words=N_("Survey round"),
    title="title",
    rule=_round_rule,
    fields=(
        Field("title", N_("Name of the round"), required=True, searched=True),
        Field("programme", N_("Programme or project"), Type.REFERENCE, refers_to="programme"),
        Field("questionnaire", N_("Questionnaire"), Type.REFERENCE, required=True, refers_to="questionnaire"),
        Field("counted", N_("What is counted"), Type.CHOICE, required=True, choices=COUNTED, group="design"),
        Field("chosen", N_("How those asked are chosen"), Type.CHOICE, required=True, choices=CHOSEN, group="design"),
        Field("chosen_how", N_("How they were chosen, in words"), Type.LONG_TEXT, limit=1_000, group="design"),
        Field(
            "dimensions",
            N_("What is asked about"),
            limit=100,
            group="design",
            hint=N_("Codes with commas between: know, discuss, do, inspect, supervise, benefit"),
        ),
        Field("target_percent", N_("Target"), Type.INTEGER, minimum=1, maximum=99, measure=N_("percent")),
        Field("starts_on", N_("Starts on"), Type.DATE, group="dates"),
        Field("ends_on", N_("Ends on"), Type.DATE, group="dates"),
        Field("double_entry_percent", N_("Share of paper sheets entered twice"), Type.INTEGER, maximum=100),
        Field("seed", N_("Number that the draw starts from"), limit=64, group="draw"),
        Field("drawn_at", N_("Drawn at"), Type.INSTANT, group="draw"),
        Field("state", N_("State"), Type.CHOICE, required=True, choices=STATES),
        Field("closed_at", N_("Closed at"), Type.INSTANT),
        Field("keep_until", N_("Sheets are kept until"), Type.DATE),
    ),
    indexes=(("unit", "state"), ("programme",)),
)

ROUND_VILLAGE = Kind(
    name="round_village",
    one_way=True,
    belongs_to="round",
    words=N_("Village of a round"),
    title="village",
    fields=(
        Field("round", N_("Survey round"), Type.REFERENCE, required=True, refers_to="round"),
        Field("village", N_("Village"), Type.REFERENCE, required=True, refers_to="unit"),
        Field(
            "households",
            N_("Number of households"),
            Type.INTEGER,
            measure=N_("households"),
            minimum=1,
            maximum=100_000,
            group="population",
        ),
        Field("women", N_("Adult women"), Type.INTEGER, measure=N_("people"), maximum=1_000_000, group="population"),
        Field("men", N_("Adult men"), Type.INTEGER, measure=N_("people"), maximum=1_000_000, group="population"),
        Field("as_of", N_("Date of the register"), Type.DATE, group="population"),
        Field("planned", N_("To be asked"), Type.INTEGER, measure=N_("households"), maximum=100_000),
    ),
    indexes=(("round",),),
)

ROUND_ASKER = Kind(
    name="round_asker",
    one_way=True,
    belongs_to="round",
    words=N_("Asker of a round"),
    title="person",
    fields=(
        Field("round", N_("Survey round"), Type.REFERENCE, required=True, refers_to="round"),
        Field("person", N_("Person on the team"), Type.REFERENCE, required=True, refers_to="person"),
    ),
    indexes=(("round",),),
)

DRAWN_HOUSEHOLD = Kind(
    name="drawn_household",
    one_way=True,
    belongs_to="round",
    words=N_("Drawn household"),
    title="household",
    scope=Scope.VILLAGE,
    rule=_outcome_rule,
    fields=(
        Field("round", N_("Survey round"), Type.REFERENCE, required=True, refers_to="round"),
        Field("village", N_("Village"), Type.REFERENCE, required=True, refers_to="unit"),
        Field("household", N_("Household"), Type.REFERENCE, required=True, refers_to="household"),
        Field("place", N_("Place in the draw"), Type.INTEGER, required=True, minimum=1, maximum=100_000),
        Field("reserve", N_("Drawn as a reserve"), Type.BOOLEAN),
        Field("adult_draw", N_("Number that chooses the adult"), Type.INTEGER, maximum=1_000_000),
        Field("outcome", N_("What came of it"), Type.CHOICE, choices=OUTCOMES, group="outcome"),
        Field("reason", N_("Reason"), Type.CHOICE, choices=REASONS, group="outcome"),
        Field("replaces", N_("Takes the place of"), Type.REFERENCE, refers_to="drawn_household"),
        Field("asker", N_("Asked by"), Type.REFERENCE, refers_to="person", privacy=Privacy.PERSONAL),
    ),
    indexes=(("round", "village", "place"),),
)

KINDS = (ROUND, ROUND_VILLAGE, ROUND_ASKER, DRAWN_HOUSEHOLD)
