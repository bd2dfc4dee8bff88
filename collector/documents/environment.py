"""The Jinja environment of the print templates: Vietnamese words as filters, every value escaped.

It reads the templates of this package and nothing else, and needs no Flask.
"""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import qr, summaries, wording

TEMPLATE_FOLDER = Path(__file__).resolve().parent.parent / "templates"
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(8234, 8239)))
_CONTROLS |= dict.fromkeys(range(8294, 8298))

_FILTERS = {
    "capital_first": wording.raise_first,
    "count": wording.say_count,
    "day": wording.say_day,
    "lower_first": wording.lower_first,
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
    "say_opinion_details": wording.say_opinion_details,
    "say_rule": wording.say_rule,
    "say_scope": wording.say_scope,
    "say_share": wording.say_share,
    "say_verdict": wording.say_verdict,
    "draw_sheet_qr": qr.draw_sheet_qr,
    "get_resolution_signers": summaries.get_resolution_signers,
    "group_questions": summaries.group_questions,
    "group_rows": summaries.group_rows,
    "has_decision": summaries.has_decision,
    "list_recipients": summaries.list_recipients,
    "say_event": wording.say_event,
    "say_state_counts": summaries.say_state_counts,
    "say_summary_span": summaries.say_summary_span,
    "FORM_WORDS": wording.FORM_WORDS,
    "MEETING_WORDS": wording.MEETING_WORDS,
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
