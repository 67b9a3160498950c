"""Put tags on a task.

    - add_tags:
        task: "${entity.id}"
        tags: [invoice, "${entity.project.name}"]

Tags that the task has already, whatever the case, are left as they are, and so is every other tag.

Writes POST /tasks/{id}/addtags with those it lacks, and nothing when it has all of them. Must not
be repeated: awork refuses the whole request for one tag that is there. Ours are found again by
their names on the task.
Source: https://developers.awork.com, "Adds a batch of tags to the task with the specified id".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import tagged
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request
from workers.targets.models import Task
from workers.targets.reading import read

NAME = "add_tags"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "tags": Parameter(ParameterKind.LIST, required=True, about="names of tags"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Add the tags that a task lacks. See Action.run."""
    ident = values.needed(parameters, "task")
    given = names(parameters["tags"])
    if not given:
        raise invalid("tags", parameters["tags"], "the name of at least one tag")
    lacking = context.effects.decided("lacking", lambda: _lacking(ident, given, context))
    if lacking:
        add(f"/tasks/{ident}", lacking, context)
    else:
        context.effects.notes.append(f"the task has all of {', '.join(given)} already")
    return {"tags": lacking}


def names(given: object) -> list[str]:
    """Tags as they may be sent: awork refuses a request for one that is empty or doubled, whatever
    the case."""
    tags = [str(tag).strip() for tag in values.several(given)]
    return list({tag.casefold(): tag for tag in reversed(tags) if tag}.values())[::-1]


def add(path: str, tags: Sequence[str], context: Context) -> None:
    """Add tags to a task that has none of them. path: the task's."""
    context.effects.once(
        "tags",
        Request("POST", f"{path}/addtags", [{"name": tag} for tag in tags]),
        find=lambda trail: tagged(path, trail, context),
        summary="tags " + ", ".join(tags),
    )


def _lacking(ident: str, given: Sequence[str], context: Context) -> list[str]:
    # As it is now: for one tag that was added since the event, awork would refuse them all.
    task = read(Task, context.awork.one(f"/tasks/{ident}"))
    there = {tag.name.casefold() for tag in task.tags if tag.name}
    return [tag for tag in given if tag.casefold() not in there]
