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

Writes POST /timeentries. Must not be repeated: a second one would be invoiced twice. Our own is
found again by user, day and the marker at the end of its note. Nothing is written on days before
HOOKWORK_CLOSED_BEFORE: the API key is an administrator's, so awork itself would not say no.
Source: https://developers.awork.com, "Creates a new time entry".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from webhooks.errors import RunFailed
from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import created_by_us
from workers.effects import Trail
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request

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


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one time entry. See Action.run."""
    timezone = _timezone(parameters, context)
    context = replace(context, timezone=timezone)
    when, day = _when(parameters, context)
    note = str(parameters.get("note") or "")
    body = values.without_nothing(
        {
            "timezone": timezone,
            "userId": context.directory.user(context.awork, parameters["user"]),
            "typeOfWorkId": _type_of_work(parameters, context),
            "taskId": values.reference(parameters, "task"),
            "projectId": _project(parameters, context),
            "isBillable": parameters.get("billable"),
            "note": f"{note} {context.effects.marker('entry')}".strip(),
            **when,
        }
    )
    return context.effects.once(
        "entry",
        Request("POST", "/timeentries", body),
        find=lambda trail: _find(trail, day, context),
        guard=lambda: _refuse_closed(day, context),
        summary=f"time entry for {context.directory.name_of(context.awork, body['userId'])}, "
        f"{day:%a %d %b} ({values.hours(when['duration'])})",
    )


def _timezone(parameters: Parameters, context: Context) -> str:
    timezone = str(parameters.get("timezone") or context.timezone)
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise invalid("timezone", timezone, "an IANA name like Europe/Berlin") from None
    return timezone


def _when(parameters: Parameters, context: Context) -> tuple[dict[str, Any], date]:
    """awork's fields for the time, and the day it is on in the zone of the entry."""
    start, end = (values.at(parameters, name, context.timezone) for name in ("start", "end"))
    duration = values.seconds(parameters, "duration")
    if start is None:
        if end is not None or not duration:
            raise invalid("duration", parameters.get("duration"), "a duration, or start and end")
        day = values.on(parameters, "date", context)
        # A day without a clock time: only the local date is set, at midnight as awork has it.
        return {"startDateLocal": f"{day}T00:00:00", "duration": duration}, day
    if end is not None:
        duration = int((end - start).total_seconds())
    if not duration or duration <= 0:
        raise invalid("end", parameters.get("end"), f"a time after start, {start}")
    # Times come in pairs of a date at midnight and a clock time.
    fields = {
        "startDateUtc": f"{start:%Y-%m-%d}T00:00:00Z",
        "startTimeUtc": f"{start:%H:%M:%S}",
        "duration": duration,
    }
    if end is not None:
        fields |= {
            "endDateUtc": f"{end:%Y-%m-%d}T00:00:00Z",
            "endTimeUtc": f"{end:%H:%M:%S}",
        }
    return fields, start.astimezone(ZoneInfo(context.timezone)).date()


def _refuse_closed(day: date, context: Context) -> None:
    if context.open_from is not None and day < context.open_from:
        raise RunFailed(
            "closed-period",
            f"{day} is before {context.open_from}, and HOOKWORK_CLOSED_BEFORE closes those days",
        )


def _type_of_work(parameters: Parameters, context: Context) -> str:
    if parameters.get("type_of_work") is not None:
        return context.directory.type_of_work(context.awork, parameters["type_of_work"])
    task = values.reference(parameters, "task")
    if task is not None:
        of_task = context.awork.get(f"/tasks/{task}").get("typeOfWorkId")
        if of_task:
            return str(of_task)
    types = context.directory.types_of_work(context.awork)
    if not types:
        raise RunFailed("no-type-of-work", "the workspace has no type of work to log time on")
    return str(types[0]["id"])


def _project(parameters: Parameters, context: Context) -> str | None:
    if parameters.get("project") is None:
        return None
    return context.directory.project(context.awork, parameters["project"])


def _find(trail: Trail, day: date, context: Context) -> dict[str, Any] | None:
    sent, me = trail.body, context.directory.me(context.awork)
    marker = context.effects.marker("entry")
    entries = context.awork.list(
        "/timeentries",
        filterby=f"userId eq guid'{sent['userId']}'"
        f" and startDateLocal ge datetime'{day}T00:00'"
        f" and startDateLocal le datetime'{day}T23:59'",
    )
    for entry in entries:
        if str(entry.get("note") or "").endswith(marker) and created_by_us(entry, me, trail):
            return dict(entry)
    return None
