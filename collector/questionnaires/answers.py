"""One answer as it is typed: brought into the form in which it is kept, or refused with a code.

Kept are texts as ODK XForms writes them: whole numbers without leading zeros, decimals with a point, days `YYYY-MM-DD`,
times with seconds, several choices parted by spaces in the order of the list.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from collector.questionnaires.form import Control, Question
from collector.questionnaires.values import to_number

Raw = str | Sequence[str] | None
MAX_ANSWER: Final = 2_000
MAX_INTEGER: Final = 2**31 - 1
"""ODK's `int` has 32 bits."""
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_WHOLE: Final = re.compile(r"-?[0-9]{1,20}")
_DECIMAL: Final = re.compile(r"-?(?:[0-9]{1,20}(?:[.,][0-9]{0,15})?|[.,][0-9]{1,15})")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ACKNOWLEDGED: Final = "OK"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an answer: the question, a code, the form's own words for it if it has any.

    Codes: required, not_a_whole_number, not_a_number, too_large, out_of_range, not_a_date, not_a_time, not_a_choice,
    too_long, constraint.
    """

    path: str
    code: str
    message: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


class NotTaken(Exception):
    """An answer that is not taken; carries the code."""

    def __init__(self, code: str, **context: Any) -> None:
        super().__init__(code)
        self.code = code
        self.context = context


def clean_answer(question: Question, raw: Raw, choices: Iterable[str]) -> str:
    """Bring an answer into the form in which it is kept; nothing answered is an empty text.

    :raises NotTaken: if it is no answer to this question.
    """
    if question.control is Control.SEVERAL:
        return _clean_several(raw, list(choices))
    text = raw if isinstance(raw, str) else " ".join(raw or ())
    text = unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()
    if not text:
        return ""
    if question.control is Control.ONE:
        if text not in choices:
            raise NotTaken("not_a_choice")
        return text
    return _CLEANERS.get(question.control, _clean_text)(question, text)


def _clean_several(raw: Raw, choices: list[str]) -> str:
    chosen = raw.split() if isinstance(raw, str) else [each for text in raw or () for each in text.split()]
    if not set(chosen) <= set(choices):
        raise NotTaken("not_a_choice")
    return " ".join(value for value in dict.fromkeys(choices) if value in chosen)


def _clean_text(_: Question, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_ANSWER:
        raise NotTaken("too_long", limit=MAX_ANSWER, length=len(text))
    return text


def _clean_integer(question: Question, text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise NotTaken("not_a_whole_number")
    number = int(text)
    if abs(number) > MAX_INTEGER:
        raise NotTaken("too_large", limit=MAX_INTEGER)
    _refuse_outside(question, number)
    return str(number)


def _clean_decimal(question: Question, text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        raise NotTaken("not_a_number")
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise NotTaken("not_a_number") from None
    _refuse_outside(question, float(number))
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _refuse_outside(question: Question, number: float) -> None:
    low, high, step = to_number(question.low), to_number(question.high), to_number(question.step)
    if math.isnan(low) or math.isnan(high):
        return
    low, high = min(low, high), max(low, high)
    steps = (number - low) / step if step else 0.0
    if not low <= number <= high or (step and not math.isnan(step) and abs(steps - round(steps)) > 1e-9):
        raise NotTaken("out_of_range", low=question.low, high=question.high, step=question.step)


def _clean_date(_: Question, text: str) -> str:
    day_first = _DAY_FIRST.fullmatch(text)
    try:
        iso = "-".join(day_first[number].zfill(2) for number in (3, 2, 1)) if day_first else text
        found = date.fromisoformat(iso)
    except ValueError:
        raise NotTaken("not_a_date") from None
    if not 1800 <= found.year <= 2199:
        raise NotTaken("not_a_date")
    return found.isoformat()


def _clean_time(_: Question, text: str) -> str:
    try:
        found = time.fromisoformat(text.zfill(5) if ":" in text[:2] else text)
    except ValueError:
        raise NotTaken("not_a_time") from None
    if ":" not in text:
        raise NotTaken("not_a_time")
    return found.replace(tzinfo=None, microsecond=0).isoformat()


def _clean_moment(_: Question, text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NotTaken("not_a_time") from None
    if not 1800 <= found.year <= 2199:
        raise NotTaken("not_a_time")
    return found.isoformat(timespec="seconds")


def _clean_acknowledgement(_: Question, text: str) -> str:
    if text not in (ACKNOWLEDGED, "on", "1", "true", "yes"):
        raise NotTaken("not_a_choice")
    return ACKNOWLEDGED


_CLEANERS: Final[Mapping[Control, Callable[[Question, str], str]]] = {
    Control.INTEGER: _clean_integer,
    Control.DECIMAL: _clean_decimal,
    Control.DATE: _clean_date,
    Control.TIME: _clean_time,
    Control.MOMENT: _clean_moment,
    Control.ACKNOWLEDGE: _clean_acknowledgement,
}
