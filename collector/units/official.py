"""The published list of provinces and communes since 2025-07-01, and the communes that they were made of.

The list is the National Statistics Office's. A new unit may carry the old code of a smaller one, so a code alone says
nothing of the territory: keep `code` together with `valid_from`. Villages have no national code and are not here. This
module searches; it must not write, and must not know the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise, zip_longest
from typing import Final

from collector.folding import fold
from collector.units.official_table import (
    HOME_PROVINCE_CODE,
    Commune,
    Former,
    Index,
    Place,
    Province,
    load_index,
    make_former,
)
from collector.words import N_

__all__ = [
    "FORMER_NAME_WORDS",
    "HOME_PROVINCE_CODE",
    "Commune",
    "Former",
    "OfficialUnitNotFound",
    "Province",
    "find_commune",
    "find_communes",
    "find_successors",
    "get_commune",
    "list_communes",
    "list_predecessors",
    "list_provinces",
]

FORMER_NAME_WORDS: Final = N_("%(name)s (formerly: %(former)s)")

_EXACT, _BEGINS, _BEGINS_WITH_TYPE, _ALL_WORDS, _BY_PLACE = range(5)
_TYPES: Final = (" xa", " phuong", " thi tran", " dac khu")


class OfficialUnitNotFound(Exception):
    """The published list has no unit of this code at this time."""

    code = "official_unit_not_found"
    status = 404

    def __init__(self, unit_code: str, valid_from: date | None) -> None:
        super().__init__(unit_code, valid_from)
        self.context = {"unit": unit_code, "valid_from": valid_from}


def find_communes(query: str, limit: int = 8) -> list[Commune]:
    """Find communes by what was typed, with or without accents: name, place, or code; old names too.

    Communes of Đà Nẵng come first; then whole names, beginnings of names, single words, and last the communes found
    through the former district or the province that they lie in; present names before old ones.
    """
    words = fold(query).split()
    if not words:
        return []
    index = load_index()
    if words[0].isdigit():
        best = _best(index, _match_code(index, words[0]), limit)
    else:
        best = _best(index, _match_names(index, words, index.home_positions), limit)
        if len(best) < limit:
            best = _best(index, _match_names(index, words, range(len(index.names))), limit)
    return [index.commune_at(position) for position in best]


def find_commune(code: str, valid_from: date | None = None) -> Commune | None:
    """Find a commune by code; without `valid_from` the one in force now."""
    index = load_index()
    if valid_from is None:
        number = index.number_by_code.get(code)
        return None if number is None else index.commune_at(number)
    line_start = f"{code},".encode()
    for number, line in enumerate(index.present):
        if line.startswith(line_start) and index.commune_at(number).valid_from == valid_from:
            return index.commune_at(number)
    return None


def get_commune(code: str, valid_from: date | None = None) -> Commune:
    """Answer a commune by code; without `valid_from` the one in force now.

    :raises OfficialUnitNotFound: if the published list has none.
    """
    commune = find_commune(code, valid_from)
    if commune is None:
        raise OfficialUnitNotFound(code, valid_from)
    return commune


def list_provinces() -> list[Province]:
    """List the provinces, by code."""
    return list(load_index().provinces.values())


def list_communes(province_code: str = HOME_PROVINCE_CODE) -> list[Commune]:
    """List the communes of a province, by code."""
    index = load_index()
    parent = province_code.encode()
    return [index.commune_at(number) for number, line in enumerate(index.present) if line.split(b",")[4] == parent]


def list_predecessors(code: str) -> list[Former]:
    """List the communes of before 2025-07-01 that a present commune was made of."""
    return [make_former(line) for line in load_index().former if line.split(b",")[5] == code.encode()]


def find_successors(old_code: str) -> list[Commune]:
    """Find the communes that a commune of before 2025-07-01 went to; more than one where it was split."""
    index = load_index()
    return [index.commune_at(position) for position in _old_positions(index, old_code)]


def _best(index: Index, found: Iterable[int], limit: int) -> list[int]:
    """Sort what was found and keep the best name of each of the first communes."""
    best: dict[int, int] = {}
    for packed in sorted(found):
        if len(best) >= limit:
            break
        position = packed & 0xFFFFF
        best.setdefault(index.commune_number(position), position)
    return list(best.values())


def _match_names(index: Index, words: list[str], positions: Iterable[int]) -> Iterator[int]:
    """Find the names that hold every word, each as a number that sorts the best first."""
    typed = f" {' '.join(words)}"
    starts = [f" {word}" for word in words]
    pairs = [f" {word} {after}" for word, after in pairwise(words)]
    wanted = [_not_in_place(place, starts, pairs) for place in index.places]
    first_old = len(index.present)
    for position in positions:
        name = index.names[position]
        place = index.place_of[position]
        for start in wanted[place]:
            if start not in name:
                break
        else:
            rank = _rank(name, typed, starts)
            yield _pack(rank, index.places[place].is_home, position >= first_old, len(name), position)


def _not_in_place(place: Place, starts: list[str], pairs: list[str]) -> list[str]:
    """List the words that the name itself must hold; a type such as "huyện" counts before a name of the place only."""
    missing = []
    for start, pair in zip_longest(starts, pairs):
        if start not in place.bare_words and (pair is None or pair not in place.words):
            missing.append(start)
    return missing


def _rank(name: str, typed: str, starts: list[str]) -> int:
    if name == typed:
        return _EXACT
    if typed in name:
        for kind in _TYPES:
            if name.startswith(typed, len(kind)) and name.startswith(kind):
                return _EXACT if len(name) == len(kind) + len(typed) else _BEGINS
        if name.startswith(typed):
            return _BEGINS_WITH_TYPE
    for start in starts:
        if start not in name:
            return _BY_PLACE
    return _ALL_WORDS


def _pack(rank: int, is_home: bool, is_old: bool, length: int, position: int) -> int:
    """Put the order of the results into one number, cheap to sort; the last 20 bits are the position."""
    order = (not is_home) << 4 | rank << 1 | is_old
    return order << 28 | min(length, 255) << 20 | position


def _match_code(index: Index, digits: str) -> Iterator[int]:
    start = digits.encode()
    for position, line in enumerate(index.present):
        if line.startswith(start):
            yield _pack(_EXACT, True, False, 0, position)
    for position in _old_positions(index, digits):
        yield _pack(_EXACT, True, True, 0, position)


def _old_positions(index: Index, old_code: str) -> list[int]:
    start = f"{old_code},".encode()
    return [len(index.present) + old for old, line in enumerate(index.former) if line.startswith(start)]
