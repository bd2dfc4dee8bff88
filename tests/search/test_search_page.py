"""Finding what was recorded, however it is typed."""

import re
from html import unescape

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.search.excerpts import make_excerpt

ROAD = "Đường bê tông Hòa Bình đi qua rẫy của bà con còn hỏng"


@pytest.fixture
def reader(village: Village, client: FlaskClient) -> FlaskClient:
    """A browser of a member."""
    return log_in(client, "member")


def add(app: Flask, village: Village, kind: str, **values: object) -> str:
    with services_of(app).database.recording(author=village.head) as recorder:
        return recorder.add(kind, village.unit, values)


def titles(page: str) -> list[str]:
    found = re.findall(r"<h3>(.*?)</h3>", page, re.S)
    return [unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found]


@pytest.mark.parametrize("words", ["đường", "DUONG", "duong", "Hoà", "hòa BÌNH", "bê tông", "be ton", "ray  cua"])
def test_accents_capitals_and_the_place_of_the_tone_do_not_matter(
    app: Flask, village: Village, reader: FlaskClient, words: str
) -> None:
    add(app, village, "programme", name=ROAD)
    add(app, village, "programme", name="Nước sạch cụm 2")
    assert titles(reader.get("/search", query_string={"q": words}).text) == [ROAD]


def test_the_newest_change_comes_first_and_removed_records_are_not_found(
    app: Flask, village: Village, reader: FlaskClient
) -> None:
    ids = [add(app, village, "programme", name=f"Đường {name}") for name in "ABC"]
    with services_of(app).database.recording() as recorder:
        recorder.update("programme", ids[0], {"owner": "UBND xã"})
        recorder.remove("programme", ids[1])
    assert titles(reader.get("/search?q=duong").text) == ["Đường A", "Đường C"]


def test_found_words_are_marked_in_the_field_where_they_stand(
    app: Flask, village: Village, reader: FlaskClient
) -> None:
    add(app, village, "programme", name="Sửa đường", description="Dài 2 km <b>, cống qua suối Zơ Rượt", owner="UBND xã")
    page = reader.get("/search?q=suoi+zo").text
    assert "<mark>suối</mark> <mark>Zơ</mark> Rượt" in page
    assert "&lt;b&gt;" in page
    assert "UBND" not in page


def test_a_part_of_a_meeting_leads_to_the_meeting(app: Flask, village: Village, reader: FlaskClient) -> None:
    meeting = add(
        app, village, "meeting", meeting_type="other", title="Họp thôn", starts_at="2026-03-05T12:30:00Z", place="Gươl"
    )
    question = add(app, village, "question", meeting=meeting, position=1, text="Góp công làm cầu", matter="1")
    option = add(app, village, "opinion", meeting=meeting, number=1, text="Cầu treo đã mục")
    page = reader.get("/search?q=cau").text
    assert f'href="/meetings/{meeting}#question-{question}"' in page
    assert f'href="/opinions/{option}#opinion-{option}"' in page


def test_one_kind_can_be_asked_for(app: Flask, village: Village, reader: FlaskClient) -> None:
    add(app, village, "programme", name="Đường về A Rớt")
    add(app, village, "household", number=1, head_name="Đường Thị Mới")
    assert titles(reader.get("/search?q=duong&kind=household").text) == ["Đường Thị Mới"]
    assert len(titles(reader.get("/search?q=duong&kind=nothing").text)) == 2


def test_pages_follow_each_other_without_gap_or_repetition(
    app: Flask, village: Village, reader: FlaskClient
) -> None:
    with services_of(app).database.recording() as recorder:
        for number in range(1, 46):
            recorder.add("household", village.unit, {"number": number, "head_name": f"Alăng Số {number}"})
    seen: list[str] = []
    address = "/search?q=alang+so"
    pages = 0
    while address:
        page = reader.get(address).text
        seen += titles(page)
        pages += 1
        older = re.search(r'rel="next" href="([^"]+)"', page)
        back = re.search(r'rel="prev" href="([^"]+)"', page)
        assert bool(back) == (pages > 1)
        address = unescape(older.group(1)) if older else ""
    assert pages == 3
    assert seen == [f"Alăng Số {number}" for number in range(45, 0, -1)]
    first_again = reader.get(unescape(back.group(1))).text if back else ""
    assert titles(first_again) == seen[20:40]


def test_totals_end_at_a_thousand(app: Flask, village: Village, reader: FlaskClient) -> None:
    with services_of(app).database.recording() as recorder:
        for number in range(1, 1_003):
            recorder.add("household", village.unit, {"number": number, "head_name": "Bling"})
    reader.post("/language", data={"language": "en"})
    page = reader.get("/search?q=bling").text
    assert "1,002" not in page
    assert "1.002" not in page
    assert re.search(r"1[.,]000", page)


@pytest.mark.parametrize(
    "query", ["", "   ", "?!*", '"', "\u0301", "%00", "(((", "AND OR NOT", "a" * 20_000, "_opinion"]
)
def test_any_query_gives_a_page(app: Flask, village: Village, reader: FlaskClient, query: str) -> None:
    add(app, village, "household", number=1, head_name="Alăng")
    assert reader.get("/search", query_string={"q": query, "before": query, "kind": query}).status_code == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.text(max_size=80), st.text(max_size=8))
def test_any_rubbish_gives_a_page(app: Flask, village: Village, reader: FlaskClient, query: str, entry: str) -> None:
    sent = {"q": query.encode("utf-8", "replace").decode(), "after": entry.encode("utf-8", "replace").decode()}
    assert reader.get("/search", query_string=sent).status_code == 200


def test_contacts_of_speakers_are_never_found(app: Flask, village: Village, reader: FlaskClient) -> None:
    add(app, village, "speaker_contact", opinion="0192a0b0-0000-7000-8000-000000000000", name="Zơrâm Kín")
    assert titles(reader.get("/search?q=zoram+kin").text) == []


@given(st.text(max_size=400), st.text(max_size=20))
def test_an_excerpt_is_a_part_of_the_text(text: str, query: str) -> None:
    segments = make_excerpt(text, query)
    shown = "".join(part for part, _ in segments).removeprefix("… ").removesuffix(" …")
    assert shown in " ".join(text.split())
    assert len(shown) <= 160
