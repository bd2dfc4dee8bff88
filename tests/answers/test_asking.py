"""A resident answers alone on a handed-over browser: nothing else is seen, nothing is lost, nothing shows."""

import re

import pytest
from answer_scenes import Resident, hand_over, rows_of, urn_rows
from factories import PASSWORD, Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.answers import handover
from collector.answers.open_sheets import read_ticket
from collector.answers.sheets import hash_withdrawal_code
from collector.answers.urn import count_waiting
from collector.rounds.closing import close_round


def count(app: Flask, survey: str) -> int:
    with services_of(app).database.reading() as connection:
        return count_waiting(connection, survey)


def open_rows(app: Flask) -> list[bytes]:
    with services_of(app).database.reading() as connection:
        return [row["content"] for row in connection.rows("SELECT content FROM open_sheet ORDER BY id")]


def take_back(client: FlaskClient, app: Flask, password: str = PASSWORD, role: str = "head") -> int:
    account = next(each for each in services_of(app).accounts.list_accounts() if each.role == role)
    return client.post("/ask/take-back", data={"account": account.id, "password": password}).status_code


def test_a_resident_answers_and_the_sheet_lies_in_the_urn(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.consent()
    assert resident.question == "/data/know"
    resident.answer_all(know="no", sex="female")
    assert count(app, survey) == 0
    resident.press("send")
    assert count(app, survey) == 1
    sheet = urn_rows(app)[0]
    assert '"know":"no"' in sheet
    assert '"discuss":"yes"' in sheet
    assert '"sex":"female"' in sheet
    assert '"source":"screen"' in sheet
    assert '"supervise"' not in sheet, "this round does not ask about it"
    assert re.search(r'"consent_version":"1-vi-[0-9a-f]{10}"', sheet)
    assert f'"withdrawal_hash":"{hash_withdrawal_code(resident.code())}"' in sheet
    assert open_rows(app) == []


def test_the_code_stands_on_the_screen_until_it_is_put_away(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.consent()
    resident.answer_all()
    resident.press("send")
    code = resident.code()
    assert resident.look().count(code) == 1, "a lost reply costs no code"
    resident.press("return")
    assert code not in resident.page
    assert code not in resident.look()
    assert resident.client.get_cookie("collector_sheet") is None
    resident.press("next_person")
    resident.consent()
    assert resident.question == "/data/know"


@pytest.mark.parametrize(
    "where",
    ["/", "/login", "/meetings", "/search?q=a", "/files/x", "/nothing", "/withdraw", "/account", "/setup", "/recover"],
)
def test_every_other_page_leads_back(lent: Resident, where: str) -> None:
    answer = lent.client.get(where)
    assert (answer.status_code, answer.location) == (303, "/ask")


def test_the_page_that_handed_over_leads_back_too(lent: Resident, survey: str) -> None:
    for method in (lent.client.get, lent.client.post):
        assert method(f"/rounds/{survey}/ask").location == "/ask"
    for where in ("/logout", "/language", "/login", "/drafts", "/files"):
        assert lent.client.post(where, data={"language": "en"}).location == "/ask"
    with lent.client.get("/static/collector.css") as answer:
        assert answer.status_code == 200


def test_nobody_is_logged_in_while_a_resident_answers(lent: Resident) -> None:
    with lent.client.session_transaction() as session:
        assert "_user_id" not in session
        assert set(session["handed_over"]) == set(handover.Handover.__slots__)
    assert "Đăng xuất" not in lent.page
    assert "/households" not in lent.page


def test_only_a_password_of_the_team_takes_the_browser_back(app: Flask, lent: Resident, survey: str) -> None:
    assert take_back(lent.client, app, "sai mat khau") == 422
    assert lent.client.get("/").location == "/ask"
    assert take_back(lent.client, app) == 303
    assert lent.client.get("/").status_code == 200


def test_guessing_the_password_is_slowed_down(app: Flask, lent: Resident) -> None:
    statuses = [take_back(lent.client, app, "sai mat khau") for _ in range(7)]
    assert 429 in statuses
    assert lent.client.get("/").location == "/ask"


def test_answers_never_show_again(lent: Resident) -> None:
    lent.press("back")
    assert lent.question == "/data/know"
    assert "checked" not in lent.page
    assert "selected" not in lent.page
    lent.reply()
    assert lent.question == "/data/discuss", "what was chosen stays when nothing else is chosen"


def test_no_answer_stands_in_a_later_page(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.consent()
    pages = []
    for _ in range(4):
        resident.reply("refused")
        pages.append(resident.page)
    for page in pages:
        assert len(re.findall("refused", page)) <= 1, "only as a choice of the next question"
        assert "checked" not in page
    assert resident.client.get("/ask").headers["Cache-Control"] == "no-store"


def test_a_question_that_must_be_answered_says_so(lent: Resident) -> None:
    lent.reply()
    assert "Chưa chọn. Hãy chọn một ô." in lent.page
    assert lent.question == "/data/discuss"
    lent.reply("perhaps")
    assert "error-summary" in lent.page


def test_an_answer_sent_twice_answers_one_question(lent: Resident) -> None:
    lent.press("answer", question="/data/discuss", answer="no")
    lent.press("answer", question="/data/discuss", answer="no")
    assert lent.question == "/data/do"


def test_handing_in_twice_adds_one_sheet(app: Flask, survey: str, lent: Resident) -> None:
    lent.answer_all()
    with lent.client.session_transaction() as session:
        before = dict(session["handed_over"])
    cookie = lent.client.get_cookie("collector_sheet")
    lent.press("send")
    code = lent.code()
    with lent.client.session_transaction() as session:
        session["handed_over"] = before
    assert cookie is not None
    lent.client.set_cookie("collector_sheet", cookie.value)
    lent.press("send")
    assert lent.code() == code
    assert count(app, survey) == 1


def test_a_sheet_is_not_handed_in_before_its_last_question(app: Flask, survey: str, lent: Resident) -> None:
    lent.press("send")
    assert count(app, survey) == 0
    assert lent.question == "/data/discuss"


@pytest.mark.in_file
def test_an_unfinished_sheet_is_unreadable_without_the_browser(app: Flask, lent: Resident) -> None:
    first = open_rows(app)[0]
    assert b"yes" not in first
    assert b"know" not in first
    lent.reply("dont_know")
    second = open_rows(app)[0]
    assert len(first) == len(second), "the length tells nothing either"
    cookie = lent.client.get_cookie("collector_sheet")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Strict"
    assert cookie.max_age
    ticket = read_ticket(cookie.value)
    assert ticket is not None
    assert services_of(app).database.storage.path.read_bytes().find(ticket.key) == -1


def test_another_browser_cannot_open_the_sheet(app: Flask, survey: str, lent: Resident) -> None:
    cookie = lent.client.get_cookie("collector_sheet")
    assert cookie is not None
    sheet, _, key = cookie.value.partition(".")
    lent.client.set_cookie("collector_sheet", f"{sheet}.{'0' * len(key)}")
    assert "không còn ở đây" in lent.look()
    lent.client.set_cookie("collector_sheet", "rubbish")
    assert "không còn ở đây" in lent.look()


def test_ten_idle_minutes_lock_and_the_team_lets_the_resident_go_on(
    app: Flask, survey: str, lent: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = handover._seconds()
    monkeypatch.setattr(handover, "_seconds", lambda: started + handover.IDLE_SECONDS + 1)
    assert "đã khóa" in lent.look()
    refused = lent.client.post("/ask", data={"act": "answer", "question": "/data/discuss", "answer": "yes"})
    assert "đã khóa" in refused.text
    assert "đã khóa" in lent.look(), "looking does not open it"
    assert take_back(lent.client, app) == 303
    page = lent.client.get(f"/rounds/{survey}/ask").text
    assert "chưa xong" in page
    assert lent.client.post(f"/rounds/{survey}/ask", data={"act": "start"}).status_code == 422
    assert lent.client.post(f"/rounds/{survey}/ask", data={"act": "go_on"}).location == "/ask"
    lent.look()
    assert lent.question == "/data/discuss"
    lent.answer_all()
    lent.press("send")
    assert '"know":"yes"' in urn_rows(app)[0]


def test_the_team_can_discard_an_unfinished_sheet_unread(app: Flask, survey: str, lent: Resident) -> None:
    take_back(lent.client, app)
    lent.client.post(f"/rounds/{survey}/ask", data={"act": "discard"})
    assert open_rows(app) == []
    assert lent.client.get_cookie("collector_sheet") is None


def test_sheets_of_earlier_days_can_be_discarded_those_of_today_not(app: Flask, survey: str, lent: Resident) -> None:
    team = log_in(app.test_client(), "member")
    with services_of(app).database.recording() as recorder:
        day = recorder.connection.value("SELECT day FROM open_sheet")
    team.post(f"/rounds/{survey}/ask", data={"act": "discard_day", "day": day})
    assert len(open_rows(app)) == 1
    with services_of(app).database.recording() as recorder:
        recorder.connection.execute("UPDATE open_sheet SET day = '2026-01-02'")
    assert "02/01/2026" in team.get(f"/rounds/{survey}/ask").text
    team.post(f"/rounds/{survey}/ask", data={"act": "discard_day", "day": "2026-01-02"})
    assert open_rows(app) == []
    assert "không còn ở đây" in lent.look()
    lent.press("next_person")
    lent.consent()
    assert lent.question == "/data/know"


def test_who_does_not_consent_leaves_nothing_but_a_word_to_the_team(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.press("language", language="vi")
    resident.press("decline")
    assert "trả lại máy" in resident.page
    assert (count(app, survey), open_rows(app)) == (0, [])
    take_back(resident.client, app)
    assert "1 người không muốn trả lời" in resident.client.get(f"/rounds/{survey}/ask").text


def test_stopping_erases_what_was_answered(app: Flask, survey: str, lent: Resident) -> None:
    lent.press("stop")
    lent.press("go_on")
    assert lent.question == "/data/discuss"
    lent.press("stop")
    lent.press("discard")
    assert "trả lại máy" in lent.page
    assert (count(app, survey), open_rows(app)) == (0, [])


def test_the_questions_are_asked_in_the_language_that_was_chosen(app: Flask, survey: str) -> None:
    resident = hand_over(app, survey)
    resident.press("language", language="en")
    assert "I consent to answer" in resident.page
    resident.press("consent")
    assert "project" in resident.page
    assert 'lang="en"' in resident.page
    resident.answer_all()
    resident.press("send")
    assert '"consent_version":"1-en-' in urn_rows(app)[0]
    take_back(resident.client, app)
    assert "Hôm nay" in resident.client.get("/").text


def test_a_round_that_closes_meanwhile_ends_the_asking(app: Flask, survey: str, lent: Resident) -> None:
    with services_of(app).database.recording() as recorder:
        close_round(recorder, survey)
    assert "Đợt khảo sát này đã" in lent.look()
    answer = lent.client.post("/ask", data={"act": "answer", "question": "/data/discuss", "answer": "yes"})
    assert "Đợt khảo sát này đã" in answer.text
    assert take_back(lent.client, app) == 303
    assert lent.client.get(f"/rounds/{survey}/ask").status_code == 200
    assert lent.client.post(f"/rounds/{survey}/ask", data={"act": "start"}).status_code == 409


def test_a_questionnaire_that_pages_cannot_ask_is_refused_with_its_reason(
    app: Flask, village: Village, survey: str
) -> None:
    with services_of(app).database.recording(author=village.head) as recorder:
        changes = {"web": False, "refusal": "bảng survey, hàng 7: repeat"}
        recorder.update("questionnaire", rows_of(app, "round")[0]["questionnaire"], changes)
    answer = log_in(app.test_client(), "head").get(f"/rounds/{survey}/ask")
    assert answer.status_code == 409
    assert "hàng 7: repeat" in answer.text


def test_nobody_answers_without_a_browser_that_was_handed_over(app: Flask, survey: str) -> None:
    client = app.test_client()
    assert client.get("/ask").status_code == 303
    assert client.post("/ask", data={"act": "consent"}).status_code == 303
    assert client.get("/ask/media/know.png").status_code == 404
    assert open_rows(app) == []


def test_a_lost_token_keeps_no_answer_in_the_page(app: Flask, lent: Resident) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = lent.client.post("/ask", data={"act": "answer", "question": "/data/discuss", "answer": "refused"})
    assert (answer.status_code, answer.location) == (303, "/ask")
    assert "refused" not in answer.text


def test_scripts_of_pages_left_open_get_nothing_and_keep_nothing_open(
    app: Flask, lent: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = handover._seconds()
    for minutes in (4, 8, 12):
        monkeypatch.setattr(handover, "_seconds", lambda minutes=minutes: started + 60 * minutes)
        assert lent.client.post("/drafts", json={"form": "x", "fields": {}}).status_code == 423
        assert lent.client.get("/meetings", headers={"X-Requested-With": "fetch"}).status_code == 423
    assert "đã khóa" in lent.look()


def test_somebody_who_types_for_long_is_not_locked_out(lent: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    started = handover._seconds()
    for minutes in (9, 18, 27):
        monkeypatch.setattr(handover, "_seconds", lambda minutes=minutes: started + 60 * minutes)
        assert lent.client.head("/ask").status_code == 200
    lent.reply("yes")
    assert lent.question == "/data/do"


def test_a_session_of_another_version_still_leads_back(app: Flask, lent: Resident) -> None:
    with lent.client.session_transaction() as session:
        session["handed_over"] = {"round": "x", "seen_at": handover._seconds(), "new": 1}
    assert lent.client.get("/meetings").location == "/ask"
    assert "Đợt khảo sát này đã" in lent.look()
    assert take_back(lent.client, app) == 303


def test_where_several_villages_are_asked_the_sheet_bears_the_one_that_was_chosen(
    app: Flask, village: Village, survey: str
) -> None:
    with services_of(app).database.recording(author=village.head) as recorder:
        unit = {"name": "Thôn Bên Suối", "commune_code": "20704", "commune_name": "La Dêê", "province_name": "Đà Nẵng"}
        other = recorder.add("unit", village.unit, unit)
        recorder.add("round_village", village.unit, {"round": survey, "village": other, "households": 40})
    team = log_in(app.test_client(), "member")
    assert team.post(f"/rounds/{survey}/ask", data={"act": "start"}).status_code == 422
    assert team.post(f"/rounds/{survey}/ask", data={"act": "start", "village": "x"}).status_code == 422
    assert team.post(f"/rounds/{survey}/ask", data={"act": "start", "village": other}).location == "/ask"
    Resident(team).consent()
    take_back(team, app)
    assert team.post(f"/rounds/{survey}/ask", data={"act": "go_on"}).location == "/ask"
    resident = Resident(team)
    for _ in range(2):
        if not resident.question:
            resident.consent()
        resident.answer_all()
        resident.press("send")
        resident.press("return")
        resident.press("next_person")
    assert [f'"village":"{other}"' in sheet for sheet in urn_rows(app)] == [True, True]
    refused = log_in(app.test_client(), "member").post(f"/rounds/{survey}/papers", data={"number": "1"})
    assert "Chưa chọn thôn" in refused.text


@pytest.mark.parametrize("act", ["", "nothing", "consent", "answer", "back", "send", "return", "discard", "go_on"])
def test_a_button_out_of_turn_changes_nothing(app: Flask, survey: str, act: str) -> None:
    resident = hand_over(app, survey)
    resident.press("language", language="vi")
    resident.press("decline")
    resident.press(act)
    assert "trả lại máy" in resident.page
    assert (count(app, survey), open_rows(app)) == (0, [])


def test_an_answer_that_was_on_its_way_does_not_open_the_records_again(app: Flask, survey: str) -> None:
    """Another tab may have saved something while the browser was handed over; its answer carries the old session."""
    client = app.test_client()
    head = next(each for each in services_of(app).accounts.list_accounts() if each.role == "head")
    assert client.post("/login", data={"account": head.id, "password": PASSWORD}).status_code == 303
    assert client.get("/meetings").status_code == 200
    on_its_way = client.get_cookie("collector")
    assert on_its_way is not None
    assert client.post(f"/rounds/{survey}/ask", data={"act": "start"}).location == "/ask"
    client.set_cookie("collector", on_its_way.value)
    answer = client.get("/meetings")
    assert (answer.status_code, answer.location) == (302, "/login?next=/meetings")
    assert client.post("/drafts", json={"form": "meeting:new", "fields": {}}).status_code == 401
    assert client.post("/login", data={"account": head.id, "password": PASSWORD}).status_code == 303
    assert client.get("/meetings").status_code == 200
