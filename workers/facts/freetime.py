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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from workers.facts.absences import Absence, halves_off
from workers.rules.hours import WEEKDAYS

_MOST_DAYS = 3660


@dataclass(frozen=True)
class Block:
    """A piece of planned work; aware moments."""

    start: datetime
    end: datetime

    def within(self, other: Block) -> Block | None:
        """The part of it that the other covers; None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Block(start, end) if start < end else None

    def seconds_within(self, other: Block) -> int:
        """How long both last together."""
        part = self.within(other)
        return int((part.end - part.start).total_seconds()) if part else 0


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
    blocks: Iterable[Block],
    bookings: Iterable[Booking],
    *,
    now: datetime,
    until: datetime,
) -> int:
    """Seconds of free working time from `now` to `until`; 0 when that is past.

    now: aware, in the zone that days are counted in. until: aware.
    """
    zone, until = now.tzinfo or UTC, foreseeable(now, until)
    window = Block(now.astimezone(UTC), until.astimezone(UTC))
    if window.end <= window.start:
        return 0
    days = {day: _bounds(day, zone) for day in _days(now.date(), until.astimezone(zone).date())}
    planned = _by_day(blocks, _around(days.values()), zone)
    booked = _shares(bookings, week)
    return sum(
        _left_s(week.on(day) - booked[day], bounds, planned[day], window)
        for day, bounds in days.items()
    )


def foreseeable(now: datetime, until: datetime) -> datetime:
    """The later moment, but no more than ten years ahead."""
    return min(until, now.astimezone(UTC) + timedelta(days=_MOST_DAYS - 1))


def _left_s(capacity_s: int, day: Block, blocks: list[Block], window: Block) -> int:
    open_ = Block(max(day.start, window.start), min(day.end, window.end))
    clear = open_.seconds_within(day) - sum(block.seconds_within(open_) for block in blocks)
    return max(0, min(capacity_s - sum(block.seconds_within(day) for block in blocks), clear))


def _by_day(blocks: Iterable[Block], reach: Block, zone: tzinfo) -> defaultdict[date, list[Block]]:
    """The blocks that touch each day. reach: what lies outside of it does not count."""
    found: defaultdict[date, list[Block]] = defaultdict(list)
    for block in filter(None, (each.within(reach) for each in blocks)):
        for day in _days(block.start.astimezone(zone).date(), block.end.astimezone(zone).date()):
            found[day].append(block)
    return found


def _shares(bookings: Iterable[Booking], week: Week) -> defaultdict[date, int]:
    found: defaultdict[date, int] = defaultdict(int)
    for booking in bookings:
        held = {day: week.on(day) for day in _days(booking.first, booking.last)}
        whole = sum(held.values())
        for day, seconds in held.items():
            found[day] += booking.seconds * seconds // whole if whole else 0
    return found


def _days(first: date, last: date) -> Iterator[date]:
    for number in range(min((last - first).days + 1, _MOST_DAYS)):
        yield first + timedelta(days=number)


def _around(blocks: Collection[Block]) -> Block:
    return Block(min(block.start for block in blocks), max(block.end for block in blocks))


def _bounds(day: date, zone: tzinfo) -> Block:
    """From one midnight to the next: 23 to 25 hours."""
    begin, end = (datetime.combine(d, time(), tzinfo=zone) for d in (day, day + timedelta(days=1)))
    return Block(begin.astimezone(UTC), end.astimezone(UTC))
