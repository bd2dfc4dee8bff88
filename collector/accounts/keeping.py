"""Keeps what somebody typed when the page was sent after the log-in had ended.

The words travel in the log-in page itself, so that nothing is lost if the power goes or the wrong person logs in:
the browser has them, and sends them again afterwards. Files cannot travel like that.
"""

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

NOT_KEPT: Final = frozenset({"csrf_token", "kept"})
FIELD: Final = "kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that could not be accepted: where it goes, its fields in order, and the names of files left out."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What people would recognise among the fields: texts with a space in them, longest first."""
        return sorted((value for _, value in self.fields if " " in value.strip()), key=len, reverse=True)

    def pack(self) -> str:
        """Write it as the text of one hidden field."""
        return json.dumps([self.path, self.fields, self.files], ensure_ascii=False)


def keep_request() -> Kept | None:
    """Keep the form of this request without its token and its passwords; None if there is nothing to send again."""
    if request.method != "POST" or (request.endpoint or "").startswith("accounts."):
        return None
    path = local_path(request.full_path.rstrip("?"))
    try:
        fields = tuple((name, value) for name, value in request.form.items(multi=True) if _is_kept(name))
        files = tuple(file.filename for file in request.files.values() if file.filename)
    except RequestEntityTooLarge:
        return None
    return Kept(path, fields, files) if path else None


def _is_kept(name: str) -> bool:
    return name not in NOT_KEPT and not name.endswith("-csrf_token") and "password" not in name


def unpack(text: str) -> Kept | None:
    """Read what `pack` wrote; None if it is empty or was tampered with."""
    try:
        path, fields, files = json.loads(text)
        path = local_path(path)
        pairs = tuple((str(name), str(value)) for name, value in fields)
        return Kept(path, pairs, tuple(map(str, files))) if path else None
    except (TypeError, ValueError, RecursionError):
        return None


def local_path(text: str | None) -> str:
    """Give a path of this application if the text is one, else ''. Anything that leads elsewhere gives ''."""
    if not isinstance(text, str) or not text.startswith("/") or text.startswith("//"):
        return ""
    if "\\" in text or not text.isprintable():
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text
