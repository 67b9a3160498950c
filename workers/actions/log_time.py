"""Log time for a person.

    - log_time:
        user: "Timo Brandt"
        task: "${entity.id}"
        duration: 30m
        note: Kick-off

    - log_time:
        user: "${event.triggeredBy.id}"
        project: "Website"
        start: "2026-03-27T09:00"
        end: "2026-03-27T10:30"
        type_of_work: Design
        billable: false

A task brings its project along: `project` beside it must be the task's own. Time on a private task
is its person's. One entry is 24 hours at most.

Writes POST /timeentries. Must not be repeated: a second one would be invoiced twice. Our own is
found again by user, day and the marker at the end of its note. Nothing is written on days before
HOOKWORK_CLOSED_BEFORE: the API key is an administrator's, so awork itself would not say no.
Source: https://developers.awork.com, "Creates a new time entry".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webhooks.errors import RunFailed
from workers.actions import logged, type_of_work, values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.entry_form import moment_fields, zone_of
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.trail import Trail

Item = Mapping[str, Any]

NAME = "log_time"
PARAMETERS = {
    "user": Parameter(ParameterKind.REFERENCE, required=True, about="whose time"),
    "task": Parameter(ParameterKind.ID, about="the task worked on", unless=("project",)),
    "project": Parameter(ParameterKind.REFERENCE, about="the project, when there is no task"),
    "duration": Parameter(
        ParameterKind.DURATION,
        about="how long; or give start and end",
        unless=("start",),
        excludes=("end",),
    ),
    "start": Parameter(ParameterKind.INSTANT, about="when it began", needs=("end", "duration")),
    "end": Parameter(ParameterKind.INSTANT, about="when it ended", needs=("start",)),
    "date": Parameter(ParameterKind.DAY, about="the day; by default today"),
    "note": Parameter(ParameterKind.TEXT, about="what was done"),
    "billable": Parameter(ParameterKind.BOOLEAN, about="by default as awork decides"),
    "type_of_work": Parameter(
        ParameterKind.REFERENCE, about="by default the task's, else the workspace's first"
    ),
    "timezone": Parameter(ParameterKind.TEXT, about="IANA name; by default the rule's"),
}
#: an entry is of one day: more is a slip, such as a planned duration in place of a tracked one
_LONGEST_S = 86_400


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one time entry. See Action.run."""
    timezone = str(parameters.get("timezone") or context.timezone)
    zone_of(timezone)
    context = replace(context, timezone=timezone)
    when, day = _when(parameters, context)
    user = context.directory.user(context.awork, parameters["user"])
    task = _task(parameters, context)
    marker = context.effects.marker("entry")
    body = values.without_nothing(
        {
            "timezone": timezone,
            "userId": user,
            "typeOfWorkId": _type_of_work(parameters, task, context),
            "taskId": values.reference(parameters, "task"),
            "projectId": _project(parameters, context),
            "isBillable": parameters.get("billable"),
            "note": f"{parameters.get('note') or ''} {marker}".strip(),
            **when,
        }
    )
    return context.effects.once(
        "entry",
        Request("POST", "/timeentries", body),
        find=lambda trail: _find(marker, day, trail, context),
        guard=lambda: _refuse_unfit(day, task, body, parameters, context),
        summary=f"time entry for {context.directory.name_of(context.awork, user)}, "
        f"{day:%a %d %b} ({values.hours(when['duration'])})",
    )


def _when(parameters: Parameters, context: Context) -> tuple[dict[str, Any], date]:
    """awork's fields for the time, and the day it is on in the zone of the entry."""
    start, end = (values.at(parameters, name, context.timezone) for name in ("start", "end"))
    duration_s = _duration_s(parameters, start, end)
    if start is None:
        day = values.on(parameters, "date", context)
        # A day without a clock time: only the local date is set, at midnight as awork has it.
        return {"startDateLocal": f"{day}T00:00:00", "duration": duration_s}, day
    fields = {**moment_fields("start", start), "duration": duration_s}
    if end is not None:
        fields |= moment_fields("end", end)
    return fields, start.astimezone(ZoneInfo(context.timezone)).date()


def _duration_s(parameters: Parameters, start: datetime | None, end: datetime | None) -> int:
    """Whole seconds: as given, or from start to end."""
    name, expected = "duration", "a duration, or start and end"
    duration_s = values.seconds(parameters, "duration") if start or not end else None
    if start is not None and (end is not None or duration_s is None):
        name, expected = "end", f"a time after start, {start}"
        duration_s = int((end - start).total_seconds()) if end else None
    if duration_s is None or duration_s <= 0:
        raise invalid(name, parameters.get(name), expected)
    if duration_s > _LONGEST_S:
        raise invalid(name, parameters.get(name), "24 hours at most; log each day by itself")
    return duration_s


def _refuse_unfit(
    day: date, task: Item | None, body: Item, parameters: Parameters, context: Context
) -> None:
    """Raises when the day is closed, or the task does not go with the project or the person."""
    _refuse_closed(day, context)
    if task is None:
        return
    if "projectId" in body and body["projectId"] != task.get("projectId"):
        raise invalid(
            "project", parameters["project"], "none, or the task's own: awork takes it from there"
        )
    owner = task.get("userId")
    if task.get("baseType") == "private" and owner not in (None, body["userId"]):
        name = context.directory.name_of(context.awork, str(owner))
        raise invalid("user", parameters["user"], f"{name}, whose private task it is")


def _refuse_closed(day: date, context: Context) -> None:
    if context.open_from is not None and day < context.open_from:
        raise RunFailed(
            "closed-period",
            f"{day} is before {context.open_from}, and HOOKWORK_CLOSED_BEFORE closes those days",
        )


def _find(marker: str, day: date, trail: Trail, context: Context) -> dict[str, Any] | None:
    found = logged.found(marker, day, trail, context)
    if found is None and trail.is_last:
        # The day may have been closed while the first try went unanswered.
        _refuse_closed(day, context)
    return found


def _task(parameters: Parameters, context: Context) -> Item | None:
    ident = values.reference(parameters, "task")
    return None if ident is None else context.task(ident)


def _type_of_work(parameters: Parameters, task: Item | None, context: Context) -> str:
    if parameters.get("type_of_work") is not None:
        return type_of_work.usable(parameters["type_of_work"], context, what="type_of_work")
    if task is not None and task.get("typeOfWorkId"):
        return type_of_work.usable(task["typeOfWorkId"], context, what="the task's type of work")
    types = context.directory.types_of_work(context.awork)
    if not types:
        raise RunFailed("no-type-of-work", "the workspace has no type of work to log time on")
    return str(types[0]["id"])


def _project(parameters: Parameters, context: Context) -> str | None:
    if parameters.get("project") is None:
        return None
    return context.directory.project(context.awork, parameters["project"])
