"""The forms of the centre: for whom a code is, a request to approve, the address of the centre."""

from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from collector.central.office import Wish
from collector.setup.forms import commune_hint, commune_label, commune_value
from collector.units.official import Commune, find_commune, find_communes
from sync.devices import COMMUNE, VILLAGE

MOST_COMMUNES: Final = 8
DAYS: Final = (1, 7, 14, 30)


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """Where a laptop belongs. `picked` is filled by the list that opens while typing, `commune` by the rows below."""

    kind = RadioField(
        lazy_gettext("Whose laptop is it?"),
        choices=[
            SelectChoice(VILLAGE, lazy_gettext("The laptop of a village")),
            SelectChoice(COMMUNE, lazy_gettext("The laptop of the commune itself")),
        ],
        default=VILLAGE,
        validate_choice=False,
    )
    words = StringField(
        lazy_gettext("Commune"),
        description=lazy_gettext("Type a part of the name, or the code of five digits. Accents are not needed."),
    )
    picked = HiddenField()
    commune = RadioField(lazy_gettext("Which commune is it?"), choices=[], validate_choice=False)
    village = StringField(
        lazy_gettext("Name of the village"),
        description=lazy_gettext(
            "If the village has a laptop here already, type the same name: then both are one village."
            " Leave it empty if the laptop brings a new village along."
        ),
    )
    is_new = BooleanField(lazy_gettext("It is another village than the one with almost this name"))

    def find(self) -> Commune | None:
        """Give the commune that is meant; offer rows to choose from where that is not clear."""
        words = (self.words.data or "").strip()
        for value in (self.picked.data, self.commune.data):
            code, _space, since = (value or "").partition(" ")
            known = find_commune(code) if code else None
            if known is not None and known.valid_from.isoformat() == since:
                return known
        exact = find_commune(words) if words.isdecimal() else None
        found = [exact] if exact else find_communes(words, MOST_COMMUNES)
        present = [each for each in found if find_commune(each.code) is not None]
        if len(present) == 1:
            return present[0]
        self.commune.choices = [SelectChoice(commune_value(each), _label(each)) for each in present]
        return None

    def wish(self, commune: Commune, **more: Any) -> Wish:
        """Give what was asked for."""
        kind = COMMUNE if self.kind.data == COMMUNE else VILLAGE
        village = " ".join((self.village.data or "").split()) if kind == VILLAGE else ""
        return Wish(commune.code, village[:200], kind, is_new=bool(self.is_new.data), **more)


class CodeForm(PlaceForm):
    """For whom a code is, and for how long it counts."""

    days = SelectField(
        lazy_gettext("The code counts for"),
        choices=[SelectChoice(str(days), str(days)) for days in DAYS],
        default="7",
        validate_choice=False,
    )

    def read_days(self) -> int:
        """Give the number of days that was chosen."""
        return int(self.days.data) if self.days.data in {str(days) for days in DAYS} else DAYS[1]


class RequestForm(PlaceForm):
    """A request that somebody carried here."""

    file = FileField(lazy_gettext("File of the request"))


class AddressForm(FlaskForm):  # type: ignore[misc]
    """What the centre is called, and where laptops and browsers reach it."""

    name = StringField(
        lazy_gettext("Name of the centre"),
        description=lazy_gettext("Laptops show it, for example the name of the city."),
    )
    address = StringField(
        lazy_gettext("Address of this centre"), description=lazy_gettext("For example https://example.org")
    )


def _label(commune: Commune) -> str:
    hint = commune_hint(commune)
    return f"{commune_label(commune)} ({hint})" if hint else commune_label(commune)
