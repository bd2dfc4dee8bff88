"""Begins sessions, and asks somebody whose session ended to log in without losing what was typed.

Answers pages for people, JSON for scripts, and a bare form for the log-in dialog of a page that stays open.
"""

import secrets
from typing import Any, Final

from flask import current_app, g, jsonify, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from collector.accounts.access import decision_of, permits
from collector.accounts.forms import LogInElsewhereForm, LogInHereForm, add_error, offer_accounts
from collector.accounts.keeping import Kept, keep_request, local_path, unpack
from collector.accounts.security import guess, is_on_this_computer
from collector.accounts.store import Account
from collector.folding import fold
from collector.web import LOG_IN, User, current_role, is_set_up, services

HOME: Final = "/"
Answer = Response | str | tuple[Any, int] | tuple[Any, int, dict[str, str]]


def start_session(account: Account) -> None:
    """Begin a session of its own for this account: nothing that was there before log-in stays but the language."""
    language = account.language or session.get("language")
    session.clear()
    g.pop("csrf_token", None)
    if language:
        session["language"] = language
    session.permanent = True
    session[LOG_IN] = secrets.token_hex(16)
    login_user(User(account))
    refresh()


def end_session() -> None:
    """End the session, wherever else its cookie may be; only the language stays."""
    services().accounts.end_log_in(session.get(LOG_IN))
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)
    if language:
        session["language"] = language


def ask_to_log_in() -> Any:
    """Answer a request that needs somebody logged in: JSON for scripts, else the log-in page with what was sent."""
    if not is_set_up():
        return redirect(url_for("setup.show_step"), 303)
    if is_sent_by_script():
        return jsonify(error="log_in", login_url=log_in_url()), 401
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("accounts.log_in", next=local_path(request.full_path.rstrip("?")) or None))
    if request.endpoint == "accounts.log_out":
        return redirect(url_for("accounts.log_in"), 303)
    return show_log_in(make_log_in_form(), 401, kept=keep_request())


def answer_lost_token(_error: Exception) -> Any:
    """Answer a form whose token is not valid any more: its words are kept and can be sent once again."""
    allowed = decision_of(_requested_view())
    if request.endpoint == "accounts.log_in":
        return show_log_in(make_log_in_form(), 400, kept=unpack(request.form.get("kept", "")), again=True)
    if current_role() is None and not permits(allowed, None):
        return ask_to_log_in()
    if is_sent_by_script():
        return jsonify(error="csrf"), 400
    kept = keep_request()
    if kept is not None:
        return show_kept_words(kept, again=True), 400
    return redirect(local_path(request.path) if request.endpoint != "accounts.log_out" else HOME, 303)


def _requested_view() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


def is_sent_by_script() -> bool:
    """Tell whether a script of a page sent this and expects no page."""
    return request.is_json or request.headers.get("X-Requested-With") == "fetch"


def log_in_url() -> str:
    """Give the address of the bare log-in form, which pages load into a dialog."""
    return url_for("accounts.log_in", part="form")


def make_log_in_form() -> LogInHereForm | LogInElsewhereForm:
    """Make the log-in form: names to choose from at the laptop itself, a field to type in elsewhere."""
    if not is_on_this_computer():
        return LogInElsewhereForm()
    form = LogInHereForm()
    accounts = [account for account in services().accounts.list_accounts() if account.active]
    offer_accounts(form.account, accounts)
    if not form.account.data:
        form.account.data = str(session.get("_user_id", "")).partition(":")[0] or None
    return form


def check_log_in(form: Any) -> Account | None:
    """Give the account whose name and password stand in a form, or None after putting a sentence at what is wrong.

    :raises TooManyTries: if nothing was tried because there were too many wrong passwords.
    """
    name, password = (form.account.data or "").strip(), form.password.data or ""
    form.validate()
    if not name:
        add_error(form.account, _("Your name is not chosen yet. Please choose it.") if is_on_this_computer()
                  else _("Your name is not filled in yet. Please type your full name."))
    if not password:
        add_error(form.password, _("The password is not filled in yet. Please type it."))
    if not name or not password:
        return None
    accounts = services().accounts
    candidates = [name] if is_on_this_computer() else _ids_of(name)
    tries = (accounts.verify(each, password) for each in candidates)
    account = guess(fold(name), lambda: next(filter(None, tries), None))
    if account is None:
        add_error(form.password, wrong_name_or_password())
    return account


def _ids_of(name: str) -> list[str]:
    """List the accounts of a typed name, or one that does not exist, so that an answer takes as long."""
    accounts = services().accounts.list_accounts()
    return [each.id for each in accounts if each.active and fold(each.name) == fold(name)] or [""]


def show_log_in(form: Any, status: int, kept: Kept | None = None, **values: Any) -> tuple[str, int]:
    """Show the log-in page, or its bare form when a script asked for it."""
    form.password.data = ""
    form.kept.data = kept.pack() if kept else ""
    form.next.data = local_path(request.values.get("next"))
    template = "accounts/part.html" if request.args.get("part") == "form" else "accounts/log_in.html"
    return render_template(template, form=form, kept=kept, here=is_on_this_computer(), **values), status


def show_kept_words(kept: Kept, *, again: bool = False) -> str:
    """Show the page that sends kept words to where they were meant to go."""
    return render_template("accounts/words_kept.html", kept=kept, again=again)


def go_on(form: Any) -> Answer:
    """Answer a log-in that succeeded: send kept words, or go to the page that was asked for."""
    kept = unpack(form.kept.data or "")
    if kept is not None:
        return show_kept_words(kept)
    if request.args.get("part") == "form":
        return render_template("accounts/part.html", form=None)
    return redirect(local_path(form.next.data) or HOME, 303)


def share_with_templates() -> dict[str, Any]:
    """Give every template the addresses of logging in and out, and who is logged in."""
    logged_in = bool(current_user and current_user.is_authenticated)
    return {
        "home_url": HOME,
        "login_url": log_in_url(),
        "logout_url": url_for("accounts.log_out") if logged_in else "",
        "drafts_url": url_for("drafts.save") if logged_in else "",
        "account_url": url_for("accounts.show_account") if logged_in else "",
        "user_name": current_user.account.name if logged_in else "",
    }


def wrong_name_or_password() -> str:
    """Say that log-in did not work, without saying which of the two was wrong."""
    return str(_("The name and the password do not belong together. Please check both and try again."))
