"""What awork would answer in a test: what it gives, what its event carries, the rest filled in.

Performs no I/O. Only what is given, carried or referred to is there; whatever a property refers
to is made, so that no answer of awork can be incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count

from deploy.ruletests import defaults
from deploy.ruletests.merge import completed
from deploy.ruletests.names import Names
from deploy.ruletests.said import OF_PERSON, Said, carry
from deploy.ruletests.tables import TABLES, dated
from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import add_statuses
from deploy.sandbox.shown import person_shown, pick
from deploy.sandbox.stamps import stamp
from deploy.sandbox.world import World

#: what awork works out for a task; a test that gives it is believed
_WORKED_OUT = (
    "trackedDuration",
    "totalTrackedDuration",
    "totalPlannedDuration",
    "numberOfSubtasks",
    "taskSchedulesCount",
    "isCompletelyScheduled",
    "commentCount",
)
_TOTALS = {"totalTrackedDuration": "trackedDuration", "totalPlannedDuration": "plannedDuration"}


def workspace(
    payload: Model | None,
    given: Mapping[str, Sequence[Model]],
    *,
    told: Model,
    now: datetime,
    names: Names,
) -> World:
    """A new world.

    payload: the event, with ids as awork has them; None when there is none. given: by table, with
    ids as well. told: what the test itself says of the event's entity. now: aware; the world's
    clock stands still there. Raises a refusal of times that are none.
    """
    said = Said(names)
    for table, models in given.items():
        for model in models:
            said.say(table, dated(TABLES[table], model))
    if payload is not None:
        carry(payload, said)
    said.say("me", {"id": names.us, "firstName": "API", "lastName": "User"})
    said.make_whole()
    world = World(clock=lambda: now, new_id=_counted(names), api_user_id=names.us)
    world.workspace = {"id": names.id("workspace"), "name": "Workspace"}
    for table, by_id in said.tables.items():
        for model in by_id.values():
            _keep(world, table, model, names)
    _complete(world)
    explicit = {model["id"]: model for model in given.get("tasks", ())}
    for task in world.tasks.values():
        of_event = told if payload and payload.get("entityId") == task["id"] else {}
        world.pinned[task["id"]] = _pinned(
            world, task["id"], explicit.get(task["id"], {}), of_event
        )
    return world


def assigned(world: World, people: Sequence[Model], planned_s: int) -> list[Model]:
    """People as assignees of a task: whatever is not said of them is filled in."""
    effort = planned_s // max(len(people), 1)
    now = stamp(world.clock())
    return [
        {**person_shown(world.users[each["id"]], planned_effort=effort, now=now), **each}
        for each in people
    ]


def _keep(world: World, table: str, model: Model, names: Names) -> None:
    kept = defaults.filled(table, model, now=world.clock(), names=names)
    ident = kept["userId"] if table == "capacities" else kept["id"]
    world.tables[TABLES[table].key].setdefault(ident, kept)


def _complete(world: World) -> None:
    """What can only be said once every object is there."""
    for ident in world.users:
        world.table("capacities").setdefault(ident, defaults.capacity(ident))
    for project in world.projects.values():
        add_statuses(world, project["id"])
        project["members"] = [member(world, each) for each in project["members"]]
    for task in world.tasks.values():
        if "taskStatusId" not in task:
            task["taskStatusId"] = _todo(world, task.get("projectId"))["id"]
        task["assignees"] = assigned(world, task["assignees"], task["plannedDuration"])
    _todo(world, None)


def _todo(world: World, project_id: str | None) -> Model:
    """The first status of a project; for what has no project, of any."""
    for status in world.find_where("taskstatuses", type="todo"):
        if project_id in (None, status.get("projectId")):
            return status
    add_statuses(world, project_id or "")
    return _todo(world, project_id or "")


def member(world: World, each: Model) -> Model:
    """A person as member of a project: whatever is not said of them is filled in."""
    role = {"projectRoleName": "Project Member", "isResponsible": False, "isExternal": False}
    return {
        "id": each["userId"],
        **role,
        **pick(world.users[each["userId"]], OF_PERSON),
        **each,
    }


def _pinned(world: World, task_id: str, given: Model, of_event: Model) -> Model:
    """What is believed of a task although awork works it out: what the test gives; and what its
    event tells, unless the test gives what it is worked out from."""
    parts = [world.find_where(t, taskId=task_id) for t in ("timeentries", "taskschedules")]
    source = given if any(parts) else completed(given, of_event)
    if not world.find_where("tasks", parentId=task_id):
        source = totals(source) | source
    return {name: value for name, value in source.items() if name in _WORKED_OUT}


def totals(task: Model) -> Model:
    """The sums over a task and its subtasks that follow from what is said of the task alone."""
    return {total: task[own] for total, own in _TOTALS.items() if own in task and total not in task}


def _counted(names: Names) -> Callable[[], str]:
    """Ids for what is made during a test, the same each time: `new-1`, `new-2`."""
    made = count(1)
    return lambda: names.id(f"new-{next(made)}")
