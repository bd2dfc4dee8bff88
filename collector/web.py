"""The edge between HTTP and the application: services, transactions, access and words for errors.

Views open a reading view with `reading()` and one writing transaction with `recording()`; nothing else commits.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from collector.accounts.access import decision_of, permits
from collector.accounts.store import Account, Accounts
from collector.attachments.files import Files
from collector.errors import FolderNotSetUp
from collector.folder import DataFolder
from collector.query import find_record
from collector.units.aliases import canonical
from sync.storage import Row

if TYPE_CHECKING:
    from collector.database import Database
    from collector.recorder import Recorder
    from sync.storage import Connection

Answer = TypeVar("Answer", bound=Response)
LOG_IN: Final = "log_in"
"""The random name of this log-in in the session; see `Accounts.end_log_in`."""


@dataclass(slots=True)
class Services:
    """What views work with: one data folder, its database, its accounts and its files.

    `opener` gives the open database; whoever never asks for it never opens it.
    """

    folder: DataFolder
    opener: "Callable[[], Database]"
    accounts: Accounts
    files: Files
    tidy: "Callable[[], object]" = lambda: None
    """What follows when sheets were put into the urn; see `collector/answers/tidying.py`."""
    warnings: dict[str, str] = field(default_factory=dict)
    """Codes of lasting problems (damage, wrong date) and their detail, shown as banners."""

    @property
    def database(self) -> "Database":
        """The open database of the folder."""
        return self.opener()


class User(UserMixin):  # type: ignore[misc]
    """Whoever is logged in."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """Give what the session remembers: the account and the generation of its password."""
        return f"{self.account.id}:{self.account.generation}"

    @property
    def role(self) -> str:
        """The role that decides what this person may do."""
        return self.account.role


def services() -> Services:
    """Give the services of the running application."""
    return cast("Services", current_app.extensions["collector"])


def reading() -> "Connection":
    """Give the request's reading view, opened when first asked for and closed with the request."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        g.reading = g.reading_stack.enter_context(services().database.reading())
    return cast("Connection", g.reading)


def close_reading(_: BaseException | None = None) -> None:
    """End the request's reading view."""
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack is not None:
        stack.close()


@contextmanager
def recording(source: str | None = None) -> "Iterator[Recorder]":
    """Open the one writing transaction of this request, as whoever is logged in."""
    close_reading()
    with services().database.recording(author=current_author(), source=source) as recorder:
        yield recorder


def tidy_after(response: Answer) -> Answer:
    """Have full batches leave the urn and the order of arrival wiped once the response was sent."""
    response.call_on_close(services().tidy)
    return response


def current_author() -> str | None:
    """Give the id of whoever is logged in, or None."""
    user = current_user
    return user.account.id if user and user.is_authenticated else None


def current_role() -> str | None:
    """Give the role of whoever is logged in, or None."""
    user = current_user
    return user.role if user and user.is_authenticated else None


def own_unit() -> Row:
    """Give the unit of this laptop: its village, or the commune or centre, which is no record.

    A village that is another one has that one's id, also while the other's record is not here yet.

    :raises FolderNotSetUp: if the first run was not finished.
    """
    settings = services().folder.read_settings()
    unit = settings.get("unit")
    if not unit:
        raise FolderNotSetUp()
    if settings.get("role", "village") != "village":
        return _make_official_unit(settings)
    name = canonical(reading(), unit)
    row = find_record(reading(), "unit", name) or find_record(reading(), "unit", unit)
    if row is None:
        raise FolderNotSetUp()
    return {**row, "id": name}


def _make_official_unit(settings: Mapping[str, Any]) -> Row:
    from collector.units.official import find_commune

    commune = find_commune(settings.get("unit_code") or "")
    return {
        "id": settings["unit"],
        "unit": settings["unit"],
        "name": settings.get("village_name") or (commune.name if commune else ""),
        "commune_code": commune.code if commune else None,
        "commune_valid_from": commune.valid_from.isoformat() if commune else None,
        "commune_name": commune.name if commune else None,
        "province_name": commune.province if commune else None,
    }


def posted_record_id() -> str | None:
    """Give the id that the page proposed for what is added, so that the same form sent twice adds one record."""
    sent = request.form.get("record_id", "")
    try:
        return str(UUID(sent)) if sent else None
    except ValueError:
        return None


def is_set_up() -> bool:
    """Tell whether the first run was finished."""
    return bool(services().folder.read_settings().get("set_up"))


def install_login(app: Flask) -> None:
    """Tell Flask-Login how to find accounts, and check every request against its route's decision."""
    manager = LoginManager(app)
    manager.session_protection = None  # the laptop's address changes with every network it joins

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load_user(session_id: str) -> User | None:
        account_id, _, generation = session_id.partition(":")
        account = services().accounts.find(account_id)
        if account is None or not account.active or account.generation != generation:
            return None
        if services().accounts.has_ended(session.get(LOG_IN)):
            return None
        return User(account)

    app.before_request(check_access)


def check_access() -> None:
    """Refuse the request unless its route was opened for the role of whoever asks.

    :raises Unauthorized: if nobody is logged in and the route is not for anyone.
    :raises Forbidden: if the role is not enough, or nobody decided about the route.
    """
    if request.endpoint is None:
        return
    allowed = decision_of(current_app.view_functions.get(request.endpoint))
    role = current_role()
    if permits(allowed, role):
        return
    if role is None and allowed is not None:
        raise Unauthorized()
    raise Forbidden()
