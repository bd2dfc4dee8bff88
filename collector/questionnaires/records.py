"""Questionnaires: the XForm that is asked, what it counts, and which of its questions measure which dimension."""

from collections.abc import Iterable, Mapping

from collector.kinds import Choice, Field, FieldError, Kind, Type
from collector.words import N_
from sync.revisions import Value

XFORM_LIMIT = 400_000
DIMENSIONS = ("know", "discuss", "do", "inspect", "supervise", "benefit")
"""What the target is measured by, in the order in which it is asked."""
TRAITS = ("sex", "ethnic_group", "adults")
"""What results are broken down or weighted by."""
MAPPED = (*DIMENSIONS, *TRAITS)

UNITS_COUNTED = (
    Choice("households", N_("Households, one representative answers")),
    Choice("adults", N_("Adults")),
    Choice("none", N_("Neither: not for the 90% target")),
)
STATUSES = (Choice("active", N_("In use")), Choice("retired", N_("No longer used")))


def _mapped_once(values: Mapping[str, Value]) -> Iterable[FieldError]:
    seen: dict[Value, str] = {}
    for name in MAPPED:
        path = values.get(name)
        if path and path in seen:
            yield FieldError(name, "mapped_twice", {"path": path})
        elif path:
            seen[path] = name


QUESTIONNAIRE = Kind(
    name="questionnaire",
    one_way=True,
    words=N_("Questionnaire"),
    title="title",
    rule=_mapped_once,
    fields=(
        Field("form_id", N_("Name in the file (form_id)"), required=True, limit=120, searched=True),
        Field("version", N_("Version"), required=True, limit=60),
        Field("title", N_("Title"), required=True, searched=True),
        Field("xform", N_("The questions and their logic"), Type.LONG_TEXT, required=True, limit=XFORM_LIMIT),
        Field("source_sha256", N_("Check sum of the Excel file"), Type.SHA256),
        Field("counted", N_("What is counted"), Type.CHOICE, required=True, choices=UNITS_COUNTED),
        Field("built_in", N_("Comes with Collector as"), limit=60),
        Field("web", N_("Can be asked on this computer and on phones"), Type.BOOLEAN),
        Field("refusal", N_("Why it cannot be asked on pages"), Type.LONG_TEXT, limit=20_000),
        Field("know", N_("Question about knowing"), limit=250),
        Field("discuss", N_("Question about discussing"), limit=250),
        Field("do", N_("Question about doing"), limit=250),
        Field("inspect", N_("Question about inspecting"), limit=250),
        Field("supervise", N_("Question about supervising"), limit=250),
        Field("benefit", N_("Question about benefiting"), limit=250),
        Field("sex", N_("Question about the sex"), limit=250),
        Field("ethnic_group", N_("Question about the ethnic group"), limit=250),
        Field("adults", N_("Question about the number of adults"), limit=250),
        Field("status", N_("State"), Type.CHOICE, required=True, choices=STATUSES),
    ),
    indexes=(("form_id", "version"),),
)

KINDS = (QUESTIONNAIRE,)
