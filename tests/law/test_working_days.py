"""Deadlines in working days and suggested holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.law.errors import NegativeDuration
from collector.law.working_days import (
    add_working_days,
    count_working_days,
    deadline,
    has_lunar_dates,
    is_working_day,
    suggested_holidays,
)

DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))
HOLIDAYS = st.frozensets(DAYS, max_size=30)


def test_five_working_days_skip_the_weekend_and_the_first_day() -> None:
    thursday = date(2026, 3, 5)
    assert add_working_days(thursday, 5) == date(2026, 3, 12)
    assert add_working_days(date(2026, 3, 7), 1) == date(2026, 3, 9)


def test_holidays_move_the_deadline() -> None:
    friday_before_tet = date(2026, 2, 13)
    tet = {date(2026, 2, day) for day in range(16, 21)}
    found = deadline(friday_before_tet, 5, tet, {2026})
    assert found.day == date(2026, 2, 27)
    assert found.holidays_counted
    assert found.unknown_years == ()


def test_year_without_holidays_says_that_they_were_not_counted() -> None:
    found = deadline(date(2026, 12, 30), 5, {date(2026, 9, 2)}, {2026})
    assert not found.holidays_counted
    assert found.unknown_years == (2027,)
    assert deadline(date(2026, 12, 1), 5, set(), set()).unknown_years == (2026,)


def test_zero_working_days_is_the_day_itself_and_fewer_are_refused() -> None:
    assert add_working_days(date(2026, 3, 7), 0) == date(2026, 3, 7)
    with pytest.raises(NegativeDuration):
        add_working_days(date(2026, 3, 7), -1)


@given(DAYS, st.integers(1, 60), HOLIDAYS)
def test_deadline_is_a_working_day_with_exactly_so_many_before_it(
    start: date, number: int, holidays: frozenset[date]
) -> None:
    day = add_working_days(start, number, holidays)
    assert is_working_day(day, holidays)
    assert count_working_days(start, day, holidays) == number
    assert count_working_days(start, day - timedelta(days=1), holidays) == number - 1


@pytest.mark.parametrize(
    ("year", "tet", "ancestors"),
    [
        (2025, date(2025, 1, 29), date(2025, 4, 7)),
        (2026, date(2026, 2, 17), date(2026, 4, 26)),
        (2027, date(2027, 2, 6), date(2027, 4, 16)),
    ],
)
def test_suggestions_hold_the_moving_days(year: int, tet: date, ancestors: date) -> None:
    certain = {holiday.day for holiday in suggested_holidays(year) if holiday.certain}
    assert {tet, ancestors, date(year, 9, 2), date(year, 1, 1)} <= certain
    assert has_lunar_dates(year)


def test_days_around_tet_are_suggestions_to_check() -> None:
    around = {holiday.day: holiday.certain for holiday in suggested_holidays(2026)}
    assert around[date(2026, 2, 16)] is False
    assert around[date(2026, 2, 20)] is False


def test_other_years_have_the_fixed_days_only() -> None:
    days = [holiday.day for holiday in suggested_holidays(2031)]
    assert days == [date(2031, 1, 1), date(2031, 4, 30), date(2031, 5, 1), date(2031, 9, 2)]
    assert not has_lunar_dates(2031)


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_no_day_is_suggested_twice_and_all_name_a_source(year: int) -> None:
    holidays = suggested_holidays(year)
    assert len({holiday.day for holiday in holidays}) == len(holidays)
    assert all(holiday.name_vi and holiday.source.startswith("Bộ luật Lao động 2019") for holiday in holidays)
