"""Changes are said without signs, and nothing is called estimated that was counted."""

import pytest

from collector.results.comparing import Change
from collector.results.speaking import Speaker, say_change


def fill(text: str, **values: object) -> str:
    return text % values


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change("know", 0.16, 0.06, 0.24), "Rose by 16 points (from 6 to 24)."),
        (Change("know", -0.16, -0.24, -0.06), "Fell by 16 points (from 6 to 24)."),
        (
            Change("know", 0.01, -0.09, 0.11),
            "There is not enough evidence of a change (between 9 points less and 11 points more).",
        ),
        (Change("know", 0.16, 0.16, 0.16), "Rose by 16 points."),
        (Change("know", -0.16, -0.16, -0.16), "Fell by 16 points."),
        (Change("know", 0.003, 0.003, 0.003), "Rose by 0.3 points."),
        (Change("know", 0.0, 0.0, 0.0), "The same as in the round before."),
    ],
)
def test_a_change_is_said_without_signs(change: Change, sentence: str) -> None:
    assert say_change(Speaker(fill, "en"), change) == sentence
