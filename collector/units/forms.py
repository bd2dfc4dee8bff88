"""Forms of villages: the register with its ethnic groups, the list that is taken over, and words for their errors."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FileField, TextAreaField

from collector import wording
from collector.forms import RecordForm, form_values, record_form
from collector.words import N_
from sync.revisions import Value
from sync.storage import Row

HOUSEHOLD_NAMES: Final = ("number", "head_name", "head_sex", "cluster", "note")
REGISTER_NAMES: Final = ("as_of", "households", "women", "men", "source")
GROUP_NAMES: Final = ("ethnic_group", "households", "women", "men")
VILLAGE_NAMES: Final = ("name", "local_number", "number_suffix")
SPARE_GROUPS: Final = 2
"""So many empty lines for further ethnic groups stand below the known ones."""
MAX_GROUPS: Final = 54

wording.FIELD_SENTENCES.update(
    {
        "not_a_sex": N_("“%(value)s” is not a sex that is known here. Please write “nam” or “nữ”."),
        "repeated_number": N_(
            "Number %(number)s stands in line %(line)s already. Please give every household its own number."
        ),
    }
)
wording.add_errors(
    {
        "alias_refused": (
            N_("A village that was invented for practice cannot become a real one."),
            N_("Please set the real village up in a data folder of its own."),
        ),
        "table_empty": (
            N_("There is nothing in this list yet."),
            N_("Please choose a file, or paste the rows of a table."),
        ),
        "table_unreadable": (
            N_("This file is not a list that can be read."),
            N_("Please choose a CSV or XLSX file. Open it in the spreadsheet program first to see that it is whole."),
        ),
        "table_old_excel": (
            N_("This file is in the old Excel format."),
            N_("Please open it and save it as XLSX, then choose it again."),
        ),
        "table_too_large": (
            N_("This list is too large."),
            N_("Please choose a list of at most %(rows)s rows and without pictures."),
        ),
        "no_household_columns": (
            N_("The names of the columns were not found."),
            N_("The first row must say at least “Số” and “Chủ hộ”. Please add it, then choose the list again."),
        ),
    }
)


class ListForm(FlaskForm):  # type: ignore[misc]
    """A list of households to look at before it is taken over: a file, or what was pasted."""

    file = FileField(lazy_gettext("File with the list (CSV or XLSX)"))
    text = TextAreaField(lazy_gettext("Or paste the rows here"))


class RegisterForm:
    """The form of a register together with one line per ethnic group."""

    def __init__(self, register: Mapping[str, Any], groups: Sequence[Row], sent: Mapping[str, str] | None) -> None:
        values = form_values("register", register, REGISTER_NAMES)
        self.main: RecordForm = record_form("register", REGISTER_NAMES)(data=values)
        count = len(groups) + SPARE_GROUPS
        if sent is not None:
            count = max((int(name.split("-")[1]) + 1 for name in sent if _is_group_field(name)), default=0)
        maker = record_form("register_group", GROUP_NAMES)
        self.groups: list[RecordForm] = [
            maker(
                prefix=f"group-{place}-",
                meta={"csrf": False},
                data=form_values("register_group", groups[place] if place < len(groups) else {}, GROUP_NAMES),
            )
            for place in range(min(count, MAX_GROUPS))
        ]
        for form in self.groups:
            form.ethnic_group.flags.required = False  # a line may stay empty

    def check(self, current: Row | None = None) -> tuple[dict[str, Value], list[dict[str, Value]]] | None:
        """Give the values of the register and of its filled lines, or None with sentences at the fields."""
        values = self.main.check(current)
        checked = [form.check() for form in self.groups if any((form[name].data or "").strip() for name in GROUP_NAMES)]
        if values is None or any(group is None for group in checked):
            return None
        return values, [group for group in checked if group is not None]

    @property
    def errors(self) -> bool:
        """Tell whether a sentence stands at any field."""
        return bool(self.main.errors) or any(form.errors for form in self.groups)


def _is_group_field(name: str) -> bool:
    parts = name.split("-")
    return len(parts) == 3 and parts[0] == "group" and parts[1].isdecimal() and int(parts[1]) < MAX_GROUPS
