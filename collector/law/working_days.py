"""Deadlines in working days, over a table of holidays that people edit.

Saturdays and Sundays are days of rest; the first day of a period is not counted (Civil Code 2015, article
147.2). Tết and Giỗ Tổ follow the moon and the exact days off are announced each year, so the shipped table
(`collector/data/holidays.csv`) holds suggestions only: a `day` of the form MM-DD comes back each year, and
`certain` is "no" where the day off depends on the year's announcement. A year for which nobody has entered
holidays must be shown as "holidays not counted". Nothing here reads the clock.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from collector.law.errors import NegativeDuration
from collector.words import N_

HOLIDAYS_NOT_COUNTED: Final = N_("holidays not counted")

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period; `unknown_years` are the years passed through whose holidays nobody entered."""

    day: date
    holidays_counted: bool
    unknown_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SuggestedHoliday:
    """A day off to propose for the table of holidays; not certain: check the year's announcement first."""

    day: date
    name_vi: str
    certain: bool
    source: str


def is_working_day(day: date, holidays: Collection[date] = frozenset()) -> bool:
    """Answer whether a day is neither a weekend nor a holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_working_days(start: date, working_days: int, holidays: Collection[date] = frozenset()) -> date:
    """Answer the day that is so many working days after `start`, which is not counted; zero answers `start`.

    :raises NegativeDuration: if the number of working days is below zero.
    """
    if working_days < 0:
        raise NegativeDuration(working_days=working_days)
    day, left = start, working_days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, holidays)
    return day


def count_working_days(start: date, end: date, holidays: Collection[date] = frozenset()) -> int:
    """Count the working days after `start` up to and including `end`; zero if `end` is not after `start`."""
    span = (end - start).days
    return sum(is_working_day(start + timedelta(days=step), holidays) for step in range(1, span + 1))


def deadline(start: date, working_days: int, holidays: Collection[date], years_known: Collection[int]) -> Deadline:
    """Answer the last day of a period of working days that begins the day after `start`.

    `years_known` are the years whose holidays have been entered, even if there were none.

    :raises NegativeDuration: if the number of working days is below zero.
    """
    day = add_working_days(start, working_days, frozenset(holidays))
    unknown = tuple(year for year in range(start.year, day.year + 1) if year not in years_known)
    return Deadline(day, not unknown, unknown)


def suggested_holidays(year: int) -> tuple[SuggestedHoliday, ...]:
    """List the days off to propose for a year, by date (Labour Code 2019, article 112).

    For years without shipped dates of the lunar calendar only the fixed days are listed: not enough to call
    the year known.
    """
    found = [
        SuggestedHoliday(_day_in(year, line["day"]), line["name_vi"], line["certain"] == "yes", line["source"])
        for line in _read_lines()
        if len(line["day"]) == len("MM-DD") or line["day"].startswith(f"{year:04d}-")
    ]
    return tuple(sorted(found, key=lambda holiday: holiday.day))


def has_lunar_dates(year: int) -> bool:
    """Answer whether the shipped table knows Tết of a year."""
    return any(line["day"].startswith(f"{year:04d}-") for line in _read_lines())


def _day_in(year: int, day: str) -> date:
    return date.fromisoformat(day if len(day) > len("MM-DD") else f"{year:04d}-{day}")


@cache
def _read_lines() -> tuple[dict[str, str], ...]:
    table = files("collector.data").joinpath("holidays.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(table.splitlines()))
