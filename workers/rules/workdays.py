"""Counting in workdays. Performs no I/O and has no clock.

A day that is no workday is passed over and not counted. What is a moment stays one: it keeps its
time of day in its zone, also when the clocks change in between.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from workers.rules.hours import WorkingHours

_Time = TypeVar("_Time", date, datetime)

_DAY = timedelta(days=1)


def add_workdays(start: _Time, count: int, hours: WorkingHours) -> _Time:
    """The workday that is `count` workdays after `start`, or before it when count is negative.

    0 gives `start` itself, whatever day it is. start: a day, or a moment that is told in the zone
    in which its days are counted.
    Raises ValueError past the end of the calendar, or when no day of the week is a workday.
    """
    try:
        if isinstance(start, datetime):
            return _at_the_same_time(start, _counted(start.date(), count, hours))
        return _counted(start, count, hours)
    except OverflowError:
        raise ValueError(f"{count} workdays from {start} is past the end of the calendar") from None


def next_workday(start: _Time, hours: WorkingHours) -> _Time:
    """The first workday after `start`, never `start` itself."""
    return add_workdays(start, 1, hours)


def _counted(start: date, count: int, hours: WorkingHours) -> date:
    in_a_week = sum(hours.is_workday(weekday) for weekday in range(7))
    if not in_a_week:
        raise ValueError("no day of the week has working hours")
    if not count:
        return start
    # whole weeks at once, but for the last: it must end on a workday, wherever it began
    weeks, left = divmod(abs(count) - 1, in_a_week)
    step = _DAY if count > 0 else -_DAY
    found = start + weeks * 7 * step
    for _ in range(left + 1):
        found = _stepped(found, step, hours)
    return found


def _stepped(start: date, step: timedelta, hours: WorkingHours) -> date:
    found = start + step
    while not hours.is_workday(found.weekday()):
        found += step
    return found


def _at_the_same_time(start: datetime, day: date) -> datetime:
    there = datetime.combine(day, start.timetz().replace(fold=0))
    # by way of UTC, so that a time which the clocks skip becomes the one an hour later
    return there.astimezone(UTC).astimezone(start.tzinfo)
