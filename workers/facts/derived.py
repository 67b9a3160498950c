"""Facts that awork does not have as a field: counted, added up or compared from what it has.

Each rests on the whole object it belongs to, and is absent when that is. "Calls" are those beside
the read of the object; what several facts ask for is asked once for the event.

    event.isOurs             our API user caused it. Calls: GET /me, kept by the process for minutes
    task.openSubtasks        subtasks whose status is not of type done. Calls: one list
    task.openPredecessors    tasks it waits for whose status is not of type done; a deleted one
                             holds up nothing. Calls: one list, one for each predecessor
    task.scheduledDuration   seconds of all its schedules, past and to come, of everybody. Absent
                             when the list of schedules does not show all that the task counts.
                             Calls: one list
    task.remainingDuration   seconds: plannedDuration less trackedDuration, not below 0. No calls
    user.isAbsent            an absence of theirs, or a day off of the whole workspace, touches
                             today, be it with half a day. Calls: two lists
    user.freeDuration        see freetime.py. Calls: those of isAbsent, capacity, two lists
    timeEntry.isRunning      a start time, and neither an end nor a duration; a paused timer is
                             still running. No calls

`assignee` has what `user` has. Days off of a single region count for nobody: awork's API does not
say which region a person belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from workers.facts.absences import Absence, halves_off, of_awork
from workers.facts.freetime import Block, Booking, Week, foreseeable, free_s
from workers.facts.reads import Item, Reads
from workers.rules.facts import ABSENT, Absent, Facts, resolve
from workers.rules.values import instant
from workers.targets.directory import is_id

DONE = "done"


class ReadableFacts(Facts, Protocol):
    """Facts that know where to read more."""

    @property
    def reads(self) -> Reads:
        """The reads of the event."""
        ...


#: Works out a fact from the whole object and the other facts; ABSENT when it cannot be told.
Derive = Callable[[Item, ReadableFacts], object]


def is_ours(event: Item, facts: ReadableFacts) -> bool:
    """True when the user our API token acts as caused the event."""
    by = event.get("triggeredBy")
    ident = by.get("id") if isinstance(by, Mapping) else None
    return bool(ident) and ident == facts.reads.me()


def open_subtasks(task: Item, facts: ReadableFacts) -> int | Absent:
    """How many of a task's subtasks are not done."""
    found = _subtasks(task, facts)
    if found is ABSENT:
        return ABSENT
    return sum(map(_is_open, found))


def open_predecessors(task: Item, facts: ReadableFacts) -> int | Absent:
    """How many of the tasks that a task waits for are not done."""
    found = facts.reads.listed(f"/tasks/{task.get('id')}/taskdependencies")
    if found is ABSENT:
        return ABSENT
    before = {one.get("predecessorId") for one in found if one.get("successorId") == task.get("id")}
    tasks = [facts.reads.whole("task", ident) for ident in before]
    return sum(_is_open(one) for one in tasks if isinstance(one, Mapping))


def scheduled_duration(task: Item, facts: ReadableFacts) -> int | Absent:
    """Seconds of a task's schedules."""
    found = _schedules(facts, taskId=task.get("id"))
    if len(found) < _whole_number(task.get("taskSchedulesCount")):
        # Schedules raise no event, so the event's count may be old; awork's own settles it.
        now = facts.reads.whole("task", task.get("id"))
        if now is ABSENT or len(found) < _whole_number(now.get("taskSchedulesCount")):
            return ABSENT
    return sum(_whole_number(one.get("plannedDuration")) for one in found)


def remaining_duration(task: Item, _: ReadableFacts) -> int | Absent:
    """Seconds planned and not yet tracked."""
    planned = task.get("plannedDuration")
    if not isinstance(planned, int):
        return ABSENT
    return max(0, planned - _whole_number(task.get("trackedDuration")))


def is_absent(user: Item, facts: ReadableFacts) -> bool:
    """True when a person is away today, all day or half of it."""
    today = facts.root("today")
    return isinstance(today, date) and bool(halves_off(today, _absences(user, facts)))


def free_duration(user: Item, facts: ReadableFacts) -> int | Absent:
    """Seconds of free working time until the event's task is due."""
    now, until = facts.root("now"), _moment(resolve(facts, ("task", "dueOn")))
    if until is None or not isinstance(now, datetime):
        return ABSENT
    if until <= now:
        return 0
    ident = str(user.get("id"))
    capacity = facts.reads.capacity(ident)
    weekly = ABSENT if capacity is ABSENT else capacity.get("weeklyCapacity")
    if not isinstance(weekly, Mapping):
        return ABSENT
    return free_s(
        Week(weekly, _absences(user, facts)),
        [block for one in _schedules(facts, userId=ident) if (block := block_of(one))],
        _bookings(ident, facts, now, until),
        now=now,
        until=until,
    )


def is_running(entry: Item, _: ReadableFacts) -> bool:
    """True for a time entry whose timer has not been stopped."""
    return is_timer(entry)


def is_timer(entry: Item) -> bool:
    """True for a time entry that has begun and not ended; one of a duration alone never began."""
    started, ended = ("startTimeUtc", "startTimeLocal"), ("endTimeUtc", "endTimeLocal")
    return (
        any(entry.get(name) is not None for name in started)
        and all(entry.get(name) is None for name in ended)
        and not entry.get("duration")
    )


def block_of(schedule: Item) -> Block | None:
    """When a task schedule is."""
    start, end = (_moment(schedule.get(name)) for name in ("startDate", "endDate"))
    return Block(start, end) if start and end else None


#: root -> name -> how it is worked out
DERIVED: Mapping[str, Mapping[str, Derive]] = {
    "event": {"isOurs": is_ours},
    "task": {
        "openSubtasks": open_subtasks,
        "openPredecessors": open_predecessors,
        "scheduledDuration": scheduled_duration,
        "remainingDuration": remaining_duration,
    },
    "user": {"isAbsent": is_absent, "freeDuration": free_duration},
    "assignee": {"isAbsent": is_absent, "freeDuration": free_duration},
    "timeEntry": {"isRunning": is_running},
}


def _subtasks(task: Item, facts: ReadableFacts) -> list[Item] | Absent:
    """awork lists them among the tasks of the project, or of the person whose task it is."""
    project, owner = str(task.get("projectId")), str(task.get("userId"))
    below = f"parentId eq guid'{task.get('id')}'"
    if is_id(project):
        return facts.reads.listed(f"/projects/{project}/projecttasks", filterby=below)
    if is_id(owner):
        # awork's page gives two defaults for inProgress; what it leaves out would go uncounted.
        path = f"/users/{owner}/assignedtasks"
        return facts.reads.listed(path, filterby=below, inProgress="false")
    return ABSENT


def _is_open(task: Item) -> bool:
    status = task.get("taskStatus")
    return not isinstance(status, Mapping) or status.get("type") != DONE


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _moment(value: object) -> datetime | None:
    try:
        return instant(value, UTC)
    except ValueError:
        return None


def _schedules(facts: ReadableFacts, **wanted: Any) -> list[Item]:
    # awork has no filter for them: one list serves whatever the event's rules ask.
    found = _some(facts.reads.listed("/taskschedules"))
    return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]


def _absences(user: Item, facts: ReadableFacts) -> list[Absence]:
    own = facts.reads.listed("/absences", filterby=f"userId eq guid'{user.get('id')}'")
    everybodys = facts.reads.workspace_absences()
    items = [one for one in _some(own) if not one.get("deletedOn")]
    items += [one for one in _some(everybodys) if not one.get("regionId")]
    return [of_awork(item) for item in items if item.get("startOn")]


def _some(found: list[Item] | Absent) -> list[Item]:
    return [] if found is ABSENT else found


def _bookings(user_id: str, facts: ReadableFacts, now: datetime, until: datetime) -> list[Booking]:
    first, last = now.date(), foreseeable(now, until).astimezone(now.tzinfo).date()
    found = facts.reads.listed(
        "/users/projecttimebookings",
        userIds=user_id,
        intervalStart=first.isoformat(),
        intervalEnd=last.isoformat(),
    )
    theirs = [one for one in _some(found) if one.get("userId") == user_id]
    return [_booking(booking) for one in theirs for booking in one.get("timeBookings") or []]


def _booking(item: Item) -> Booking:
    first, last = (date.fromisoformat(str(item[name])[:10]) for name in ("startDate", "endDate"))
    return Booking(first, last, _whole_number(item.get("duration")))
