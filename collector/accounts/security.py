"""Refuses requests that another web site sends through somebody's browser, and says where a request comes from.

Host names are checked against a list (DNS rebinding); changes that a browser marks as coming from elsewhere are
refused before anything else looks at them. When phones of the local network are let in, others than the laptop itself
get the addresses of phones and nothing more. Knows no feature.
"""

import ipaddress
import math
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, render_template, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _

from collector.accounts.throttle import Key, Throttle
from collector.errors import CollectorError
from collector.web import services

Found = TypeVar("Found")

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
FOR_PHONES: Final = ("/openrosa/", "/healthz")
"""What other computers and phones may ask for when the laptop listens to its network (`LAN`)."""
FOR_LAPTOPS: Final = "/sync/v1/"
"""What laptops ask a centre for."""
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

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session, but for devices, which have none."""
        if not getattr(response, "is_for_devices", False):
            super().save_session(app, session, response)


def install(app: Flask) -> None:
    """Check every request before anything else does.

    `ALLOWED_HOSTS` names the hosts besides this computer; `LAN` says that phones of the network are let in,
    `SERVES_DEVICES` that laptops may ask under any name: what they send and get is signed.
    """
    app.config.setdefault("ALLOWED_HOSTS", set())
    app.config.setdefault("LAN", False)
    app.config.setdefault("SERVES_DEVICES", False)
    app.session_interface = SessionCookies()
    app.extensions["collector_throttle"] = Throttle()
    app.before_request(refuse_foreign_requests)


def refuse_foreign_requests() -> Response | tuple[str, int] | None:
    """Answer requests for a foreign host (421) or changes sent by a foreign page (403); None lets them pass."""
    if current_app.config["SERVES_DEVICES"] and request.path.startswith(FOR_LAPTOPS):
        return None
    is_named = _is_for_this_computer(host_name(request.host))
    if current_app.config["LAN"] and not _is_from_loopback() and not (is_named and _is_for_phones()):
        return Response("Only phones that ask are served here.\n", 403, mimetype="text/plain")
    if not is_named:
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


def _is_for_phones() -> bool:
    return request.path.startswith(FOR_PHONES)


def _is_for_this_computer(host: str) -> bool:
    """Tell whether a Host header names this computer. Phones name it by its address, never by a name (rebinding)."""
    if host in LOOPBACK_HOSTS | set(current_app.config["ALLOWED_HOSTS"]):
        return True
    return bool(current_app.config["LAN"]) and _is_for_phones() and is_private(host)


def is_private(host: str) -> bool:
    """Tell whether a host is written as an address of a local network: no name, and not this computer."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private and not (address.is_loopback or address.is_unspecified or address.is_link_local)


def _is_from_loopback() -> bool:
    try:
        return _address().is_loopback
    except ValueError:
        return False


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
    return _is_from_loopback()


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
