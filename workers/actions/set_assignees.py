"""Say who does a task.

    - set_assignees:
        task: "${entity.id}"
        assignees: ["Timo Brandt", "${entity.createdBy}"]

    - set_assignees:
        task: "${entity.id}"
        assignees: Nora Feld
        keep: true

The people named replace those who are there, whose planned efforts are lost with them; an empty
list leaves nobody. With `keep: true` they come to those who are there.

Writes POST /tasks/{id}/setassignees with the whole list, and nothing when the same people are
there already, in whatever order. It may be repeated: that changes nothing, so it need not be found
again by anything; but who was assigned by hand while its answer was lost is replaced as well.
Source: https://developers.awork.com, "Assigns a list of users to a task".
"""

from __future__ import annotations

from typing import Any

from workers import circles
from workers.actions import values
from workers.actions.base import Context, Parameters
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.models import Task
from workers.targets.reading import read

NAME = "set_assignees"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "assignees": Parameter(ParameterKind.LIST, required=True, about="who; an empty list: nobody"),
    "keep": Parameter(ParameterKind.BOOLEAN, about="whether those who are there stay"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Assign people to one task. See Action.run."""
    ident = values.needed(parameters, "task")
    people = context.effects.decided("people", lambda: _people(ident, parameters, context))
    result = {name: people[name] for name in ("assignees", "added", "removed")}
    told = ", ".join(context.directory.name_of(context.awork, one) for one in people["assignees"])
    if not people["added"] and not people["removed"]:
        context.effects.notes.append(f"{people['task']!r} is {_told(told)} already")
        return result
    context.effects.once(
        "assignees",
        Request("POST", f"/tasks/{ident}/setassignees", people["assignees"]),
        find=None,
        summary=f"{people['task']!r} {_told(told)}",
        sets=circles.sets("task", ident, "assignees", sorted(people["assignees"])),
    )
    return result


def _people(ident: str, parameters: Parameters, context: Context) -> dict[str, Any]:
    """Who is to do the task, who comes and who leaves: plain values, kept with the event."""
    given = values.several(parameters["assignees"])
    named = [context.directory.user(context.awork, user).lower() for user in given]
    # As it is now: who was assigned since the event must not be lost.
    task = read(Task, context.awork.one(f"/tasks/{ident}"))
    there = [one.id for one in task.assignees if one.id]
    wanted = list(dict.fromkeys([*there, *named] if parameters.get("keep") else named))
    return {
        "task": task.name,
        "assignees": wanted,
        "added": [one for one in wanted if one not in there],
        "removed": [one for one in there if one not in wanted],
    }


def _told(names: str) -> str:
    return f"assigned to {names}" if names else "assigned to nobody"
