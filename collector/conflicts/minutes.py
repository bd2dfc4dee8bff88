"""Two laptops finalised the same meeting: both minutes side by side, what differs in them, and which were signed.

Nothing is renumbered. The minutes that were not signed stay with their papers, marked as such; an amendment can take up
what only they say.
"""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from collector.attachments.store import list_attachments
from collector.conflicts import store
from collector.conflicts.choices import Option, list_differences
from collector.conflicts.listing import title_of
from collector.conflicts.words import name_laptop
from collector.errors import RecordNotFound
from collector.history.words import label_of, who, write_value
from collector.meetings.late import Compared, compare_minutes, list_same_number
from collector.meetings.store import get_meeting
from collector.registry import KINDS
from collector.signed import list_minutes, signed_minutes_id
from sync.log import read_revisions
from sync.storage import Connection, Row


def get_meeting_of(connection: Connection, record: str) -> str:
    """Give the meeting of a record that says which minutes were signed.

    :raises RecordNotFound: if there is none.
    """
    found = connection.value("SELECT meeting FROM signed_minutes WHERE id = :id", {"id": record})
    if found is None:
        raise RecordNotFound(kind="signed_minutes", record=record)
    return str(found)


def describe(connection: Connection, meeting_id: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Gather the minutes of a meeting, those that count as signed first, and what differs in them.

    :raises RecordNotFound: if the meeting has none.
    """
    meeting = get_meeting(connection, meeting_id)
    versions = list_minutes(connection, meeting_id)
    if not versions:
        raise RecordNotFound(kind="snapshot", meeting=meeting_id)
    record = signed_minutes_id(meeting_id)
    is_recorded = connection.value("SELECT 1 FROM signed_minutes WHERE id = :id", {"id": record}) is not None
    choice = list_differences(store.get_held(connection, KINDS["signed_minutes"], record)) if is_recorded else []
    options = {option.values["snapshot"]: option for option in choice[0].options} if choice else {}
    shown = [_describe(connection, row, options.get(row["id"]), names) for row in versions]
    return {
        "meeting": meeting,
        "record_id": record,
        "seen": choice[0].seen if choice else "",
        "is_decided": not choice,
        "versions": shown,
        "rows": [_describe_row(connection, each) for each in compare_minutes(connection, versions)],
    }


def _describe(connection: Connection, row: Row, option: Option | None, names: Mapping[str, str]) -> dict[str, Any]:
    first = read_revisions(connection, row["id"])[0]
    return {
        "row": row,
        "key": option.key if option else "",
        "who": who(first.body.author, names),
        "laptop": name_laptop(connection, first.reference.device),
        "is_double": bool(list_same_number(connection, row)),
        "papers": [
            {"name": _say_paper(each["document"]), "href": url_for("attachments.show_file", attachment_id=each["id"])}
            for each in list_attachments(connection, row["id"], role="pdf")
        ],
        "scans": len(list_attachments(connection, row["id"], role="signed_scan")),
    }


def _say_paper(document: str | None) -> str:
    name, _separator, place = (document or "").partition("-")
    if name == "tally":
        return str(_("Tally of question %(number)s, PDF", number=place))
    if name == "attendance":
        return str(_("Attendance sheet, PDF"))
    return str(_("Resolution (minutes), PDF") if name == "resolution" else _("Minutes, PDF"))


def _describe_row(connection: Connection, compared: Compared) -> dict[str, Any]:
    """Put a record that the minutes have differently into words, one text for each of them."""
    kind = KINDS[compared.kind]
    known = [state for state in compared.states if state is not None]
    names = [
        name
        for name in kind.field_names
        if name != kind.belongs_to and len({str(state.values.get(name)) for state in known}) > 1
    ]
    is_missing = len(known) < len(compared.states)
    texts: list[list[tuple[str, str]]] = []
    for state in compared.states:
        if state is None:
            texts.append([])
        elif is_missing:
            texts.append([("", title_of(kind, {"id": state.record, **state.values}))])
        else:
            texts.append(
                [(label_of(kind, each), write_value(connection, kind, each, state.values.get(each))) for each in names]
            )
    title = title_of(kind, {"id": known[0].record, **known[0].values})
    return {"kind": kind, "title": "" if is_missing else title, "texts": texts}
