"""Days and times as people see them: Việt Nam keeps UTC+7 all year, so no time zone table is needed."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

ZONE: Final = timezone(timedelta(hours=7), "+07")


def now() -> datetime:
    """Give the present moment in Việt Nam."""
    return datetime.now(ZONE)


def read_offset_seconds() -> float:
    """Give how far the clock is ahead of a steady one that also counts sleep; only setting the clock changes it."""
    steady = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.time() - (time.monotonic() if steady is None else time.clock_gettime(steady))


def today() -> date:
    """Give the present day in Việt Nam."""
    return now().date()


def utc_text(moment: datetime) -> str:
    """Write a moment as it is stored: UTC ISO 8601 with seconds and `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def local_time(text: str) -> datetime:
    """Read a stored instant as a moment in Việt Nam."""
    return datetime.fromisoformat(text).astimezone(ZONE)


def local_input(text: str) -> datetime:
    """Read what a `datetime-local` field sends as a moment in Việt Nam.

    :raises ValueError: if it is no date and time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def from_stamp(stamp: int) -> datetime:
    """Give the wall-clock moment of a stamp, in Việt Nam."""
    return datetime.fromtimestamp((stamp >> 16) / 1000, ZONE)
