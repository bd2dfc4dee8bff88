"""Long answers of the centre, kept in a folder for a while, since they are given piece by piece.

The last page and the last other answer of each device are kept, as they were signed: what a page holds is sealed to
that device alone. All processes that serve a centre share the folder. Nothing depends on it: what is not here any
more is asked anew.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from sync.errors import AnswerGone
from sync.keys import SIGNATURE_BYTES
from sync.signing import hash_content, name_answer

PAGE: Final = "page"
OTHER: Final = "other"
KEPT_SECONDS: Final = 7 * 24 * 3600
MAX_TOTAL_BYTES: Final = 256 * 1024 * 1024
"""How much is kept of all devices together; the oldest goes first."""
_MARK_BYTES: Final = 32


class KeptAnswers:
    """Keeps long answers in a folder: of each device the last one of each sort."""

    def __init__(
        self, folder: Path, now_s: Callable[[], float] = time.time, max_total_bytes: int = MAX_TOTAL_BYTES
    ) -> None:
        self._folder = folder
        self._now_s = now_s
        self._max_total_bytes = max_total_bytes

    def keep(self, device: str, sort: str, mark: str, answer: bytes) -> bool:
        """Keep an answer instead of the last one of its sort; tell whether that was possible.

        `mark` names all that may not change before more of it is given.
        """
        made = self._folder / f".{device}.{secrets.token_hex(6)}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(_digest(mark) + answer)
            made.replace(self._find_path(device, sort))
        except OSError:
            with contextlib.suppress(OSError):
                made.unlink(missing_ok=True)
            return False
        with contextlib.suppress(OSError):
            self._tidy()
        return True

    def forget(self, device: str, sort: str) -> None:
        """Throw away what is kept, since the device asks for something else."""
        with contextlib.suppress(OSError):
            self._find_path(device, sort).unlink(missing_ok=True)

    def read(self, device: str, name: str, mark: str, offset: int, length: int) -> bytes:
        """Give a piece of an answer.

        :raises AnswerGone: if this one is not kept, or something changed since.
        """
        for sort in (PAGE, OTHER):
            with contextlib.suppress(OSError), self._find_path(device, sort).open("rb") as file:
                is_old = abs(self._now_s() - os.fstat(file.fileno()).st_mtime) > KEPT_SECONDS
                if not is_old and _holds(file, name, mark):
                    file.seek(_MARK_BYTES + offset)
                    return file.read(length)
        raise AnswerGone(name=name)

    def _find_path(self, device: str, sort: str) -> Path:
        return self._folder / f"{device}.{sort}"

    def _tidy(self) -> None:
        """Throw away what is old, and the oldest of what is too much."""
        with os.scandir(self._folder) as found:
            files = sorted(((each.stat().st_mtime, each.stat().st_size, each.name) for each in found), reverse=True)
        total = 0
        for moment, size, name in files:
            total += size
            if total > self._max_total_bytes or abs(self._now_s() - moment) > KEPT_SECONDS:
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink()


def _holds(file: BinaryIO, name: str, mark: str) -> bool:
    return file.read(_MARK_BYTES) == _digest(mark) and name_answer(file.read(SIGNATURE_BYTES)) == name


def _digest(mark: str) -> bytes:
    return hash_content(mark.encode())
