"""A commune's laptop with none, one and several villages: choosing, looking over, writing, and what is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient
from meetings.scenes import hold_meeting, rows_of, say
from village_scenes import bring, make_official, make_other_village

from collector.units.aliases import add_alias
from collector.units.communes import make_unit_id

DUE = "2026-01-10"


@pytest.fixture
def commune(tmp_path: Path) -> Iterator[Flask]:
    """A commune's laptop to which nothing has come yet."""
    made = make_official(tmp_path / "commune", "commune")
    yield made
    services_of(made).database.storage.close()


@pytest.fixture
def officer(commune: Flask) -> FlaskClient:
    """The officer of the commune."""
    return log_in(commune.test_client(), "officer")


@pytest.fixture
def second(tmp_path: Path) -> Iterator[tuple[Flask, Village]]:
    """The laptop of another village of the commune."""
    app, made = make_other_village(tmp_path / "second", "Thôn Pà Rồng", "4")
    yield app, made
    services_of(app).database.storage.close()


def test_without_a_village_every_page_of_one_leads_to_words_that_say_so(officer: FlaskClient) -> None:
    assert officer.get("/").location == "/villages"
    officer.post("/language", data={"language": "en"})
    empty = officer.get("/villages").text.split("No village has arrived yet.", 1)[1].split("</main>", 1)[0]
    assert 'href="/send-and-receive"' in empty
    for page in ("/meetings", "/households", "/programmes", "/village"):
        answer = officer.get(page, follow_redirects=True)
        assert answer.status_code == 200
        assert answer.request.path == "/villages/choose"
    answer = officer.post("/meetings/new", data={"title": "Họp"})
    assert answer.status_code == 409


def test_the_only_village_needs_no_choice(app: Flask, village: Village, commune: Flask, officer: FlaskClient) -> None:
    bring(app, commune)
    page = officer.get("/households")
    assert page.status_code == 200
    assert "Thôn A Rớt" in page.text


def test_the_address_says_which_village_and_the_last_one_is_remembered(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for each in (app, second[0]):
        bring(each, commune)
    chooser = officer.get("/meetings?state=ended", follow_redirects=True)
    assert chooser.request.path == "/villages/choose"
    links = re.findall(r'href="(/meetings\?state=ended&amp;village=[^"]+)"', chooser.text)
    assert len(links) == 2
    assert "Thôn A Rớt" in officer.get(f"/meetings?village={village.unit}").text
    assert "Thôn A Rớt" in officer.get("/opinions").text
    assert "Thôn Pà Rồng" in officer.get(f"/opinions?village={second[1].unit}").text
    assert "Thôn Pà Rồng" in officer.get("/meetings").text
    assert officer.get("/meetings?village=nonsense").status_code == 200


def test_the_first_page_of_a_village_counts_its_own_differences(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for each in (app, second[0]):
        bring(each, commune)
    with services_of(commune).database.storage.writing() as connection:
        connection.execute("UPDATE unit SET conflicts = 1 WHERE id = :id", {"id": village.unit})
    officer.post("/language", data={"language": "en"})
    one, other = (officer.get(f"/?village={unit}").text for unit in (village.unit, second[1].unit))
    assert "1 entry was recorded differently" in one and f'href="/differences?village={village.unit}"' in one
    assert "recorded differently" not in other


def test_two_windows_about_two_villages_never_mix(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for each in (app, second[0]):
        bring(each, commune)
    officer.get(f"/programmes/new?village={village.unit}")
    officer.get(f"/programmes/new?village={second[1].unit}")
    officer.post(f"/programmes/new?village={village.unit}", data={"name": "Đường vào bản"})
    (made,) = rows_of(commune, "programme")
    assert made["unit"] == village.unit
    officer.get(f"/meetings?village={second[1].unit}")
    page = officer.get(f"/programmes/{made['id']}").text
    assert "Thôn A Rớt" in page
    assert "Thôn Pà Rồng" not in page


def test_an_officer_writes_into_the_village_and_drafts_stay_apart(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for each in (app, second[0]):
        bring(each, commune)
    form = officer.get(f"/households/new?village={village.unit}").text
    key = re.search(r'data-draft="([^"]+)"', form)
    assert key is not None
    officer.post("/drafts", json={"form": key[1], "fields": {"head_name": "Zơrâm Thị Ná"}})
    assert "Zơrâm Thị Ná" in officer.get(f"/households/new?village={village.unit}").text
    assert "Zơrâm Thị Ná" not in officer.get(f"/households/new?village={second[1].unit}").text
    officer.post(f"/households/new?village={second[1].unit}", data={"number": "1", "head_name": "Alăng Nhớ"})
    assert [row["unit"] for row in rows_of(commune, "household")] == [second[1].unit]


def test_the_overview_tells_what_is_late_and_what_was_held(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    meeting = hold_meeting(app, village, starts_at="2026-01-02T12:30:00Z")
    opinion = say(app, meeting, "Xin làm cầu treo.")
    with services_of(app).database.recording(author=village.head) as recorder:
        recorder.update("opinion", opinion, {"deadline": DUE, "agency": "UBND xã"})
    for each in (app, second[0]):
        bring(each, commune)
    rows = re.findall(r"<tr>.*?</tr>", officer.get("/villages").text, re.DOTALL)
    first = next(row for row in rows if "Thôn A Rớt" in row)
    other = next(row for row in rows if "Thôn Pà Rồng" in row)
    assert "02/01/2026" in first
    assert "state=overdue" in first
    assert village.unit in first
    assert "badge-late" in first
    assert "badge-late" not in other
    assert "Thôn A Rớt" not in officer.get("/villages?q=pa rong").text
    for typed in ("1", "50", "x", "-1", "9" * 30):
        assert officer.get("/villages", query_string={"from": typed}).status_code == 200


def test_many_villages_are_shown_page_by_page(commune: Flask, officer: FlaskClient) -> None:
    with services_of(commune).database.recording() as recorder:
        for number in range(60):
            unit = f"0192a0b0-0000-7000-8000-0000000000{number:02d}"
            values = {"name": f"Thôn {number:02d}", "commune_code": "20704", "commune_name": "Xã La Dêê",
                      "province_name": "Đà Nẵng"}  # fmt: skip
            recorder.add("unit", unit, values, record=unit)
    first, rest = officer.get("/villages").text, officer.get("/villages?from=50").text
    assert ("Thôn 49" in first, "Thôn 50" in first) == (True, False)
    assert ("Thôn 49" in rest, "Thôn 50" in rest) == (False, True)
    assert "from=50" in first


def test_what_only_a_village_does_is_said(app: Flask, village: Village, commune: Flask, officer: FlaskClient) -> None:
    bring(app, commune)
    for page in ("/phones", "/phones/new"):
        answer = officer.get(page)
        assert answer.status_code == 409
        assert "village team" in answer.text or "tổ dân vận" in answer.text


def test_the_team_of_a_village_has_no_accounts_here(
    app: Flask, village: Village, commune: Flask, officer: FlaskClient
) -> None:
    bring(app, commune)
    here, there = officer.get("/team").text, officer.get(f"/village/team?village={village.unit}").text
    assert "Hồ Thị Mận" in here
    assert "Alăng Thị Bhơ" not in here
    assert "Alăng Thị Bhơ" in there
    assert f"/team/{village.head}/account" not in there
    assert officer.post(f"/team/{village.head}/account", data={"password": "chim tring bay"}).status_code == 409
    officer.post(f"/village/team/new?village={village.unit}", data={"name": "Bríu Thị Lát", "role": "member"})
    added = next(row for row in rows_of(commune, "person") if row["name"] == "Bríu Thị Lát")
    assert added["unit"] == village.unit
    assert services_of(commune).accounts.find(added["id"]) is None


def test_a_programme_of_the_commune_stands_in_its_villages_and_only_the_commune_changes_it(
    app: Flask, village: Village, commune: Flask, officer: FlaskClient
) -> None:
    bring(app, commune)
    officer.post(f"/programmes/new?of=commune&village={village.unit}", data={"name": "Đường liên thôn"})
    (made,) = rows_of(commune, "programme")
    assert made["unit"] == make_unit_id("commune", "20704")
    assert "Đường liên thôn" in officer.get(f"/programmes?village={village.unit}").text
    bring(commune, app)
    head = log_in(app.test_client(), "head")
    page = head.get(f"/programmes/{made['id']}").text
    assert "Đường liên thôn" in head.get("/programmes").text
    assert "/disclosures/new" not in page
    assert "Đường liên thôn" not in head.get("/").text
    typed = {"item": "3", "form": "posting", "starts_on": "2026-03-01"}
    own = f"/programmes/{made['id']}"
    changes = (f"{own}/edit", f"{own}/remove", f"{own}/disclosures/new", f"/history/programme/{made['id']}/restore")
    for address in changes:
        assert head.post(address, data={"name": "Khác", **typed}).status_code == 409, address
    assert [row["name"] for row in rows_of(app, "programme")] == ["Đường liên thôn"]
    assert rows_of(app, "disclosure") == []


def test_a_village_that_two_laptops_made_is_listed_once(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for each in (app, second[0]):
        bring(each, commune)
    with services_of(commune).database.recording() as recorder:
        add_alias(recorder, second[1].unit, village.unit)
    page = officer.get("/villages").text
    assert "Thôn Pà Rồng" not in page
    assert "Thôn A Rớt" in officer.get(f"/households?village={second[1].unit}").text


def test_a_laptop_whose_village_is_another_one_writes_there(app: Flask, village: Village) -> None:
    other = "0192a0b0-0000-7000-8000-00000000000b"
    head = log_in(app.test_client(), "head")
    with services_of(app).database.recording(author=village.head) as recorder:
        add_alias(recorder, village.unit, other)
    head.post("/households/new", data={"number": "1", "head_name": "Alăng Nhớ"})
    (made,) = rows_of(app, "household")
    assert made["unit"] == other
    with services_of(app).database.reading() as connection:
        assert connection.value("SELECT unit FROM revision WHERE record = :id", {"id": made["id"]}) == other
    assert "Thôn A Rớt" in head.get("/village").text
    assert "68" in head.get("/village").text


def test_search_finds_in_all_villages_and_says_where(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    for source, made, name in ((app, village, "Đường vào bản"), (second[0], second[1], "Đường ra rẫy")):
        with services_of(source).database.recording(author=made.head) as recorder:
            recorder.add("programme", made.unit, {"name": name})
        bring(source, commune)
    page = officer.get("/search?q=duong").text
    assert "Thôn A Rớt" in page
    assert "Thôn Pà Rồng" in page


@pytest.mark.parametrize(
    ("address", "kind", "typed"),
    [
        ("/programmes/new", "programme", {"name": "Đường"}),
        ("/team/new", "person", {"name": "Bríu Thị Lát", "role": "member"}),
        ("/village/registers/new", "register", {"as_of": "2026-02-01", "households": "70"}),
        ("/village/holidays/2026/new", "holiday", {"day": "2026-04-30", "name": "Ngày Giải phóng"}),
    ],
)
def test_the_same_form_sent_twice_adds_one_record(
    app: Flask, village: Village, address: str, kind: str, typed: dict[str, str]
) -> None:
    head = log_in(app.test_client(), "head")
    before = len(rows_of(app, kind))
    token = re.search(r'name="record_id" value="([^"]+)"', head.get(address).text)
    assert token is not None
    for _ in range(2):
        assert head.post(address, data={**typed, "record_id": token[1]}).status_code == 303
    assert len(rows_of(app, kind)) == before + 1


def test_the_same_disclosure_sent_twice_is_one(app: Flask, village: Village) -> None:
    head = log_in(app.test_client(), "head")
    head.post("/programmes/new", data={"name": "Đường"})
    programme = rows_of(app, "programme")[0]["id"]
    address = f"/programmes/{programme}/disclosures/new"
    token = re.search(r'name="record_id" value="([^"]+)"', head.get(address).text)
    assert token is not None
    typed = {"item": "3", "form": "posting", "starts_on": "2026-03-01", "place": "Gươl", "record_id": token[1]}
    for _ in range(2):
        head.post(address, data=typed)
    assert len(rows_of(app, "disclosure")) == 1


def test_villages_with_numbers_stand_in_the_order_of_their_numbers(commune: Flask, officer: FlaskClient) -> None:
    with services_of(commune).database.recording() as recorder:
        for place, name in enumerate(("Thôn 10", "Thôn 2", "Thôn 1 Cũ", "Thôn 1", "A Rớt")):
            unit = f"0192a0b0-0000-7000-8000-0000000000{place:02d}"
            values = {"name": name, "commune_code": "20704", "commune_name": "Xã La Dêê", "province_name": "Đà Nẵng"}
            recorder.add("unit", unit, values, record=unit)
    names = re.findall(r'class="button[^"]*" href="/\?village=[^"]+"[^>]*>([^<]+)<', officer.get("/villages").text)
    assert names == ["A Rớt", "Thôn 1", "Thôn 1 Cũ", "Thôn 2", "Thôn 10"]


def two_villages(app: Flask, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient) -> None:
    bring(app, commune)
    bring(second[0], commune)
    officer.post("/language", data={"language": "en"})


def test_an_officer_makes_two_villages_one_after_reading_what_follows(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient
) -> None:
    two_villages(app, second, commune, officer)
    other = second[1].unit
    here = f"/village/same/{other}?village={village.unit}"
    assert "/village/same?" in officer.get(f"/village?village={village.unit}").text
    assert "Thôn Pà Rồng" in officer.get(f"/village/same?village={village.unit}").text
    page = officer.get(here).text
    assert "Nothing is deleted." in page
    assert len(rows_of(commune, "unit", unit=other)) == 1, "looking changes nothing"
    assert "are one village now" in officer.post(here, follow_redirects=True).text
    assert rows_of(commune, "unit", unit=other) == []
    assert len(rows_of(commune, "register", unit=village.unit)) == 2
    assert "Thôn Pà Rồng" not in officer.get("/villages").text
    apart = f"/village/same/{other}/apart?village={village.unit}"
    assert "go on seeing both" in officer.get(apart).text
    officer.post(apart)
    assert len(rows_of(commune, "register", unit=village.unit)) == 1
    assert "Thôn Pà Rồng" in officer.get("/villages").text


@pytest.mark.parametrize("address", ["itself", "nothing"])
def test_only_another_village_of_the_commune_can_be_the_same(
    app: Flask, village: Village, second: tuple[Flask, Village], commune: Flask, officer: FlaskClient, address: str
) -> None:
    two_villages(app, second, commune, officer)
    other = village.unit if address == "itself" else "nothing"
    assert officer.post(f"/village/same/{other}?village={village.unit}").status_code == 404
    assert officer.post(f"/village/same/{second[1].unit}/apart?village={village.unit}").status_code == 404


def test_a_village_does_not_say_that_another_is_the_same(app: Flask, village: Village) -> None:
    head = log_in(app.test_client(), "head")
    assert head.get("/village/same").status_code == 403
    assert "/village/same" not in head.get("/village").text
