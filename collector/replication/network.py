"""Whether there is a network at all, found out without sending anything."""

import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

ELSEWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses that belong to nobody: whether there would be a way to them says whether there is a way out."""
_PORT: Final = 9


def has_route(url: str) -> bool:
    """Tell whether the computer would know where to send something for this address. Nothing is sent, not even a name
    is looked up: connecting a datagram socket only asks the system for a route."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return any(_is_reachable(place, family) for place, family in ELSEWHERE)
    return _is_reachable(str(address), socket.AF_INET if address.version == 4 else socket.AF_INET6)


def _is_reachable(address: str, family: int) -> bool:
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, _PORT))
        return True
    return False
