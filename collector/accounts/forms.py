"""Forms about passwords. What is typed into them is never kept as a draft."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from collector import wording
from collector.accounts.store import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Account
from collector.wording import ngettext
from collector.words import N_

PASSWORD_HINT = N_("At least %(minimum)s characters. Several words in a row are easy to remember.")


class LogInHereForm(FlaskForm):  # type: ignore[misc]
    """Log-in at the laptop itself: the names are there to choose from."""

    account = RadioField(lazy_gettext("Your name"), choices=[], validate_choice=False)
    password = PasswordField(lazy_gettext("Password"))
    next = HiddenField()
    kept = HiddenField()


class LogInElsewhereForm(FlaskForm):  # type: ignore[misc]
    """Log-in over a network: the name is typed, so that nobody reads who has an account."""

    account = StringField(lazy_gettext("Your full name"))
    password = PasswordField(lazy_gettext("Password"))
    next = HiddenField()
    kept = HiddenField()


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """Change of one's own password."""

    old_password = PasswordField(lazy_gettext("Password until now"))
    new_password = PasswordField(
        lazy_gettext("New password"), description=lazy_gettext(PASSWORD_HINT, minimum=MIN_PASSWORD_LENGTH)
    )
    new_password_again = PasswordField(lazy_gettext("New password once more"))


class RecoverForm(FlaskForm):  # type: ignore[misc]
    """A new password for somebody who forgot the old one, given against the recovery phrase."""

    phrase = TextAreaField(
        lazy_gettext("Recovery phrase"),
        description=lazy_gettext("Type the words from the paper of the first day, with spaces between them."),
    )
    account = RadioField(lazy_gettext("Whose password is new?"), choices=[], validate_choice=False)
    new_password = PasswordField(
        lazy_gettext("New password"), description=lazy_gettext(PASSWORD_HINT, minimum=MIN_PASSWORD_LENGTH)
    )
    new_password_again = PasswordField(lazy_gettext("New password once more"))


def offer_accounts(field: Any, accounts: list[Account]) -> None:
    """Give a field of names the accounts to choose from, with what each does in the team."""
    roles = {each.id: wording.choice_words("person", "role", each.role) for each in accounts}
    field.choices = [SelectChoice(each.id, f"{each.name} – {roles[each.id]}") for each in accounts]


def add_error(field: Any, sentence: str) -> None:
    """Put a sentence at a field."""
    field.errors = [*field.errors, sentence]


def check_new_password(first: Any, second: Any) -> bool:
    """Tell whether a password typed twice can be used; otherwise put a sentence at the field that is wrong."""
    length = len(first.data or "")
    if not length:
        add_error(first, _("The new password is not filled in yet. Please type it."))
    elif length < MIN_PASSWORD_LENGTH:
        add_error(
            first,
            _("The password has %(length)s characters, not yet %(minimum)s. Please make it longer.",
              length=length, minimum=MIN_PASSWORD_LENGTH),
        )
    elif length > MAX_PASSWORD_LENGTH:
        add_error(
            first,
            _("The password has more than %(maximum)s characters. Please make it shorter.",
              maximum=MAX_PASSWORD_LENGTH),
        )
    elif first.data != second.data:
        add_error(second, _("The two passwords are not the same yet. Please type both again."))
    else:
        return True
    return False


def wait_sentence(seconds: int) -> str:
    """Say how long to wait after too many wrong passwords."""
    if seconds <= 90:
        wait = ngettext("%(num)s second", "%(num)s seconds", seconds)
    else:
        wait = ngettext("%(num)s minute", "%(num)s minutes", -(-seconds // 60))
    return str(_("Too many wrong passwords. Please wait %(wait)s, then try again.", wait=wait))
