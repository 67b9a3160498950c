"""Take a task out of calendars again.

    - unplan_task:
        task: "${task.id}"

    - unplan_task:
        task: "${task.id}"
        user: "Timo Brandt"

Removes the blocks that hookwork made for the task, whichever rule made them, if they have not
begun; of one person where one is named. A block that a person made or moved stays.

Writes DELETE /taskschedules, which may be repeated: a block that is gone is gone. What is ours is
found again by what was remembered when it was made.
Source: https://developers.awork.com, "Deletes a task schedule".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workers.actions import planned, schedules, upkeep, values
from workers.actions.base import Context, Parameters
from workers.actions.schedules import span
from workers.actions.steps import Step
from workers.actions.upkeep import Decision
from workers.rules.vocabulary import Parameter, ParameterKind

NAME = "unplan_task"
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task"),
    "user": Parameter(ParameterKind.REFERENCE, about="whose blocks; by default everybody's"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Remove future blocks of ours. See Action.run."""
    task = values.needed(parameters, "task")
    return upkeep.brought(lambda: _decide(task, parameters, context), schedules.KIND, context)


def _decide(task: str, parameters: Parameters, context: Context) -> Decision:
    given, things = parameters.get("user"), [schedules.thing(task)]
    user = None if given is None else context.directory.user(context.awork, given)
    with upkeep.alone(things, context):
        steps = list(_removals(task, user, context))
    return Decision(
        at_ms=context.effects.now_ms(),
        things=things,
        steps=steps,
        result={"removed": len(steps)},
        notes=[] if steps else ["no block that hookwork made lies ahead, so none is removed"],
    )


def _removals(task: str, user: str | None, context: Context) -> Iterator[Step]:
    for ident, held in planned.look(task, context).ours.items():
        when = span(held.wrote)
        if when and when.start > context.now and user in (None, held.wrote["userId"]):
            who = context.directory.name_of(context.awork, str(held.wrote["userId"]))
            was = schedules.told(when.start, when.end, context.timezone)
            yield Step(
                how="remove",
                thing=schedules.thing(task),
                summary=f"no block for {who} any more, was {was}",
                id=ident,
                was=held.wrote,
                until=when.end,
            )
