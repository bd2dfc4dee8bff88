"""The two tables behind `official`, loaded when first asked and kept small.

`units.csv` holds the units since 2025-07-01, `unit-predecessors.csv.gz` every commune of before with the unit it went
to; the second carries each name folded as well, which halves the time to load it. Lines stay bytes until somebody asks
for a unit. This module must not search, write, or know the database.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from collector.folding import fold

HOME_PROVINCE_CODE: Final = "48"

_PLACE_TYPES: Final = ("Tỉnh ", "Thành phố ", "Thành Phố ", "Huyện ", "Quận ", "Thị xã ")


@dataclass(frozen=True, slots=True)
class Province:
    """A province or a city under the central government."""

    code: str
    name: str
    kind: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Former:
    """A commune of before 2025-07-01; `share` is "whole", or "part" where it was split over several units."""

    code: str
    name: str
    district: str
    province: str
    share: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, ward or special zone; `former` is set where a search found it by an old name or old code."""

    code: str
    name: str
    kind: str
    province_code: str
    province: str
    valid_from: date
    valid_to: date | None
    former: Former | None = None


class Place(NamedTuple):
    """The folded district and province that many names share, with a leading space; with and without their types."""

    words: str
    bare_words: str
    is_home: bool


@dataclass(frozen=True, slots=True)
class Index:
    """Both files, kept as lines of text until somebody asks for a unit; small, because it stays in memory.

    The name at position n is that of the present commune n, or of the former commune n - len(present).
    """

    provinces: dict[str, Province]
    present: list[bytes]
    former: list[bytes]
    number_by_code: dict[str, int]
    names: list[str]
    places: list[Place]
    place_of: list[int]
    home_positions: list[int]

    def commune_number(self, position: int) -> int:
        """Answer which present commune a name leads to."""
        old = position - len(self.present)
        return position if old < 0 else self.number_by_code[self.former[old].split(b",")[5].decode()]

    def commune_at(self, position: int) -> Commune:
        """Make the commune that a name leads to, with the former one if the name is an old one."""
        commune = _make_commune(self.present[self.commune_number(position)], self.provinces)
        old = position - len(self.present)
        return commune if old < 0 else replace(commune, former=make_former(self.former[old]))


@cache
def load_index() -> Index:
    """Read both tables, once."""
    lines = _read_lines(files("collector.data").joinpath("units.csv").read_bytes())
    provinces = {line[:2].decode(): _make_province(line) for line in lines if b",province," in line}
    present = [line for line in lines if b",commune," in line]
    packed = files("collector.data").joinpath("unit-predecessors.csv.gz").read_bytes()
    former = _read_lines(gzip.decompress(packed))
    number_by_code = {line[:5].decode(): number for number, line in enumerate(present) if line.endswith(b",")}
    index = Index(provinces, present, former, number_by_code, [], [], [], [])
    _add_present_names(index)
    _add_former_names(index)
    index.home_positions.extend(at for at, place in enumerate(index.place_of) if index.places[place].is_home)
    return index


def _add_present_names(index: Index) -> None:
    numbers = {code: number for number, code in enumerate(index.provinces)}
    for code, province in index.provinces.items():
        index.places.append(_make_place((province.name,), code == HOME_PROVINCE_CODE))
    for line in index.present:
        _, _, _, name, parent, _, _ = line.decode().split(",")
        index.names.append(f" {fold(name)}")
        index.place_of.append(numbers[parent])


def _add_former_names(index: Index) -> None:
    numbers: dict[tuple[str, str], int] = {}
    for line in index.former:
        _, _, name, district, province, new_code, _ = line.decode().split(",")
        number = numbers.get((district, province))
        if number is None:
            number = numbers[district, province] = len(index.places)
            is_home = index.places[index.place_of[index.number_by_code[new_code]]].is_home
            index.places.append(_make_place((district, province), is_home))
        index.names.append(f" {name}")
        index.place_of.append(number)


def _make_place(units: tuple[str, ...], is_home: bool) -> Place:
    bare = (unit.removeprefix(next((kind for kind in _PLACE_TYPES if unit.startswith(kind)), "")) for unit in units)
    return Place(f" {fold(' '.join(units))}", f" {fold(' '.join(bare))}", is_home)


def _read_lines(content: bytes) -> list[bytes]:
    """Split a table without its header; no field of these two files holds a comma, a quote or a line end."""
    return content.rstrip().split(b"\n")[1:]


def _make_province(line: bytes) -> Province:
    code, _, kind, name, _, begins, _ = line.decode().split(",")
    return Province(code, name, kind, date.fromisoformat(begins))


def _make_commune(line: bytes, provinces: dict[str, Province]) -> Commune:
    code, _, kind, name, parent, begins, ends = line.decode().split(",")
    valid_to = date.fromisoformat(ends) if ends else None
    return Commune(code, name, kind, parent, provinces[parent].name, date.fromisoformat(begins), valid_to)


def make_former(line: bytes) -> Former:
    """Make a former commune of a line of `Index.former`."""
    code, name, _, district, province, _, share = line.decode().split(",")
    return Former(code, name, district, province, share)
