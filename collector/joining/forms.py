"""The forms of joining a centre: a code and an address, or a file."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, StringField

LEAVES = lazy_gettext("Leave the centre that this computer belongs to now")


class JoinForm(FlaskForm):  # type: ignore[misc]
    """A code of eight words and the address of the centre that gave it."""

    code = StringField(
        lazy_gettext("The eight words of the code"),
        description=lazy_gettext("Accents are not needed. The whole text below the picture may be pasted instead."),
    )
    address = StringField(
        lazy_gettext("Address of the centre"), description=lazy_gettext("For example https://example.org")
    )
    leaves = BooleanField(LEAVES)


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """The answer of a centre as a file; `content` carries it from one step to the next."""

    file = FileField(lazy_gettext("File of the answer"))
    content = HiddenField()
    leaves = BooleanField(LEAVES)

    def read(self, limit: int) -> bytes:
        """Give the bytes that were sent, now or in the step before."""
        import base64
        import binascii

        upload: Any = self.file.data
        if upload:
            return bytes(upload.read(limit + 1))
        try:
            return base64.b64decode(self.content.data or "", validate=True)
        except (binascii.Error, ValueError):
            return b""


class MoveForm(FlaskForm):  # type: ignore[misc]
    """Another address of the same centre."""

    address = StringField(lazy_gettext("Address of the centre"))
