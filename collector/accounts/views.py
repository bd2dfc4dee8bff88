"""Pages of logging in and out, of one's own account, and of a forgotten password."""


from flask import Blueprint, abort, flash, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.utils import redirect

from collector import wording
from collector.accounts import sessions
from collector.accounts.access import ANYONE, TEAM, allow
from collector.accounts.forms import (
    NewPasswordForm,
    RecoverForm,
    add_error,
    check_new_password,
    offer_accounts,
    wait_sentence,
)
from collector.accounts.keeping import local_path, unpack
from collector.accounts.recovery import matches, recipient
from collector.accounts.security import TooManyTries, account_key, guess, is_on_this_computer, throttle
from collector.accounts.sessions import HOME, Answer, ask_to_log_in
from collector.folding import fold
from collector.phrase import PROBLEM_WORDS, check
from collector.web import services
from collector.words import N_

__all__ = ["ask_to_log_in", "blueprint"]

blueprint = Blueprint("accounts", __name__)
blueprint.app_context_processor(sessions.share_with_templates)
blueprint.app_errorhandler(CSRFError)(sessions.answer_lost_token)

wording.add_errors({
    "account_not_found": (
        N_("This person cannot log in here yet."),
        N_("The head of the team can give a password on the page “The team”."),
    ),
    "too_many_tries": (
        N_("Too many wrong passwords."),
        N_("Please wait %(seconds)s seconds, then try again."),
    ),
})


@blueprint.route("/login", methods=["GET", "POST"])
@allow(ANYONE)
def log_in() -> Answer:
    """Log in with one's name and password; whatever could not be sent before is sent afterwards."""
    form = sessions.make_log_in_form()
    if request.method == "GET":
        form.next.data = local_path(request.args.get("next"))
        return sessions.go_on(form) if current_user.is_authenticated else sessions.show_log_in(form, 200)
    kept = unpack(form.kept.data or "")
    try:
        account = sessions.check_log_in(form)
    except TooManyTries as refused:
        add_error(form.password, wait_sentence(refused.seconds))
        return *sessions.show_log_in(form, 429, kept=kept), {"Retry-After": str(refused.seconds)}
    if account is None:
        return sessions.show_log_in(form, 422, kept=kept)
    sessions.start_session(account)
    return sessions.go_on(form)


@blueprint.post("/logout")
@allow(ANYONE)
def log_out() -> Answer:
    """End the session."""
    sessions.end_session()
    flash(_("You have logged out."), "ok")
    return redirect(url_for("accounts.log_in"), 303)


@blueprint.route("/account", methods=["GET", "POST"])
@allow(TEAM)
def show_account() -> Answer:
    """Show one's own account; give oneself a new password against the old one."""
    form = NewPasswordForm()
    if request.method == "GET":
        return render_template("accounts/account.html", form=form, account=current_user.account)
    form.validate()
    status = 422
    try:
        if _check_old_password(form) and check_new_password(form.new_password, form.new_password_again):
            sessions.start_session(
                services().accounts.set_password(current_user.account.id, form.new_password.data)
            )
            flash(_("Your new password is saved. Everywhere else you have been logged out."), "ok")
            return redirect(url_for("accounts.show_account"), 303)
    except TooManyTries as refused:
        status = 429
        add_error(form.old_password, wait_sentence(refused.seconds))
    return render_template("accounts/account.html", form=form, account=current_user.account), status


def _check_old_password(form: NewPasswordForm) -> bool:
    own, password = current_user.account.id, form.old_password.data or ""
    if not password:
        add_error(form.old_password, _("The password until now is not filled in yet. Please type it."))
    elif guess(fold(own), lambda: services().accounts.verify(own, password)):
        return True
    else:
        add_error(form.old_password, _("The password until now is not right. Please type it again."))
    return False


@blueprint.route("/recover", methods=["GET", "POST"])
@allow(ANYONE)
def recover() -> Answer:
    """Give a new password to somebody who forgot it, against the recovery phrase, at the laptop only."""
    if not is_on_this_computer():
        return render_template(
            "error.html", code=403, title=_("A forgotten password can only be changed on the village computer."),
            advice=_("Please go to that computer and take the paper with the recovery phrase along."),
        ), 403
    form, status = RecoverForm(), 422
    accounts = services().accounts
    offer_accounts(form.account, [each for each in accounts.list_accounts() if each.active])
    possible = recipient(services().folder) is not None
    if request.method == "GET" or not possible:
        return render_template("accounts/recover.html", form=form, possible=possible)
    form.validate()
    try:
        if _check_recovery(form):
            accounts.set_password(form.account.data, form.new_password.data)
            throttle().forgive(account_key(fold(form.account.data)))
            flash(_("The new password is saved. Please log in with it."), "ok")
            return redirect(url_for("accounts.log_in"), 303)
    except TooManyTries as refused:
        status = 429
        add_error(form.phrase, wait_sentence(refused.seconds))
    return render_template("accounts/recover.html", form=form, possible=True), status


def _check_recovery(form: RecoverForm) -> bool:
    """Tell whether phrase, name and password can be used, asking for the cheap things first."""
    phrase = form.phrase.data or ""
    for problem in check(phrase) if phrase.strip() else ():
        words = {"position": problem.position, "word": problem.word, "have": problem.have, "need": problem.need}
        add_error(form.phrase, wording.say(PROBLEM_WORDS[problem.code], **words))
    if not phrase.strip():
        add_error(form.phrase, _("The recovery phrase is not filled in yet. Please type it from the paper."))
    account = services().accounts.find(form.account.data or "")
    if account is None or not account.active:
        add_error(form.account, _("Nobody is chosen yet. Please choose whose password is new."))
    if not check_new_password(form.new_password, form.new_password_again) or form.phrase.errors or form.account.errors:
        return False
    if not guess("recovery", lambda: matches(services().folder, phrase)):
        add_error(form.phrase, _("This is not the recovery phrase of this village. Please look for the right paper."))
        return False
    return True


@blueprint.post("/language")
@allow(ANYONE)
def choose_language() -> Answer:
    """Choose the language of the pages for oneself: for this session and, if logged in, for the account."""
    from collector.pages import LANGUAGES

    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    session["language"] = language
    if current_user.is_authenticated:
        services().accounts.update(current_user.account.id, language=language)
    refresh()
    return redirect(local_path(request.form.get("next")) or HOME, 303)
