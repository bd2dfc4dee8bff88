"""Handing the browser over: until the team takes it back, it shows the asking pages and nothing else.

While it is handed over nobody is logged in. The signed session holds the round, the village, the languages and where
the resident stands, never an answer. The ticket of the unfinished sheet is a cookie of its own, so that it outlives
both a lock and the team's log-in in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import g, request, session
from flask_babel import refresh
from werkzeug.wrappers import Response

from collector.accounts.handed_over import MODE
from collector.accounts.sessions import end_session
from collector.answers.open_sheets import Ticket, read_ticket
from collector.clock import now

IDLE_SECONDS: Final = 600
TICKET: Final = "collector_sheet"
_TICKET_DAYS: Final = 14
START, ASKING, STOPPING, DONE, RETURNED = "start", "asking", "stopping", "done", "returned"
"""Where a resident stands: before consenting, answering, about to stop, with the code, about to give it back."""


@dataclass(slots=True)
class Handover:
    """What the session says about a browser that is handed over."""

    round: str = ""
    village: str = ""
    stage: str = START
    language: str = ""
    declined: int = 0
    seen_at: int = 0

    @property
    def locked(self) -> bool:
        """Whether nobody did anything for too long (or the clock was changed)."""
        return abs(_seconds() - self.seen_at) > IDLE_SECONDS


def _seconds() -> int:
    return int(now().timestamp())


def start_handover(round_id: str, village: str, stage: str) -> None:
    """Log whoever is logged in out and hand the browser over."""
    language = session.get("language")
    end_session()
    session.permanent = True
    update_handover(Handover(round_id, village, stage))
    if language:
        session["language"] = language


def find_handover() -> Handover | None:
    """Give how this browser was handed over, or None if it was not."""
    held: Mapping[str, Any] | None = session.get(MODE)
    if held is None:
        return None
    return Handover(**{name: held[name] for name in Handover.__slots__ if name in held})


def update_handover(held: Handover, **changes: Any) -> None:
    """Remember where the resident stands now; whatever is done counts as being there."""
    session[MODE] = {name: getattr(held, name) for name in Handover.__slots__} | changes | {"seen_at": _seconds()}


def speak(language: str) -> None:
    """Show the pages in a language from now on."""
    session["language"] = language
    refresh()


def find_ticket() -> Ticket | None:
    """Give the ticket of the sheet that was begun in this browser, or None."""
    return read_ticket(request.cookies.get(TICKET))


def give_ticket(response: Response, ticket: Ticket) -> None:
    """Have the browser keep the ticket; it survives closing the browser and a power cut."""
    response.set_cookie(
        TICKET, ticket.write(), max_age=_TICKET_DAYS * 86_400, httponly=True, samesite="Strict",
        secure=request.is_secure,
    )  # fmt: skip


def drop_ticket(response: Response) -> None:
    """Have the browser forget the ticket, and with it the key."""
    response.delete_cookie(TICKET, httponly=True, samesite="Strict", secure=request.is_secure)


def forget_token() -> None:
    """Give the pages of the next person a token of their own."""
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
