"""The six matters and when a decision on each takes effect."""

from __future__ import annotations

import pytest

from collector.law.errors import UnknownMatter
from collector.law.matters import (
    COMMUNE_RECOGNITION,
    FRONT_RECOGNITION,
    ON_VOTE,
    SENT_TO_COMMUNE_WORKING_DAYS,
    effect_of,
    get_matter,
    list_matters,
)


def test_there_are_six_matters_in_the_order_of_the_article() -> None:
    assert [matter.code for matter in list_matters()] == ["1", "2", "3", "4", "5", "6"]
    assert all(matter.words and matter.print_vi for matter in list_matters())
    assert get_matter("5").source == "Luật số 10/2022/QH15, Điều 15 khoản 5"


def test_convention_is_matter_three() -> None:
    assert get_matter("convention") is get_matter("3")


@pytest.mark.parametrize(
    ("matter", "effect"),
    [
        ("1", ON_VOTE),
        ("2", ON_VOTE),
        ("3", COMMUNE_RECOGNITION),
        ("convention", COMMUNE_RECOGNITION),
        ("4", COMMUNE_RECOGNITION),
        ("5", FRONT_RECOGNITION),
        ("6", ON_VOTE),
    ],
)
def test_effect_follows_article_21(matter: str, effect: str) -> None:
    assert effect_of(matter).code == effect


def test_front_has_five_working_days_and_the_minutes_go_out_within_five() -> None:
    assert effect_of("5").within_working_days == 5
    assert effect_of("1").within_working_days is None
    assert SENT_TO_COMMUNE_WORKING_DAYS == 5


@pytest.mark.parametrize("matter", ["", "0", "7", "03", "hương ước"])
def test_unknown_matter_is_refused(matter: str) -> None:
    with pytest.raises(UnknownMatter) as caught:
        effect_of(matter)
    assert caught.value.context == {"matter": matter}
