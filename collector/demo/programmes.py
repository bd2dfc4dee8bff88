"""The two programmes of the invented village: one made public as the law asks, one with gaps."""

from datetime import date, timedelta
from typing import Any, Final

from collector.recorder import Recorder

ROAD: Final[dict[str, Any]] = {
    "name": "Đường bê tông vào khu sản xuất A Râng (giả định)",
    "owner": "UBND xã Tây Giang",
    "sector": "transport",
    "budget": 1_250_000_000,
    "sources": "Chương trình mục tiêu quốc gia; nhân dân đóng góp ngày công",
    "households_affected": 41,
    "description": "Làm 900 m đường bê tông rộng 2,5 m từ gươl đến nương lúa.",
}
WATER: Final[dict[str, Any]] = {
    "name": "Nước tự chảy Cụm suối (giả định)",
    "owner": "UBND xã Tây Giang",
    "sector": "water",
    "budget": 480_000_000,
    "sources": "Ngân sách xã",
    "households_affected": 23,
    "description": "Thay 1,4 km ống, xây bể chứa 10 m³ và 6 vòi công cộng.",
}


def add_programmes(recorder: Recorder, unit: str, today: date) -> dict[str, str]:
    """Record both programmes with what was made public of them; return their ids as `road` and `water`."""
    road = _add_programme(recorder, unit, ROAD, today - timedelta(days=90), today + timedelta(days=150))
    water = _add_programme(recorder, unit, WATER, today - timedelta(days=20), today + timedelta(days=200))
    for item in ("3", "5", "11"):
        _add_disclosure(recorder, unit, road, item, "posting", today - timedelta(days=85), 45, "Bảng tin ở gươl")
    _add_disclosure(recorder, unit, road, "11", "loudspeaker", today - timedelta(days=85), 5, "Loa thôn")
    _add_disclosure(recorder, unit, water, "3", "posting", today - timedelta(days=12), None, "Bảng tin ở gươl")
    _add_disclosure(recorder, unit, water, "5", "posting", today - timedelta(days=18), 10, "Bảng tin ở gươl")
    return {"road": road, "water": water}


def _add_programme(recorder: Recorder, unit: str, values: dict[str, Any], starts: date, ends: date) -> str:
    programme = recorder.add(
        "programme", unit, {**values, "starts_on": starts.isoformat(), "ends_on": ends.isoformat()}
    )
    recorder.add(
        "programme_village",
        unit,
        {"programme": programme, "village": "A Râng", "households_affected": values["households_affected"]},
    )
    return programme


def _add_disclosure(
    recorder: Recorder, unit: str, programme: str, item: str, form: str, starts: date, days: int | None, place: str
) -> None:
    ends = None if days is None else (starts + timedelta(days=days - 1)).isoformat()
    recorder.add(
        "disclosure",
        unit,
        {
            "programme": programme,
            "item": item,
            "form": form,
            "starts_on": starts.isoformat(),
            "ends_on": ends,
            "place": place,
        },
    )
