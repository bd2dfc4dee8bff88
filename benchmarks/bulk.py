"""Many meetings and opinions in one folder, recorded through the log like everything else."""

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.database import Database, open_database
from collector.demo.village import make_demo
from collector.folder import DataFolder
from collector.recorder import Recorder

BATCH = 200
_WORDS = (  # noqa: SIM905 - a text is easier to read
    "đường mương nước gươl trường trạm rừng nương lúa điện cầu suối vay hỗ trợ bảo hiểm nhà giống bò sạt đèn loa dệt"
    " chợ đất ranh giới vườn keo quế ba kích họp dân công niêm yết danh sách hộ nghèo học sinh y tế thuốc"
).split()


def make_folder(root: Path, meetings: int, opinions: int) -> DataFolder:
    """Make an invented village with so many meetings, each with so many opinions; a finished one is used again."""
    folder = DataFolder(root)
    make_demo(folder)
    database = open_database(folder.database)
    try:
        with database.reading() as connection:
            held = connection.value("SELECT count(*) FROM meeting")
        if held < meetings:
            _fill(database, folder.read_settings()["unit"], meetings - held, opinions)
    finally:
        database.storage.close()
    return folder


def _fill(database: Database, unit: str, meetings: int, opinions: int) -> None:
    chance = random.Random(meetings)
    begun = time.monotonic()
    for start in range(0, meetings, BATCH):
        with database.recording() as recorder:
            for number in range(start, min(start + BATCH, meetings)):
                _add_meeting(recorder, unit, number, opinions, chance)
        done = min(start + BATCH, meetings)
        rate = done * (1 + opinions) / (time.monotonic() - begun)
        print(f"\r{done:,} of {meetings:,} meetings, {rate:,.0f} records/s ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _add_meeting(recorder: Recorder, unit: str, number: int, opinions: int, chance: random.Random) -> None:
    moment = datetime.now(UTC) - timedelta(hours=4 * (number + 12))
    meeting = recorder.add(
        "meeting",
        unit,
        {
            "meeting_type": "dialogue",
            "title": f"Họp thôn lần {number}: {_sentence(chance, 4)}",
            "starts_at": moment.isoformat(),
            "place": "Gươl",
            "state": "ended",
        },
    )
    for place in range(1, opinions + 1):
        values = {"meeting": meeting, "number": place, "text": _sentence(chance, 14), "agency": "UBND xã"}
        recorder.add("opinion", unit, values)


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words))
