"""The end of the first run: the recovery phrase, its check, and writing everything down.

The phrase lives in the memory of this process until the first run is finished, and on paper for ever; it is never on
the disk. If the power goes before, a new one is made.
"""

import secrets
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from collector.accounts.forms import add_error
from collector.accounts.recovery import set_recovery_phrase
from collector.phrase import make_phrase, normalise
from collector.setup.blueprint import Answer, current_progress, go_on_from, show_question, stay
from collector.setup.forms import CheckForm
from collector.setup.progress import (
    Progress,
    forget_progress,
    is_for_commune,
    is_second,
    make_plan,
    save_progress,
)
from collector.setup.second import join_with_kept_code, make_second_plan
from collector.setup.store import set_up, set_up_second
from collector.web import close_reading, services

_KEY = "collector_new_phrase"


@dataclass(frozen=True, slots=True)
class NewPhrase:
    """A phrase that was made but not confirmed yet, and the two places that are asked back."""

    words: tuple[str, ...]
    asked: tuple[int, int]

    @property
    def text(self) -> str:
        """The phrase as one line."""
        return " ".join(self.words)


def _new_phrase() -> NewPhrase | None:
    found = current_app.extensions.get(_KEY)
    return found if isinstance(found, NewPhrase) else None


def _make_new_phrase() -> NewPhrase:
    words = tuple(make_phrase(secrets.token_bytes).split())
    first, second = sorted(secrets.SystemRandom().sample(range(len(words)), 2))
    made = NewPhrase(words, (first, second))
    current_app.extensions[_KEY] = made
    return made


def show_phrase() -> Answer:
    """Show the recovery phrase so that it can be written down."""
    if request.method == "POST":
        if _new_phrase() is None:
            return stay("phrase")
        save_progress(services().folder, phrase_written=True)
        return go_on_from("phrase")
    phrase = _new_phrase()
    replaced = phrase is None and bool(current_progress().get("phrase_shown"))
    phrase = phrase or _make_new_phrase()
    save_progress(services().folder, phrase_shown=True)
    return show_question("phrase", words=phrase.words, replaced=replaced)


def print_phrase() -> Answer:
    """Show the recovery phrase alone on a page for the printer."""
    phrase = _new_phrase()
    if phrase is None:
        return stay("phrase")
    village = current_progress().get("village", {}).get("name", "")
    return render_template("setup/print.html", words=phrase.words, village=village)


def check_phrase() -> Answer:
    """Ask two words back from the paper; when they are right, finish the first run."""
    phrase = _new_phrase()
    if phrase is None:
        save_progress(services().folder, phrase_written=False)
        return stay("phrase")
    form = CheckForm()
    fields = (form.first, form.second)
    for field, place in zip(fields, phrase.asked, strict=True):
        field.label.text = _("Word %(number)s", number=place + 1)
    if request.method == "GET":
        return show_question("check", form=form)
    form.validate()
    for field, place in zip(fields, phrase.asked, strict=True):
        _check_word(field, phrase.words[place], place + 1)
    return show_question("check", 422, form=form) if form.errors else _finish(phrase)


def _check_word(field: object, word: str, number: int) -> None:
    typed = normalise(getattr(field, "data", "") or "")
    if not typed:
        add_error(field, _("Word %(number)s is not filled in yet. Please type it from the paper.", number=number))
    elif typed != word:
        add_error(
            field,
            _("Word %(number)s is not right. Please compare the paper with the page before and type it again.",
              number=number),
        )


def _say_done(progress: Progress) -> str:
    if is_second(progress):
        return str(_("This computer is set up for the village. Please log in now."))
    if is_for_commune(progress):
        return str(_("The computer of the commune is set up. Please log in now."))
    return str(_("The village is set up. Please log in now."))


def _finish(phrase: NewPhrase) -> Answer:
    found, progress = services(), current_progress()
    set_recovery_phrase(found.folder, phrase.text)
    if is_second(progress):
        second = make_second_plan(progress)
        close_reading()
        set_up_second(found.folder, found.database, found.accounts, second)
    else:
        set_up(found.folder, found.database, found.accounts, make_plan(progress))
    problem = join_with_kept_code(found.folder, progress)
    forget_progress(found.folder)
    current_app.extensions.pop(_KEY, None)
    flash(_say_done(progress), "ok")
    if problem:
        flash(problem, "warn")
    return redirect(url_for("accounts.log_in"), 303)
