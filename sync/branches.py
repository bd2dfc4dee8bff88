"""Names of branches: what an epoch is called here after two disks continued it differently.

A clone of a laptop goes on under the same name. Both continuations are kept: the one that came first keeps the
epoch's name, another is stored under `epoch~sequence.hash`, where `sequence` is its first own number and the hash is
that of its chain there. Such names never leave a folder: outside, a revision is named by its root epoch, its number
and, where it matters, a mark from its hash. Pure.
"""

import base64
from collections.abc import Iterator
from typing import Final

_FORK: Final = "~"


def root_of(epoch: str) -> str:
    """Give the name that the epoch had before it forked, as it is known everywhere."""
    return epoch.partition(_FORK)[0]


def name_branch(epoch: str, sequence: int, chain: bytes) -> str:
    """Name the continuation of `epoch` that differs from `sequence` on and has this chain there."""
    return f"{epoch}{_FORK}{sequence}.{base64.b32encode(chain[:10]).decode().lower()}"


def base_of(epoch: str) -> int:
    """Give the first number that is stored under this name itself; those before it belong to the parent."""
    return int(epoch.rpartition(_FORK)[2].partition(".")[0]) if _FORK in epoch else 1


def home_of(epoch: str, sequence: int) -> str:
    """Give the name under which revision `sequence` of this branch is stored."""
    while _FORK in epoch and sequence < base_of(epoch):
        epoch = epoch.rpartition(_FORK)[0]
    return epoch


def stretches(epoch: str, first: int, last: int) -> Iterator[tuple[str, int, int]]:
    """Split the numbers `first` to `last` of a branch into (stored name, from, to), in order."""
    parts = []
    while first <= last:
        home = home_of(epoch, last)
        begin = max(first, base_of(home))
        parts.append((home, begin, last))
        last = begin - 1
    yield from reversed(parts)
