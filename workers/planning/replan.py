"""The entry of planning: what is wanted now, and what has to be written for it. Performs no I/O.

    a block of ours that   is over             does not count, and stays
                           has begun           counts whole against the effort, and stays
                           is still to come    stays while all of them together still fit and hold
                                               as much as a new plan would; else it is moved where
                                               a new plan wants one, or deleted

So when only the clock has moved on nothing is written, and nothing is moved that need not be. What
is left of an effort beside a block that has begun is planned as an effort of its own: when it is
shorter than the shortest block, in one that is as short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from workers.planning.days import Day, Person, calendar
from workers.planning.difference import Difference, Made, difference
from workers.planning.plan import Planned, Wish, plan
from workers.planning.spans import Span
from workers.planning.walltime import by_day, foreseeable


@dataclass(frozen=True)
class Replanned:
    """What is wanted of the future, and the writes that lead to it."""

    planned: Planned
    difference: Difference


def replan(
    wish: Wish, person: Person, made: Sequence[Made], *, now: datetime, same_wish: bool
) -> Replanned:
    """Plan what is left of an effort, and tell what has to be written.

    person: their `busy` does not contain the blocks in `made`. now: aware. same_wish: whether
    place, block, until and users are those of the last planning; when not, all that is still to
    come is planned anew.
    """
    now = now.astimezone(UTC)
    begun = [one.span for one in made if one.span.start <= now]
    to_come = [one for one in made if one.span.start > now]
    running_s = sum(span.seconds for span in begun if span.end > now)
    left = replace(wish, start=max(wish.start, now), effort_s=wish.effort_s - running_s)
    busier = replace(person, busy=[*person.busy, *begun])
    planned = _plan(left, busier, now)
    theirs = tuple(sorted(one.span for one in to_come))
    if same_wish and _is_as_good(theirs, planned, left) and _fits(theirs, left, busier):
        planned = Planned(theirs, planned.missing_s)
    return Replanned(planned, difference(planned.spans, to_come))


def _plan(wish: Wish, person: Person, now: datetime) -> Planned:
    if wish.start > foreseeable(now, wish.start):
        return Planned((), max(0, wish.effort_s))
    return plan(wish, person)


def _is_as_good(spans: Sequence[Span], planned: Planned, wish: Wish) -> bool:
    """Whether blocks hold as much as planned ones, in time and in all, and are as long."""
    if not spans or not planned.spans:
        return False
    until = wish.reach().end
    lengths = [span.seconds for span in spans]
    return (
        _seconds(spans, until) == _seconds(planned.spans, until)
        and sum(lengths) == _seconds(planned.spans)
        and min(lengths) >= _shortest(planned, wish)
        and max(lengths) <= (wish.block.max_s or max(lengths))
    )


def _seconds(spans: Sequence[Span], until: datetime | None = None) -> int:
    return sum(span.seconds for span in spans if until is None or span.end <= until)


def _shortest(planned: Planned, wish: Wish) -> int:
    wished = min(wish.block.min_s, wish.effort_s)
    is_split = any(span.seconds < wished for span in planned.spans)
    return 0 if is_split else wished


def _fits(spans: Sequence[Span], wish: Wish, person: Person) -> bool:
    """Whether blocks, in order, lie in free working time as it is now, within the day's room."""
    reach = Span(wish.start, max(wish.reach().end, wish.beyond().end))
    apart = all(one.end <= other.start for one, other in pairwise(spans))
    if not apart or any(span.within(reach) != span for span in spans):
        return False
    around = Span(spans[0].start, spans[-1].end)
    by_date, fitting = by_day(spans, around, person.zone), 0
    for day in calendar(person, around):
        there = [span for span in by_date[day.on] if _is_free(span, day)]
        fitting += len(there) if _seconds(there) <= day.room_s else 0
    return fitting == len(spans)


def _is_free(span: Span, day: Day) -> bool:
    return any(span.within(free) == span for free in day.free)
