"""When a person works on a day, and how much more they can take on. Performs no I/O.

hours        the windows of the rule; without any, 09:00-21:00, as far as the capacity goes
halves       of a half day off only the other half of the windows is left: they meet in the
             pause that is nearest to the middle of the working time, and a day of one window
             is halved at the middle of its seconds
capacity     what awork has for the weekday, half of it for half a day off
busy         leaves the windows, and counts against the capacity, outside the windows too, and
             twice where two schedules overlap, as in awork
room         what is then left of the capacity. It cuts the free time of a day from its end
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from workers.planning.absences import Absence, Half, halves_off
from workers.planning.freetime import Week
from workers.planning.spans import Span, first, without
from workers.planning.walltime import bounds, by_day, day_of, days, moment
from workers.rules.hours import NO_HOURS, Window, WorkingHours

#: for people about whose hours nothing is said
_ANY_HOURS: tuple[Window, ...] = ((time(9), time(21)),)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Person:
    """What decides when somebody can work."""

    #: of the rule; `zone` is the one they are told in
    hours: WorkingHours
    zone: ZoneInfo
    #: mon, tue, … -> seconds, as awork has them
    capacity_s: Mapping[str, int]
    #: their own, those of their region and those of the whole workspace
    absences: Sequence[Absence] = ()
    #: what is planned already, for any task; in any order, and it may overlap
    busy: Sequence[Span] = ()


@dataclass(frozen=True)
class Day:
    """What is left of a person's working time on a day."""

    on: date
    #: the windows without what is off or busy, in order
    free: tuple[Span, ...]
    #: seconds that may still be planned
    room_s: int

    def open(self) -> Iterator[Span]:
        """The free time that may be used: the first of it, as far as there is room."""
        return first(self.room_s, self.free)


def calendar(person: Person, reach: Span) -> Iterator[Day]:
    """The days that a reach of time touches, whole ones, without those that nobody works on."""
    zone = person.zone
    begin, end = day_of(reach.start, zone), day_of(reach.end, zone)
    around = Span(bounds(begin, zone).start, bounds(end, zone).end)
    absences = [each for each in person.absences if each.last >= begin and each.first <= end]
    week = Week(person.capacity_s, absences)
    busy = by_day(sorted(person.busy), around, zone)
    for on in days(begin, end):
        if week.on(on) > 0:
            yield _day(on, person, week, busy.get(on, []))


def _day(on: date, person: Person, week: Week, busy: Sequence[Span]) -> Day:
    lasts = bounds(on, person.zone) if busy else None
    taken_s = sum(span.seconds_within(lasts) for span in busy) if lasts else 0
    windows = _working(on, person, week)
    free = tuple(piece for window in windows for piece in without(window, busy))
    return Day(on, free, max(0, week.on(on) - taken_s))


def _working(on: date, person: Person, week: Week) -> list[Span]:
    off = halves_off(on, week.absences)
    windows = _windows(on, person, Week(person.capacity_s).on(on))
    if not off:
        return windows
    halves = _halves(windows)
    return [span for half, spans in halves.items() if half not in off for span in spans]


def _windows(on: date, person: Person, full_s: int) -> list[Span]:
    """The windows of a day as spans; one that the clock leaves out is none."""
    if person.hours == NO_HOURS:
        return list(first(full_s, _spans(on, _ANY_HOURS, person.zone)))
    return list(_spans(on, person.hours.windows.get(on.weekday(), ()), person.zone))


def _spans(on: date, windows: Sequence[Window], zone: ZoneInfo) -> Iterator[Span]:
    for begin, end in windows:
        ends_on = on if end > begin else on + _DAY
        span = Span(moment(on, begin, zone), moment(ends_on, end, zone))
        if span.start < span.end:
            yield span


def _halves(windows: Sequence[Span]) -> dict[Half, Sequence[Span]]:
    if len(windows) == 1:
        (window,) = windows
        middle = window.start + timedelta(seconds=window.seconds // 2)
        return {"first": [Span(window.start, middle)], "second": [Span(middle, window.end)]}
    at = _middle_pause([window.seconds for window in windows])
    return {"first": windows[:at], "second": windows[at:]}


def _middle_pause(seconds: Sequence[int]) -> int:
    """How many windows lie before the pause nearest to the middle; the first of two as near."""
    return min(
        range(1, len(seconds)),
        key=lambda at: abs(2 * sum(seconds[:at]) - sum(seconds)),
        default=0,
    )
