"""The questions of the first run that have one answer: language, commune, village, register."""

from typing import Any

from flask import request, session
from flask_babel import gettext as _
from flask_babel import refresh
from wtforms.fields.choices import SelectChoice

from collector.accounts.forms import add_error
from collector.clock import today
from collector.forms import form_values
from collector.setup.blueprint import Answer, current_progress, go_on_from, show_question
from collector.setup.forms import (
    MOST_COMMUNES,
    CommuneForm,
    RegisterForm,
    VillageForm,
    commune_hint,
    commune_label,
    commune_value,
)
from collector.setup.progress import is_for_commune, save_progress
from collector.units.official import Commune, find_commune, find_communes
from collector.web import services


def ask_language() -> Answer:
    """Ask in which language the pages are shown."""
    from collector.pages import LANGUAGES

    if request.method == "GET":
        return show_question("language")
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        return show_question("language", 422, unanswered=True)
    session["language"] = language
    refresh()
    save_progress(services().folder, language=language)
    return go_on_from("language")


def ask_commune() -> Answer:
    """Ask for the commune: by typing a part of its name, then choosing among those that are found."""
    form = CommuneForm()
    chosen = current_progress().get("commune")
    if request.method == "GET":
        found = [find_commune(chosen["code"])] if chosen else []
        _offer(form, [each for each in found if each])
        form.commune.data = f"{chosen['code']} {chosen['valid_from']}" if chosen else None
        return show_question("commune", form=form)
    form.validate()
    commune = _read_commune(form.picked.data or form.commune.data or "")
    if commune is None or _is_another_search(form, commune):
        return _offer_matches(form)
    answer = {"code": commune.code, "valid_from": commune.valid_from.isoformat()}
    save_progress(services().folder, commune=answer)
    return go_on_from("village" if is_for_commune(current_progress()) and current_progress().get("code") else "commune")


def _is_another_search(form: CommuneForm, commune: Commune) -> bool:
    """Tell whether new words were typed while the row of an earlier choice was still marked."""
    words = (form.words.data or "").strip()
    shown = request.form.get("shown_for", "").strip()
    return bool(words) and not form.picked.data and words != shown and words != commune_label(commune)


def _offer_matches(form: CommuneForm) -> Answer:
    words = (form.words.data or "").strip()
    found = find_communes(words, MOST_COMMUNES)
    _offer(form, found)
    form.picked.data, form.commune.data = "", None
    if not words:
        add_error(form.words, _("The commune is not chosen yet. Please type a part of its name."))
    elif not found:
        add_error(form.words, _("No commune is called “%(words)s”. Please type fewer letters.", words=words[:60]))
    return show_question("commune", 200 if found else 422, form=form, found=bool(found))


def _offer(form: CommuneForm, communes: list[Commune]) -> None:
    rows = [(each, commune_label(each), commune_hint(each)) for each in communes]
    form.commune.choices = [
        SelectChoice(commune_value(each), f"{label} ({hint})" if hint else label) for each, label, hint in rows
    ]


def _read_commune(value: str) -> Commune | None:
    code, _space, valid_from = value.partition(" ")
    commune = find_commune(code)
    return commune if commune and commune.valid_from.isoformat() == valid_from else None


def suggest_communes(words: str) -> list[dict[str, str]]:
    """List the communes for the list that opens while typing."""
    return [
        {"value": commune_value(each), "label": commune_label(each), "hint": commune_hint(each)}
        for each in find_communes(words, MOST_COMMUNES)
    ]


def ask_village() -> Answer:
    """Ask for the name of the village and its number; or hear that this is the computer of the commune itself."""
    known = current_progress().get("village", {})
    form = VillageForm(data=form_values("unit", known, ("name", "local_number")))
    if request.method == "POST" and request.form.get("action") == "commune":
        save_progress(services().folder, role="commune", team=[], team_done=False)
        return go_on_from("village")
    if request.method == "POST" and is_for_commune(current_progress()):
        save_progress(services().folder, role="village", team=[], team_done=False)
    return _ask_record("village", form)


def ask_register() -> Answer:
    """Ask for the numbers of the household register and their date."""
    known = current_progress().get("register", {})
    form = RegisterForm(data=form_values("register", known, RegisterForm.names))
    return _ask_record("register", form, _check_register)


def _ask_record(step: str, form: Any, check: Any = None) -> Answer:
    if request.method == "GET":
        return show_question(step, form=form)
    values = form.check()
    if values is None or (check and not check(form, values)):
        return show_question(step, 422, form=form)
    save_progress(services().folder, **{step: values})
    return go_on_from(step)


def _check_register(form: Any, values: dict[str, Any]) -> bool:
    if values["as_of"] <= today().isoformat():
        return True
    add_error(form.as_of, _("The date of the register is after today. Please choose the day it was counted."))
    return False
