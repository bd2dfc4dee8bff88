"""Languages of words and recordings: any tag of BCP 47 is data; a few have names here.

CLDR has none of the languages of these mountains, so their own names stand here (ISO 639-3 codes).
"""

import re
from typing import Final

NAMES: Final = {
    "vi": "Tiếng Việt",
    "en": "English",
    "ktv": "Cơ Tu",
    "sed": "Xơ Đăng",
    "jeh": "Giẻ",
    "stg": "Triêng",
    "cua": "Co",
    "cmo": "Mnông",
    "tth": "Tà Ôi",
}
_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")


def clean_tag(text: str) -> str:
    """Give a language tag in small letters; empty if the text is none."""
    tag = text.strip().lower().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""


def name_language(tag: str) -> str:
    """Give the name of a language in that language, or its tag."""
    return NAMES.get(tag.lower(), tag)
