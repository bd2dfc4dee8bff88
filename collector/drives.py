"""Finds USB sticks and memory cards that are plugged in. A person may always name another folder."""

import os
import re
import shutil
import string
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_REMOVABLE: Final = 2
"""DRIVE_REMOVABLE of the Windows function GetDriveTypeW."""
_PLACES: Final = ("/media", "/run/media", "/mnt", "/Volumes")
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Drive:
    """A stick that is plugged in: its folder, its name, free bytes, and whether it can be written."""

    path: Path
    label: str
    free_bytes: int
    is_writable: bool


def list_drives() -> list[Drive]:
    """List the sticks that can be read now, also those that are write protected."""
    found = _windows_drives() if sys.platform == "win32" else _mounted()
    drives = []
    for path in dict.fromkeys(found):
        with suppress(OSError):
            free = shutil.disk_usage(path).free
            drives.append(Drive(path, path.name or str(path), free, os.access(path, os.W_OK)))
    return drives


def list_sticks() -> list[Path]:
    """List the folders of sticks that can be written now."""
    return [drive.path for drive in list_drives() if drive.is_writable]


def _mounted(table: Path = Path("/proc/mounts"), system: Path = Path("/sys")) -> Iterator[Path]:
    """Give the places where something removable is mounted, or where people and desktops mount sticks."""
    if table.exists():
        for line in table.read_bytes().splitlines():
            source, place = (_unescape(part) for part in line.split(b" ")[:2])
            if source.startswith("/dev/") and (_is_in(Path(place)) or _is_removable(Path(source).name, system)):
                yield Path(place)
        return
    yield from (path for path in sorted(Path("/Volumes").glob("*")) if path.is_dir() and os.path.ismount(path))


def _unescape(part: bytes) -> str:
    return os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), part))


def _is_in(place: Path) -> bool:
    return any(place.is_relative_to(parent) and str(place) != parent for parent in _PLACES)


def _is_removable(name: str, system: Path) -> bool:
    """Tell whether a block device, or the disk that a partition lies on, is removable or hangs on USB."""
    with suppress(OSError):
        where = (system / "class" / "block" / name).resolve(strict=True)
        for folder in (where, where.parent):
            if (folder / "removable").is_file() and (folder / "removable").read_text().strip() == "1":
                return True
        return any(re.fullmatch(r"usb\d+", part) for part in where.parts)
    return False


def _windows_drives() -> Iterator[Path]:
    import ctypes

    kind = getattr(ctypes, "windll").kernel32.GetDriveTypeW  # noqa: B009 - unknown to type checkers elsewhere
    yield from (Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:] if kind(f"{letter}:\\") == _REMOVABLE)
