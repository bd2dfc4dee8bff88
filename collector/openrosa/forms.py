"""The form in which a phone is named."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from uuid6 import uuid7
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from collector.openrosa.phones import NAME_LIMIT, clean_name


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """Name of a phone, and the address of this computer that it is to use if there are several."""

    name = StringField(
        lazy_gettext("Name of the phone"),
        description=lazy_gettext("For example its owner's hamlet or a number. Do not write what is asked with it."),
    )
    address = SelectField(
        lazy_gettext("Address of this computer in the phone's network"), validate_choice=False, choices=[]
    )
    record_id = HiddenField(default=lambda: str(uuid7()))

    def validate_name(self, field: StringField) -> None:
        """Refuse an empty name or one that is too long.

        :raises ValidationError: with the sentence for the field.
        """
        name = " ".join((field.data or "").split())
        if not clean_name(name):
            raise ValidationError(_("The phone has no name yet. Please type one."))
        if len(name) > NAME_LIMIT:
            raise ValidationError(
                _("The name has more than %(limit)s characters. Please shorten it.", limit=NAME_LIMIT)
            )
