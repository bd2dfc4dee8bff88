"""What every application of this program is made of: settings, security headers, accounts, languages, errors.

The only module that registers blueprints. It knows the pages of logging in and none of the features, so that the
first page can be shown before anything else is loaded (see `collector/front.py`).
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, jsonify, request
from flask_babel import Babel
from flask_wtf import CSRFProtect

from collector import read_version, translations_folder
from collector.accounts import handed_over, security
from collector.accounts.access import ANYONE, allow
from collector.accounts.store import Accounts
from collector.accounts.views import blueprint as accounts
from collector.attachments.files import MAX_FILE_BYTES, Files
from collector.folder import DataFolder
from collector.pages import install_pages, install_words
from collector.web import Services, close_reading, install_login, services

if TYPE_CHECKING:
    from collector.database import Database

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def make_app(
    folder: DataFolder,
    opener: "Callable[[], Database]",
    blueprints: Iterable[Blueprint],
    for_devices: Iterable[Blueprint] = (),
) -> Flask:
    """Make an application of a folder with these blueprints besides that of accounts.

    Those for devices know no session, so their changes need no token of a page.
    """
    app = Flask("collector")
    app.config.update(
        SECRET_KEY=folder.secret("session.key").hex(),
        SESSION_COOKIE_NAME="collector",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=MAX_FILE_BYTES + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_DEFAULT_TIMEZONE="Etc/GMT-7",
        BABEL_TRANSLATION_DIRECTORIES=str(translations_folder()),
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["collector"] = Services(folder, opener, Accounts(folder), Files(folder.attachments))
    security.install(app)
    handed_over.install(app)
    csrf = CSRFProtect(app)
    install_login(app)
    install_words(app, Babel(app))
    install_pages(app)
    for blueprint in (accounts, *blueprints):
        app.register_blueprint(blueprint)
    for blueprint in for_devices:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    _install_surfaces(app)
    app.teardown_request(close_reading)
    app.after_request(add_headers)
    allow(ANYONE)(app.view_functions["static"])
    return app


def _install_surfaces(app: Flask) -> None:
    @app.get("/healthz")
    @allow(ANYONE)
    def healthz() -> Response:
        """Say that the process answers, its version and its role."""
        role = services().folder.read_settings().get("role", "village")
        return jsonify(status="ok", version=read_version(), role=role)


def add_headers(response: Response) -> Response:
    """Add the security headers to every response; pages are never kept by a cache.

    Answers to devices are signed and read by no browser; on bad networks every byte of them counts.
    """
    if getattr(response, "is_for_devices", False):
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
