"""Plan a task into people's real working time, and keep it planned.

    - plan_task:
        task: "${task.id}"

    - plan_task:
        task: "${task.id}"
        users: ["Timo Brandt"]
        effort: 6h
        from: "2026-03-30"
        until: "2026-04-02"
        place: even
        block: {min: 1h, max: 4h, round: 15m}
        on_overload: shift

Blocks go into the rule's working hours, as far as a person's capacity of the day reaches, and
leave out their absences (halves of days too), the workspace's and their region's days off, and
every schedule they have already. Without working hours a day begins at 09:00.

    users         by default the task's assignees; the effort is shared out in proportion to their
                  planned efforts, or equally
    effort        by default what is planned and not tracked yet
    from, until   by default the later of now and the task's start, and its due date; a day that
                  stands for `until` belongs to it
    place         earliest, latest, or even: a similar amount on each day
    block         none is shorter than min (unless the whole effort is) or longer than max, and they
                  begin on the grid of round; 15 minutes where nothing is said
    on_overload   what becomes of effort that does not fit before `until`: report (it is told),
                  shift (it goes on after it), split (blocks may be shorter than min), skip (nothing
                  is planned for that person, what was planned before stays)

It is a desired state of the task, whichever rule asks: run again it writes only what differs, and
nothing when what is planned still fits. What could not be written at once is decided anew. A block
that has begun is never touched. A block that a person made or moved is theirs: it is never
changed, and counts as planned.

Writes POST, PUT and DELETE /taskschedules. Making one must not be repeated: a second one would be
a second block. Our own is found again by task, user, start and end, created by our API user at or
after the attempt. A change whose answer was lost is made again only while the block still is as it
was.
Source: https://developers.awork.com, "Creates a new task schedule for a given task and user".
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from workers.actions import planned, schedules, upkeep, values
from workers.actions.base import Context, Parameters
from workers.actions.upkeep import Decision
from workers.actions.wished import wished
from workers.rules.vocabulary import Parameter, ParameterKind

NAME = "plan_task"
_LENGTHS = {
    "min": Parameter(ParameterKind.DURATION, about="the shortest block"),
    "max": Parameter(ParameterKind.DURATION, about="the longest block"),
    "round": Parameter(ParameterKind.DURATION, about="the grid that blocks begin on"),
}
PARAMETERS = {
    "task": Parameter(ParameterKind.ID, required=True, about="the task to plan"),
    "users": Parameter(ParameterKind.LIST, about="who; by default its assignees"),
    "effort": Parameter(ParameterKind.DURATION, about="by default planned minus tracked"),
    "from": Parameter(
        ParameterKind.DAY_OR_INSTANT, about="by default the later of now and its start"
    ),
    "until": Parameter(ParameterKind.DAY_OR_INSTANT, about="by default its due date"),
    "place": Parameter(
        ParameterKind.TEXT,
        about="by default earliest",
        choices=("earliest", "latest", "even"),
    ),
    "block": Parameter(ParameterKind.MAP, about="how long blocks are", fields=_LENGTHS),
    "on_overload": Parameter(
        ParameterKind.TEXT,
        about="when it does not fit; by default report",
        choices=("report", "shift", "split", "skip"),
    ),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Bring a task's blocks to what is wanted. See Action.run."""
    task = values.needed(parameters, "task")
    return upkeep.brought(lambda: _decide(task, parameters, context), schedules.KIND, context)


def _decide(task: str, parameters: Parameters, context: Context) -> Decision:
    with upkeep.alone([schedules.thing(task)], context):
        wish = wished(task, context.task(task), parameters, context)
        # While one run looks for free hours of a person, no other does: both would take the same.
        with nullcontext() if context.effects.shadow else context.holdings.deciding(wish.efforts):
            decision = planned.decide(wish, context)
            if not context.effects.shadow:
                upkeep.promise(decision, context)
        return decision
