"""The text with which a resident consents to answer, and the name of the version that was shown.

A version is named by the number of the text, its language and a hash of the words that stood on the screen, so that
any correction of the words, or of their translation, gives another name.
"""

import hashlib
from typing import Any, Final

from flask_babel import gettext

from collector.words import N_

NUMBER: Final = 1
"""Raise it whenever the meaning of a sentence changes."""
PARAGRAPHS: Final = (
    N_("The village team asks about “%(title)s”: what people know of it, discuss, do and inspect. The answers only"
       " serve to see how people take part, and to do better."),
    N_("Answering is voluntary. You may leave any question out and stop at any time. Nothing bad follows from that."),
    N_("Nobody asks for your name, telephone number or identity number. Your sheet is mixed with those of others, so"
       " that nobody on the team can see what you answered."),
    N_("Your ethnic group is sensitive: it is only asked for if you consent to that, and you may leave it out."),
    N_("At the end you get a withdrawal code. Whoever brings it has the sheet erased, without giving a reason."),
)
UNTIL: Final = N_("The sheets are kept until %(day)s and are then erased.")


def make_version(language: str) -> str:
    """Name the version of the text in the language of this request; `language` is the one that was chosen to read."""
    words = "\n".join(gettext(each, title="", day="") for each in (*PARAGRAPHS, UNTIL))
    return f"{NUMBER}-{language[:20]}-{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def make_paragraphs(round_row: dict[str, Any], keep_until: str) -> list[str]:
    """Give the sentences for a round; `keep_until` is the written day on which its sheets are erased, or empty."""
    found = [gettext(each, title=round_row["title"]) for each in PARAGRAPHS]
    return [*found, gettext(UNTIL, day=keep_until)] if keep_until else found
