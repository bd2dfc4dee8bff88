"""Words of history: who, what was done, and values as people read them, however old or broken they are."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext

from collector.history.changes import Act, Change, Entry, trim_pair
from collector.kinds import Kind, Type
from collector.registry import KINDS, get_kind
from collector.wording import say, value_words
from collector.words import N_
from sync.revisions import REMOVED, Value
from sync.storage import Connection

ACTS: Final = {
    Act.RECORDED: N_("%(who)s recorded this"),
    Act.CHANGED: N_("%(who)s changed this"),
    Act.REMOVED: N_("%(who)s removed this"),
    Act.RESTORED: N_("%(who)s brought this back"),
    Act.ERASED: N_("%(who)s erased what this said before"),
}
_UNSHOWN: Final = (Type.SHA256,)
_LONGEST: Final = 600
_SHORT: Final = 40
"""Values up to so many characters stand side by side with an arrow, longer ones below each other."""


def who(author: str | None, names: Mapping[str, str]) -> str:
    """Give the name of an author; what nobody wrote came from setting up."""
    if author is None:
        return str(gettext("The set-up"))
    return names.get(author) or str(gettext("Somebody who is not on the list"))


def describe(connection: Connection, kind: Kind, entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    """Put one entry into words."""
    return {
        "reference": str(entry.reference),
        "stamp": entry.stamp,
        "removal": entry.act in (Act.REMOVED, Act.ERASED),
        "first": entry.act is Act.RECORDED,
        "sentence": say(ACTS[entry.act], who=who(entry.author, names)),
        "source": entry.source or "",
        "changes": [_describe_change(connection, kind, each) for each in entry.changes if _is_shown(kind, each.field)],
    }


def _is_shown(kind: Kind, name: str) -> bool:
    return name not in kind.field_names or kind.field(name).type not in _UNSHOWN


def _describe_change(connection: Connection, kind: Kind, change: Change) -> dict[str, Any]:
    after = write_value(connection, kind, change.field, change.after)
    before = [write_value(connection, kind, change.field, value) for value in change.before if value is not None]
    if len(before) == 1 and after:
        before[0], after = trim_pair(before[0], after)
    return {
        "field": change.field,
        "label": label_of(kind, change.field),
        "before": [_cut(text) for text in before],
        "after": _cut(after),
        "short": max(map(len, [*before, after])) <= _SHORT,
        "contested": change.contested,
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def label_of(kind: Kind, name: str) -> str:
    """Give the words of a field; a field of a newer version keeps its name."""
    if name == REMOVED:
        return str(gettext("Removed"))
    return say(kind.field(name).words) if name in kind.field_names else name


def write_value(connection: Connection, kind: Kind, name: str, value: Value) -> str:
    """Write any value of a field, also one of a wrong type or of a field that is not known here."""
    if value is None:
        return ""
    if name == REMOVED:
        return value_of_removal(value)
    if name not in kind.field_names or kind.clean({name: value}, complete=False)[1]:
        return str(value)
    declared = kind.field(name)
    if declared.type is Type.REFERENCE:
        return _title_of(connection, declared.refers_to, str(value))
    if name == "owner_kind" and value in KINDS:
        return say(get_kind(str(value)).words)
    return value_words(kind.name, name, value)


def value_of_removal(value: Value) -> str:
    """Say whether a record is removed."""
    return str(gettext("Yes") if value is True else gettext("No"))


def _title_of(connection: Connection, kind_name: str, record: str) -> str:
    if kind_name not in KINDS:
        return str(gettext("Another record"))
    kind = get_kind(kind_name)
    row = connection.row(f'SELECT * FROM "{kind_name}" WHERE id = :id', {"id": record})
    value = row and row[kind.title]
    return value_words(kind_name, kind.title, value) if value else str(gettext("A record that is not here"))
