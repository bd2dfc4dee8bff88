"""The functions about days and times, as ODK XForms describes them."""

import math
import re
from datetime import UTC, datetime
from typing import Final

from collector.questionnaires.scope import Scope
from collector.questionnaires.values import Value, seconds_of, to_day, to_moment, to_text, to_time

_SECONDS_PER_DAY: Final = 86_400
_CODE: Final = re.compile(r"%([YymnbdeaHhMS3])")


def date(_: Scope, value: Value) -> Value:
    """Turn a day, a moment or a number of days since 1970-01-01 into a day."""
    return to_day(value)


def date_time(scope: Scope, value: Value) -> Value:
    """Turn a day, a moment or a number of days since 1970-01-01 into a moment."""
    moment = to_moment(value, scope.world.now)
    return "" if moment is None else moment.isoformat(timespec="milliseconds")


def decimal_date_time(scope: Scope, value: Value) -> Value:
    """Count the days since 1970-01-01T00:00Z; a day begins at midnight here."""
    if isinstance(value, float):
        return value
    moment = to_moment(value, scope.world.now)
    if moment is None:
        return math.nan
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / _SECONDS_PER_DAY


def decimal_time(_: Scope, value: Value) -> Value:
    """Give the part of the day that has passed at a time: 0.5 at noon."""
    if isinstance(value, float):
        return value - math.floor(value) if math.isfinite(value) else math.nan
    moment = to_time(value)
    return math.nan if moment is None else seconds_of(moment) / _SECONDS_PER_DAY


def format_date(scope: Scope, value: Value, pattern: Value) -> Value:
    """Write a day or a moment by a pattern of `%` codes; a month or a weekday in words comes as its number.

    Words for months and weekdays would be in one language for all readers, so `%b` and `%a` are written as people here
    write them: `Th 3`, `T2` to `T7` and `CN`.
    """
    moment = to_moment(value if to_text(value) else "", scope.world.now)
    if moment is None:
        return ""
    return _CODE.sub(lambda found: _write(moment, found[1]), to_text(pattern)[:200])


def _write(moment: datetime, code: str) -> str:
    weekday = "CN" if moment.weekday() == 6 else f"T{moment.weekday() + 2}"
    return {
        "Y": f"{moment.year:04}",
        "y": f"{moment.year % 100:02}",
        "m": f"{moment.month:02}",
        "n": str(moment.month),
        "b": f"Th {moment.month}",
        "d": f"{moment.day:02}",
        "e": str(moment.day),
        "a": weekday,
        "H": f"{moment.hour:02}",
        "h": str(moment.hour),
        "M": f"{moment.minute:02}",
        "S": f"{moment.second:02}",
        "3": f"{moment.microsecond // 1000:03}",
    }[code]
