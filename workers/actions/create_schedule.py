"""Put a block of planned work into a person's calendar.

    - create_schedule:
        task: "${entity.id}"
        user: "${entity.assignees.0.id}"
        start: "${entity.startOn}"
        end: "${entity.dueOn}"

Writes POST /taskschedules. Must not be repeated: a second one would be a second block. Our own is
found again by task, user, start and end, created by our API user at or after the attempt.
Source: https://developers.awork.com, "Creates a new task schedule for a given task and user".
"""

from __future__ import annotations

from typing import Any

from workers.actions import schedules, values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import oldest, same_instant
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.trail import Trail

NAME = "create_schedule"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task to plan"),
    "user": Parameter(ParameterKind.REFERENCE, required=True, about="whose calendar"),
    "start": Parameter(ParameterKind.INSTANT, required=True, about="when the block begins"),
    "end": Parameter(ParameterKind.INSTANT, required=True, about="when the block ends"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one schedule. See Action.run."""
    start = values.at(parameters, "start", context.timezone)
    end = values.at(parameters, "end", context.timezone)
    if start is None or end is None or end <= start:
        raise invalid("end", parameters.get("end"), f"a time after start, {start}")
    user = context.directory.user(context.awork, parameters["user"])
    body = {
        "taskId": values.reference(parameters, "task"),
        "userId": user,
        "startDate": values.utc(start),
        "endDate": values.utc(end),
    }
    return context.effects.once(
        "schedule",
        Request("POST", "/taskschedules", body),
        find=lambda trail: _find(trail, context),
        summary=f"schedule for {context.directory.name_of(context.awork, user)}, "
        + schedules.told(start, end, context.timezone),
    )


def _find(trail: Trail, context: Context) -> dict[str, Any] | None:
    me = context.directory.me(context.awork)
    same = (
        schedule
        for schedule in context.awork.list("/taskschedules")
        if all(schedule.get(name) == trail.body[name] for name in ("taskId", "userId"))
        and same_instant(schedule.get("startDate"), trail.body["startDate"])
        and same_instant(schedule.get("endDate"), trail.body["endDate"])
    )
    return oldest(same, me, trail)
