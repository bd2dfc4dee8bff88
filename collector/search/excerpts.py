"""What a search result shows of a record: the words that were found, with a little around them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.folding import fold, highlight, tokens
from collector.kinds import Field, Kind, Type

WIDTH: Final = 160
_BEFORE: Final = 50
_SEARCHED_LENGTH: Final = 20_000
Segments = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of one field as segments of (text, was it found)."""

    field: Field
    segments: Segments


def make_excerpt(text: str, query: str, width: int = WIDTH) -> Segments:
    """Cut the part around the first match out of a text; cuts are marked with an ellipsis."""
    segments = highlight(" ".join(text[:_SEARCHED_LENGTH].split()), query)
    first = 0
    for part, found in segments:
        if found:
            break
        first += len(part)
    else:
        first = 0
    begin = max(0, first - _BEFORE) if first > _BEFORE else 0
    return _cut(segments, begin, begin + width)


def _cut(segments: Segments, begin: int, end: int) -> Segments:
    cut: Segments = []
    position = 0
    for part, found in segments:
        piece = part[max(0, begin - position) : max(0, end - position)]
        if piece:
            cut.append((piece, found))
        position += len(part)
    if begin and cut:
        cut.insert(0, ("… ", False))
    if position > end:
        cut.append((" …", False))
    return cut


def list_excerpts(kind: Kind, row: Mapping[str, Any], query: str) -> list[Excerpt]:
    """List the searched fields in which a word was found, except the title, each cut around its first match."""
    words = tokens(query)
    found = []
    for name in kind.searched:
        value = row.get(name)
        if name == kind.title or not isinstance(value, str):
            continue
        padded = f" {fold(value[:_SEARCHED_LENGTH])}"
        if any(f" {word}" in padded for word in words):
            found.append(Excerpt(kind.field(name), make_excerpt(value, query)))
    return found


def is_text(declared: Field) -> bool:
    """Tell whether a field holds words that can be highlighted as they stand."""
    return declared.type in (Type.TEXT, Type.LONG_TEXT)
