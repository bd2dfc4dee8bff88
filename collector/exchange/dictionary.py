"""The data dictionary: every field of every kind as one row, derived from the declarations."""

from collections.abc import Callable, Iterator
from typing import Any

from collector.kinds import Field, Kind
from collector.registry import KINDS

COLUMNS = (
    "kind", "kind_words", "field", "words", "type", "unit", "required", "privacy", "scope", "refers_to",
    "minimum", "maximum", "max_length", "merge_group", "choices",
)  # fmt: skip
TEXTS = ("text", "long_text")


def list_fields(say: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """Describe every field, by kind and in the order of declaration; `say` translates words."""
    for name in sorted(KINDS):
        for declared in KINDS[name].fields:
            yield _describe(KINDS[name], declared, say)


def _describe(kind: Kind, declared: Field, say: Callable[[str], str]) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "kind_words": say(kind.words),
        "field": declared.name,
        "words": say(declared.words),
        "type": declared.type.value,
        "unit": say(declared.measure) if declared.measure else None,
        "required": declared.required,
        "privacy": declared.privacy.value,
        "scope": kind.scope.value,
        "refers_to": declared.refers_to or None,
        "minimum": declared.minimum,
        "maximum": declared.maximum,
        "max_length": declared.text_limit if declared.type.value in TEXTS else None,
        "merge_group": declared.group or None,
        "choices": [{"code": each.code, "words": say(each.words)} for each in declared.choices] or None,
    }
