"""The first run in the browser: one question per screen, nothing lost, nothing accepted that is wrong."""

import re
from html import unescape
from pathlib import Path

import pytest
from factories import LA_DEE, PASSWORD, make_village, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector import create_app
from collector.accounts.recovery import matches
from collector.folder import DataFolder
from collector.query import list_records
from collector.setup.progress import read_progress

COMMUNE = f"{LA_DEE} 2025-07-01"
ANSWERS = {
    "language": [{"language": "vi"}],
    "commune": [{"commune": COMMUNE}],
    "village": [{"name": "Thôn A Rớt", "local_number": "3"}],
    "register": [{"as_of": "2026-01-01", "households": "68", "women": "101", "men": "97"}],
    "groups": [
        {"action": "add", "ethnic_group": "Cơ Tu", "households": "60"},
        {"action": "add", "ethnic_group": "Kinh", "households": "8"},
        {"action": "next"},
    ],
    "team": [
        {
            "action": "add", "name": "Alăng Thị Bhơ", "role": "head", "post": "Trưởng thôn",
            "password": PASSWORD, "password_again": PASSWORD,
        },
        {"action": "add", "name": "Zơrâm Văn Nhíp", "role": "secretary"},
        {"action": "next"},
    ],
}


def page_of(response) -> str:
    return unescape(response.get_data(as_text=True))


def errors_of(response) -> list[str]:
    """Give the sentences that the page shows in its summary on top."""
    summary = re.search(r'<div class="error-summary".*?</ul>', page_of(response), re.DOTALL)
    return re.findall(r"<li>\s*(?:<a[^>]*>)?([^<]+)", summary[0]) if summary else []


def answer_until(client: FlaskClient, last: str) -> None:
    """Answer every question before the one named, in English."""
    for step, answers in ANSWERS.items():
        if step == last:
            return
        for answer in answers:
            response = client.post(f"/setup/{step}", data=answer | {"language": "en"} if step == "language" else answer)
            assert response.status_code in {302, 303}, errors_of(response)


def read_phrase(client: FlaskClient) -> list[str]:
    return re.findall(r"<li><strong>([a-z]+)</strong>", page_of(client.get("/setup/phrase")))


def answer_check(client: FlaskClient, words: list[str]):
    client.post("/setup/phrase")
    asked = [int(number) for number in re.findall(r"(?:Word|Từ số) ([0-9]+)", page_of(client.get("/setup/check")))]
    first, second = dict.fromkeys(asked)
    return client.post("/setup/check", data={"first": words[first - 1], "second": words[second - 1].upper()})


@pytest.mark.parametrize("path", ["/", "/login", "/recover", "/account", "/meetings", "/setup", "/no/such/page"])
def test_every_page_leads_to_the_first_run_until_it_is_finished(client: FlaskClient, path: str):
    response = client.get(path)
    assert response.status_code == 303
    assert response.location.startswith("/setup")


def test_health_and_style_answer_before_the_first_run(client: FlaskClient):
    assert client.get("/healthz").status_code == 200
    with client.get("/static/collector.css") as response:
        assert response.status_code == 200


def test_the_whole_first_run_makes_a_village_that_its_head_can_log_in_to(app: Flask, folder: DataFolder):
    client = app.test_client()
    answer_until(client, "phrase")
    words = read_phrase(client)
    response = answer_check(client, words)
    assert (response.status_code, response.location) == (303, "/login")
    with services_of(app).database.reading() as connection:
        (unit,) = list_records(connection, "unit")
        assert (unit["name"], unit["local_number"]) == ("Thôn A Rớt", "3")
        groups = list_records(connection, "register_group")
        names = [(group["ethnic_group"], group["code_list"]) for group in groups]
        assert names == [("Cơ Tu", "1979"), ("Kinh", "1979")]
        assert {row["role"] for row in list_records(connection, "person")} == {"head", "secretary"}
    (head,) = services_of(app).accounts.list_accounts()
    assert services_of(app).accounts.verify(head.id, PASSWORD)
    assert matches(folder, " ".join(words))
    assert not (folder.root / "setup.json").exists()
    assert folder.read_settings()["language"] == "en"
    assert client.get("/setup").status_code == 404
    assert client.post("/setup/village", data={"name": "Thôn khác"}).status_code == 404


def test_nothing_that_is_secret_stands_in_the_file_of_the_unfinished_first_run(app: Flask, folder: DataFolder):
    client = app.test_client()
    answer_until(client, "phrase")
    words = read_phrase(client)
    kept = (folder.root / "setup.json").read_text(encoding="utf-8")
    assert PASSWORD not in kept
    assert " ".join(words) not in kept
    assert (folder.root / "setup.json").stat().st_mode & 0o077 == 0


def test_a_power_cut_loses_no_answer(app: Flask, folder: DataFolder):
    answer_until(app.test_client(), "team")
    again = create_app(folder)
    again.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = again.test_client()
    assert client.get("/").location == "/setup"
    assert client.get("/setup").location == "/setup/team"
    page = page_of(client.get("/setup/village"))
    assert 'value="Thôn A Rớt"' in page
    assert "What is the village called?" in page, "the chosen language is kept as well"
    again.extensions["collector"].database.storage.close()


def test_a_power_cut_after_the_phrase_was_shown_makes_a_new_one_and_says_so(app: Flask, folder: DataFolder):
    client = app.test_client()
    answer_until(client, "phrase")
    old = read_phrase(client)
    client.post("/setup/phrase")
    app.extensions.pop("collector_new_phrase")
    assert client.get("/setup/check").location == "/setup/phrase"
    page = page_of(client.get("/setup/phrase"))
    assert "does not count any more" in page
    new = read_phrase(client)
    assert new != old
    answer_check(client, new)
    assert matches(folder, " ".join(new))


def test_a_later_question_waits_for_the_earlier_ones(client: FlaskClient):
    client.post("/setup/language", data={"language": "en"})
    assert client.get("/setup/team").location == "/setup/commune"
    assert client.get("/setup/nothing").status_code == 404


def test_going_back_keeps_later_answers(client: FlaskClient):
    answer_until(client, "phrase")
    client.post("/setup/village", data={"name": "Thôn Pơr'ning"})
    assert client.get("/setup").location == "/setup/phrase"


def test_a_changed_register_asks_for_the_groups_again(client: FlaskClient):
    answer_until(client, "phrase")
    client.post("/setup/register", data={"as_of": "2026-01-01", "households": "70"})
    assert client.get("/setup/phrase").location == "/setup/groups"


def test_other_computers_cannot_do_the_first_run(client: FlaskClient):
    response = client.get("/setup/language", environ_base={"REMOTE_ADDR": "192.168.1.7"})
    assert response.status_code == 403
    response = client.get("/setup/language", headers={"X-Forwarded-For": "192.168.1.7"})
    assert response.status_code == 403


def test_communes_are_suggested_without_accents_and_by_old_names(client: FlaskClient):
    assert client.get("/setup/communes?q=la dee").json[0] == {
        "value": COMMUNE, "label": "Xã La Dêê, Thành phố Đà Nẵng", "hint": "",
    }
    assert client.get("/setup/communes").json == []


def test_communes_are_rows_to_choose_from_without_script(client: FlaskClient):
    answer_until(client, "commune")
    response = client.post("/setup/commune", data={"words": "la dee"})
    assert f'value="{COMMUNE}"' in page_of(response)
    response = client.post("/setup/commune", data={"words": "la dee", "shown_for": "la dee", "commune": COMMUNE})
    assert response.location == "/setup/village"
    response = client.post("/setup/commune", data={"words": "tra linh", "shown_for": "la dee", "commune": COMMUNE})
    assert "Xã Trà Linh" in page_of(response), "new words search again"
    response = client.post("/setup/commune", data={"words": "Trà Linh", "picked": "20950 2025-07-01"})
    assert response.location == "/setup/village"


@pytest.mark.parametrize(
    ("step", "answer", "sentence"),
    [
        ("language", {"language": "xx"}, None),
        ("commune", {}, "The commune is not chosen yet. Please type a part of its name."),
        ("commune", {"words": "qqqq"}, "No commune is called “qqqq”. Please type fewer letters."),
        ("commune", {"commune": "99999 2025-07-01"}, "The commune is not chosen yet."),
        ("village", {"name": ""}, "“Name of the village” is not filled in yet. Please fill it in."),
        ("village", {"name": "x" * 301}, "“Name of the village” has 301 characters"),
        ("village", {"name": "Thôn Hai", "local_number": "1" * 21}, "“Number of the village in the commune” has 21"),
        ("register", {"households": "68"}, "“Date of the register” is not filled in yet."),
        ("register", {"as_of": "2026-13-01", "households": "68"}, "“Date of the register” is not a day yet."),
        ("register", {"as_of": "2199-01-01", "households": "68"}, "The date of the register is after today."),
        ("register", {"as_of": "2026-01-01"}, "“Number of households” is not filled in yet."),
        ("register", {"as_of": "2026-01-01", "households": "0"}, "“Number of households” is too small."),
        ("register", {"as_of": "2026-01-01", "households": "sáu"}, "“Number of households” is not a whole number"),
        ("register", {"as_of": "2026-01-01", "households": "6", "women": "-1"}, "“Adult women” is too small."),
        ("register", {"as_of": "2026-01-01", "households": "6", "men": "?"}, "“Adult men” is not a whole number"),
        ("groups", {"action": "add", "households": "5"}, "“Ethnic group” is not filled in yet."),
        ("groups", {"action": "add", "ethnic_group": "Kinh"}, "The number of households is not filled in yet."),
        (
            "groups",
            {"action": "next", "ethnic_group": "Kinh", "households": "x"},
            "“Number of households” is not a whole",
        ),
        ("team", {"action": "add", "role": "head"}, "“Full name” is not filled in yet."),
        ("team", {"action": "add", "name": "Alăng Bhơ"}, "“Role in the team” is not filled in yet."),
        ("team", {"action": "add", "name": "Alăng Bhơ", "role": "king"}, "“Role in the team” is not chosen yet."),
        ("team", {"action": "next"}, "Nobody is the head of the team yet."),
        (
            "team",
            {"action": "add", "name": "Alăng Bhơ", "role": "head", "password": "bảy chữ", "password_again": "bảy chữ"},
            "The password has 7 characters, not yet 8.",
        ),
        (
            "team",
            {"action": "add", "name": "Alăng Bhơ", "role": "head", "password": PASSWORD, "password_again": "khác"},
            "The two passwords are not the same yet.",
        ),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_is_not_kept(
    client: FlaskClient, folder: DataFolder, step: str, answer: dict[str, str], sentence: str | None
):
    answer_until(client, step)
    before = read_progress(folder)
    response = client.post(f"/setup/{step}", data=answer)
    assert response.status_code == 422
    assert read_progress(folder) == before
    if sentence:
        assert any(error.startswith(sentence) for error in errors_of(response)), errors_of(response)
    else:
        assert "notice-error" in page_of(response)


def test_groups_that_do_not_add_up_are_refused_with_both_numbers(client: FlaskClient):
    answer_until(client, "groups")
    client.post("/setup/groups", data={"action": "add", "ethnic_group": "Cơ Tu", "households": "60"})
    response = client.post("/setup/groups", data={"action": "next"})
    assert errors_of(response) == [
        "The groups have 60 households together, not yet 68. Please add the other 8."
    ]
    client.post("/setup/groups", data={"action": "add", "ethnic_group": "Kinh", "households": "9"})
    (sentence,) = errors_of(client.post("/setup/groups", data={"action": "next"}))
    assert "more than the 68" in sentence
    client.post("/setup/groups", data={"action": "remove", "row": "1"})
    answer = {"action": "next", "ethnic_group": "Kinh", "households": "8"}
    assert client.post("/setup/groups", data=answer).location == "/setup/team", "what stands in the form counts too"


def test_women_and_men_must_add_up_where_every_group_states_them(client: FlaskClient):
    answer_until(client, "groups")
    group = {"action": "add", "ethnic_group": "Cơ Tu", "households": "68", "women": "100", "men": "97"}
    client.post("/setup/groups", data=group)
    (sentence,) = errors_of(client.post("/setup/groups", data={"action": "next"}))
    assert "100 adult women" in sentence


def test_groups_may_be_left_out_but_not_named_twice(client: FlaskClient):
    answer_until(client, "groups")
    assert client.post("/setup/groups", data={"action": "next"}).location == "/setup/team"
    group = {"action": "add", "ethnic_group": "Kinh", "households": "8"}
    client.post("/setup/groups", data=group)
    assert errors_of(client.post("/setup/groups", data=group))[0].startswith("This ethnic group is already")


def test_a_team_needs_a_secretary_and_a_password_of_the_head(client: FlaskClient, folder: DataFolder):
    answer_until(client, "team")
    client.post("/setup/team", data={"action": "add", "name": "Alăng Bhơ", "role": "head"})
    (sentence,) = errors_of(client.post("/setup/team", data={"action": "next"}))
    assert sentence.startswith("Nobody is the secretary yet.")
    client.post("/setup/team", data={"action": "add", "name": "Zơrâm Nhíp", "role": "secretary"})
    (sentence,) = errors_of(client.post("/setup/team", data={"action": "next"}))
    assert sentence.startswith("The head of the team has no password yet.")
    assert 'value="Alăng Bhơ"' in page_of(client.get("/setup/team?change=0"))
    change = {"action": "add", "row": "0", "name": "Alăng Thị Bhơ", "role": "head"}
    client.post("/setup/team", data=change | {"password": PASSWORD, "password_again": PASSWORD})
    client.post("/setup/team", data=change | {"post": "Trưởng thôn"})
    head = read_progress(folder)["team"][0]
    assert (head["name"], head["post"], bool(head["password_hash"])) == ("Alăng Thị Bhơ", "Trưởng thôn", True)
    assert client.post("/setup/team", data={"action": "next"}).location == "/setup/phrase"


def test_two_people_of_one_name_must_be_told_apart(client: FlaskClient):
    answer_until(client, "team")
    person = {"action": "add", "name": "Alăng Bhơ", "role": "member"}
    client.post("/setup/team", data=person)
    (sentence,) = errors_of(client.post("/setup/team", data=person))
    assert sentence.startswith("This name is already in the list.")


@pytest.mark.parametrize("row", ["", "9", "-1", "x", "99999999999"])
def test_removing_a_row_that_is_not_there_changes_nothing(client: FlaskClient, folder: DataFolder, row: str):
    answer_until(client, "phrase")
    before = read_progress(folder)
    client.post("/setup/team", data={"action": "remove", "row": row})
    assert read_progress(folder) == before


def test_wrong_words_of_the_phrase_do_not_finish(client: FlaskClient, folder: DataFolder):
    answer_until(client, "phrase")
    words = read_phrase(client)
    assert len(words) == 11
    assert answer_check(client, ["sai"] * 11).status_code == 422
    assert len(errors_of(client.post("/setup/check", data={}))) == 2
    assert not folder.read_settings().get("set_up")
    assert page_of(client.get("/setup/print")).count("<li><strong>") == 11
    assert answer_check(client, words).status_code == 303


def test_the_print_view_has_nothing_after_the_first_run(app: Flask, client: FlaskClient):
    make_village(app)
    assert client.get("/setup/print").status_code == 404


def test_a_new_data_folder_is_closed_to_other_users_of_the_computer(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "somewhere" / "data")
    folder.prepare()
    assert folder.root.stat().st_mode & 0o077 == 0
    assert folder.attachments.stat().st_mode & 0o077 == 0
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    DataFolder(shared).prepare()
    assert shared.stat().st_mode & 0o777 == 0o755, "whoever made a folder decides about it"


def test_the_computer_of_a_commune_has_officers_and_no_village(client: FlaskClient, app: Flask):
    answer_until(client, "village")
    assert client.post("/setup/village", data={"action": "commune"}).location == "/setup/team"
    assert client.get("/setup/register").location == "/setup/team"
    assert client.get("/setup").location == "/setup/team"
    answer = client.post("/setup/team", data={"action": "next"})
    assert answer.status_code == 422
    assert "No officer of the commune is here yet." in page_of(answer)
    assert "Village head" not in page_of(answer) and "Secretary" not in page_of(answer)
    officer = {"action": "add", "name": "Hồ Thị Mận", "role": "officer"}
    client.post("/setup/team", data=officer)
    assert "No officer has a password yet." in page_of(client.post("/setup/team", data={"action": "next"}))
    changed = {**officer, "row": "0", "password": PASSWORD, "password_again": PASSWORD}
    client.post("/setup/team", data=changed)
    assert client.post("/setup/team", data={"action": "next"}).location == "/setup/phrase"
    assert answer_check(client, read_phrase(client)).location == "/login"
    settings = services_of(app).folder.read_settings()
    assert (settings["role"], settings["set_up"]) == ("commune", True)
    assert [account.role for account in services_of(app).accounts.list_accounts()] == ["officer"]
    with services_of(app).database.reading() as connection:
        assert list_records(connection, "unit") == []
        assert [row["role"] for row in list_records(connection, "person")] == ["officer"]


def test_who_took_the_computer_for_a_commune_s_goes_back_to_a_village(client: FlaskClient, app: Flask):
    answer_until(client, "village")
    client.post("/setup/village", data={"action": "commune"})
    client.post("/setup/team", data={"action": "add", "name": "Hồ Thị Mận", "role": "officer"})
    assert client.post("/setup/village", data=ANSWERS["village"][0]).location == "/setup/register"
    assert read_progress(services_of(app).folder)["team"] == []
