"""Words for what is not in the signed minutes, on the page of the meeting and as the beginning of an amendment."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from collector.history.words import label_of, write_value
from collector.kinds import Kind
from collector.meetings.late import Compared, Late, compare_minutes, list_late
from collector.query import get_record
from collector.registry import KINDS
from collector.search.views import make_title
from collector.wording import say
from sync.merge import RecordState
from sync.revisions import Value
from sync.storage import Connection, Row


def describe_late(connection: Connection, minutes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Say what of a meeting is not in its signed minutes."""
    return [
        {
            "kind": KINDS[each.kind],
            "stamp": each.stamp,
            "words": _say_late(connection, each),
            "href": _href(each),
        }
        for each in list_late(connection, minutes)
    ]


def _href(late: Late) -> str:
    endpoint = "history.show_history" if late.is_new else "conflicts.show_record"
    return url_for(endpoint, kind=late.kind, record_id=late.record)


def _say_late(connection: Connection, late: Late) -> str:
    kind = KINDS[late.kind]
    row = connection.row(f'SELECT * FROM "{kind.name}" WHERE id = :id', {"id": late.record}) or {}
    title = say_record(kind, row)
    if late.is_new:
        return title
    if late.is_removed:
        return str(_("%(title)s: taken out after the minutes were signed", title=title))
    changes = (
        str(
            _(
                "%(field)s: signed “%(signed)s”, now “%(now)s”",
                field=label_of(kind, name),
                signed=_write(connection, kind, name, signed),
                now=_write(connection, kind, name, now),
            )
        )
        for name, signed, now in late.changes
    )
    return "; ".join([title, *changes])


def _write(connection: Connection, kind: Kind, name: str, value: Value) -> str:
    return write_value(connection, kind, name, value) or str(_("(empty)"))


def say_record(kind: Kind, row: Row) -> str:
    """Name a record by its kind and title."""
    title = "".join(text for text, _found in make_title(kind.name, row))
    return f"{say(kind.words)}: {title}" if title else say(kind.words)


def begin_amendment(connection: Connection, minutes: Row, of: str) -> dict[str, str]:
    """Give what an amendment begins with: what came late, or what only the minutes `of` of another laptop say."""
    if of == "late":
        lines = [each["words"] for each in describe_late(connection, minutes)]
        reason = str(_("Recorded on another laptop and not in the minutes when they were signed."))
    else:
        other = get_record(connection, "snapshot", of)
        lines = _list_only_in(connection, [minutes, other])
        number = other["number_text"]
        reason = str(_("Minutes %(number)s, finalised on another laptop, were not signed.", number=number))
    return {"reason": reason, "text": "\n".join(f"- {line}" for line in lines)}


def _list_only_in(connection: Connection, versions: Sequence[Row]) -> list[str]:
    compared = compare_minutes(connection, versions)
    return [words for each in compared if (words := _say_other(connection, each))]


def _say_other(connection: Connection, compared: Compared) -> str:
    kind = KINDS[compared.kind]
    signed, other = compared.states
    if other is None:
        return ""
    title = say_record(kind, {"id": other.record, **other.values})
    if signed is None:
        return title
    changes = (
        f"{label_of(kind, name)}: {_write(connection, kind, name, other.values.get(name))}"
        for name in _differing(kind, signed, other)
    )
    return "; ".join([title, *changes])


def _differing(kind: Kind, signed: RecordState, other: RecordState) -> list[str]:
    return [name for name in kind.field_names if signed.values.get(name) != other.values.get(name)]
