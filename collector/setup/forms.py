"""Forms of the first run, one per question. They come from the declarations of the kinds wherever there is one."""

from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from collector import wording
from collector.accounts.forms import PASSWORD_HINT
from collector.accounts.store import MIN_PASSWORD_LENGTH
from collector.forms import RecordForm, no_choice, record_form
from collector.people.records import ROLES
from collector.setup.store import VILLAGE_ROLES
from collector.units.ethnic_groups import LIST_1979, find_group, list_groups
from collector.units.official import Commune
from collector.words import N_

MOST_COMMUNES: Final = 8

_SUMS: Final = {
    "households": (
        N_("The groups have %(sum)s households together, not yet %(total)s. Please add the other %(difference)s."),
        N_("The groups have %(sum)s households together, more than the %(total)s of the register."
           " Please correct a number."),
    ),
    "women": (
        N_("The groups have %(sum)s adult women together, not yet %(total)s. Please add the other %(difference)s."),
        N_("The groups have %(sum)s adult women together, more than the %(total)s of the register."
           " Please correct a number."),
    ),
    "men": (
        N_("The groups have %(sum)s adult men together, not yet %(total)s. Please add the other %(difference)s."),
        N_("The groups have %(sum)s adult men together, more than the %(total)s of the register."
           " Please correct a number."),
    ),
}
"""For each count: what to say when the sum is too small, and when it is too large."""

VillageForm = record_form("unit", ("name", "local_number"))
_RegisterForm: Any = record_form("register", ("as_of", "households", "women", "men", "source"))
_GroupForm: Any = record_form("register_group", ("ethnic_group", "households", "women", "men"))
_PersonForm: Any = record_form("person", ("name", "post", "role"))


class CommuneForm(FlaskForm):  # type: ignore[misc]
    """The commune, found by typing. `picked` is filled by the list that opens, `commune` by the rows below."""

    words = StringField(
        lazy_gettext("Name of the commune"),
        description=lazy_gettext("Type a part of the name. Accents are not needed. Old names are found too."),
    )
    picked = HiddenField()
    commune = RadioField(lazy_gettext("Which commune is it?"), choices=[], validate_choice=False)


class RegisterForm(_RegisterForm):  # type: ignore[misc]
    """The numbers of the household register."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        label_plainly(self)


class GroupForm(_GroupForm):  # type: ignore[misc]
    """One ethnic group of the register and its counts."""

    ethnic_group = SelectField(lazy_gettext("Ethnic group"), validate_choice=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        label_plainly(self)
        names = [SelectChoice(group.name, group.name) for group in list_groups()]
        self.ethnic_group.choices = [no_choice(), *names]


class MemberForm(_PersonForm):  # type: ignore[misc]
    """One person on the team; with a password also somebody who logs in."""

    role = RadioField(
        lazy_gettext("Role in the team"),
        choices=[SelectChoice(each.code, lazy_gettext(each.words)) for each in ROLES if each.code in VILLAGE_ROLES],
        validate_choice=False,
    )
    password = PasswordField(
        lazy_gettext("Password"), description=lazy_gettext(PASSWORD_HINT, minimum=MIN_PASSWORD_LENGTH)
    )
    password_again = PasswordField(lazy_gettext("Password once more"))
    row = HiddenField()


class CheckForm(FlaskForm):  # type: ignore[misc]
    """Two words of the recovery phrase, typed back from the paper."""

    first = StringField()
    second = StringField()


def label_plainly(form: RecordForm) -> None:
    """Leave out the measure behind a label where the question says it already."""
    for name in form.names:
        form[name].label.text = wording.say(form.kind.field(name).words)


def commune_value(commune: Commune) -> str:
    """Write which commune is meant: code and first day of validity."""
    return f"{commune.code} {commune.valid_from.isoformat()}"


def commune_label(commune: Commune) -> str:
    """Write a commune with the place that it lies in."""
    return f"{commune.name}, {commune.province}"


def commune_hint(commune: Commune) -> str:
    """Say by which old name a commune was found, or nothing."""
    if commune.former is None:
        return ""
    return str(_("formerly %(name)s, %(district)s", name=commune.former.name, district=commune.former.district))


def group_values(values: dict[str, Any]) -> dict[str, Any]:
    """Add the code of an ethnic group and its list where they are sure."""
    group = find_group(str(values["ethnic_group"]))
    code = group.find_code(LIST_1979) if group else None
    return {**values, "code_list": LIST_1979, "code": code} if code else values


def is_filled(form: RecordForm, *names: str) -> bool:
    """Tell whether anything was typed or chosen in one of these fields."""
    return any(str(form[name].data or "").strip() for name in names)


def sum_sentences(missing: list[tuple[str, int, int]]) -> list[str]:
    """Say for every count how far the ethnic groups are from the register."""
    return [
        wording.say(_SUMS[name][total > wanted], sum=total, total=wanted, difference=abs(wanted - total))
        for name, total, wanted in missing
    ]
