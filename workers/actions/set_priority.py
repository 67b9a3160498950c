"""Mark a task as a priority, or take the mark away.

    - set_priority:
        task: "${entity.id}"
        prio: true

Writes POST /tasks/settaskpriority, and nothing when the task is as wanted already. It may be
repeated: that changes nothing, so it need not be found again by anything.
Source: https://developers.awork.com, "Sets the priority flag for a task".
"""

from __future__ import annotations

from typing import Any

from workers import circles
from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.models import Task
from workers.targets.reading import read

NAME = "set_priority"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "prio": Parameter(ParameterKind.BOOLEAN, required=True, about="whether it is a priority"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Set or clear the mark of one task. See Action.run."""
    ident, wanted = values.needed(parameters, "task"), parameters["prio"]
    if not isinstance(wanted, bool):
        raise invalid("prio", wanted, "true or false")
    was = context.effects.decided("was", lambda: _was(ident, context))
    told = f"{was['name']!r} {'is' if wanted else 'is not'} a priority"
    if was["prio"] == wanted:
        context.effects.notes.append(f"{told} already")
    else:
        context.effects.once(
            "priority",
            Request("POST", "/tasks/settaskpriority", {"taskId": ident, "isPrio": wanted}),
            find=None,
            summary=told,
            sets=circles.sets("task", ident, "priority", wanted),
        )
    return {"prio": wanted}


def _was(ident: str, context: Context) -> dict[str, Any]:
    task = read(Task, context.task(ident))
    return {"name": task.name, "prio": bool(task.is_prio)}
