"""Reporting periods and calendar months.

The reporting year runs from 15 December to 14 December, its half years from 15 December to 14 June and from
15 June to 14 December (Decree 09/2019, as copied in the rules read). Other dates can be passed in: the
plan's own are not known. A period is named by the year in which it ends. Nothing here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from collector.law.errors import UnknownPeriod


@dataclass(frozen=True, slots=True)
class PeriodStart:
    """The day on which the reporting year begins, in every year; days above 28 are not supported."""

    month: int = 12
    day: int = 15


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included; `label` is 2026, 2026-H1 or 2026-H2."""

    label: str
    starts_on: date
    ends_on: date

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


DEFAULT_START: Final = PeriodStart()

_LABEL = re.compile(r"([0-9]{4})(?:-H([12]))?")


def reporting_period(day: date, start: PeriodStart = DEFAULT_START) -> Period:
    """Answer the reporting year that a day lies in."""
    year = _year_of(day, start)
    return Period(f"{year:04d}", _begin(year, start), _begin(year + 1, start) - timedelta(days=1))


def half_year_period(day: date, start: PeriodStart = DEFAULT_START) -> Period:
    """Answer the half year that a day lies in."""
    year = _year_of(day, start)
    middle = add_months(_begin(year, start), 6)
    if day < middle:
        return Period(f"{year:04d}-H1", _begin(year, start), middle - timedelta(days=1))
    return Period(f"{year:04d}-H2", middle, _begin(year + 1, start) - timedelta(days=1))


def get_period(label: str, start: PeriodStart = DEFAULT_START) -> Period:
    """Answer the period of a label: 2026, 2026-H1 or 2026-H2.

    :raises UnknownPeriod: if the label names none.
    """
    match = _LABEL.fullmatch(label.strip().upper())
    if match is None or not 2 <= int(match[1]) <= 9998:
        raise UnknownPeriod(label=label)
    begins = _begin(int(match[1]), start)
    if match[2] is None:
        return reporting_period(begins, start)
    return half_year_period(begins if match[2] == "1" else add_months(begins, 6), start)


def add_months(day: date, months: int) -> date:
    """Answer the same day so many months later, or the last day of a month that is too short."""
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_between(start: date, end: date) -> int:
    """Count the whole months from `start` to `end`; negative if `end` is earlier."""
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def _year_of(day: date, start: PeriodStart) -> int:
    """Name the year in which the period holding a day ends."""
    if (start.month, start.day) == (1, 1):
        return day.year
    return day.year + ((day.month, day.day) >= (start.month, start.day))


def _begin(year: int, start: PeriodStart) -> date:
    first_year = year if (start.month, start.day) == (1, 1) else year - 1
    return date(first_year, start.month, start.day)
