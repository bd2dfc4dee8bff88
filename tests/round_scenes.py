"""Makers of rounds that are set up as the pages do it: households in the list, a plan, a draw."""

from typing import Any

from answer_scenes import rows_of
from factories import Village, services_of
from flask import Flask

from collector.rounds.drawing import open_round
from collector.rounds.store import Plan, add_round

QUESTIONNAIRE = "01900000-0000-7000-8000-000000000001"


def add_households(app: Flask, unit: str, count: int) -> list[str]:
    """Put invented households into the list of a village: numbers from 1, three groups of houses."""
    with services_of(app).database.recording() as recorder:
        return [
            recorder.add(
                "household",
                unit,
                {"number": place + 1, "head_name": f"Hộ Mẫu {place + 1}", "cluster": f"Tổ {place % 3 + 1}"},
            )
            for place in range(count)
        ]


def add_village(app: Flask, name: str, households: int) -> str:
    """Add a further village that is known on this laptop, with its register and its list; return its id."""
    with services_of(app).database.recording() as recorder:
        values = {"name": name, "commune_code": "20704", "commune_name": "Xã La Dêê", "province_name": "Đà Nẵng"}
        unit = recorder.add("unit", "01900000-0000-7000-8000-0000000000ff", values)
        recorder.add("register", unit, {"as_of": "2026-01-01", "households": households, "women": 40, "men": 38})
    add_households(app, unit, households)
    return unit


def plan_round(app: Flask, village: Village, *villages: str, askers: tuple[str, ...] = (), **changes: Any) -> str:
    """Record a round that is being prepared: households of the own village, drawn, four dimensions."""
    values: dict[str, Any] = {
        "title": "Khảo sát đường vào bản",
        "questionnaire": QUESTIONNAIRE,
        "counted": "households",
        "chosen": "drawn",
        "dimensions": "know,discuss,do,inspect",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
    }
    with services_of(app).database.recording(author=village.head) as recorder:
        plan = Plan(values | changes, (village.unit, *villages), askers)
        return add_round(recorder, village.unit, plan)


def draw(app: Flask, round_id: str, wanted: int | None = 20, reserves: int = 5, seed: str = "hạt giống") -> list[Any]:
    """Draw the households of a round; return the rows of its drawn households by village and place."""
    with services_of(app).database.recording() as recorder:
        open_round(recorder, round_id, wanted=wanted, reserves=reserves, seed=seed)
    rows = rows_of(app, "drawn_household", round=round_id)
    return sorted(rows, key=lambda row: (row["village"], row["place"]))
