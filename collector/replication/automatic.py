"""When a laptop that may do so sends and receives by itself: a pure decision, and the setting behind it."""

from dataclasses import dataclass
from typing import Final

from collector.folder import DataFolder

SETTING: Final = "automatic_sync"
WHEN_CHANGED_SECONDS: Final = 120.0
"""How long after the last exchange something new is sent."""
WHEN_QUIET_SECONDS: Final = 1_800.0
"""How long after the last exchange others are asked for news."""
FIRST_RETRY_SECONDS: Final = 60.0
LAST_RETRY_SECONDS: Final = 3_600.0


@dataclass(slots=True)
class Attempts:
    """What came of earlier attempts: when the last one ended (in the time of `time.monotonic`) and how many failed."""

    ended: float | None = None
    failures: int = 0

    def note(self, ended: float, *, is_done: bool) -> None:
        """Remember an attempt."""
        self.ended = ended
        self.failures = 0 if is_done else self.failures + 1

    def forget_failures(self) -> None:
        """Begin anew: the network was away, so what failed before says nothing about the one that comes."""
        if self.failures:
            self.ended, self.failures = None, 0

    def is_due(self, moment: float, *, has_news: bool) -> bool:
        """Tell whether it is time for another attempt."""
        if self.ended is None:
            return True
        waited = moment - self.ended
        if self.failures:
            doublings = min(self.failures - 1, 10)
            return waited >= min(FIRST_RETRY_SECONDS * (1 << doublings), LAST_RETRY_SECONDS)
        return waited >= (WHEN_CHANGED_SECONDS if has_news else WHEN_QUIET_SECONDS)


def is_allowed(folder: DataFolder) -> bool:
    """Tell whether somebody allowed this laptop to send and receive by itself."""
    return folder.read_settings().get(SETTING) is True


def allow(folder: DataFolder, *, allowed: bool) -> None:
    """Allow it, or not any more."""
    folder.write_settings(**{SETTING: allowed})
