"""Move a task to another status of its project.

    - change_status:
        task: "${entity.id}"
        status: Review

    - change_status:
        task: "${entity.id}"
        status: previous

`status` is an id, a name among the statuses of the task's project, or `previous`: what it was
before its last change. That is told by the event, when it is one of this task's status, else by
the task's activities; where neither tells it the action fails.

Writes POST /tasks/changestatuses, and nothing when the task has the status already. It may be
repeated: that changes nothing, so it need not be found again by anything. awork may answer that it
did not do all it was asked, without saying what: then the task is read, and a status it did not
take is a refusal.
Source: https://developers.awork.com, "Changes statuses of tasks".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from webhooks.errors import RunFailed, TargetFailed, TargetRefused
from workers import circles
from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.batch import MULTI_STATUS, is_unsettled
from workers.targets.directory import is_id
from workers.targets.http import Request
from workers.targets.models import Activity, Task
from workers.targets.reading import read

NAME = "change_status"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "status": Parameter(ParameterKind.REFERENCE, required=True, about="id, name, or previous"),
}
_PREVIOUS = "previous"
_PATH = "/tasks/changestatuses"
#: what awork's activities may call the property; which of them is not documented
_STATUS_PROPERTIES = ("taskstatusid", "taskstatus")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Move one task. See Action.run."""
    ident = values.needed(parameters, "task")
    move = context.effects.decided("move", lambda: _move(ident, parameters, context))
    result = {name: move[name] for name in ("status", "statusId", "previousId")}
    if move["statusId"] == move["previousId"]:
        context.effects.notes.append(f"{move['name']!r} is {move['status']!r} already")
        return result
    answer = context.effects.once(
        "status",
        Request("POST", _PATH, [{"taskId": ident, "statusId": move["statusId"]}]),
        find=None,
        summary=f"status {move['status']!r} for {move['name']!r}",
        sets=circles.sets("task", ident, "status", move["statusId"]),
    )
    if is_unsettled(answer):
        _settle(ident, move, context)
    return result


def _move(ident: str, parameters: Parameters, context: Context) -> dict[str, Any]:
    """What is to become of the task: plain values, kept with the event."""
    task = read(Task, context.task(ident))
    wanted = parameters["status"]
    if isinstance(wanted, str) and wanted.casefold() == _PREVIOUS:
        wanted = _previous(ident, task, context)
    status = _status(task, wanted, context)
    return {
        "name": task.name,
        "status": _name(task, status, context),
        "statusId": status,
        "previousId": task.task_status_id,
    }


def _status(task: Task, wanted: object, context: Context) -> str:
    """The id of a status of the task's project."""
    if task.project_id is not None:
        return context.directory.status(context.awork, task.project_id, wanted).lower()
    ident = wanted.get("id") if isinstance(wanted, Mapping) else wanted
    if not isinstance(ident, str) or not is_id(ident):
        expected = f"an id: {task.name!r} is a private task, and only projects name their statuses"
        raise invalid("status", wanted, expected)
    return ident.lower()


def _previous(ident: str, task: Task, context: Context) -> str:
    """The status before the last change, as an id or a name."""
    told = _told_by_event(ident, context) or _told_by_activities(ident, context)
    if not told:
        raise RunFailed(
            "unknown-previous",
            f"status is 'previous', but neither the event nor the activities of {task.name!r} tell"
            " what it was; name a status of its project",
        )
    return told


def _told_by_event(ident: str, context: Context) -> str | None:
    was = context.cause.was("taskStatusId")
    is_of_this_task = context.cause.payload.get("entityId") == ident
    return was if is_of_this_task and isinstance(was, str) else None


def _told_by_activities(ident: str, context: Context) -> str | None:
    found = [read(Activity, one) for one in context.awork.list(f"/tasks/{ident}/activities")]
    changes = [one for one in found if str(one.changed_property).lower() in _STATUS_PROPERTIES]
    if not changes:
        return None
    last = max(changes, key=lambda one: one.event_date or one.created_on or _LONG_AGO)
    return str((last.old_property or {}).get("id") or last.old_property_value or "")


def _name(task: Task, status: str, context: Context) -> str:
    """What a status is called, for people; its id when awork does not say."""
    known = task.task_status
    if known and known.id == status and known.name:
        return known.name
    if task.project_id is None:
        return status
    try:
        statuses = context.directory.statuses(context.awork, task.project_id)
    except TargetFailed:
        # A name is worth no failure.
        return status
    return next((str(one.get("name")) for one in statuses if one.get("id") == status), status)


def _settle(ident: str, move: Mapping[str, Any], context: Context) -> None:
    """awork did not say what it did: the task tells."""
    task = read(Task, context.awork.one(f"/tasks/{ident}"))
    if task.task_status_id != move["statusId"]:
        now = task.task_status.name if task.task_status else task.task_status_id
        raise TargetRefused(
            f"POST {_PATH}: {MULTI_STATUS}: awork left {task.name!r} at {now!r}; check that"
            f" {move['status']!r} is a status of its project, and that the user of AWORK_API_TOKEN"
            " may change the task",
            code="not-changed",
            status=MULTI_STATUS,
        )
