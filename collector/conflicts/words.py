"""Words for what differs: values as people read them, who wrote them, on which laptop and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from collector import wording
from collector.conflicts.choices import Difference, Held, Option, Witness
from collector.conflicts.store import find_unit_name
from collector.history.words import label_of, who, write_value
from collector.identity import short_id
from collector.kinds import Type
from collector.wording import write_stamp
from collector.words import N_
from sync.log import RECORDS
from sync.revisions import REMOVED, Value
from sync.storage import Connection

wording.FIELD_SENTENCES["not_readable"] = N_(
    "“%(field)s” holds something that this version cannot read. Please enter it again, or update the program."
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts differences of one record into words, with the names of people and of this laptop at hand."""

    connection: Connection
    held: Held
    names: Mapping[str, str]

    def describe(self, difference: Difference) -> dict[str, Any]:
        """Give a difference as its part of the page shows it."""
        return {
            "name": difference.name,
            "is_removal": difference.name == REMOVED,
            "label": ", ".join(label_of(self.held.kind, name) for name in difference.differing),
            "seen": difference.seen,
            "options": [self._describe_option(difference, option) for option in difference.options],
            "can_combine": self._can_combine(difference),
        }

    def _describe_option(self, difference: Difference, option: Option) -> dict[str, Any]:
        is_locked = self.held.signed is not None
        is_group = len(difference.fields) > 1
        options = difference.options
        filled = [name for name in difference.fields if any(each.values[name] is not None for each in options)]
        return {
            "key": option.key,
            "text": self._write(difference.name, option.values[difference.name]),
            "rows": self._describe_values((name, option.values[name]) for name in filled) if is_group else [],
            "keeps": option.values.get(REMOVED) is False,
            "edits": self._describe_values(option.edits),
            "witnesses": [self._describe_witness(each) for each in option.witnesses],
            "is_shown": option.is_shown,
            "is_signed": option.is_signed,
            "can_choose": option.is_signed or not is_locked,
        }

    def _describe_values(self, values: Iterable[tuple[str, Value]]) -> list[tuple[str, str]]:
        return [(label_of(self.held.kind, name), self._write(name, value)) for name, value in values]

    def _write(self, name: str, value: Value) -> str:
        return write_value(self.connection, self.held.kind, name, value)

    def _describe_witness(self, witness: Witness) -> dict[str, Any]:
        return {
            "who": who(witness.author, self.names),
            "source": witness.source or "",
            "laptop": name_laptop(self.connection, witness.reference.device),
            "moment": write_stamp(witness.stamp),
            "is_doubtful": witness.is_doubtful,
        }

    def _can_combine(self, difference: Difference) -> bool:
        kind, name = self.held.kind, difference.name
        if self.held.signed is not None or len(difference.fields) > 1 or name not in kind.field_names:
            return False
        texts = [option.values[name] for option in difference.options if option.values[name]]
        is_long = kind.field(name).type is Type.LONG_TEXT and all(isinstance(text, str) for text in texts)
        return is_long and len(texts) > 1


def name_laptop(connection: Connection, device: str) -> str:
    """Say on which laptop something was written: of which village, if that is known, and the beginning of its id."""
    own = connection.value("SELECT device FROM lane_writer WHERE lane = :lane", {"lane": RECORDS})
    if device == own:
        return str(gettext("this laptop"))
    letters = short_id(device)
    village = _find_village(connection, device)
    if village:
        return str(gettext("laptop %(letters)s of %(village)s", letters=letters, village=village))
    return str(gettext("laptop %(letters)s", letters=letters))


def _find_village(connection: Connection, device: str) -> str:
    """Give the name of the one village for which a laptop writes, "" where it is not known or writes for several."""
    data = connection.value("SELECT data FROM certificate WHERE device = :device", {"device": device})
    if data is None:
        return ""
    # Imported late: only laptops that joined a centre have certificates, and reading them needs cryptography.
    from sync.certificates import CERTIFICATE, Certificate
    from sync.statements import read_statement

    scopes = read_statement(bytes(data), Certificate, CERTIFICATE).scopes
    units = {scope.unit for scope in scopes if scope.write}
    return find_unit_name(connection, units.pop()) if len(units) == 1 else ""


def list_labels(held: Held, differences: Sequence[Difference]) -> str:
    """Name what differs, for a list."""
    if any(each.name == REMOVED for each in differences):
        return str(gettext("Removed here, changed there"))
    return ", ".join(label_of(held.kind, name) for each in differences for name in each.differing)
