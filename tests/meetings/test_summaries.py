"""The summary of a period: exactly its meetings' opinions, with what became of them and no names."""

from io import BytesIO

from factories import Village, log_in
from flask import Flask
from pypdf import PdfReader

from meetings.scenes import hold_meeting, say


def test_a_period_holds_its_own_meetings_only_and_names_nobody(app: Flask, village: Village) -> None:
    # 23:30 on 14 December in Việt Nam belongs to the year, 00:30 on the 15th does not.
    last = hold_meeting(app, village, starts_at="2026-12-14T16:30:00Z")
    next_year = hold_meeting(app, village, starts_at="2026-12-14T17:30:00Z")
    say(app, last, "Xin làm cầu treo.", speaker="Bríu Thị Ngăm")
    say(app, next_year, "Xin làm đường bê tông.")
    client = log_in(app.test_client(), "member")
    page = client.get("/opinions/summary.pdf?from=2025-12-15&to=2026-12-14")
    text = " ".join("".join(each.extract_text() for each in PdfReader(BytesIO(page.data)).pages).split())
    assert "Xin làm cầu treo." in text
    assert "bê tông" not in text
    assert "Ngăm" not in text
    shown = client.get("/opinions/summary?from=2025-12-15&to=2026-12-14").text
    assert "from=2025-12-15" in shown


def test_a_wrong_period_is_refused_with_a_sentence(app: Flask, village: Village) -> None:
    client = log_in(app.test_client(), "member")
    for wrong in ("from=x&to=y", "from=2026-05-01&to=2026-04-01"):
        assert client.get(f"/opinions/summary?{wrong}").status_code == 422
        assert client.get(f"/opinions/summary.pdf?{wrong}").status_code == 422
