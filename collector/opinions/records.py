"""What people said in a meeting, and what became of it.

An opinion is locked with the minutes of its meeting; its follow-up stays open. Who spoke, when they did not want
to be named, is kept in a contact that never leaves the village.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from collector.kinds import Choice, Field, FieldError, Kind, Privacy, Scope, Type
from collector.words import N_
from sync.revisions import Value

TOPICS = (
    Choice("land", N_("Land and forest")),
    Choice("infrastructure", N_("Roads, water, electricity")),
    Choice("livelihood", N_("Production and livelihood")),
    Choice("policy", N_("Policies and support")),
    Choice("health_school", N_("Health and schools")),
    Choice("environment", N_("Environment")),
    Choice("security", N_("Order and safety")),
    Choice("culture", N_("Culture and customs")),
    Choice("government", N_("Work of the authorities")),
    Choice("other", N_("Other")),
)
STATES = (
    Choice("new", N_("Just recorded")),
    Choice("forwarded", N_("Forwarded")),
    Choice("waiting", N_("Waiting for a reply")),
    Choice("replied", N_("Replied")),
    Choice("told", N_("People were told")),
)

OPINION = Kind(
    name="opinion",
    belongs_to="meeting",
    locked=True,
    words=N_("Opinion"),
    title="text",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("number", N_("Number"), Type.INTEGER, required=True, minimum=1, maximum=100_000),
        Field("text", N_("Opinion"), Type.LONG_TEXT, required=True, searched=True),
        Field("speaker", N_("Speaker"), limit=100, privacy=Privacy.PERSONAL, searched=True),
        Field("anonymous", N_("Do not print the name"), Type.BOOLEAN),
        Field("topic", N_("Topic"), Type.CHOICE, choices=TOPICS),
        Field("programme", N_("Programme or project"), Type.REFERENCE, refers_to="programme"),
        Field("agency", N_("Agency that should reply"), searched=True),
        Field("answer", N_("Answer given in the room"), Type.LONG_TEXT, searched=True),
        Field("answered_by", N_("Answered by"), limit=100),
        Field("deadline", N_("Reply promised by"), Type.DATE),
    ),
    indexes=(
        ("meeting",),
        ("programme", "id"),
        ("agency", "id"),
        ("topic", "id"),
        ("deadline", "id"),
        ("unit", "id"),
        ("unit", "deadline", "id"),
    ),
)


def _in_order(values: Mapping[str, Value]) -> Iterable[FieldError]:
    days = ("forwarded_on", "replied_on", "told_on")
    known = [(name, str(values[name])) for name in days if values.get(name)]
    for (_, earlier), (name, later) in pairwise(known):
        if later < earlier:
            yield FieldError(name, "before_start", {"start": earlier})


FOLLOW_UP = Kind(
    name="follow_up",
    belongs_to="opinion",
    words=N_("Follow-up of an opinion"),
    title="state",
    rule=_in_order,
    fields=(
        Field("opinion", N_("Opinion"), Type.REFERENCE, required=True, refers_to="opinion"),
        Field("state", N_("State"), Type.CHOICE, required=True, choices=STATES),
        Field("agency", N_("Agency that should reply")),
        Field("forwarded_on", N_("Forwarded on"), Type.DATE),
        Field("deadline", N_("Reply due by"), Type.DATE),
        Field("reply", N_("Reply"), Type.LONG_TEXT, searched=True),
        Field("replied_on", N_("Replied on"), Type.DATE),
        Field("told_on", N_("Day on which people were told"), Type.DATE),
    ),
    indexes=(
        ("opinion",),
        ("state", "deadline", "opinion"),
        ("state", "opinion"),
        ("agency", "opinion"),
        ("unit", "state", "deadline", "opinion"),
        ("unit", "state", "opinion"),
    ),
)

SPEAKER_CONTACT = Kind(
    name="speaker_contact",
    belongs_to="opinion",
    words=N_("Contact of a speaker"),
    title="name",
    scope=Scope.VILLAGE,
    fields=(
        Field("opinion", N_("Opinion"), Type.REFERENCE, required=True, refers_to="opinion"),
        Field("name", N_("Full name"), limit=100, privacy=Privacy.PERSONAL),
        Field("phone", N_("Telephone"), limit=30, privacy=Privacy.PERSONAL),
    ),
    indexes=(("opinion",),),
)

KINDS = (OPINION, FOLLOW_UP, SPEAKER_CONTACT)
