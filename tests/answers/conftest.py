"""A round in which residents answer, and a browser in the hands of one."""

from collections.abc import Iterator

import pytest
from answer_scenes import Resident, hand_over, make_survey
from factories import Village
from flask import Flask


@pytest.fixture
def survey(app: Flask, village: Village) -> str:
    """An open round with the questionnaire for a household's representative."""
    return make_survey(app, village)


@pytest.fixture
def lent(app: Flask, survey: str) -> Iterator[Resident]:
    """A browser in the hands of a resident who has answered one question."""
    resident = hand_over(app, survey)
    resident.consent()
    resident.reply("yes")
    yield resident
