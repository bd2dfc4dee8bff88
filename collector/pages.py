"""What all pages share: language, menu, banners, error pages, and the way back after a change."""

from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_babel import Babel, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.wrappers import Response

from collector import wording
from collector.clock import today
from collector.errors import CollectorError
from collector.web import services
from collector.words import N_
from sync.errors import SyncError

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DIFFERENCES = "conflicts.show_differences"
SENDING = "replication.show_sync"
AT_CENTRE = "central.list_devices"
MENU = (
    ("villages.list_villages", N_("Villages"), "household"),
    ("today.show_today", N_("Today"), "home"),
    ("meetings.list_meetings", N_("Meetings"), "meeting"),
    ("opinions.list_opinions", N_("Opinions"), "opinion"),
    ("programmes.list_programmes", N_("Programmes and projects"), "programme"),
    ("rounds.list_rounds", N_("Survey rounds"), "survey"),
    ("questionnaires.list_questionnaires", N_("Questionnaires"), "survey"),
    ("units.show_households", N_("Households"), "household"),
    ("people.list_people", N_("The team"), "people"),
    (DIFFERENCES, N_("Places that differ"), "warn"),
    ("search.show_search", N_("Search"), "search"),
    (SENDING, N_("Send and receive"), "send"),
    (AT_CENTRE, N_("Laptops"), "send"),
    ("central.list_set_aside", N_("Set aside"), "warn"),
    ("backups.show_backups", N_("Backups"), "backup"),
    ("units.show_village", N_("Village and settings"), "settings"),
)

_NOT_AT = {"village": frozenset({"villages.list_villages"}), "central": frozenset({SENDING})}
"""What a role has no use for: a village has no other villages to look at, a centre no centre to send to."""
_ELSEWHERE = {"people.list_people": N_("People of this computer")}
"""Words that the menu of a commune or a centre has in place of those of a village."""


def choose_language() -> str:
    """Give the language of this reader: as chosen, else as the folder was set up, else Vietnamese."""
    chosen = session.get("language") or services().folder.read_settings().get("language")
    return chosen if chosen in LANGUAGES else "vi"


def install_words(app: Flask, babel: Babel) -> None:
    """Choose languages and give templates the filters that write days, times, numbers and names of things."""
    babel.init_app(app, locale_selector=choose_language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    wording.install(app)


def install_pages(app: Flask) -> None:
    """Install the shared values of templates and the error pages."""
    app.context_processor(share_with_templates)
    app.register_error_handler(CollectorError, show_error)
    app.register_error_handler(SyncError, show_error)
    app.register_error_handler(HTTPException, show_http_error)


def share_with_templates() -> dict[str, Any]:
    """Give every template its language, menu, village and banners."""
    logged_in = bool(current_user and current_user.is_authenticated)
    settings = services().folder.read_settings()
    differing = count_differing() if logged_in else 0
    return {
        "locale": str(get_locale()),
        "languages": LANGUAGES,
        "menu": make_menu(differing) if logged_in else [],
        "differing": differing,
        "village_name": settings.get("village_name") or (_("The centre") if settings.get("role") == "central" else ""),
        "role_here": settings.get("role", "village"),
        "demo": bool(settings.get("demo")),
        "banners": wording.banners(_list_warnings()) if logged_in else [],
        "today": today(),
    }


def _list_warnings() -> dict[str, str]:
    """List the lasting problems; the page that tells what is wrong with sending needs nobody to be led to it."""
    told = {"sync_failed"} if request.endpoint == SENDING else set()
    return {code: detail for code, detail in services().warnings.items() if code not in told}


def count_differing() -> int:
    """Count what two laptops recorded differently, for the badge; none where it cannot be counted."""
    if DIFFERENCES not in current_app.view_functions:
        return 0
    # Imported late: the log-in page needs none of it.
    from collector.conflicts.listing import count_differences

    try:
        return count_differences()
    except (CollectorError, SyncError):
        # A page that says what is wrong with the folder or its database must not fail for the same reason.
        return 0


def make_menu(differing: int = 0) -> list[dict[str, Any]]:
    """List the entries of the menu; the current one is this page, else the feature that it belongs to."""
    endpoints = [endpoint for endpoint, _words, _icon in MENU]
    here = request.endpoint or ""
    role = services().folder.read_settings().get("role", "village")
    is_village, elsewhere = role == "village", _NOT_AT.get(role, frozenset())
    if here not in endpoints:
        feature = here.partition(".")[0] + "."
        here = next((endpoint for endpoint in endpoints if endpoint.startswith(feature)), "")
    return [
        {
            "label": wording.say(label if is_village else _ELSEWHERE.get(endpoint, label)),
            "href": url_for(endpoint),
            "icon": icon,
            "current": endpoint == here,
            "number": differing if endpoint == DIFFERENCES else 0,
        }
        for endpoint, label, icon in MENU
        if endpoint in current_app.view_functions and endpoint not in elsewhere
    ]


def show_error(error: CollectorError | SyncError) -> tuple[str, int] | Response:
    """Show what went wrong in our own words, with the status of the error."""
    g.failed = True
    if error.code == "folder_not_set_up" and request.method == "GET":
        return redirect(url_for("setup.show_step"))
    title, advice = wording.explain(error)
    return render_template("error.html", code=error.status, title=title, advice=advice), error.status


def show_http_error(error: HTTPException) -> Any:
    """Show an HTTP error as a page; somebody who is not logged in is asked to log in, keeping what was sent."""
    if isinstance(error, Unauthorized):
        from collector.accounts.views import ask_to_log_in

        return ask_to_log_in()
    if error.code is None or error.code < 400:
        return error
    title, advice = wording.explain_status(error.code)
    return render_template("error.html", code=error.code, title=title, advice=advice), error.code


def go(endpoint: str, message: str = "", **values: Any) -> Response:
    """Redirect to a page after a change, with a word of what was done."""
    if message:
        flash(message, "ok")
    return redirect(url_for(endpoint, **values), 303)
