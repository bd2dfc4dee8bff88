"""How long before a meeting or a ballot people must have the notice.

Periods are whole calendar days in Việt Nam (UTC+7); the day of the notice is not counted, so a notice of
two days sent on the 1st allows a meeting on the 3rd. A kind without a period known from the text of a law
has none here: the screen must then not claim one. Nothing here reads the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from collector.law.errors import UnknownMeetingKind
from collector.words import N_

COMMUNITY_MEETING: Final = "community_meeting"
VILLAGE_CONFERENCE: Final = "village_conference"
DIALOGUE: Final = "dialogue"
HOUSEHOLD_BALLOT: Final = "household_ballot"

VIETNAM: Final = timezone(timedelta(hours=7))

NOTICE_TOO_SHORT: Final = N_(
    "The invitation gives less than %(needed_days)s days. Choose a meeting day from %(earliest_start)s."
)


@dataclass(frozen=True, slots=True)
class NoticePeriod:
    """The smallest number of days between notice and meeting, and the text it was read from."""

    days: int
    source: str


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """Whether a notice was early enough; needed days and earliest start are None where no period is known."""

    enough: bool
    needed_days: int | None
    given_days: int
    earliest_start: date | None
    source: str | None


_PERIODS: Final[dict[str, NoticePeriod | None]] = {
    COMMUNITY_MEETING: NoticePeriod(2, "Nghị định số 59/2023/NĐ-CP, Mẫu số 01"),
    VILLAGE_CONFERENCE: NoticePeriod(5, "Luật số 10/2022/QH15, Điều 33"),
    DIALOGUE: None,
    HOUSEHOLD_BALLOT: NoticePeriod(2, "Luật số 10/2022/QH15, Điều 19"),
}


def notice_period(kind: str) -> NoticePeriod | None:
    """Answer the notice period of a kind of meeting, or None where none is known from a law.

    Community meeting: Decree 59/2023, form 01; village conference: Law 10/2022/QH15, article 33; household
    ballot: article 19.

    :raises UnknownMeetingKind: if there is no such kind.
    """
    if kind not in _PERIODS:
        raise UnknownMeetingKind(kind=kind)
    return _PERIODS[kind]


def check_notice(kind: str, invited: date | datetime, starts: date | datetime) -> NoticeResult:
    """Check that a notice came early enough; times with a zone are first moved to Việt Nam's day.

    :raises UnknownMeetingKind: if there is no such kind.
    """
    period = notice_period(kind)
    invited_on = _local_day(invited)
    given = (_local_day(starts) - invited_on).days
    if period is None:
        return NoticeResult(True, None, given, None, None)
    earliest = invited_on + timedelta(days=period.days)
    return NoticeResult(given >= period.days, period.days, given, earliest, period.source)


def _local_day(moment: date | datetime) -> date:
    if not isinstance(moment, datetime):
        return moment
    return moment.date() if moment.tzinfo is None else moment.astimezone(VIETNAM).date()
