"""The page on which a resident's withdrawal code erases the sheet."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from collector.accounts.access import KEEPERS, allow
from collector.answers.blueprint import blueprint
from collector.answers.errors import SheetNotFound
from collector.answers.urn import withdraw
from collector.query import get_record
from collector.results.recording import recompute_results
from collector.web import reading, recording, services

CODE_LETTERS: Final = 12


@blueprint.route("/withdraw", methods=["GET", "POST"])
@allow(KEEPERS)
def withdraw_sheet() -> Response | tuple[str, int]:
    """Erase the sheet that belongs to a code; whoever brings the code need not give a reason."""
    if request.method == "GET":
        return _show()
    code = request.form.get("code", "")
    letters = sum(letter.isalnum() for letter in code)
    if letters != CODE_LETTERS:
        return _show(code, _("The code has %(have)s of %(need)s letters and digits. Please type it from the paper.",
                             have=letters, need=CODE_LETTERS))
    try:
        with recording() as recorder:
            round_id = withdraw(recorder, code)
            was_recomputed = recompute_results(recorder, round_id) > 0
    except SheetNotFound:
        return _show(code, _("No sheet belongs to this code. Please compare every letter with the paper; the sheet may"
                             " have been erased already."))
    services().database.storage.empty_journal()
    flash(_("The sheet was erased for good. Nobody can bring it back."), "ok")
    if was_recomputed:
        title = get_record(reading(), "round", round_id)["title"]
        flash(_("The result of the closed round “%(title)s” was worked out again without this sheet. Please send it.",
                title=title), "warn")
    return redirect(url_for("answers.withdraw_sheet"), 303)


def _show(code: str = "", problem: str = "") -> tuple[str, int]:
    return render_template("answers/withdraw.html", code=code[:60], problem=problem), 422 if problem else 200
