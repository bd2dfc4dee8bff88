"""Makers of closed rounds whose answers are known, for tests of results."""

from typing import Any

from answer_scenes import answer, make_round
from factories import Village, services_of
from flask import Flask

from collector.results.computing import compute
from collector.results.model import RoundResult
from collector.results.recording import get_result
from collector.results.suppressing import Rule
from collector.rounds.closing import close_round

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"


def close(app: Flask, village: Village, round_id: str) -> None:
    """Close a round as the head of the village."""
    with services_of(app).database.recording(author=village.head) as recorder:
        close_round(recorder, round_id)


def make_closed(app: Flask, village: Village, *groups: dict[str, Any], **changes: Any) -> str:
    """Record a closed round; each group is so many sheets (`count`) with the same answers; return the round's id."""
    made = make_round(app, village, QUESTIONNAIRE, **changes)
    for group in groups:
        answer(app, village, made, **group)
    close(app, village, made)
    return made


def add_drawn(app: Flask, village: Village, round_id: str, outcomes: dict[str | None, int], **changes: Any) -> None:
    """Record drawn households with these outcomes, so many of each."""
    place = 0
    with services_of(app).database.recording(author=village.head) as recorder:
        for outcome, count in outcomes.items():
            for _ in range(count):
                place += 1
                household = f"01900000-0000-7000-8000-{place:012d}"
                values = {"round": round_id, "village": village.unit, "household": household, "place": place}
                values |= {"outcome": outcome, "reason": "empty" if outcome == "ineligible" else None, **changes}
                recorder.add("drawn_household", village.unit, values)


def computed(app: Flask, round_id: str) -> RoundResult:
    """Give the result of a round before anything is suppressed."""
    with services_of(app).database.reading() as connection:
        return compute(connection, round_id)


def seen(app: Flask, round_id: str, rule: Rule) -> RoundResult:
    """Give the result of a round as it may be seen under a rule."""
    with services_of(app).database.reading() as connection:
        return get_result(connection, round_id, rule)
