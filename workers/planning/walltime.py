"""Days and wall-clock times as moments of UTC. Performs no I/O.

A time of the day stands for the first moment at which the clock shows it or a later one. So what
the clock leaves out when it goes forward has no length, and a time it shows twice is the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from workers.planning.spans import Span

#: nobody plans further ahead
MOST_DAYS = 3660
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def days(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last, both included; no more than ten years."""
    for number in range(min((last - first).days + 1, MOST_DAYS)):
        yield first + timedelta(days=number)


def foreseeable(now: datetime, until: datetime) -> datetime:
    """The later moment, but no more than ten years ahead."""
    return min(until, now.astimezone(UTC) + timedelta(days=MOST_DAYS - 1))


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """When the clock first shows a time of a day, or a later one; in UTC."""
    shown = datetime.combine(day, at)
    found = shown.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == shown:
        return found
    # Left out by a clock that goes forward: read with the offset before it, the time lies behind
    # the change, and read with the one after it, in front of it.
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change(Span(before, found), zone)


def bounds(day: date, zone: tzinfo) -> Span:
    """From one midnight to the next: 23 to 25 hours."""
    return Span(moment(day, time(), zone), moment(day + _DAY, time(), zone))


def by_day(spans: Iterable[Span], reach: Span, zone: tzinfo) -> defaultdict[date, list[Span]]:
    """The spans that touch each day. reach: what lies outside of it does not count."""
    found: defaultdict[date, list[Span]] = defaultdict(list)
    for span in filter(None, (each.within(reach) for each in spans)):
        for day in days(day_of(span.start, zone), day_of(span.end, zone)):
            found[day].append(span)
    return found


def steady(span: Span, zone: tzinfo) -> Iterator[Span]:
    """Cut a span, shorter than a day, where the clock is changed."""
    if _offset(span.start, zone) == _offset(span.end - _SECOND, zone):
        yield span
    else:
        change = _change(span, zone)
        yield from (Span(span.start, change), Span(change, span.end))


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day a moment belongs to."""
    return at.astimezone(zone).date()


def since_midnight(at: datetime, zone: tzinfo) -> timedelta:
    """What the clock shows at a moment."""
    shown = at.astimezone(zone).replace(tzinfo=None)
    return shown - datetime.combine(shown.date(), time())


def _change(span: Span, zone: tzinfo) -> datetime:
    """The first second with the offset that the span ends with."""
    low, high = 0, span.seconds
    last = _offset(span.start + timedelta(seconds=high), zone)
    while high - low > 1:
        middle = (low + high) // 2
        is_after = _offset(span.start + timedelta(seconds=middle), zone) == last
        low, high = (low, middle) if is_after else (middle, high)
    return span.start + timedelta(seconds=high)


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
