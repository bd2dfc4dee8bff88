"""The two survey rounds of the invented village: one that is closed and has a result, one in which people are asked.

Sheets go through the urn as everywhere; what is answered is invented, the same every time.
"""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from collector.answers.sheets import Sheet, make_values
from collector.answers.urn import put_sheet
from collector.query import get_record, list_records
from collector.recorder import Recorder
from collector.rounds.closing import close_round
from collector.rounds.drawing import list_drawn, open_round, replace_household
from collector.rounds.questionnaires import PREFIX, take_questionnaire
from collector.rounds.store import Plan, add_round
from collector.rounds.ticking import save_ticks
from sync.storage import Row

QUESTIONNAIRE: Final = "participation_household"
KEPT: Final = timedelta(days=730)
SHARES: Final = {"know": 0.99, "discuss": 0.93, "do": 0.85, "inspect": 0.6, "benefit": 0.97}
"""How many of the invented households say yes."""


def add_rounds(recorder: Recorder, unit: str, programmes: Mapping[str, str], today: date) -> None:
    """Record both rounds: everyone was asked about the road, a draw is asked about the water."""
    chance = random.Random("A Râng")  # noqa: S311 - invents, hides nothing
    road = _plan(recorder, unit, programmes["road"], "Đường vào khu sản xuất, đợt 1 (giả định)", "everyone",
                 today - timedelta(days=45), today - timedelta(days=15))  # fmt: skip
    open_round(recorder, road)
    households = list_drawn(recorder.connection, road)
    replace_household(recorder, households.pop()["id"], "moved")
    _ask(recorder, road, households, 64, chance, today - timedelta(days=40))
    close_round(recorder, road)
    water = _plan(recorder, unit, programmes["water"], "Nước tự chảy, đợt 1 (giả định)", "drawn",
                  today - timedelta(days=5), today + timedelta(days=25))  # fmt: skip
    open_round(recorder, water, wanted=45, reserves=8)
    _ask(recorder, water, list_drawn(recorder.connection, water), 24, chance, today - timedelta(days=4))


def _plan(
    recorder: Recorder, unit: str, programme: str, title: str, chosen: str, starts: date, ends: date
) -> str:
    values: dict[str, Any] = {
        "title": title,
        "programme": programme,
        "counted": "households",
        "chosen": chosen,
        "starts_on": starts.isoformat(),
        "ends_on": ends.isoformat(),
        "double_entry_percent": 10,
        "keep_until": (ends + KEPT).isoformat(),
        **take_questionnaire(recorder, unit, PREFIX + QUESTIONNAIRE, ("benefit",)),
    }
    people = tuple(row["id"] for row in list_records(recorder.connection, "person", unit=unit))
    return add_round(recorder, unit, Plan(values, (unit,), people))


def _ask(
    recorder: Recorder, round_id: str, households: list[Row], count: int, chance: random.Random, first: date
) -> None:
    row = get_record(recorder.connection, "round", round_id)
    questionnaire = get_record(recorder.connection, "questionnaire", row["questionnaire"])
    for place in range(count):
        day = first + timedelta(days=place % 4)
        answers = _answer(questionnaire, chance)
        values = make_values(row, questionnaire, answers, village=row["unit"], day=day, source="screen")
        put_sheet(recorder, Sheet(values))
    drawn = [each["id"] for each in households]
    others = dict.fromkeys(drawn[count : count + 2], "refused") | dict.fromkeys(drawn[count + 2 : count + 3], "not_met")
    save_ticks(recorder, round_id, set(drawn[:count]), others)


def _answer(questionnaire: Row, chance: random.Random) -> dict[str, str]:
    """Invent what one household's representative answers, by path."""
    said = {questionnaire[name]: _choose(share, chance) for name, share in SHARES.items() if questionnaire[name]}
    group = "co_tu" if chance.random() < 0.9 else "kinh"
    return said | {
        questionnaire["sex"]: "female" if chance.random() < 0.55 else "male",
        questionnaire["ethnic_group"]: group,
    }


def _choose(share: float, chance: random.Random) -> str:
    if chance.random() < share:
        return "yes"
    return chance.choice(("no", "no", "dont_know", "refused"))
