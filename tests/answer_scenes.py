"""Makers of rounds and sheets for tests that do not look at how a round is set up on the pages."""

import re
from datetime import date
from typing import Any

from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.answers.sheets import Sheet
from collector.answers.tidying import tidy
from collector.answers.urn import put_sheet
from collector.query import list_records
from collector.questionnaires.built_in import ensure_built_in
from collector.rounds.closing import close_round

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
    tidy(services_of(app).database)


def rows_of(app: Flask, kind: str, **equal: Any) -> list[Any]:
    """List the records of a kind."""
    with services_of(app).database.reading() as connection:
        return list_records(connection, kind, **equal)


def make_survey(app: Flask, village: Village, code: str = "participation_household", **changes: Any) -> str:
    """Record an open round that asks a questionnaire that comes with Collector; return its id."""
    with services_of(app).database.recording(author=village.head) as recorder:
        questionnaire = ensure_built_in(recorder, village.unit, code)
    return make_round(app, village, questionnaire, **changes)


class Resident:
    """Somebody who answers on a browser that was handed over; `page` is what the screen shows now."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page = ""
        self.look()

    def look(self) -> str:
        """Load the asking page anew."""
        answer = self.client.get("/ask")
        assert answer.status_code == 200, answer.status_code
        self.page = answer.text
        return self.page

    def press(self, act: str, **fields: Any) -> str:
        """Press a button and follow to the next screen; whatever is refused stays on the screen."""
        answer = self.client.post("/ask", data={"act": act, "question": self.question or "(end)", **fields})
        if answer.status_code == 422:
            self.page = answer.text
            return self.page
        assert answer.status_code == 303, answer.status_code
        assert answer.location == "/ask"
        return self.look()

    @property
    def question(self) -> str:
        """The path of the question on the screen, empty if there is none."""
        found = re.search(r'name="question" value="([^"]+)"', self.page)
        return found[1] if found else ""

    def consent(self, language: str = "vi") -> None:
        """Choose a language where there is a choice, and consent."""
        if 'name="language"' in self.page and "consent" not in self.page:
            self.press("language", language=language)
        if 'value="consent"' not in self.page:
            self.press("language", language=language)
        self.press("consent")

    def reply(self, value: str = "", **fields: Any) -> str:
        """Answer the question on the screen."""
        return self.press("answer", answer=value, **fields)

    def answer_all(self, **known: str) -> None:
        """Answer every question: those named as told, others with their first choice."""
        while self.question.startswith("/"):
            name = self.question.rpartition("/")[2]
            first = re.search(r'name="answer" value="([^"]+)"', self.page)
            self.reply(known.get(name, first[1] if first else "3"))

    def code(self) -> str:
        """Read the withdrawal code from the screen."""
        found = re.search(r'class="withdrawal-code"[^>]*>([A-Z0-9-]+)<', self.page)
        assert found is not None, self.page
        return found[1]


def hand_over(app: Flask, survey: str, role: str = "member") -> Resident:
    """Have somebody of the team hand a browser over for a round."""
    client = log_in(app.test_client(), role)
    answer = client.post(f"/rounds/{survey}/ask", data={"act": "start"})
    assert answer.status_code == 303, answer.text
    assert answer.location == "/ask"
    return Resident(client)


def close_survey(app: Flask, survey: str) -> None:
    """Close a round."""
    with services_of(app).database.recording() as recorder:
        close_round(recorder, survey)
    services_of(app).database.storage.empty_journal()


def urn_rows(app: Flask) -> list[str]:
    """List the sheets that lie in the urn."""
    with services_of(app).database.reading() as connection:
        return [row["sheet"] for row in connection.rows("SELECT sheet FROM urn")]
