"""Say how much of a task each of its assignees is to do.

    - set_planned_efforts:
        task: "${entity.id}"
        efforts: 4h

    - set_planned_efforts:
        task: "${entity.id}"
        efforts: {"Timo Brandt": 6h, "Nora Feld": 90m}

    - set_planned_efforts:
        task: "${entity.id}"
        efforts:
          - {user: "${entity.assignees.0.id}", duration: "${entity.plannedDuration}"}

`efforts` is one duration for each assignee; or a map of people, by id or name, to theirs; or a
list of `user` and `duration`. Who is not named keeps theirs. Whole seconds stand for a duration.

Writes POST /tasks/{id}/setplannedefforts with those that differ, and nothing when none does. It
may be repeated: that changes nothing, so it need not be found again by anything.
Source: https://developers.awork.com, "Modifies planned efforts for the given task assignments".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.errors import RunFailed
from workers import circles
from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.models import Task
from workers.targets.reading import read

NAME = "set_planned_efforts"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "efforts": Parameter(
        ParameterKind.ANY, required=True, about="a duration, or one for each person"
    ),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Set the planned efforts of one task. See Action.run."""
    ident = values.needed(parameters, "task")
    decided = context.effects.decided("efforts", lambda: _decide(ident, parameters, context))
    changed = decided["changed"]
    if changed:
        context.effects.once(
            "efforts",
            Request("POST", f"/tasks/{ident}/setplannedefforts", changed),
            find=None,
            summary=f"planned efforts in {decided['task']!r}: {_told(changed, context)}",
            sets=circles.sets("task", ident, "planned efforts", decided["efforts"]),
        )
    else:
        context.effects.notes.append(decided["note"])
    return {"efforts": decided["efforts"]}


def _decide(ident: str, parameters: Parameters, context: Context) -> dict[str, Any]:
    """Who is to have which effort, and whose differs: plain values, kept with the event."""
    # As it is now: who was assigned since the event is no stranger.
    task = read(Task, context.awork.one(f"/tasks/{ident}"))
    wanted = _wanted(parameters["efforts"], task, context)
    there = {one.id: one for one in task.assignees}
    _refuse_strangers(wanted, task, context)
    changed = [
        {"userId": user, "plannedEffort": effort_s}
        for user, effort_s in wanted.items()
        # What awork shares out moves with the task's planned time, even where it is equal now.
        if there[user].planned_effort != effort_s or there[user].is_distributed_planned_effort
    ]
    why = "has these planned efforts already" if wanted else "has no assignees to plan for"
    return {
        "task": task.name,
        "efforts": wanted,
        "changed": changed,
        "note": f"{task.name!r} {why}",
    }


def _wanted(given: object, task: Task, context: Context) -> dict[str, int]:
    """Seconds for each person."""
    match given:
        case Mapping():
            pairs = list(given.items())
        case list():
            pairs = [_pair(one) for one in given]
        case _:
            return {one.id: _seconds(given) for one in task.assignees if one.id}
    return {
        context.directory.user(context.awork, user).lower(): _seconds(value)
        for user, value in pairs
    }


def _pair(one: object) -> tuple[object, object]:
    if not isinstance(one, Mapping) or set(one) != {"user", "duration"}:
        raise invalid("efforts", one, "a map with user and duration, and nothing else")
    return one["user"], one["duration"]


def _seconds(value: object) -> int:
    found = values.seconds({"efforts": value}, "efforts")
    if found is None:
        raise invalid("efforts", value, "a duration like 1h30m, or whole seconds")
    return found


def _refuse_strangers(wanted: Mapping[str, int], task: Task, context: Context) -> None:
    there = [one.id for one in task.assignees if one.id]
    strangers = [_name(user, context) for user in wanted if user not in there]
    if strangers:
        assigned = ", ".join(_name(user, context) for user in there) or "nobody"
        raise RunFailed(
            "not-assigned",
            f"efforts: not assigned to {task.name!r}: {', '.join(strangers)}; assigned: {assigned}."
            " Assign them first with set_assignees, or leave them out",
        )


def _told(changed: list[dict[str, Any]], context: Context) -> str:
    return ", ".join(
        f"{_name(one['userId'], context)} {values.hours(one['plannedEffort'])}" for one in changed
    )


def _name(user: str, context: Context) -> str:
    return context.directory.name_of(context.awork, user)
