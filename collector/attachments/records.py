"""Files that belong to a record: photos, signed scans, finished papers. The bytes lie in the data folder."""

from collector.kinds import Choice, Field, Kind, Type
from collector.words import N_

ROLES = (
    Choice("photo", N_("Photo")),
    Choice("signed_scan", N_("Signed scan")),
    Choice("media", N_("Picture or recording of a questionnaire")),
    Choice("pdf", N_("Printed paper")),
    Choice("paper", N_("What is printed, as data")),
)

ATTACHMENT = Kind(
    name="attachment",
    words=N_("Attachment"),
    title="name",
    fields=(
        Field("owner_kind", N_("Belongs to (kind)"), required=True, limit=60),
        Field("owner", N_("Belongs to"), Type.REFERENCE, required=True),
        Field("role", N_("What it is"), Type.CHOICE, required=True, choices=ROLES),
        Field("document", N_("Paper"), limit=60),
        Field("sha256", N_("SHA-256"), Type.SHA256, required=True, group="file"),
        Field("size_bytes", N_("Size"), Type.INTEGER, required=True, measure=N_("bytes"), group="file"),
        Field("media_type", N_("Type of file"), required=True, limit=100, group="file"),
        Field("name", N_("File name"), required=True, limit=200),
    ),
    indexes=(("owner",), ("sha256",)),
)

KINDS = (ATTACHMENT,)
