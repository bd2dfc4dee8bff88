"""An invented meeting: planned, held and voted on as a test needs it."""

from typing import Any

from factories import Village, services_of
from flask import Flask

from collector.meetings import attendance, store, votes
from collector.query import get_record, list_records
from sync.storage import Row

SIGNERS = {
    "chair": "Alăng Thị Bhơ",
    "chair_post": "Trưởng thôn",
    "secretary": "Zơrâm Văn Nhíp",
    "secretary_post": "Thư ký",
    "village_head": "Alăng Thị Bhơ",
    "front_head": "Bling Thị Pơi",
    "representative_1": "Bríu Thị Ngăm",
    "representative_2": "Hôih Văn Dzung",
}


def add_households(app: Flask, village: Village, count: int = 68, clusters: tuple[str, ...] = ()) -> list[str]:
    """List so many invented households."""
    with services_of(app).database.recording() as recorder:
        return [
            recorder.add(
                "household",
                village.unit,
                {
                    "number": number,
                    "head_name": f"Alăng Giả {number}",
                    "head_sex": "female" if number % 3 == 0 else "male",
                    "cluster": clusters[number % len(clusters)] if clusters else None,
                },
            )
            for number in range(1, count + 1)
        ]


def hold_meeting(app: Flask, village: Village, **changes: Any) -> str:
    """Plan and start a meeting that decides, with agenda and signers; return its id."""
    values = {
        "meeting_type": "community",
        "title": "góp công làm hệ thống nước tự chảy",
        "starts_at": "2026-03-05T12:30:00Z",
        "place": "Nhà Gươl",
        **SIGNERS,
        **changes,
    }
    with services_of(app).database.recording() as recorder:
        meeting_id = store.add_meeting(recorder, village.unit, values)
        item = {"meeting": meeting_id, "position": 1, "title": "Trình bày phương án", "notes": "Lấy nước từ suối."}
        recorder.add("agenda_item", village.unit, item)
        store.start_meeting(recorder, meeting_id)
    return meeting_id


def tick(app: Flask, meeting_id: str, households: list[str]) -> None:
    """Tick households as represented."""
    with services_of(app).database.recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        for household in households:
            attendance.tick_household(recorder, meeting, household)


def vote(app: Flask, meeting_id: str, yes: int, no: int, other: int, **values: Any) -> str:
    """Put a question to the vote and count it; return its id."""
    with services_of(app).database.recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        named = {"text": "Mỗi hộ góp 10 ngày công", "matter": "1", **values}
        question = votes.add_question(recorder, meeting, named)
        row = get_record(recorder.connection, "question", question)
        votes.save_tally(recorder, row, None, None, {"yes": yes, "no": no, "other": other})
    return question


def say(app: Flask, meeting_id: str, text: str, **values: Any) -> str:
    """Record an opinion; return its id."""
    with services_of(app).database.recording() as recorder:
        meeting = store.get_meeting(recorder.connection, meeting_id)
        return store.add_opinion(recorder, meeting, {"text": text, **values})


def end(app: Flask, meeting_id: str) -> None:
    """End the meeting an hour and a half after its start."""
    with services_of(app).database.recording() as recorder:
        recorder.update("meeting", meeting_id, {"state": "ended", "ended_at": "2026-03-05T14:00:00Z"})


def rows_of(app: Flask, kind: str, **equal: Any) -> list[Row]:
    """List the current records of a kind."""
    with services_of(app).database.reading() as connection:
        return list_records(connection, kind, **equal)
