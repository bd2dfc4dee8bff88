"""Ports for servers that are started as processes of their own, or again at the port that they had.

They lie below those that systems lend to outgoing connections, so none of these takes a port before its server does.
"""

import itertools
import os
import random
import socket
from typing import Final

_MOST_WORKERS: Final = 16
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _MOST_WORKERS
_ports = list(range(20_000 + _worker, 32_000, _MOST_WORKERS))
random.Random(os.getpid()).shuffle(_ports)
_next = itertools.cycle(_ports)


def find_port() -> int:
    """Find a port that nobody listens on, another one each time."""
    for port in _next:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("the ports never end")
