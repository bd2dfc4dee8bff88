"""The list of what differs and of what does not fit together: complete, in pages, quick."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from conflict_scenes import words_of
from elsewhere import write_elsewhere
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from meetings.scenes import hold_meeting, say

from collector.conflicts import store
from collector.conflicts.store import BROKEN, DIFFERING, PAGE, Before
from collector.query import get_record
from collector.registry import KINDS
from collector.rights import list_visible_kinds
from collector.villages.current import commune_of
from sync.sqlite import SqliteConnection
from sync.storage import Connection

MANY = 50_000


def add(app: Flask, village: Village, kind: str, **values: Any) -> str:
    with services_of(app).database.recording(author=village.head) as recorder:
        return recorder.add(kind, village.unit, values)


def differ(app: Flask, kind: str, record: str, field: str, one: Any, other: Any) -> None:
    database = services_of(app).database
    with database.recording() as recorder:
        recorder.update(kind, record, {field: one})
    write_elsewhere(database, kind, record, {field: other}, seen=1)


def read(app: Flask, role: str = "secretary", **query: str) -> str:
    client: FlaskClient = log_in(app.test_client(), role)
    with client.session_transaction() as session:
        session["language"] = "en"
    return client.get("/differences", query_string=query).text


def test_nothing_differs(app: Flask, village: Village) -> None:
    page = read(app)
    assert "Nothing differs anywhere." in page
    assert "To be looked at again" not in page
    assert "place differs" not in words_of(page)


def test_records_stand_under_their_meeting_and_village(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village, title="làm đường")
    opinion = say(app, meeting, "Xin làm cầu.")
    programme = add(app, village, "programme", name="Nước")
    differ(app, "opinion", opinion, "text", "Xin làm cầu treo.", "Xin làm cầu đá.")
    differ(app, "programme", programme, "name", "Nước sạch", "Nước tự chảy")
    page = read(app)
    titles = [words_of(each) for each in re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.S)]
    assert titles[:2] == [
        title
        for title in sorted(titles[:2], key=lambda each: "Meeting" in each)
        if title.startswith(("Programme or project: Nước", "Meeting: làm đường, 19:30"))
    ]
    assert "conflict" not in page.lower()
    other = add(app, village, "unit", name="Thôn Vinh", commune_code="20704", commune_name="X", province_name="Y")
    with services_of(app).database.recording() as recorder:
        far = recorder.add("programme", other, {"name": "Chợ"})
    differ(app, "programme", far, "name", "Chợ mới", "Chợ cũ")
    words = words_of(read(app))
    assert "Thôn Vinh" in words
    assert "Chợ" not in words_of(read(app, village=village.unit)).replace("Chợt", "")
    assert "Chợ" in words_of(read(app, village=other))


def test_pages_follow_one_another_without_gaps_also_at_equal_stamps(app: Flask, village: Village) -> None:
    made = {add(app, village, "programme", name=f"Đường {number}") for number in range(2 * PAGE + 5)}
    database = services_of(app).database
    for record in made:
        with database.recording() as recorder:
            recorder.update("programme", record, {"name": "Đường nhựa"})
        write_elsewhere(database, "programme", record, {"name": "Đường đất"}, seen=1, stamp=2**60)
    seen: list[str] = []
    before = ""
    for _ in range(4):
        page = read(app, before=before)
        seen += re.findall(r'href="/differences/programme/([^"]+)"', page)
        further = re.search(r'rel="next" href="/differences\?before=([^"&]+)', page)
        if not further:
            break
        before = further[1]
    assert sorted(seen) == sorted(made)


def test_what_breaks_a_rule_is_listed_with_what_is_wrong_and_where_to_mend_it(app: Flask, village: Village) -> None:
    programme = add(app, village, "programme", name="Đường", starts_on="2026-01-01")
    database = services_of(app).database
    with database.recording() as recorder:
        recorder.update("programme", programme, {"starts_on": "2026-06-01"})
    write_elsewhere(database, "programme", programme, {"ends_on": "2026-02-01"}, seen=1)
    page = read(app)
    broken = words_of(page[page.index('id="broken"') :])
    assert "Đường" in broken
    assert "is not after the start yet" in broken
    assert f'href="/programmes/{programme}/edit"' in page
    assert "place differs" not in words_of(page)
    with database.recording() as recorder:
        recorder.update("programme", programme, {"ends_on": "2026-12-01"})
    assert "To be looked at again" not in read(app)


def test_ballots_that_do_not_add_up_lead_to_the_votes(app: Flask, village: Village) -> None:
    meeting = hold_meeting(app, village)
    question = add(app, village, "question", meeting=meeting, position=1, text="Góp công", matter="1")
    tally = add(app, village, "tally", question=question, yes=1)
    write_elsewhere(
        services_of(app).database, "tally", tally, {"issued": 60, "collected": 55, "valid": 50, "invalid": 2}
    )
    page = read(app)
    assert "Valid and invalid ballots make 52, not yet 55." in page
    assert f'href="/meetings/{meeting}/live#questions-title"' in page


def test_households_that_carry_one_number_are_to_be_looked_at(app: Flask, village: Village) -> None:
    first, second = (add(app, village, "household", number=7, head_name=name) for name in ("Alăng Giả", "Bríu Thử"))
    add(app, village, "household", number=8, head_name="Zơrâm Thử")
    page = read(app)
    assert words_of(page).count("Another household has the number 7 too.") == 2
    assert f'href="/households/{first}"' in page
    assert f'href="/households/{second}"' in page
    with services_of(app).database.recording() as recorder:
        recorder.update("household", second, {"number": 9})
    assert "Another household" not in read(app)


def test_what_belongs_to_the_commune_is_left_to_it(app: Flask, village: Village) -> None:
    with services_of(app).database.reading() as connection:
        commune = commune_of(get_record(connection, "unit", village.unit))
    with services_of(app).database.recording() as recorder:
        programme = recorder.add("programme", commune, {"name": "Cầu"})
    differ(app, "programme", programme, "name", "Cầu treo", "Cầu đá")
    assert "Nothing differs anywhere." in read(app)
    assert "place differs" not in words_of(read(app))
    client = log_in(app.test_client(), "head")
    page = client.get(f"/differences/programme/{programme}").text
    assert "Cầu treo" in page
    assert "/choose" not in page


def test_what_cannot_be_read_is_named(app: Flask, village: Village) -> None:
    programme = add(app, village, "programme", name="Đường")
    write_elsewhere(services_of(app).database, "programme", programme, {"budget": "rất nhiều"})
    assert "“Budget” holds something that this version cannot read." in words_of(read(app))


def test_a_mark_before_which_nothing_makes_sense_gives_the_first_page(app: Flask, village: Village) -> None:
    programme = add(app, village, "programme", name="Nước")
    differ(app, "programme", programme, "name", "Nước sạch", "Nước tự chảy")
    for before in ("x", "1", "-", "99999999999999999999-x", "²-1"):
        assert services_of(app) and log_in(app.test_client()).get(f"/differences?before={before}").status_code == 200


def test_kinds_that_nobody_sees_are_in_no_list(app: Flask) -> None:
    assert "answer_sheet" not in {kind.name for kind in list_visible_kinds("head")}
    assert "speaker_contact" not in {kind.name for kind in list_visible_kinds("member")}


@pytest.fixture
def many(app: Flask, village: Village) -> Flask:
    """A village with 50,000 programmes of which values differ, in the cache alone."""
    programme = add(app, village, "programme", name="Nước")
    differ(app, "programme", programme, "name", "Nước sạch", "Nước tự chảy")
    database = services_of(app).database
    with database.storage.writing() as connection:
        fill(connection, programme)
    return app


def fill(connection: Connection, programme: str) -> None:
    """Copy a row of the cache many times."""
    row = connection.row("SELECT * FROM programme WHERE id = :id", {"id": programme})
    assert row
    names = [name for name in row if name not in ("id", "last_stamp")]
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
        f" INSERT INTO programme (id, last_stamp, {listed})"
        f" SELECT 'copy-' || i, last_stamp - i, {listed} FROM programme, n WHERE programme.id = :id",
        {"id": programme},
    )


def test_of_fifty_thousand_differences_only_a_page_is_looked_at(many: Flask, village: Village) -> None:
    kinds = list(KINDS.values())
    with services_of(many).database.reading() as connection:
        newest = connection.value("SELECT max(last_stamp) FROM programme")
        assert store.count_rows(connection, kinds, DIFFERING) == store.COUNT_LIMIT
        assert store.count_rows(connection, kinds, BROKEN) == 0
        first = store.list_rows(connection, kinds, DIFFERING)
        middle = store.list_rows(connection, kinds, DIFFERING, Before(newest - 25_000, "~"))
        assert len(first) == len(middle) == PAGE + 1
        assert middle[0]["id"] == "copy-25000"
        assert count_steps(connection, lambda: store.count_rows(connection, kinds, DIFFERING)) < MANY
        begin = Before(newest - 25_000, "~")
        assert count_steps(connection, lambda: store.list_rows(connection, kinds, DIFFERING, begin)) < MANY


def count_steps(connection: Connection, act: Callable[[], object]) -> int:
    """Count the steps that SQLite takes for something, in hundreds; a server tells none."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 100

    if isinstance(connection, SqliteConnection):
        connection.raw.set_progress_handler(count, 100)
    act()
    if isinstance(connection, SqliteConnection):
        connection.raw.set_progress_handler(None, 0)
    return steps
