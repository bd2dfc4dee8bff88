"""Values of expressions and how they turn into each other, as ODK XForms extends XPath 1.0.

Numbers are floats, texts str, truths bool, node-sets lists of nodes. Days are texts `YYYY-MM-DD` and become numbers as
days since 1970-01-01; moments count their part of the day in their own zone, so that `now() >= today()` always holds.
Like ODK Collect, and unlike bare XPath 1.0, a question without an answer counts as false.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from collector.questionnaires.errors import EvaluationFailed
from collector.questionnaires.nodes import Node

Value = float | str | bool | list[Node]

MAX_TEXT: Final = 50_000
"""The longest text that an expression may build."""
_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9:]{2,6})?"
)
_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9:]{2,6})?")
_EPOCH: Final = date(1970, 1, 1)
_SECONDS_PER_DAY: Final = 86_400


def to_text(value: Value) -> str:
    """Turn a value into text; of a node-set, its first node."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, list):
        return value[0].value if value else ""
    return value


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def to_number(value: Value) -> float:
    """Turn a value into a number: NaN for empty or other text, days since 1970-01-01 for days and moments."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float):
        return value
    text = to_text(value).strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    return to_days(text)


def to_boolean(value: Value) -> bool:
    """Turn a value into a truth: numbers unless 0 or NaN, texts unless empty, nodes unless none has any content."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if isinstance(value, list):
        return any(node.children or node.text for node in value)
    return bool(value)


def to_days(text: str) -> float:
    """Count the days since 1970-01-01 that a day or a moment stands for; NaN for any other text."""
    try:
        if _DAY.fullmatch(text):
            return float((date.fromisoformat(text) - _EPOCH).days)
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return (moment.date() - _EPOCH).days + seconds_of(moment.time()) / _SECONDS_PER_DAY
    except ValueError:
        return math.nan
    return math.nan


def seconds_of(moment: time) -> float:
    """Count the seconds since midnight."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def to_day(value: Value) -> str:
    """Turn a value into a day `YYYY-MM-DD`; empty if it is empty or NaN.

    :raises EvaluationFailed: if it stands for no day.
    """
    if not isinstance(value, float):
        text = to_text(value).strip()
        if not text or text == "NaN":
            return ""
        days = to_number(text)
    else:
        days = value
        if math.isnan(days):
            return ""
    try:
        return (_EPOCH + timedelta(days=math.floor(days))).isoformat()
    except (ValueError, OverflowError):
        raise EvaluationFailed(reason="not_a_date", value=to_text(value)[:40]) from None


def to_moment(value: Value, zone: "datetime") -> datetime | None:
    """Turn a value into a moment, in the zone of another moment when it names none; None if it is empty.

    :raises EvaluationFailed: if it stands for no moment.
    """
    try:
        if isinstance(value, float):
            if math.isnan(value):
                return None
            return datetime(1970, 1, 1, tzinfo=zone.tzinfo) + timedelta(days=value)
        text = to_text(value).strip()
        if not text or text == "NaN":
            return None
        if _NUMBER.fullmatch(text):
            return to_moment(float(text), zone)
        if not (_DAY.fullmatch(text) or _MOMENT.fullmatch(text)):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise EvaluationFailed(reason="not_a_date", value=to_text(value)[:40]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone.tzinfo)


def to_time(value: Value) -> time | None:
    """Turn a value into a time of the day; None if it is empty.

    :raises EvaluationFailed: if it stands for none.
    """
    text = to_text(value).strip()
    if not text or text == "NaN":
        return None
    try:
        if _TIME.fullmatch(text):
            return time.fromisoformat(text.zfill(5) if text[1] == ":" else text)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).timetz()
    except ValueError:
        pass
    raise EvaluationFailed(reason="not_a_time", value=text[:40])


def checked_text(text: str) -> str:
    """Give a text back unless it grew beyond all use.

    :raises EvaluationFailed: if it is longer than `MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise EvaluationFailed(reason="text_too_long")
    return text
