"""A village with one of everything, and the address of every page in it."""

import re

from answer_scenes import answer, make_survey
from elsewhere import write_elsewhere
from factories import Village, log_in, services_of
from flask import Flask
from meetings.scenes import add_households, end, hold_meeting, rows_of, say, tick, vote
from werkzeug.routing import Rule

from collector.clock import today
from collector.openrosa.phones import Phones
from sync.log import read_revisions

DIFFERING = {"kind": "opinion", "record_id": "", "name": "text"}
"""The record that two laptops wrote differently."""


def make_scene(app: Flask, village: Village) -> dict[str, str]:
    """Make a finalised meeting, a running one and one of everything else; give an id for each part of an address."""
    client = log_in(app.test_client(), "head")
    households = add_households(app, village, 3)
    signed = hold_meeting(app, village, starts_at="2026-02-05T12:30:00Z")
    tick(app, signed, households)
    vote(app, signed, 2, 1, 0)
    end(app, signed)
    client.post(f"/meetings/{signed}/finalise")
    client.post(f"/meetings/{signed}/amend", data={"reason": "Sót", "text": "Thêm", "made_on": "2026-03-09"})
    client.post("/programmes/new", data={"name": "Đường vào bản"})
    running = hold_meeting(app, village)
    tick(app, running, households[:2])
    question = vote(app, running, 2, 0, 0)
    opinion = say(app, running, "Xin làm cầu treo.", speaker="Bríu Thị Ngăm")
    programme = rows_of(app, "programme")[0]["id"]
    typed = {"item": "3", "form": "posting", "starts_on": "2026-03-01", "place": "Nhà Gươl"}
    client.post(f"/programmes/{programme}/disclosures/new", data=typed)
    client.post("/village/holidays/2026/new", data={"day": "2026-04-30", "name": "Ngày Giải phóng"})
    client.post("/backups")
    make_differences(app, programme, opinion)
    planned, survey = make_rounds(app, village)
    answer(app, village, survey, source="paper", paper_number=7, waits=True)
    found = {
        "planned_id": planned,
        "round_id": survey,
        "drawn_id": rows_of(app, "drawn_household", round=survey)[0]["id"],
        "number": "7",
        "meeting_id": running,
        "signed_id": signed,
        "question_id": question,
        "opinion_id": opinion,
        "programme_id": programme,
        "household_id": households[0],
        "person_id": village.member,
        "register_id": village.register,
        "holiday_id": rows_of(app, "holiday")[0]["id"],
        "disclosure_id": rows_of(app, "disclosure")[0]["id"],
        "amendment_id": rows_of(app, "amendment")[0]["id"],
        "attachment_id": rows_of(app, "attachment", role="pdf")[0]["id"],
        "village_id": village.unit,
        "questionnaire_id": rows_of(app, "questionnaire")[0]["id"],
        "code": "policy",
        **make_phones(app),
        "closed_id": make_closed_round(app, village, programme),
        "shape": "pdf",
        "entry": rows_of(app, "agenda_item", meeting=running)[0]["id"],
        "record_id": running,
        "kind": "meeting",
        "part": "agenda",
        "name": "resolution",
        "year": "2026",
        "step": "language",
        "filename": "collector.css",
    }
    with services_of(app).database.reading() as connection:
        first = read_revisions(connection, running)[0].reference
    return found | {"revision": str(first)}


def make_differences(app: Flask, programme: str, opinion: str) -> None:
    """Have another laptop write the programme and the opinion differently, and put a programme's days in no order."""
    database = services_of(app).database
    with database.recording() as recorder:
        recorder.update("opinion", opinion, {"text": "Xin làm cầu treo mới, vì cầu cũ đã mục."})
        recorder.update("programme", programme, {"starts_on": "2026-06-01"})
    write_elsewhere(database, "opinion", opinion, {"text": "Xin làm cầu treo ở đầu thôn."}, seen=1)
    write_elsewhere(database, "programme", programme, {"name": "Đường vào bản mới", "ends_on": "2026-02-01"}, seen=1)


def make_phones(app: Flask) -> dict[str, str]:
    """Add a phone that was in contact today, and another one; give the key of the first and the id of the second."""
    phones = Phones(services_of(app).folder)
    key = phones.add("Máy 1", today()) or ""
    phones.greet(key, today())
    phones.add("Máy 2", today(), "01900000-0000-7000-8000-0000000000aa")
    return {"key": key, "phone_id": "01900000-0000-7000-8000-0000000000aa"}


def make_rounds(app: Flask, village: Village) -> tuple[str, str]:
    """Prepare a round, and one that is drawn and open; give their ids."""
    client = log_in(app.test_client(), "head")
    for title in ("Đường vào bản, đợt 1", "Đường vào bản, đợt 2"):
        typed = {"title": title, "questionnaire": "built-in:participation_household", "counted": "households",
                 "chosen": "everyone", "villages": [village.unit], "askers": [village.member]}  # fmt: skip
        client.post("/rounds/new", data=typed)
    planned, survey = [row["id"] for row in rows_of(app, "round")]
    client.post(f"/rounds/{survey}/draw")
    return planned, survey


def make_closed_round(app: Flask, village: Village, programme: str) -> str:
    """Close two rounds about a programme, with enough sheets for every table of the results; give the second's id."""
    for yes in (40, 50):
        made = make_survey(app, village, programme=programme)
        answer(app, village, made, count=yes, sex="female", ethnic_group="Cơ Tu")
        answer(app, village, made, count=62 - yes, sex="male", ethnic_group="Kinh", inspect="no", do="dont_know")
        log_in(app.test_client(), "head").post(f"/rounds/{made}/close")
    return made


def address(rule: Rule, scene: dict[str, str]) -> str:
    """Fill the address of a page with ids of the scene."""
    def fill(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        if rule.endpoint == "meetings.edit_meeting" and name == "part":
            return "basics"
        if rule.endpoint == "backups.download_backup":
            return "collector-20260101-000000.age"
        if rule.endpoint == "questionnaires.show_medium" and name == "name":
            return "know.png"
        if rule.endpoint in ("villages.join_same", "villages.part_same"):
            return "another"
        if rule.endpoint == "rounds.remove_round":
            return scene["planned_id"]
        if rule.endpoint == "results.show_report" and name == "round_id":
            return scene["closed_id"]
        if rule.endpoint in ("meetings.amend_minutes", "conflicts.show_minutes"):
            return scene["signed_id"]
        if rule.endpoint.startswith("conflicts.") and name in DIFFERING:
            return DIFFERING[name] or scene["opinion_id"]
        return scene[name]

    found = re.sub(r"<([^>]+)>", fill, rule.rule)
    return f"{found}?revision={scene['revision']}" if rule.endpoint == "history.review_bringing_back" else found


def get_rules(app: Flask) -> list[Rule]:
    """List the routes of pages."""
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
