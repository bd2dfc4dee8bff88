"""The meetings of the invented village: a dialogue that is over, with opinions in every state of their follow-up, and
a community meeting next week that is to decide on contributions."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from collector.clock import ZONE, utc_text
from collector.meetings.store import add_meeting, add_opinion, get_meeting
from collector.meetings.votes import add_question
from collector.query import list_records
from collector.recorder import Recorder

PLACE: Final = "Gươl thôn A Râng"
GUEST: Final = ("Bhling Văn Ngọ (giả định)", "Phó Chủ tịch UBND xã Tây Giang")
OPINIONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "text": "Mương qua Cụm suối bị sạt sau mưa lớn, nước không về ruộng. Đề nghị xã kè lại trước vụ lúa nước.",
        "speaker": "Bling Thị Đíp",
        "topic": "infrastructure",
        "agency": "UBND xã Tây Giang",
        "programme": "water",
    },
    {
        "text": "Đường vào khu sản xuất đi qua vườn cây của nhiều hộ. Đề nghị nói rõ hộ nào được hỗ trợ, bao nhiêu.",
        "speaker": "Coor Văn Tối",
        "topic": "land",
        "agency": "Ban quản lý dự án xã",
        "programme": "road",
        "answer": "Ban quản lý sẽ niêm yết danh sách hộ và mức hỗ trợ tại gươl.",
        "answered_by": GUEST[0],
    },
    {
        "text": "Nhóm dệt thổ cẩm cần nơi bán hàng cho khách đến xem gươl.",
        "speaker": "Alăng Thị Bhơ",
        "topic": "livelihood",
        "agency": "Hội Liên hiệp Phụ nữ xã",
    },
    {
        "text": "Có người uống rượu gây gổ ban đêm ở cụm trên dốc, bà con ngại nói tên.",
        "anonymous": True,
        "topic": "security",
        "agency": "Công an xã Tây Giang",
    },
)
AGENDA: Final = (
    ("Thông báo kế hoạch làm đường vào khu sản xuất", "Trưởng thôn"),
    ("Bàn mức đóng góp ngày công của mỗi hộ", "Trưởng thôn"),
    ("Biểu quyết", "Thư ký"),
)


def add_meetings(recorder: Recorder, unit: str, programmes: Mapping[str, str], today: date) -> None:
    """Record both meetings."""
    _add_past_dialogue(recorder, unit, programmes, today)
    _add_next_meeting(recorder, unit, programmes["road"], today)


def _at(day: date, hour: int, minute: int) -> str:
    return utc_text(datetime.combine(day, time(hour, minute), ZONE))


def _add_past_dialogue(recorder: Recorder, unit: str, programmes: Mapping[str, str], today: date) -> None:
    day = today - timedelta(days=45)
    values = {
        "meeting_type": "dialogue",
        "title": "Đối thoại với bà con về đường, nước và việc làm (giả định)",
        "starts_at": _at(day, 19, 30),
        "place": PLACE,
        "invited_on": (day - timedelta(days=5)).isoformat(),
        "addressee": "Đại diện các hộ gia đình trong thôn",
    }
    meeting = add_meeting(recorder, unit, values)
    recorder.add("guest", unit, {"meeting": meeting, "name": GUEST[0], "post": GUEST[1], "present": True})
    items = (("Xã trả lời các kiến nghị lần trước", GUEST[0]), ("Bà con nêu ý kiến", ""))
    for position, (title, presenter) in enumerate(items, start=1):
        _add_item(recorder, unit, meeting, position, (title, presenter), "Đã trình bày và trao đổi.")
    _tick_households(recorder, unit, meeting)
    _add_opinions(recorder, meeting, programmes, day, today)
    register = list_records(recorder.connection, "register", unit=unit)[0]
    recorder.update(
        "meeting",
        meeting,
        {
            "state": "ended",
            "ended_at": _at(day, 21, 40),
            "register": register["id"],
            "households_total": register["households"],
            "conclusion": "Tổ dân vận chuyển các kiến nghị đến cơ quan trả lời và báo lại bà con tại gươl.",
        },
    )


def _tick_households(recorder: Recorder, unit: str, meeting: str) -> None:
    for household in list_records(recorder.connection, "household", order="number, id", unit=unit):
        if household["number"] % 5 != 0:
            came = {"meeting": meeting, "household": household["id"]}
            recorder.add("attendance", unit, {**came, "name": household["head_name"], "sex": household["head_sex"]})


def _add_opinions(
    recorder: Recorder, meeting: str, programmes: Mapping[str, str], day: date, today: date
) -> None:
    row = get_meeting(recorder.connection, meeting)
    added = [
        add_opinion(recorder, row, {**each, "programme": programmes.get(each.get("programme", ""))})
        for each in OPINIONS
    ]
    forwarded = (day + timedelta(days=1)).isoformat()
    followed: tuple[dict[str, Any], ...] = (
        {"state": "waiting", "forwarded_on": forwarded, "deadline": (day + timedelta(days=16)).isoformat()},
        {
            "state": "told",
            "forwarded_on": forwarded,
            "replied_on": (day + timedelta(days=9)).isoformat(),
            "reply": "Danh sách 11 hộ được hỗ trợ đã niêm yết tại gươl.",
            "told_on": (day + timedelta(days=12)).isoformat(),
        },
        {"state": "forwarded", "forwarded_on": forwarded, "deadline": (today + timedelta(days=6)).isoformat()},
        {"state": "new"},
    )
    for opinion, values in zip(added, followed, strict=True):
        agency = OPINIONS[added.index(opinion)]["agency"]
        recorder.add("follow_up", row["unit"], {"opinion": opinion, "agency": agency, **values})


def _add_next_meeting(recorder: Recorder, unit: str, programme: str, today: date) -> None:
    day = today + timedelta(days=7)
    values = {
        "meeting_type": "community",
        "title": "Họp thôn bàn đóng góp làm đường vào khu sản xuất (giả định)",
        "programme": programme,
        "starts_at": _at(day, 19, 0),
        "place": PLACE,
        "addressee": "Đại diện các hộ gia đình trong thôn",
    }
    meeting = add_meeting(recorder, unit, values)
    for position, entry in enumerate(AGENDA, start=1):
        _add_item(recorder, unit, meeting, position, entry)
    question = {
        "text": "Mỗi hộ góp 3 ngày công làm đường vào khu sản xuất trong tháng tới.",
        "matter": "1",
        "voting": "hands",
    }
    add_question(recorder, get_meeting(recorder.connection, meeting), question)


def _add_item(
    recorder: Recorder, unit: str, meeting: str, position: int, entry: tuple[str, str], notes: str = ""
) -> None:
    values = {"meeting": meeting, "position": position, "title": entry[0], "presenter": entry[1], "notes": notes}
    recorder.add("agenda_item", unit, values)
