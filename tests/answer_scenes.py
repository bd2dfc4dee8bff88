"""Makers of rounds and sheets for tests that do not look at how a round is set up on the pages."""

from datetime import date
from typing import Any

from factories import Village, services_of
from flask import Flask

from collector.answers.sheets import Sheet
from collector.answers.urn import put_sheet
from collector.query import list_records

DAY = date(2026, 3, 9)


def make_round(app: Flask, village: Village, questionnaire: str, **changes: Any) -> str:
    """Record an open round of the village about the four dimensions, everyone asked; return its id."""
    values: dict[str, Any] = {
        "title": "Khảo sát đường vào bản",
        "questionnaire": questionnaire,
        "counted": "households",
        "chosen": "everyone",
        "dimensions": "know,discuss,do,inspect",
        "target_percent": 90,
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
        "state": "open",
    }
    with services_of(app).database.recording(author=village.head) as recorder:
        made = recorder.add("round", village.unit, values | changes)
        population = {"households": 68, "women": 101, "men": 97, "as_of": "2026-01-01", "planned": 68}
        recorder.add("round_village", village.unit, {"round": made, "village": village.unit, **population})
    return made


def answer(app: Flask, village: Village, round_id: str, *, count: int = 1, **values: Any) -> None:
    """Put sheets into the urn of a round: every dimension answered with yes unless told otherwise."""
    row = next(each for each in rows_of(app, "round") if each["id"] == round_id)
    filled = dict.fromkeys(("know", "discuss", "do", "inspect"), "yes") | values
    extra = {name: filled.pop(name) for name in ("paper_number", "instance_id", "waits") if name in filled}
    filled |= {
        "round": round_id,
        "village": village.unit,
        "questionnaire": row["questionnaire"],
        "day": DAY.isoformat(),
        "source": "screen",
        "answers": "{}",
    } | values
    for name in extra:
        filled.pop(name, None)
    with services_of(app).database.recording() as recorder:
        for _ in range(count):
            put_sheet(recorder, Sheet(filled, **extra))


def rows_of(app: Flask, kind: str, **equal: Any) -> list[Any]:
    """List the records of a kind."""
    with services_of(app).database.reading() as connection:
        return list_records(connection, kind, **equal)
