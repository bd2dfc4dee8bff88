"""Reporting periods and months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.law.errors import UnknownPeriod
from collector.law.periods import (
    PeriodStart,
    add_months,
    get_period,
    half_year_period,
    months_between,
    reporting_period,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
STARTS = st.builds(PeriodStart, st.integers(1, 12), st.integers(1, 28))


def test_year_runs_from_15_december_to_14_december() -> None:
    period = reporting_period(date(2026, 5, 1))
    assert (period.label, period.starts_on, period.ends_on) == (
        "2026",
        date(2025, 12, 15),
        date(2026, 12, 14),
    )
    assert reporting_period(date(2026, 12, 14)).label == "2026"
    assert reporting_period(date(2026, 12, 15)).label == "2027"


def test_half_years_meet_on_15_june() -> None:
    first, second = half_year_period(date(2026, 6, 14)), half_year_period(date(2026, 6, 15))
    assert (first.label, first.starts_on, first.ends_on) == ("2026-H1", date(2025, 12, 15), date(2026, 6, 14))
    assert (second.label, second.starts_on, second.ends_on) == (
        "2026-H2",
        date(2026, 6, 15),
        date(2026, 12, 14),
    )


@given(DAYS, STARTS)
def test_every_day_lies_in_its_period_and_labels_lead_back(day: date, start: PeriodStart) -> None:
    for period in (reporting_period(day, start), half_year_period(day, start)):
        assert day in period
        assert get_period(period.label, start) == period
        assert period.starts_on - timedelta(days=1) not in period
        assert period.ends_on + timedelta(days=1) not in period


@given(DAYS, STARTS)
def test_half_years_fill_the_year(day: date, start: PeriodStart) -> None:
    year = reporting_period(day, start)
    first, second = half_year_period(year.starts_on, start), half_year_period(year.ends_on, start)
    assert (first.starts_on, second.ends_on) == (year.starts_on, year.ends_on)
    assert first.ends_on + timedelta(days=1) == second.starts_on


def test_calendar_year_keeps_its_own_name() -> None:
    assert reporting_period(date(2026, 1, 1), PeriodStart(1, 1)).label == "2026"


@pytest.mark.parametrize("label", ["", "26", "2026-H3", "2026-Q1", "năm 2026", "0000", "9999"])
def test_other_labels_are_refused(label: str) -> None:
    with pytest.raises(UnknownPeriod):
        get_period(label)


def test_months_end_with_short_months() -> None:
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert months_between(date(2026, 1, 15), date(2026, 4, 14)) == 2


@given(DAYS, st.integers(0, 240))
def test_adding_months_and_counting_them_agree(day: date, months: int) -> None:
    assert months_between(day, add_months(day, months)) == months
    assert months_between(add_months(day, months), day) == -months
