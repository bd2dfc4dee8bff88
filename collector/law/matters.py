"""The six matters that the people of a village decide, and what follows from a decision.

Codes "1" to "6" are those of Law 10/2022/QH15, article 15. "convention" is another name of matter 3 (hương
ước, quy ước), kept because people speak of it as a thing of its own. The Vietnamese wording is a short form
for print, not the full text of the article. No threshold lives here: see `thresholds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collector.law.errors import UnknownMatter
from collector.words import N_

CONVENTION: Final = "convention"

ON_VOTE: Final = "on_vote"
COMMUNE_RECOGNITION: Final = "commune_recognition"
FRONT_RECOGNITION: Final = "front_recognition"

SENT_TO_COMMUNE_WORKING_DAYS: Final = 5
SENT_TO_COMMUNE_SOURCE: Final = "Luật số 10/2022/QH15, Điều 20 khoản 3"


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter of article 15: words for the screen (English source) and for print (Vietnamese)."""

    code: str
    words: str
    print_vi: str
    source: str


@dataclass(frozen=True, slots=True)
class Effect:
    """When a decision takes effect; `within_working_days`: how long the recognising body has, if known."""

    code: str
    words: str
    within_working_days: int | None
    source: str


_ARTICLE = "Luật số 10/2022/QH15, Điều 15 khoản {}"

_MATTERS: Final = {
    matter.code: matter
    for matter in (
        Matter(
            "1",
            N_("Contributions of the people to works and infrastructure"),
            "Chủ trương và mức đóng góp xây dựng cơ sở hạ tầng, công trình công cộng do Nhân dân đóng góp",
            _ARTICLE.format(1),
        ),
        Matter(
            "2",
            N_("Income, spending and management of community funds"),
            "Việc thu, chi, quản lý các khoản đóng góp, kinh phí và tài sản của cộng đồng dân cư",
            _ARTICLE.format(2),
        ),
        Matter(
            "3",
            N_("Village convention"),
            "Nội dung hương ước, quy ước của cộng đồng dân cư",
            _ARTICLE.format(3),
        ),
        Matter(
            "4",
            N_("Election or dismissal of the village head"),
            "Bầu, cho thôi làm Trưởng thôn, Tổ trưởng tổ dân phố",
            _ARTICLE.format(4),
        ),
        Matter(
            "5",
            N_("Members of the People's Inspection Board and the Community Investment Supervision Board"),
            "Bầu, cho thôi làm thành viên Ban Thanh tra nhân dân, Ban Giám sát đầu tư của cộng đồng",
            _ARTICLE.format(5),
        ),
        Matter(
            "6",
            N_("Other self-management work of the community"),
            "Các công việc tự quản khác trong nội bộ cộng đồng dân cư",
            _ARTICLE.format(6),
        ),
    )
}

_EFFECT_SOURCE = "Luật số 10/2022/QH15, Điều 21 khoản 2"
_EFFECT_ON_VOTE = Effect(ON_VOTE, N_("Takes effect when the people have voted."), None, _EFFECT_SOURCE)
_EFFECT_COMMUNE = Effect(
    COMMUNE_RECOGNITION,
    N_("Takes effect when the commune People's Committee recognises it."),
    None,
    _EFFECT_SOURCE,
)
_EFFECT_FRONT = Effect(
    FRONT_RECOGNITION,
    N_("Takes effect when the commune Fatherland Front Committee recognises it."),
    5,
    _EFFECT_SOURCE,
)
_EFFECTS: Final = {
    "1": _EFFECT_ON_VOTE,
    "2": _EFFECT_ON_VOTE,
    "3": _EFFECT_COMMUNE,
    "4": _EFFECT_COMMUNE,
    "5": _EFFECT_FRONT,
    "6": _EFFECT_ON_VOTE,
}


def matter_code(matter: str) -> str:
    """Answer the code of article 15 for a matter; a convention is matter 3.

    :raises UnknownMatter: if there is no such matter.
    """
    code = "3" if matter == CONVENTION else matter
    if code not in _MATTERS:
        raise UnknownMatter(matter=matter)
    return code


def list_matters() -> tuple[Matter, ...]:
    """List the six matters in the order of the article (Law 10/2022/QH15, article 15)."""
    return tuple(_MATTERS.values())


def get_matter(matter: str) -> Matter:
    """Answer a matter by its code.

    :raises UnknownMatter: if there is no such matter.
    """
    return _MATTERS[matter_code(matter)]


def effect_of(matter: str) -> Effect:
    """Answer when a decision on this matter takes effect (Law 10/2022/QH15, article 21.2).

    :raises UnknownMatter: if there is no such matter.
    """
    return _EFFECTS[matter_code(matter)]
