"""The 54 ethnic groups of Việt Nam with their codes in two official lists that disagree.

List "1979" is Decision 121-TCTK/PPCĐ of 1979, list "census" Decision 1019/QĐ-TCTK of 2008. A code means nothing
without its list: keep both. A code that was not read in a source is left out, not guessed. The names are those of
`collector/data/ethnic_groups.csv`. No person's ethnicity is here: that is sensitive data with a consent of its own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from collector.folding import fold

LIST_1979: Final = "1979"
LIST_CENSUS: Final = "census"

LIST_SOURCES: Final = {
    LIST_1979: "Quyết định số 121-TCTK/PPCĐ ngày 02/3/1979",
    LIST_CENSUS: "Quyết định số 1019/QĐ-TCTK ngày 12/11/2008",
}

_FIRST: Final = ("Cơ Tu", "Xơ Đăng", "Giẻ Triêng", "Co", "Mnông", "Tà Ôi", "Kinh")


@dataclass(frozen=True, slots=True)
class EthnicGroup:
    """A group by its name; `codes` holds pairs of list and code, only those that are sure."""

    name: str
    codes: tuple[tuple[str, str], ...]

    def find_code(self, list_id: str) -> str | None:
        """Find the code of the group in a list, or None where it is not sure."""
        return dict(self.codes).get(list_id)


@cache
def list_groups() -> tuple[EthnicGroup, ...]:
    """List the groups: those of the mountains of Quảng Nam first, then Kinh, then the others by the alphabet."""
    return tuple(sorted(_read_groups(), key=_order))


def find_group(name: str) -> EthnicGroup | None:
    """Find a group by its name, with or without accents, hyphens and spaces."""
    wanted = _squeeze(name)
    return next((group for group in list_groups() if _squeeze(group.name) == wanted), None)


def find_group_by_code(list_id: str, code: str) -> EthnicGroup | None:
    """Find a group by its code in one list ("1979" or "census")."""
    return next((group for group in list_groups() if (list_id, code) in group.codes), None)


def _read_groups() -> list[EthnicGroup]:
    table = files("collector.data").joinpath("ethnic_groups.csv").read_text(encoding="utf-8")
    return [
        EthnicGroup(line["name"], tuple((each, line[each]) for each in LIST_SOURCES if line[each]))
        for line in csv.DictReader(table.splitlines())
    ]


def _order(group: EthnicGroup) -> tuple[int, str, str]:
    place = _FIRST.index(group.name) if group.name in _FIRST else len(_FIRST)
    return place, fold(group.name), group.name


def _squeeze(name: str) -> str:
    return fold(name).replace(" ", "")
