"""Minutes with many attendees and opinions, warm, against WeasyPrint alone on the same HTML and options."""

import io
from pathlib import Path

from benchmarks.processes import milliseconds
from benchmarks.table import Figure, median
from collector.attachments.files import Files
from collector.database import Database, open_database
from collector.demo.village import make_demo
from collector.documents import render_html
from collector.folder import DataFolder
from collector.meetings.finalising import minutes_pdf
from collector.meetings.papers import MeetingSource, meeting_paper
from collector.query import get_record, list_records

BUDGET = 1.2


def measure_minutes(folder: Path, attendees: int = 200, opinions: int = 100, runs: int = 5) -> list[Figure]:
    """Measure from the records to the PDF, in turns with the engine alone."""
    data = DataFolder(folder / "minutes")
    make_demo(data)
    database = open_database(data.database)
    meeting = _add_meeting(database, data.read_settings()["unit"], attendees, opinions)
    with database.reading() as connection:
        html = _html(database, meeting)
        files = Files(data.attachments)
        ours, alone = [], []
        for _ in range(runs + 1):
            ours.append(milliseconds(minutes_pdf, connection, files, meeting))
            alone.append(milliseconds(_engine_alone, html))
    database.storage.close()
    what = f"minutes, {attendees} attendees, {opinions} opinions"
    return [Figure(what, median(ours[1:]), median(alone[1:]), BUDGET)]


def _html(database: Database, meeting: str) -> str:
    from collector.documents.fetching import STATIC_URL

    with database.reading() as connection:
        source = MeetingSource(connection, get_record(connection, "meeting", meeting))
        return render_html(source.document, meeting_paper(source), draft=True, static_url=STATIC_URL)


def _engine_alone(html: str) -> bytes:
    from importlib.resources import files

    from weasyprint import HTML
    from weasyprint.css import ColorProfile

    from collector.documents.engine import INTENT, OPTIONS
    from collector.documents.fetching import STATIC_URL, PackageFetcher

    profile = io.BytesIO(files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes())
    profiles = {INTENT: ColorProfile(profile, "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))}
    page = HTML(string=html, base_url=STATIC_URL, url_fetcher=PackageFetcher())
    data: bytes = page.write_pdf(color_profiles=profiles, **OPTIONS)
    return data


def _add_meeting(database: Database, unit: str, attendees: int, opinions: int) -> str:
    with database.recording() as recorder:
        values = {"meeting_type": "dialogue", "title": "Họp đông (giả định)", "starts_at": "2026-03-05T12:00:00Z"}
        more = {"place": "Gươl", "state": "ended", "ended_at": "2026-03-05T14:00:00Z", "chair": "A", "secretary": "B"}
        meeting = recorder.add("meeting", unit, {**values, **more})
        households = list_records(recorder.connection, "household", unit=unit)
        for number in range(attendees):
            came = {"meeting": meeting, "household": households[number % len(households)]["id"]}
            recorder.add("attendance", unit, {**came, "name": f"Arâl Văn {number}", "sex": "male"})
        for number in range(1, opinions + 1):
            text = f"Ý kiến thứ {number}: đề nghị xã sửa mương và làm đường vào khu sản xuất. " * 3
            spoken = {"meeting": meeting, "number": number, "text": text, "speaker": f"Bling Thị {number}"}
            recorder.add("opinion", unit, {**spoken, "agency": "UBND xã", "answer": "Xã ghi nhận và trả lời sau."})
    return meeting
