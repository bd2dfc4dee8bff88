"""Leads a browser that was handed over to a resident back to the asking page, whatever else it asks for.

Part of the frame, so that it holds from the first page after a start on. How a browser is handed over and taken back
stands in `collector/answers/`.
"""

from typing import Final

from flask import Flask, jsonify, make_response, redirect, request, session
from werkzeug.wrappers import Response

MODE: Final = "handed_over"
"""What the session of a handed-over browser holds."""
ASKING_PATH: Final = "/ask"
OPEN_ENDPOINTS: Final = frozenset({"answers.ask", "answers.take_back", "answers.play", "static", "healthz"})


def install(app: Flask) -> None:
    """Look at every request before anything asks for a token or for who is logged in."""
    app.before_request(lead_back)


def lead_back() -> Response | None:
    """Answer a handed-over browser that asks for any other page; None lets the request pass.

    The script of a page that the team left open gets no page: following it would look as if somebody were there.
    """
    if MODE not in session or request.endpoint in OPEN_ENDPOINTS:
        return None
    if request.is_json or request.headers.get("X-Requested-With") == "fetch":
        return make_response(jsonify(error="handed_over"), 423)
    return redirect(ASKING_PATH, 303)
