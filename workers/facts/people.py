"""Facts about people: when they are away, how much of their time is free, what is planned for them.

What each costs is told in derived.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from webhooks.errors import RunFailed
from workers.facts.readable import ReadableFacts, moment, schedules, some, span_of, whole_number
from workers.facts.reads import Item
from workers.planning.absences import Absence, halves_off, of_person
from workers.planning.freetime import Booking, Week, free_s
from workers.planning.walltime import foreseeable
from workers.rules.facts import ABSENT, Absent, resolve
from workers.rules.values import calendar_day

#: how far ahead bookings are looked for
_AHEAD = timedelta(days=366)


def is_absent(user: Item, facts: ReadableFacts) -> bool:
    """True when a person is away today, all day or half of it."""
    today = facts.root("today")
    return isinstance(today, date) and bool(halves_off(today, _absences(user, facts)))


def free_duration(user: Item, facts: ReadableFacts) -> int | Absent:
    """Seconds of free working time until the event's task is due."""
    now, until = facts.root("now"), moment(resolve(facts, ("task", "dueOn")))
    if until is None or not isinstance(now, datetime):
        return ABSENT
    if until <= now:
        return 0
    ident = str(user.get("id"))
    capacity = facts.reads.capacity(ident)
    weekly = ABSENT if capacity is ABSENT else capacity.get("weeklyCapacity")
    if not isinstance(weekly, Mapping):
        return ABSENT
    last = foreseeable(now, until).astimezone(now.tzinfo).date()
    return free_s(
        Week(weekly, _absences(user, facts)),
        [block for one in schedules(facts, userId=ident) if (block := span_of(one))],
        [kept for one in _bookings(ident, facts, now.date(), last) if (kept := _booking(one))],
        now=now,
        until=until,
    )


def planned_tasks(user: Item, facts: ReadableFacts) -> list[Item] | Absent:
    """The tasks for which our API user put blocks into a calendar that are not over yet."""
    now, me = facts.root("now"), facts.reads.me()
    if not isinstance(now, datetime):
        return ABSENT
    ours = schedules(facts, userId=str(user.get("id")), createdBy=me)
    ahead = (one for one in ours if (block := span_of(one)) and block.end > now)
    return _whole("task", facts, (one.get("taskId") for one in ahead))


def booked_projects(user: Item, facts: ReadableFacts) -> list[Item] | Absent:
    """The projects for which our API user booked a person, from today on and for a year."""
    today, me = facts.root("today"), facts.reads.me()
    if not isinstance(today, date):
        return ABSENT
    ours = (
        one
        for one in _bookings(str(user.get("id")), facts, today, today + _AHEAD)
        if one.get("createdBy") == me
    )
    return _whole("project", facts, (one.get("projectId") for one in ours))


def _whole(root: str, facts: ReadableFacts, idents: Iterable[object]) -> list[Item]:
    """The objects with these ids, each once; those that are gone are left out."""
    found = (facts.reads.whole(root, ident) for ident in dict.fromkeys(idents) if ident)
    return [one for one in found if one is not ABSENT]


def _absences(user: Item, facts: ReadableFacts) -> tuple[Absence, ...]:
    ident, reads = str(user.get("id")), facts.reads
    own, everybodys = some(reads.absences(ident)), some(reads.workspace_absences())
    return of_person(ident, own, everybodys, lambda: _regions(facts))


def _regions(facts: ReadableFacts) -> list[Item]:
    try:
        return some(facts.reads.regions())
    except RunFailed:
        # Which region people belong to takes a permission of its own; without it such days off
        # count for nobody.
        return []


def _bookings(user_id: str, facts: ReadableFacts, first: date, last: date) -> list[Item]:
    found = facts.reads.listed(
        "/users/projecttimebookings",
        userIds=user_id,
        intervalStart=first.isoformat(),
        intervalEnd=last.isoformat(),
    )
    theirs = [one for one in some(found) if one.get("userId") == user_id]
    return [booking for one in theirs for booking in one.get("timeBookings") or []]


def _booking(item: Item) -> Booking | None:
    """None for one that does not say from when to when it is."""
    try:
        first, last = (calendar_day(str(item.get(end))[:10]) for end in ("startDate", "endDate"))
    except ValueError:
        return None
    return Booking(first, last, whole_number(item.get("duration")))
