"""Keeps the memory of a serving process small."""

import contextlib
import sys
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's `mallopt`."""
ARENAS: Final = 2


def share_arenas() -> None:
    """Have the threads share two arenas of the C library instead of up to eight per processor.

    A thread that once needed much never gives it back to the others, so ten threads held half as much again. Where
    there is another C library nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # only servers need it

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)
