"""The addresses under which phones in the same network reach this laptop. Sends nothing."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Final

from collector.accounts.security import is_private

_ASK_FOR_ADDRESS: Final = 0x8915  # SIOCGIFADDR of Linux
_NOT_REAL: Final = ("docker", "br-", "veth", "virbr", "vmnet", "tun", "tap")
"""How interfaces are called that lead to programs on this computer and not to phones."""


def list_addresses() -> list[str]:
    """List the private IPv4 addresses of this laptop; the one that leads to other networks comes first."""
    found = dict.fromkeys([*_find_main(), *_list_interfaces(), *_list_names()])
    return [address for address in found if is_private(address)]


def _find_main() -> Iterator[str]:
    """Ask the system which address it would use; connecting a datagram socket sends nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address kept for documentation, RFC 5737
        yield probe.getsockname()[0]


def _list_interfaces() -> Iterator[str]:
    """Ask Linux for the address of each interface; a laptop that opens a hotspot has no way out to be found by."""
    try:
        from fcntl import ioctl
    except ImportError:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _number, name in socket.if_nameindex():
            if name.startswith(_NOT_REAL):
                continue
            with contextlib.suppress(OSError):
                answer = ioctl(probe.fileno(), _ASK_FOR_ADDRESS, struct.pack("256s", name.encode()[:15]))
                yield socket.inet_ntoa(answer[20:24])


def _list_names() -> Iterator[str]:
    """Look up the computer's own name, which lists every interface on Windows."""
    with contextlib.suppress(OSError):
        for *_rest, place in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            yield str(place[0])
