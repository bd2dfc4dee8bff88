"""How a kind of record declares itself: once, as data.

From a declaration derive the cache table, validation on the wire and on forms, export columns, the data dictionary
and the history page. Pure: words for the screen stand here in English and are translated at the edge.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from sync.revisions import Value

TEXT_LIMIT: Final = 300
LONG_TEXT_LIMIT: Final = 20_000
INTEGER_LIMIT: Final = 2**53
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHOLE_NUMBER = re.compile(r"-?(?:[0-9]{1,17}|[0-9]{1,3}(?:[.,\s][0-9]{3}){1,5})")
"""Digits, in groups of three or not: 1.5 is no whole number and must not become 15."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Type(StrEnum):
    """What a field holds. Dates are `YYYY-MM-DD`, instants UTC ISO 8601 with `Z`, money whole đồng."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    REFERENCE = "reference"
    SHA256 = "sha256"


class Privacy(StrEnum):
    """How far a field may travel: `personal` and `sensitive` as in Law 91/2025."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice field: its code in the data, its words on the screen (English source)."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `measure` is the unit of a number, `group` the merge group it conflicts with."""

    name: str
    words: str
    type: Type = Type.TEXT
    required: bool = False
    choices: tuple[Choice, ...] = ()
    refers_to: str = ""
    measure: str = ""
    privacy: Privacy = Privacy.PUBLIC
    group: str = ""
    minimum: int | None = None
    maximum: int | None = None
    limit: int = 0
    hint: str = ""
    searched: bool = False

    @property
    def text_limit(self) -> int:
        """The largest number of characters that the field takes."""
        return self.limit or (LONG_TEXT_LIMIT if self.type is Type.LONG_TEXT else TEXT_LIMIT)

    def words_for(self, code: object) -> str:
        """Give the words of one of the field's choices, or the code itself when it is not known here."""
        return next((choice.words for choice in self.choices if choice.code == code), str(code))


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, as a value: a stable code and what a message needs."""

    field: str
    code: str
    context: Mapping[str, Any]


class Scope(StrEnum):
    """How far records of a kind travel from the village."""

    ALL = "all"
    VILLAGE = "village"


Rule = Callable[[Mapping[str, Value]], Iterable[FieldError]]


def _no_rule(_: Mapping[str, Value]) -> Iterable[FieldError]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    `title` names the field that stands for the record in lists and in history; `belongs_to` the reference to the
    record it is part of; `locked` says that it cannot change once the minutes of its meeting are finalised;
    `anonymous` that its revisions name no author, stand in epochs of their own and have no page of history.
    `one_way` says that no earlier version is brought back, because what happened since hangs on the present one.
    """

    name: str
    words: str
    fields: tuple[Field, ...]
    title: str
    indexes: tuple[tuple[str, ...], ...] = ()
    scope: Scope = Scope.ALL
    rule: Rule = _no_rule
    belongs_to: str = ""
    locked: bool = False
    anonymous: bool = False
    one_way: bool = False

    def field(self, name: str) -> Field:
        """Give a field by its name.

        :raises KeyError: if the kind has no such field.
        """
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(f"{self.name}.{name}")

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields, in the order of their declaration."""
        return tuple(each.name for each in self.fields)

    @property
    def searched(self) -> tuple[str, ...]:
        """The names of the fields that search looks into."""
        return tuple(each.name for each in self.fields if each.searched)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The merge groups: names of fields that are written together and conflict together."""
        names = dict.fromkeys(each.group for each in self.fields if each.group)
        return tuple(tuple(each.name for each in self.fields if each.group == name) for name in names)

    def clean(
        self, values: Mapping[str, object], *, complete: bool = True
    ) -> tuple[dict[str, Value], list[FieldError]]:
        """Bring values into the form in which they are stored, and list what is wrong with them.

        `complete` asks for the required fields as well. Unknown names are errors; NFC is made here. The kind's
        rule is not asked: it needs the whole record.
        """
        cleaned: dict[str, Value] = {}
        errors: list[FieldError] = []
        for name, raw in values.items():
            if name not in self.field_names:
                errors.append(FieldError(name, "unknown_field", {"kind": self.name}))
                continue
            try:
                cleaned[name] = clean_value(self.field(name), raw)
            except _NotClean as problem:
                errors.append(FieldError(name, problem.code, problem.context))
        errors.extend(self._missing(cleaned, {error.field for error in errors}, complete=complete))
        return cleaned, errors

    def _missing(
        self, cleaned: Mapping[str, Value], wrong: set[str], *, complete: bool
    ) -> Iterable[FieldError]:
        for each in self.fields:
            empty = cleaned.get(each.name) is None
            if each.required and empty and each.name not in wrong and (complete or each.name in cleaned):
                yield FieldError(each.name, "missing", {})


class _NotClean(Exception):
    def __init__(self, code: str, **context: Any) -> None:
        super().__init__(code)
        self.code = code
        self.context = context


def clean_value(declared: Field, raw: object) -> Value:
    """Bring one value into its stored form; empty text becomes None."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    cleaned = _CLEANERS[declared.type](declared, raw)
    return None if cleaned == "" else cleaned


def _clean_text(declared: Field, raw: object) -> str:
    if not isinstance(raw, str):
        raise _NotClean("not_text")
    text = unicodedata.normalize("NFC", _CONTROL.sub("", raw.replace("\r\n", "\n").replace("\r", "\n")))
    text = text.strip() if declared.type is Type.LONG_TEXT else " ".join(text.split())
    if len(text) > declared.text_limit:
        raise _NotClean("too_long", limit=declared.text_limit, length=len(text))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _NotClean("not_text") from None
    return text


def _clean_integer(declared: Field, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise _NotClean("not_a_number")
    typed = str(raw).strip()
    if not _WHOLE_NUMBER.fullmatch(typed):
        raise _NotClean("not_a_number")
    number = int(re.sub(r"[\s.,]", "", typed))
    low = 0 if declared.minimum is None else declared.minimum
    high = INTEGER_LIMIT if declared.maximum is None else declared.maximum
    if number < low:
        raise _NotClean("too_small", minimum=low)
    if number > high:
        raise _NotClean("too_large", maximum=high)
    return number


def _clean_boolean(_: Field, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in (1, "1", "true", "on", "yes", "y"):
        return True
    if raw in (0, "0", "false", "off", "no", "n"):
        return False
    raise _NotClean("not_yes_or_no")


def _clean_date(_: Field, raw: object) -> str:
    try:
        day = raw if type(raw) is date else date.fromisoformat(str(raw))
    except ValueError:
        raise _NotClean("not_a_date") from None
    if not 1900 <= day.year <= 2199:
        raise _NotClean("not_a_date")
    return day.isoformat()


def _clean_instant(_: Field, raw: object) -> str:
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
        if moment.tzinfo is None:
            raise _NotClean("no_time_zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _NotClean("not_a_time") from None
    if not 1900 <= moment.year <= 2199:
        raise _NotClean("not_a_time")
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


_ANY: Final = Field("", "")


def is_date(text: str) -> bool:
    """Tell whether a text is a day as it is stored."""
    return _DATE.fullmatch(text) is not None and _is_clean(_clean_date, text)


def is_instant(text: str) -> bool:
    """Tell whether a text is an instant as it is stored."""
    return _INSTANT.fullmatch(text) is not None and _is_clean(_clean_instant, text)


def _is_clean(clean: Callable[[Field, object], str], text: str) -> bool:
    try:
        return clean(_ANY, text) == text
    except _NotClean:
        return False


def _clean_choice(declared: Field, raw: object) -> str:
    if not isinstance(raw, str) or raw not in {choice.code for choice in declared.choices}:
        raise _NotClean("not_a_choice")
    return raw


def _clean_reference(_: Field, raw: object) -> str:
    if not isinstance(raw, str) or not _IDENTIFIER.fullmatch(raw):
        raise _NotClean("not_a_reference")
    return raw


def _clean_sha256(_: Field, raw: object) -> str:
    if not isinstance(raw, str) or not _SHA256.fullmatch(raw):
        raise _NotClean("not_a_hash")
    return raw


_CLEANERS: Final[dict[Type, Callable[[Field, object], Value]]] = {
    Type.TEXT: _clean_text,
    Type.LONG_TEXT: _clean_text,
    Type.INTEGER: _clean_integer,
    Type.BOOLEAN: _clean_boolean,
    Type.DATE: _clean_date,
    Type.INSTANT: _clean_instant,
    Type.CHOICE: _clean_choice,
    Type.REFERENCE: _clean_reference,
    Type.SHA256: _clean_sha256,
}
