"""Programmes that people have a say in, the villages they touch, and what of them was made public."""

from collections.abc import Iterable, Mapping

from collector.kinds import Choice, Field, FieldError, Kind, Type
from collector.law.disclosure import FORMS, ITEMS
from collector.words import N_
from sync.revisions import Value

SECTORS = (
    Choice("transport", N_("Roads and bridges")),
    Choice("water", N_("Clean water")),
    Choice("irrigation", N_("Irrigation")),
    Choice("electricity", N_("Electricity")),
    Choice("school", N_("Schools")),
    Choice("health", N_("Health")),
    Choice("housing", N_("Housing and resettlement")),
    Choice("livelihood", N_("Production and livelihood")),
    Choice("culture", N_("Culture and community house")),
    Choice("forest", N_("Forest and land")),
    Choice("support", N_("Policies and support for people")),
    Choice("other", N_("Other")),
)


def _dates_in_order(values: Mapping[str, Value]) -> Iterable[FieldError]:
    first, last = values.get("starts_on"), values.get("ends_on")
    if first and last and str(last) < str(first):
        yield FieldError("ends_on", "before_start", {"start": first})


PROGRAMME = Kind(
    name="programme",
    words=N_("Programme or project"),
    title="name",
    rule=_dates_in_order,
    fields=(
        Field("name", N_("Name of the programme or project"), required=True, searched=True),
        Field("owner", N_("Owner of the project"), searched=True),
        Field("sector", N_("Sector"), Type.CHOICE, choices=SECTORS),
        Field("budget", N_("Budget"), Type.INTEGER, measure=N_("đồng")),
        Field("sources", N_("Sources of the money"), Type.LONG_TEXT, limit=2_000),
        Field("starts_on", N_("Starts on"), Type.DATE),
        Field("ends_on", N_("Ends on"), Type.DATE),
        Field(
            "households_affected",
            N_("Households affected"),
            Type.INTEGER,
            measure=N_("households"),
            maximum=1_000_000,
        ),
        Field("description", N_("What is to be done"), Type.LONG_TEXT, searched=True),
    ),
)

PROGRAMME_VILLAGE = Kind(
    name="programme_village",
    belongs_to="programme",
    words=N_("Village of a programme"),
    title="village",
    fields=(
        Field("programme", N_("Programme or project"), Type.REFERENCE, required=True, refers_to="programme"),
        Field("village", N_("Village"), required=True),
        Field(
            "households_affected",
            N_("Households affected"),
            Type.INTEGER,
            measure=N_("households"),
            maximum=1_000_000,
        ),
    ),
    indexes=(("programme",),),
)

DISCLOSURE = Kind(
    name="disclosure",
    belongs_to="programme",
    words=N_("Disclosure"),
    title="item",
    rule=_dates_in_order,
    fields=(
        Field("programme", N_("Programme or project"), Type.REFERENCE, required=True, refers_to="programme"),
        Field(
            "item",
            N_("What is made public"),
            Type.CHOICE,
            required=True,
            choices=tuple(Choice(str(each.code), each.words) for each in ITEMS),
        ),
        Field(
            "form",
            N_("How it is made public"),
            Type.CHOICE,
            required=True,
            choices=tuple(Choice(str(each.code), each.words) for each in FORMS),
        ),
        Field("starts_on", N_("From"), Type.DATE, required=True),
        Field("ends_on", N_("To"), Type.DATE, hint=N_("Leave empty while it is still posted")),
        Field("place", N_("Place")),
        Field("note", N_("Note"), Type.LONG_TEXT, limit=2_000),
    ),
    indexes=(("programme",),),
)

KINDS = (PROGRAMME, PROGRAMME_VILLAGE, DISCLOSURE)
