"""Invented people of the invented village: names put together at random from common Cơ Tu parts.

The same seed gives the same people. Any likeness to somebody is chance.
"""

import random
from typing import Final, NamedTuple

SEED: Final = 20455
CLUSTERS: Final = ("Cụm gươl", "Cụm suối", "Cụm trên dốc")
_FAMILIES: Final = (
    "Alăng", "Zơrâm", "Bling", "Arâl", "A Ting", "Bhnướch", "Coor", "Clâu", "Pơloong", "Hôih", "Briu", "Riáh",
    "Bhling", "Cơlâu", "Jơngâr", "Rapát",
)
_WOMEN: Final = ("Bhơ", "Pơi", "Đíp", "Nhơm", "Crênh", "Mưn", "Lơr", "Blếch", "Pâng", "Chếp", "Zớt", "Đơơi")
_MEN: Final = ("Nhíp", "Bhuông", "Chrớ", "Ngút", "Tối", "Đhớ", "Bhiết", "Pư", "Xớp", "Nướp", "Crức", "Lúc")
_KINH: Final = (("Nguyễn Thị Hạnh", "female"), ("Lê Văn Thạnh", "male"), ("Phan Văn Lộc", "male"),
                ("Trần Thị Sương", "female"), ("Võ Văn Mừng", "male"), ("Đỗ Thị Bích", "female"))


class Head(NamedTuple):
    """The head of an invented household."""

    name: str
    sex: str
    cluster: str


def list_heads(households: int) -> list[Head]:
    """Invent the heads of so many households; six of them are Kinh."""
    chance = random.Random(SEED)  # noqa: S311 - invented names, no secret
    names = _cotu_names(chance, households - len(_KINH)) + list(_KINH)
    chance.shuffle(names)
    return [Head(name, sex, CLUSTERS[place * len(CLUSTERS) // households]) for place, (name, sex) in enumerate(names)]


def _cotu_names(chance: random.Random, wanted: int) -> list[tuple[str, str]]:
    names: dict[str, str] = {}
    while len(names) < wanted:
        sex = "female" if chance.random() < 0.35 else "male"
        middle, given = ("Thị", _WOMEN) if sex == "female" else ("Văn", _MEN)
        names.setdefault(f"{chance.choice(_FAMILIES)} {middle} {chance.choice(given)}", sex)
    return list(names.items())
