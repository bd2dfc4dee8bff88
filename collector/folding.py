"""Folding of text for search: what people type without accents must find what is written with them.

Folding takes away diacritics, writes đ (and the look-alikes ð and ɖ) as d, lower-cases, drops apostrophes and
invisible characters, and turns all else that is neither letter nor digit into one space. Old and new places of the
tone mark (hòa, hoà) fold alike; i and y do not. Words match by their beginnings, everywhere alike: in the index, in
`contains` and in `highlight`. Folded text is for comparing only and must never be shown or stored as a value.
"""

from __future__ import annotations

import unicodedata
from typing import Final

QUERY_LIMIT_CHARACTERS: Final = 10_000
QUERY_LIMIT_TOKENS: Final = 24

_APOSTROPHES = "'’‘‛ʼʹ′`´"
_LETTERS = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ɖ": "d", "Ɖ": "d"}
_MOST_CACHED = 5_000


def _fold_once(character: str) -> str:
    folded = ""
    for part in unicodedata.normalize("NFKD", _LETTERS.get(character, character)).casefold():
        category = unicodedata.category(part)
        if part in _LETTERS:
            folded += _LETTERS[part]
        elif category[0] in "LN" and part not in _APOSTROPHES:
            folded += part
        elif category[0] != "M" and category != "Cf":
            folded += " "
    return folded


def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return ""
    folded = _fold_once(character)
    while (again := "".join(map(_fold_once, folded))) != folded:
        folded = again
    return folded


class _FoldTable(dict[int, str]):
    """A table for `str.translate` that fills itself, up to a size that rubbish cannot exceed."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MOST_CACHED:
            self[code] = folded
        return folded


_TABLE: Final = _FoldTable()
for _code in (*range(0x80), *range(0xC0, 0x130), *range(0x300, 0x32A), *range(0x1EA0, 0x1EFA)):
    _TABLE[_code] = _fold_character(chr(_code))


def fold(text: str) -> str:
    """Fold a text into words of plain lower-case letters and digits with single spaces between them."""
    return " ".join(text.translate(_TABLE).split())


def tokens(text: str) -> list[str]:
    """List the folded words of a text, in order, repeated ones too."""
    return text.translate(_TABLE).split()


def query_words(text: str) -> list[str]:
    """List the different folded words of whatever was typed, each of which must begin a word of what is found.

    Only the first 10,000 characters and 24 different words count; without any there is nothing to look for.
    """
    return list(dict.fromkeys(tokens(text[:QUERY_LIMIT_CHARACTERS])))[:QUERY_LIMIT_TOKENS]


def contains(haystack: str, needle: str) -> bool:
    """Answer whether every word of `needle` begins a word of `haystack`; an empty needle is in everything."""
    padded = f" {fold(haystack)}"
    return all(f" {word}" in padded for word in tokens(needle))


def highlight(text: str, query: str) -> list[tuple[str, bool]]:
    """Split a text into segments and say of each whether the query matched it.

    The segments joined are the text; neighbours differ; marks of a matched letter stay with it. An empty text has no
    segments.
    """
    marked = _mark_matches(text, sorted(set(tokens(query)), key=len, reverse=True))
    segments: list[tuple[str, bool]] = []
    begin = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or marked[index] != marked[begin]:
            segments.append((text[begin:index], marked[begin]))
            begin = index
    return segments


def _mark_matches(text: str, words: list[str]) -> list[bool]:
    """Say of each character of the original whether it belongs to a matched beginning of a word."""
    marked = [False] * len(text)
    if not words:
        return marked
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for part in _TABLE[ord(character)]:
            folded.append(part)
            origins.append(index)
    plain = "".join(folded)
    for begin in range(len(plain)):
        if plain[begin] == " " or (begin and plain[begin - 1] != " "):
            continue
        length = next((len(word) for word in words if plain.startswith(word, begin)), 0)
        if length:
            _mark(marked, origins[begin], _end_of_letter(text, origins[begin + length - 1]))
    return marked


def _mark(marked: list[bool], begin: int, end: int) -> None:
    for index in range(begin, end):
        marked[index] = True


def _end_of_letter(text: str, index: int) -> int:
    """Answer where the letter at `index` ends, its combining marks included."""
    end = index + 1
    while end < len(text) and unicodedata.category(text[end])[0] == "M":
        end += 1
    return end
