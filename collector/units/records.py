"""Villages, their dated registers, their households and the holidays their deadlines skip.

A register holds counts (N); a household is a line of the list used for drawing, attendance and votes and never
carries an opinion.
"""

from collector.kinds import Choice, Field, Kind, Privacy, Type
from collector.words import N_

SEXES = (Choice("female", N_("Female")), Choice("male", N_("Male")))

UNIT = Kind(
    name="unit",
    words=N_("Village"),
    title="name",
    fields=(
        Field("name", N_("Name of the village"), required=True, searched=True),
        Field("commune_code", N_("Code of the commune"), required=True, limit=5, group="code"),
        Field("commune_valid_from", N_("Code valid from"), Type.DATE, group="code"),
        Field("local_number", N_("Number of the village in the commune"), limit=20, group="code"),
        Field("commune_name", N_("Commune"), required=True, searched=True),
        Field("province_name", N_("Province or city"), required=True),
        Field("number_suffix", N_("Letters after the number of minutes"), limit=20),
        Field("demo", N_("Invented village"), Type.BOOLEAN),
        Field("same_as", N_("The same village as"), Type.REFERENCE, refers_to="unit"),
    ),
    indexes=(("same_as",), ("commune_code",)),
)

REGISTER = Kind(
    name="register",
    words=N_("Household register"),
    title="as_of",
    fields=(
        Field("as_of", N_("Date of the register"), Type.DATE, required=True),
        Field(
            "households",
            N_("Number of households"),
            Type.INTEGER,
            True,
            measure=N_("households"),
            minimum=1,
            maximum=100_000,
        ),
        Field("women", N_("Adult women"), Type.INTEGER, measure=N_("people"), maximum=1_000_000),
        Field("men", N_("Adult men"), Type.INTEGER, measure=N_("people"), maximum=1_000_000),
        Field("source", N_("Where the numbers come from")),
    ),
    indexes=(("unit", "as_of"),),
)

REGISTER_GROUP = Kind(
    name="register_group",
    belongs_to="register",
    words=N_("Ethnic group in the register"),
    title="ethnic_group",
    fields=(
        Field("register", N_("Register"), Type.REFERENCE, required=True, refers_to="register"),
        Field("ethnic_group", N_("Ethnic group"), required=True, limit=60),
        Field("code_list", N_("Code list of the ethnic group"), limit=20, group="code"),
        Field("code", N_("Code of the ethnic group"), limit=10, group="code"),
        Field("households", N_("Number of households"), Type.INTEGER, measure=N_("households"), maximum=100_000),
        Field("women", N_("Adult women"), Type.INTEGER, measure=N_("people"), maximum=1_000_000),
        Field("men", N_("Adult men"), Type.INTEGER, measure=N_("people"), maximum=1_000_000),
    ),
    indexes=(("register",),),
)

HOUSEHOLD = Kind(
    name="household",
    words=N_("Household"),
    title="head_name",
    fields=(
        Field("number", N_("Number in the list"), Type.INTEGER, required=True, minimum=1, maximum=100_000),
        Field(
            "head_name", N_("Head of the household"), required=True, privacy=Privacy.PERSONAL, searched=True
        ),
        Field("head_sex", N_("Sex of the head"), Type.CHOICE, choices=SEXES, privacy=Privacy.PERSONAL),
        Field("cluster", N_("Group of houses"), limit=100, searched=True),
        Field("note", N_("Note"), privacy=Privacy.PERSONAL),
    ),
    indexes=(("unit", "number"),),
)

HOLIDAY = Kind(
    name="holiday",
    words=N_("Day off"),
    title="name",
    fields=(
        Field("day", N_("Day"), Type.DATE, required=True),
        Field("name", N_("Name of the day off"), required=True),
    ),
    indexes=(("day",),),
)

KINDS = (UNIT, REGISTER, REGISTER_GROUP, HOUSEHOLD, HOLIDAY)
