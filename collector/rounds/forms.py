"""The form of a round, what of it may still change, and the words of the errors of rounds."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask_babel import lazy_gettext
from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from collector import wording
from collector.answers.records import DIMENSION_WORDS
from collector.forms import RecordForm, form_values, no_choice, offer, record_form
from collector.rounds.error_words import WORDS
from collector.rounds.questionnaires import OPTIONAL, Offer
from collector.rounds.records import split_dimensions
from collector.rounds.retention import NOTICE
from collector.words import N_
from sync.revisions import Value
from sync.storage import Row

PLANNED_NAMES: Final = (
    "title", "programme", "counted", "chosen", "chosen_how", "starts_on", "ends_on", "double_entry_percent",
    "keep_until",
)  # fmt: skip
OPEN_NAMES: Final = ("title", "programme", "ends_on", "double_entry_percent", "keep_until")
CLOSED_NAMES: Final = ("title", "programme", "keep_until")
KEEP_MONTHS: Final = 24

wording.FIELD_SENTENCES.update(
    {
        "erased_before_end": N_(
            "“%(field)s” is before the end of the round. Please choose a day after %(day)s."
        ),
        "erased_too_soon": N_(
            "“%(field)s” is less than 30 days away. Please choose %(day)s or a later day."
        ),
        "other_unit": N_("This questionnaire is made for %(unit)s. Please choose the same under “%(field)s”."),
    }
)
wording.add_errors(WORDS)


class ManyField(SelectMultipleField):  # type: ignore[misc]
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def add_months(day: date, months: int) -> date:
    """Give the same day some months later, or the last day of that month."""
    place = day.month - 1 + months
    first = date(day.year + place // 12, place % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(following - timedelta(days=1), first + timedelta(days=day.day - 1))


def start_values(today: date) -> dict[str, Any]:
    """Give what the form of a new round says at first."""
    end = today + timedelta(days=30)
    return {
        "counted": "households",
        "chosen": "drawn",
        "starts_on": today.isoformat(),
        "ends_on": end.isoformat(),
        "double_entry_percent": "10",
        "keep_until": add_months(end, KEEP_MONTHS).isoformat(),
    }


def planned_form(
    row: Mapping[str, Any], offers: Sequence[Offer], lists: Mapping[str, Sequence[Row]], chosen: Mapping[str, list[str]]
) -> RecordForm:
    """Make the form of a round that is being prepared.

    `lists` holds the rows to offer for `programme`, `villages` and `askers`, `chosen` what of the last two is ticked.
    """
    members = {
        "questionnaire": SelectField(lazy_gettext("Questionnaire"), validate_choice=False),
        "optional": ManyField(lazy_gettext("Asked about besides know, discuss, do and inspect"), validate_choice=False),
        "villages": ManyField(lazy_gettext("Villages"), validate_choice=False),
        "askers": ManyField(lazy_gettext("Who asks"), validate_choice=False),
    }
    base = record_form("round", PLANNED_NAMES)
    values = form_values("round", row, PLANNED_NAMES) if row.get("id") else dict(row)
    dimensions = split_dimensions(row.get("dimensions"))
    form: RecordForm = type("PlannedRoundForm", (base,), members)(
        data={
            **values,
            "questionnaire": row.get("questionnaire") or (offers[0].choice if offers else ""),
            "optional": [each for each in OPTIONAL if each in dimensions],
            **chosen,
        }
    )
    offer(form.programme, lists["programme"], "name")
    form.questionnaire.choices = [no_choice(), *(SelectChoice(each.choice, _title(each)) for each in offers)]
    form.optional.choices = [SelectChoice(each, lazy_gettext(DIMENSION_WORDS[each])) for each in OPTIONAL]
    form.villages.choices = [SelectChoice(each["id"], each["name"]) for each in lists["villages"]]
    form.askers.choices = [SelectChoice(each["id"], each["name"]) for each in lists["askers"]]
    return form


def _title(each: Offer) -> str:
    return wording.say(each.title) if each.built_in else each.title


def later_form(row: Row, programmes: Sequence[Row], people: Sequence[Row], askers: list[str]) -> RecordForm:
    """Make the form of what may still change of a round that is open or closed."""
    names = OPEN_NAMES if row["state"] == "open" else CLOSED_NAMES
    members = {"askers": ManyField(lazy_gettext("Who asks"), validate_choice=False)} if row["state"] == "open" else {}
    form: RecordForm = type("LaterRoundForm", (record_form("round", names),), members)(
        data={**form_values("round", row, names), "askers": askers}
    )
    offer(form.programme, programmes, "name")
    if row["state"] == "open":
        form.askers.choices = [SelectChoice(each["id"], each["name"]) for each in people]
    return form


def check_design(form: RecordForm, offers: Sequence[Offer], values: Mapping[str, Value]) -> bool:
    """Tell whether questionnaire, villages and askers can be chosen together; else put sentences at the fields."""
    chosen = next((each for each in offers if each.choice == form.questionnaire.data), None)
    if chosen is None:
        put_error(form, "questionnaire", "not_a_choice", form.questionnaire.label.text)
    elif not chosen.fits(values["counted"]):
        unit = wording.choice_words("round", "counted", chosen.counted)
        put_error(form, "counted", "other_unit", form.counted.label.text, unit=unit)
    for name in ("optional", "villages", "askers"):
        check_known(form, name)
    if not form.villages.data:
        put_error(form, "villages", "missing", form.villages.label.text)
    return not form.errors


def check_known(form: RecordForm, name: str) -> None:
    """Put a sentence at a field of boxes if something else than the offered was sent."""
    field = form[name]
    if not set(field.data or ()) <= {each.value for each in field.choices}:
        put_error(form, name, "not_a_choice", field.label.text)


def check_keep_until(form: RecordForm, row: Mapping[str, Any], today: date) -> bool:
    """Tell whether the day of erasing is far enough away; else put a sentence at it. An unchanged one may stay."""
    typed, earliest = str(form.keep_until.data or ""), today + NOTICE
    end = str(form.ends_on.data or "") if "ends_on" in form else str(row.get("ends_on") or "")
    label = form.keep_until.label.text
    if typed and end > typed:
        put_error(form, "keep_until", "erased_before_end", label, day=wording.write_day(end))
    elif typed and typed != row.get("keep_until") and typed < earliest.isoformat():
        put_error(form, "keep_until", "erased_too_soon", label, day=wording.write_day(earliest))
    return not form.keep_until.errors


def put_error(form: RecordForm, name: str, code: str, label: object, **values: Any) -> None:
    """Put the sentence of an error at a field of the form."""
    sentence = wording.say(wording.FIELD_SENTENCES[code], field=label, **values)
    form[name].errors = [*form[name].errors, sentence]

