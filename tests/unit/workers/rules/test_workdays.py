"""Counting in workdays: weekends, clocks that change, the ends of years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.workdays import add_workdays, next_workday

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((time(9), time(17)),)
TUE_TO_SAT = WorkingHours(dict.fromkeys((1, 2, 3, 4, 5), NINE_TO_FIVE))
MONDAYS = WorkingHours({0: NINE_TO_FIVE})


@pytest.mark.parametrize(
    ("start", "count", "hours", "expected"),
    [
        # 2026-03-27 is a Friday
        ("2026-03-27", 0, NO_HOURS, "2026-03-27"),
        ("2026-03-27", 1, NO_HOURS, "2026-03-30"),
        ("2026-03-27", 5, NO_HOURS, "2026-04-03"),
        ("2026-03-27", 6, NO_HOURS, "2026-04-06"),  # past a second weekend
        ("2026-03-27", 250, NO_HOURS, "2027-03-12"),  # 50 weeks
        ("2026-03-30", -1, NO_HOURS, "2026-03-27"),
        ("2026-03-30", -6, NO_HOURS, "2026-03-20"),
        # from a weekend: Monday is the first workday after it, Friday the first before
        ("2026-03-28", 0, NO_HOURS, "2026-03-28"),
        ("2026-03-28", 1, NO_HOURS, "2026-03-30"),
        ("2026-03-28", 5, NO_HOURS, "2026-04-03"),
        ("2026-03-29", -1, NO_HOURS, "2026-03-27"),
        ("2026-03-29", -5, NO_HOURS, "2026-03-23"),
        # the rule's own week
        ("2026-03-27", 1, TUE_TO_SAT, "2026-03-28"),
        ("2026-03-28", 1, TUE_TO_SAT, "2026-03-31"),
        ("2026-03-28", -5, TUE_TO_SAT, "2026-03-21"),
        ("2026-03-27", 2, MONDAYS, "2026-04-06"),
        ("2026-03-30", -1, MONDAYS, "2026-03-23"),
        # the ends of years, and the day that most years lack
        ("2026-12-31", 1, NO_HOURS, "2027-01-01"),  # holidays are none of its business
        ("2027-01-01", -1, NO_HOURS, "2026-12-31"),
        ("2028-02-28", 1, NO_HOURS, "2028-02-29"),
        ("2028-02-29", 1, NO_HOURS, "2028-03-01"),
        ("2028-02-29", -1, NO_HOURS, "2028-02-28"),
        ("2027-02-26", 1, NO_HOURS, "2027-03-01"),
    ],
)  # fmt: skip
def test_workdays_are_counted(start: str, count: int, hours: WorkingHours, expected: str) -> None:
    assert add_workdays(date.fromisoformat(start), count, hours).isoformat() == expected


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        # to summer time in the night to Sunday, 2026-03-29
        ("2026-03-27T17:30", 1, "2026-03-30T17:30:00+02:00"),
        ("2026-03-30T17:30", -1, "2026-03-27T17:30:00+01:00"),
        # back from it in the night to Sunday, 2026-10-25
        ("2026-10-23T17:30", 1, "2026-10-26T17:30:00+01:00"),
        ("2026-10-26T00:15", -1, "2026-10-23T00:15:00+02:00"),
        ("2026-12-31T23:59", 1, "2027-01-01T23:59:00+01:00"),
        ("2026-03-28T12:00", 0, "2026-03-28T12:00:00+01:00"),
    ],
)
def test_a_moment_keeps_its_time_of_day(start: str, count: int, expected: str) -> None:
    told = datetime.fromisoformat(start).replace(tzinfo=BERLIN)

    assert add_workdays(told, count, NO_HOURS).isoformat() == expected


def test_a_time_that_the_clocks_skip_becomes_the_one_an_hour_later() -> None:
    """In Berlin there is no 02:30 on 2026-03-29."""
    sundays = WorkingHours({6: NINE_TO_FIVE})
    start = datetime(2026, 3, 22, 2, 30, tzinfo=BERLIN)

    assert next_workday(start, sundays).isoformat() == "2026-03-29T03:30:00+02:00"


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    """In Berlin 02:30 comes twice on 2026-10-25."""
    sundays = WorkingHours({6: NINE_TO_FIVE})
    start = datetime(2026, 10, 18, 2, 30, tzinfo=BERLIN)

    assert next_workday(start, sundays).isoformat() == "2026-10-25T02:30:00+02:00"


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2026-03-26", "2026-03-27"), ("2026-03-27", "2026-03-30"), ("2026-03-28", "2026-03-30")],
)
def test_the_next_workday_is_never_the_day_itself(start: str, expected: str) -> None:
    assert next_workday(date.fromisoformat(start), NO_HOURS).isoformat() == expected


@pytest.mark.parametrize("count", [1, -1, 10**9, -(10**9), 10**30])
def test_nothing_leaves_the_calendar(count: int) -> None:
    end = date.max if count > 0 else date.min

    with pytest.raises(ValueError, match="past the end of the calendar"):
        add_workdays(end, count, NO_HOURS)


def test_a_week_without_workdays_is_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="no day of the week has working hours"):
        add_workdays(date(2026, 3, 27), 1, WorkingHours({0: ()}))


days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
weeks = st.sets(st.integers(0, 6), min_size=1).map(
    lambda weekdays: WorkingHours(dict.fromkeys(weekdays, NINE_TO_FIVE))
)


@given(start=days, count=st.integers(-2_000, 2_000), hours=weeks)
def test_there_and_back_is_where_it_began(start: date, count: int, hours: WorkingHours) -> None:
    assume(hours.is_workday(start.weekday()))

    there = add_workdays(start, count, hours)

    assert add_workdays(there, -count, hours) == start


@given(start=days, count=st.integers(1, 400), hours=weeks)
def test_it_is_the_same_as_counting_day_by_day(
    start: date, count: int, hours: WorkingHours
) -> None:
    day, left = start, count
    while left:
        day += timedelta(days=1)
        left -= hours.is_workday(day.weekday())

    assert add_workdays(start, count, hours) == day
