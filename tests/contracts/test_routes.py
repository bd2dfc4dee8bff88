"""Whole-app rules over the routes: a decision for each, a token for each change, nothing changed by looking."""

import re
from html.parser import HTMLParser

import pytest
from contracts.scenes import address, get_rules
from factories import Village, log_in, services_of
from flask import Flask
from flask.testing import FlaskClient

from collector.accounts.access import ANYONE, HEADS, KEEPERS, OFFICE, TEAM, WRITERS, decision_of

NAMES = {ANYONE: "anyone", TEAM: "team", WRITERS: "writers", KEEPERS: "keepers", HEADS: "heads", OFFICE: "office"}
DECISIONS = {
    "accounts": {
        "anyone": "choose_language log_in log_out recover",
        "team": "show_account",
    },
    "answers": {
        "anyone": "ask play take_back",
        "writers": "correct_paper enter_again enter_paper hand_over",
        "keepers": "export_answers withdraw_sheet",
    },
    "attachments": {"writers": "add_file remove_file", "team": "show_file"},
    "backups": {"keepers": "copy_backup download_backup make_backup show_backups"},
    "conflicts": {
        "team": "show_differences show_minutes show_record",
        "writers": "choose combine_texts",
    },
    "drafts": {"team": "save"},
    "history": {
        "heads": "erase review_erasing",
        "team": "list_removed show_history",
        "writers": "bring_back restore review_bringing_back",
    },
    "joining": {"heads": "change_address download_request show_centre take_answer"},
    "meetings": {
        "team": "list_meetings review_meeting show_amendment show_amendment_page show_meeting show_page show_pdf"
        " show_summary show_summary_page summarise_opinions",
        "writers": "add_meeting add_opinion add_representative edit_list edit_meeting edit_opinion end_meeting"
        " list_questions move_entry number_opinions remove_entry remove_opinion remove_question remove_representative"
        " reply_in_room run_meeting save_notes save_votes start_meeting tick_household",
        "keepers": "amend_minutes finalise_meeting remove_meeting",
    },
    "openrosa": {"writers": "list_phones", "keepers": "add_phone revoke_phone"},
    "opinions": {"team": "list_opinions show_opinion", "keepers": "edit_contact"},
    "people": {
        "team": "list_people list_team",
        "heads": "add_member add_person change_account close_account edit_person remove_person",
    },
    "phones": {"anyone": "download_form download_media list_forms list_media send_sheet"},
    "programmes": {
        "team": "list_programmes show_programme",
        "writers": "add_disclosure add_programme add_village edit_disclosure edit_programme remove_disclosure"
        " remove_village",
        "keepers": "remove_programme",
    },
    "replication": {
        "team": "show_progress show_sync",
        "writers": "start_sync",
        "keepers": "accept_centre choose_automatic",
    },
    "results": {"team": "show_report show_results"},
    "questionnaires": {
        "team": "download_form download_workbook list_questionnaires show_built_in show_medium show_questionnaire",
        "writers": "add_file add_spoken_question",
        "keepers": "add_questionnaire edit_mapping retire_questionnaire use_built_in use_questionnaire",
    },
    "rounds": {
        "team": "list_rounds show_draw show_list show_list_page show_round",
        "writers": "print_forms replace_household take_back_household tick_households",
        "keepers": "add_round close_round draw_households edit_round remove_round",
    },
    "search": {"team": "show_search"},
    "sticks": {
        "keepers": "look read read_files show_result show_sticks write",
        "heads": "ask_to_join join",
    },
    "setup": {"anyone": "enter_code print_phrase show_step suggest_communes"},
    "today": {"team": "show_today"},
    "units": {
        "team": "show_holidays show_households show_village",
        "writers": "add_household edit_household remove_household",
        "keepers": "add_holiday add_register add_suggested_holidays edit_holiday edit_register export_households"
        " import_households remove_holiday save_import",
        "heads": "edit_village",
    },
    "villages": {"team": "choose_village list_villages", "office": "join_same part_same show_same"},
}
MISSING = {
    "setup.show_step", "setup.print_phrase", "setup.suggest_communes", "setup.enter_code", "backups.download_backup",
    "answers.play", "phones.download_media", "villages.list_villages", "villages.choose_village",
    "villages.show_same", "villages.join_same", "villages.part_same",
}  # fmt: skip
"""Pages that are not there in this scene: the first run is over, no backup has this name, no browser is handed over,
no form has a picture of this name."""
PLAIN = {"healthz": "anyone", "static": "anyone"}
EXPECTED = PLAIN | {
    f"{feature}.{view}": who
    for feature, groups in DECISIONS.items()
    for who, views in groups.items()
    for view in views.split()
}


def test_every_route_states_the_expected_decision(app: Flask) -> None:
    found = {}
    for endpoint, view in app.view_functions.items():
        decision = decision_of(view)
        found[endpoint] = NAMES.get(decision, "?") if decision is not None else "nobody decided"
    assert found == EXPECTED


def test_a_route_without_a_decision_is_refused(app: Flask, village: Village) -> None:
    app.add_url_rule("/undecided", "undecided", lambda: "secret")
    client = log_in(app.test_client(), "head")
    assert client.get("/undecided").status_code == 403
    assert app.test_client().get("/undecided").status_code == 403


@pytest.mark.parametrize("role", ["head", "secretary", "member", None])
def test_every_page_answers_as_its_decision_says(app: Flask, scene: dict[str, str], role: str | None) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = True
    client = log_in(app.test_client(), role) if role else app.test_client()
    for rule in get_rules(app):
        allowed = decision_of(app.view_functions[rule.endpoint]) or frozenset()
        with client.get(address(rule, scene)) as page:
            status = page.status_code
        may = allowed == ANYONE or role in allowed
        where = f"{role} {rule.rule}: {status}"
        if may:
            assert status in (200, 302, 303, 404), where
            assert status != 404 or rule.endpoint in MISSING, where
        else:
            assert status == (403 if role else 302), where


@pytest.mark.parametrize("role", ["head", "secretary", "member"])
def test_every_change_is_open_to_its_roles_and_survives_an_empty_form(
    app: Flask, scene: dict[str, str], role: str
) -> None:
    for rule in app.url_map.iter_rules():
        allowed = decision_of(app.view_functions[rule.endpoint]) or frozenset()
        if "POST" not in (rule.methods or ()) or not (allowed == ANYONE or role in allowed):
            continue
        for sent in ({}, {"record_id": "none", "number": "x", "deadline": "31/02/2026", "name": "\0"}):
            client = log_in(app.test_client(), role)
            with client.post(address(rule, scene), data=sent) as answer:
                status = answer.status_code
            assert status in (200, 303, 400, 404, 409, 422), f"{role} {rule.rule}: {status}"


@pytest.mark.parametrize("role", ["member", None])
def test_no_change_passes_without_the_right_role(app: Flask, scene: dict[str, str], role: str | None) -> None:
    before = _log_size(app)
    client = log_in(app.test_client(), role) if role else app.test_client()
    for rule in app.url_map.iter_rules():
        allowed = decision_of(app.view_functions[rule.endpoint]) or frozenset()
        if "POST" not in (rule.methods or ()) or allowed == ANYONE or role in allowed:
            continue
        status = client.post(address(rule, scene)).status_code
        assert status == (403 if role else 401), f"{rule.rule}: {status}"
    assert _log_size(app) == before


def test_every_change_needs_the_token(app: Flask, scene: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    before, accounts = _log_size(app), services_of(app).accounts.list_accounts()
    client = log_in(app.test_client(), "head")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            status = client.post(address(rule, scene), data={"title": "x"}).status_code
            # 303: nothing was typed that had to be kept, so the page is simply shown afresh.
            assert status in (400, 401, 303), f"{rule.rule}: {status}"
    assert _log_size(app) == before
    assert services_of(app).accounts.list_accounts() == accounts
    assert client.get("/account").status_code == 200, "still logged in"


def test_looking_changes_nothing(app: Flask, scene: dict[str, str]) -> None:
    client = log_in(app.test_client(), "head")
    folder = services_of(app).folder

    def files() -> dict[str, bytes]:
        parts = (folder.attachments, folder.secrets, folder.backups)
        found = [path for part in parts for path in part.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in [*found, folder.root / "settings.json"]}

    before = (_log_size(app), files())
    for rule in get_rules(app):
        client.get(address(rule, scene)).close()
    assert (_log_size(app), files()) == before


def _log_size(app: Flask) -> tuple[int, int]:
    with services_of(app).database.reading() as connection:
        return (
            int(connection.value("SELECT count(*) FROM revision")),
            int(connection.value("SELECT count(*) FROM draft")),
        )


class Reader(HTMLParser):
    """Collects what a strict content security policy forbids, and addresses that leave this computer."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.ids: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "html":
            self.language = named.get("lang") or ""
        if tag == "style" or (tag == "script" and "src" not in named):
            self.forbidden.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.forbidden.append(f"{tag} {name}")
            if name in ("href", "src", "action") and re.match(r"(?:https?:)?//|javascript:|data:text", value or ""):
                self.forbidden.append(f"{tag} {name}={value}")
        if named.get("id"):
            self.ids.append(named["id"] or "")


def test_every_page_is_strict_and_stays_on_this_computer(app: Flask, scene: dict[str, str]) -> None:
    client = log_in(app.test_client(), "head")
    for rule in get_rules(app):
        _check_page(client, address(rule, scene))
    for missing in ("/nothing-here", "/meetings/nothing", "/history/meeting/nothing"):
        _check_page(client, missing)


def _check_page(client: FlaskClient, where: str) -> None:
    with client.get(where) as page:
        policy, text = page.headers["Content-Security-Policy"], page.text if page.mimetype == "text/html" else ""
        assert page.headers["X-Content-Type-Options"] == "nosniff", where
        assert policy.startswith("default-src 'none'"), where
        if not text or page.status_code in (302, 303):
            return
    assert "script-src 'self';" in policy, where
    assert "unsafe" not in policy, where
    assert "frame-ancestors 'none'" in policy, where
    reader = Reader()
    reader.feed(text)
    assert reader.forbidden == [], where
    assert len(set(reader.ids)) == len(reader.ids), f"{where}: the same id twice"
    assert reader.language == "vi", where
