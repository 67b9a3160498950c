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
    user.isAbsent            an absence of theirs, or a day off of the whole workspace or of their
                             region, touches today, be it with half a day. Calls: three lists,
                             kept for minutes
    user.freeDuration        see freetime.py. Calls: those of isAbsent, capacity, two lists
    user.plannedTasks        the tasks for which our API user has put blocks into their calendar
                             that are not over. Calls: one list, one for each task
    user.bookedProjects      the projects for which our API user has booked them, from today on and
                             for a year. Calls: one list, one for each project
    timeEntry.isRunning      a start time, and neither an end nor a duration; a paused timer is
                             still running. No calls

`assignee` has what `user` has.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.facts.people import booked_projects, free_duration, is_absent, planned_tasks
from workers.facts.readable import Derive, ReadableFacts, schedules, whole_number
from workers.facts.reads import Item
from workers.rules.facts import ABSENT, Absent
from workers.targets.directory import is_id
from workers.targets.filters import Guid, where

__all__ = ["DERIVED", "Derive", "ReadableFacts", "is_timer"]

DONE = "done"


def is_ours(event: Item, facts: ReadableFacts) -> bool:
    """True when the user our API token acts as caused the event; where it names nobody, when it
    shows what a write of ours has left."""
    by = event.get("triggeredBy")
    ident = by.get("id") if isinstance(by, Mapping) else None
    return ident == facts.reads.me() if ident else facts.reads.caused()


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
    found = schedules(facts, taskId=task.get("id"))
    if len(found) < whole_number(task.get("taskSchedulesCount")):
        # Schedules raise no event, so the event's count may be old; awork's own settles it.
        now = facts.reads.whole("task", task.get("id"))
        if now is ABSENT or len(found) < whole_number(now.get("taskSchedulesCount")):
            return ABSENT
    return sum(whole_number(one.get("plannedDuration")) for one in found)


def remaining_duration(task: Item, _: ReadableFacts) -> int | Absent:
    """Seconds planned and not yet tracked."""
    planned = task.get("plannedDuration")
    if not isinstance(planned, int):
        return ABSENT
    return max(0, planned - whole_number(task.get("trackedDuration")))


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


_OF_PEOPLE: Mapping[str, Derive] = {
    "isAbsent": is_absent,
    "freeDuration": free_duration,
    "plannedTasks": planned_tasks,
    "bookedProjects": booked_projects,
}

#: root -> name -> how it is worked out
DERIVED: Mapping[str, Mapping[str, Derive]] = {
    "event": {"isOurs": is_ours},
    "task": {
        "openSubtasks": open_subtasks,
        "openPredecessors": open_predecessors,
        "scheduledDuration": scheduled_duration,
        "remainingDuration": remaining_duration,
    },
    "user": _OF_PEOPLE,
    "assignee": _OF_PEOPLE,
    "timeEntry": {"isRunning": is_running},
}


def _subtasks(task: Item, facts: ReadableFacts) -> list[Item] | Absent:
    """awork lists them among the tasks of the project, or of the person whose task it is."""
    project, owner = str(task.get("projectId")), str(task.get("userId"))
    below = str(where("parentId").eq(Guid(str(task.get("id")))))
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
