"""What the pages of a resident share: leading back to the one address, showing a screen, continuing an interview."""

from typing import Any, Final

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from collector.answers import handover
from collector.answers.handover import Handover
from collector.answers.interviewing import open_interview
from collector.answers.open_sheets import OpenSheet, Ticket
from collector.clock import today
from collector.questionnaires.interview import Interview
from sync.storage import Row

END: Final = "(end)"
"""Stands for the question after the last."""
Answer = Response | tuple[str, int]


def lead_back() -> Response:
    """Lead back to the one address of the asking pages."""
    return redirect(url_for("answers.ask"), 303)


def show_page(name: str, held: Handover, status: int = 200, **values: Any) -> Answer:
    """Show a screen by the name of its template."""
    idle = {"idle_seconds": handover.IDLE_SECONDS, "language": held.language}
    return render_template(f"answers/{name}.html", **idle | values), status


def continue_interview(sheet: OpenSheet, round_row: Row, questionnaire: Row, ticket: Ticket | None) -> Interview:
    """Continue the interview of an unfinished sheet."""
    seed = ticket.sheet if ticket else ""
    return open_interview(
        round_row, questionnaire, sheet.answers, day=today(), seed=seed, language=sheet.language or "vi"
    )


def is_asked(interview: Interview, path: str) -> bool:
    """Tell whether a question is asked with the answers so far."""
    return path in interview.asked()
