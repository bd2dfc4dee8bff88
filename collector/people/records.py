"""The people of the village team, as records. Accounts and passwords are kept elsewhere and never here."""

from collector.kinds import Choice, Field, Kind, Privacy, Type
from collector.units.records import SEXES
from collector.words import N_

ROLES = (
    Choice("head", N_("Head of the team")),
    Choice("secretary", N_("Secretary")),
    Choice("member", N_("Member")),
    Choice("officer", N_("Commune officer")),
    Choice("administrator", N_("Administrator of the centre")),
)

PERSON = Kind(
    name="person",
    words=N_("Person on the team"),
    title="name",
    fields=(
        Field("name", N_("Full name"), required=True, privacy=Privacy.PERSONAL, searched=True, limit=100),
        Field("role", N_("Role in the team"), Type.CHOICE, required=True, choices=ROLES),
        Field(
            "post",
            N_("Post"),
            limit=100,
            hint=N_("For example: head of the village, head of the Front committee"),
        ),
        Field("sex", N_("Sex"), Type.CHOICE, choices=SEXES, privacy=Privacy.PERSONAL),
        Field("phone", N_("Telephone"), limit=30, privacy=Privacy.PERSONAL),
        Field("cluster", N_("Group of houses"), limit=100),
    ),
)

KINDS = (PERSON,)
