"""Notice periods before meetings and ballots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.law.errors import UnknownMeetingKind
from collector.law.notices import (
    COMMUNITY_MEETING,
    DIALOGUE,
    HOUSEHOLD_BALLOT,
    VILLAGE_CONFERENCE,
    check_notice,
    notice_period,
)


@pytest.mark.parametrize(("kind", "days"), [(COMMUNITY_MEETING, 2), (VILLAGE_CONFERENCE, 5), (HOUSEHOLD_BALLOT, 2)])
def test_known_periods(kind: str, days: int) -> None:
    period = notice_period(kind)
    assert period is not None
    assert period.days == days
    assert period.source


def test_dialogue_has_no_known_period_and_claims_none() -> None:
    assert notice_period(DIALOGUE) is None
    result = check_notice(DIALOGUE, date(2026, 3, 1), date(2026, 3, 1))
    assert result.enough
    assert result.needed_days is None
    assert result.earliest_start is None


def test_two_days_before_is_enough_and_one_is_not() -> None:
    invited = date(2026, 3, 1)
    assert check_notice(COMMUNITY_MEETING, invited, date(2026, 3, 3)).enough
    late = check_notice(COMMUNITY_MEETING, invited, date(2026, 3, 2))
    assert not late.enough
    assert (late.needed_days, late.given_days, late.earliest_start) == (2, 1, date(2026, 3, 3))


def test_hours_of_the_day_do_not_matter_but_the_vietnamese_day_does() -> None:
    # 23:30 UTC on the 1st is 06:30 on the 2nd in Việt Nam.
    invited = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert check_notice(COMMUNITY_MEETING, invited, date(2026, 3, 3)).given_days == 1
    assert check_notice(COMMUNITY_MEETING, datetime(2026, 3, 1, 23, 30), datetime(2026, 3, 3, 7)).enough


def test_meeting_before_the_invitation_is_not_enough() -> None:
    assert not check_notice(VILLAGE_CONFERENCE, date(2026, 3, 9), date(2026, 3, 1)).enough


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownMeetingKind):
        notice_period("party")


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(-10, 30),
    st.sampled_from([COMMUNITY_MEETING, VILLAGE_CONFERENCE, HOUSEHOLD_BALLOT]),
)
def test_enough_exactly_from_the_earliest_start(invited: date, gap: int, kind: str) -> None:
    starts = invited + timedelta(days=gap)
    result = check_notice(kind, invited, starts)
    assert result.earliest_start is not None
    assert result.enough == (starts >= result.earliest_start)
