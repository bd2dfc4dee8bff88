"""Refuses requests that another web site sends through somebody's browser, and says where a request comes from.

Host names are checked against a list (DNS rebinding); changes that a browser marks as coming from elsewhere are
refused before anything else looks at them. Knows no feature.
"""

import ipaddress
import math
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext as _

from collector.accounts.throttle import Key, Throttle
from collector.errors import CollectorError
from collector.web import services

Found = TypeVar("Found")

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
HERE_LONGEST_SECONDS: Final = 30.0
"""On the laptop itself nobody is kept out for longer; who sits there holds the computer anyway."""
ELSEWHERE_LONGEST_SECONDS: Final = 900.0


class TooManyTries(CollectorError):
    """Too many wrong passwords; `seconds` says how long to wait."""

    code = "too_many_tries"
    status = 429

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(seconds=self.seconds)


class SessionCookies(SecureCookieSessionInterface):
    """Cookies of a session; one that was given over TLS never travels without it."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Mark the cookie as secure when this request came over TLS."""
        return request.is_secure


def install(app: Flask) -> None:
    """Check every request before anything else does. `ALLOWED_HOSTS` names the hosts besides this computer."""
    app.config.setdefault("ALLOWED_HOSTS", set())
    app.session_interface = SessionCookies()
    app.extensions["collector_throttle"] = Throttle()
    app.before_request(refuse_foreign_requests)


def refuse_foreign_requests() -> tuple[str, int] | None:
    """Answer requests for a foreign host (421) or changes sent by a foreign page (403); None lets them pass."""
    if host_name(request.host) not in LOOPBACK_HOSTS | set(current_app.config["ALLOWED_HOSTS"]):
        return _refuse(
            421,
            _("This address does not belong to this computer."),
            _("Please open Collector with its shortcut, or type http://127.0.0.1:8350 on the village computer."),
        )
    if request.method not in {"GET", "HEAD", "OPTIONS"} and is_sent_from_elsewhere():
        return _refuse(
            403,
            _("Another web site tried to change something here. Nothing was changed."),
            _("Please close that web site, open Collector again and repeat."),
        )
    return None


def _refuse(code: int, title: str, advice: str) -> tuple[str, int]:
    return render_template("error.html", code=code, title=title, advice=advice), code


def host_name(host: str) -> str:
    """Give the name in a Host header, without port and brackets, in small letters."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name.strip("[]").rstrip(".").lower()


def is_sent_from_elsewhere() -> bool:
    """Tell whether the browser says that a page of another origin sent this request."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()


def is_on_this_computer() -> bool:
    """Tell whether whoever asks sits at the laptop itself; a centre behind a proxy has nobody there."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if forwarded or services().folder.read_settings().get("role") == "central":
        return False
    try:
        return _address().is_loopback
    except ValueError:
        return False


def _address() -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(request.remote_addr or "")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def throttle() -> Throttle:
    """Give the counter of tries of the running application."""
    return cast("Throttle", current_app.extensions["collector_throttle"])


def account_key(name: str) -> Key:
    """Count tries at one account; tries over the network never slow down the laptop itself."""
    if is_on_this_computer():
        return Key(f"here:{name}", HERE_LONGEST_SECONDS)
    return Key(f"elsewhere:{name[:100]}", ELSEWHERE_LONGEST_SECONDS)


def address_keys() -> tuple[Key, ...]:
    """Count tries from one address: of IPv6 the network, since one device has many. None for the laptop itself."""
    if is_on_this_computer():
        return ()
    try:
        address: Any = _address()
    except ValueError:
        return (Key("address:unknown", ELSEWHERE_LONGEST_SECONDS),)
    if address.version == 6:
        address = ipaddress.ip_network((address, 64), strict=False)
    return (Key(f"address:{address}", ELSEWHERE_LONGEST_SECONDS),)


def guess(name: str, check: Callable[[], Found | None]) -> Found | None:
    """Have `check` try a password at the account `name` unless that has to wait; None if the password was wrong.

    :raises TooManyTries: if nothing was tried because there were too many wrong passwords.
    """
    account, addresses = account_key(name), address_keys()
    wait = throttle().attempt(account, *addresses)
    if wait > 0:
        raise TooManyTries(wait)
    found = check()
    if found:
        throttle().forgive(account)
        for address in addresses:
            throttle().take_back(address)
    return found
