"""Everything that is recorded of a meeting: invitation, agenda, guests, attendance, votes, minutes, amendments."""

from collections.abc import Iterable, Mapping

from collector.kinds import Choice, Field, FieldError, Kind, Privacy, Type
from collector.units.records import SEXES
from collector.words import N_
from sync.revisions import Value

TYPES = (
    Choice("dialogue", N_("Dialogue meeting")),
    Choice("community", N_("Community meeting that decides")),
    Choice("conference", N_("Village conference at the end of the year")),
    Choice("other", N_("Other meeting")),
)
STATES = (
    Choice("planned", N_("In preparation")),
    Choice("in_session", N_("In session")),
    Choice("ended", N_("Ended, not finalised")),
    Choice("finalised", N_("Finalised")),
)
MATTERS = (
    Choice("1", N_("1. Contributions of the people to works of the village")),
    Choice("2", N_("2. Contributions, income, spending and management of community funds")),
    Choice("3", N_("3. Village conventions")),
    Choice("4", N_("4. Electing or dismissing the village head")),
    Choice(
        "5",
        N_(
            "5. Electing or dismissing members of the People's Inspection Board or the Investment Supervision Board"
        ),
    ),
    Choice("6", N_("6. Other matters of self-management of the community")),
    Choice("none", N_("Not one of the six matters (opinion only)")),
)


def _ends_after_start(values: Mapping[str, Value]) -> Iterable[FieldError]:
    start, end = values.get("starts_at"), values.get("ended_at")
    if start and end and str(end) <= str(start):
        yield FieldError("ended_at", "before_start", {"start": start})


MEETING = Kind(
    name="meeting",
    locked=True,
    words=N_("Meeting"),
    title="title",
    rule=_ends_after_start,
    fields=(
        Field("meeting_type", N_("Kind of meeting"), Type.CHOICE, required=True, choices=TYPES),
        Field("title", N_("What the meeting is about"), required=True, searched=True),
        Field("programme", N_("Programme or project"), Type.REFERENCE, refers_to="programme"),
        Field("starts_at", N_("Starts at"), Type.INSTANT, required=True),
        Field("ended_at", N_("Ended at"), Type.INSTANT),
        Field("place", N_("Place"), required=True, searched=True),
        Field("state", N_("State"), Type.CHOICE, choices=STATES),
        Field("chair", N_("Chair"), limit=100, searched=True),
        Field("chair_post", N_("Post of the chair"), limit=100),
        Field("secretary", N_("Secretary"), limit=100, searched=True),
        Field("secretary_post", N_("Post of the secretary"), limit=100),
        Field("village_head", N_("Head of the village"), limit=100),
        Field("front_head", N_("Head of the Front committee"), limit=100),
        Field("representative_1", N_("First household representative who signs"), limit=100),
        Field("representative_2", N_("Second household representative who signs"), limit=100),
        Field("invited_on", N_("Invitations given out on"), Type.DATE),
        Field("addressee", N_("Invited"), limit=200),
        Field("convener", N_("Convener who signs the invitation"), limit=100),
        Field("convener_post", N_("Post of the convener"), limit=100),
        Field("documents", N_("Documents sent with the invitation"), Type.LONG_TEXT, limit=2_000),
        Field("contact", N_("Whom to ask"), limit=200),
        Field("register", N_("Household register"), Type.REFERENCE, refers_to="register", group="register"),
        Field(
            "households_total",
            N_("Households of the village"),
            Type.INTEGER,
            measure=N_("households"),
            minimum=1,
            maximum=100_000,
            group="register",
        ),
        Field(
            "represented_counted",
            N_("Represented households, if counted and not ticked"),
            Type.INTEGER,
            measure=N_("households"),
            maximum=100_000,
        ),
        Field(
            "people_present",
            N_("People present, if counted"),
            Type.INTEGER,
            measure=N_("people"),
            maximum=1_000_000,
        ),
        Field(
            "procedure_agreed",
            N_("More than half of those attending agreed on the secretary, the way of voting and the counting board"),
            Type.BOOLEAN,
        ),
        Field("conclusion", N_("Conclusion of the chair"), Type.LONG_TEXT, searched=True),
        Field("read_aloud", N_("The minutes were read aloud to the meeting"), Type.BOOLEAN),
    ),
    indexes=(
        ("unit", "starts_at"),
        ("starts_at", "id"),
        ("state", "starts_at"),
        ("unit", "state", "starts_at"),
        ("programme",),
    ),
)

GUEST = Kind(
    name="guest",
    belongs_to="meeting",
    locked=True,
    words=N_("Invited guest"),
    title="name",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("name", N_("Full name"), required=True, limit=100),
        Field("post", N_("Post"), limit=200),
        Field("present", N_("Present"), Type.BOOLEAN),
    ),
    indexes=(("meeting",),),
)

AGENDA_ITEM = Kind(
    name="agenda_item",
    belongs_to="meeting",
    locked=True,
    words=N_("Agenda item"),
    title="title",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("position", N_("Order"), Type.INTEGER, required=True, minimum=1, maximum=1_000),
        Field("title", N_("Agenda item"), required=True),
        Field("presenter", N_("Presented by"), limit=100),
        Field("notes", N_("What was presented"), Type.LONG_TEXT, searched=True),
    ),
    indexes=(("meeting",),),
)

ATTENDANCE = Kind(
    name="attendance",
    belongs_to="meeting",
    locked=True,
    words=N_("Attendance"),
    title="name",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("household", N_("Household"), Type.REFERENCE, required=True, refers_to="household"),
        Field("name", N_("Representative"), limit=100, privacy=Privacy.PERSONAL),
        Field("sex", N_("Sex"), Type.CHOICE, choices=SEXES, privacy=Privacy.PERSONAL),
    ),
    indexes=(("meeting",), ("household",)),
)

BOARD_ROLES = (
    Choice("leader", N_("Leader of the counting board")),
    Choice("member", N_("Member of the counting board")),
    Choice("witness", N_("Household that witnesses the count")),
)

BOARD_MEMBER = Kind(
    name="board_member",
    belongs_to="meeting",
    locked=True,
    words=N_("Counting board and witnesses"),
    title="name",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("name", N_("Full name"), required=True, limit=100),
        Field("role", N_("Task"), Type.CHOICE, required=True, choices=BOARD_ROLES),
    ),
    indexes=(("meeting",),),
)

QUESTION = Kind(
    name="question",
    belongs_to="meeting",
    locked=True,
    words=N_("Question to vote on"),
    title="text",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("position", N_("Order"), Type.INTEGER, required=True, minimum=1, maximum=1_000),
        Field("text", N_("What is voted on"), Type.LONG_TEXT, required=True, limit=2_000, searched=True),
        Field("matter", N_("Matter of article 15"), Type.CHOICE, required=True, choices=MATTERS),
        Field(
            "method",
            N_("Where people vote"),
            Type.CHOICE,
            choices=(
                Choice("meeting", N_("At the meeting")),
                Choice("ballot", N_("Ballots taken to the households")),
                Choice("online", N_("Online")),
            ),
        ),
        Field(
            "voting",
            N_("How people vote"),
            Type.CHOICE,
            choices=(
                Choice("hands", N_("Show of hands")),
                Choice("secret_ballot", N_("Secret ballot")),
            ),
        ),
        Field(
            "scope",
            N_("Who votes"),
            Type.CHOICE,
            choices=(
                Choice("village", N_("The whole village")),
                Choice("commune", N_("All villages of the commune")),
            ),
        ),
        Field("by_cluster", N_("Counted by group of houses and added up"), Type.BOOLEAN),
        Field("some_left", N_("Some households present did not vote"), Type.BOOLEAN),
        Field("seats", N_("How many are elected"), Type.INTEGER, minimum=1, maximum=100),
        Field(
            "households_total",
            N_("Households of the village"),
            Type.INTEGER,
            measure=N_("households"),
            minimum=1,
            maximum=100_000,
            group="frozen",
        ),
        Field("register", N_("Household register"), Type.REFERENCE, refers_to="register", group="frozen"),
        Field("rule_source", N_("Text of law of the threshold"), group="frozen"),
        Field("rule_valid_from", N_("Threshold valid from"), Type.DATE, group="frozen"),
        Field("decision", N_("Wording of the decision"), Type.LONG_TEXT, limit=5_000, searched=True),
    ),
    indexes=(("meeting",),),
)

OPTION = Kind(
    name="option",
    belongs_to="question",
    locked=True,
    words=N_("Option or candidate"),
    title="label",
    fields=(
        Field("question", N_("Question to vote on"), Type.REFERENCE, required=True, refers_to="question"),
        Field("position", N_("Order"), Type.INTEGER, required=True, minimum=1, maximum=1_000),
        Field("label", N_("Option or candidate"), required=True),
    ),
    indexes=(("question",),),
)


def _valid_within_collected(values: Mapping[str, Value]) -> Iterable[FieldError]:
    issued, collected = values.get("issued"), values.get("collected")
    if isinstance(issued, int) and isinstance(collected, int) and collected > issued:
        yield FieldError("collected", "more_than_issued", {"issued": issued})
    valid, invalid = values.get("valid"), values.get("invalid")
    match valid, invalid, collected:
        case int(), int(), int() if valid + invalid != collected:
            yield FieldError("valid", "not_the_sum", {"sum": valid + invalid, "collected": collected})


def _count(name: str, words: str) -> Field:
    return Field(name, words, Type.INTEGER, measure=N_("households"), maximum=100_000, group="counts")


TALLY = Kind(
    name="tally",
    belongs_to="question",
    locked=True,
    words=N_("Tally"),
    title="cluster",
    rule=_valid_within_collected,
    fields=(
        Field("question", N_("Question to vote on"), Type.REFERENCE, required=True, refers_to="question"),
        Field("option", N_("Option or candidate"), Type.REFERENCE, refers_to="option"),
        Field("cluster", N_("Group of houses"), limit=100),
        _count("yes", N_("For")),
        _count("no", N_("Against")),
        _count("other", N_("Other opinion")),
        _count("issued", N_("Ballots given out")),
        _count("collected", N_("Ballots collected")),
        _count("valid", N_("Valid ballots")),
        _count("invalid", N_("Invalid ballots")),
    ),
    indexes=(("question",),),
)

SNAPSHOT = Kind(
    name="snapshot",
    belongs_to="meeting",
    words=N_("Finalised minutes"),
    title="number_text",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("number", N_("Number"), Type.INTEGER, required=True, minimum=1, group="number"),
        Field("year", N_("Year"), Type.INTEGER, required=True, minimum=2000, maximum=2199, group="number"),
        Field("series", N_("Letters after the number of minutes"), required=True, limit=20, group="number"),
        Field("number_text", N_("Printed number"), required=True, limit=60, group="number"),
        Field("finalised_at", N_("Finalised at"), Type.INSTANT, required=True),
        Field("paper_sha256", N_("SHA-256 of what is printed"), Type.SHA256, required=True),
        Field("revisions", N_("Revisions that are printed"), Type.LONG_TEXT, limit=400_000),
    ),
    indexes=(("meeting",), ("unit", "year", "number")),
)

SIGNED_MINUTES = Kind(
    name="signed_minutes",
    belongs_to="meeting",
    words=N_("Which minutes were signed"),
    title="snapshot",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("snapshot", N_("Signed minutes"), Type.REFERENCE, required=True, refers_to="snapshot"),
    ),
    indexes=(("meeting",),),
)

AMENDMENT = Kind(
    name="amendment",
    belongs_to="meeting",
    words=N_("Amendment"),
    title="reason",
    fields=(
        Field("meeting", N_("Meeting"), Type.REFERENCE, required=True, refers_to="meeting"),
        Field("snapshot", N_("Finalised minutes"), Type.REFERENCE, required=True, refers_to="snapshot"),
        Field("number", N_("Number"), Type.INTEGER, required=True, minimum=1),
        Field("reason", N_("Reason of the amendment"), Type.LONG_TEXT, required=True, limit=2_000, searched=True),
        Field("text", N_("What is amended"), Type.LONG_TEXT, required=True, searched=True),
        Field("made_on", N_("Date of the amendment"), Type.DATE, required=True),
    ),
    indexes=(("meeting",),),
)

KINDS = (
    MEETING,
    GUEST,
    AGENDA_ITEM,
    ATTENDANCE,
    BOARD_MEMBER,
    QUESTION,
    OPTION,
    TALLY,
    SNAPSHOT,
    SIGNED_MINUTES,
    AMENDMENT,
)
