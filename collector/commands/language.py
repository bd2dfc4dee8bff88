"""The language of the command line: English source, translated from the same catalogue as the pages."""

import gettext
import locale
import os
from typing import Any, Final

from collector import translations_folder

LANGUAGES: Final = ("vi", "en")
_DOMAIN: Final = "messages"


def find_language() -> str:
    """Give the language asked for by `COLLECTOR_LANG`, else that of the system, else English."""
    for name in ("COLLECTOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        asked = os.environ.get(name, "")[:2].casefold()
        if asked in LANGUAGES:
            return asked
    return "vi" if (locale.getlocale()[0] or "").casefold().startswith("vi") else "en"


def choose_language(language: str | None = None) -> None:
    """Use this language for everything that commands print, the words of click among it."""
    os.environ["LANGUAGE"] = language or find_language()
    gettext.bindtextdomain(_DOMAIN, str(translations_folder()))
    gettext.textdomain(_DOMAIN)


def _(text: str, **values: Any) -> str:
    """Translate a text and fill its named places."""
    found = gettext.gettext(text) if text else ""
    return found % values if values else found
