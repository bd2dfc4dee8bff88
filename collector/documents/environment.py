"""The Jinja environment of the print templates: Vietnamese words as filters, every value escaped.

It reads the templates of this package and nothing else, and needs no Flask.
"""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import wording

TEMPLATE_FOLDER = Path(__file__).resolve().parent.parent / "templates"
_CONTROLS = {code: None for code in (*range(9), 11, 12, *range(14, 32), 127, *range(0x202A, 0x202F))}
_CONTROLS |= {code: None for code in range(0x2066, 0x206A)}

_FILTERS = {
    "count": wording.say_count,
    "day": wording.say_day,
    "moment": wording.say_moment,
    "paragraphs": wording.split_paragraphs,
    "person": wording.say_person,
    "sentence": wording.say_sentence,
    "short_day": wording.say_short_day,
}
_FUNCTIONS = {
    "say_base_unit": wording.say_base_unit,
    "say_condition": wording.say_condition,
    "say_head_post": wording.say_head_post,
    "say_number": wording.say_number,
    "say_rule": wording.say_rule,
    "say_scope": wording.say_scope,
    "say_share": wording.say_share,
    "say_verdict": wording.say_verdict,
    "FORM_WORDS": wording.FORM_WORDS,
    "SEX_WORDS": wording.SEX_WORDS,
    "STATE_WORDS": wording.STATE_WORDS,
}


@functools.cache
def get_environment() -> Environment:
    """Return the environment of the print templates."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_strip_controls,
    )
    environment.filters |= _FILTERS
    environment.globals |= _FUNCTIONS
    return environment


def _strip_controls(value: object) -> object:
    """Drop characters that would hide or turn text on paper; they stay in the hashed record."""
    return value.translate(_CONTROLS) if type(value) is str else value
