"""Forms made from the declaration of a kind, so that a field's type, words, choices and limits are said once.

A form takes text as it was typed; `check()` has the kind clean it and puts a sentence at every wrong field.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Field as FormField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, DateTimeLocalInput, NumberInput

from collector import wording
from collector.clock import local_input, local_time
from collector.errors import RecordInvalid
from collector.kinds import Field, FieldError, Kind, Type
from collector.registry import get_kind
from collector.words import N_
from sync.revisions import Value

NO_CHOICE: Final = N_("Not chosen")
RADIO_LIMIT: Final = 4
"""Up to so many choices are shown as rows to tap, more as a list to open."""


class RecordForm(FlaskForm):  # type: ignore[misc]
    """A form over some fields of one kind. Made by `record_form`; holds no rule of its own."""

    kind: Kind
    names: tuple[str, ...]

    def check(self, current: Mapping[str, Value] | None = None) -> dict[str, Value] | None:
        """Give the values to store, or None after putting a sentence at every wrong field.

        `current` holds the record's other values, so that rules over several fields can be asked.
        """
        if not self.validate():
            return None
        typed = {name: self._typed(name) for name in self.names}
        cleaned, errors = self.kind.clean(typed)
        errors = [error for error in errors if error.field in self.names]
        if not errors:
            errors = list(self.kind.rule({**(current or {}), **cleaned}))
        self.show(errors)
        return None if errors else cleaned

    def show(self, errors: Iterable[FieldError]) -> None:
        """Put the sentence of every error at its field, or on top when the form has no such field."""
        for error in errors:
            field = self._fields.get(error.field)
            sentence = wording.field_sentence(self.kind, error)
            if field is None:
                self.form_errors.append(sentence)
            else:
                field.errors = [*field.errors, sentence]

    def show_refusal(self, refused: RecordInvalid) -> None:
        """Put the errors of a refused record at the fields."""
        self.show(refused.errors)

    def _typed(self, name: str) -> object:
        field = self._fields[name]
        if self.kind.field(name).type is Type.INSTANT and field.data:
            try:
                return local_input(str(field.data))
            except ValueError:
                return str(field.data)
        return cast("object", field.data)


def record_form(kind_name: str, names: Sequence[str] = ()) -> type[RecordForm]:
    """Make the form class over the named fields of a kind, or over all of them."""
    return _form_class(kind_name, tuple(names) or get_kind(kind_name).field_names)


@lru_cache(maxsize=200)
def _form_class(kind_name: str, names: tuple[str, ...]) -> type[RecordForm]:
    kind = get_kind(kind_name)
    members: dict[str, Any] = {name: _MAKERS[kind.field(name).type](kind.field(name)) for name in names}
    return type(f"{kind_name.title()}Form", (RecordForm,), {**members, "kind": kind, "names": names})


def form_values(kind_name: str, row: Mapping[str, Any], names: Sequence[str] = ()) -> dict[str, Any]:
    """Turn stored values into what form fields show (times in Việt Nam's zone)."""
    kind = get_kind(kind_name)
    return {name: _shown(kind.field(name), row.get(name)) for name in names or kind.field_names}


def _shown(declared: Field, value: Any) -> Any:
    if value is None:
        return False if declared.type is Type.BOOLEAN else ""
    if declared.type is Type.BOOLEAN:
        return bool(value)
    if declared.type is Type.INSTANT:
        return local_time(value).strftime("%Y-%m-%dT%H:%M")
    return str(value)


def _words(declared: Field) -> dict[str, Any]:
    label = lazy_gettext(declared.words)
    if declared.measure and declared.measure not in declared.words.lower():
        label = lazy_gettext("%(words)s (%(measure)s)", words=label, measure=lazy_gettext(declared.measure))
    found: dict[str, Any] = {
        "label": label,
        "description": lazy_gettext(declared.hint) if declared.hint else "",
    }
    if declared.required:
        found["validators"] = [_Required()]
    return found


class _Required:
    """Marks a field as one that must be filled in; the kind itself refuses an empty one."""

    field_flags: Final = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Accept anything: the sentence comes from the kind."""


def no_choice() -> SelectChoice:
    """Make the entry of a list that stands for nothing."""
    return SelectChoice("", lazy_gettext(NO_CHOICE))


def _text(declared: Field) -> FormField:
    return StringField(**_words(declared), render_kw={"autocomplete": "off"})


def _long_text(declared: Field) -> FormField:
    return TextAreaField(**_words(declared), render_kw={"autocomplete": "off"})


def _number(declared: Field) -> FormField:
    return StringField(**_words(declared), widget=NumberInput())


def _date(declared: Field) -> FormField:
    return StringField(**_words(declared), widget=DateInput())


def _instant(declared: Field) -> FormField:
    return StringField(**_words(declared), widget=DateTimeLocalInput())


def _boolean(declared: Field) -> FormField:
    return BooleanField(**_words(declared))


def _choice(declared: Field) -> FormField:
    choices = [SelectChoice(choice.code, lazy_gettext(choice.words)) for choice in declared.choices]
    maker = RadioField if len(choices) <= RADIO_LIMIT else SelectField
    if maker is SelectField or not declared.required:
        choices.insert(0, no_choice())
    return maker(**_words(declared), choices=choices, validate_choice=False)


def _reference(declared: Field) -> FormField:
    return SelectField(**_words(declared), choices=[no_choice()], validate_choice=False)


def _hidden(declared: Field) -> FormField:
    return HiddenField(**_words(declared))


_MAKERS: Final[dict[Type, Callable[[Field], FormField]]] = {
    Type.TEXT: _text,
    Type.LONG_TEXT: _long_text,
    Type.INTEGER: _number,
    Type.BOOLEAN: _boolean,
    Type.DATE: _date,
    Type.INSTANT: _instant,
    Type.CHOICE: _choice,
    Type.REFERENCE: _reference,
    Type.SHA256: _hidden,
}


def offer(field: FormField, rows: Iterable[Mapping[str, Any]], title: str) -> None:
    """Give a reference field its choices from rows of the store."""
    field.choices = [no_choice(), *(SelectChoice(row["id"], row[title]) for row in rows)]
