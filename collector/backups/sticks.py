"""Finds USB sticks and memory cards that are plugged in. A person may always name another folder."""

import os
import string
import sys
from collections.abc import Iterator
from pathlib import Path

_REMOVABLE = 2
"""DRIVE_REMOVABLE of the Windows function GetDriveTypeW."""


def list_sticks() -> list[Path]:
    """List the folders of sticks that can be written now."""
    found = _windows_drives() if sys.platform == "win32" else _mounted()
    return [path for path in found if os.access(path, os.W_OK)]


def _mounted() -> Iterator[Path]:
    for parent, depth in (("/media", "*/*"), ("/media", "*"), ("/run/media", "*/*"), ("/Volumes", "*")):
        yield from (path for path in sorted(Path(parent).glob(depth)) if path.is_dir() and os.path.ismount(path))


def _windows_drives() -> Iterator[Path]:
    import ctypes

    kind = getattr(ctypes, "windll").kernel32.GetDriveTypeW  # noqa: B009 - unknown to type checkers elsewhere
    yield from (Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:] if kind(f"{letter}:\\") == _REMOVABLE)
