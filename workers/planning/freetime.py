"""How much of a person's working time is free between two moments. Performs no I/O.

The sum, over the days from the first moment to the second, of what is left of each day:

    the capacity awork has for its weekday, half of it for half a day off, nothing for a day off
    less the seconds of the person's task schedules on that day, those of the task itself too
    less the day's share of each time booking: a booking is spread over the days of its range in
         proportion to what they hold (https://support.awork.com/en/articles/6776259)
    but no more than the seconds of the day that lie between the moments and under no schedule:
         awork does not say at which hours a person works, so of a day that has begun no part of
         the capacity is known to be used up

No day holds less than nothing. Days are those of the zone the first moment is told in. Nobody
plans further ahead than ten years: later days count as full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from workers.planning.absences import Absence, halves_off
from workers.planning.spans import Span
from workers.planning.walltime import bounds, by_day, day_of, days, foreseeable
from workers.rules.hours import WEEKDAYS


@dataclass(frozen=True)
class Booking:
    """Seconds that are set aside somewhere between two days, both included."""

    first: date
    last: date
    seconds: int


@dataclass(frozen=True)
class Week:
    """How much a person works."""

    #: mon, tue, … -> seconds
    capacity_s: Mapping[str, int]
    absences: Sequence[Absence] = ()

    def on(self, day: date) -> int:
        """Seconds of a day, absences taken off."""
        full = int(self.capacity_s.get(WEEKDAYS[day.weekday()]) or 0)
        return full * (2 - len(halves_off(day, self.absences))) // 2


def free_s(
    week: Week,
    blocks: Iterable[Span],
    bookings: Iterable[Booking],
    *,
    now: datetime,
    until: datetime,
) -> int:
    """Seconds of free working time from `now` to `until`; 0 when that is past.

    now: aware, in the zone that days are counted in. until: aware.
    """
    zone, until = now.tzinfo or UTC, foreseeable(now, until)
    window = Span(now.astimezone(UTC), until.astimezone(UTC))
    if window.end <= window.start:
        return 0
    lasting = {day: bounds(day, zone) for day in days(now.date(), day_of(until, zone))}
    planned = by_day(blocks, _around(lasting.values()), zone)
    booked = _shares(bookings, week)
    return sum(
        _left_s(week.on(day) - booked[day], lasts, planned[day], window)
        for day, lasts in lasting.items()
    )


def _left_s(capacity_s: int, day: Span, blocks: list[Span], window: Span) -> int:
    open_ = Span(max(day.start, window.start), min(day.end, window.end))
    clear = open_.seconds_within(day) - sum(block.seconds_within(open_) for block in blocks)
    return max(0, min(capacity_s - sum(block.seconds_within(day) for block in blocks), clear))


def _shares(bookings: Iterable[Booking], week: Week) -> defaultdict[date, int]:
    found: defaultdict[date, int] = defaultdict(int)
    for booking in bookings:
        held = {day: week.on(day) for day in days(booking.first, booking.last)}
        whole = sum(held.values())
        for day, seconds in held.items():
            found[day] += booking.seconds * seconds // whole if whole else 0
    return found


def _around(blocks: Collection[Span]) -> Span:
    return Span(min(block.start for block in blocks), max(block.end for block in blocks))
