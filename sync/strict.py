"""JSON that can be read in one way only.

Parsers differ in what they make of a key that stands twice, of NaN and of numbers beyond 64 bits, so such text is
refused, as is nesting that no format of ours needs. Pure.
"""

import json
import math
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 2**63 - 1
"""The largest whole number that every database and parser holds."""
_MAX_DIGITS: Final = 40


class Ambiguous(ValueError):
    """The text is no JSON, or JSON that parsers understand differently. `reason` names what was found."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_json(data: bytes) -> None:
    """Read JSON and throw it away.

    :raises Ambiguous: if it is not UTF-8, not JSON, or can be understood in several ways.
    """
    try:
        found = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except Ambiguous:
        raise
    except RecursionError as error:
        raise Ambiguous("depth") from error
    except (ValueError, UnicodeError) as error:
        raise Ambiguous("malformed") from error
    _check_depth(found)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Ambiguous("duplicate_key")
    return made


def _refuse_constant(text: str) -> NoReturn:
    raise Ambiguous("not_a_number")


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS or not ~MAX_NUMBER <= (found := int(text)) <= MAX_NUMBER:
        raise Ambiguous("number")
    return found


def _fraction(text: str) -> float:
    found = float(text)
    if len(text) > _MAX_DIGITS or not math.isfinite(found):
        raise Ambiguous("number")
    return found


def _check_depth(found: Any) -> None:
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Ambiguous("depth")
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        level = inner
